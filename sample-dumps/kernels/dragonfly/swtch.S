/* Thread switching: the function that leaves a thread and the one that enters it. Source: DragonFly, platform/pc64/x86_64/swtch.s; our own text. */
#include "kernel.h"
#include "schedule.h"
#include "opt_commit.h"
#include "machine/asmacros.h"

	.text

/* struct thread *cpu_heavy_switch(struct thread *next): leaves a thread that has an lwp. Returns the old thread, in the new one. */
FUNCTION(cpu_heavy_switch)
	movq	%gs:GD_CURTHREAD, %rcx
	movq	TD_PCB(%rcx), %rdx
	movq	(%rsp), %rax
	movq	%rax, PCB_RIP(%rdx)
	movq	%rbx, PCB_RBX(%rdx)
	movq	%rsp, PCB_RSP(%rdx)
	movq	%rbp, PCB_RBP(%rdx)
	movq	%r12, PCB_R12(%rdx)
	movq	%r13, PCB_R13(%rdx)
	movq	%r14, PCB_R14(%rdx)
	movq	%r15, PCB_R15(%rdx)
	movq	%rcx, %rbx

	/* Other CPUs need not tell this one about changes in the address space any more. */
	movq	TD_LWP(%rcx), %r8
	movq	LWP_VMSPACE(%r8), %r8
#ifdef KEEPBIT
	movq	TD_LWP(%rdi), %r9
	testq	%r9, %r9
	jz	1f
	cmpq	%r8, LWP_VMSPACE(%r9)
	je	2f			/* the same address space goes on */
1:
#endif
	SCHEDULE_POINT heavy_switch_clear
	movq	%gs:GD_SIMPLE, %rsi
	movq	%gs:GD_OFFSET, %r9
	notq	%rsi
	lock andq %rsi, VM_ACTIVE(%r8, %r9)
2:
	SCHEDULE_POINT heavy_switch_cleared
	pushfq
	.cfi_adjust_cfa_offset 8
	cli
	pushq	$cpu_heavy_restore
	.cfi_adjust_cfa_offset 8
	movq	%rsp, TD_SP(%rcx)

	cmpq	%rcx, %gs:GD_NPXTHREAD
	jne	3f
	movq	TD_SAVEFPU(%rcx), %rax
	fxsave	(%rax)
	movq	$0, %gs:GD_NPXTHREAD
3:
	movq	%rdi, %rax
	movq	%rdi, %gs:GD_CURTHREAD
	movq	TD_SP(%rdi), %rsp
	ret
END(cpu_heavy_switch)

/* Enters a thread that has an lwp. rax: it, rbx: the old one. */
FUNCTION(cpu_heavy_restore)
	.cfi_def_cfa rsp, 16
	movq	TD_PCB(%rax), %rdx
	movq	%rdx, %gs:PRV_RSP0
	movslq	%gs:GD_CPUID, %rcx
	imulq	$TSS_SIZE, %rcx
	movq	%rdx, cpu_tss_table + TSS_RSP0(%rcx)
	popfq
	.cfi_adjust_cfa_offset -8

	movq	%rax, %r12		/* the pcb has the real value */
	movq	%rdx, %r13
	movq	TD_LWP(%rax), %rcx
	movq	LWP_VMSPACE(%rcx), %rcx
	SCHEDULE_POINT heavy_restore_set
	movq	%gs:GD_SIMPLE, %rsi
	movq	%gs:GD_OFFSET, %r9
	lock orq %rsi, VM_ACTIVE(%rcx, %r9)

	SCHEDULE_POINT heavy_restore_test
	movl	VM_ACTIVE_LOCK(%rcx), %esi
	testl	$1, %esi		/* CPULOCK_EXCL */
	jz	1f
	movq	%rcx, %rdi
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	call	pmap_interlock_wait
	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	movq	PCB_CR3(%r13), %rcx
	jmp	2f
1:
	SCHEDULE_POINT heavy_restore_compare
	movq	PCB_CR3(%r13), %rcx
#ifndef FIX_SWTCH
	movq	%cr3, %rsi
	cmpq	%rsi, %rcx
	jne	2f
	incq	%gs:PRV_CR3_SKIP
	jmp	3f
#endif
2:
	incq	%gs:PRV_CR3_LOAD
	movq	%rcx, %cr3
3:
	SCHEDULE_POINT heavy_restored
	movq	%r13, %rdx
	movq	%rbx, %rax		/* the old thread is the result */
	movq	PCB_RBX(%rdx), %rbx
	movq	PCB_RSP(%rdx), %rsp
	movq	PCB_RBP(%rdx), %rbp
	movq	PCB_R12(%rdx), %r12
	movq	PCB_R14(%rdx), %r14
	movq	PCB_R15(%rdx), %r15
	movq	PCB_RIP(%rdx), %rcx
	movq	PCB_R13(%rdx), %r13
	movq	%rcx, (%rsp)
	ret
END(cpu_heavy_restore)

/* struct thread *cpu_lwkt_switch(struct thread *next): leaves a kernel thread. */
FUNCTION(cpu_lwkt_switch)
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	pushq	%r12
	.cfi_adjust_cfa_offset 8
	pushq	%r13
	.cfi_adjust_cfa_offset 8
	pushq	%r14
	.cfi_adjust_cfa_offset 8
	pushq	%r15
	.cfi_adjust_cfa_offset 8
	pushfq
	.cfi_adjust_cfa_offset 8
	movq	%gs:GD_CURTHREAD, %rbx
	cli
	cmpq	%rbx, %gs:GD_NPXTHREAD
	jne	1f
	movq	TD_SAVEFPU(%rbx), %rax
	fxsave	(%rax)
	movq	$0, %gs:GD_NPXTHREAD
1:
	pushq	$cpu_lwkt_restore
	.cfi_adjust_cfa_offset 8
	movq	%rsp, TD_SP(%rbx)
	movq	%rdi, %rax
	movq	%rdi, %gs:GD_CURTHREAD
	movq	TD_SP(%rdi), %rsp
	ret
END(cpu_lwkt_switch)

/* Enters a kernel thread: any page tables will do for it, but it takes the kernel's. */
FUNCTION(cpu_lwkt_restore)
	.cfi_def_cfa rsp, 64
	movq	KPML4phys(%rip), %rcx
	movq	%cr3, %rdx
	cmpq	%rcx, %rdx
	je	1f
	movq	%rcx, %cr3
1:
	movq	%rbx, %rax
	popfq
	.cfi_adjust_cfa_offset -8
	popq	%r15
	.cfi_adjust_cfa_offset -8
	popq	%r14
	.cfi_adjust_cfa_offset -8
	popq	%r13
	.cfi_adjust_cfa_offset -8
	popq	%r12
	.cfi_adjust_cfa_offset -8
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	popq	%rbp
	.cfi_adjust_cfa_offset -8
	ret
END(cpu_lwkt_restore)

/* The first return of a new lwp: rax the old thread; the stack holds its trap frame. */
FUNCTION(fork_trampoline)
	.cfi_undefined rip
	movq	%rax, %rdi
	call	lwkt_switch_return
	jmp	doreti
END(fork_trampoline)

/* The first entry of a new kernel thread: r12 the function, r13 its argument. */
FUNCTION(kthread_trampoline)
	.cfi_undefined rip
	movq	%rax, %rdi
	call	lwkt_switch_return
	movq	%r13, %rdi
	call	*%r12
	ud2
END(kthread_trampoline)

/* void lwkt_boot(struct thread *td, void *stack, void (*func)(void *)): from the boot stack to a CPU's first thread. */
FUNCTION(lwkt_boot_on)
	.cfi_undefined rip
	movq	%rdi, %gs:GD_CURTHREAD
	movq	%rsi, %rsp
	xorl	%ebp, %ebp
	xorl	%edi, %edi
	call	*%rdx
	ud2
END(lwkt_boot_on)

	.section .note.GNU-stack, "", @progbits
