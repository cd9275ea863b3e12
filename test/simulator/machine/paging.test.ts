/** Page tables and the TLB: what a hit looks at, what a walk sets, what each instruction removes. */
import assert from 'node:assert/strict';
import type { Machine, TlbEntry } from '../../../simulator/machine/machine.ts';
import { hasGcc } from '../../support/c-program.ts';
import { results, runToEnd, smallKernel, variable } from '../../support/small-kernel.ts';

const flags = {
  valid: 1,
  writable: 2,
  user: 4,
  global: 8,
  dirty: 0x10,
  large: 0x20,
  huge: 0x40,
  noExecute: 0x80,
};

describe('machine paging', function () {
  this.timeout(60_000);
  before(function () {
    if (!hasGcc) this.skip();
  });

  it('sets accessed and dirty bits as it walks, in every level', () => {
    const machine = smallKernel(`void kmain(u64 cpu) {
      map(0x400000, new_page(), 3);
      RESULT(0, load((u64 *)0x400000));
      RESULT(1, *entry_of(0x400000, 0) & 0xfff);
      *(volatile u64 *)0x400008 = 5;
      RESULT(2, *entry_of(0x400000, 0) & 0xfff);
      RESULT(3, window(read_cr3())[0] & 0xfff);
      RESULT(4, *window(new_page()));
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 4), [0n, 0x23n, 0x63n, 0x27n]);
  });

  it('uses a hit without a look at the page tables, also for writing when it is dirty', () => {
    const machine = smallKernel(`void kmain(u64 cpu) {
      u64 page = new_page();
      volatile u64 *p = (u64 *)0x400000;
      map(0x400000, page, 3);
      *p = 1;
      *entry_of(0x400000, 0) = 0;
      *p = 0x41414141;
      RESULT(0, *window(page)); RESULT(1, *p);
      invlpg(0x400000);
      RESULT(2, TRY("mov (%0), %%rax", "r"(p)));
      RESULT(3, *entry_of(0x400000, 0));
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 4), [0x41414141n, 0x41414141n, 15n, 0n]);
  });

  it('walks again for the first write through a clean entry, and faults if the table says no', () => {
    const machine = smallKernel(`void kmain(u64 cpu) {
      u64 page = new_page(), other = new_page();
      volatile u64 *p = (u64 *)0x400000;
      map(0x400000, page, 3);
      RESULT(0, *p);
      *entry_of(0x400000, 0) = 0;
      RESULT(1, *p);
      RESULT(2, TRY("movq $7, (%0)", "r"(p)));
      RESULT(3, trapped[1]);
      RESULT(4, TRY("mov (%0), %%rax", "r"(p)));
      map(0x400000, page, 1);
      RESULT(5, *p);
      *entry_of(0x400000, 0) = other | 3;
      *p = 9;
      RESULT(6, *window(page)); RESULT(7, *window(other));
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 8), [0n, 0n, 15n, 2n, 15n, 0n, 0n, 9n]);
  });

  it('drops an entry that forbids a write and walks again: a page made writable needs no flush', () => {
    const machine = smallKernel(`void kmain(u64 cpu) {
      volatile u64 *p = (u64 *)0x400000;
      map(0x400000, new_page(), 1);
      RESULT(0, *p);
      RESULT(1, TRY("movq $7, (%0)", "r"(p)));
      RESULT(2, trapped[1]);
      *entry_of(0x400000, 0) |= 2;
      *p = 7;
      RESULT(3, *p);
      write_cr0(read_cr0() & ~0x10000ul);
      *entry_of(0x400000, 0) &= ~2ul;
      invlpg(0x400000);
      RESULT(4, TRY("movq $8, (%0)", "r"(p)));
      RESULT(5, *p);
      write_cr0(read_cr0() | 0x10000ul);
      invlpg(0x400000);
      RESULT(6, TRY("movq $9, (%0)", "r"(p)));
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 7), [0n, 15n, 3n, 7n, 0n, 8n, 15n]);
  });

  it('keeps global entries over a load of CR3 and drops them for INVLPG and for CR4.PGE', () => {
    const machine = smallKernel(`void kmain(u64 cpu) {
      u64 global = 0x400000, local = 0x401000;
      write_cr4(read_cr4() | 0x80);
      map(global, new_page(), 0x103); map(local, new_page(), 3);
      load((u64 *)global); load((u64 *)local);
      *entry_of(global, 0) = 0; *entry_of(local, 0) = 0;
      write_cr3(read_cr3());
      RESULT(0, TRY("mov (%0), %%rax", "r"(global)));
      RESULT(1, TRY("mov (%0), %%rax", "r"(local)));
      invlpg(global);
      RESULT(2, TRY("mov (%0), %%rax", "r"(global)));
      map(global, new_page(), 0x103);
      load((u64 *)global);
      *entry_of(global, 0) = 0;
      write_cr4(read_cr4() & ~0x80ul);
      RESULT(3, TRY("mov (%0), %%rax", "r"(global)));
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 4), [0n, 15n, 15n, 15n]);
    const { counters } = machine.hardware(0);
    assert.equal(counters.cr3Loads, 1n);
    assert.equal(counters.invlpgs, 1n);
    assert.equal(counters.pageFaults, 3n);
  });

  it('tags entries by PCID and keeps them when bit 63 of CR3 says so', () => {
    const machine = smallKernel(`void kmain(u64 cpu) {
      u64 root = read_cr3(), keep = 1ul << 63;
      volatile u64 *p = (u64 *)0x400000;
      write_cr4(read_cr4() | 0x20000);
      map(0x400000, new_page(), 3);
      write_cr3(root | 5);
      RESULT(0, *p);
      *entry_of(0x400000, 0) = 0;
      write_cr3(root | 6);
      RESULT(1, TRY("mov (%0), %%rax", "r"(p)));
      write_cr3(root | 5 | keep);
      RESULT(2, TRY("mov (%0), %%rax", "r"(p)));
      RESULT(3, read_cr3() == (root | 5));
      write_cr3(root | 5);
      RESULT(4, TRY("mov (%0), %%rax", "r"(p)));
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 5), [0n, 15n, 0n, 1n, 15n]);
  });

  it('shows entries with page size, rights and the CR3 that filled them', () => {
    const machine = smallKernel(
      `void kmain(u64 cpu) {
      map(0x400000, 0x2000000, 7 | 1ul << 63);
      *entry_of(0x40000000, 1) = 0x2200000 | 0x87;
      *entry_of(0x8000000000, 2) = 0x87;
      *(volatile u64 *)0x400123 = 1;
      *window(0x2211000) = 77; *window(0x12345000) = 88;
      RESULT(0, load((u64 *)0x40011000)); RESULT(1, load((u64 *)0x8012345000));
      RESULT(2, TRY("jmp *%0", "r"(0x400000ul)));
      RESULT(3, trapped[1]);
    }`,
      { memoryBytes: 1 << 30 },
    );
    runToEnd(machine);
    assert.deepEqual(results(machine, 4), [77n, 88n, 15n, 0x11n]);
    const entries = machine.hardware(0).tlb;
    const { valid, writable, user, dirty, large, huge } = flags;
    assert.deepEqual(
      find(entries, 0x400000n),
      undefined,
      'the fetch that NX forbids drops the entry',
    );
    const two = find(entries, 0x40000000n);
    assert.equal(two?.physicalAddress, 0x2200000n);
    assert.equal(two.flags, valid | writable | user | large);
    assert.equal(two.cr3, 0x1000n);
    const one = find(entries, 0x8000000000n);
    assert.equal(one?.flags, valid | writable | user | huge);
    const image = find(entries, 0xffffffff80000000n + 0x2200000n);
    assert.equal(image?.flags, valid | writable | dirty | large);
  });

  it('holds 64 entries and lets the oldest go', () => {
    const machine = smallKernel(`void kmain(u64 cpu) {
      for (u64 i = 0; i < 70; i++) map(0x400000 + i * 4096, new_page(), 3);
      for (u64 i = 0; i < 70; i++) load((u64 *)(0x400000 + i * 4096));
      for (u64 i = 0; i < 70; i++) *entry_of(0x400000 + i * 4096, 0) = 0;
      RESULT(0, TRY("mov (%0), %%rax", "r"(0x400000ul)));
      RESULT(1, TRY("mov (%0), %%rax", "r"(0x400000ul + 69 * 4096)));
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 2), [15n, 0n]);
    const entries = machine.hardware(0).tlb;
    assert.equal(entries.length, 64);
    const steps = entries.map((entry) => entry.fillStep);
    assert.deepEqual(
      steps,
      [...steps].sort((a, b) => (a < b ? -1 : 1)),
      'oldest first',
    );
  });

  it('reports protection, reserved bits, user and fetch in the error code', () => {
    const machine = smallKernel(`void kmain(u64 cpu) {
      map(0x400000, 1ul << 45, 3);
      RESULT(0, TRY("mov (%0), %%rax", "r"(0x400000ul))); RESULT(1, trapped[1]);
      RESULT(2, TRY("jmp *%0", "r"(0x500000ul))); RESULT(3, trapped[1]); RESULT(4, trapped[2]); RESULT(5, read_cr2());
      *entry_of(0x40000000, 1) = 0x2002000 | 0x83;
      RESULT(6, TRY("mov (%0), %%rax", "r"(0x40000000ul))); RESULT(7, trapped[1]);
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 8), [15n, 9n, 15n, 0x10n, 0x500000n, 0x500000n, 15n, 9n]);
  });

  it('reads and writes across a page border, and writes nothing when the second page is missing', () => {
    const machine = smallKernel(`void kmain(u64 cpu) {
      volatile u64 *p = (u64 *)0x400ffd;
      map(0x400000, new_page(), 3); map(0x401000, new_page(), 3);
      *p = 0x1122334455667788;
      RESULT(0, *p); RESULT(1, *(volatile u64 *)0x401000);
      *(volatile u32 *)0x400ffe = 0xaabbccdd;
      RESULT(2, *p);
      *entry_of(0x401000, 0) = 0; invlpg(0x401000);
      RESULT(3, TRY("movq $0, (%0)", "r"(p))); RESULT(4, read_cr2());
      RESULT(5, *(volatile u16 *)0x400ffd); RESULT(6, TRY("incl (%0)", "r"(0x400ffeul)));
      RESULT(7, *(volatile u16 *)0x400ffe);
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 8), [
      0x1122334455667788n,
      0x1122334455n,
      0x112233aabbccdd88n,
      15n,
      0x401000n,
      0xdd88n,
      15n,
      0xccddn,
    ]);
  });

  it('executes what was written over code, also across a page border and by another CPU', () => {
    const machine = smallKernel(
      `static volatile u64 go;
    void kmain(u64 cpu) {
      u64 (*code)(void) = (void *)0x400ffa;
      if (cpu == 1) {
        while (go != 1) pause();
        ((volatile u8 *)0x400fff)[0] = 0x22;
        ((volatile u8 *)0x401000)[0] = 0x33;
        go = 2;
        return;
      }
      map(0x400000, new_page(), 7); map(0x401000, new_page(), 7);
      static const u8 bytes[] = { 0x90, 0x90, 0x90, 0x90, 0xb8, 0x01, 0x02, 0x03, 0x04, 0xc3 };
      for (int i = 0; i < 10; i++) ((volatile u8 *)code)[i] = bytes[i];
      RESULT(0, code());
      RESULT(1, code());
      go = 1;
      while (go != 2) pause();
      RESULT(2, code());
      window(*entry_of(0x401000, 0) & 0xffffffffff000ul)[0] = 0xc3445566;
      RESULT(3, code());
    }`,
      { cpus: 2 },
    );
    while (!machine.stop) {
      for (const cpu of [0, 1]) machine.execute(cpu, 25);
      assert.ok(machine.steps < 200_000, 'ends');
    }
    assert.deepEqual(results(machine, 4), [0x04030201n, 0x04030201n, 0x04033322n, 0x44556622n]);
  });

  it('stops at a physical address that is no memory', () => {
    const machine = smallKernel(
      `void kmain(u64 cpu) { map(0x400000, 0x10000000, 3); load((u64 *)0x400000); }`,
    );
    machine.execute(0, 100_000);
    assert.equal(machine.stop?.reason, 'unsupported-access');
    assert.match(
      machine.stop.detail,
      /^physical address 10000000 is not memory at .*\(load\+|kmain\+/,
    );
  });

  it('translates for people by the tables and leaves no trace', () => {
    const machine = smallKernel(
      `u64 page; void kmain(u64 cpu) { page = new_page(); map(0x400000, page, 3); *window(page) = 5; }`,
    );
    runToEnd(machine);
    const before = machine.hardware(0).tlb;
    assert.equal(machine.translate(0, 0x400008n), variable(machine, 'page') + 8n);
    assert.equal(machine.translate(0, 0x500000n), undefined);
    assert.equal(machine.readVirtual(0, 0x400000n, 1)[0], 5);
    assert.throws(() => machine.readVirtual(0, 0x400ff8n, 16), /failed to read 8 bytes at 401000/);
    assert.throws(() => machine.readPhysical(0x3f00000n, 4), /3f00000/);
    assert.deepEqual(machine.hardware(0).tlb, before);
    assertPresent(machine, variable(machine, 'page'));
  });
});

function find(entries: readonly TlbEntry[], address: bigint): TlbEntry | undefined {
  return entries.find((entry) => entry.virtualAddress === address);
}

function assertPresent(machine: Machine, physical: bigint): void {
  const pages = machine.presentPages();
  assert.ok(pages.includes(physical));
  assert.ok(!pages.includes(0x3f00000n), 'untouched pages are absent');
  assert.deepEqual(
    pages,
    [...pages].sort((a, b) => (a < b ? -1 : 1)),
  );
}
