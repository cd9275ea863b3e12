/** Dumps of the kernels that we ship, their memory changed: slower than the tiny one, and every kernel's own commands and checkers. */
import { joinBytes } from '../../../dump-format/byte-source.ts';
import { allScenarios, imageBytes } from '../../../scripts/make-dumps.ts';
import { simulate } from '../../../simulator/simulate.ts';
import { attempt, type FuzzTarget } from '../fuzz-target.ts';
import { runLines } from '../run-lines.ts';
import { SharedDebugInfo } from '../shared-debug-info.ts';
import { memoryWords } from './memory.ts';

const scenarios = [
  ['illumos/ctxop-panic-run', 'buggy'],
  ['akaros/vmcs-ctrl-c', 'buggy'],
  ['dragonfly/df01-stale-tlb', 'buggy'],
  ['freebsd/fb01-curpmap-uaf', 'buggy'],
  ['kvm/kv01-hcall-gpr3', 'buggy'],
] as const;

const lines = [
  '::status',
  '::cpuinfo',
  '::threadlist',
  '::ps',
  '::msgbuf',
  '$C -st',
  '::stacks -a',
  '::walk thread | ::stack',
  '::walk thread | ::print',
  '::walk proc | ::print',
  '::walk thread | ::whatis -a',
  '<rsp::whatis -av',
  '<rsp::vtop -v',
  '<rsp,400::dump',
  '<thread::pointers -s',
  '::mappings',
  '::findleaks',
  '::check -ev',
];

let dumps: readonly Uint8Array[] | undefined;
let shared: SharedDebugInfo | undefined;

function soundDumps(): readonly Uint8Array[] {
  dumps ??= scenarios.map(([name, variant]) => dumpBytes(name, variant));
  return dumps;
}

export const kernels: FuzzTarget = {
  name: 'kernels',
  seeds: soundDumps,
  fields: memoryWords,
  reaches: [
    'lists.ts:walkChain',
    'paged-memory.ts:pagedMemory',
    'print.ts:printValue',
    'unwind.ts:unwind',
  ],
  run(bytes, random) {
    shared ??= new SharedDebugInfo(soundDumps());
    const opened = shared;
    const dump = attempt(() => opened.open(bytes));
    if (dump) runLines(dump, lines, 1, random);
  },
};

function dumpBytes(name: string, variant: string): Uint8Array {
  const scenario = allScenarios().get(name);
  if (!scenario) throw new Error(`no scenario ${name}`);
  const { core } = simulate(scenario, imageBytes(scenario, variant), { variant });
  return joinBytes(Array.from(core(), (chunk) => Uint8Array.from(chunk)));
}
