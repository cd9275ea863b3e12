/** Searches on kernels of a few lines, for tests: built with gcc, as the scenario of nobody. */
import { readScenario, type ScenarioSearch } from '../../../simulator/scenario.ts';
import { Search, type SearchPlan, type SearchState } from '../../../simulator/explore/search.ts';
import { openStart, type Start } from '../../../simulator/explore/start.ts';
import { Runner } from '../../../simulator/explore/task.ts';
import type { MemoryModel } from '../../../simulator/machine/machine.ts';
import { buildKernel } from '../../support/kernel-image.ts';

export interface SmallKernel {
  /** Executed by each CPU, with its index in rbx and a stack; `point` marks a schedule point. */
  readonly text: string;
  /** C that the text may call. */
  readonly c?: string;
  readonly cpus?: number;
  readonly memoryModel?: MemoryModel;
  readonly search?: Partial<ScenarioSearch>;
}

/** A machine on which every CPU stands in front of the text. */
export function smallStart({
  text,
  c,
  cpus = 2,
  memoryModel = 'sc',
  search = {},
}: SmallKernel): Start {
  const assembly = `.globl start, race
.macro point
	.pushsection .rodata.names, "aMS", @progbits, 1
77770:	.asciz "point"
	.popsection
77771:	nop
	.pushsection .schedule_points, "a", @progbits
	.quad 77771b, 77770b
	.popsection
.endm
.macro stop code
	mov $\\code, %eax
	outb %al, $0xf4
.endm
.text
start: mov %rdi, %rbx; lea stack(%rip), %rsp; shl $8, %rdi; sub %rdi, %rsp
race: ${text}
1: cli; hlt; jmp 1b
.data
.balign 64
counter: .quad 0
.balign 64
other: .quad 0
.balign 64
done: .quad 0
.balign 64
seen: .quad 0
.bss
.balign 16
.skip 4096
stack:
`;
  const scenario = readScenario(
    {
      name: 'small',
      os: 'test',
      title: 'small',
      summary: 'small',
      sources: [],
      machine: { cpus, memoryModel },
      variants: { only: { summary: 'only', image: 'small', end: 'clean' } },
    },
    'small',
  );
  const from = Array.from({ length: cpus }, (_, cpu) => `cpu${cpu} until race`);
  return openStart(
    scenario,
    buildKernel({ assembly, ...(c !== undefined && { c, flags: ['-O1'] }) }).bytes,
    'only',
    { from, ...search },
  );
}

/** Runs a search to its end on one machine. */
export function explore(start: Start, plan: Partial<SearchPlan>): SearchState {
  const runner = new Runner(start);
  const search = new Search({ ...defaultPlan, ...plan });
  for (let given = search.next(); given; given = search.next())
    search.take(given, runner.run(given.task));
  return search.state;
}

export const defaultPlan: SearchPlan = {
  strategy: 'exhaustive',
  bound: 2,
  seeds: 1000,
  firstSeed: 1,
  depth: 3,
  places: 10,
  limit: 100_000,
  prunes: true,
  stopsAtFirst: false,
};
