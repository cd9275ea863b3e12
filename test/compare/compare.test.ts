/** Two dumps of one kernel: what differs by type and member, what is folded, and what is not said. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  compareDumps,
  type ObjectDifference,
  type Side,
} from '../../debug-adapter/compare/compare.ts';
import { noiseOf } from '../../debug-adapter/compare/noise.ts';
import { comparisonRows } from '../../debug-adapter/compare/rows.ts';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector } from '../../debug-adapter/inspector.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { buildProgram, hasGcc } from '../support/c-program.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';

function side(path: string, variant: string): Side {
  const { target, session } = createInspector(simulatedTarget(path, variant), {
    grammar: mdbGrammar,
  });
  return { target, walkers: [...session.walkers()] };
}

function compare(path: string, first: string, second: string): readonly ObjectDifference[] {
  return [...compareDumps(side(path, first), side(path, second))];
}

/** `path: left right` of what is told. */
function told(objects: readonly ObjectDifference[], name: string): readonly string[] {
  const object = objects.find((each) => each.name === name);
  return (object?.members ?? [])
    .filter(({ noise }) => noise === undefined)
    .map(({ path, left, right }) => `${path}: ${left} ${right}`);
}

describe('compare', function () {
  this.timeout(60_000);

  it('finds nothing between a dump and itself', () => {
    for (const path of ['kvm/kv01-hcall-gpr3', 'akaros/vmcs-kill', 'dragonfly/df01-stale-tlb'])
      assert.deepEqual(compare(path, 'buggy', 'buggy'), []);
  });

  it('shows what a reset has lost, by member: KV-01 buggy against its fix', () => {
    const objects = compare('kvm/kv01-hcall-gpr3', 'buggy', 'reenter');
    assert.deepEqual(told(objects, 'vcpu 0'), [
      'arch.gpr[3]: 0 0x1ffe0000',
      'arch.gpr[4]: 0x1f3ffe80 0',
      'arch.gpr[5]: 0xc000000000e5f000 0',
      'arch.gpr[9]: 0x80000010 0',
      'arch.gpr[14]: 0 0xd00dfeed',
      'arch.pc: 0x118 0x124',
      'arch.cr: 0x80000000 0x20000000',
    ]);
    const run = objects.find(({ name }) => name.endsWith('->kvm_run') || name === 'vcpu 0->run');
    assert.deepEqual(
      run?.members.map(({ path }) => path),
      ['exit_reason'],
    );
    assert.deepEqual(
      told(objects, 'vcpu 1'),
      [],
      'the other vCPU has counters that differ at most',
    );
    assert.match(
      told(objects, 'dump_reason')[0] ?? '',
      /^: "guest 0 stuck .*" "guest 0 has booted/,
    );
  });

  it('matches builds by name: a function that moved is the same function, and so is an object that moved', () => {
    const objects = compare('illumos/ctxop-panic-run', 'buggy', 'fixed');
    // The fix turns the list of context operators into a ring with a link back.
    const chain = objects.filter(({ name }) => /^thread \d+->t_ctx/.test(name));
    assert.equal(chain.length, 1, 'links before the last lead to partners');
    const [last] = chain;
    assert.notEqual(last?.left, last?.right);
    assert.match(told(objects, last?.name ?? '').join(), /^next: 0 thread \d+->t_ctx [0-9a-f]+$/);
    assert.deepEqual(told(objects, 'trap_type'), [], 'texts are compared, not where they are');
  });

  it('lists an object that one dump alone has', () => {
    const objects = compare('akaros/vmcs-kill', 'buggy', 'fixed');
    const guest = objects.find(({ name }) => name === 'gpc 0');
    assert.ok(guest?.left !== undefined);
    assert.equal(guest.right, undefined);
    assert.deepEqual(guest.members, []);
  });

  it('folds stamps, counters, registers and hardware, and shows them on request', () => {
    const objects = compare('kvm/kv01-hcall-gpr3', 'buggy', 'reenter');
    const lines = (showsNoise: boolean): readonly string[] =>
      [...comparisonRows(objects, { showsNoise })].map(rowText);
    assert.match(
      lines(false).at(-1) ?? '',
      /^\d+ objects differ in \d+ members; folded: \d+ counter, \d+ register, \d+ hardware|folded: /,
    );
    assert.ok(!lines(false).some((line) => line.startsWith('sim_')));
    assert.ok(lines(true).some((line) => line.startsWith('sim_cpu ')));
    assert.doesNotMatch(lines(true).at(-1) ?? '', /folded/);
    assert.ok(lines(true).length > lines(false).length);
  });

  it('knows noise by its name, and never calls a reference count so', () => {
    const cases: readonly (readonly [string, string, string | undefined, string | undefined])[] = [
      ['sim_cpu', '[0].tsc', undefined, 'hardware'],
      ['vcpu 0', 'stat.guest_insns', undefined, 'counter'],
      ['thread 1', 't_start', 'hrtime_t', 'stamp'],
      ['thread 1', 't_when', 'hrtime_t', 'stamp'],
      ['panic_time', '', undefined, 'stamp'],
      ['proc 0', 'p_kref.refcount', undefined, undefined],
      ['vmspace 0', 'vm_refcnt', undefined, undefined],
      ['vm_object 0', 'generation', undefined, undefined],
      ['vcpu 0', 'arch.gpr[3]', undefined, undefined],
      ['lock', 'count_of_holders', undefined, undefined],
    ];
    for (const [object, path, type, expected] of cases)
      assert.equal(noiseOf(object, path, type), expected, `${object} ${path}`);
  });
});

const program = `
#define A(first, second) (SIDE == 1 ? (first) : (second))
struct flags { unsigned low : 3, high : 5; };
union both { struct { int kind, code; } pair; long word; };
struct node { struct node *next; int id; };
struct hidden { int value; };
struct node nodes[3] = {{nodes + 1, 7}, {nodes + A(2, 0), A(8, 9)}, {0, 9}};
struct flags flags = {3, A(4, 5)};
union both both = {{1, A(2, 3)}};
struct hidden inside = {A(10, 11)};
struct hidden *pointer = &inside;
const char *word = A("one", "two");
char *padding = A("xx", "yyyy");
const char *same = "same";
char text[16] = "text";
long panic_time = A(100, 200);
int other(void) { return 1; }
int main(void) { return 0; }
int (*function)(void) = A(main, other);
`;

describe('compare, of programs', function () {
  this.timeout(60_000);
  let objects: readonly ObjectDifference[] = [];
  before(function () {
    if (!hasGcc) this.skip();
    const [left, right] = [1, 2].map((number) => {
      const path = buildProgram(`compare-${number}`, `#define SIDE ${number}\n${program}`);
      const target = openTarget(openDump(bytesSource(new Uint8Array(readFileSync(path)), path)));
      return { target, walkers: [] };
    });
    assert.ok(left && right);
    objects = [...compareDumps(left, right)];
  });

  it('tells the members of arrays, bit-fields, texts and functions', () => {
    assert.deepEqual(told(objects, 'nodes'), ['[1].next: nodes+0x20 nodes', '[1].id: 0x8 0x9']);
    assert.deepEqual(told(objects, 'flags'), ['high: 0x4 0x5']);
    assert.deepEqual(told(objects, 'word'), [': "one" "two"']);
    assert.deepEqual(told(objects, 'function'), [': main other']);
    assert.deepEqual(told(objects, 'inside'), ['value: 0xa 0xb']);
  });

  it('tells each byte of a union once', () => {
    assert.deepEqual(told(objects, 'both'), ['pair.code: 0x2 0x3']);
  });

  it('says nothing of what is equal, and of a stamp only why', () => {
    const names = objects.map(({ name }) => name);
    for (const name of ['same', 'text', 'pointer', '*pointer'])
      assert.ok(!names.includes(name), name);
    const stamp = objects.find(({ name }) => name === 'panic_time');
    assert.deepEqual(
      stamp?.members.map(({ noise }) => noise),
      ['stamp'],
    );
  });
});
