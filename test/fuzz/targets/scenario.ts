/** Files of scenarios and of schedules, as people send them to one another. */
import { readScenario } from '../../../simulator/scenario.ts';
import { readScheduleFile } from '../../../simulator/schedule-file.ts';
import { scriptSchedule } from '../../../simulator/schedule-script.ts';
import { attempt, type FuzzTarget } from '../fuzz-target.ts';
import { changeJsonBytes, parse } from '../json-change.ts';

const everyStatement = [
  'cpu0 until @booted',
  'cpu0 until main+0x1c 3',
  'cpu1 until a.c:41',
  'cpu0 until halt',
  'cpu0 until end',
  'cpu0 3 instructions',
  'all until cpu0 @idle 2',
  'all 1000 steps',
  'all until end',
  'drain cpu0',
  'drain cpu0 all',
  'hold cpu0',
  'release cpu0',
  'prefetch cpu1 0x1000 8',
  'interrupt cpu0 32',
  'nmi cpu0',
  'dma list 00ff',
  '# nothing',
];

const variant = {
  summary: 'what happens',
  image: 'buggy',
  end: 'panic',
  message: 'bad',
  machine: { cpus: 4, memoryBytes: 4096 },
  knobs: { flag: 1, until: '0x137e89ac2e8c' },
  schedule: { script: everyStatement, random: { seed: 1, quantumSteps: 9, steps: 100 } },
  stepLimit: 5000,
  explore: {
    from: ['cpu0 until @booted'],
    at: 'accesses',
    steps: 10,
    bound: 1,
    interrupts: [{ cpu: 0, vector: 32 }],
    idle: 'done',
    checks: 'places',
  },
};

const scenario = {
  $schema: 'x',
  name: 'one',
  os: 'toy',
  title: 'One',
  summary: 'It goes wrong.',
  sources: ['issue 1'],
  machine: { memoryModel: 'weak', tscStart: '0x137e8', ticksPerStep: 1, tscFrequency: 9 },
  variants: { buggy: variant, fixed: { summary: 'well', image: 'fixed', end: 'clean' } },
};

const schedule = {
  scenario: 'one',
  variant: 'buggy',
  orders: [
    { kind: 'execute', cpu: 0, steps: 3 },
    { kind: 'drain', cpu: 0, sequence: 1 },
    { kind: 'hold', cpu: 1, isHeld: true },
    { kind: 'prefetch', cpu: 0, address: '1000', size: 8 },
    { kind: 'interrupt', cpu: 0, vector: 32 },
    { kind: 'dma', address: '1000', bytes: '00ff' },
    { kind: 'idle' },
  ],
};

export const scenarioFile: FuzzTarget = {
  name: 'scenario',
  seeds: () => [scenario, schedule].map((each) => new TextEncoder().encode(JSON.stringify(each))),
  change: changeJsonBytes,
  words: 'null -1 { } [ ] : , cpu0 all until @ + 0x .c: end halt steps'.split(' '),
  reaches: [
    'scenario.ts:readVariant',
    'scenario.ts:readMachine',
    'scenario.ts:readSearch',
    'scenario.ts:readInterrupt',
    'schedule-file.ts:readOrder',
    'schedule-script.ts:scriptSchedule',
  ],
  run(bytes) {
    const json = parse(new TextDecoder().decode(bytes));
    if (json === undefined) return;
    attempt(() => readScheduleFile(json, 'fuzzed'));
    attempt(() => {
      const { variants } = readScenario(json, nameIn(json));
      for (const { schedule: found, search } of variants.values())
        for (const lines of [found.script, search.from ?? []]) attempt(() => scriptSchedule(lines));
    });
  },
};

/** A scenario has the name of its file: without it nothing else would be read. */
function nameIn(json: unknown): string {
  const isNamed = typeof json === 'object' && json !== null && 'name' in json;
  return isNamed && typeof json.name === 'string' ? json.name : 'fuzzed';
}
