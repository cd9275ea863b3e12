/** Every reader that is fuzzed: the table. */
import type { FuzzTarget } from '../fuzz-target.ts';
import { dap } from './dap.ts';
import { dwarf, dwarfOfKernel } from './dwarf.ts';
import { elf } from './elf.ts';
import { kernels } from './kernels.ts';
import { line } from './line.ts';
import { kdump, linuxDump } from './linux.ts';
import { memory } from './memory.ts';
import { packed } from './packed.ts';
import { scenarioFile } from './scenario.ts';
import { cExpression, notebook } from './text.ts';

export const fuzzTargets: readonly FuzzTarget[] = [
  elf,
  dwarf,
  dwarfOfKernel,
  packed,
  linuxDump,
  kdump,
  memory,
  kernels,
  line,
  cExpression,
  dap,
  notebook,
  scenarioFile,
];
