/** What a kernel image is built from: the folders, `kernel.json`, and the hash of every input. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `kernel.json` of a kernel's folder. */
export interface KernelDescription {
  readonly summary: string;
  /** Compiled in this order, after the shared ones; paths in the kernel's folder. */
  readonly sources: readonly string[];
  /** For all of them: optimisation, warnings. */
  readonly flags: readonly string[];
  readonly flagsBySource: Readonly<Record<string, readonly string[]>>;
  readonly variants: Readonly<
    Record<string, { readonly summary: string; readonly defines: Readonly<Record<string, string>> }>
  >;
}

/** `images/manifest.json`: what the images were built from and what they are. */
export interface Manifest {
  readonly compiler: string;
  readonly linker: string;
  /** SHA-256 of each input, by its path below `kernels/`. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly images: Readonly<
    Record<string, { readonly sha256: string; readonly sizeBytes: number }>
  >;
}

/** Folders that hold a `kernel.json`, sorted. */
export function kernelNames(kernels: string): readonly string[] {
  return readdirSync(kernels)
    .filter((name) => existsSync(join(kernels, name, 'kernel.json')))
    .sort();
}

/** @throws Error naming the member that is wrong */
export function readKernel(kernels: string, os: string): KernelDescription {
  const path = join(kernels, os, 'kernel.json');
  const json: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const fail = (what: string): never => {
    throw new Error(`${os}/kernel.json: ${what}`);
  };
  const top = record(json) ?? fail('not an object');
  for (const key of Object.keys(top)) {
    if (!['summary', 'sources', 'flags', 'flagsBySource', 'variants'].includes(key))
      fail(`unknown member ${key}`);
  }
  const variants = Object.entries(record(top['variants']) ?? fail('variants: not an object'));
  if (variants.length === 0) fail('variants: none');
  return {
    summary: text(top['summary']) ?? fail('summary: not a string'),
    sources: strings(top['sources']) ?? fail('sources: not a list of strings'),
    flags: strings(top['flags'] ?? []) ?? fail('flags: not a list of strings'),
    flagsBySource: Object.fromEntries(
      Object.entries(
        record(top['flagsBySource'] ?? {}) ?? fail('flagsBySource: not an object'),
      ).map(([file, flags]) => [
        file,
        strings(flags) ?? fail(`flagsBySource.${file}: not strings`),
      ]),
    ),
    variants: Object.fromEntries(
      variants.map(([name, value]) => {
        const variant = record(value) ?? fail(`variants.${name}: not an object`);
        const defines = record(variant['defines'] ?? {}) ?? fail(`variants.${name}.defines`);
        return [
          name,
          {
            summary: text(variant['summary']) ?? fail(`variants.${name}.summary: not a string`),
            defines: Object.fromEntries(
              Object.entries(defines).map(([key, each]) => [key, String(each)]),
            ),
          },
        ];
      }),
    ),
  };
}

/** SHA-256 of the shared code, the kernel's own folder and the build scripts, by path; prose does not count. */
export function inputsOf(kernels: string, os: string): Record<string, string> {
  const inputs: Record<string, string> = {};
  for (const folder of ['common', os]) {
    for (const file of filesOf(join(kernels, folder), '')) {
      inputs[`${folder}/${file}`] = createHash('sha256')
        .update(readFileSync(join(kernels, folder, file)))
        .digest('hex');
    }
  }
  return inputs;
}

export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** Paths below `folder`, sorted; without images and prose. */
export function filesOf(folder: string, below: string): readonly string[] {
  return readdirSync(join(folder, below), { withFileTypes: true })
    .flatMap((entry) => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) return path === 'images' ? [] : filesOf(folder, path);
      return entry.name.endsWith('.md') ? [] : [path];
    })
    .sort();
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value));
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function strings(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const list = value.map((each: unknown) => text(each));
  return list.every((each) => each !== undefined) ? list : undefined;
}
