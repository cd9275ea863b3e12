/** Options of a dcmd, read as mdb's getopts reads them, and the usage line that tells of them. */
import { UsageError } from '../../dump-format/errors.ts';
import type { Argument, Dcmd, Options, OptionSpecification } from '../commands/command.ts';
import { LineError } from './line-error.ts';
import { parseNumber } from './number.ts';

export interface ParsedOptions {
  readonly options: Options;
  /** What is left: the first word that is no option, and all after it. */
  readonly rest: readonly Argument[];
}

interface Found {
  readonly text: string | undefined;
  readonly number: bigint | undefined;
}

const nothing: Found = { text: undefined, number: undefined };

/**
 * Takes the leading options off an argument list: clusters of letters, an argument glued to its letter or in the next word.
 *
 * `--` ends them and stays in place, as in mdb.
 *
 * @param radix of numbers without prefix
 * @throws UsageError with mdb's sentence
 */
export function parseOptions(
  list: readonly Argument[],
  specifications: readonly OptionSpecification[] | undefined,
  radix: number,
): ParsedOptions {
  if (specifications === undefined) return { options: noOptions, rest: list };
  const found = new Map<string, Found>();
  let position = 0;
  while (position < list.length) {
    const word = list[position];
    if (word?.kind !== 'word' || !/^-./.test(word.text) || word.text === '--') break;
    position++;
    for (let index = 1; index < word.text.length; index++) {
      const letter = word.text.charAt(index);
      const specification = specifications.find((each) => each.letter === letter);
      if (specification === undefined) throw new UsageError(`illegal option -- ${letter}`);
      if (specification.argument === 'none') {
        found.set(letter, nothing);
        continue;
      }
      const glued = word.text.slice(index + 1);
      const argument: Argument | undefined =
        glued === '' ? list[position++] : { kind: 'word', text: glued };
      found.set(letter, read(specification, argument, radix));
      break;
    }
  }
  const rest = position === 0 ? list : list.slice(position);
  return { options: found.size === 0 ? noOptions : new FoundOptions(found), rest };
}

/** Usage: `[address]::dump [-eq] [-g bytes] ...`, without the word `Usage`. */
export function usageLine(dcmd: Dcmd): string {
  const addresses = { optional: '[address]', required: 'address', none: '' };
  return `${addresses[dcmd.address]}${spelling(dcmd.name)}${argumentsSynopsis(dcmd)}`;
}

/** What stands after the name in usage lines and help: flags in one bracket, options with an argument in their own. */
export function argumentsSynopsis(dcmd: Dcmd): string {
  const options = dcmd.options ?? [];
  const flags = options.filter((each) => each.argument === 'none').map((each) => each.letter);
  const parts = options
    .filter((each) => each.argument !== 'none')
    .map((each) => `[-${each.letter} ${each.argumentName ?? each.argument}]`);
  if (flags.length > 0) parts.unshift(`[-${flags.join('')}]`);
  if (dcmd.synopsis !== undefined && dcmd.synopsis !== '') parts.push(dcmd.synopsis);
  return parts.map((part) => ` ${part}`).join('');
}

/** A command's name as it is typed: legacy names carry their sign already. */
export function spelling(name: string): string {
  return /^[$:>/\\?@=]/.test(name) ? name : `::${name}`;
}

function read(
  specification: OptionSpecification,
  argument: Argument | undefined,
  radix: number,
): Found {
  const { letter } = specification;
  if (argument === undefined) throw new UsageError(`option requires an argument -- ${letter}`);
  if (specification.argument === 'text') {
    if (argument.kind === 'immediate')
      throw new UsageError(`string argument required for -${letter}`);
    return { text: argument.text, number: undefined };
  }
  if (argument.kind === 'immediate')
    return { text: argument.value.toString(radix), number: argument.value };
  return { text: argument.text, number: numberOf(argument.text, letter, radix) };
}

function numberOf(text: string, letter: string, radix: number): bigint {
  if (!/^(0[iIoOtTxX])?[0-9a-fA-F][0-9a-fA-F_]*$/.test(text))
    throw new UsageError(`invalid option for -${letter}: "${text}"`);
  try {
    return parseNumber(text, radix);
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    throw new UsageError(error.message);
  }
}

class FoundOptions implements Options {
  private readonly found: ReadonlyMap<string, Found>;

  constructor(found: ReadonlyMap<string, Found>) {
    this.found = found;
  }

  has(letter: string): boolean {
    return this.found.has(letter);
  }

  text(letter: string): string | undefined {
    return this.found.get(letter)?.text;
  }

  number(letter: string): bigint | undefined {
    return this.found.get(letter)?.number;
  }
}

const noOptions: Options = new FoundOptions(new Map());
