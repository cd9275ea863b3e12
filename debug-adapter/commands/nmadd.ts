/** `::nmadd` and `::nmdel`: names of the user's own for addresses. */
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import type { Symbol } from '../../dump-format/symbols.ts';
import { addedSymbolLimit } from '../target/added-symbols.ts';
import type { Dcmd, Invocation, Options } from './command.ts';

/** What an expression can name, without the back-quotes of scopes. */
const symbolName = /^[A-Za-z_][\w.]*$/;

/** Characters of a name. */
const nameLimit = 1024;

export const nmadd: Dcmd = {
  name: 'nmadd',
  address: 'required',
  synopsis: 'name',
  summary: 'add name to private symbol table',
  description:
    'The name stands for the address in expressions, and addresses that it covers are printed by it: before the symbols of the dump, which stay as they are. Without a size it covers the one address. `::nm -P` lists these names, `::nm -Pp` as commands to keep in a file.',
  options: [
    { letter: 'e', argument: 'number', argumentName: 'end', help: 'it reaches up to this address' },
    { letter: 'f', argument: 'none', help: 'it is a function' },
    { letter: 'o', argument: 'none', help: 'it is an object' },
    { letter: 's', argument: 'number', argumentName: 'size', help: 'its bytes' },
  ],
  examples: [
    { line: '<thread::nmadd -o -s 100 mine', explains: 'then: mine::print kthread_t' },
    { line: '::nm -P', explains: 'the names there are' },
  ],
  origin: 'mdb',
  completes: ['none'],
  run(invocation) {
    const { target, address, options } = invocation;
    if (options.has('f') && options.has('o')) throw new UsageError('');
    const name = nameOf(invocation);
    const type = options.has('f') ? 'function' : options.has('o') ? 'object' : 'notype';
    const size = sizeOf(address, options);
    const symbol: Symbol = { name, address, size, type, binding: 'global', sectionIndex: 0xfff1 };
    if (!target.symbols.add(symbol))
      throw new LookupError(`failed to add ${name}: there are ${addedSymbolLimit} private symbols`);
    return [];
  },
};

export const nmdel: Dcmd = {
  name: 'nmdel',
  address: 'none',
  synopsis: 'name',
  summary: 'remove name from private symbol table',
  description: 'Only names of ::nmadd can go.',
  options: [],
  examples: [{ line: '1000::nmadd mine; ::nmdel mine', explains: 'mine is gone' }],
  origin: 'mdb',
  completes: ['symbol'],
  run(invocation) {
    const name = nameOf(invocation);
    if (!invocation.target.symbols.remove(name))
      throw new LookupError(`failed to remove ${name}: unknown symbol name`);
    return [];
  },
};

/** @throws UsageError, LookupError in mdb's words for a name that no expression could use */
function nameOf({ arguments: [word, extra] }: Invocation): string {
  if (word?.kind !== 'word' || extra !== undefined) throw new UsageError('');
  const { text } = word;
  if (text.length > nameLimit)
    throw new LookupError(`failed to add ${text.slice(0, 40)}...: specified name is too long`);
  if (!symbolName.test(text))
    throw new LookupError(`failed to add ${text}: specified name contains illegal characters`);
  return text;
}

/** @throws UsageError for an end below the start, and for both */
function sizeOf(address: bigint, options: Options): bigint {
  const end = options.number('e');
  const size = options.number('s');
  if (end === undefined) return size ?? 0n;
  if (size !== undefined || end < address) throw new UsageError('');
  return end - address;
}
