/** Builds the kernel images: `npm run kernels [-- --os NAME]... [--check]`. Needs gcc and ld; the images are committed, so nobody else does. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { finishImage, sourcePrefix } from './kernel-image.ts';
import {
  hashesOf,
  kernelNames,
  manifestText,
  readKernel,
  sharedSources,
  sourcesOf,
  type KernelDescription,
  type Manifest,
} from './kernel-sources.ts';

const run = promisify(execFile);
const kernels = resolve(import.meta.dirname, '../sample-dumps/kernels');

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

/** Builds all variants of one kernel. @returns the manifest, also written */
export async function buildKernel(os: string, report: (line: string) => void): Promise<Manifest> {
  const kernel = readKernel(kernels, os);
  const images: Record<string, Manifest['images'][string]> = {};
  const inputs = new Set(['common/kernel.ld', `${os}/kernel.json`]);
  const folder = join(kernels, os, 'images');
  mkdirSync(folder, { recursive: true });
  for (const variant of Object.keys(kernel.variants)) {
    const { bytes, sources } = await buildImage(kernel, os, variant);
    for (const source of sources) inputs.add(source);
    writeFileSync(join(folder, `${variant}.elf`), bytes);
    images[variant] = { sha256: sha256(bytes), sizeBytes: bytes.length };
    report(`${os}/${variant}.elf ${bytes.length} bytes`);
  }
  removeStale(folder, Object.keys(kernel.variants));
  const manifest: Manifest = {
    compiler: firstLine((await run('gcc', ['--version'])).stdout),
    linker: firstLine((await run('ld', ['--version'])).stdout),
    inputs: hashesOf(kernels, inputs),
    images,
  };
  writeFileSync(join(folder, 'manifest.json'), manifestText(manifest));
  return manifest;
}

async function buildImage(
  kernel: KernelDescription,
  os: string,
  variant: string,
): Promise<{ readonly bytes: Uint8Array; readonly sources: readonly string[] }> {
  const work = mkdtempSync(join(tmpdir(), 'corewalk-kernel-'));
  try {
    const objects = await compileAll(kernel, os, variant, work);
    const linked = join(work, `${variant}.elf`);
    const script = join(kernels, 'common/kernel.ld');
    await run('ld', [...linkFlags, '-T', script, '-o', linked, ...objects]);
    const sources = sourcesRead(objects);
    return { bytes: await finishImage(linked, `${os}/${variant}`, kernels, sources), sources };
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Objects in the order of the sources: the image's bytes depend on it. Two compilers at a time. */
async function compileAll(
  kernel: KernelDescription,
  os: string,
  variant: string,
  work: string,
): Promise<readonly string[]> {
  const shared = sharedSources(kernels).map((source) => ({ source, flags: [sharedOptimisation] }));
  const { defines = {}, sources: program } = kernel.variants[variant] ?? {};
  const headers = program === undefined ? [] : ['-iquote', join(kernels, os, program)];
  const own = sourcesOf(kernel, variant).map((file) => ({
    source: `${os}/${file}`,
    flags: [...kernel.flags, ...(kernel.flagsBySource[file] ?? [])],
  }));
  const jobs = [...shared, ...own].map(({ source, flags }, index) => ({
    object: join(work, `${index}-${basename(source)}.o`),
    arguments: [
      ...commonFlags,
      `-ffile-prefix-map=${kernels}=${sourcePrefix}`,
      ...headers,
      `-I${join(kernels, 'common')}`,
      `-I${join(kernels, os)}`,
      ...Object.entries(defines).map(([name, value]) => `-D${name}=${value}`),
      ...flags,
      '-MMD',
      '-c',
      join(kernels, source),
      '-o',
    ],
  }));
  const waiting = [...jobs];
  const worker = async (): Promise<void> => {
    for (let job = waiting.shift(); job; job = waiting.shift())
      await run('gcc', [...job.arguments, job.object], { cwd: kernels });
  };
  await Promise.all([worker(), worker()]);
  return jobs.map((job) => job.object);
}

/** Files of ours that the compiler read, below `kernels`, sorted: what it wrote beside each object (`-MMD`). */
function sourcesRead(objects: readonly string[]): readonly string[] {
  const sources = new Set<string>();
  for (const object of objects) {
    const rule = readFileSync(object.replace(/\.o$/, '.d'), 'utf8').replaceAll('\\\n', ' ');
    for (const path of rule.slice(rule.indexOf(':') + 1).split(/\s+/)) {
      const below = relative(kernels, path);
      if (path !== '' && !below.startsWith('..')) sources.add(below);
    }
  }
  return [...sources].sort();
}

function removeStale(folder: string, variants: readonly string[]): void {
  for (const file of readdirSync(folder)) {
    if (file.endsWith('.elf') && !variants.includes(file.slice(0, -4))) rmSync(join(folder, file));
  }
}

/**
 * What is older than its sources, one line each; empty when all images are up to date. Needs no compiler.
 *
 * @param root the folder of all kernels
 */
export function staleImages(os: string, root = kernels): readonly string[] {
  const folder = join(root, os, 'images');
  const path = join(folder, 'manifest.json');
  if (!existsSync(path)) return [`${os}: no images: run npm run kernels -- --os ${os}`];
  const stale: string[] = [];
  const manifest: Manifest = JSON.parse(readFileSync(path, 'utf8'));
  const kernel = readKernel(root, os);
  const now = hashesOf(root, Object.keys(manifest.inputs));
  for (const [file, hash] of Object.entries(manifest.inputs))
    if (now[file] !== hash) stale.push(`${os}: ${file} changed after the images`);
  const own = [kernel.sources, ...Object.values(kernel.otherSources)].flat();
  for (const file of [...sharedSources(root), ...own.map((each) => `${os}/${each}`)])
    if (!(file in manifest.inputs)) stale.push(`${os}: ${file} is newer than the images`);
  for (const variant of Object.keys(kernel.variants)) {
    const image = join(folder, `${variant}.elf`);
    if (!existsSync(image)) stale.push(`${os}/${variant}.elf is missing`);
    else if (sha256(readFileSync(image)) !== manifest.images[variant]?.sha256)
      stale.push(`${os}/${variant}.elf is not what the manifest says`);
  }
  return stale;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

async function main(): Promise<void> {
  const chosen: string[] = [];
  let isCheck = false;
  const words = process.argv.slice(2);
  for (let index = 0; index < words.length; index++) {
    if (words[index] === '--os') chosen.push(words[++index] ?? '');
    else if (words[index] === '--check') isCheck = true;
    else throw new Error('usage: build-kernels [--os NAME]... [--check]');
  }
  const all = kernelNames(kernels);
  for (const os of chosen) {
    if (!all.includes(os)) throw new Error(`no kernel ${os}: there are ${all.join(', ')}`);
  }
  for (const os of chosen.length > 0 ? chosen : all) {
    if (!isCheck) await buildKernel(os, (line) => console.log(line));
    for (const line of staleImages(os)) {
      console.error(line);
      process.exitCode = 1;
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main().catch((error: unknown) => {
    const detail =
      error instanceof Error && 'stderr' in error && typeof error.stderr === 'string'
        ? error.stderr
        : String(error);
    console.error(detail);
    process.exitCode = 1;
  });
}
