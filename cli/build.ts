/** `corewalk build`: compiles a kernel of the user's own. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FormatError, LookupError, UsageError } from '../dump-format/errors.ts';
import { safeLines, safeText } from '../debug-adapter/dap/safe-text.ts';
import { buildImage } from './build/compile.ts';
import { readKernel } from './build/kernel-sources.ts';
import { findToolchain } from './build/toolchain.ts';
import { exitStatus, type Command, type OptionTable } from './command.ts';
import { write } from './output.ts';
import { onlyOperand, readWords } from './words.ts';

const options: OptionTable = { compiler: { type: 'string' } };

export const command: Command = {
  usage: 'DIR [--compiler gcc|clang]',
  description:
    'Compiles the kernel of a folder that `corewalk new-scenario` made: every variant of kernel.json, into images/.\n' +
    'It needs gcc or clang, and ld and objcopy of binutils; the images carry their source text.',
  options: [
    { option: '--compiler NAME', help: 'gcc or clang; the first that is installed if not given' },
  ],
  examples: [{ line: 'corewalk build my-race', explains: 'then: corewalk explore my-race' }],
  async run(given, terminal) {
    const words = readWords(given, options);
    const folder = onlyOperand(words, 'folder');
    if (!statSync(join(folder, 'kernel.json'), { throwIfNoEntry: false })?.isFile())
      throw new LookupError(`${folder}: no kernel.json; \`corewalk new-scenario\` makes a folder`);
    const compiler = words.text('compiler');
    if (compiler !== undefined && compiler !== 'gcc' && compiler !== 'clang')
      throw new UsageError(`--compiler: '${compiler}' is neither gcc nor clang`);
    const kernel = readDescription(folder);
    const tools = findToolchain(compiler);
    const images = join(folder, 'images');
    mkdirSync(images, { recursive: true });
    for (const variant of Object.keys(kernel.variants)) {
      try {
        const place = { root: resolve(folder), folder: '.' };
        const { bytes } = await buildImage(kernel, variant, place, tools);
        const path = join(images, `${variant}.elf`);
        writeFileSync(path, bytes);
        await write(terminal.output, `${safeText(path)}: ${bytes.length} bytes\n`);
      } catch (error) {
        await write(terminal.errors, `${safeLines(messageOf(error)).trimEnd()}\n`);
        await write(terminal.errors, `corewalk: ${variant} could not be built\n`);
        return exitStatus.failed;
      }
    }
    return exitStatus.ok;
  },
};

/** @throws FormatError naming what is wrong in kernel.json */
function readDescription(folder: string): ReturnType<typeof readKernel> {
  try {
    return readKernel(folder, '.');
  } catch (error) {
    throw new FormatError(messageOf(error));
  }
}

/** The words of the tool that failed, if it was one. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim() : '';
  return said === '' ? error.message : said;
}
