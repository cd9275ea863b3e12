/** `::refs`: every holder of a reference to an object, and its count against them. */
import { strip } from '../../dump-format/ctype.ts';
import { LookupError } from '../../dump-format/errors.ts';
import {
  ReferenceIndex,
  referencedTypes,
  type Reference,
  type ReferenceAudit,
} from '../target/references.ts';
import { typeName } from '../target/type-names.ts';
import type { Dcmd, Invocation, Row } from './command.ts';

export const refs: Dcmd = {
  name: 'refs',
  address: 'required',
  synopsis: '[type]',
  summary: 'who holds a reference to an object: counted, implicit and weak, against its count',
  description:
    'Which pointers count is data of the kernel (::refs -r lists it). Without a type, that of the object that came through the pipe, else the first one whose holders point to the address.',
  options: [
    {
      letter: 'r',
      argument: 'none',
      help: 'list the rules: which pointer refers to what, and how',
    },
  ],
  completes: ['type'],
  origin: 'corewalk',
  examples: [
    { line: '::walk proc | ::refs', explains: 'every process, its count against its holders' },
    { line: '0::refs -r', explains: 'the rules of this kernel' },
  ],
  *run(invocation) {
    const rules = invocation.target.kernel?.references ?? [];
    if (rules.length === 0) throw new LookupError('no reference rules for this kernel');
    if (invocation.options.has('r')) {
      yield* ruleRows(invocation);
      return;
    }
    const audit = findAudit(invocation);
    for (const reference of audit.references) yield referenceRow(reference);
    const why = invocation.target.kernel?.explainCount?.(audit.type, invocation.address);
    yield {
      spans: [
        { kind: 'text', text: `${verdict(audit)}${why === undefined ? '' : `; OK: ${why}`}` },
      ],
      value: invocation.address,
      data: { count: audit.count, held: audit.held },
    };
  },
};

function* ruleRows({ target }: Invocation): Generator<Row> {
  for (const rule of target.kernel?.references ?? []) {
    yield {
      spans: [
        {
          kind: 'text',
          text: `${rule.strength.padEnd(8)} ${place(rule.holder)} -> ${rule.refersTo}: ${rule.note}`,
        },
      ],
    };
  }
}

function place(
  holder: { type: string; member: string } | { symbol: string } | { own: string },
): string {
  if ('symbol' in holder) return holder.symbol;
  return 'own' in holder ? `its own ${holder.own}` : `${holder.type} ${holder.member}`;
}

/** Of the type that was named or that came through the pipe, else of the first one whose holders point to the address. */
function findAudit(invocation: Invocation): ReferenceAudit {
  const { session, target, address, arguments: words, input } = invocation;
  const known = referencedTypes(target.kernel?.references ?? []);
  const named = words.flatMap((word) => (word.kind === 'word' ? [word.text] : [])).join(' ');
  if (named !== '' && !known.includes(named))
    throw new LookupError(`no reference rules for ${named}: they are about ${known.join(', ')}`);
  const through = input?.object && [input.object.type, strip(input.object.type)].map(typeName);
  const piped = through && known.find((type) => through.includes(type));
  const type = named === '' ? piped : named;
  const audit = (each: string): ReferenceAudit =>
    new ReferenceIndex(target, (name) => session.walker(name), each).audit(address);
  if (type !== undefined) return audit(type);
  for (const each of known) {
    const found = audit(each);
    if (found.references.length > 0) return found;
  }
  throw new LookupError(
    `nothing refers to ${address.toString(16)} by the rules of ${target.kernel?.name}; if it is one of ${known.join(', ')}, name its type`,
  );
}

function referenceRow({ rule, holder, where }: Reference): Row {
  return {
    spans: [
      { kind: 'text', text: `  ${rule.strength.padEnd(8)} ` },
      { kind: 'address', text: holder.toString(16).padStart(16, '0'), address: holder },
      { kind: 'type', text: ` ${where}` },
      { kind: 'comment', text: `  ${rule.note}` },
    ],
    data: { strength: rule.strength, holder, where },
  };
}

function verdict({ count, held, references, unreadable }: ReferenceAudit): string {
  const uncounted = (['weak', 'implicit'] as const)
    .map((strength) => ({
      strength,
      number: references.filter(({ rule }) => rule.strength === strength).length,
    }))
    .map(({ strength, number }) =>
      number === 0 ? '' : `; ${number} ${strength} reference(s) not counted`,
    )
    .join('');
  const also = `${uncounted}${unreadable === 0 ? '' : `; ${unreadable} holder(s) can't be read`}`;
  if (count === undefined) return `${held} reference(s), no counter${also}`;
  if (count === held) return `refcount ${count}: all references accounted for${also}`;
  return count > held
    ? `refcount ${count}: ${count - held} reference(s) without a holder${also}`
    : `refcount ${count}: ${held} holders${also}`;
}
