/** Makes the core for benchmarks of threads: a sample dump with thousands of copies of a thread that sleeps. */
import type { Dump } from '../../dump-format/dump.ts';
import { writeCore, type CoreSegment } from '../../dump-format/core-writer.ts';
import { openElf } from '../../dump-format/elf/elf.ts';
import { writeFile } from '../../dump-format/file-sink.ts';
import { openFile } from '../../dump-format/file-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { Target } from '../../debug-adapter/target/target.ts';

/** Structs that the benchmark prints with all their members. */
export const printedStructs = 1000;

/** Address of the first copy. */
export const copiesStart = 0xfffffe2000000000n;

/**
 * Writes the core: every copy has the saved registers of the sleeper, and so its whole stack; `t_next` leads from `t0` through all of them.
 *
 * @param samplePath a dump of our illumos kernel
 */
export function writeThreadCore(
  path: string,
  samplePath: string,
  imagePath: string,
  count: number,
): void {
  const dump = openDump(openFile(samplePath));
  const image = openFile(imagePath);
  writeFile(
    path,
    writeCore({
      image: openElf(image),
      imageName: 'unix',
      cpus: dump.cpus,
      panickingCpu: dump.cpus[0]?.cpu ?? 0,
      signal: 6,
      segments: [...ownSegments(dump), copies(openTarget(dump), count)],
      info: dump.info,
      notes: [],
      sources: new Map(),
    }),
  );
  image.close();
  dump.close();
}

/** What the sample has, with `t0.t_next` leading to the copies. */
function* ownSegments(dump: Dump): Generator<CoreSegment> {
  const target = openTarget(dump);
  const link = target.global('t0').member('t_next').address ?? 0n;
  for (const { virtualAddress, physicalAddress, size, flags } of dump.segments) {
    if (virtualAddress === undefined) continue;
    const contents = dump.virtual.read(virtualAddress, Number(size)).slice();
    const offset = link - virtualAddress;
    if (offset >= 0n && offset < size)
      new DataView(contents.buffer).setBigUint64(Number(offset), copiesStart, true);
    yield { virtualAddress, physicalAddress, size: contents.length, flags, contents };
  }
}

function copies(target: Target, count: number): CoreSegment {
  const sleeper = [...target.threads()].find(({ cpu, start }) => cpu === undefined && start);
  if (!sleeper) throw new Error('no thread of the sample sleeps');
  const thread = target.value('kthread_t', sleeper.address);
  const bytes = thread.bytes();
  const nextOffset = Number((thread.member('t_next').address ?? 0n) - sleeper.address);
  const contents = new Uint8Array(bytes.length * count);
  const view = new DataView(contents.buffer);
  for (let index = 0; index < count; index++) {
    contents.set(bytes, index * bytes.length);
    const isLast = index === count - 1;
    const next = isLast
      ? target.symbolAddress('t0')
      : copiesStart + BigInt((index + 1) * bytes.length);
    view.setBigUint64(index * bytes.length + nextOffset, next, true);
  }
  return {
    virtualAddress: copiesStart,
    physicalAddress: undefined,
    size: contents.length,
    flags: 6,
    contents,
  };
}
