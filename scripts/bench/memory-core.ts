/** Makes the core for searches: one large range of words, a few of which are the one that is looked for. */
import { writeCore } from '../../dump-format/core-writer.ts';
import { openElf } from '../../dump-format/elf/elf.ts';
import { writeFile } from '../../dump-format/file-sink.ts';
import { openFile } from '../../dump-format/file-source.ts';

export const memoryStart = 0xfffffe3000000000n;

/** What is looked for, and how often it is there. */
export const needle = 0xfffffe3000001000n;
export const needleCount = 16;

export function writeMemoryCore(path: string, imagePath: string, sizeBytes: number): void {
  const image = openFile(imagePath);
  writeFile(
    path,
    writeCore({
      image: openElf(image),
      imageName: 'unix',
      cpus: [{ cpu: 0, registers: new Map(), fxsave: undefined }],
      panickingCpu: 0,
      signal: 6,
      segments: [
        {
          virtualAddress: memoryStart,
          physicalAddress: undefined,
          size: sizeBytes,
          flags: 6,
          contents: (offset, length) => words(offset, length, sizeBytes / needleCount),
        },
      ],
      info: new Map([['OSRELEASE', 'bench']]),
      notes: [],
      sources: new Map(),
    }),
  );
  image.close();
}

/** Words that look like pointers into the same range, as those of a kernel do; every `stride` bytes the needle. */
function words(offset: number, length: number, stride: number): Uint8Array {
  const list = new BigUint64Array(Math.ceil(length / 8));
  for (let index = 0; index < list.length; index++) {
    const place = offset + index * 8;
    list[index] =
      place % stride === 0 ? needle : memoryStart + BigInt((place * 2654435761) % 2 ** 31) + 1n;
  }
  return new Uint8Array(list.buffer, 0, length);
}
