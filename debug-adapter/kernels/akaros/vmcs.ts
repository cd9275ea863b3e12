/** `::vmcs`: every VMCS that hardware or the kernel knows, and what each core last did with one. */
import { LookupError } from '../../../dump-format/errors.ts';
import type { Dcmd, Row } from '../../commands/command.ts';
import { cores, kernbase } from '../../facts/akaros/cores.ts';
import { freedGuestCores, guestCores } from '../../facts/akaros/processes.ts';
import { isPageFree } from '../../facts/akaros/slab.ts';
import {
  hardwareVmcss,
  instructionText,
  lastInstructions,
  type HardwareVmcs,
} from '../../facts/akaros/vmx.ts';
import { heading, pointer, text } from '../../facts/cells.ts';
import type { Target } from '../../target/target.ts';

export const vmcs: Dcmd = {
  name: 'vmcs',
  address: 'none',
  summary: 'VMCSs: state, the CPU where each is active, its EPT, guest and guest core',
  description:
    'Those that hardware has active, then those of guest cores that it has not: they are clear, in memory alone. A page that the kernel has freed is marked. ' +
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
    const active = hardwareVmcss(target);
    if (!active) throw new LookupError('no hardware VMCS state in this dump');
    if (options.has('c')) {
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
    const guests = guestsByVmcs(target);
    for (const each of active) yield vmcsRow(target, each, guests.get(each.physical));
    const known = new Set(active.map(({ physical }) => physical));
    for (const [physical, guest] of guests)
      if (!known.has(physical)) yield vmcsRow(target, { physical }, guest);
  },
};

/** Guest cores by the physical address of their VMCS; a live one goes before a freed one. */
function guestsByVmcs(target: Target): ReadonlyMap<bigint, bigint> {
  const found = new Map<bigint, bigint>();
  for (const guest of [...guestCores(target), ...freedGuestCores(target)]) {
    const physical = target.value('struct guest_pcore', guest).member('vmcs').unsigned() - kernbase;
    if (!found.has(physical)) found.set(physical, guest);
  }
  return found;
}

function vmcsRow(
  target: Target,
  {
    physical,
    cpu = -1n,
    isLaunched,
    eptp,
    guestRip,
    guestCr3,
  }: Partial<HardwareVmcs> & Pick<HardwareVmcs, 'physical'>,
  guest: bigint | undefined,
): Row {
  const state = isLaunched === undefined ? 'clear' : isLaunched ? 'launched' : 'loaded';
  const isFree = isPageFree(target, physical);
  const page = isFree === undefined ? '?' : isFree ? 'FREE' : 'in use';
  const hex = (value: bigint | undefined): string =>
    (value === undefined ? '-' : value.toString(16)).padStart(16);
  return {
    spans: [
      text(`${hex(physical)} ${(cpu < 0n ? '-' : cpu.toString()).padStart(3)} ${state.padEnd(8)} `),
      text(`${hex(eptp)} ${hex(guestRip)} ${hex(guestCr3)} ${page.padEnd(6)} `),
      guest === undefined ? text('-'.padStart(16)) : pointer(guest),
    ],
    value: physical + kernbase,
    object: { address: physical + kernbase, type: target.type('struct vmcs') },
    data: { pa: physical, cpu, state, isPageFree: isFree, ...(guest !== undefined && { guest }) },
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
