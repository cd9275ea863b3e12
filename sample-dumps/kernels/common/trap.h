/* The trap frame that the shared entry code builds, and the two functions that a kernel gives to it. */
#ifndef COMMON_TRAP_H
#define COMMON_TRAP_H

#include <stdint.h>

#define TRAP_DE	0
#define TRAP_DB	1
#define TRAP_NMI	2
#define TRAP_BP	3
#define TRAP_UD	6
#define TRAP_NM	7
#define TRAP_DF	8
#define TRAP_GP	13
#define TRAP_PF	14

/* In memory order; the last five words are the processor's. */
struct trap_frame {
	uint64_t	r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t	rdi, rsi, rbp, rbx, rdx, rcx, rax;
	uint64_t	vector;
	uint64_t	error;		/* 0 when the processor pushes none */
	uint64_t	rip, cs, rflags, rsp, ss;
};

/**
 * Every exception and interrupt comes here unless the kernel defines `trap_entry` itself (a global label in its own assembly;
 * the stubs jump to it with `vector` and `error` pushed). Interrupts are off; %gs is the kernel's. Returning resumes `frame`.
 * A device interrupt needs `interrupt_done()`.
 */
void kernel_trap(struct trap_frame *frame);

static inline int trap_from_user(const struct trap_frame *frame) { return ((frame->cs & 3) == 3); }

#endif
