/** Values: every scalar of every global against gdb; one-line text; what damaged types and memory do. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { strip, type CType, type RecordType } from '../../dump-format/ctype.ts';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import type { Value } from '../../debug-adapter/target/value.ts';
import { valueAt, valueOfBytes } from '../../debug-adapter/target/typed-value.ts';
import { spaceOf } from '../../debug-adapter/target/locals.ts';
import { printValue } from '../../debug-adapter/print/print.ts';
import { defaultStyle, nestingLimit, type PrintStyle } from '../../debug-adapter/print/style.ts';
import { lineTextLimit, valueText } from '../../debug-adapter/print/value-text.ts';
import { buildProgram, hasGcc } from '../support/c-program.ts';
import { projectRoot } from '../support/grammars.ts';
import { openNamedTarget } from '../support/targets.ts';

interface Leaf {
  /** As gdb reads it. */
  readonly path: string;
  readonly value: Value;
}

/** Every integer, enum and pointer in a value; anonymous members are looked through, as in C. */
function* leaves(value: Value, path: string): Generator<Leaf> {
  const type = strip(value.type);
  switch (type.kind) {
    case 'struct':
    case 'union':
      for (const member of type.members)
        yield* leaves(
          value.field(member),
          member.name === undefined ? path : `${path}.${member.name}`,
        );
      return;
    case 'array':
      for (let index = 0; index < (type.count ?? 0); index++)
        yield* leaves(value.index(BigInt(index)), `${path}[${index}]`);
      return;
    case 'base':
      if (type.encoding !== 'float') yield { path, value };
      return;
    case 'pointer':
    case 'enum':
      yield { path, value };
  }
}

describe('values agree with gdb', function () {
  this.timeout(60_000);
  for (const program of ['anon', 'bitfields', 'lists', 'simproc']) {
    it(program, function () {
      const opened = openNamedTarget(`program ${program}`);
      if ('reason' in opened || spawnSync('gdb', ['--version']).status !== 0) this.skip();
      const target = openTarget(opened.dump);
      const all: Leaf[] = [];
      for (const symbol of opened.dump.symbols.all()) {
        if (symbol.type === 'object' && target.hasGlobal(symbol.name))
          all.push(...leaves(target.global(symbol.name), symbol.name));
      }
      assert.ok(all.length > 20);
      const printed = askGdb(
        opened.dump.name,
        all.map(({ path }) => path),
      );
      for (const [index, { path, value }] of all.entries())
        assert.equal(BigInt.asIntN(64, value.signed()).toString(), printed[index], path);
    });
  }
});

/** Each expression as a decimal number. */
function askGdb(file: string, paths: readonly string[]): readonly string[] {
  const commands = paths.flatMap((path) => ['-ex', `printf "%ld\\n", (long)(${path})`]);
  const run = spawnSync('gdb', ['-q', '-nx', '-batch', ...commands, file], { encoding: 'utf8' });
  return run.stdout.trim().split('\n');
}

describe('layouts agree with gdb', function () {
  this.timeout(60_000);
  it('offsets and sizes of every member', function () {
    if (!hasGcc || spawnSync('gdb', ['--version']).status !== 0) this.skip();
    const source = readFileSync(join(projectRoot, 'test/programs/simproc.c'), 'utf8');
    const opened = openNamedTarget('program simproc');
    if ('reason' in opened) this.skip();
    const target = openTarget(opened.dump);
    const record = strip(target.type('simproc_t'));
    assert.ok(record.kind === 'struct');
    const members = record.members.flatMap((member) => (member.bitField ? [] : [member]));
    const paths = members.flatMap(({ name = '' }) => [
      `&((simproc_t *)0)->${name}`,
      `sizeof(((simproc_t *)0)->${name})`,
    ]);
    const printed = askGdb(buildProgram('layout', source), paths);
    for (const [index, { name, offset, type }] of members.entries()) {
      assert.equal(String(offset), printed[index * 2], name);
      assert.equal(String(type.size), printed[index * 2 + 1], name);
    }
  });
});

describe('values on one line', () => {
  let target: Target;

  before(function () {
    const opened = openNamedTarget('program lists');
    if ('reason' in opened) this.skip();
    target = openTarget(opened.dump);
  });

  const text = (name: string, style?: PrintStyle, limit?: number): string =>
    valueText(target, target.global(name), style, limit);

  it('show structs, arrays, text and numbers', () => {
    assert.equal(text('one'), '{next = two, value = 0x1, name = "one"}');
    assert.equal(text('numbers'), '[0x1, 0x2, 0x30, 0]');
    assert.equal(text('numbers', { ...defaultStyle, integers: 'decimal' }), '[1, 2, 0t48, 0]');
    assert.equal(text('message'), '0x500000 "a message"');
    assert.equal(
      text('newline'),
      `['t', 'w', 'o', '\\n', 'l', 'i', 'n', 'e', 's', '\\0', '\\0', '\\0']`,
    );
    assert.equal(text('flags'), '0x41 (F_{A|C})');
    assert.equal(text('tiny'), '+3.9829317e-60');
  });

  it('are cut where they get long', () => {
    assert.match(text('big'), /^\[0x1, 0x2, 0x3, 0(, 0)+, \.\.\.\]$/);
    assert.ok(text('big').length < lineTextLimit + 16);
    assert.equal(text('one', defaultStyle, 4), '{next = two, ...}');
    assert.equal(text('numbers', { ...defaultStyle, arrayElementLimit: 2 }), '[0x1, 0x2, ...]');
  });

  it('say what is absent in its place', () => {
    const node = target.type('node_t');
    const absent = target.value(node, 0x1000n);
    assert.equal(
      valueText(target, absent),
      '{next = <no mapping for address 1000>, value = <no mapping for address 1008>, name = <no mapping for address 100c>}',
    );
  });

  it('escape what could drive a terminal', () => {
    const type: CType = { kind: 'array', element: character, count: 8, size: 8 };
    const bytes = Uint8Array.from([0x61, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0, 0]);
    const shown = valueText(target, valueOfBytes(spaceOf(target), type, bytes));
    assert.doesNotMatch(shown, /\p{Cc}/u);
    assert.match(shown, /'\\033'/);
  });
});

const character: CType = { kind: 'base', name: 'char', size: 1, encoding: 'signed-char' };

describe('printing ends', () => {
  let target: Target;

  before(function () {
    const opened = openNamedTarget('program lists');
    if ('reason' in opened) this.skip();
    target = openTarget(opened.dump);
  });

  const lines = (type: CType, style: Partial<PrintStyle> = {}, limit = 1000): string[] => {
    const value = valueAt(spaceOf(target), type, target.symbolAddress('big'));
    const job = { target, style: { ...defaultStyle, ...style }, hasValues: true };
    const found: string[] = [];
    for (const row of printValue(job, value)) {
      found.push(rowText(row));
      if (found.length >= limit) break;
    }
    return found;
  };

  it('on a struct that contains itself', () => {
    const members: RecordType['members'][number][] = [];
    const loop: RecordType = {
      kind: 'struct',
      name: 'loop',
      size: 8,
      members,
      isDeclaration: false,
    };
    members.push({ name: 'self', type: loop, offset: 0 });
    const found = lines(loop);
    assert.equal(found.filter((line) => line.endsWith('{')).length, nestingLimit);
    assert.match(found[nestingLimit] ?? '', /self = \{ \.\.\. \}$/);
  });

  it('on an array of arrays without end', () => {
    let type: CType = character;
    for (let depth = 0; depth < 200; depth++)
      type = { kind: 'array', element: type, count: 1, size: 1 };
    const found = lines(type);
    assert.ok(found.length <= nestingLimit * 2 + 1);
    assert.match(found.join('\n'), /\[ \.\.\. \]/);
  });

  it('on an array of more elements than there is memory', () => {
    const huge: CType = { kind: 'array', element: character, count: 2 ** 40, size: 2 ** 40 };
    assert.match(lines(huge, { stringLimit: 16 }).join('\n'), /\.\.\. \]$/);
    assert.throws(() => lines(huge, { stringLimit: undefined }), /at most \d+ are read at once/);
  });

  it('line by line where nobody set a limit', () => {
    const long: CType = { kind: 'base', name: 'long', size: 8, encoding: 'signed' };
    const huge: CType = { kind: 'array', element: long, count: 2 ** 30, size: 2 ** 33 };
    assert.equal(lines(huge, { arrayElementLimit: undefined }, 3).length, 3);
  });

  it('on types without size, and of a size that no integer has', () => {
    const nothing: CType = {
      kind: 'struct',
      name: 'nothing',
      size: 0,
      members: [],
      isDeclaration: false,
    };
    assert.deepEqual(lines(nothing), ['{', '}']);
    assert.deepEqual(lines({ ...nothing, isDeclaration: true }), [
      '; <forward declaration of struct nothing>',
    ]);
    const flexible: CType = { kind: 'array', element: character, count: undefined, size: 0 };
    assert.deepEqual(lines(flexible), ['[ ... ]']);
    const wide: CType = { kind: 'base', name: '__int128', size: 16, encoding: 'signed' };
    assert.deepEqual(lines(wide), ['0x20000000000000001']);
    const odd: CType = { kind: 'base', name: 'float24', size: 3, encoding: 'float' };
    assert.match(lines(odd)[0] ?? '', /unsupported FP format/);
  });
});
