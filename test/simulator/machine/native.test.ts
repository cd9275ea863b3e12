/** Compiled C runs in the machine as on the host's processor. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createMachine } from '../../../simulator/machine/create-machine.ts';
import type { Machine } from '../../../simulator/machine/machine.ts';
import { hasGcc } from '../../support/c-program.ts';
import { buildKernel, fixtures, runOnHost } from '../../support/kernel-image.ts';

const functions = [
  'divisions',
  'bitfields',
  'bit_tricks',
  'wide',
  'shifts',
  'extensions',
  'comparisons',
  'structures',
  'sorting',
  'strings',
  'lists',
  'atomics',
];
const callsPerFunction = 500;
const stackTop = 0xffffffff80400000n;
const seed = 20240917;

interface Call {
  readonly name: string;
  readonly parameters: readonly bigint[];
}

describe('machine and host', function () {
  this.timeout(120_000);
  before(function () {
    if (!hasGcc || process.arch !== 'x64') this.skip();
  });

  for (const level of ['-O0', '-Og', '-O2', '-Os']) {
    it(`agree on ${functions.length * callsPerFunction} calls of C compiled with ${level}`, () => {
      const calls = makeCalls();
      const sources = [join(fixtures, 'functions.c')];
      const expected = runOnHost(
        [...sources, join(fixtures, 'host.c')],
        [level, '-fwrapv'],
        calls
          .map(
            ({ name, parameters }) =>
              `${name} ${parameters.map((each) => each.toString(16)).join(' ')}\n`,
          )
          .join(''),
      )
        .toString()
        .trim()
        .split('\n');
      const { image } = buildKernel({
        assembly: '.globl start\nstart: cli\nhlt\n',
        files: sources,
        flags: [level, '-fwrapv'],
      });
      assert.equal(expected.length, calls.length);
      for (const arrivals of [Infinity, 1]) {
        const machine = createMachine(image, { cpus: 1 }, arrivals);
        const wrong = calls.flatMap((call, i) => {
          const result = invoke(machine, call).toString(16);
          const host = expected[i] ?? 'nothing';
          const spelled = call.parameters.map((each) => each.toString(16)).join(', ');
          return result === host ? [] : [`${call.name}(${spelled}): ${result}, host ${host}`];
        });
        assert.deepEqual(wrong.slice(0, 5), [], `seed ${seed}, compiled after ${arrivals}`);
      }
    });
  }
});

/** Calls a function as the ABI does, with a return to the `hlt` of the image. */
function invoke(machine: Machine, call: Call): bigint {
  const symbol = machine.image.symbols.byName(call.name);
  assert.ok(symbol, call.name);
  const stack = new DataView(new ArrayBuffer(8));
  stack.setBigUint64(0, machine.image.entry, true);
  machine.writeVirtual(0, stackTop, new Uint8Array(stack.buffer));
  ['rdi', 'rsi', 'rdx', 'rcx'].forEach((name, i) =>
    machine.setRegister(0, name, call.parameters[i] ?? 0n),
  );
  machine.setRegister(0, 'rsp', stackTop);
  machine.setRegister(0, 'rip', symbol.address);
  machine.setBreakpoints([machine.image.entry]);
  const result = machine.execute(0, 1_000_000, 1);
  assert.equal(result, 'mark', machine.stop?.detail ?? result);
  return machine.register(0, 'rax');
}

function makeCalls(): Call[] {
  const random = generator(seed);
  return functions.flatMap((name) =>
    Array.from({ length: callsPerFunction }, () => ({
      name,
      parameters: Array.from({ length: 4 }, () => edgeBiased(random)),
    })),
  );
}

/** Half of the values sit at a power of two, at a sign border, or are small. */
function edgeBiased(random: () => number): bigint {
  const whole = (BigInt(random()) << 32n) | BigInt(random());
  const shift = BigInt(random() % 64);
  switch (random() % 8) {
    case 0:
      return BigInt.asUintN(64, (1n << shift) - BigInt(random() % 3));
    case 1:
      return BigInt.asUintN(64, -(1n << shift) + BigInt(random() % 3));
    case 2:
      return BigInt(random() % 5);
    case 3:
      return BigInt.asUintN(64, -BigInt(random() % 5));
    default:
      return whole >> shift;
  }
}

function generator(from: number): () => number {
  let state = from;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return (state ^ (state >>> 13)) >>> 0;
  };
}
