/** The line of illumos 12477, as it was typed, on a dump of each layout: in the engine, the command line and the debug console. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector, type Inspector } from '../../debug-adapter/inspector.ts';
import { builtPrograms } from '../support/built-programs.ts';
import { DapClient } from '../support/dap-client.ts';
import { cGrammar, mdbGrammar } from '../support/grammars.ts';
import { runCorewalk } from '../support/run-corewalk.ts';
import { sampleDump } from '../support/sample-dump.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';

const scenario = 'illumos/ctxop-panic-run';
const thread = 'fffffe5af5cc8040';
const line = `${thread}::print kthread_t t_ctx | ::list "struct ctxop" next | ::print "struct ctxop"`;

type Block = readonly (readonly [member: string, value: string])[];

/** What illumos 12477 shows: five operators, newest first. */
const seed: readonly Block[] = [
  block('vmm_savectx', 'vmm_restorectx', {
    arg: '0xfffffe008044e700',
    next: '0xfffffe5afd90e140',
    save_ts: '0x137e89ac2e8c',
    restore_ts: '0x137e89aca474',
  }),
  block('schedctl_save', 'schedctl_restore', {
    fork_op: 'schedctl_fork',
    arg: '0xfffffe007bd71160',
    next: '0xfffffe5b2f901a60',
    save_ts: '0x137e89ac4ae9',
    restore_ts: '0x137e89acc0ac',
  }),
  block('xsaveopt_ctxt', 'xrestore_ctxt', {
    fork_op: 'fp_new_lwp',
    lwp_create_op: 'fp_new_lwp',
    free_op: 'fp_free',
    arg: '0xfffffe5af5c6b840',
    next: '0xfffffe5b2f7dd050',
    save_ts: '0x137e89ac4d93',
    restore_ts: '0x137e89acc2dc',
  }),
  block('sep_save', 'sep_restore', {
    arg: '0xfffffe008044ef10',
    next: '0xfffffe5b2f8b2aa8',
    save_ts: '0x137e89ac51fc',
    restore_ts: '0x137e89acc5d0',
  }),
  block('lwp_segregs_save', 'lwp_segregs_restore', {
    arg: '0xfffffe5af5c6b840',
    next: '0',
    save_ts: '0x137e89ac54a5',
    restore_ts: '0x137e89acc82f',
  }),
];

/** Ticks from one operator's stamp to the next one's: what each cost. */
const saveTicks = [7261n, 682n, 1129n, 681n];
const restoreTicks = [7224n, 560n, 756n, 607n];

function block(save: string, restore: string, others: Readonly<Record<string, string>>): Block {
  const { arg = '', next = '', save_ts = '', restore_ts = '', ...operations } = others;
  return [
    ['save_op', save],
    ['restore_op', restore],
    ...['fork_op', 'lwp_create_op', 'exit_op', 'free_op'].map(
      (name) => [name, operations[name] ?? '0'] as const,
    ),
    ['arg', arg],
    ['next', next],
    ['save_ts', save_ts],
    ['restore_ts', restore_ts],
  ];
}

describe('the seed’s line', function () {
  this.timeout(60_000);

  for (const variant of ['buggy', 'fixed'] as const) {
    it(`is the same text in engine, command line and debug console (${variant})`, async () => {
      const text = run(variant, line).join('\n');
      const dump = sampleDump(scenario, variant);
      const { output, errors, status } = await runCorewalk(['-e', line, dump]);
      assert.deepEqual([output, errors, status], [`${text}\n`, '', 0]);
      const client = new DapClient(join(await builtPrograms(), 'adapter.cjs'));
      await client.open({ coreFile: dump });
      const { result } = await client.ask('evaluate', { expression: line, context: 'repl' });
      assert.equal(String(result).trimEnd(), text);
      assert.equal(await client.close(), 0);
    });

    it(`is what every other way to the list gives (${variant})`, () => {
      const text = run(variant, line);
      for (const other of [
        `${thread}::walk ctxop | ::print "struct ctxop"`,
        `${thread}::walk ctxop | ::print`,
        `${thread}::print kthread_t t_ctx | ::list struct ctxop next | ::print ctxop_t`,
      ])
        assert.deepEqual(run(variant, other), text, other);
    });
  }

  describe('on the old, NULL-terminated layout', () => {
    it('prints the seed, letter for letter', () => {
      assert.deepEqual(run('buggy', line), seed.flatMap(blockLines));
    });

    it('has stamps that ascend from head to tail, by what the operators cost', () => {
      const blocks = blocksOf(run('buggy', line));
      assert.deepEqual(steps(blocks, 'save_ts'), saveTicks);
      assert.deepEqual(steps(blocks, 'restore_ts'), restoreTicks);
    });

    it('is judged: both orders, and the operator that was overwritten', () => {
      const text = run('buggy', `${thread}::ctxop`);
      assert.equal(text[0], 'ctxop layout: singly linked, NULL-terminated (before 12477)');
      assert.deepEqual(ctxopColumns(text), {
        names: seed.map((each) => each[0]?.[1]),
        saves: [1, 2, 3, 4, 5],
        saveTicks: [...saveTicks.map(String), '-'],
        restores: [1, 2, 3, 4, 5],
        restoreTicks: [...restoreTicks.map(String), '-'],
      });
      assert.deepEqual(text.slice(-2), [
        'save order: most -> least recent (ok)',
        'restore order: most -> least recent (NOT stack order)',
      ]);
      const found = run('buggy', '::check').filter((each) => /^(BUG|ERROR|WARNING)/.test(each));
      assert.deepEqual(
        found.map((each) => each.replace(/^(\w+ +\w+) .*$/, '$1').replace(/ +/, ' ')),
        ['ERROR ctxop_order', 'ERROR fpu_owner', 'ERROR fpu_ts'],
      );
      assert.ok(
        found[0]?.endsWith(
          `thread ${thread}: vmm_restorectx restores before xrestore_ctxt (restore_ts delta 7784) although it was installed later; the older op then overwrites it`,
        ),
      );
    });

    it('started in the middle lists the older tail', () => {
      const middle = `fffffe5b2f901a60::list "struct ctxop" next | ::print "struct ctxop"`;
      assert.deepEqual(run('buggy', middle), seed.slice(2).flatMap(blockLines));
    });
  });

  describe('on the new, circular layout', () => {
    it('prints the same five once each, with a prev line after next', () => {
      const blocks = blocksOf(run('fixed', line));
      assert.equal(blocks.length, 5);
      for (const [index, each] of blocks.entries()) {
        const expected = seed[index] ?? [];
        const names = expected.map(([name]) => name);
        assert.deepEqual([...each.keys()], names.toSpliced(8, 0, 'prev'));
        for (const [name, value] of expected)
          if (name !== 'next' && name !== 'restore_ts') assert.equal(each.get(name), value, name);
      }
    });

    it('is a ring in both directions, from the newest to the oldest', () => {
      const blocks = blocksOf(run('fixed', line));
      const addresses = run('fixed', `${thread}::walk ctxop`);
      assert.equal(addresses.length, 5);
      const rotated = [...addresses.slice(1), ...addresses.slice(0, 1)];
      assert.deepEqual(
        blocks.map((each) => each.get('next')),
        rotated,
      );
      const back = [...addresses.slice(-1), ...addresses.slice(0, -1)];
      assert.deepEqual(
        blocks.map((each) => each.get('prev')),
        back,
      );
    });

    it('was saved from head to tail and restored from tail to head', () => {
      const blocks = blocksOf(run('fixed', line));
      assert.deepEqual(steps(blocks, 'save_ts'), saveTicks);
      for (const step of steps(blocks, 'restore_ts')) assert.ok(step < 0n, String(step));
      const text = run('fixed', `${thread}::ctxop`);
      assert.equal(text[0], 'ctxop layout: circular, doubly linked (illumos 12477 or later)');
      const { saves, restores } = ctxopColumns(text);
      assert.deepEqual(
        [saves, restores],
        [
          [1, 2, 3, 4, 5],
          [5, 4, 3, 2, 1],
        ],
      );
      assert.deepEqual(text.slice(-2), [
        'save order: most -> least recent (ok)',
        'restore order: least -> most recent (stack order, ok)',
      ]);
    });

    it('has nothing that a checker finds', () => {
      const [only, ...others] = run('fixed', '::check');
      assert.match(only ?? '', /^no problems found: ctxop_layout ctxop_list ctxop_order /);
      assert.deepEqual(others, []);
    });

    it('started in the middle lists all five, rotated', () => {
      const addresses = run('fixed', `${thread}::walk ctxop`);
      const rotated = [...addresses.slice(2), ...addresses.slice(0, 2)];
      const listed = run('fixed', `${addresses[2] ?? ''}::list "struct ctxop" next`);
      // `::list` tells bare numbers, `::walk` those that C takes.
      assert.deepEqual(
        listed.map((each) => `0x${each}`),
        rotated,
      );
    });
  });
});

const inspectors = new Map<string, Inspector>();

function inspect(variant: string): Inspector {
  const known = inspectors.get(variant);
  if (known) return known;
  const target = simulatedTarget(scenario, variant);
  const inspector = createInspector(target, { grammar: mdbGrammar, cGrammar });
  inspectors.set(variant, inspector);
  return inspector;
}

function run(variant: string, text: string): string[] {
  const inspector = inspect(variant);
  const lines = [...inspector.execute(text)].map(rowText);
  assert.equal(inspector.lastStatus, 'ok', lines.join('\n'));
  return lines;
}

function blockLines(members: Block): string[] {
  return ['{', ...members.map(([name, value]) => `    ${name} = ${value}`), '}'];
}

/** Printed structures, member by member. */
function blocksOf(text: readonly string[]): Map<string, string>[] {
  const blocks: Map<string, string>[] = [];
  let current = new Map<string, string>();
  for (const each of text) {
    if (each === '{') blocks.push((current = new Map()));
    const [, name, value] = /^ {4}(\w+) = (.*)$/.exec(each) ?? [];
    if (name !== undefined && value !== undefined) current.set(name, value);
    else assert.match(each, /^[{}]$/);
  }
  return blocks;
}

function steps(blocks: readonly ReadonlyMap<string, string>[], member: string): bigint[] {
  const stamps = blocks.map((each) => BigInt(each.get(member) ?? ''));
  return stamps.slice(1).map((stamp, index) => stamp - (stamps[index] ?? 0n));
}

function ctxopColumns(text: readonly string[]): {
  names: string[];
  saves: number[];
  saveTicks: string[];
  restores: number[];
  restoreTicks: string[];
} {
  const rows = text.slice(2, -2).map((each) => each.trim().split(/ +/));
  const column = (index: number): string[] => rows.map((row) => row[index] ?? '');
  return {
    names: column(1),
    saves: column(3).map(Number),
    saveTicks: column(4),
    restores: column(5).map(Number),
    restoreTicks: column(6),
  };
}
