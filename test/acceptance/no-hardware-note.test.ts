/** Without the vendor note a dump is one of a real machine: all that needs no hardware state works as before, and the rest says what it misses. */
import assert from 'node:assert/strict';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector } from '../../debug-adapter/inspector.ts';
import { kernelModules } from '../../debug-adapter/kernels/index.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { checks } from '../../debug-adapter/checks/index.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { allScenarios } from '../../scripts/make-dumps.ts';
import { accusersOf } from '../support/accusations.ts';
import { cGrammar, mdbGrammar } from '../support/grammars.ts';
import { coreBytes, simulateAt } from '../support/simulated-dumps.ts';

/** Name size, descriptor size, type, and name of the note. Source: docs/platform.md, hardware state in the dump. */
const note = Buffer.concat([
  Buffer.from([6, 0, 0, 0, 48, 0, 0, 0]),
  Buffer.from([0x31, 0x4d, 0x49, 0x53]),
  Buffer.from('SIMHW\0'),
]);

/** What says what it misses, and how: a cell without a value, or an error. */
const missing: Readonly<Record<string, RegExp>> = {
  '::cpuinfo': / -( |$)/m,
  '::fpu': /CR0\.TS=\?/,
  '::inval_stats': / -( |$)/m,
  '::pcpui': / \?$/m,
  '::tlb': /no hardware TLB in this dump/,
  '::vmcs': / \? /,
};

/** Lines that are the same without hardware state. */
const generic = ['::msgbuf', '::stack', '::threadlist', '::stacks', '::nm | ::head 20'];

describe('a dump without the vendor note', function () {
  this.timeout(120_000);

  for (const [path, { variants }] of allScenarios()) {
    const first = [...variants.keys()][0] ?? '';

    it(`${path}: what needs no hardware works; what does says so`, () => {
      for (const variant of variants.keys())
        if (variant === first || accusersOf(path, variant).length > 0)
          checkVariant(path, variant, variant === first);
    });
  }
});

function checkVariant(path: string, variant: string, withCommands: boolean): void {
  const bytes = coreBytes(simulateAt(path, variant));
  const whole = opened(bytes, variant);
  const bare = opened(withoutNote(bytes), variant);
  assert.ok(whole.hardware);
  assert.equal(bare.hardware, undefined);
  assert.deepEqual(bare.warnings, []);
  assert.equal(bare.kernel?.name, whole.kernel?.name);
  for (const check of checks) checkFindings(`${path} ${variant}`, check, whole, bare);
  if (withCommands) checkCommands(`${path} ${variant}`, whole, bare);
}

/** Renames the owner of the note, in place: no reader knows it then. */
function withoutNote(bytes: Uint8Array): Uint8Array {
  const at = Buffer.from(bytes).indexOf(note);
  assert.ok(at > 0);
  const copy = Uint8Array.from(bytes);
  copy.set(Buffer.from('OTHER'), at + 12);
  return copy;
}

function opened(bytes: Uint8Array, name: string): Target {
  return openTarget(openDump(bytesSource(bytes, name)));
}

/** A checker says the same, or less and that it was skipped; never something else. */
function checkFindings(
  what: string,
  check: (typeof checks)[number],
  whole: Target,
  bare: Target,
): void {
  assert.equal(check.applies(bare), check.applies(whole), `${what}: ${check.name} applies`);
  if (!check.applies(bare)) return;
  const before = [...check.run(whole)].map(({ severity, verdict }) => `${severity} ${verdict}`);
  const now = [...check.run(bare)].map(({ severity, verdict }) => `${severity} ${verdict}`);
  const isSkipped = now.some((line) => /^SKIPPED \S/.test(line));
  const gained = now.filter((line) => !line.startsWith('SKIPPED ') && !before.includes(line));
  assert.deepEqual(gained, [], `${what}: ${check.name} says what it did not say`);
  if (!isSkipped)
    assert.deepEqual(now, before, `${what}: ${check.name} does not say what it misses`);
}

function checkCommands(what: string, whole: Target, bare: Target): void {
  const module = kernelModules.find(({ name }) => name === whole.kernel?.name);
  const own = (module?.dcmds ?? []).filter(({ address }) => address !== 'required');
  const [before, now] = [whole, bare].map((target) =>
    createInspector(target, { grammar: mdbGrammar, cGrammar }),
  );
  for (const line of [...generic, ...own.map(({ name }) => `::${name}`)]) {
    const [full = '', less = ''] = [before, now].map((inspector) =>
      [...(inspector?.execute(line) ?? [])].map(rowText).join('\n'),
    );
    const says = missing[line];
    if (full !== less && says) assert.match(less, says, `${what}: ${line}`);
    else assert.equal(less, full, `${what}: ${line}`);
  }
}
