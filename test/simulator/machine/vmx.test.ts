/** VMX: outcomes of the instructions, entry and exit, what VMCLEAR does to memory, what INVEPT is for. */
import assert from 'node:assert/strict';
import type { Machine } from '../../../simulator/machine/machine.ts';
import { hasGcc } from '../../support/c-program.ts';
import { results, runToEnd, smallKernel, variable } from '../../support/small-kernel.ts';

function kernel(c: string): Machine {
  return smallKernel(`#include "vmx.h"\n${c}`);
}

describe('machine VMX', function () {
  this.timeout(60_000);
  before(function () {
    if (!hasGcc) this.skip();
  });

  it('refuses with #UD outside VMX, VMfailInvalid without a VMCS, and error numbers with one', () => {
    const machine = kernel(`void kmain(u64 cpu) {
      u64 region = new_page(), a = new_page(), revision = rdmsr(0x480) & 0x7fffffff;
      RESULT(0, TRY("vmclear (%0)", "r"(&vmx_operand)));
      RESULT(1, TRY("vmxon (%0)", "r"(&vmx_operand)));
      write_cr4(read_cr4() | 0x2000);
      RESULT(2, vmxon(region));
      *(u32 *)window(region) = revision;
      RESULT(3, vmxon(region + 8)); RESULT(4, vmxon(region)); RESULT(5, vmxon(region));
      RESULT(6, vmptrst()); RESULT(7, vmwrite(0x681e, 1)); RESULT(8, vm_enter(0)); RESULT(9, vmptrld(a));
      *(u32 *)window(a) = revision;
      RESULT(10, vmclear(a)); RESULT(11, vmptrld(a)); RESULT(12, vmptrst() == a);
      RESULT(13, vmwrite(0x681e, 0x1234)); RESULT(14, vmread(0x681e));
      RESULT(15, vmwrite(0x7777, 1)); RESULT(16, vmread(0x4400));
      RESULT(17, vmwrite(0x4402, 1)); RESULT(18, vmread(0x4400));
      RESULT(19, vmptrld(region)); RESULT(20, vmread(0x4400));
      RESULT(21, vmptrld(new_page())); RESULT(22, vmread(0x4400));
      RESULT(23, vmclear(a + 4)); RESULT(24, vmread(0x4400));
      RESULT(25, vm_enter(1)); RESULT(26, vmread(0x4400));
      RESULT(27, vm_enter(0)); RESULT(28, vmread(0x4400));
      RESULT(29, invept(1, 0)); RESULT(30, vmread(0x4400));
      RESULT(31, invept(2, 0)); RESULT(32, invvpid(1, 0)); RESULT(33, invvpid(2, 0));
      RESULT(34, vmxon(region)); RESULT(35, vmread(0x4400));
      RESULT(36, vmclear(a)); RESULT(37, vmptrst());
      RESULT(38, TRY("vmxoff", "r"(0))); RESULT(39, TRY("vmxoff", "r"(0)));
    }`);
    runToEnd(machine);
    const none = '0xffffffffffffffff';
    const expected =
      `7 7 1 1 0 1 ${none} 1 1 1 0 0 1 0 0x1234 2 12 2 13 2 10 2 11 2 2 2 5 2 8 ` +
      `2 28 0 2 0 2 15 0 ${none} 0 7`;
    assert.deepEqual(results(machine, 40), expected.split(' ').map(BigInt));
  });

  it('runs a guest, leaves it for CPUID, VMCALL and HLT, and sets TS by HOST_CR0', () => {
    const machine = kernel(`
    static void guest(void) {
      RESULT(0, read_cr0() & 8);
      __asm__ volatile("cpuid; mov $5, %%ebx; vmcall; mov $6, %%ebx; hlt; ud2" ::: "rax", "rbx", "rcx", "rdx");
    }
    void kmain(u64 cpu) {
      prepare_guest(guest, 0);
      RESULT(1, vm_enter(0)); RESULT(2, vmread(0x4402)); RESULT(3, vmread(0x440c)); RESULT(4, read_cr0() & 8);
      __asm__ volatile("clts"); RESULT(5, read_cr0() & 8);
      RESULT(6, vm_enter(0)); RESULT(7, vmread(0x4400));
      skip_instruction(); RESULT(8, vm_enter(1)); RESULT(9, vmread(0x4402));
      RESULT(10, *(u8 *)vmread(0x681e));
      skip_instruction(); RESULT(11, vm_enter(1)); RESULT(12, vmread(0x4402)); RESULT(13, read_cr0() & 8);
      RESULT(14, vmread(0x6820) & 0x202); vmclear(vmcs); vmptrld(vmcs); RESULT(15, vmread(0x4402));
      skip_instruction(); vmwrite(0x4004, 1 << 6); RESULT(16, vm_enter(1)); RESULT(17, vmread(0x4400));
      RESULT(18, vm_enter(0)); RESULT(19, vmread(0x4402)); RESULT(20, vmread(0x4404));
    }`);
    runToEnd(machine);
    const expected = [
      0, 0, 10, 2, 8, 0, 2, 4, 0, 18, 0x0f, 0, 12, 8, 2, 12, 2, 5, 0, 0, 0x80000306,
    ];
    assert.deepEqual(results(machine, 21), expected.map(BigInt));
    const { vmx, vmcss } = machine.hardware(0);
    assert.equal(vmx.isOn, true);
    assert.equal(vmx.isInGuest, false);
    assert.equal(vmx.last.op, 4);
    assert.equal(vmcss.length, 1);
    assert.equal(vmcss[0]?.isLaunched, true);
    assert.equal(vmcss[0]?.fields.get(0x4404), 0x80000306n);
  });

  it('leaves the guest for an external interrupt, which then waits for the host', () => {
    const machine = kernel(`
    static volatile u64 turns, taken;
    static void guest(void) { for (;;) turns++; }
    void on_trap(struct frame *frame) { taken = frame->vector; wrmsr(0x80b, 0); }
    void kmain(u64 cpu) {
      wrmsr(0x80f, 0x1ff);
      prepare_guest(guest, 0);
      vmwrite(0x4000, 0x17);
      RESULT(0, vm_enter(0)); RESULT(1, vmread(0x4402)); RESULT(2, taken); RESULT(3, turns > 10);
      __asm__ volatile("sti; nop; cli"); RESULT(4, taken);
      vmwrite(0x400c, vmread(0x400c) | 0x8000);
      RESULT(5, vm_enter(1)); RESULT(6, vmread(0x4402)); RESULT(7, vmread(0x4404));
      __asm__ volatile("sti; nop; cli"); RESULT(8, taken);
    }`);
    for (const vector of [0x55, 0x56]) {
      assert.equal(machine.execute(0, 20_000), 'budget');
      assert.equal(machine.hardware(0).vmx.isInGuest, true);
      machine.interrupt(0, vector);
    }
    runToEnd(machine);
    assert.deepEqual(results(machine, 9), [0, 1, 0, 1, 0x55, 0, 1, 0x80000056, 0x55].map(BigInt));
  });

  it('runs under EPT, leaves for a violation, and keeps stale translations until INVEPT', () => {
    const machine = kernel(
      `
    static u64 calls;
    static void guest(void) {
      for (;;) { u64 v = load((u64 *)0x400000); RESULT(20 + calls++, v); __asm__ volatile("vmcall"); }
    }
    void kmain(u64 cpu) {
      u64 a = 0x3000000, b = 0x3200000;
      map(0x400000, a, 3);
      *window(a) = 0x11; *window(b) = 0x22;
      prepare_guest(guest, 0x22);
      u64 *directory = window(window(window(ept & ~0xffful)[0] & ~0xffful)[0] & ~0xffful);
      RESULT(0, vm_enter(0)); RESULT(1, vmread(0x4402)); RESULT(2, vmread(0x6400)); skip_instruction();
      directory[a >> 21] = b | 0xb7;
      vm_enter(1); RESULT(3, vmread(0x4402)); skip_instruction();
      RESULT(4, invept(1, ept));
      vm_enter(1); RESULT(5, vmread(0x4402)); skip_instruction();
      directory[a >> 21] = 0; invept(2, 0);
      vm_enter(1); RESULT(6, vmread(0x4402)); RESULT(7, vmread(0x2400)); RESULT(8, vmread(0x640a)); RESULT(9, vmread(0x6400));
      RESULT(10, vmptrst() == vmcs);
      RESULT(11, ((u8 *)vmread(0x681e))[1] == 0x8b);
    }`,
    );
    runToEnd(machine);
    assert.deepEqual(
      results(machine, 12),
      [0, 18, 0, 18, 0, 18, 48, 0x3000000, 0x400000, 0x181, 1, 1].map(BigInt),
    );
    assert.deepEqual(results(machine, 23).slice(20), [0x11n, 0x11n, 0x22n]);
    assert.ok(machine.hardware(0).vmx.eptTags.length <= 1);
    assert.equal(variable(machine, 'trapped', 7), 0n);
  });

  it('writes the VMCS into its page at VMCLEAR, even when the page is something else by then', () => {
    const machine = kernel(`
    static void guest(void) { __asm__ volatile("hlt"); }
    u64 operand[2];
    void kmain(u64 cpu) {
      prepare_guest(guest, 2);
      vm_enter(0);
      for (int i = 1; i < 512; i++) window(vmcs)[i] = 0x41;
      RESULT(0, window(vmcs)[100]);
      RESULT(1, vmclear(vmcs));
      RESULT(2, window(vmcs)[100] == 0x41); RESULT(3, window(vmcs)[500]);
      RESULT(4, invept(1, operand[0])); RESULT(5, vmptrst());
      __asm__ volatile("lea operand(%%rip), %%rax; mov $1, %%ecx; stc; invept (%%rax), %%rcx; ja 1f; ud2; 1:" ::: "rax", "rcx");
    }
    void on_trap(struct frame *frame) { RESULT(6, frame->vector); RESULT(7, frame->rflags & 0x8d5); RESULT(8, *(u16 *)frame->rip); end(0); }`);
    runToEnd(machine);
    assert.deepEqual(
      results(machine, 9),
      [0x41, 0, 0, 0x41, 1, 0xffffffffffffffffn, 6, 1, 0x0b0f].map(BigInt),
    );
    const { vmx } = machine.hardware(0);
    assert.equal(vmx.last.op, 6);
    assert.equal(vmx.last.result, 1);
    assert.deepEqual(vmx.last.operands, [1n, 0n]);
    assert.equal(vmx.currentVmcs, 0xffffffffffffffffn);
  });

  it('gives the host the bits of CR0 and CR4 that it masks', () => {
    const machine = kernel(`
    static void guest(void) {
      RESULT(0, read_cr0() & 8); RESULT(1, read_cr4() & 0x2000);
      __asm__ volatile("clts");
      write_cr0(read_cr0() | 2);
      write_cr0(read_cr0() & ~0x20ul);
      __asm__ volatile("hlt");
    }
    void kmain(u64 cpu) {
      prepare_guest(guest, 0);
      vmwrite(0x6800, read_cr0() | 8); vmwrite(0x6000, 0x28); vmwrite(0x6004, 0x20); vmwrite(0x6002, 0x2000); vmwrite(0x6006, 0);
      RESULT(2, vm_enter(0)); RESULT(3, vmread(0x4402)); RESULT(4, vmread(0x6400) & 0x3f); RESULT(5, vmread(0x6800) & 0xa);
      vmwrite(0x6004, 0x28); skip_instruction(); vm_enter(1); RESULT(6, vmread(0x4402));
      vmwrite(0x681e, (u64)guest); vm_enter(1); RESULT(7, vmread(0x4402)); RESULT(8, vmread(0x6400) & 0x3f);
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 9), [8, 0, 0, 28, 0, 0xa, 12, 28, 0x20].map(BigInt));
  });

  it('flushes the shared TLB at entry and exit, and leaves a triple fault to the host', () => {
    const machine = kernel(`
    static void guest(void) { volatile u64 *p = (u64 *)0x400000; *p = 2; __asm__ volatile("vmcall; ud2"); }
    void kmain(u64 cpu) {
      map(0x400000, new_page(), 3);
      *(volatile u64 *)0x400000 = 1;
      prepare_guest(guest, 0);
      vm_enter(0);
      *entry_of(0x400000, 0) = 0;
      RESULT(0, TRY("mov (%0), %%rax", "r"(0x400000ul)));
      vmwrite(0x4812, 0);
      skip_instruction(); vm_enter(1);
      RESULT(1, vmread(0x4402)); RESULT(2, *(u16 *)vmread(0x681e));
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 3), [15n, 2n, 0x0b0fn]);
  });
});
