/** Exceptions, interrupts and privilege, by small kernels in C. */
import assert from 'node:assert/strict';
import { hasGcc } from '../../support/c-program.ts';
import {
  addressOf,
  result,
  results,
  runToEnd,
  smallKernel,
  trapped,
  variable,
} from '../../support/small-kernel.ts';

describe('machine exceptions', function () {
  this.timeout(60_000);
  before(function () {
    if (!hasGcc) this.skip();
  });

  it('delivers each fault with its vector, error code, rip of the instruction and RF set', () => {
    const machine = smallKernel(
      `void kmain(u64 cpu) {
      RESULT(0, TRY("ud2", "r"(0ul)));
      RESULT(1, trapped[4] >> 16 & 1);
      RESULT(2, TRY("xor %%edx, %%edx; mov $1, %%eax; div %0", "r"(0)));
      RESULT(3, TRY("mov (%0), %%rax", "r"(0x400000ul)));
      RESULT(4, trapped[1]); RESULT(5, trapped[3]);
      RESULT(6, TRY("movq $1, (%0)", "r"(0x400008ul)));
      RESULT(7, trapped[1]);
      RESULT(8, TRY("mov (%0), %%rax", "r"(0x8000000000000000ul)));
      RESULT(9, trapped[1]);
      RESULT(10, TRY("int3", "r"(0)));
      RESULT(11, trapped[4] >> 16 & 1);
      RESULT(12, TRY("int $0x80", "r"(0)));
      RESULT(13, TRY("mov %0, %%ds", "r"(0x58)));
      RESULT(14, trapped[1]);
      RESULT(15, TRY("lock; mov %%rax, (%0)", "r"(&results[63])));
      RESULT(16, TRY("mov %%rbp, %%rdx; mov %0, %%rbp; lea 2f(%%rip), %%rax; mov %%rax, resume_at(%%rip); mov 8(%%rbp), %%rax; 2: mov %%rdx, %%rbp", "r"(0x8000000000000000ul)));
      RESULT(17, TRY("jmp *%0", "r"(0x1234567812345678ul)));
    }`.replaceAll(/ : "(rdx|rbp)"\)/g, ')'),
    );
    runToEnd(machine);
    const traps = results(machine, 18).map(Number);
    assert.equal(traps[0], 1 + 6, '#UD');
    assert.equal(traps[1], 1, 'RF in the frame of a fault');
    assert.equal(traps[2], 1 + 0, '#DE');
    assert.equal(traps[3], 1 + 14, '#PF');
    assert.equal(traps[4], 0, 'read of a page that is not present');
    assert.equal(traps[5], 0x400000);
    assert.equal(traps[6], 1 + 14);
    assert.equal(traps[7], 2, 'write of a page that is not present');
    assert.equal(traps[8], 1 + 13, '#GP of an address that is not canonical');
    assert.equal(traps[9], 0);
    assert.equal(traps[10], 1 + 3, '#BP');
    assert.equal(traps[11], 0, 'no RF in the frame of a trap');
    assert.equal(traps[12], 1 + 0x80);
    assert.equal(traps[13], 1 + 13, '#GP of a selector beyond the GDT');
    assert.equal(traps[14], 0x58);
    assert.equal(traps[15], 1 + 6, '#UD of LOCK on mov');
    assert.equal(traps[16], 1 + 12, '#SS of an address that is not canonical, through rbp');
    assert.equal(traps[17], 1 + 13, '#GP of a jump');
  });

  it('leaves registers and memory alone when an instruction faults', () => {
    const machine = smallKernel(`void kmain(u64 cpu) {
      u64 a, b, c;
      __asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, resume_at(%%rip)\\n"
        "mov $0x11, %%ecx; mov $0x7ff, %%edi; mov $0x22, %%esi; stc\\n"
        "xadd %%rcx, (%%rdi)\\n1: setc %%al; movzbl %%al, %%eax"
        : "=a"(a), "=c"(b), "=D"(c) :: "rsi", "memory");
      RESULT(0, a); RESULT(1, b); RESULT(2, c); RESULT(3, trapped[0]);
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 4), [1n, 0x11n, 0x7ffn, 14n]);
  });

  it('switches stacks by IST, aligns them, and returns to the old one', () => {
    const machine = smallKernel(`void kmain(u64 cpu) {
      u64 before, after;
      set_gate(6, (u64)trap_stubs + 6 * 16, 0x8e01);
      skip = 2;
      __asm__ volatile("mov %%rsp, %0; ud2; mov %%rsp, %1" : "=&r"(before), "=&r"(after) :: "memory");
      RESULT(0, before == after); RESULT(1, trapped[6] == before); RESULT(2, trapped[0]);
    }
    void on_trap(struct frame *frame) {
      RESULT(3, (u64)frame > (u64)interrupt_stacks && (u64)frame < (u64)(interrupt_stacks + 1));
      RESULT(4, (u64)(frame + 1) & 15);
      note_trap(frame);
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 5), [1n, 1n, 6n, 1n, 0n]);
  });

  it('makes a double fault of a fault that can not be delivered, and stops at a triple fault', () => {
    const kernel = (gates: string): string => `void kmain(u64 cpu) {
      set_gate(8, (u64)trap_stubs + 8 * 16, 0x8e01);
      ${gates}
      __asm__ volatile("ud2");
    }
    void on_trap(struct frame *frame) { RESULT(0, frame->vector); RESULT(1, frame->error); end(0); }`;
    const double = smallKernel(kernel('set_gate(6, 0, 0x0e00); set_gate(11, 0, 0x0e00);'));
    runToEnd(double);
    assert.deepEqual(results(double, 2), [8n, 0n]);
    const triple = smallKernel(kernel('idt[2 * 6] = idt[2 * 8] = idt[2 * 11] = idt[2 * 13] = 0;'));
    triple.execute(0, 1_000_000);
    assert.equal(triple.stop?.reason, 'triple-fault');
    assert.match(triple.stop.detail, /^neither exception 6 nor .* \(kmain\+0x/);
    assert.equal(triple.register(0, 'rip') >= addressOf(triple, 'kmain'), true);
  });

  it('single-steps under TF', () => {
    const machine = smallKernel(`void kmain(u64 cpu) {
      __asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq; nop; nop; nop; pushfq; andq $~0x100, (%%rsp); popfq; nop" ::: "memory");
      RESULT(0, trapped[7]);
      RESULT(1, trapped[0]);
    }
    void on_trap(struct frame *frame) { }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 2), [6n, 1n]);
  });

  it('enters user mode by iretq, comes back by trap on RSP0, and keeps supervisor pages from it', () => {
    const machine = smallKernel(`
    __asm__(".text; .globl user_text, user_text_end; user_text: mov $0x1234, %eax; mov %cs, %ecx; int $0x80;"
      "mov $0xffffffff80100000, %rbx; mov (%rbx), %rdx; user_text_end:");
    extern char user_text[], user_text_end[];
    void kmain(u64 cpu) {
      u64 page = new_page();
      for (int i = 0; i < user_text_end - user_text; i++) ((char *)window(page))[i] = user_text[i];
      map(0x400000, page, 7);
      map(0x401000, new_page(), 7);
      set_gate(0x80, (u64)trap_stubs + 0x80 * 16, 0xee00);
      __asm__ volatile("pushq $0x23; pushq $0x402000; pushq $0x202; pushq $0x2b; pushq $0x400000; iretq");
    }
    void on_trap(struct frame *frame) {
      if (frame->vector == 0x80) {
        RESULT(0, frame->rax); RESULT(1, frame->cs); RESULT(2, frame->ss); RESULT(3, frame->rsp);
        RESULT(4, (u64)(frame + 1) == tss[0].rsp0);
        RESULT(5, frame->rcx); RESULT(6, frame->rflags >> 9 & 1);
        return;
      }
      RESULT(7, frame->vector); RESULT(8, frame->error); RESULT(9, read_cr2());
      end(0);
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 10), [
      0x1234n,
      0x2bn,
      0x23n,
      0x402000n,
      1n,
      0x2bn,
      1n,
      14n,
      5n,
      0xffffffff80100000n,
    ]);
  });

  it('takes syscall and sysret with STAR, LSTAR and SFMASK, and swapgs', () => {
    const machine = smallKernel(`
    __asm__(".text; .globl user_text, user_text_end; user_text: stc; syscall; mov $7, %edi; syscall; ud2; user_text_end:");
    extern char user_text[], user_text_end[], entry[];
    u64 kernel_stack = 0;
    __asm__(".globl entry; entry: swapgs; mov %rsp, %gs:8; mov %gs:0, %rsp; push %rcx; push %r11; mov %r11, %rsi; pushfq; pop %rdx;"
      "call on_syscall; pop %r11; pop %rcx; mov %gs:8, %rsp; swapgs; sysretq");
    static u64 area[2];
    void on_syscall(u64 number, u64 flags, u64 now) {
      static int calls;
      RESULT(4 * calls, number); RESULT(4 * calls + 1, flags & 1); RESULT(4 * calls + 2, now & 0x201); RESULT(4 * calls + 3, rdmsr(0xc0000102));
      if (++calls == 2) end(0);
    }
    void kmain(u64 cpu) {
      u64 page = new_page();
      for (int i = 0; i < user_text_end - user_text; i++) ((char *)window(page))[i] = user_text[i];
      map(0x400000, page, 7);
      area[0] = tss[0].rsp0;
      wrmsr(0xc0000081, 0x18ul << 48 | 8ul << 32);
      wrmsr(0xc0000082, (u64)entry);
      wrmsr(0xc0000084, 0x201);
      wrmsr(0xc0000101, 0x5000);
      wrmsr(0xc0000102, (u64)area);
      __asm__ volatile("mov $5, %%edi; pushq $0x23; pushq $0; pushq $0x202; pushq $0x2b; pushq $0x400000; iretq" ::: "rdi");
    }`);
    runToEnd(machine);
    assert.deepEqual(results(machine, 8), [5n, 1n, 0n, 0x5000n, 7n, 1n, 0n, 0x5000n]);
  });

  it('sends IPIs and NMIs, holds them back by IF and priority, and wakes from hlt', () => {
    const machine = smallKernel(
      `static volatile u64 ready, order[16], count;
    void on_trap(struct frame *frame) {
      order[count++] = frame->vector;
      if (frame->vector != 2) wrmsr(0x80b, 0);
    }
    void kmain(u64 cpu) {
      wrmsr(0x80f, 0x1ff);
      if (cpu == 1) {
        ready = 1;
        while (ready != 2) pause();
        RESULT(0, count);
        wrmsr(0x808, 0x50);
        __asm__ volatile("sti; nop; nop; cli");
        RESULT(1, count);
        wrmsr(0x808, 0);
        __asm__ volatile("sti; nop; nop; cli");
        RESULT(2, count);
        ready = 3;
        __asm__ volatile("sti; hlt; cli");
        RESULT(3, count);
        ready = 4;
        return;
      }
      while (!ready) pause();
      wrmsr(0x830, 1ul << 32 | 0x41);
      wrmsr(0x830, 0xc0000 | 0x61);
      wrmsr(0x830, 1ul << 32 | 0x42);
      wrmsr(0x830, 1ul << 32 | 0x400);
      ready = 2;
      while (ready != 3) pause();
      for (int i = 0; i < 100; i++) pause();
      wrmsr(0x830, 1ul << 32 | 0x43);
      while (ready != 4) pause();
      for (int i = 0; i < 5; i++) RESULT(4 + i, order[i]);
    }`,
      { cpus: 2 },
    );
    while (!machine.stop) {
      for (const cpu of [0, 1]) machine.execute(cpu, 17);
      assert.ok(machine.steps < 100_000);
    }
    assert.equal(machine.stop.reason, 'clean');
    assert.deepEqual(results(machine, 9), [1n, 2n, 4n, 5n, 2n, 0x61n, 0x42n, 0x41n, 0x43n]);
    const counters = [0, 1].map((cpu) => machine.hardware(cpu).counters);
    assert.equal(counters[0]?.ipisSent, 5n);
    assert.equal(counters[1]?.ipisReceived, 5n);
    assert.equal(counters[1].interrupts, 5n);
  });

  it('fires the TSC-deadline timer on time and while all wait', () => {
    const machine = smallKernel(
      `void on_trap(struct frame *frame) { RESULT(0, rdtsc()); RESULT(1, frame->vector); wrmsr(0x80b, 0); }
    void kmain(u64 cpu) {
      wrmsr(0x80f, 0x1ff); wrmsr(0x832, 0x40000 | 0x30);
      u64 soon = rdtsc() + 20000;
      wrmsr(0x6e0, soon);
      __asm__ volatile("sti");
      while (!results[0]) pause();
      __asm__ volatile("cli");
      RESULT(2, results[0] - soon); RESULT(0, 0);
      wrmsr(0x6e0, 900000000);
      __asm__ volatile("sti; hlt; cli");
      RESULT(3, results[0]);
      wrmsr(0x40000010, 5000);
      RESULT(4, rdtsc() - results[0] >= 5000);
    }`,
      { tscStart: 999000n, ticksPerStep: 2n },
    );
    assert.equal(machine.execute(0, 1_000_000), 'halted');
    assert.equal(machine.canExecute(0), false);
    assert.equal(machine.skipIdleTime(), true);
    runToEnd(machine);
    const [, vector, first, second, charged] = results(machine, 5);
    assert.equal(vector, 0x30n);
    assert.ok(first !== undefined && first < 200n, String(first));
    assert.ok(second !== undefined && second >= 900000000n && second < 900000200n, String(second));
    assert.equal(charged, 1n);
    assert.equal(machine.skipIdleTime(), false);
  });

  it('stops at an instruction outside the subset, naming bytes, address and symbol', () => {
    const machine = smallKernel(`void kmain(u64 cpu) { __asm__ volatile("addps %xmm0, %xmm1"); }`);
    machine.execute(0, 100_000);
    assert.equal(machine.stop?.reason, 'unsupported-instruction');
    assert.match(
      machine.stop.detail,
      /^addps \(0f 58 c8\) at [0-9a-f]{16} \(kmain\+0x[0-9a-f]+\)$/,
    );
    assert.equal(variable(machine, 'trapped', 7), 0n);
    assert.equal(trapped(machine, 0), 0n);
    assert.equal(result(machine, 0), 0n);
  });
});
