/* Saves the registers of a CPU for the dump. Like the real one it has no unwind table. Source: FreeBSD, amd64/amd64/cpu_switch.S: savectx; our own text. */
#include "kernel.h"
#include "machine/asmacros.h"

	.text

/* void savectx(struct pcb *pcb, void *fpu): the FPU's state goes to `fpu`, which has to be aligned to 16 bytes. */
	.globl	savectx
	.type	savectx, @function
savectx:
	movq	%rbx, PCB_RBX(%rdi)
	movq	%rsp, PCB_RSP(%rdi)
	movq	%rbp, PCB_RBP(%rdi)
	movq	%r12, PCB_R12(%rdi)
	movq	%r13, PCB_R13(%rdi)
	movq	%r14, PCB_R14(%rdi)
	movq	%r15, PCB_R15(%rdi)
	movq	(%rsp), %rax
	movq	%rax, PCB_RIP(%rdi)
	movl	$3, %ebp		/* components: x87 and SSE */
	clts
	fxsave	(%rsi)
	movl	%ebp, 512(%rsi)
	movq	PCB_RBP(%rdi), %rbp
	ret
	.size	savectx, . - savectx

	.section .note.GNU-stack, "", @progbits
