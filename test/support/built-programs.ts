/** The bundles, built when a test first wants them: tests of programs run what is shipped. */
import { join } from 'node:path';
import { projectRoot } from './grammars.ts';

/** As deep as dist/: bundles look for scenarios and kernels from where they lie. */
const folder = join(projectRoot, 'out');

let building: Promise<string> | undefined;

/** The folder with `corewalk.cjs` and `adapter.cjs`. */
export function builtPrograms(): Promise<string> {
  building ??= build();
  return building;
}

async function build(): Promise<string> {
  // A variable keeps the compiler out of a script that has no types.
  const script = join(projectRoot, 'scripts/build.mjs');
  const { buildPrograms }: { buildPrograms(folder: string): Promise<void> } = await import(script);
  await buildPrograms(folder);
  return folder;
}
