/** Debug information larger than what is asked of it: a question reads the sections that it needs, and no other. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openElf } from '../../dump-format/elf/elf.ts';
import { openFile } from '../../dump-format/file-source.ts';
import { frameCount, writeLargeCore } from '../../scripts/bench/scale/large-core.ts';
import { namesOf, writeLargeProgram } from '../../scripts/bench/scale/large-program.ts';
import { hasTool, temporaryDirectory } from '../dump-format/kernel-fixture.ts';
import { openCounted } from './counted-dump.ts';

const mebibyte = 2 ** 20;

describe('megabytes of debug information', function () {
  this.timeout(60_000);
  let path: string;
  let unitCount: number;
  let debugBytes: number;
  before(function () {
    if (!hasTool('gcc')) this.skip();
    const folder = temporaryDirectory();
    const program = writeLargeProgram(folder, 8 * mebibyte);
    ({ unitCount, debugBytes } = program);
    path = join(folder, 'vmcore');
    writeLargeCore(path, program.path, unitCount);
  });

  /** Bytes of a section in the dump. */
  const sizeOf = (name: string): number => {
    const file = openElf(openFile(path));
    const { size = 0 } = file.section(name) ?? {};
    file.source.close();
    return size;
  };

  it('is left alone by a status and by a symbol', () => {
    assert.ok(debugBytes >= 8 * mebibyte && unitCount >= 7);
    const { lines, bytesRead, dump } = openCounted(path);
    assert.match(lines('::status').join('\n'), /types from debug information/);
    const { function: name } = namesOf(unitCount - 1);
    assert.match(lines(`${name}::nm`).at(-1) ?? '', new RegExp(`${name}$`));
    const symbols = sizeOf('.symtab') + sizeOf('.strtab');
    const looked = sizeOf('.debug_info') + sizeOf('.debug_abbrev') + sizeOf('.debug_str');
    assert.ok(bytesRead() < symbols + looked + mebibyte);
    dump.close();
  });

  it('gives a type of its last unit without lines, locations and frames', () => {
    const { lines, bytesRead, dump } = openCounted(path);
    const { struct } = namesOf(unitCount - 1);
    assert.match(lines(`::print -at "${struct}"`)[1] ?? '', /unsigned long count|ulong_t count/);
    const needed = ['.debug_info', '.debug_abbrev', '.debug_str', '.debug_line_str'];
    const bound = needed.reduce((sum, name) => sum + sizeOf(name), mebibyte);
    assert.ok(bound < debugBytes, 'less than all of it');
    assert.ok(bytesRead() < bound);
    assert.match(lines('::sizeof "struct nosuch"').join(), /failed to look up type/);
    assert.ok(bytesRead() < mebibyte, 'what was read is kept');
    dump.close();
  });

  it('gives a stack through several units, each frame with its function and line', () => {
    const { lines, dump } = openCounted(path);
    const stack = lines('$c');
    assert.equal(stack.length, frameCount);
    assert.match(stack[0] ?? '', new RegExp(`^${namesOf(unitCount - 1).function}\\(`));
    const frames = [...dump.cpus].map(({ registers }) => registers.get('rip') ?? 0n);
    const line = dump.debugInfo?.lineAt(frames[0] ?? 0n);
    assert.equal(line?.file, '/src/unit.c');
    const declared = dump.debugInfo?.functionNamed(namesOf(unitCount - 1).function)?.declaredAt;
    // gdb says the same: the first instruction is of the body, a line below the name.
    assert.equal(line?.line, (declared?.line ?? 0) + 1);
    assert.deepEqual(dump.warnings, []);
    dump.close();
  });

  it('keeps the names of units apart, and lists all of them', () => {
    const { count, lines, dump } = openCounted(path);
    for (const unit of [0, 1, unitCount - 1]) {
      const { struct, variable } = namesOf(unit);
      assert.match(lines(`::sizeof "${struct}"`)[0] ?? '', / = 0x[0-9a-f]+$/);
      assert.equal(dump.debugInfo?.variable(variable)?.name, variable);
    }
    assert.equal(count('::typelist record_u0001_39').rows, 11);
    dump.close();
  });
});
