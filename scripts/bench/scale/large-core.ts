/** Makes a dump of a program with hundreds of megabytes of debug information: one CPU in a function, called by functions of other units. */
import { writeCore } from '../../../dump-format/core-writer.ts';
import { PT_LOAD } from '../../../dump-format/elf/constants.ts';
import { openElf } from '../../../dump-format/elf/elf.ts';
import { writeFile } from '../../../dump-format/file-sink.ts';
import { openFile } from '../../../dump-format/file-source.ts';
import { openDump } from '../../../dump-format/open-dump.ts';
import { largeSource, namesOf } from './large-program.ts';

const stackStart = 0xffff_fe00_0200_0000n;
const stackBytes = 4096;

/** Frames of the stack: functions of this many units. */
export const frameCount = 8;

/** Writes the core. The functions are leaves without frames: behind each return address is the next one. */
export function writeLargeCore(path: string, programPath: string, unitCount: number): void {
  const program = openDump(openFile(programPath));
  const image = openElf(openFile(programPath));
  const pcs = Array.from({ length: frameCount }, (_, frame) => {
    const unit = Math.floor(((frameCount - frame) * (unitCount - 1)) / frameCount);
    const symbol = program.symbols.byName(namesOf(unit).function);
    if (!symbol) throw new Error(`${programPath}: has no ${namesOf(unit).function}`);
    return symbol.address + (frame === 0 ? 0n : 8n);
  });
  const stack = new Uint8Array(stackBytes);
  const view = new DataView(stack.buffer);
  const rsp = stackStart + 1024n;
  for (const [index, pc] of pcs.slice(1).entries()) view.setBigUint64(1024 + index * 8, pc, true);
  const text = [...image.programHeaders()].find(
    ({ type, flags }) => type === PT_LOAD && (flags & 1) !== 0,
  );
  if (!text) throw new Error(`${programPath}: has no code`);
  writeFile(
    path,
    writeCore({
      image,
      imageName: 'large',
      cpus: [
        {
          cpu: 0,
          registers: new Map([
            ['rip', pcs[0] ?? 0n],
            ['rsp', rsp],
          ]),
          fxsave: undefined,
        },
      ],
      panickingCpu: 0,
      signal: 6,
      segments: [
        {
          virtualAddress: text.virtualAddress,
          physicalAddress: undefined,
          size: text.fileSize,
          flags: 5,
          contents: image.source.read(text.offset, text.fileSize),
        },
        {
          virtualAddress: stackStart,
          physicalAddress: undefined,
          size: stackBytes,
          flags: 6,
          contents: stack,
        },
      ],
      info: new Map([['OSRELEASE', 'bench']]),
      notes: [],
      sources: new Map([['/src/unit.c', largeSource()]]),
    }),
  );
  program.close();
  image.source.close();
}
