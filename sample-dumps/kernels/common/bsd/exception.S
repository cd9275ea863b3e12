/*
 * System call entry and the way back to user mode: a kernel's exception.S includes it. Its machine/asmacros.h says FAST_SYSCALL (the
 * name of the entry), SYSCALL_HANDLER (the C function that gets the frame), and SYSCALL_RSP0 and SYSCALL_SCRATCH (words of the CPU's
 * structure: the kernel stack of the thread, and one to spare).
 *
 * Source: the amd64 exception.S of FreeBSD and DragonFly; our own text.
 */
#include "kernel.h"
#include "schedule.h"
#include "machine/asmacros.h"

	.text

/* syscall: rax the number, rdi rsi rdx r10 the arguments; rcx and r11 are the user's rip and rflags. */
FUNCTION(FAST_SYSCALL)
	.cfi_undefined rip
	swapgs
	movq	%rsp, %gs:SYSCALL_SCRATCH
	movq	%gs:SYSCALL_RSP0, %rsp
	pushq	$SELECTOR_USER_DATA
	pushq	%gs:SYSCALL_SCRATCH
	pushq	%r11
	pushq	$SELECTOR_USER_CODE
	pushq	%rcx
	pushq	$2		/* error: length of the instruction */
	pushq	$0		/* vector: none */
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rbx
	pushq	%rbp
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	xorl	%ebp, %ebp
	sti
	movq	%rsp, %rdi
	call	SYSCALL_HANDLER
	jmp	doreti
END(FAST_SYSCALL)

/* Back to what the trap frame at rsp says, in user mode. */
FUNCTION(doreti)
	.cfi_undefined rip
	cli
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rbp
	popq	%rbx
	popq	%rdx
	popq	%rcx
	popq	%rax
	addq	$16, %rsp
	swapgs
	SCHEDULE_POINT to_user
	iretq
END(doreti)
