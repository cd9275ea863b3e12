/** Was every change of an object's pages counted? A scan that compares generations relies on it. */
import { cpuFrames, local } from '../facts/dragonfly/frames.ts';
import { trace } from '../facts/dragonfly/ktr.ts';
import { objectPages } from '../facts/dragonfly/pages.ts';
import type { Target } from '../target/target.ts';
import type { Check, Finding } from './check.ts';

const check = 'gen';

const changes: ReadonlySet<string> = new Set(['vm_page_insert', 'vm_page_remove']);

interface Count {
  /** The field before the first recorded change. */
  readonly first: bigint;
  changes: bigint;
}

export const generation: Check = {
  name: check,
  summary: 'the generation of each object has counted every recorded change of its pages',
  source: 'DragonFly 95270b7e: generation counts are atomic, objects may be held shared',
  applies: (target) =>
    target.hasGlobal('CPU_prvspace') &&
    target.hasGlobal('ktr_buf') &&
    target.findType('struct vm_object') !== undefined,
  *run(target) {
    const counts = new Map<bigint, Count>();
    for (const { what, data } of trace(target)) {
      const [object = 0n, , before = 0n] = data;
      if (!changes.has(what)) continue;
      const known = counts.get(object);
      if (known) known.changes++;
      else counts.set(object, { first: before, changes: 1n });
    }
    if (counts.size === 0)
      yield { check, severity: 'SKIPPED', verdict: 'no changes in the trace ring', evidence: [] };
    // A change that is recorded and not counted yet is no loss.
    const isChanging = [...cpuFrames(target)].some((each) => changes.has(each.function));
    for (const [object, count] of counts) {
      const found = isChanging ? undefined : judge(target, object, count);
      if (found) yield found;
    }
  },
};

function judge(
  target: Target,
  object: bigint,
  { first, changes: count }: Count,
): Finding | undefined {
  const field = target.value('struct vm_object', object).member('generation').unsigned();
  const expected = BigInt.asUintN(32, first + count);
  if (field >= expected) return undefined;
  const at = object.toString(16);
  return {
    check,
    severity: 'BUG',
    verdict: `object ${at} generation ${field}, expected ${expected} (lost update)${missedBy(target, object, field)}`,
    evidence: [
      {
        spans: [
          { kind: 'text', text: 'object ' },
          { kind: 'address', text: at, address: object },
        ],
        line: `${at}::print struct vm_object generation resident_page_count`,
        address: object,
      },
      { spans: [{ kind: 'text', text: 'the changes' }], line: '::ktr' },
    ],
  };
}

/** A scan that took the generation for unchanged, and the page that it left wired. */
function missedBy(target: Target, object: bigint, field: bigint): string {
  for (const frame of cpuFrames(target)) {
    if (frame.function !== 'pmap_release') continue;
    const info = local(target, frame, 'info');
    if (info?.member('object').unsigned() !== object) continue;
    if (info.member('limit').unsigned() !== field) continue;
    for (const page of objectPages(target, object))
      if (page.member('wire_count').unsigned() !== 0n)
        return `; scan ${frame.function} missed pindex ${page.member('pindex').unsigned().toString(16)}`;
  }
  return '';
}
