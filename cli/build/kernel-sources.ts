/** What a kernel image is built from: the folders, `kernel.json`, and the hash of every input. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `kernel.json` of a kernel's folder. */
export interface KernelDescription {
  readonly summary: string;
  /** Compiled in this order, after the shared ones; paths in the kernel's folder. */
  readonly sources: readonly string[];
  /** Sources of variants that are another program, by the name that such a variant gives; headers in a folder of that name come first. */
  readonly otherSources: Readonly<Record<string, readonly string[]>>;
  /** For all of them: optimisation, warnings. */
  readonly flags: readonly string[];
  readonly flagsBySource: Readonly<Record<string, readonly string[]>>;
  readonly variants: Readonly<Record<string, VariantDescription>>;
}

export interface VariantDescription {
  readonly summary: string;
  readonly defines: Readonly<Record<string, string>>;
  /** A name in `otherSources`; absent for `sources`. */
  readonly sources?: string;
}

/** `images/manifest.json`: what the images were built from and what they are. */
export interface Manifest {
  readonly compiler: string;
  readonly linker: string;
  /** SHA-256 of each file that went into the images, by its path below `kernels/`. */
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
    if (!['summary', 'sources', 'otherSources', 'flags', 'flagsBySource', 'variants'].includes(key))
      fail(`unknown member ${key}`);
  }
  const lists = (name: string): Record<string, readonly string[]> =>
    Object.fromEntries(
      Object.entries(record(top[name] ?? {}) ?? fail(`${name}: not an object`)).map(
        ([key, list]) => [key, strings(list) ?? fail(`${name}.${key}: not strings`)],
      ),
    );
  const variants = Object.entries(record(top['variants']) ?? fail('variants: not an object'));
  if (variants.length === 0) fail('variants: none');
  const otherSources = lists('otherSources');
  return {
    summary: text(top['summary']) ?? fail('summary: not a string'),
    sources: strings(top['sources']) ?? fail('sources: not a list of strings'),
    otherSources,
    flags: strings(top['flags'] ?? []) ?? fail('flags: not a list of strings'),
    flagsBySource: lists('flagsBySource'),
    variants: Object.fromEntries(
      variants.map(([name, value]) => [name, readVariant(name, value, otherSources, fail)]),
    ),
  };
}

function readVariant(
  name: string,
  value: unknown,
  otherSources: KernelDescription['otherSources'],
  fail: (what: string) => never,
): VariantDescription {
  const variant = record(value) ?? fail(`variants.${name}: not an object`);
  const defines = record(variant['defines'] ?? {}) ?? fail(`variants.${name}.defines`);
  const sources = variant['sources'];
  if (sources !== undefined && otherSources[text(sources) ?? ''] === undefined)
    fail(`variants.${name}.sources: not a name in otherSources`);
  const named = text(sources);
  return {
    summary: text(variant['summary']) ?? fail(`variants.${name}.summary: not a string`),
    defines: Object.fromEntries(Object.entries(defines).map(([key, each]) => [key, String(each)])),
    ...(named === undefined ? {} : { sources: named }),
  };
}

/** What a variant is compiled from, in its kernel's folder. */
export function sourcesOf(kernel: KernelDescription, variant: string): readonly string[] {
  const set = kernel.variants[variant]?.sources;
  return set === undefined ? kernel.sources : (kernel.otherSources[set] ?? []);
}

/** What every kernel is compiled with, below `kernels`, sorted: all C and assembly of the shared folder. */
export function sharedSources(kernels: string): readonly string[] {
  return readdirSync(join(kernels, 'common'))
    .filter((file) => /\.[cS]$/.test(file))
    .sort()
    .map((file) => `common/${file}`);
}

/** SHA-256 of files below `kernels`, by path, sorted; what is not there is left out. */
export function hashesOf(kernels: string, files: Iterable<string>): Record<string, string> {
  const hashes: Record<string, string> = {};
  for (const file of [...files].sort()) {
    const path = join(kernels, file);
    if (existsSync(path))
      hashes[file] = createHash('sha256').update(readFileSync(path)).digest('hex');
  }
  return hashes;
}

export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
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
