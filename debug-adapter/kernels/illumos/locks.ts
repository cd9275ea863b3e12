/** illumos's locks and what sleeps for them: `::mutex`, `::turnstile`, `::wchaninfo`, in mdb's columns. */
import { LookupError } from '../../../dump-format/errors.ts';
import type { Dcmd, Row } from '../../commands/command.ts';
import { dumpText, heading, pointer, text } from '../../facts/cells.ts';
import { allThreads, commandName, sobjKind } from '../../facts/illumos/kernel.ts';
import { selected } from '../../facts/selected.ts';
import { walkChain } from '../../target/lists.ts';
import type { Target } from '../../target/target.ts';

/** The word of an adaptive mutex: its owner, with flags below. Source: illumos-gate, usr/src/uts/common/sys/mutex_impl.h. */
const waitersBit = 1n;
const ownerMask = ~7n;
/** First byte of a spin lock: no thread has such an address. */
const spinMark = 0xffn;

export const mutex: Dcmd = {
  name: 'mutex',
  address: 'required',
  summary: 'dump out an adaptive mutex',
  description:
    'Who holds it, and whether somebody waits. Spin mutexes are refused: no kernel of ours has them.',
  options: [],
  origin: 'mdb',
  examples: [
    {
      line: '<thread::print -a kthread_t t_ctx_lock | ::mutex',
      explains: "the lock of the current thread's context operators",
    },
  ],
  *run({ target, address, isFirst, isPipeOut }) {
    const word = target.memory.readU64(address);
    if ((word & 0xffn) === spinMark)
      throw new LookupError(`${address.toString(16)} is no adaptive mutex`);
    if (isFirst && !isPipeOut) {
      const title = 'ADDR  TYPE             HELD MINSPL OLDSPL WAITERS';
      yield { spans: [heading(title.padStart(title.length + 12))] };
    }
    const owner = BigInt.asUintN(64, word & ownerMask);
    const isAwaited = (word & waitersBit) !== 0n;
    const held = owner === 0n ? text('no'.padStart(16)) : pointer(owner);
    yield {
      spans: [
        pointer(address, { zeroPadded: true }),
        text(' adapt '),
        held,
        text(` ${'-'.padStart(6)} ${'-'.padStart(6)} ${(isAwaited ? 'yes' : 'no').padStart(7)}`),
      ],
      value: owner === 0n ? address : owner,
      data: { address, owner, hasWaiters: isAwaited },
    };
  },
};

export const turnstile: Dcmd = {
  name: 'turnstile',
  address: 'optional',
  summary: 'display a turnstile',
  description: 'Without an address, every turnstile that threads sleep at.',
  options: [],
  origin: 'mdb',
  examples: [{ line: '::turnstile', explains: 'the locks that threads sleep for' }],
  *run({ target, address, hasAddress, isFirst, isPipeOut }) {
    const title = '            ADDR             SOBJ  WTRS EPRI             ITOR          PRIOINV';
    if (isFirst && !isPipeOut) yield { spans: [heading(title)] };
    for (const each of hasAddress ? [address] : turnstiles(target))
      yield turnstileRow(target, each);
  },
};

function turnstileRow(target: Target, address: bigint): Row {
  const value = target.value('turnstile_t', address);
  const lock = value.member('ts_sobj').unsigned();
  const waiters = value.member('ts_waiters').signed();
  const priority = value.member('ts_epri').signed();
  return {
    spans: [
      pointer(address, { zeroPadded: true }),
      text(' '),
      pointer(lock),
      text(` ${waiters.toString().padStart(5)} ${priority.toString().padStart(4)} `),
      pointer(value.member('ts_inheritor').unsigned()),
      text(' '),
      pointer(value.hasMember('ts_prioinv') ? value.member('ts_prioinv').unsigned() : 0n),
    ],
    value: address,
    object: { address, type: value.type },
    data: { address, lock, waiters },
  };
}

function* turnstiles(target: Target): Generator<bigint> {
  if (!target.hasGlobal('turnstile_table')) return;
  const table = target.global('turnstile_table');
  const count = table.type.kind === 'array' ? (table.type.count ?? 0) : 0;
  for (let index = 0; index < count; index++) {
    const first = table.index(BigInt(index)).member('tc_first').unsigned();
    yield* walkChain(target.memory, { first, linkOffset: 0n }, 'turnstiles');
  }
}

export const wchaninfo: Dcmd = {
  name: 'wchaninfo',
  address: 'optional',
  summary: 'dump condition variables and semaphores that threads wait on',
  description: 'Without an address, every one that a thread sleeps at.',
  options: [{ letter: 'v', argument: 'none', help: 'with the threads' }],
  origin: 'mdb',
  examples: [{ line: '::wchaninfo -v', explains: 'who sleeps, and where' }],
  *run(invocation) {
    const { target, options, isFirst, isPipeOut } = invocation;
    const isVerbose = options.has('v') && !isPipeOut;
    const title = `ADDR             TYPE NWAITERS${isVerbose ? '   THREAD           PROC' : ''}`;
    if (isFirst && !isPipeOut) yield { spans: [heading(title)] };
    for (const [channel, { kind, threads }] of selected(
      channels(target),
      invocation,
      ([each], address) => each === address,
      'is nothing that a thread waits on',
    )) {
      const count = threads.length.toString().padStart(8);
      const first = {
        value: channel,
        data: { address: channel, type: kind, waiters: threads.length, threads },
      };
      const start = [pointer(channel, { zeroPadded: true }), text(` ${kind.padEnd(4)} ${count}`)];
      if (!isVerbose) yield { spans: start, ...first };
      for (const [index, thread] of isVerbose ? threads.entries() : []) {
        const process = target.value('kthread_t', thread).member('t_procp').unsigned();
        const lead = index === 0 ? [...start, text(':  ')] : [text(' '.repeat(33))];
        const owner = dumpText(` ${commandName(target, process) ?? '?'}`);
        const spans = [...lead, pointer(thread, { zeroPadded: true }), owner];
        yield { spans, ...(index === 0 ? first : {}) };
      }
    }
  },
};

interface Channel {
  readonly kind: string;
  readonly threads: bigint[];
}

/** mdb's words for the two kinds of objects that are slept at by their address. */
const kinds = new Map([
  ['cv', 'cond'],
  ['sema', 'sema'],
]);

/** Wait channels by address, in the order in which threads come to them. */
function channels(target: Target): ReadonlyMap<bigint, Channel> {
  const found = new Map<bigint, Channel>();
  for (const address of allThreads(target)) {
    const thread = target.value('kthread_t', address);
    const channel = thread.path('t_lwpchan.lc_wchan').unsigned();
    const kind = kinds.get(sobjKind(thread) ?? '');
    if (channel === 0n || kind === undefined) continue;
    const known = found.get(channel);
    if (known) known.threads.push(address);
    else found.set(channel, { kind, threads: [address] });
  }
  return found;
}
