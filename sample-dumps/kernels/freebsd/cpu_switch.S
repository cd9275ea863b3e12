/* From one thread to another. Source: FreeBSD, amd64/amd64/cpu_switch.S; our own text. */
#include "kernel.h"
#include "schedule.h"
#include "machine/asmacros.h"

	.text

/* void cpu_throw(struct thread *old, struct thread *new): leaves a thread for good. */
FUNCTION(cpu_throw)
	.cfi_undefined rip
	movq	%rsi, %r12
	movq	%rsi, %rdi
	call	pmap_activate_sw
	jmp	switch_load
END(cpu_throw)

/* void cpu_switch(struct thread *old, struct thread *new): returns in the new one, where it called. */
FUNCTION(cpu_switch)
	movq	TD_PCB(%rdi), %r8
	movq	(%rsp), %rax
	movq	%r15, PCB_R15(%r8)
	movq	%r14, PCB_R14(%r8)
	movq	%r13, PCB_R13(%r8)
	movq	%r12, PCB_R12(%r8)
	movq	%rbp, PCB_RBP(%r8)
	movq	%rsp, PCB_RSP(%r8)
	movq	%rbx, PCB_RBX(%r8)
	movq	%rax, PCB_RIP(%r8)
	movq	%rsi, %r12
	movq	%rsi, %rdi
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	call	pmap_activate_sw
	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	jmp	switch_load
END(cpu_switch)

/* r12: the thread to enter. */
FUNCTION(switch_load)
	.cfi_undefined rip
	movq	TD_PCB(%r12), %r8
	movl	%gs:PC_CPUID, %eax
	imulq	$TSS_SIZE, %rax
	movq	%r8, cpu_tss_table + TSS_RSP0(%rax)
	movq	%r8, %gs:PC_RSP0
	movq	%r8, %gs:PC_CURPCB
	movq	%r12, %gs:PC_CURTHREAD
	movq	PCB_R15(%r8), %r15
	movq	PCB_R14(%r8), %r14
	movq	PCB_R13(%r8), %r13
	movq	PCB_R12(%r8), %r12
	movq	PCB_RBP(%r8), %rbp
	movq	PCB_RSP(%r8), %rsp
	movq	PCB_RBX(%r8), %rbx
	movq	PCB_RIP(%r8), %rax
	movq	%rax, (%rsp)
	ret
END(switch_load)

	.section .note.GNU-stack, "", @progbits
