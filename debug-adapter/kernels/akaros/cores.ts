/** `::pcpui`, `::kmsg` and `::trace`: what each Akaros core runs, owns, has pending and has done. */
import { FaultError, LookupError, UsageError } from '../../../dump-format/errors.ts';
import type { Dcmd, Invocation, Row, Span, Walker } from '../../commands/command.ts';
import { cores, kernelMessageTrace, noVcore, type Core } from '../../facts/akaros/cores.ts';
import { pid, progname } from '../../facts/akaros/processes.ts';
import { tailQueue } from '../../facts/akaros/slab.ts';
import { heading, pointer, symbol, text } from '../../facts/cells.ts';
import { selected } from '../../facts/selected.ts';
import { escapeControls } from '../../print/escape.ts';
import type { Target } from '../../target/target.ts';

export const cpuWalker: Walker = {
  name: 'cpu',
  summary: 'walk struct per_cpu_info of each core',
  address: 'none',
  elementType: 'struct per_cpu_info',
  origin: 'corewalk',
  *walk(target) {
    for (const core of cores(target)) yield core.info.address ?? 0n;
  },
};

export const kmsgWalker: Walker = {
  name: 'kmsg',
  summary: 'kernel messages that wait for a core',
  description:
    'With the address of a struct per_cpu_info, those of that core; immediate ones first.',
  address: 'optional',
  elementType: 'struct kernel_message',
  origin: 'corewalk',
  *walk(target, start) {
    for (const core of cores(target)) {
      if (start !== undefined && core.info.address !== start) continue;
      for (const list of ['immed_amsgs', 'routine_amsgs']) {
        for (const message of tailQueue(
          target,
          core.info.member(list),
          'struct kernel_message',
          'link',
        ))
          yield message.address ?? 0n;
      }
    }
  },
};

const states = ['irq', 'kern', 'user', 'idle'];

export const pcpui: Dcmd = {
  name: 'pcpui',
  address: 'optional',
  summary: 'cores: loaded address space, owner, context, lingering guest core, hardware VMCS',
  description:
    'cur_proc is the process whose address space is loaded, owning_proc the one that owns the core; they differ while the kernel works on ' +
    'somebody else’s behalf. GPC_TO_CLEAR_TO is the guest core whose VMCS is still loaded although no guest runs.',
  origin: 'corewalk',
  examples: [{ line: '::pcpui', explains: 'every core' }],
  *run(invocation) {
    if (invocation.isFirst && !invocation.isPipeOut) {
      yield {
        spans: [
          heading(
            'CORE STATE  CUR_PROC            OWNING_PROC         VC       CUR_CTX           CTXDEPTH GPC_TO_CLEAR_TO  HW VMCS',
          ),
        ],
      };
    }
    for (const core of selectedCores(invocation)) yield readableRow(invocation.target, core);
  },
};

/** A core whose books are torn is a line that says so; the others are shown. */
function readableRow(target: Target, core: Core): Row {
  try {
    return coreRow(target, core);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    return {
      spans: [text(`${core.id.toString().padStart(4)} `), { kind: 'error', text: error.message }],
    };
  }
}

function coreRow(target: Target, core: Core): Row {
  const vcore = core.info.member('owning_vcoreid').unsigned();
  const state = states[Number(core.info.member('cpu_state').unsigned())] ?? '?';
  const depth = core.info.member('__ctx_depth').unsigned();
  const none = target.hardware ? '-' : '?';
  const hardware = core.hardwareVmcs === undefined ? none : `0x${core.hardwareVmcs.toString(16)}`;
  const spans: Span[] = [
    text(`${core.id.toString().padStart(4)} ${state.padEnd(6)} `),
    processCell(target, core.currentProc),
    text(' '),
    processCell(target, core.owningProc),
    text(` ${(vcore === noVcore ? 'deadbeef' : vcore.toString()).padEnd(8)} `),
    contextCell(target, core),
    text(`  ${(depth === 0n ? '0' : `0x${depth.toString(16)}`).padEnd(8)} `),
    pointer(core.lingeringGuest),
    text(` ${hardware}`),
  ];
  const address = core.info.address ?? 0n;
  return {
    spans,
    value: address,
    object: { address, type: target.type('struct per_cpu_info') },
    data: {
      core: core.id,
      state,
      curProc: core.currentProc,
      owningProc: core.owningProc,
      lingeringGuest: core.lingeringGuest,
    },
  };
}

/** Where the context lies that the core returns to: in the core itself, or in its process. */
function contextCell(target: Target, core: Core): Span {
  const address = core.info.member('cur_ctx').unsigned();
  if (address === 0n) return pointer(0n);
  const isOwn = address === core.info.member('actual_ctx').address;
  const isProcess =
    core.owningProc !== 0n &&
    address === target.value('struct proc', core.owningProc).member('scp_ctx').address;
  const name = isOwn ? '&actual_ctx' : isProcess ? '&scp_ctx' : undefined;
  return name === undefined
    ? pointer(address)
    : { kind: 'symbol', text: name.padStart(16), address };
}

function processCell(target: Target, process: bigint): Span {
  if (process === 0n) return text('-'.padEnd(19));
  const name = escapeControls(`${pid(target, process)} ${progname(target, process)}`);
  return { kind: 'address', text: name.padEnd(19), address: process };
}

export const kmsg: Dcmd = {
  name: 'kmsg',
  address: 'optional',
  summary: 'kernel messages that wait for a core',
  origin: 'corewalk',
  examples: [{ line: '::kmsg', explains: 'the messages of every core' }],
  *run(invocation) {
    const { target, isFirst } = invocation;
    if (isFirst)
      yield {
        spans: [
          heading('CORE KIND      SRC HANDLER              ARG0             ARG1             ARG2'),
        ],
      };
    for (const core of selectedCores(invocation)) {
      for (const [kind, list] of [
        ['immediate', 'immed_amsgs'],
        ['routine', 'routine_amsgs'],
      ] as const) {
        for (const message of tailQueue(
          target,
          core.info.member(list),
          'struct kernel_message',
          'link',
        )) {
          const pc = message.member('pc').unsigned();
          const argument = (name: string): Span => pointer(message.member(name).unsigned());
          yield {
            spans: [
              text(
                `${core.id.toString().padStart(4)} ${kind.padEnd(9)} ${message.member('srcid').unsigned().toString().padStart(3)} `,
              ),
              symbol(target.formatAddress(pc), pc, 20),
              text(' '),
              argument('arg0'),
              text(' '),
              argument('arg1'),
              text(' '),
              argument('arg2'),
            ],
            value: message.address ?? 0n,
          };
        }
      }
    }
  },
};

export const trace: Dcmd = {
  name: 'trace',
  address: 'required',
  summary: 'kernel messages that a core has run, oldest first',
  options: [
    { letter: 't', argument: 'text', argumentName: 'kind', help: 'only this kind of event: kmsg' },
  ],
  description: 'The address is a core number or a struct per_cpu_info.',
  origin: 'corewalk',
  examples: [{ line: '3::trace -t kmsg', explains: 'what core 3 was told to do' }],
  *run(invocation) {
    const kind = invocation.options.text('t');
    if (kind !== undefined && kind !== 'kmsg')
      throw new UsageError(`no such kind of trace event: ${kind}`);
    const core = requireCore(invocation);
    const spans: Span[] = [];
    const handlers = [...kernelMessageTrace(invocation.target, core)];
    for (const handler of handlers)
      spans.push(text('  '), symbol(invocation.target.formatAddress(handler), handler));
    yield {
      spans: spans.length === 0 ? [text('  (empty)')] : spans,
      data: { core: core.id, handlers },
    };
  },
};

function requireCore(invocation: Invocation): Core {
  for (const core of selectedCores({ ...invocation, hasAddress: true })) return core;
  throw new LookupError('this kernel has no cores');
}

/** By number or by the address of the core's books. */
function selectedCores(
  invocation: Pick<Invocation, 'target' | 'hasAddress' | 'address'>,
): Generator<Core> {
  return selected(
    cores(invocation.target),
    invocation,
    ({ id, info }, address) => address === BigInt(id) || address === info.address,
    'is neither a core number nor a struct per_cpu_info',
  );
}
