/* The step from a boot stack to the stack of a task. */
#include "kernel.h"

	.text

/* void start_thread(void *arg, int (*fn)(void *), uintptr_t stack_top) */
	.globl	start_thread
	.type	start_thread, @function
start_thread:
	.cfi_startproc
	.cfi_undefined rip
	movq	%rdx, %rsp
	xorl	%ebp, %ebp
	sti
	call	*%rsi
	ud2
	.cfi_endproc
	.size	start_thread, . - start_thread

	.section .note.GNU-stack, "", @progbits
