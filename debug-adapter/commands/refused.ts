/** What a dump can't do: mdb's commands that run, stop or change a live target answer in mdb's words. */
import { LookupError } from '../../dump-format/errors.ts';
import type { Dcmd } from './command.ts';

/** Name and summary, as mdb's `::dcmds` has them. */
const liveCommands: readonly (readonly [string, string])[] = [
  ['attach', 'attach to process or core file'],
  ['bp', 'breakpoint at the specified addresses or symbols'],
  ['cont', 'continue target execution'],
  ['delete', 'delete traced software events'],
  ['events', 'list traced software events'],
  ['evset', 'set software event specifier attributes'],
  ['fltbp', 'stop on the specified faults'],
  ['kill', 'forcibly kill and release target'],
  ['next', 'step target over next instruction'],
  ['release', 'release the previously attached process'],
  ['run', 'run a new target process'],
  ['sigbp', 'stop on delivery of the specified signals'],
  ['step', 'single-step target to next instruction'],
  ['sysbp', 'stop on entry or exit from the specified system calls'],
  ['wp', 'set a watchpoint at the specified address'],
  ['write', 'write value to the provided memory location'],
  ['$b', 'list traced software events'],
  ['$i', 'print signals that are ignored'],
  ['$l', 'print the representative thread'],
  ['$W', 're-open target in write mode'],
  [':A', 'attach to process or core file'],
  [':R', 'release the previously attached process'],
  [':a', 'set read access watchpoint'],
  [':b', 'set breakpoint at the specified address'],
  [':c', 'continue target execution'],
  [':d', 'delete traced software events'],
  [':e', 'step target over next instruction'],
  [':k', 'forcibly kill and release target'],
  [':p', 'set execute access watchpoint'],
  [':r', 'run a new target process'],
  [':s', 'single-step target to next instruction'],
  [':t', 'stop on delivery of the specified signals'],
  [':u', 'step target out of current function'],
  [':w', 'set write access watchpoint'],
  [':z', 'delete all traced software events'],
];

export const refused: readonly Dcmd[] = liveCommands.map(([name, summary]) => ({
  name,
  address: 'optional',
  synopsis: '[...]',
  summary: `${summary} (not on a dump)`,
  origin: 'mdb',
  run() {
    throw new LookupError('command is not supported by current target');
  },
}));
