/** `::fpu` for DragonFly: the register file of each CPU against the save area of every thread. */
import { LookupError } from '../../../dump-format/errors.ts';
import type { Dcmd, Row } from '../../commands/command.ts';
import {
  cpuFpus,
  savedFpus,
  stateOfArea,
  type CpuFpu,
  type SavedFpu,
} from '../../facts/dragonfly/fpu.ts';
import { isInitialImage } from '../../facts/fpu-image.ts';
import { lwpName } from '../../facts/dragonfly/processes.ts';
import { addressCell, headingRow, tableRow, type Cell, type Column } from '../../print/table.ts';
import type { Target } from '../../target/target.ts';

const columns: readonly Column[] = [
  { heading: 'CPU', width: 3, align: 'right' },
  { heading: 'THREAD', width: 16, align: 'left' },
  { heading: 'NPXTHREAD', width: 16, align: 'left' },
  { heading: 'PID/TID', width: 7, align: 'left' },
  { heading: 'SAVE AREA', width: 16, align: 'left' },
  { heading: 'STATE', width: 7, align: 'left' },
  { heading: 'REGISTERS MATCH', width: 0, align: 'left' },
];

export const fpu: Dcmd = {
  name: 'fpu',
  address: 'optional',
  summary: 'whose state the FPU registers of each CPU hold',
  description:
    'With a thread, only the CPU that runs it or holds its state. NPXTHREAD is whose state the kernel says that the registers hold. STATE compares its save area with ' +
    'them: current is the same, stale is not, initial was never written. The last column names every thread whose save area equals the registers; ' +
    'mxcsr and xmm0-15 are compared.',
  origin: 'corewalk',
  examples: [{ line: '::fpu', explains: 'every CPU, a line each' }],
  *run({ target, hasAddress, address, isFirst, isPipeOut }) {
    const cpus = [...cpuFpus(target)].filter(
      ({ owner, currentThread }) => !hasAddress || [owner, currentThread].includes(address),
    );
    if (cpus.length === 0)
      throw new LookupError(`no cpu runs thread ${address.toString(16)} or holds its FPU state`);
    if (isFirst && !isPipeOut) yield headingRow(columns);
    const areas = [...savedFpus(target)];
    for (const each of cpus) yield row(target, each, areas);
  },
};

function row(target: Target, each: CpuFpu, areas: readonly SavedFpu[]): Row {
  const { cpu, currentThread, owner, registers } = each;
  const saved = areas.find(({ thread }) => thread === owner);
  const state = saved === undefined ? '-' : stateOfArea(registers, saved);
  const isTelling = registers && !isInitialImage(registers);
  const matches = areas.filter((area) => isTelling && stateOfArea(registers, area) === 'current');
  const names = registers ? matches.map(({ name }) => name).join(' ') || '-' : 'not in this dump';
  const cells: Cell[] = [
    { text: cpu.toString() },
    addressCell(currentThread),
    owner === 0n ? { text: '-' } : addressCell(owner),
    { text: owner === 0n ? '-' : lwpName(target, owner) },
    saved === undefined ? { text: '-' } : addressCell(saved.area),
    { text: state },
    { text: names },
  ];
  return tableRow(columns, cells, {
    value: owner,
    object: { address: currentThread, type: target.type('struct thread') },
    data: { cpu, thread: currentThread, owner, state, matches: matches.map(({ name }) => name) },
  });
}
