/** Words of a command line as options and operands, with errors in our own words. */
import { parseArgs } from 'node:util';
import { UsageError } from '../dump-format/errors.ts';
import type { OptionTable } from './command.ts';

/** What `util.parseArgs` makes of words, read by kind. */
export interface Words {
  readonly operands: readonly string[];
  isSet(name: string): boolean;
  /** The last value given. */
  text(name: string): string | undefined;
  /** All values given, in order. */
  texts(name: string): readonly string[];
  /** @throws UsageError when it is no whole number */
  number(name: string): bigint | undefined;
}

/** @throws UsageError for an unknown option, or one without its value */
export function readWords(words: readonly string[], options: OptionTable): Words {
  const { values, positionals } = parse(words, options);
  const texts = (name: string): readonly string[] => {
    const value = values[name];
    const list = Array.isArray(value) ? value : [value];
    return list.filter((each) => typeof each === 'string');
  };
  return {
    operands: positionals,
    isSet: (name) => values[name] === true,
    text: (name) => texts(name).at(-1),
    texts,
    number(name) {
      const text = texts(name).at(-1);
      if (text === undefined) return undefined;
      if (/^(0x[0-9a-f]+|[0-9]+)$/i.test(text)) return BigInt(text);
      throw new UsageError(`--${name}: '${text}' is no whole number`);
    },
  };
}

function parse(words: readonly string[], options: OptionTable): ReturnType<typeof parseArgs> {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    // Node's sentences go on with advice about its own API.
    const said = error instanceof Error ? error.message : String(error);
    throw new UsageError(said.replace(/\. (To specify|Did you forget).*$/s, '').replace(/\.$/, ''));
  }
}

/** The only operand. @throws UsageError when there is none, or more than one */
export function onlyOperand({ operands }: Words, what: string): string {
  const [operand, extra] = operands;
  if (operand === undefined) throw new UsageError(`no ${what} is given`);
  if (extra !== undefined) throw new UsageError(`one ${what} at a time: '${extra}' is too much`);
  return operand;
}
