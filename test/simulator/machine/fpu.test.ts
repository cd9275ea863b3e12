/** FPU state: what saving and restoring move, when #NM is raised, what the register file shows. */
import assert from 'node:assert/strict';
import { hasGcc } from '../../support/c-program.ts';
import { results, runToEnd, smallKernel, variable } from '../../support/small-kernel.ts';

const helpers = `
static u8 area[1024] __attribute__((aligned(64))), other[1024] __attribute__((aligned(64)));
static const u64 pattern[4] = { 0x484f535400000001, 0x484f535400000002, 0x484f535400000003, 0x484f535400000004 };
#define LOAD(n, p) __asm__ volatile("movdqu %0, %%xmm" #n :: "m"(*(const u64 (*)[2])(p)))
#define STORE(n, p) __asm__ volatile("movdqu %%xmm" #n ", %0" : "=m"(*(u64 (*)[2])(p)))
#define XSAVE(name, p, bits) __asm__ volatile(name " %0" : "+m"(*(u8 (*)[1024])(p)) : "a"((u32)(bits)), "d"(0) : "memory")
static u64 word(const u8 *p, int at) { return *(const u64 *)(p + at); }
static void set_ts(void) { write_cr0(read_cr0() | 8); }
static void clts(void) { __asm__ volatile("clts"); }
`;

describe('machine FPU', function () {
  this.timeout(60_000);
  before(function () {
    if (!hasGcc) this.skip();
  });

  it('moves data between vector registers, general registers and memory', () => {
    const machine = smallKernel(`${helpers}
    void kmain(u64 cpu) {
      u64 a, v[2], w[4];
      LOAD(3, pattern);
      __asm__ volatile("movq %%xmm3, %0" : "=r"(a)); RESULT(0, a);
      __asm__ volatile("movd %%xmm3, %k0" : "=r"(a)); RESULT(1, (u32)a);
      __asm__ volatile("movaps %xmm3, %xmm9");
      STORE(9, v); RESULT(2, v[1]);
      __asm__ volatile("movq %0, %%xmm9" :: "r"(7ul)); STORE(9, v); RESULT(3, v[0]); RESULT(4, v[1]);
      __asm__ volatile("pxor %xmm3, %xmm3"); STORE(3, v); RESULT(5, v[0] | v[1]);
      __asm__ volatile("vmovdqu %1, %%ymm4; vmovdqu %%ymm4, %0" : "=m"(w) : "m"(pattern)); RESULT(6, w[3]);
      __asm__ volatile("vmovdqu %1, %%xmm4; vmovdqu %%ymm4, %0" : "=m"(w) : "m"(pattern)); RESULT(7, w[1]); RESULT(8, w[2] | w[3]);
      RESULT(9, TRY("movaps (%0), %%xmm0", "r"((char *)area + 8)));
      RESULT(10, TRY("movups (%0), %%xmm0", "r"((char *)area + 8)));
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 11), [
      0x484f535400000001n,
      1n,
      0x484f535400000002n,
      7n,
      0n,
      0n,
      0x484f535400000004n,
      0x484f535400000002n,
      0n,
      14n,
      0n,
    ]);
  });

  it('raises #NM for FPU, SSE and XSAVE instructions while CR0.TS is set, until CLTS', () => {
    const machine = smallKernel(`${helpers}
    void kmain(u64 cpu) {
      set_ts();
      RESULT(0, TRY("movdqu (%0), %%xmm0", "r"(area)));
      RESULT(1, TRY("fxsave64 (%0)", "r"(area)));
      RESULT(2, TRY("fninit", "r"(0)));
      RESULT(3, TRY("xor %%edx, %%edx; xsaveopt (%0)", "r"(area)));
      RESULT(4, TRY("xor %%edx, %%edx; xrstor (%0)", "r"(area)));
      RESULT(5, TRY("ldmxcsr (%0)", "r"(area)));
      RESULT(6, TRY("fwait", "r"(0)));
      RESULT(7, trapped[0]);
      clts();
      RESULT(8, TRY("fninit; movdqu (%0), %%xmm0; fwait", "r"(area)));
      RESULT(9, read_cr0() & 8);
      write_cr4(read_cr4() & ~0x40000ul);
      RESULT(10, TRY("xor %%edx, %%edx; xsaveopt (%0)", "r"(area)));
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 11), [8n, 8n, 8n, 8n, 8n, 8n, 8n, 7n, 0n, 0n, 7n]);
  });

  it('saves and restores by FXSAVE and FXRSTOR, AVX aside', () => {
    const machine = smallKernel(`${helpers}
    void kmain(u64 cpu) {
      u64 v[2]; u32 mxcsr = 0x1fa0; u16 fcw = 0x27f;
      LOAD(15, pattern);
      __asm__ volatile("ldmxcsr %0; fldcw %1" :: "m"(mxcsr), "m"(fcw));
      area[416] = 0xee;
      __asm__ volatile("fxsave64 %0" : "+m"(area));
      RESULT(0, word(area, 0) & 0xffff); RESULT(1, word(area, 24)); RESULT(2, word(area, 400)); RESULT(3, area[416]);
      __asm__ volatile("pxor %xmm15, %xmm15; fninit");
      mxcsr = 0x1f80; __asm__ volatile("ldmxcsr %0" :: "m"(mxcsr));
      __asm__ volatile("fxrstor64 %0" :: "m"(area));
      STORE(15, v); RESULT(4, v[1]);
      __asm__ volatile("stmxcsr %0; fnstcw %1" : "=m"(mxcsr), "=m"(fcw)); RESULT(5, mxcsr); RESULT(6, fcw);
      RESULT(7, TRY("fxsave64 (%0)", "r"(area + 8)));
      *(u32 *)(area + 24) = 0x10000;
      RESULT(8, TRY("fxrstor64 (%0)", "r"(area)));
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 9), [
      0x27fn,
      0xffff00001fa0n,
      0x484f535400000001n,
      0xeen,
      0x484f535400000002n,
      0x1fa0n,
      0x27fn,
      14n,
      14n,
    ]);
  });

  it('saves and restores components by XSAVE and XRSTOR as XCR0 and the mask allow', () => {
    const machine = smallKernel(
      `${helpers}
    void kmain(u64 cpu) {
      u64 w[4];
      __asm__ volatile("vmovdqu %0, %%ymm2" :: "m"(pattern));
      XSAVE("xsave64", area, 7);
      RESULT(0, word(area, 512)); RESULT(1, word(area, 160 + 32)); RESULT(2, word(area, 576 + 40));
      XSAVE("xsaveopt64", other, 2);
      RESULT(3, word(other, 512)); RESULT(4, word(other, 160 + 40)); RESULT(5, word(other, 576 + 40)); RESULT(6, word(other, 0));
      __asm__ volatile("vzeroupper; pxor %xmm2, %xmm2");
      XSAVE("xrstor64", area, 4);
      __asm__ volatile("vmovdqu %%ymm2, %0" : "=m"(w)); RESULT(7, w[0]); RESULT(8, w[3]);
      XSAVE("xrstor64", area, 7);
      __asm__ volatile("vmovdqu %%ymm2, %0" : "=m"(w)); RESULT(9, w[0]); RESULT(10, w[3]);
      *(u64 *)(area + 512) = 3;
      XSAVE("xrstor64", area, 7);
      __asm__ volatile("vmovdqu %%ymm2, %0" : "=m"(w)); RESULT(11, w[0]); RESULT(12, w[3]);
      __asm__ volatile("xsetbv" :: "a"(3), "d"(0), "c"(0));
      *(u64 *)(area + 512) = 7;
      RESULT(13, TRY("mov $7, %%eax; xor %%edx, %%edx; xrstor64 (%0)", "r"(area)));
      XSAVE("xsavec64", other, 7);
      RESULT(14, word(other, 512)); RESULT(15, word(other, 520));
      RESULT(16, TRY("vzeroupper", "r"(0)));
      RESULT(17, TRY("mov $4, %%eax; xor %%edx, %%edx; xor %%ecx, %%ecx; xsetbv", "r"(0) : "rcx"));
    }`.replace(' : "rcx"', ''),
    );
    runToEnd(machine);
    assert.deepEqual(results(machine, 18), [
      7n,
      0x484f535400000001n,
      0x484f535400000004n,
      2n,
      0x484f535400000002n,
      0n,
      0n,
      0n,
      0x484f535400000004n,
      0x484f535400000001n,
      0x484f535400000004n,
      0x484f535400000001n,
      0n,
      14n,
      3n,
      0x8000000000000003n,
      7n,
      14n,
    ]);
  });

  it('shows the register file to whoever takes a dump', () => {
    const machine = smallKernel(`${helpers} u64 where = (u64)area;
    void kmain(u64 cpu) {
      LOAD(0, pattern);
      __asm__ volatile("vmovdqu %0, %%ymm14" :: "m"(pattern));
      __asm__ volatile("fxsave64 %0" : "+m"(area));
    }`);
    runToEnd(machine);
    const { fxsave, ymmHigh } = machine.hardware(0);
    const area = machine.readVirtual(0, variable(machine, 'where'), 416);
    assert.deepEqual(fxsave.subarray(0, 416), area);
    assert.equal(Buffer.from(fxsave).readBigUInt64LE(160), 0x484f535400000001n);
    assert.equal(Buffer.from(ymmHigh).readBigUInt64LE(14 * 16 + 8), 0x484f535400000004n);
  });

  it('faults on a save area half in a missing page before anything is written', () => {
    const machine = smallKernel(`${helpers}
    void kmain(u64 cpu) {
      map(0x400000, new_page(), 3);
      LOAD(0, pattern);
      RESULT(0, TRY("mov $7, %%eax; xor %%edx, %%edx; xsave64 (%0)", "r"(0x400dc0ul)));
      RESULT(1, read_cr2());
      RESULT(2, *(u64 *)(0x400dc0 + 160));
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 3), [15n, 0x401000n, 0n]);
  });
});
