/** Compiles and links a kernel: the same recipe for the kernels that come with Corewalk and for those of users. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { finishImage, sourcePrefix } from './kernel-image.ts';
import { sharedSources, sourcesOf, type KernelDescription } from './kernel-sources.ts';
import type { Toolchain } from './toolchain.ts';

const run = promisify(execFile);

/**
 * For every kernel and variant. The instruction set is what the machine executes: no vector code, no red zone, frame pointers for
 * who has no unwind tables, and views of locations left out because readers gain nothing from them.
 */
const commonFlags = [
  '-std=gnu11',
  '-ffreestanding',
  '-mgeneral-regs-only',
  '-mno-red-zone',
  '-mcmodel=kernel',
  '-march=x86-64',
  '-fno-omit-frame-pointer',
  '-fcf-protection=none',
  '-fno-pic',
  '-fno-stack-protector',
  '-fno-tree-loop-distribute-patterns',
  '-fno-common',
  '-gdwarf-5',
  '-gno-variable-location-views',
  '-gno-statement-frontiers',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wno-unused-parameter',
  '-Wno-override-init',
];

/** Shared code is boot code: nobody looks at its locals, so it may be small. */
const sharedOptimisation = '-O2';

const linkFlags = [
  '-nostdlib',
  '-static',
  '-z',
  'max-page-size=0x1000',
  '-z',
  'noexecstack',
  '--build-id=sha1',
];

/** Where the sources are. */
export interface KernelPlace {
  /** Holds `common/`; the line tables name files from here. */
  readonly root: string;
  /** The kernel's own folder below the root; `.` is the root itself. */
  readonly folder: string;
}

export interface BuiltImage {
  readonly bytes: Uint8Array;
  /** Files that the compiler read, below the root, sorted. */
  readonly sources: readonly string[];
}

/**
 * Builds the image of one variant.
 *
 * @throws Error of the tool that fails, with its words in `stderr`; or one line per instruction that the machine can't execute
 */
export async function buildImage(
  kernel: KernelDescription,
  variant: string,
  place: KernelPlace,
  tools: Toolchain,
): Promise<BuiltImage> {
  const work = mkdtempSync(join(tmpdir(), 'corewalk-kernel-'));
  try {
    const objects = await compileAll(kernel, variant, place, tools, work);
    const linked = join(work, `${variant}.elf`);
    const script = join(place.root, 'common/kernel.ld');
    await run(tools.linker, [...linkFlags, '-T', script, '-o', linked, ...objects]);
    const sources = sourcesRead(objects, place.root);
    const name = join(place.folder, variant);
    return { bytes: await finishImage(linked, name, place.root, sources, tools), sources };
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Objects in the order of the sources: the image's bytes depend on it. Two compilers at a time. */
async function compileAll(
  kernel: KernelDescription,
  variant: string,
  { root, folder }: KernelPlace,
  tools: Toolchain,
  work: string,
): Promise<readonly string[]> {
  const shared = sharedSources(root).map((source) => ({ source, flags: [sharedOptimisation] }));
  const { defines = {}, sources: program } = kernel.variants[variant] ?? {};
  const headers = program === undefined ? [] : ['-iquote', join(root, folder, program)];
  const own = sourcesOf(kernel, variant).map((file) => ({
    source: join(folder, file),
    flags: [...kernel.flags, ...(kernel.flagsBySource[file] ?? [])],
  }));
  const jobs = [...shared, ...own].map(({ source, flags }, index) => ({
    object: join(work, `${index}-${basename(source)}.o`),
    arguments: [
      ...tools.flags(commonFlags),
      `-ffile-prefix-map=${root}=${sourcePrefix}`,
      ...headers,
      `-I${join(root, 'common')}`,
      `-I${join(root, folder)}`,
      ...Object.entries(defines).map(([name, value]) => `-D${name}=${value}`),
      ...flags,
      '-MMD',
      '-c',
      join(root, source),
      '-o',
    ],
  }));
  const waiting = [...jobs];
  const worker = async (): Promise<void> => {
    for (let job = waiting.shift(); job; job = waiting.shift())
      await run(tools.compiler, [...job.arguments, job.object], { cwd: root });
  };
  await Promise.all([worker(), worker()]);
  return jobs.map((job) => job.object);
}

/** Files of ours that the compiler read, below `kernels`, sorted: what it wrote beside each object (`-MMD`). */
function sourcesRead(objects: readonly string[], root: string): readonly string[] {
  const sources = new Set<string>();
  for (const object of objects) {
    const rule = readFileSync(object.replace(/\.o$/, '.d'), 'utf8').replaceAll('\\\n', ' ');
    for (const path of rule.slice(rule.indexOf(':') + 1).split(/\s+/)) {
      const below = relative(root, path);
      if (path !== '' && !below.startsWith('..')) sources.add(below);
    }
  }
  return [...sources].sort();
}
