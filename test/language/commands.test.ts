/** The table of commands: complete, without doubles, every page of help printable and every example a line that runs. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rowText, type Dcmd } from '../../debug-adapter/commands/command.ts';
import { commands } from '../../debug-adapter/commands/index.ts';
import { habits, habitNames } from '../../debug-adapter/commands/lib-habits.ts';
import { macroAliases } from '../../debug-adapter/commands/lib-macro-aliases.ts';
import { verbHelp } from '../../debug-adapter/commands/lib-verb-help.ts';
import { corewalkVersion } from '../../debug-adapter/commands/version.ts';
import { kernelModules } from '../../debug-adapter/kernels/index.ts';
import { findFault } from '../../debug-adapter/language/syntax-fault.ts';
import type { Dump } from '../../dump-format/dump.ts';
import { projectRoot } from '../support/grammars.ts';
import { openNamedTarget } from '../support/targets.ts';
import { openTranscript } from '../transcripts.ts';
import { openSession, run } from './session.ts';

const folder = join(projectRoot, 'debug-adapter/commands');
const everywhere: readonly Dcmd[] = [
  ...commands,
  ...kernelModules.flatMap((module) => module.dcmds),
];
const names = new Set(everywhere.flatMap(({ name, aliases = [] }) => [name, ...aliases]));

describe('commands: the table', () => {
  it('has every file of its folder', () => {
    const table = readFileSync(join(folder, 'index.ts'), 'utf8');
    const missing = readdirSync(folder).filter(
      (file) => !/^(lib-.*|index|command)\.ts$/.test(file) && !table.includes(`from './${file}'`),
    );
    assert.deepEqual(missing, []);
  });

  it('has every name once, and a summary for each', () => {
    const all = commands.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    assert.deepEqual(
      all.filter((name, index) => all.indexOf(name) !== index),
      [],
    );
    for (const { name, summary } of everywhere) {
      assert.match(name, /^([a-zA-Z_][\w]*|[$:][?%@A-Z^_`a-z]|\$<<?|\$>)$/, name);
      assert.ok(summary.length > 5 && summary.length < 100, `${name}: ${summary}`);
      assert.ok(!summary.endsWith('.'), `${name}: ${summary}`);
    }
  });

  it('has examples that are mdb, of commands that exist', () => {
    for (const { name, examples = [] } of everywhere)
      for (const { line, explains } of examples) {
        assert.equal(findFault(line), undefined, `::${name}: ${line}`);
        assert.ok(explains.length > 3, line);
        for (const [, used = ''] of line
          .replaceAll(/'[^']*'|"[^"]*"/g, '')
          .matchAll(/::([a-z]\w*)/g))
          assert.ok(names.has(used), `::${name}: ${line}: there is no ::${used}`);
      }
  });

  it('prints a page of help for every command', function () {
    const session = openSession(this);
    for (const { name, summary } of commands) {
      const page = run(session, `::help ${name}`);
      assert.equal(session.status, 'ok', name);
      assert.ok(page.includes(`  ${name} - ${summary}`), name);
      assert.ok(page.includes('SYNOPSIS') && page.includes('ATTRIBUTES'), name);
    }
  });

  /** Dumps for each kernel: its own commands have examples too, and some mean something on a few dumps only. */
  const exampleDumps: Readonly<Record<string, readonly string[]>> = {
    illumos: ['scenario illumos/ctxop-panic-run buggy'],
    akaros: ['scenario akaros/vmcs-ctrl-c fixed'],
    dragonfly: ['scenario dragonfly/df02-npgs a', 'scenario dragonfly/dfv10-vpte-m buggy'],
    freebsd: ['scenario freebsd/fb01-curpmap-uaf buggy'],
    linux: ['linux tiny'],
    kvm: ['scenario kvm/kv01-hcall-gpr3 buggy'],
  };

  /** What is wrong with an example on a dump: undefined when it runs. */
  function complaint(dump: Dump, line: string): string | undefined {
    const inspector = openTranscript(dump, folder);
    let count = 0;
    for (const row of inspector.execute(line)) {
      const text = rowText(row);
      if (/^(Usage|mdb: (internal error|syntax error|invalid command|illegal option))/.test(text))
        return text;
      if (++count >= 2000) break;
    }
    return undefined;
  }

  for (const { name: kernel } of kernelModules)
    it(`runs every example on dumps of ${kernel}, each in a session of its own`, function () {
      this.timeout(60_000);
      const dumps: Dump[] = [];
      for (const name of exampleDumps[kernel] ?? []) {
        const opened = openNamedTarget(name);
        if ('reason' in opened) this.skip();
        dumps.push(opened.dump);
      }
      const [first] = dumps;
      assert.ok(first, `${kernel}: a dump to run examples on`);
      for (const { name, module, examples = [] } of openTranscript(first, folder).session.dcmds()) {
        // The general ones need to run on one kernel only.
        if (module === undefined && kernel !== kernelModules[0]?.name) continue;
        for (const { line } of examples) {
          const complaints = dumps.map((dump) => complaint(dump, line));
          assert.ok(complaints.includes(undefined), `::${name}: ${line}: ${complaints.join('; ')}`);
        }
      }
    });

  it('runs every example of the verbs', function () {
    const opened = openNamedTarget('scenario illumos/ctxop-panic-run buggy');
    if ('reason' in opened) this.skip();
    for (const { name, examples } of verbHelp)
      for (const { line } of examples) assert.equal(complaint(opened.dump, line), undefined, name);
  });

  it('answers every habit with commands that exist', () => {
    for (const habit of habits) {
      for (const debuggerName of habitNames) assert.equal(typeof habit[debuggerName], 'string');
      for (const [, used = ''] of habit.mdb.matchAll(/::([a-z]\w*)/g))
        assert.ok(names.has(used), `${habit.mdb}: there is no ::${used}`);
    }
  });

  it('has macro aliases that are mdb', () => {
    for (const [name, line] of macroAliases) assert.equal(findFault(line), undefined, name);
  });

  it('has the version of the package', () => {
    const text = readFileSync(join(projectRoot, 'package.json'), 'utf8');
    assert.match(text, new RegExp(`"version": "${corewalkVersion}"`));
  });

  it('never prints its usage without the words that help', function () {
    const session = openSession(this);
    const rows = [...session.runPrompt('::walk')];
    assert.ok(rows.every((row) => row.isError));
    assert.deepEqual(rows.map(rowText), [
      'Usage: [address]::walk name [variable]',
      "mdb: try '::help walk' for more information",
    ]);
  });
});
