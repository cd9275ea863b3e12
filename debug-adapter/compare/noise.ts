/** Differences that say nothing: stamps, counters, and the state of processors. Judged by names and types alone, so that it can be said why. */

/** Why a difference is folded away. */
export type Noise = 'stamp' | 'counter' | 'hardware' | 'register' | 'padding';

/** Words of a C name, as `_` and capitals divide it. */
const stampWords: ReadonlySet<string> = new Set(
  'tsc time stamp timestamp hrtime tick ticks clock date uptime deadline usec nsec cycles start stop'.split(
    ' ',
  ),
);
const counterWords: ReadonlySet<string> = new Set(
  'cnt count counter counts stat stats insns exits seq nr total hits misses loads skips sent recv switches'.split(
    ' ',
  ),
);

/** A count of references is what bugs are about. */
const neverNoise = /ref|hold|lock/i;

/**
 * @param object a global's name, or what a walked object is called
 * @param path of the member in it
 * @param typedefName of its type, when it has one
 */
export function noiseOf(
  object: string,
  path: string,
  typedefName: string | undefined,
): Noise | undefined {
  if (object.startsWith('sim_')) return 'hardware';
  const name = /([A-Za-z_]\w*)(\[\d+\])*$/.exec(path === '' ? object : path)?.[1] ?? '';
  if (neverNoise.test(name)) return undefined;
  const words = name.toLowerCase().split('_');
  if (/^pad(ding)?\d*$/.test(words.at(-1) ?? '')) return 'padding';
  if (words.some((word) => stampWords.has(word)) || isStampType(typedefName)) return 'stamp';
  const parents = path.toLowerCase().split(/[._]/);
  if (words.some((word) => counterWords.has(word)) || parents.includes('stat')) return 'counter';
  return undefined;
}

function isStampType(name: string | undefined): boolean {
  return name !== undefined && /^(hrtime|clock|time)_t$/.test(name);
}
