/** The spellings that compilers use for one integer type: C allows many, each compiler records one. */

/**
 * Other spellings of a C integer type, gcc's first: `unsigned long` → `long unsigned int`, `unsigned long int`.
 * Empty for anything else.
 */
export function otherSpellings(name: string): readonly string[] {
  const words = name.trim().split(/\s+/);
  const count = (word: string): number => words.filter((each) => each === word).length;
  if (words.some((word) => !integerWords.has(word))) return [];
  const sign = count('unsigned') > 0 ? 'unsigned' : '';
  const size = count('short') > 0 ? 'short' : ['', 'long', 'long long'][count('long')];
  if (size === undefined) return [];
  const candidates =
    count('char') > 0
      ? [sign ? 'unsigned char' : count('signed') > 0 ? 'signed char' : 'char']
      : count('__int128') > 0
        ? [`__int128 ${sign}`, `${sign} __int128`]
        : [`${size} ${sign} int`, `${sign} ${size} int`, `${sign} ${size}`];
  const spellings = candidates.map((each) => each.trim().replace(/\s+/g, ' '));
  return [...new Set(spellings)].filter((each) => each !== name && each !== '');
}

/** True for words that C keeps for its integers: `char`, `long unsigned int`. */
export function isIntegerSpelling(name: string): boolean {
  return name.split(' ').every((word) => integerWords.has(word));
}

const integerWords: ReadonlySet<string> = new Set([
  'unsigned',
  'signed',
  'short',
  'long',
  'int',
  'char',
  '__int128',
]);
