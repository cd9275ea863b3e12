/** Symbol tables: mdb's rules for names and addresses, and what nm says of a program of gcc. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { bytesSource } from '../../../dump-format/byte-source.ts';
import { openDump } from '../../../dump-format/open-dump.ts';
import type { SymbolTable } from '../../../dump-format/symbols.ts';
import { buildElf, symbolSections, type TestSymbol } from '../elf-builder.ts';
import { buildKernel, hasTool, temporaryDirectory } from '../kernel-fixture.ts';

const text = 0xfffffffffb800000n;

function open(symbols: readonly TestSymbol[], order: 'little' | 'big' = 'little'): SymbolTable {
  const sections = symbolSections(symbols, order);
  return openDump(bytesSource(buildElf({ order, sections }), 'unix')).symbols;
}

function checkNearest(
  symbols: readonly TestSymbol[],
  address: bigint,
  name: string | undefined,
): void {
  for (const order of [symbols, symbols.toReversed()])
    assert.equal(open(order).nearestBelow(address)?.name, name, address.toString(16));
}

describe('symbols by address', () => {
  const panic = { name: 'panic', value: text + 0x100n, size: 0x20n };
  const swtch = { name: 'swtch', value: text + 0x200n, size: 0x80n };

  it('are the closest at or below', () => {
    const symbols = [panic, swtch];
    checkNearest(symbols, text + 0xffn, undefined);
    checkNearest(symbols, text + 0x100n, 'panic');
    checkNearest(symbols, text + 0x1ffn, 'panic');
    checkNearest(symbols, text + 0x200n, 'swtch');
    checkNearest(symbols, -1n, 'swtch');
  });

  it('prefer, at one address, a size, then a type, then not weak, then the name', () => {
    const at = text + 0x100n;
    const weak = { name: 'a', value: at, binding: 2, size: 4n };
    const untyped = { name: 'b', value: at, type: 0, size: 4n };
    const unsized = { name: 'c', value: at };
    const late = { name: 'z', value: at, size: 4n };
    const early = { name: 'm', value: at, size: 4n };
    checkNearest([weak, untyped, unsized, late, early], at, 'm');
    checkNearest([weak, untyped, unsized], at, 'a');
    checkNearest([untyped, unsized], at, 'b');
    checkNearest([unsized, { ...unsized, name: 'd', type: 0 }], at, 'c');
  });

  it('leave out what names no place: locals without size, 0, undefined, files, sections, thread-local', () => {
    const at = text + 0x150n;
    checkNearest(
      [
        panic,
        { name: '.L1', value: at, binding: 0 },
        { name: 'undefined', value: at, section: 0 },
        { name: 'ctxop.c', value: at, type: 4, binding: 0, size: 1n },
        { name: '.text', value: at, type: 3, binding: 0, size: 1n },
        { name: 'errno', value: at, type: 6, size: 4n },
        { name: '', value: at, size: 4n },
        { name: 'zero', value: 0n, size: 4n },
      ],
      at + 1n,
      'panic',
    );
    checkNearest([panic, { name: 'local', value: at, binding: 0, size: 2n }], at, 'local');
  });
});

describe('symbols by name', () => {
  it('are the first definition, a global before a local one', () => {
    const symbols = open([
      { name: 'twice', value: 1n, binding: 0, type: 1 },
      { name: 'twice', value: 2n, binding: 0 },
      { name: 'cpu', value: 3n, binding: 0 },
      { name: 'cpu', value: 4n, section: 0 },
      { name: 'cpu', value: 5n },
      { name: 'cpu', value: 6n },
    ]);
    assert.equal(symbols.byName('twice')?.address, 1n);
    assert.equal(symbols.byName('cpu')?.address, 5n);
    assert.equal(symbols.byName('nothing'), undefined);
    assert.equal(symbols.byName(''), undefined);
  });

  it('complete a prefix, sorted, each once, up to the limit', () => {
    const names = ['swtch_to', 'swtch', 'swap', 'svc', 'swtch'];
    const symbols = open(names.map((name, index) => ({ name, value: BigInt(index + 1) })));
    assert.deepEqual(symbols.withPrefix('sw', 10), ['swap', 'swtch', 'swtch_to']);
    assert.deepEqual(symbols.withPrefix('sw', 2), ['swap', 'swtch']);
    assert.deepEqual(symbols.withPrefix('x', 10), []);
    assert.deepEqual(symbols.withPrefix('', 10).length, 4);
  });

  it('come in table order, in either byte order of the file', () => {
    const list = [
      { name: 'b', value: text, size: 8n, type: 1, binding: 2, section: 7 },
      { name: 'a', value: 5n, section: 0xfff1 },
    ];
    for (const order of ['little', 'big'] as const)
      assert.deepEqual(
        [...open(list, order).all()],
        [
          { name: 'b', address: text, size: 8n, type: 'object', binding: 'weak', sectionIndex: 7 },
          {
            name: 'a',
            address: 5n,
            size: 0n,
            type: 'function',
            binding: 'global',
            sectionIndex: 0xfff1,
          },
        ],
      );
  });
});

describe('symbols of damaged files', () => {
  it('are none where the table is not in the file, and the dump says so', () => {
    const sections = symbolSections([{ name: 'panic', value: text }]);
    const [table, strings] = sections;
    assert.ok(table && strings);
    const dump = openDump(
      bytesSource(buildElf({ sections: [{ ...table, size: 4800 }, strings] }), 'unix'),
    );
    assert.equal(dump.symbols.byName('panic'), undefined);
    assert.equal(dump.symbols.nearestBelow(text), undefined);
    assert.deepEqual(dump.warnings, [
      { severity: 'error', text: 'unix: .symtab: need 4800 bytes, have 344 at offset 0x40' },
    ]);
  });

  it('have no names where st_name is outside the strings', () => {
    const [table, strings] = symbolSections([{ name: 'panic', value: text, size: 1n }]);
    assert.ok(table && strings);
    const bytes = Uint8Array.of(0);
    const symbols = openDump(
      bytesSource(buildElf({ sections: [table, { ...strings, bytes }] }), 'unix'),
    ).symbols;
    assert.deepEqual(
      [...symbols.all()].map(({ name }) => name),
      [''],
    );
    assert.equal(symbols.nearestBelow(text), undefined);
  });
});

describe('symbols of gcc', () => {
  it('are those that nm lists', function () {
    if (!hasTool('gcc') || !hasTool('nm')) return this.skip();
    const path = buildKernel(temporaryDirectory());
    const symbols = openDump(bytesSource(readFileSync(path), 'unix')).symbols;
    const lines = execFileSync('nm', ['-S', path], { encoding: 'utf8' }).trim().split('\n');
    let sized = 0;
    for (const line of lines) {
      const [, address, size, , name] = /^(\S{16}) (?:(\S{16}) )?(\S) (\S+)$/.exec(line) ?? [];
      assert.ok(address && name, line);
      assert.equal(symbols.byName(name)?.address, BigInt(`0x${address}`), line);
      if (!size) continue;
      sized++;
      assert.equal(symbols.byName(name)?.size, BigInt(`0x${size}`), line);
      assert.equal(symbols.nearestBelow(BigInt(`0x${address}`) + 1n)?.name, name, line);
    }
    assert.ok(sized >= 10);
  });
});
