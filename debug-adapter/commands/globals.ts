/** `$e` and `::files`: what the symbol table says about objects and source files. */
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import type { Symbol } from '../../dump-format/symbols.ts';
import { withPrefix } from '../target/symbolize.ts';
import type { Target } from '../target/target.ts';
import { textRow, type Dcmd } from './command.ts';

export const globals: Dcmd = {
  name: '$e',
  address: 'none',
  summary: 'print listing of global symbols',
  description:
    'Every global object with its address and the word that it begins with; ? where that is not in the dump.',
  options: [],
  examples: [{ line: '$e ! grep panic', explains: 'global variables of the panic' }],
  origin: 'mdb',
  *run({ target, session, arguments: list }) {
    if (list.length > 0) throw new UsageError('');
    let count = 0;
    for (const symbol of target.symbols.all()) {
      if ((++count & 0xff) === 0) session.checkpoint({ done: count, what: 'symbols' });
      if (symbol.type !== 'object' || symbol.binding !== 'global') continue;
      const { name, address } = symbol;
      const word = firstWord(target, symbol);
      const text = word === undefined ? '?' : withPrefix(word, session.radix);
      yield textRow(`${name}(${address.toString(session.radix)}):\t${text}`, {
        value: address,
        data: { name, address, word },
      });
    }
  },
};

export const files: Dcmd = {
  name: 'files',
  aliases: ['$f'],
  address: 'none',
  synopsis: '[object]',
  summary: 'print listing of source files',
  description: 'As the symbol table has them, numbered. The one object of a dump is its kernel.',
  options: [],
  examples: [{ line: '$f', explains: 'what the kernel was built from' }],
  origin: 'mdb',
  *run({ target, arguments: list }) {
    if (list.length > 1) throw new UsageError('');
    let index = 0;
    for (const { name, type } of target.symbols.base.all()) {
      if (type === 'file' && name !== '')
        yield textRow(`${index}\t${name}`, { data: { index, name } });
      if (type === 'file') index++;
    }
    if (index === 0) throw new LookupError('the symbol table names no source files');
  },
};

/** As many bytes as the object has, at most a word; undefined where they are absent. */
function firstWord(target: Target, { address, size }: Symbol): bigint | undefined {
  const length = size > 0n && size < 8n ? Number(size) : 8;
  const bytes = target.memory.readAvailable(address, length);
  if (bytes.length < length) return undefined;
  const ordered = target.dump.byteOrder === 'little' ? bytes.toReversed() : bytes;
  return ordered.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
