/** Inputs that earlier runs have found worth keeping: `test/fuzz/corpus/<reader>/*`, packed where that makes them smaller. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

const folder = join(import.meta.dirname, 'corpus');

/** Bytes of a file of the corpus, and files of one reader. */
const fileBytes = 8192;
export const corpusFiles = 40;

/** Sorted by name, which is the hash of the contents. */
export function readCorpus(reader: string): Uint8Array[] {
  const place = join(folder, reader);
  if (!existsSync(place)) return [];
  const names = readdirSync(place).sort();
  return names.map((name) => {
    const stored = readFileSync(join(place, name));
    return Uint8Array.from(name.endsWith('.gz') ? gunzipSync(stored) : stored);
  });
}

/** The path that it was written to; undefined when the input is too large for the corpus. */
export function writeToCorpus(reader: string, bytes: Uint8Array): string | undefined {
  const packed = gzipSync(bytes, { level: 9 });
  const isPacked = packed.length < bytes.length;
  const stored = isPacked ? packed : bytes;
  if (stored.length > fileBytes) return undefined;
  const place = join(folder, reader);
  mkdirSync(place, { recursive: true });
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  const file = join(place, isPacked ? `${hash}.gz` : hash);
  writeFileSync(file, stored);
  return file;
}
