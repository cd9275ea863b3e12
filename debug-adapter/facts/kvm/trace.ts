/** The host's trace: entries to and exits from KVM, signals, wake-ups. */
import { FaultError } from '../../../dump-format/errors.ts';
import type { Target } from '../../target/target.ts';
import { traceText } from '../trace-text.ts';
import { taskAddresses } from './tasks.ts';

/** Entries that a ring may have. */
const entryLimit = 1 << 20;

export interface TraceEvent {
  /** Of the `struct trace_event`. */
  readonly at: bigint;
  readonly cpu: number;
  /** Ticks of the time stamp counter. */
  readonly tsc: bigint;
  readonly pid: bigint;
  /** `struct task_struct` with that pid on that CPU; undefined when there is none any more. */
  readonly task: bigint | undefined;
  /** `kvm_entry: vcpu 0 pc 0x100`. */
  readonly text: string;
}

/** By the last byte of the number: the others say which subsystem, and sizes. Source: linux, include/uapi/linux/kvm.h. */
const ioctlNames: ReadonlyMap<bigint, string> = new Map([
  [0x80n, 'KVM_RUN'],
  [0x81n, 'KVM_GET_REGS'],
  [0x82n, 'KVM_SET_REGS'],
  [0x83n, 'KVM_GET_SREGS'],
  [0x84n, 'KVM_SET_SREGS'],
  [0x8bn, 'KVM_SET_SIGNAL_MASK'],
  [0xfen, 'KVM_VCPU_ABORT_OPERATION'],
]);

/**
 * Events, oldest first; none when the trace was off.
 *
 * @throws FaultError where the ring can't be read
 */
export function* trace(target: Target): Generator<TraceEvent> {
  if (!target.hasGlobal('trace_buffer') || !target.hasGlobal('trace_count')) return;
  const ring = target.global('trace_buffer');
  const size = Math.min(ring.type.kind === 'array' ? (ring.type.count ?? 0) : 0, entryLimit);
  const written = Number(target.global('trace_count').unsigned());
  const reasons = exitReasons(target);
  const tasks = tasksByKey(target);
  for (let index = Math.max(0, written - size); index < written; index++) {
    const event = ring.index(BigInt(index % size));
    if (event.member('print_fmt').unsigned() === 0n) continue;
    const cpu = event.member('cpu').signed();
    const pid = event.path('ent.pid').signed();
    const text = traceText(target, event.member('print_fmt'), event.member('args'));
    yield {
      at: event.address ?? 0n,
      cpu: Number(cpu),
      tsc: event.member('ts').unsigned(),
      pid,
      task: tasks.get(taskKey(pid, cpu)),
      text: withNames(text, reasons),
    };
  }
}

/** Numbers of ioctls and exit reasons as their names. */
function withNames(text: string, reasons: ReadonlyMap<bigint, string>): string {
  return text
    .replace(/ cmd (0x[0-9a-f]+)$/, (whole, number: string) => {
      const name = ioctlNames.get(BigInt(number) & 0xffn);
      return name === undefined ? whole : ` ${name}`;
    })
    .replace(
      / reason (\d+)/,
      (whole, number: string) => ` ${reasons.get(BigInt(number)) ?? whole.trim()}`,
    );
}

function exitReasons(target: Target): ReadonlyMap<bigint, string> {
  const type = target.findType('enum kvm_exit_reason');
  return new Map(
    type?.kind === 'enum' ? type.enumerators.map(({ name, value }) => [value, name]) : [],
  );
}

function tasksByKey(target: Target): ReadonlyMap<string, bigint> {
  const tasks = new Map<string, bigint>();
  try {
    for (const task of taskAddresses(target)) {
      const value = target.value('struct task_struct', task);
      tasks.set(taskKey(value.member('pid').signed(), value.member('cpu').signed()), task);
    }
  } catch (error) {
    // Tasks behind a page that is absent: their events still have a pid.
    if (!(error instanceof FaultError)) throw error;
  }
  return tasks;
}

function taskKey(pid: bigint, cpu: bigint): string {
  return `${pid}/${cpu}`;
}
