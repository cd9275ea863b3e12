/** What an editor is shown of a dump (DAP) is what gdb shows: frames with lines, registers, arguments and locals. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isItem, lists, type Item } from '../dap/items.ts';
import { builtPrograms } from '../support/built-programs.ts';
import { DapClient } from '../support/dap-client.ts';
import { backtraces, listedNames, printed } from '../support/gdb-values.ts';
import { gdbSession, hasGdb, withDumpFiles } from '../support/gdb.ts';
import { sampleDump } from '../support/sample-dump.ts';

const registerNames = ['rax', 'rbx', 'rdi', 'rsp', 'rbp', 'rip', 'r8', 'r15'];

describe('gdb agrees with the editor', function () {
  this.timeout(60_000);
  before(function () {
    if (!hasGdb) this.skip();
  });

  for (const [path, variant] of [
    ['illumos/ctxop-panic-run', 'buggy'],
    ['illumos/ctxop-panic-switch', 'buggy'],
  ] as const)
    it(`on the first thread of ${path} ${variant}`, async () => {
      const coreFile = sampleDump(path, variant);
      const ask = (commands: readonly string[]): readonly string[] =>
        withDumpFiles(readFileSync(coreFile), (files) => gdbSession(files, commands).answers);
      const [text = '', ...registers] = ask([
        'thread apply 1 bt',
        ...registerNames.map((name) => `p/x $${name}`),
      ]);
      const [theirs = assert.fail()] = [...backtraces(text).values()];

      const client = new DapClient(join(await builtPrograms(), 'adapter.cjs'));
      const { body: stopped } = await client.open({ coreFile }, { supportsVariableType: true });
      const threadId = stopped['threadId'];
      const frames = lists(await client.ask('stackTrace', { threadId }), 'stackFrames');
      assert.deepEqual(
        frames.map(({ name, source, line }) => [name, placeOf(source, line)]),
        theirs.map(({ name, place }) => [name, place]),
      );
      assert.deepEqual(
        await scopeOf(client, frames[0], 'Registers', registerNames),
        new Map(
          registerNames.map((name, index) => [name, hexadecimal(printed(registers[index] ?? ''))]),
        ),
      );

      const names = ask(theirs.flatMap((_, level) => questionsAt(level))).map(listedNames);
      const shown: string[][] = [];
      for (const [level, frame] of frames.entries())
        for (const [scope, inGdb] of [
          ['Arguments', names[level * 3 + 1] ?? []],
          ['Locals', names[level * 3 + 2] ?? []],
        ] as const) {
          const variables = await scopeOf(client, frame, scope, inGdb);
          const what = `${scope} of ${String(frame['name'])}`;
          assert.deepEqual([...variables.keys()].toSorted(), inGdb.toSorted(), what);
          for (const [name, value] of variables)
            if (value.startsWith('0x')) shown.push([`frame ${level}`, `p/x ${name}`, value]);
        }
      const values = ask(shown.flatMap(([frame = '', print = '']) => [frame, print]));
      assert.deepEqual(
        shown.map(([, , value]) => value),
        shown.map((_, index) => hexadecimal(printed(values[index * 2 + 1] ?? ''))),
      );
      assert.ok(shown.length > 20, `${shown.length} variables`);
      assert.equal(await client.close(), 0);
    });
});

function questionsAt(level: number): readonly string[] {
  return [`frame ${level}`, 'info args', 'info locals'];
}

/** One way to write a number; what is none stays as it is. */
function hexadecimal(text: string): string {
  return /^(0x[0-9a-f]+|\d+)$/.test(text) ? `0x${BigInt(text).toString(16)}` : text;
}

function placeOf(source: unknown, line: unknown): string | undefined {
  return isItem(source) ? `${String(source['path'])}:${String(line)}` : undefined;
}

/** Variables of a scope, in gdb's hexadecimal; of registers, those that are named. */
async function scopeOf(
  client: DapClient,
  frame: Item | undefined,
  scopeName: string,
  wanted: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const scopes = lists(await client.ask('scopes', { frameId: frame?.['id'] }), 'scopes');
  const scope = scopes.find(({ name }) => name === scopeName);
  if (!scope) return new Map();
  const { variablesReference } = scope;
  const body = await client.ask('variables', { variablesReference, format: { hex: true } });
  const all = lists(body, 'variables').map(
    ({ name, value }) => [String(name), hexadecimal(String(value).split(' ')[0] ?? '')] as const,
  );
  return new Map(scopeName === 'Registers' ? all.filter(([name]) => wanted.includes(name)) : all);
}
