/** A checker that speaks of an innocent dump is as wrong as one that misses a bug: every dump of every kernel, against every checker. */
import assert from 'node:assert/strict';
import type { Finding } from '../debug-adapter/checks/check.ts';
import { checks } from '../debug-adapter/checks/index.ts';
import { allScenarios } from '../scripts/make-dumps.ts';
import { accusations, accusersOf } from './support/accusations.ts';
import { simulatedTarget } from './support/simulated-dumps.ts';

/** A row of the matrix of dumps in which something is going on and nothing is wrong. */
interface Row {
  readonly path: string;
  /** Variants, separated by blanks. */
  readonly variants: string;
  /** All that may be said beside OK. */
  readonly allowed?: RegExp;
  /** What has to be said. */
  readonly expected?: RegExp;
}

const matrix: readonly Row[] = [
  // The bit is set or %cr3 is loaded; another address space between; all CPUs are told; an upgrade of rights.
  {
    path: 'dragonfly/df01-stale-tlb',
    variants: 'fixed keepbit kernel-thread upgrade random-fixed',
  },
  { path: 'dragonfly/df09-knobs', variants: 'both' },
  // An invalidation in progress.
  {
    path: 'dragonfly/df01-stale-tlb',
    variants: 'interlock',
    allowed: /^PENDING tlb: /,
    expected: /^PENDING tlb: /,
  },
  // Between the two halves of a switch.
  {
    path: 'dragonfly/df01-stale-tlb',
    variants: 'in-the-window',
    allowed: /^PENDING pmact: /,
    expected: /^PENDING pmact: /,
  },
  { path: 'dragonfly/df02-npgs', variants: 'fixed fixed-b fixed-c' },
  { path: 'dragonfly/df03-tsc-target', variants: 'fixed' },
  // Under tso no fence is missing.
  { path: 'dragonfly/df04-fences', variants: 'tso-buggy tso-fixed weak-fixed' },
  // Pages in the middle of pmap_enter and pmap_clearbit.
  { path: 'dragonfly/df07-pgwriteable', variants: 'fixed fixed-midway', allowed: /^PENDING pgw: / },
  {
    path: 'dragonfly/dfv3-pgwriteable',
    variants: 'fixed-midway',
    allowed: /^PENDING pgw: /,
    expected: /^PENDING pgw: /,
  },
  { path: 'dragonfly/dfv3-pgwriteable', variants: 'fixed' },
  // The success path clears PG_SWAPINPROG first in both kernels.
  {
    path: 'dragonfly/df12-swapinprog',
    variants: 'fixed-success',
    allowed: /^PENDING swapio: /,
    expected: /^PENDING swapio: /,
  },
  // The guest's state is in the registers because the guest runs.
  {
    path: 'dragonfly/dfv1-fp',
    variants: 'fixed fixed-reloaded fixed-in-guest buggy-in-guest fixed-write',
  },
  // What the commit leaves is a limit, not a bug.
  {
    path: 'dragonfly/dfv1-fp',
    variants: 'fixed-kthread',
    allowed: /^NOTE fpu: known limitation: /,
    expected: /^NOTE fpu: known limitation: no kernel FP context/,
  },
  { path: 'freebsd/fb01-curpmap-uaf', variants: 'fixed', allowed: /^PENDING curpmap: / },
  {
    path: 'freebsd/fb02-one-to-zero',
    variants: 'fixed',
    expected: /^OK ref: rundown in progress \(1->0 rule\)/,
  },
  { path: 'freebsd/fb05-pcpu-get', variants: 'fixed' },
  { path: 'freebsd/fb06-uncond', variants: 'uncond fixed', allowed: /^NOTE actcount: / },
  // An operation is pending until the machine runs the vCPU again.
  {
    path: 'kvm/kv01-hcall-gpr3',
    variants: 'reenter reenter-armed abort setregs immediate',
    allowed: /^NOTE kvmpend: .*pending \(normal/,
  },
  { path: 'kvm/kv03-pio-out', variants: 'guard' },
  { path: 'kvm/kv04-pio-in', variants: 'guard' },
];

describe('silence', function () {
  this.timeout(120_000);

  it('is asked of dumps and checkers that exist', () => {
    const scenarios = allScenarios();
    const names = new Set(checks.map(({ name }) => name));
    for (const [path, row] of Object.entries(accusations))
      for (const [check, variants] of Object.entries(row)) {
        assert.ok(names.has(check), `${path}: there is no checker ${check}`);
        for (const variant of variants.split(' '))
          assert.ok(scenarios.get(path)?.variants.has(variant), `${path} ${variant}`);
      }
    for (const { path, variants } of matrix)
      for (const variant of variants.split(' '))
        assert.ok(scenarios.get(path)?.variants.has(variant), `${path} ${variant}`);
  });

  for (const [path, { variants }] of allScenarios())
    it(`${path}: nobody says BUG, ERROR or WARNING but ${accusersText(path)}`, () => {
      for (const variant of variants.keys()) {
        const found = findings(path, variant);
        const wrong = new Set(found.filter(isWrong).map(({ check }) => check));
        assert.deepEqual(
          [...wrong].toSorted(),
          accusersOf(path, variant),
          `${path} ${variant}: ${found.map(textOf).join('\n')}\n(what may be found is in test/support/accusations.ts)`,
        );
      }
    });

  for (const { path, variants, allowed, expected } of matrix)
    for (const variant of variants.split(' '))
      it(`${path} ${variant}: ${allowed ? `nothing but ${allowed.source}` : 'nothing at all'}`, () => {
        const said = findings(path, variant);
        const lines = said.filter(({ severity }) => severity !== 'SKIPPED').map(textOf);
        const beside = lines.filter((line) => !line.startsWith('OK ') && !allowed?.test(line));
        assert.deepEqual(beside, []);
        if (expected)
          assert.ok(
            lines.some((line) => expected.test(line)),
            lines.join('\n'),
          );
      });
});

function accusersText(path: string): string {
  const names = Object.keys(accusations[path] ?? {});
  return names.length === 0 ? 'nobody' : names.join(', ');
}

function findings(path: string, variant: string): readonly Finding[] {
  const target = simulatedTarget(path, variant);
  return checks.filter((check) => check.applies(target)).flatMap((check) => [...check.run(target)]);
}

function isWrong({ severity }: Finding): boolean {
  return severity === 'BUG' || severity === 'ERROR' || severity === 'WARNING';
}

function textOf({ severity, check, verdict }: Finding): string {
  return `${severity} ${check}: ${verdict}`;
}
