/* From the vkernel to a guest and back, libc's copy, and what the guests execute. */
#include "kernel.h"
#include "schedule.h"
#include "machine/asmacros.h"

	.text

/*
 * void guest_enter(const struct trap_frame *frame, u64 cr3): user mode as the frame says. The guest's next trap or system call finds
 * its stack where this function has left off, and guest_leave() returns from here. Interrupts are off.
 */
FUNCTION(guest_enter)
	.irp	register, rbp, rbx, r12, r13, r14, r15
	pushq	%\register
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset \register, 0
	.endr
	movq	%rsp, %gs:PRV_RSP0
	movslq	%gs:GD_CPUID, %rcx
	imulq	$TSS_SIZE, %rcx
	movq	%rsp, cpu_tss_table + TSS_RSP0(%rcx)
	movq	%rsi, %cr3

	/* The frame is left by popping it; what lies below it is not its stack, so traps must wait: they do, interrupts are off. */
	movq	%rdi, %rsp
	.cfi_undefined rip
	.irp	register, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax
	popq	%\register
	.endr
	addq	$16, %rsp
	swapgs
	SCHEDULE_POINT to_guest
	iretq
END(guest_enter)

/* void guest_leave(void): the guest has stopped; its registers are saved. */
FUNCTION(guest_leave)
	.cfi_undefined rip
	cli
	movq	%gs:PRV_RSP0, %rsp
	movq	KPML4phys(%rip), %rax
	movq	%rax, %cr3
	.irp	register, r15, r14, r13, r12, rbx, rbp
	popq	%\register
	.endr
	ret
END(guest_leave)

/* void bcopy(const void *from, void *to, size_t size): a line of 64 bytes at a time. Who uses it has the FPU of whoever was last. */
FUNCTION(bcopy)
1:	movdqu	(%rdi), %xmm0
	movdqu	16(%rdi), %xmm1
	movdqu	32(%rdi), %xmm2
	movdqu	48(%rdi), %xmm3
	SCHEDULE_POINT bcopy_loaded
	movdqu	%xmm0, (%rsi)
	movdqu	%xmm1, 16(%rsi)
	movdqu	%xmm2, 32(%rsi)
	movdqu	%xmm3, 48(%rsi)
	addq	$64, %rdi
	addq	$64, %rsi
	subq	$64, %rdx
	ja	1b
	ret
END(bcopy)

/* ---- Guests. rax: system call. A new lwp has its argument in rdi. ---- */
	.section .rodata
	.globl	guest_text, guest_text_end

#define SYS_write	4
#define SYS_execve	59
#define SYS_munmap	73
#define SYS_umtx_wakeup	470
#define SYS_canary	501	/* ours: the guest found something wrong */
#define SYS_remap	502	/* ours */

#define PROGRAM(name)	.globl name; name:
#define CALL(number)	movl $number, %eax; syscall

guest_text:

PROGRAM(guest_spin)
	pause
	jmp	guest_spin

/* rdi: 256 bytes, of which each register gets 16. A system call must leave them as they are. */
PROGRAM(guest_fp)
	movq	%rdi, %r12
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movdqu	16*\n(%r12), %xmm\n
	.endr
	CALL(SYS_write)
	.irp	n, 0, 1, 2, 3, 4, 15
	movq	%xmm\n, %rax
	cmpq	16*\n(%r12), %rax
	jne	1f
	.endr
	pxor	%xmm0, %xmm0		/* and goes on to use them */
	jmp	guest_spin
1:	CALL(SYS_canary)
	jmp	guest_spin

/* rdi is a page to write to, once. */
PROGRAM(guest_writer)
	movl	$0xdeadbeef, 0x10(%rdi)
	jmp	guest_spin

/* rdi: counts in it, where the last sixteen numbers stand, and looks whether that of eight before is there. */
PROGRAM(guest_counter)
	xorl	%ebx, %ebx
1:	incl	%ebx
	movl	%ebx, %eax
	andl	$15, %eax
	movl	%ebx, (%rdi, %rax, 4)
	leal	-8(%rbx), %ecx
	testl	%ecx, %ecx
	jle	1b
	movl	%ecx, %eax
	andl	$15, %eax
	cmpl	%ecx, (%rdi, %rax, 4)
	je	1b
	CALL(SYS_canary)
	jmp	guest_spin

/* rdi: two pages to unmap. */
PROGRAM(guest_unmapper)
	movl	$0x2000, %esi
	CALL(SYS_munmap)
	jmp	guest_spin

/* rdi: a page to unmap; then a device's. */
PROGRAM(guest_driver)
	movl	$0x1000, %esi
	CALL(SYS_munmap)
	movabsq	$0x800a00000, %rdi
	movl	$0x1000, %esi
	CALL(SYS_munmap)
	jmp	guest_spin

/* rdi: a page to write to, and then to see a file in. */
PROGRAM(guest_remap)
	movl	$1, (%rdi)
	CALL(SYS_remap)
	jmp	guest_spin

/* rdi: a mutex to leave. */
PROGRAM(guest_umtx)
	CALL(SYS_umtx_wakeup)
	jmp	guest_spin

/* Becomes another program, which is this one. */
PROGRAM(guest_exec)
	CALL(SYS_execve)
	jmp	guest_spin

guest_text_end:

	.section .note.GNU-stack, "", @progbits
