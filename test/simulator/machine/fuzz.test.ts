/** Random bytes as code: every form that decodes compiles, and the machine always ends in a way that it can name. */
import assert from 'node:assert/strict';
import { decode } from '../../../simulator/machine/decode.ts';
import { createMachine } from '../../../simulator/machine/create-machine.ts';
import { opOf } from '../../../simulator/machine/forms/table.ts';
import type { KernelImage, MemoryModel } from '../../../simulator/machine/machine.ts';
import { noSymbols } from '../../../dump-format/elf/symbol-table.ts';
import { run } from '../../../simulator/schedule.ts';
import { generator, randomSchedule } from '../../../simulator/schedule-random.ts';

const base = 0xffffffff80100000n;
const seed = 42;
/** Opcodes and prefixes that the machine knows come up more often than by chance. */
const favourites =
  '48 49 4c 65 66 f0 f2 f3 0f 89 8b 01 03 29 2b 31 33 39 c7 ff fe f6 f7 d1 d3 c1 a4 a5 aa ab a6 ae 70 74 7f e8 e9 eb c3 50 58 cd cf 0f01 0fc7 0fae 0f22 0f20 0fb1 0fc1 0fb6 0fbe 0fa3 0fab 0fba 0fbc 0f30 0f32'
    .split(' ')
    .map((text) => Buffer.from(text, 'hex'));

function randomCode(random: (bound: number) => number, length: number): Uint8Array {
  const bytes: number[] = [];
  while (bytes.length < length) {
    const favourite = favourites[random(favourites.length)];
    if (random(3) > 0 && favourite) bytes.push(...favourite);
    else bytes.push(random(256));
  }
  return Uint8Array.from(bytes.slice(0, length));
}

function imageOf(code: Uint8Array): KernelImage {
  const segment = {
    virtualAddress: base,
    physicalAddress: 0x100000n,
    bytes: code,
    memorySize: 8192,
  };
  return {
    name: 'random',
    entry: base,
    segments: [segment],
    symbols: noSymbols,
    schedulePoints: new Map(),
  };
}

describe('machine, random bytes', function () {
  this.timeout(60_000);

  it('decodes and compiles whatever comes', () => {
    const random = generator(seed);
    let executable = 0;
    for (let i = 0; i < 60_000; i++) {
      const decoded = decode(randomCode(random, 15), base);
      if (typeof decoded !== 'string' && opOf(decoded)) executable++;
    }
    assert.ok(executable > 20_000, `${executable} of 60000`);
  });

  for (const memoryModel of ['sc', 'tso', 'weak'] satisfies MemoryModel[]) {
    it(`runs to an end that it can name (${memoryModel})`, () => {
      const random = generator(seed);
      const reasons = new Map<string, number>();
      for (let i = 0; i < 700; i++) {
        const code = randomCode(random, 256);
        const play = (): unknown => {
          // Every other program is compiled as soon as it comes back to itself.
          const machine = createMachine(
            imageOf(code),
            { cpus: 2, memoryModel },
            i % 2 ? 1 : Infinity,
          );
          machine.setRegister(0, 'rsp', base + 0x1800n);
          machine.setRegister(1, 'rsp', base + 0x1c00n);
          for (const name of ['rax', 'rbx', 'rbp', 'rsi', 'rdi'])
            for (const cpu of [0, 1]) machine.setRegister(cpu, name, base + BigInt(random(0x1000)));
          const begin = machine.snapshot();
          const first = run(machine, randomSchedule({ seed: i }), { steps: 400 });
          const hash = machine.stateHash();
          machine.restore(begin);
          assert.deepEqual(run(machine, randomSchedule({ seed: i }), { steps: 400 }), first);
          assert.equal(machine.stateHash(), hash, `seed ${seed}, program ${i}`);
          return first.reason;
        };
        const reason = String(play());
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
      assert.ok(reasons.size >= 3, JSON.stringify([...reasons]));
      assert.equal(reasons.has('schedule-error'), false);
    });
  }
});
