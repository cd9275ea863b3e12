/**
 * Every order of the steps of DF-01 on the kernel itself: what micro-models.test.ts has on paper, in C on the machine.
 *
 * A step is what lies between two places of the code. There are fewer orders than the 1276 on paper: from `cli` to `popf` is one step here, and
 * from the load of CR3 to user mode; and once CPU 0 has decided to send a command, the rest is one step, because its handshake needs both.
 * What decides is the same on paper and here.
 */
import assert from 'node:assert/strict';
import { imageBytes } from '../../scripts/make-dumps.ts';
import { stopAt, type Machine, type MachineSnapshot } from '../../simulator/machine/machine.ts';
import { run, whereAll } from '../../simulator/schedule.ts';
import { scriptSchedule } from '../../simulator/schedule-script.ts';
import { prepare } from '../../simulator/simulate.ts';
import { scenarioAt } from '../support/simulated-dumps.ts';

const page = 0x1a35000n;
const pageAddress = 0x801400000n;
const written = 0x41414141;
/** Steps after which a CPU that has not arrived is taken for one that waits, and `pause` instructions. */
const patience = 20_000;
const pauses = 20;

/** Where a CPU has to come for a step to be over. */
type Step = readonly [name: string, ...places: string[]];

const unmapping: readonly Step[] = [
  ['set EXCL', '@inval_sample'],
  ['sample', '@inval_shortcut', '@inval_slot'],
  ['store', '@inval_done'],
  ['clear EXCL', '@inval_unlocked'],
  ['reuse', '@kmalloced'],
];

const switching: readonly Step[] = [
  ['AND', '@heavy_switch_cleared'],
  ['switch', '@heavy_restore_set'],
  ['OR', '@heavy_restore_test'],
  ['test', '@heavy_restore_compare', '@interlock_wait'],
  ['load', '@to_user'],
  ['user', 'after the store', '@signalled'],
];

interface Tally {
  /** Orders in which a store of the user lands in a page that was taken away, before and after it is somebody else's. */
  before: number;
  after: number;
  sound: number;
  /** Beginnings in which CPU 0 sends a command: all of them end well. */
  byCommand: number;
}

describe('DF-01 in every order of its steps, in C', function () {
  this.timeout(120_000);

  it('is stale on the buggy kernel if and only if AND < sample < OR and clear EXCL < test', () => {
    const tally = new Orders('buggy').explore((order, isStale) => {
      const at = (name: string): number => order.indexOf(name);
      const isUnseen = at('AND') < at('sample') && at('sample') < at('OR');
      assert.equal(isStale, isUnseen && at('clear EXCL') < at('test'), order.join(', '));
    });
    // As many of each as micro-models.test.ts has on paper.
    assert.deepEqual(tally, { before: 21, after: 74, sound: 34, byCommand: 15 });
  });

  for (const variant of ['fixed', 'keepbit'])
    it(`is never stale on the kernel ${variant}`, () => {
      const tally = new Orders(variant).explore((order, isStale) =>
        assert.equal(isStale, false, order.join(', ')),
      );
      assert.ok(tally.sound + tally.byCommand > 10);
    });
});

/** Runs one kernel in every order from the moment at which one CPU begins to switch and the other to invalidate. */
class Orders {
  private readonly machine: Machine;
  private readonly tally: Tally = { before: 0, after: 0, sound: 0, byCommand: 0 };
  private readonly storePlace: bigint;

  constructor(variant: string) {
    const scenario = scenarioAt('dragonfly/df01-stale-tlb');
    const { machine } = prepare(scenario, imageBytes(scenario, variant), variant);
    const symbol = (name: string): bigint => machine.image.symbols.byName(name)?.address ?? 0n;
    // The instruction behind the store of six bytes that the third thread begins with.
    this.storePlace = 0x400000n + symbol('user_mtmunmap_3') - symbol('user_text') + 6n;
    this.machine = machine;
    const way = [
      'cpu0 until @ready',
      'all until cpu0 @booted',
      'cpu0 2 instructions',
      'cpu2 until @idle',
      'cpu3 until @idle',
      'cpu1 until cpu_heavy_switch',
      'cpu0 until pmap_inval_smp',
    ];
    assert.equal(run(machine, scriptSchedule(way)).reason, 'schedule-end');
  }

  explore(judge: (order: readonly string[], isStale: boolean) => void): Tally {
    this.from(this.machine.snapshot(), 0, 0, [], (order, isStale) => {
      judge(order, isStale);
      if (!isStale) this.tally.sound++;
      else if (order.indexOf('user') < order.indexOf('reuse')) this.tally.before++;
      else this.tally.after++;
    });
    return this.tally;
  }

  private from(
    start: MachineSnapshot,
    unmapped: number,
    switched: number,
    order: readonly string[],
    judge: (order: readonly string[], isStale: boolean) => void,
    isStale = false,
  ): void {
    const [own, other] = [unmapping[unmapped], switching[switched]];
    if (!own && !other) judge(order, isStale);
    let ways = own || other ? 0 : 1;
    for (const [cpu, step] of [own, other].entries()) {
      if (!step) continue;
      this.machine.restore(start);
      const isMapped = this.machine.translate(1, pageAddress) !== undefined;
      const place = this.advance(cpu, step);
      if (place === undefined) continue;
      ways++;
      if (place === '@inval_slot') {
        this.finish(switched);
        continue;
      }
      const hasLanded = place === 'after the store' && !isMapped && this.wordOfPage() === written;
      const [next, later] = cpu === 0 ? [unmapped + 1, switched] : [unmapped, switched + 1];
      const longer = [...order, step[0]];
      this.from(this.machine.snapshot(), next, later, longer, judge, isStale || hasLanded);
    }
    assert.ok(ways > 0, `nobody can go on after ${order.join(', ')}`);
  }

  /** To one of the places of a step; undefined when the CPU waits instead. */
  private advance(cpu: number, [, ...places]: Step): string | undefined {
    const addresses = places.map((place) => this.addressOf(place));
    this.machine.setBreakpoints(addresses);
    for (let turn = 0; turn < pauses; turn++) {
      const result = this.machine.execute(cpu, patience, stopAt.breakpoint | stopAt.pause);
      const place = places[addresses.indexOf(this.machine.register(cpu, 'rip'))];
      if ((result === 'mark' || result === 'pause') && place !== undefined) return place;
    }
    return undefined;
  }

  private addressOf(place: string): bigint {
    if (place === 'after the store') return this.storePlace;
    const [address] = this.machine.image.schedulePoints.get(place.slice(1)) ?? [];
    return address ?? assert.fail(place);
  }

  /** What is in the page once the store is visible. */
  private wordOfPage(): number {
    while (this.machine.drain(1));
    return Buffer.from(this.machine.readPhysical(page, 4)).readUInt32LE();
  }

  /** Both CPUs in turn until the command is over and the third thread has had its try. */
  private finish(switched: number): void {
    this.tally.byCommand++;
    const store = this.addressOf('@kmalloced');
    let isReused = false;
    for (let turn = 0; turn < 4000 && !isReused; turn++) {
      this.machine.setBreakpoints([store]);
      isReused = this.machine.execute(0, 20, stopAt.breakpoint) === 'mark';
      this.machine.setBreakpoints([]);
      this.machine.execute(1, 20);
    }
    assert.ok(
      isReused,
      `after ${switched} steps of the switch the command does not end: ${whereAll(this.machine)}`,
    );
    this.machine.execute(1, patience);
    while (this.machine.drain(1));
    assert.notEqual(this.wordOfPage(), written);
  }
}
