/**
 * What is not for dumps, or not for us: mdb's commands that run, stop or change a live target, and those that manage mdb's
 * own parts (modules of C, terminals, disassemblers). They answer in mdb's words, so that nobody takes them for a slip.
 */
import { LookupError } from '../../dump-format/errors.ts';
import type { Dcmd } from './command.ts';

/** mdb's modules are machine code of its own system. */
const noModules =
  "debugger modules can't be loaded: the commands of the dump's kernel are there already (::dmods -l)";

/** Name and summary, as mdb's `::dcmds` has them. */
const liveCommands: readonly (readonly [name: string, summary: string, reason?: string])[] = [
  ['attach', 'attach to process or core file'],
  ['bp', 'breakpoint at the specified addresses or symbols'],
  ['cont', 'continue target execution'],
  ['context', 'change debugger target context'],
  ['delete', 'delete traced software events'],
  ['dem', 'demangle C++ symbol names'],
  ['disasms', 'list available disassemblers'],
  ['dismode', 'get/set disassembly mode'],
  ['events', 'list traced software events'],
  ['evset', 'set software event specifier attributes'],
  ['fltbp', 'stop on the specified faults'],
  ['kill', 'forcibly kill and release target'],
  ['load', 'load debugger module', noModules],
  ['next', 'step target over next instruction'],
  ['obey', 'a joke that mdb has', 'No Language H here'],
  ['release', 'release the previously attached process'],
  ['run', 'run a new target process'],
  ['sigbp', 'stop on delivery of the specified signals'],
  ['step', 'single-step target to next instruction'],
  ['sysbp', 'stop on entry or exit from the specified system calls'],
  ['term', 'display current terminal type'],
  ['unload', 'unload debugger module', noModules],
  ['wp', 'set a watchpoint at the specified address'],
  ['write', 'write value to the provided memory location'],
  ['xdata', 'list target external data buffers'],
  ['$a', 'a joke that mdb has', 'No adb here'],
  ['$b', 'list traced software events'],
  ['$D', 'get/set debug modes'],
  ['$G', 'enable/disable C++ demangling support'],
  ['$g', 'get/set C++ demangling options'],
  ['$i', 'print signals that are ignored'],
  ['$l', 'print the representative thread'],
  ['$p', 'change debugger target context'],
  ['$V', 'get/set disassembly mode'],
  ['$W', 're-open target in write mode'],
  [':A', 'attach to process or core file'],
  [':a', 'set read access watchpoint'],
  [':b', 'set breakpoint at the specified address'],
  [':c', 'continue target execution'],
  [':d', 'delete traced software events'],
  [':e', 'step target over next instruction'],
  [':i', 'ignore signal'],
  [':k', 'forcibly kill and release target'],
  [':p', 'set execute access watchpoint'],
  [':R', 'release the previously attached process'],
  [':r', 'run a new target process'],
  [':s', 'single-step target to next instruction'],
  [':S', 'step target out of current function'],
  [':t', 'stop on delivery of the specified signals'],
  [':u', 'step target out of current function'],
  [':w', 'set write access watchpoint'],
  [':z', 'delete all traced software events'],
];

export const refused: readonly Dcmd[] = liveCommands.map(([name, summary, reason]) => ({
  name,
  address: 'optional',
  synopsis: '[...]',
  summary: `${summary} (not on a dump)`,
  origin: 'mdb',
  run() {
    throw new LookupError(reason ?? 'command is not supported by current target');
  },
}));
