/** `::list`: the elements of a linked list, by the member that links them. */
import { strip, type CType, type Member } from '../../dump-format/ctype.ts';
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import { LineError } from '../language/line-error.ts';
import { chainProblem, followChain } from '../target/lists.ts';
import { findMember } from '../target/members.ts';
import { errorRow, type Argument, type Dcmd, type Invocation, type Row } from './command.ts';
import {
  findTypeArgument,
  noSuchMemberError,
  noSuchType,
  typeHint,
  typeWords,
} from './lib-types.ts';
import { declareWalkVariable } from './lib-walk-variable.ts';

const wordSize = 8;

export const list: Dcmd = {
  name: 'list',
  address: 'required',
  synopsis: '[type member | $[offset]] [variable]',
  summary: 'walk list using member as link pointer',
  description:
    'Gives the address of each element, the first one too, until a link is 0 or leads back to the first element. A list that loops elsewhere, ' +
    'that ends in a bad pointer or that is longer than the walk limit says so, and at which element. ' +
    'The link must point to the start of the next element; it may lie in a structure inside (`pv_list.tqe_next`). A word at the end names a variable that holds the element in the stages behind.',
  options: [],
  examples: [
    {
      line: '<thread::print kthread_t t_ctx | ::list "struct ctxop" next',
      explains: 'the context operators of a thread, old and new layout',
    },
  ],
  origin: 'mdb',
  completes: ['type', 'member', 'variable'],
  *run(invocation) {
    const { target, address, session } = invocation;
    const { offset, type, variable } = readArguments(invocation);
    const set = declareWalkVariable(variable, session);
    const walk = followChain(target.memory, {
      first: address,
      linkOffset: offset,
      isRing: true,
      limit: session.settings.walkLimit,
    });
    let count = 0;
    for (let step = walk.next(); ; step = walk.next()) {
      if (step.done === true) {
        yield* endRows(step.value);
        return;
      }
      if ((++count & 0xfff) === 0) session.checkpoint({ done: count, what: 'walking the list' });
      set?.(step.value);
      yield elementRow(step.value, type);
    }
  },
};

function elementRow(address: bigint, type: CType | undefined): Row {
  const spans: Row['spans'] = [{ kind: 'address', text: address.toString(16), address }];
  return type ? { spans, value: address, object: { address, type } } : { spans, value: address };
}

function* endRows(end: Parameters<typeof chainProblem>[0]): Generator<Row> {
  if (end.reason === 'fault') {
    const object = end.target.toString(16);
    yield errorRow(`failed to read next pointer from object ${object}: ${end.fault.reason}`);
  }
  const problem = chainProblem(end);
  if (problem === undefined) return;
  if (end.reason === 'fault') {
    const text = `the list breaks at element ${end.count}`;
    yield { spans: [{ kind: 'comment', text }], isError: true };
    return;
  }
  const hint = end.reason === 'limit' ? ': ::set -o walk_limit=n raises the limit' : '';
  yield errorRow(`list ${problem}${hint}`);
}

interface Link {
  readonly offset: bigint;
  /** Undefined when only an offset is given. */
  readonly type: CType | undefined;
  readonly variable: Argument | undefined;
}

/** @throws UsageError, LookupError in mdb's words */
function readArguments({ target, arguments: words }: Invocation): Link {
  const [first] = words;
  if (first?.kind === 'immediate') {
    if (first.value % BigInt(wordSize) !== 0n)
      throw new LookupError('offset must fall on a word boundary');
    return { offset: first.value, type: undefined, variable: variableName(words.slice(1)) };
  }
  const { type, name, rest } = typeArgument(target, words);
  const [member] = rest;
  if (member?.kind !== 'word') throw new UsageError('');
  const found = findLink(type, member.text);
  if (!found) {
    const { hint } = noSuchMemberError(type, member.text, name);
    throw new LineError(
      `couldn't find member ${member.text} of type ${name}: no such member of structure or union`,
      { hint },
    );
  }
  checkLink(found, member.text, name);
  return { offset: BigInt(found.offset), type, variable: variableName(rest.slice(1)) };
}

/** A member, or one of a structure inside, as of a list of BSD's: `pv_list.tqe_next`. Its offset is from the outermost. */
function findLink(type: CType, path: string): Member | undefined {
  let outer = type;
  let found: Member | undefined;
  let offset = 0;
  for (const name of path.split('.')) {
    const base = strip(outer);
    if (base.kind !== 'struct' && base.kind !== 'union') return undefined;
    found = findMember(base, name);
    if (!found) return undefined;
    offset += found.offset;
    outer = found.type;
  }
  return found && { ...found, offset };
}

function typeArgument(target: Invocation['target'], words: Invocation['arguments']) {
  const found = findTypeArgument(target, words);
  if (found) return found;
  const name = typeWords(words);
  if (name === undefined) throw new UsageError('');
  throw new LineError(`couldn't find type ${name}: ${noSuchType(target)}`, {
    hint: typeHint(target, name),
  });
}

function checkLink(member: Member, name: string, type: string): void {
  if (member.bitField)
    throw new LookupError(`member ${name} of type ${type} is an unsupported bitfield`);
  if (member.offset % wordSize !== 0 || member.type.size < wordSize)
    throw new LookupError(`${name} is not a word-aligned member`);
}

function variableName(rest: readonly Argument[]): Argument | undefined {
  const [name, more] = rest;
  if (more !== undefined) throw new UsageError('');
  return name;
}
