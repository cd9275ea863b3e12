/** Inputs that earlier runs have found worth keeping: `test/fuzz/corpus/<reader>/*`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

const folder = join(import.meta.dirname, 'corpus');

/** Sorted by name, which is the hash of the contents. */
export function readCorpus(reader: string): Uint8Array[] {
  const place = join(folder, reader);
  if (!existsSync(place)) return [];
  const names = readdirSync(place).sort();
  return names.map((name) => new Uint8Array(readFileSync(join(place, name))));
}

/** The path that it was written to. */
export function writeToCorpus(reader: string, bytes: Uint8Array): string {
  const place = join(folder, reader);
  mkdirSync(place, { recursive: true });
  const file = join(place, createHash('sha256').update(bytes).digest('hex').slice(0, 16));
  writeFileSync(file, bytes);
  return file;
}
