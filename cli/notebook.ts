/** `corewalk notebook`: runs an investigation on a dump, or makes a document of it. */
import { readFileSync } from 'node:fs';
import { basename, dirname, extname, relative } from 'node:path';
import { UsageError } from '../dump-format/errors.ts';
import { openInspector } from '../debug-adapter/dap/open-inspector.ts';
import { toHtml } from '../debug-adapter/documents/html.ts';
import { toMarkdown } from '../debug-adapter/documents/markdown.ts';
import {
  notebookDocument,
  notebookText,
  parseNotebook,
} from '../debug-adapter/documents/notebook.ts';
import { runNotebook } from '../debug-adapter/documents/run-notebook.ts';
import { exitStatus, type Command, type OptionTable } from './command.ts';
import { write } from './output.ts';
import { readWords, type Words } from './words.ts';
import { writeWhole } from './write-whole.ts';

const options: OptionTable = {
  output: { type: 'string', short: 'o' },
  html: { type: 'boolean' },
  program: { type: 'string', short: 'k' },
};

/** Bytes of a notebook. */
const notebookLimit = 64 * 1024 * 1024;

export const command: Command = {
  usage: 'run [-k KERNEL] [-o FILE] NOTEBOOK DUMP | export [--html] [-o FILE] NOTEBOOK',
  description:
    'A notebook (.mdbnb) holds Markdown, mdb lines, and what the lines printed. `run` runs all of its\n' +
    'lines on a dump, this one or another, and writes the notebook with the new outputs (NOTEBOOK itself\n' +
    'unless -o is given). `export` makes Markdown of it, or an HTML page. Exit status of `run`: 1 when the\n' +
    'last command of a cell failed.',
  options: [
    { option: '-o FILE', help: 'where to' },
    { option: '--html', help: 'an HTML page; also when FILE ends in .html' },
    { option: '-k KERNEL', help: 'kernel file with symbols and types, for a dump without' },
  ],
  examples: [
    {
      line: 'corewalk notebook run panic.mdbnb other.vmcore -o other.mdbnb',
      explains: 'the same investigation on another dump',
    },
    { line: 'corewalk notebook export panic.mdbnb -o panic.html', explains: 'a page to mail' },
  ],
  async run(given, terminal) {
    const words = readWords(given, options);
    const [verb, file, dump, extra] = words.operands;
    if (verb !== 'run' && verb !== 'export')
      throw new UsageError(
        `notebook: run or export, have ${verb === undefined ? 'nothing' : `'${verb}'`}`,
      );
    if (file === undefined) throw new UsageError(`notebook ${verb}: no notebook is given`);
    if (extra !== undefined) throw new UsageError(`'${extra}' is too much`);
    if (verb === 'export') {
      if (dump !== undefined) throw new UsageError(`'${dump}' is too much`);
      const text = exported(file, words);
      await put(text, words.text('output'), terminal.output);
      return exitStatus.ok;
    }
    if (dump === undefined) throw new UsageError('notebook run: no dump is given');
    return run(file, dump, words, terminal.output);
  },
};

async function run(
  file: string,
  dump: string,
  words: Words,
  output: NodeJS.WriteStream,
): Promise<number> {
  const target = words.text('output') ?? file;
  const program = words.text('program');
  const notebook = read(file);
  const inspector = await openInspector(dump, {
    allows: 'nothing',
    ...(program !== undefined && { program }),
  });
  const named = relative(dirname(target), dump);
  const done = runNotebook(notebook, inspector, named);
  inspector.target.dump.close();
  await put(notebookText(done.notebook), target, output);
  return done.failures === 0 ? exitStatus.ok : exitStatus.failed;
}

function exported(file: string, words: Words): string {
  const document = notebookDocument(read(file), basename(file, extname(file)));
  const isHtml = words.isSet('html') || /\.html?$/i.test(words.text('output') ?? '');
  return isHtml ? toHtml(document) : toMarkdown(document);
}

function read(file: string): ReturnType<typeof parseNotebook> {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  if (bytes.length > notebookLimit)
    throw new UsageError(`${file}: ${bytes.length} bytes; a notebook has at most ${notebookLimit}`);
  return parseNotebook(new TextDecoder().decode(bytes), file);
}

async function put(
  text: string,
  file: string | undefined,
  output: NodeJS.WriteStream,
): Promise<void> {
  if (file === undefined) return write(output, text);
  const size = writeWhole(file, [new TextEncoder().encode(text)]);
  await write(output, `${file}: ${size} bytes\n`);
}
