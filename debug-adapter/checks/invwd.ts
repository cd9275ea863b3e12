/** Did the watchdog of an invalidation command fire without reason, and does a command wait for a CPU that never heard of it? */
import { functionsOf, perCpus } from '../facts/dragonfly/processes.ts';
import { hasCpu } from '../facts/dragonfly/spaces.ts';
import { trace } from '../facts/dragonfly/ktr.ts';
import type { Target } from '../target/target.ts';
import type { Value } from '../target/value.ts';
import type { Check, Evidence, Finding } from './check.ts';

const check = 'invwd';

/** Seconds that a command may take. Source: DragonFly, pmap_inval.c. */
const limitSeconds = 2n;

const interruptFlag = 0x200n;
/** Source: DragonFly, XINVLTLB_OFFSET. */
const invalidationVector = 0xf2n;

export const invwd: Check = {
  name: check,
  summary:
    'the watchdog of an invalidation command fires after two seconds, and every CPU hears of a command',
  source:
    'DragonFly 95270b7e: tsc_target is set after the wait, and fences where they might be needed',
  applies: (target) =>
    target.findType('struct pmap_inval_info') !== undefined && target.hasGlobal('CPU_prvspace'),
  *run(target) {
    const slots = target.global('invinfo');
    for (const { id } of perCpus(target)) {
      const slot = slots.index(BigInt(id));
      const fired = watchdog(target, id, slot);
      if (fired) yield fired;
      yield* unheard(target, id, slot);
    }
  },
};

function isEmpty(mask: Value): boolean {
  return [0n, 1n, 2n, 3n].every((word) => mask.member('ary').index(word).unsigned() === 0n);
}

/** The last command of a CPU ran into its watchdog: was it really late? */
function watchdog(target: Target, cpu: number, slot: Value): Finding | undefined {
  if (slot.member('failed').unsigned() === 0n) return undefined;
  if (!isEmpty(slot.member('done')) || !isEmpty(slot.member('mask'))) return undefined;
  const ticks = ticksToFire(target, cpu);
  if (ticks === undefined)
    return finding(
      slot,
      'NOTE',
      `watchdog recovery ran on the last command of cpu ${cpu} (cause unknown)`,
    );
  const frequency = target.global('tsc_frequency').unsigned();
  if (ticks >= limitSeconds * frequency) return finding(slot, 'NOTE', 'genuine slow target');
  const milliseconds = (ticks * 1000n + frequency / 2n) / frequency;
  return finding(
    slot,
    'BUG',
    `watchdog fired ${milliseconds} ms after the command was published (limit ${limitSeconds * 1000n} ms): target armed too early`,
  );
}

/** From the last publication of a CPU to the watchdog after it; undefined when the ring does not say. */
function ticksToFire(target: Target, cpu: number): bigint | undefined {
  let published: bigint | undefined;
  let ticks: bigint | undefined;
  for (const entry of trace(target)) {
    if (entry.data[0] !== BigInt(cpu)) continue;
    if (entry.what === 'pmap_inval_publish') {
      published = entry.tsc;
      ticks = undefined;
    } else if (entry.what === 'pmap_inval_watchdog' && published !== undefined)
      ticks ??= entry.tsc - published;
  }
  return ticks;
}

/** CPUs that a command waits for, with interrupts on, none pending, and outside the handler. */
function* unheard(target: Target, originator: number, slot: Value): Generator<Finding> {
  if (isEmpty(slot.member('mask')) || !functionsOf(target, originator).includes('smp_inval_intr'))
    return;
  if (!target.hardware) {
    const verdict = 'no hardware state in this dump: who has heard of a command is not known';
    yield { ...finding(slot, 'NOTE', verdict), severity: 'SKIPPED' };
    return;
  }
  for (const { id } of perCpus(target)) {
    if (id === originator || id >= target.hardware.count || !hasCpu(slot.member('mask'), id))
      continue;
    const state = target.hardware.cpu(id);
    const word = state
      .member('irr')
      .index(invalidationVector / 64n)
      .unsigned();
    const isPending = ((word >> (invalidationVector % 64n)) & 1n) !== 0n;
    const isOpen = (state.member('rflags').unsigned() & interruptFlag) !== 0n;
    if (isPending || !isOpen || functionsOf(target, id).includes('smp_inval_intr')) continue;
    const found = finding(
      slot,
      'BUG',
      `cpu ${originator} waits for cpu ${id} which never saw the request (lost IPI or missing fence)`,
    );
    yield { ...found, evidence: [...found.evidence, memoryOrder(target)] };
  }
}

/** Which of the two causes can be. */
function memoryOrder(target: Target): Evidence {
  const text =
    target.hardware?.memoryModel === 'weak'
      ? 'memory order is weak: a missing fence can do this, which cannot happen under tso'
      : `memory order is ${target.hardware?.memoryModel ?? 'unknown'}: a missing load fence cannot do this`;
  return { spans: [{ kind: 'text', text }], line: '::status' };
}

function finding(slot: Value, severity: 'BUG' | 'NOTE', verdict: string): Finding {
  const address = slot.address ?? 0n;
  const at = address.toString(16);
  return {
    check,
    severity,
    verdict,
    evidence: [
      {
        spans: [
          { kind: 'text', text: 'the slot ' },
          { kind: 'address', text: at, address },
        ],
        line: `${at}::print struct pmap_inval_info`,
        address,
      },
      { spans: [{ kind: 'text', text: 'the trace ring' }], line: '::ktr' },
    ],
  };
}
