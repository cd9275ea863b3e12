/** A damaged dump at the doors: what can be shown is shown, each request has one answer, and every warning is told. */
import assert from 'node:assert/strict';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openElf } from '../../dump-format/elf/elf.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { commandLine, openDoors, throughAdapter, throughCommandLine } from '../fuzz/doors.ts';
import { guard } from '../fuzz/guard.ts';
import { tinyDump } from '../fuzz/tiny-dump.ts';

describe('a damaged dump at the doors', () => {
  let unguard: () => void;

  before(async () => {
    await openDoors();
    unguard = guard();
  });
  after(() => unguard());

  it('whose pointer to a CPU leads nowhere opens in an editor, and launch is answered once', async () => {
    const answers = await throughAdapter(withPointer('cpu', 0xffn), [
      { command: 'threads' },
      { command: 'corewalk/summary' },
      { command: 'stackTrace', arguments: { threadId: 1 } },
    ]);
    const of = (command: string): Record<string, unknown>[] =>
      answers
        .map(({ json }): Record<string, unknown> => JSON.parse(json))
        .filter((message) => message['command'] === command);
    assert.equal(of('launch').length, 1);
    for (const command of ['launch', 'threads', 'corewalk/summary', 'stackTrace'])
      assert.equal(of(command)[0]?.['success'], true, command);
    assert.match(JSON.stringify(of('threads')[0]), /"name":"CPU 0"/);
  });

  it('whose thread list leads nowhere does not pass a checker that could not read it', async () => {
    const bytes = withPointer('t0', 0xffn);
    for (const words of [['check'], ['-S', '-e', '::check']]) {
      const { output } = await commandLine(bytes, words);
      assert.match(output, /ctxop_list.*could not be finished: failed to read/);
      assert.doesNotMatch(output, /no problems found/);
    }
  });

  it('whose lines are damaged says so on the command line, when a line meets it', async () => {
    const sound = tinyDump();
    const lines = openElf(bytesSource(sound, 'vmcore')).section('.debug_line');
    assert.ok(lines);
    const bytes = Uint8Array.from(sound).fill(0x80, lines.offset + 4, lines.offset + 30);
    const { status, errors } = await throughCommandLine(bytes, ['::status', '$C']);
    assert.equal(status, 1);
    assert.match(errors, /^corewalk: .*\.debug_line/m);
    assert.equal(errors.match(/\.debug_line/g)?.length, 1, errors);
    const check = await commandLine(bytes, ['check']);
    assert.equal(check.status, 3);
  });

  /** The dump with another value in a global pointer. */
  function withPointer(name: string, value: bigint): Uint8Array {
    const bytes = tinyDump();
    const { symbols, segments } = openDump(bytesSource(bytes, 'vmcore'));
    const address = symbols.byName(name)?.address ?? 0n;
    for (const { virtualAddress, size, fileOffset } of segments) {
      if (virtualAddress === undefined || address < virtualAddress) continue;
      if (address >= virtualAddress + size) continue;
      const offset = fileOffset + Number(address - virtualAddress);
      new DataView(bytes.buffer).setBigUint64(offset, value, true);
      return bytes;
    }
    throw new Error(`${name} is in no segment`);
  }
});
