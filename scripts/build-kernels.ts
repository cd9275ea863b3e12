/** Builds the kernel images: `npm run kernels [-- --os NAME]... [--check]`. Needs gcc and ld; the images are committed, so nobody else does. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { buildImage } from '../cli/build/compile.ts';
import {
  hashesOf,
  kernelNames,
  manifestText,
  readKernel,
  sharedSources,
  type Manifest,
} from '../cli/build/kernel-sources.ts';
import { gccTools } from '../cli/build/toolchain.ts';

const run = promisify(execFile);
const kernels = resolve(import.meta.dirname, '../sample-dumps/kernels');

/** Builds all variants of one kernel. @returns the manifest, also written */
export async function buildKernel(os: string, report: (line: string) => void): Promise<Manifest> {
  const kernel = readKernel(kernels, os);
  const place = { root: kernels, folder: os };
  const images: Record<string, Manifest['images'][string]> = {};
  const inputs = new Set(['common/kernel.ld', `${os}/kernel.json`]);
  const folder = join(kernels, os, 'images');
  mkdirSync(folder, { recursive: true });
  for (const variant of Object.keys(kernel.variants)) {
    const { bytes, sources } = await buildImage(kernel, variant, place, gccTools);
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
