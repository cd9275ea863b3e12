/** `corewalk report`: what is known of a dump, as a file for somebody who does not have it. */
import { openInspector } from '../debug-adapter/dap/open-inspector.ts';
import { toHtml } from '../debug-adapter/documents/html.ts';
import { toMarkdown } from '../debug-adapter/documents/markdown.ts';
import { reportOf } from '../debug-adapter/documents/report.ts';
import { exitStatus, type Command, type OptionTable } from './command.ts';
import { write } from './output.ts';
import { onlyOperand, readWords } from './words.ts';
import { writeWhole } from './write-whole.ts';

const options: OptionTable = {
  output: { type: 'string', short: 'o' },
  html: { type: 'boolean' },
  evaluate: { type: 'string', short: 'e', multiple: true },
  'no-redact': { type: 'boolean' },
  program: { type: 'string', short: 'k' },
};

export const command: Command = {
  usage: "[--html] [-e 'LINE']... [--no-redact] [-k KERNEL] [-o FILE] DUMP",
  description:
    'Writes status, findings with their evidence, the stack of the panic, registers, CPUs, all stacks and\n' +
    'the output of chosen lines as Markdown, or as one HTML page that needs nothing else.\n' +
    'Unless --no-redact is given, texts that the memory of the dump holds are replaced by their length,\n' +
    'messages and the memory of processes are left out. The panic message, names of threads and processes,\n' +
    'symbols and numbers of the kernel stay: look through it before you send it.',
  options: [
    { option: '-o FILE', help: 'where to; standard output when absent' },
    { option: '--html', help: 'an HTML page; also when FILE ends in .html' },
    {
      option: "-e 'LINE'",
      help: 'a line whose output belongs into the report; may be given several times',
    },
    { option: '--no-redact', help: 'with texts, messages and memory of processes' },
    { option: '-k KERNEL', help: 'kernel file with symbols and types, for a dump without' },
  ],
  examples: [
    { line: 'corewalk report -o panic.html machine.vmcore', explains: 'a page to mail' },
    {
      line: "corewalk report -e '::ps' machine.vmcore",
      explains: 'Markdown for a ticket, with the process table',
    },
  ],
  async run(given, terminal) {
    const words = readWords(given, options);
    const file = onlyOperand(words, 'dump');
    const output = words.text('output');
    const program = words.text('program');
    const isRedacted = !words.isSet('no-redact');
    const inspector = await openInspector(file, {
      allows: 'nothing',
      hidesUserMemory: isRedacted,
      ...(program !== undefined && { program }),
    });
    const document = reportOf(inspector, { isRedacted, lines: words.texts('evaluate'), notes: [] });
    inspector.target.dump.close();
    const isHtml = words.isSet('html') || /\.html?$/i.test(output ?? '');
    const text = isHtml ? toHtml(document) : toMarkdown(document);
    if (output === undefined) await write(terminal.output, text);
    else {
      const size = writeWhole(output, [new TextEncoder().encode(text)]);
      await write(terminal.output, `${output}: ${size} bytes\n`);
    }
    return exitStatus.ok;
  },
};
