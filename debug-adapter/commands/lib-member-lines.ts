/** One scalar member of many records, as `::walk | ::print member` asks for a million times: found once, its printer made once. */
import { strip, type CType, type Member } from '../../dump-format/ctype.ts';
import { findMember, parsePath, shiftMember, type PathStep } from '../target/members.ts';
import type { Value } from '../target/value.ts';
import { scalarLines, type PrintJob } from '../print/print.ts';
import type { Argument, Row } from './command.ts';

type Printer = (record: Value) => Row;

/** The printers of one stage, by the type of the record. */
export class MemberLines {
  private readonly known = new Map<CType, Printer | 'none'>();

  /** Prints the only argument, a path to a scalar inside the record; undefined for all that is more than that. */
  printer(
    job: PrintJob,
    type: CType,
    members: readonly Argument[],
    radix: number,
  ): Printer | undefined {
    const known = this.known.get(type);
    if (known !== undefined) return known === 'none' ? undefined : known;
    const made = makePrinter(job, type, members, radix);
    this.known.set(type, made ?? 'none');
    return made;
  }
}

function makePrinter(
  job: PrintJob,
  type: CType,
  [path, ...more]: readonly Argument[],
  radix: number,
): Printer | undefined {
  if (path?.kind !== 'word' || more.length > 0 || path.text.includes('..')) return undefined;
  const member = memberAt(type, parsePath(path.text, radix));
  const print = member && scalarLines(job, member.type, path.text);
  return print && ((record) => print(record.field(member)));
}

/** The member at the end of a path that follows no pointer and no index; its offset is from the record that the path begins in. */
function memberAt(type: CType, steps: readonly PathStep[]): Member | undefined {
  let found: Member | undefined;
  for (const step of steps) {
    const record = strip(found?.type ?? type);
    if (record.kind !== 'struct' && record.kind !== 'union') return undefined;
    if (step.kind !== 'auto' && step.kind !== 'dot') return undefined;
    const inner = findMember(record, step.name);
    if (!inner) return undefined;
    found = found ? shiftMember(inner, found.offset) : inner;
  }
  return found;
}
