/** The vkernel's scenarios: each ends as it says, and its dump gets exactly these verdicts. */
import assert from 'node:assert/strict';
import { checks } from '../../debug-adapter/checks/index.ts';
import { allScenarios } from '../../scripts/make-dumps.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';

const guestState = (what: string): RegExp =>
  new RegExp(
    `^fpu BUG: cpu 0 executes ${what} with the guest FPU state of [0-9a-f]+ still live \\(save area is stale\\)$`,
  );

/** The buffer's address on a CPU that sleeps: forgotten when it wakes up. */
const sleeper =
  /^tlb PENDING: cpu 0 va fffff80030000000: invalidation by cpu 0 in flight \(idle: flushes when it wakes up\)$/;

/** What the checkers say about each dump, in order: the reference's words, with allocator-chosen addresses left open. */
const verdicts: Readonly<Record<string, readonly RegExp[]>> = {
  'dfv1-fp buggy': [guestState('panic')],
  'dfv1-fp buggy-write': [guestState('vcons_write')],
  'dfv1-fp buggy-in-guest': [],
  'dfv1-fp fixed': [],
  'dfv1-fp fixed-reloaded': [],
  'dfv1-fp fixed-write': [],
  'dfv1-fp fixed-in-guest': [],
  'dfv1-fp fixed-kthread': [
    /^fpu NOTE: known limitation: no kernel FP context: cpu 0 executes bcopy and has interrupted [0-9a-f]+ in it$/,
  ],
  'dfv1-fp fixed-kthread-done': [],
  'dfv3-pgwriteable buggy': [
    /^pgw BUG: page [0-9a-f]+ \(pa 0000000001b02000\) is writable through pid 814 va 0000000801600000 but PG_WRITEABLE is clear$/,
  ],
  'dfv3-pgwriteable buggy-midway': [],
  'dfv3-pgwriteable fixed': [],
  'dfv3-pgwriteable fixed-midway': [
    /^pgw PENDING: page [0-9a-f]+ \(pa 0000000001b02000\) has 1 mapping\(s\) but PG_MAPPED is clear; cpu 0 is in pmap_clearbit$/,
  ],
  'dfv5-token buggy': [
    /^ptetoken BUG: cpu 0 changes entries of pmap [0-9a-f]+ in pmap_clearbit without the token of its page tables; thread [0-9a-f]+ on cpu 1 has it$/,
  ],
  'dfv5-token fixed': [],
  'dfv5-token fixed-done': [],
  'dfv6-swapu buggy': [
    /^swapcrc BUG: swap write bio [0-9a-f]+: crc was ed96b643, pages now 7aa4322d; page [0-9a-f]+ changed during the I\/O$/,
  ],
  'dfv6-swapu buggy-done': [
    sleeper,
    /^swapcrc BUG: page [0-9a-f]+ is clean but differs from swap block 40$/,
  ],
  'dfv6-swapu buggy-ffc': [sleeper],
  'dfv6-swapu fixed': [],
  'dfv6-swapu fixed-done': [sleeper],
  'dfv6-swapu fixed-ffc': [sleeper],
  'dfv8-ptphint buggy': [
    /^hint BUG: pmap [0-9a-f]+ hint page [0-9a-f]+ belongs to object [0-9a-f]{16} pindex 4005$/,
  ],
  'dfv8-ptphint buggy-freed': [
    /^orphan BUG: 1 valid PTE\(s\) 0000000090002000-0000000090003000 in pmap [0-9a-f]+ point to free pages and a map entry still covers them$/,
    /^pgw BUG: page [0-9a-f]+ \(pa 0000000001a0b000\) has 1 mapping\(s\) but PG_MAPPED is clear$/,
    /^hint BUG: pmap [0-9a-f]+ hint page [0-9a-f]+ belongs to object 0 pindex 4005$/,
  ],
  'dfv8-ptphint fixed': [],
  'dfv9-inherit-m buggy': [
    /^pgw BUG: va 0000000801600000 in pmap [0-9a-f]+ is modified but not writable$/,
  ],
  'dfv9-inherit-m recorded': [
    /^pgw BUG: va 0000000801600000 in pmap [0-9a-f]+ is modified but not writable$/,
    /^pgm BUG: M on va 0000000801600000 was inherited from pa 0000000001c00000$/,
  ],
  'dfv9-inherit-m fixed': [],
  'dfv9-inherit-m fixed-recorded': [],
  'dfv10-vpte-m buggy': [
    /^vpte BUG: guest va 0000000801600000: host PTE is modified, VPTE is not: writes since the last clean are invisible to the vkernel$/,
  ],
  'dfv10-vpte-m buggy-canary': [],
  'dfv10-vpte-m fixed': [],
  'dfv10-vpte-m fixed-left': [],
  'dfv11-replacevm buggy': [
    /^pmact BUG: pm_active of pmap [0-9a-f]+ has cpu 1 but that cpu runs pid 41 on cr3 0000000001201000 \(leaked bit\)$/,
  ],
  'dfv11-replacevm fixed': [],
  'dfv11-replacevm fixed-after': [],
  'dfv13-usermode buggy': [
    /^usermode BUG: lwp 40\/1 waits for memory in a fault of user mode that does not say so \(fault_flags 0\)$/,
  ],
  'dfv13-usermode fixed': [],
};

describe('vkernel scenarios', () => {
  it('have a row of verdicts for each variant, and no row is left over', () => {
    const variants = [...allScenarios()].flatMap(([path, { variants: all }]) =>
      path.startsWith('dragonfly/dfv')
        ? [...all.keys()].map((variant) => `${path.replace('dragonfly/', '')} ${variant}`)
        : [],
    );
    assert.deepEqual(variants.toSorted(), Object.keys(verdicts).toSorted());
  });

  for (const [name, expected] of Object.entries(verdicts)) {
    const [scenario = '', variant = ''] = name.split(' ');

    it(`${name}: ends as it says, and says ${expected.length === 0 ? 'nothing' : expected.length}`, () => {
      const target = simulatedTarget(`dragonfly/${scenario}`, variant);
      const said = checks
        .filter((check) => check.applies(target))
        .flatMap((check) => [...check.run(target)])
        .filter(({ severity }) => severity !== 'OK' && severity !== 'SKIPPED')
        .map(({ check, severity, verdict }) => `${check} ${severity}: ${verdict}`);
      assert.equal(said.length, expected.length, said.join('\n'));
      for (const [index, line] of said.entries()) assert.match(line, expected[index] ?? /^$/);
    });
  }
});
