/** The version, out of package.json: beside dist/ in a package, beside cli/ in a checkout. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function productVersion(): string {
  const text = readFileSync(join(import.meta.dirname, '../package.json'), 'utf8');
  const parsed: unknown = JSON.parse(text);
  const hasVersion = typeof parsed === 'object' && parsed !== null && 'version' in parsed;
  return hasVersion ? String(parsed.version) : 'unknown';
}
