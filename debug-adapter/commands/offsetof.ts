/** `::offsetof`: where a member lies in its struct or union. */
import { strip } from '../../dump-format/ctype.ts';
import { UsageError } from '../../dump-format/errors.ts';
import { withPrefix } from '../target/symbolize.ts';
import { findMember } from '../target/members.ts';
import type { Dcmd } from './command.ts';
import { noSuchMemberError, takeTypeArgument } from './lib-types.ts';

export const offsetof: Dcmd = {
  name: 'offsetof',
  address: 'none',
  synopsis: 'type member',
  summary: 'print the offset of a member of a structure or union',
  description:
    'Members of anonymous structs and unions are found too. The offset of a bit-field has the bit behind a point. In front of a pipe, the number alone.',
  options: [],
  examples: [
    { line: '::offsetof kthread_t t_ctx', explains: 'bytes from the start of a kthread_t' },
  ],
  origin: 'mdb',
  completes: ['type', 'member'],
  *run({ target, arguments: list, isPipeOut }) {
    const { type, name, rest } = takeTypeArgument(target, list);
    const [member, more] = rest;
    if (member?.kind !== 'word' || more !== undefined) throw new UsageError('');
    const base = strip(type);
    const found =
      base.kind === 'struct' || base.kind === 'union' ? findMember(base, member.text) : undefined;
    if (!found) {
      throw noSuchMemberError(type, member.text, `type ${name}`);
    }
    const bits = found.bitField?.offsetBits ?? found.offset * 8;
    const byte = BigInt(Math.floor(bits / 8));
    const offset = withPrefix(byte, 16) + (bits % 8 === 0 ? '' : `.${bits % 8}`);
    const text = `offsetof (${name}, ${member.text}) = ${offset}, ${sizeText(member.text, found)}`;
    yield {
      spans: [{ kind: 'number', text: isPipeOut ? offset : text }],
      value: byte,
      data: { type: name, member: member.text, offset: Number(byte), size: found.type.size },
    };
  },
};

function sizeText(name: string, member: NonNullable<ReturnType<typeof findMember>>): string {
  if (member.bitField) return `bits (...->${name}) = ${member.bitField.sizeBits}`;
  return `sizeof (...->${name}) = ${withPrefix(BigInt(member.type.size), 16)}`;
}
