/** A core that we did not write, of a program with inlined calls and hostile strings: frames, locals and values as gdb has them. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtPrograms } from '../support/built-programs.ts';
import { buildProgram, hasGcc } from '../support/c-program.ts';
import { DapClient } from '../support/dap-client.ts';
import { lists, type Item } from './items.ts';

const source = `
struct node {
  struct node *next;
  int id;
  union { long both; struct { int low, high; }; };
  unsigned three : 3, five : 5;
  char name[16];
  int numbers[3000];
};
struct node nodes[4];
static inline __attribute__((always_inline)) int twice(struct node *node, int number) {
  int product = number * 2;
  if (product > 2) __builtin_trap();
  return product + node->id;
}
int deep(struct node *node, int level) {
  int sum = level + node->id;
  if (level == 0) return twice(node, 5);
  return deep(node->next, level - 1) + sum;
}
int main(void) {
  for (int i = 0; i < 4; i++) {
    nodes[i].next = &nodes[(i + 1) % 4];
    nodes[i].id = i;
    nodes[i].high = -i;
    nodes[i].three = i;
    nodes[i].name[0] = 27;
    nodes[i].name[1] = '[';
    nodes[i].name[2] = '3' + i;
    nodes[i].name[3] = 'm';
    nodes[i].numbers[2999] = i;
  }
  return deep(nodes, 3);
}
`;

const hasGdb = spawnSync('gdb', ['--version']).status === 0;

describe('dap on a core of gdb', () => {
  let folder = '';
  let client: DapClient;
  let backtrace = '';

  before(async function () {
    if (!hasGcc || !hasGdb) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'corewalk-core-'));
    const program = buildProgram('core', source);
    const coreFile = join(folder, 'core');
    const steps = ['run', 'bt', `generate-core-file ${coreFile}`].flatMap((step) => ['-ex', step]);
    backtrace = execFileSync('gdb', ['-nx', '-q', '-batch', ...steps, program], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    client = new DapClient(join(await builtPrograms(), 'adapter.cjs'));
    const initialize = { supportsVariableType: true, supportsMemoryReferences: true };
    await client.open({ coreFile, program }, initialize);
  });
  after(async () => {
    if (folder === '') return;
    assert.equal(await client.close(), 0);
    rmSync(folder, { recursive: true });
  });

  const frames = async (): Promise<Item[]> =>
    lists(await client.ask('stackTrace', { threadId: 1 }), 'stackFrames');
  const children = async (variablesReference: unknown, more: object = {}): Promise<Item[]> =>
    lists(await client.ask('variables', { variablesReference, ...more }), 'variables');
  const scopeOf = async (frameId: unknown, name: string): Promise<Item[]> => {
    const scopes = lists(await client.ask('scopes', { frameId }), 'scopes');
    const scope = scopes.find((each) => each['name'] === name);
    assert.ok(scope, `${name} among the scopes`);
    return children(scope['variablesReference']);
  };

  it('shows the frames of gdb, inlined calls among them, with its lines', async () => {
    const theirs = [...backtrace.matchAll(/^#[0-9]+ .*?(\w+) \(.*\) at .*:([0-9]+)$/gm)].map(
      ([, name, line]) => [name, Number(line)],
    );
    assert.deepEqual(theirs[0]?.[0], 'twice');
    const ours = (await frames()).map(({ name, line }) => [name, line]);
    assert.deepEqual(ours.slice(0, theirs.length), theirs);
  });

  it('gives an inlined call its own variables, and the frame around it its own', async () => {
    const [inner, outer] = await frames();
    const names = async (frame: Item | undefined, scope: string): Promise<unknown[]> =>
      (await scopeOf(frame?.['id'], scope)).map(({ name }) => name).sort();
    assert.deepEqual(await names(inner, 'Arguments'), ['node', 'number']);
    assert.deepEqual(await names(inner, 'Locals'), ['product']);
    assert.deepEqual(await names(outer, 'Arguments'), ['level', 'node']);
    assert.deepEqual(await names(outer, 'Locals'), ['sum']);
  });

  it('looks through anonymous members, and keeps what a string holds from the terminal', async () => {
    const [inner] = await frames();
    const [node] = (await scopeOf(inner?.['id'], 'Arguments')).filter(
      ({ name }) => name === 'node',
    );
    const members = await children(node?.['variablesReference']);
    const names = members.map(({ name }) => name);
    assert.deepEqual(names.slice(0, 6), ['next', 'id', 'both', 'low', 'high', 'three']);
    const value = (name: string): unknown =>
      members.find((each) => each['name'] === name)?.['value'];
    assert.equal(value('three'), '0x3');
    assert.match(String(value('name')), /^\['\\033', '\[', '6', 'm'/);
  });

  it('cuts an array for a client that asks for all of it, and says so', async () => {
    const expression = 'nodes[1].numbers';
    const { variablesReference, indexedVariables } = await client.ask('evaluate', {
      expression,
      context: 'watch',
    });
    assert.equal(indexedVariables, 3000);
    const all = await children(variablesReference);
    assert.equal(all.length, 1001);
    assert.deepEqual(
      [all.at(-1)?.['name'], all.at(-1)?.['value']],
      ['…', '2000 more: ask for them by page'],
    );
    const [last] = await children(variablesReference, { filter: 'indexed', start: 2999, count: 1 });
    assert.deepEqual([last?.['name'], last?.['value']], ['[2999]', '0x1']);
  });
});
