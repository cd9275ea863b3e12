/* System call entry and the way back to user mode. Source: DragonFly, platform/pc64/x86_64/exception.S; our own text. */
#include "kernel.h"
#include "schedule.h"
#include "machine/asmacros.h"

	.text

/* syscall: rax the number, rdi rsi rdx r10 the arguments; rcx and r11 are the user's rip and rflags. */
FUNCTION(Xfast_syscall)
	.cfi_undefined rip
	swapgs
	movq	%rsp, %gs:PRV_SCRATCH
	movq	%gs:PRV_RSP0, %rsp
	pushq	$SELECTOR_USER_DATA
	pushq	%gs:PRV_SCRATCH
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
	call	syscall2
	jmp	doreti
END(Xfast_syscall)

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

	.section .note.GNU-stack, "", @progbits
