/** `::vmcs`: every VMCS that hardware or the kernel knows, and what each core last did with one. */
import { LookupError } from '../../../dump-format/errors.ts';
import type { Dcmd, Row } from '../../commands/command.ts';
import { cores, kernbase } from '../../facts/akaros/cores.ts';
import {
  instructionText,
  knownVmcss,
  lastInstructions,
  type KnownVmcs,
} from '../../facts/akaros/vmx.ts';
import { heading, pointer, text } from '../../facts/cells.ts';
import type { Target } from '../../target/target.ts';

export const vmcs: Dcmd = {
  name: 'vmcs',
  address: 'none',
  summary: 'VMCSs: state, the CPU where each is active, its EPT, guest and guest core',
  description:
    'Those that hardware has active, then those of guest cores that it has not: they are clear, in memory alone. Without hardware state in the dump, the state of those is not known. A page that the kernel has freed is marked. ' +
    'Guest cores of VMs that are no more are found as long as their memory has not been taken.',
  options: [
    {
      letter: 'c',
      argument: 'none',
      help: 'the current VMCS of each core, and its last two VMX instructions',
    },
  ],
  origin: 'corewalk',
  examples: [
    { line: '::vmcs', explains: 'every VMCS' },
    { line: '::vmcs -c', explains: 'every core: was the last instruction an INVEPT that failed?' },
  ],
  *run({ target, options }) {
    if (options.has('c')) {
      if (!target.hardware) throw new LookupError('no hardware VMCS state in this dump');
      yield* coreRows(target);
      return;
    }
    yield {
      spans: [
        heading(
          'PA               CPU STATE    EPTP             GUEST RIP        GUEST CR3        PAGE   GPC',
        ),
      ],
    };
    for (const each of knownVmcss(target)) yield vmcsRow(target, each);
  },
};

function vmcsRow(target: Target, vmcs: KnownVmcs): Row {
  const { physical, state, active, isPageFree, guest } = vmcs;
  const page = isPageFree === undefined ? '?' : isPageFree ? 'FREE' : 'in use';
  const cpu = active && active.cpu >= 0n ? active.cpu.toString() : '-';
  const hex = (value: bigint | undefined): string =>
    (value === undefined ? '-' : value.toString(16)).padStart(16);
  return {
    spans: [
      text(`${hex(physical)} ${cpu.padStart(3)} ${(state ?? '?').padEnd(8)} ${hex(active?.eptp)} `),
      text(`${hex(active?.guestRip)} ${hex(active?.guestCr3)} ${page.padEnd(6)} `),
      guest === undefined ? text('-'.padStart(16)) : pointer(guest),
    ],
    value: physical + kernbase,
    object: { address: physical + kernbase, type: target.type('struct vmcs') },
    data: { pa: physical, state, cpu: active?.cpu, isPageFree, guest },
  };
}

function* coreRows(target: Target): Generator<Row> {
  yield { spans: [heading('CORE CURRENT VMCS     LAST INSTRUCTION, AND THE ONE BEFORE')] };
  for (const { id, hardwareVmcs: current } of cores(target)) {
    const { last, previous } = lastInstructions(target, id);
    const told = [last, previous].flatMap((each) => (each ? [instructionText(each)] : []));
    yield {
      spans: [
        text(
          `${id.toString().padStart(4)} ${(current === undefined ? '-' : current.toString(16)).padStart(16)} `,
        ),
        text(told.length === 0 ? '-' : told.join('; ')),
      ],
      data: {
        core: id,
        ...(current !== undefined && { current }),
        ...(last && { last: instructionText(last) }),
        ...(previous && { previous: instructionText(previous) }),
      },
    };
  }
}
