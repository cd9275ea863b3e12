/** `::refs`: every holder of a reference to an object, and its count against them. */
import { LookupError } from '../../dump-format/errors.ts';
import {
  ReferenceIndex,
  referencedTypes,
  type Reference,
  type ReferenceAudit,
} from '../target/references.ts';
import type { Dcmd, Invocation, Row } from './command.ts';

export const refs: Dcmd = {
  name: 'refs',
  address: 'required',
  synopsis: '[type]',
  summary: 'who holds a reference to an object: counted, implicit and weak, against its count',
  description:
    'Which pointers count is data of the kernel (::refs -r lists it). Without a type, the one that the kernel’s rules have; when they have several, the one whose holders point to the address.',
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
    yield {
      spans: [{ kind: 'text', text: verdict(audit) }],
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

/** Of the type that was named, or of the first one that anything refers to. */
function findAudit({ session, target, address, arguments: words }: Invocation): ReferenceAudit {
  const named = words.flatMap((word) => (word.kind === 'word' ? [word.text] : [])).join(' ');
  const types = named === '' ? referencedTypes(target.kernel?.references ?? []) : [named];
  const audits = types.map((type) =>
    new ReferenceIndex(target, (name) => session.walker(name), type).audit(address),
  );
  const audit = audits.find((each) => each.references.length > 0) ?? audits[0];
  if (!audit) throw new LookupError(`no reference rules for ${named}`);
  return audit;
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

function verdict({ count, held, references }: ReferenceAudit): string {
  const weak = references.filter(({ rule }) => rule.strength === 'weak').length;
  const also = weak === 0 ? '' : `; ${weak} weak reference(s) not counted`;
  if (count === undefined) return `${held} reference(s), no counter${also}`;
  if (count === held) return `refcount ${count}: all references accounted for${also}`;
  return count > held
    ? `refcount ${count}: ${count - held} reference(s) without a holder${also}`
    : `refcount ${count}: ${held} holders${also}`;
}
