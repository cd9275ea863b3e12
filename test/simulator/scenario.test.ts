/** Scenarios: every file in the folder is right, by our reader and by the schema; what is wrong is refused by both, with its place. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { FormatError } from '../../dump-format/errors.ts';
import { readScenario } from '../../simulator/scenario.ts';

const root = resolve(import.meta.dirname, '../../sample-dumps');
const schema: unknown = parse(join(root, 'scenarios/scenario.schema.json'));
const ajv = new Ajv({ allErrors: true });
const isValid = ajv.compile(asSchema(schema));

describe('scenario', () => {
  const files = readdirSync(join(root, 'scenarios'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.scenario.json'))
    .sort();

  it('finds scenarios', () => {
    assert.ok(files.length > 0);
  });

  for (const file of files) {
    it(`reads ${file}`, () => {
      const json = parse(join(root, 'scenarios', file));
      assert.ok(isValid(json), ajv.errorsText(isValid.errors));
      const [os = '', name = ''] = file.replace('.scenario.json', '').split('/');
      const scenario = readScenario(json, name);
      assert.equal(scenario.os, os, 'a scenario lies in the folder of its kernel');
      for (const { image } of scenario.variants.values())
        assert.ok(existsSync(join(root, 'kernels', os, 'images', `${image}.elf`)), image);
    });
  }

  it('takes settings of the variant before those of the scenario', () => {
    const { variants } = readScenario(
      {
        ...smallest(),
        machine: { cpus: 3, tscStart: '0x10' },
        knobs: { a: 1, b: '-0x2' },
        schedule: { script: ['cpu0 until x'] },
        variants: {
          one: { summary: 's', image: 'i', end: 'panic' },
          two: {
            summary: 's',
            image: 'i',
            end: 'forced-dump',
            machine: { memoryModel: 'weak' },
            knobs: { b: 7 },
            schedule: { random: { seed: 4 } },
            stepLimit: 9,
          },
        },
      },
      'small',
    );
    const one = variants.get('one');
    const two = variants.get('two');
    assert.deepEqual([...(one?.knobs ?? [])].flat(), ['a', 1n, 'b', -2n]);
    assert.deepEqual([...(two?.knobs ?? [])].flat(), ['a', 1n, 'b', 7n]);
    assert.deepEqual(
      [one?.machine.cpus, one?.machine.memoryModel, one?.machine.tscStart],
      [3, 'tso', 16n],
    );
    assert.deepEqual([two?.machine.cpus, two?.machine.memoryModel], [3, 'weak']);
    assert.deepEqual(one?.schedule.script, ['cpu0 until x']);
    assert.deepEqual(two?.schedule, {
      script: [],
      random: { seed: 4, quantumSteps: 1, steps: undefined },
    });
    assert.equal(two?.stepLimit, 9);
  });

  it('takes idle CPUs for forgotten ones where the variant should stop by itself', () => {
    const idle = (change: Record<string, unknown>): unknown =>
      readScenario({ ...smallest(), ...change }, 'small').variants.get('one')?.search.idle;
    assert.equal(idle(variant({ end: 'clean' })), 'deadlock');
    assert.equal(idle(variant({ end: 'panic' })), 'done');
    assert.equal(idle({ ...variant({ end: 'clean' }), explore: { idle: 'done' } }), 'done');
  });

  const wrong: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
    ['an unknown member', { colour: 'red' }, /small: colour: unknown member/],
    ['no title', { title: undefined }, /small: title: missing/],
    ['an empty title', { title: '' }, /small: title: not a text/],
    ['no variants', { variants: {} }, /small: variants: there is none/],
    ['variants that are a list', { variants: [] }, /small: variants: not an object/],
    [
      'an end that is none',
      variant({ end: 'boom' }),
      /variants\.one: end: 'boom' is none of panic/,
    ],
    ['no image', variant({ image: undefined }), /variants\.one: image: missing/],
    ['nine CPUs', { machine: { cpus: 9 } }, /machine: cpus: 9 is not 1 to 8/],
    ['no CPU', variant({ machine: { cpus: 0 } }), /variants\.one: machine: cpus: 0 is not 1 to 8/],
    ['half a page', { machine: { memoryBytes: 2048 } }, /memoryBytes: is not a multiple of 4096/],
    ['a model that is none', { machine: { memoryModel: 'pso' } }, /'pso' is none of sc, tso, weak/],
    ['a knob that is no integer', { knobs: { x: 1.5 } }, /small: knobs\.x: not an integer/],
    ['a knob that is no name', { knobs: { 'a b': 1 } }, /knobs\.a b: not the name of a variable/],
    ['a script that is a text', { schedule: { script: 'x' } }, /schedule: script: not a list/],
    ['a negative limit', { stepLimit: -1 }, /small: stepLimit: not a whole number/],
    ['places that are none', { explore: { at: 'noon' } }, /at: 'noon' is none of points, accesses/],
    ['an exception as a device', interrupt({ cpu: 0, vector: 14 }), /14 is not 2 or 16 to 255/],
    [
      'an interrupt for nobody',
      interrupt({ vector: 32 }),
      /explore: interrupts\[0\]: cpu: missing/,
    ],
    ['an interrupt for a ninth CPU', interrupt({ cpu: 8, vector: 32 }), /cpu: 8 is not 0 to 7/],
    ['an unknown search', { explore: { depth: 3 } }, /explore: depth: unknown member/],
    ['an unknown schedule', { schedule: { scripts: [] } }, /schedule: scripts: unknown member/],
  ];
  for (const [what, change, message] of wrong) {
    it(`refuses ${what}`, () => {
      const json: unknown = JSON.parse(JSON.stringify({ ...smallest(), ...change }));
      assert.throws(
        () => readScenario(json, 'small'),
        (error) => error instanceof FormatError && message.test(error.message),
      );
      assert.equal(isValid(json), false, 'the schema must refuse it too');
    });
  }

  it('refuses a name that is not the file’s', () => {
    assert.throws(() => readScenario(smallest(), 'other'), /name: is 'small', the file is 'other'/);
  });
});

function smallest(): Record<string, unknown> {
  return {
    name: 'small',
    os: 'illumos',
    title: 't',
    summary: 's',
    sources: [],
    ...variant({}),
  };
}

function variant(change: Record<string, unknown>): Record<string, unknown> {
  return { variants: { one: { summary: 's', image: 'buggy', end: 'panic', ...change } } };
}

function interrupt(one: Record<string, unknown>): Record<string, unknown> {
  return { explore: { interrupts: [one] } };
}

function parse(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function asSchema(value: unknown): object {
  assert.ok(typeof value === 'object' && value !== null);
  return value;
}
