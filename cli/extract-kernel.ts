/** `corewalk extract-kernel`: the kernel image that a dump carries, as the ELF file that it was. */
import { writeFileSync } from 'node:fs';
import { LookupError, UsageError } from '../dump-format/errors.ts';
import { openFile } from '../dump-format/file-source.ts';
import { unpack } from '../dump-format/unpack.ts';
import { extractKernel } from '../dump-format/kernel-image.ts';
import { exitStatus, type Command, type OptionTable } from './command.ts';
import { onlyOperand, readWords } from './words.ts';

const options: OptionTable = { output: { type: 'string', short: 'o' } };

export const command: Command = {
  usage: 'DUMP -o FILE',
  description:
    'Writes the kernel image back, byte for byte, so that gdb can be given both: gdb FILE DUMP.\n' +
    'Corewalk itself needs the dump alone.',
  options: [{ option: '-o FILE', help: 'where the image goes; - is standard output' }],
  examples: [
    {
      line: 'corewalk extract-kernel machine.vmcore -o kernel && gdb kernel machine.vmcore',
      explains: 'a second opinion',
    },
  ],
  async run(given, { output }) {
    const words = readWords(given, options);
    const file = onlyOperand(words, 'dump');
    const to = words.text('output');
    if (to === undefined) throw new UsageError('no output file is given: -o FILE');
    const { source } = await unpack(openFile(file));
    try {
      const image = extractKernel(source);
      if (to === '-') output.write(image);
      else writeOrSay(to, image);
    } finally {
      source.close();
    }
    return exitStatus.ok;
  },
};

/** @throws LookupError with the path and the system's reason */
function writeOrSay(file: string, bytes: Uint8Array): void {
  try {
    writeFileSync(file, bytes, { mode: 0o755 });
  } catch (error) {
    throw new LookupError(error instanceof Error ? error.message : String(error));
  }
}
