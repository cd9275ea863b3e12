/* Where every CPU begins: docs/platform.md, Image and boot. It only picks a stack and goes to C. */
#include "kernel.h"

	.section .text.boot, "ax", @progbits
	.globl	_start
	.type	_start, @function
_start:
	.cfi_startproc
	.cfi_undefined rip
	/* rdi: CPU index, rsi: CPUs, rdx: bytes of physical memory */
	leaq	1(%rdi), %rax
	imulq	$BOOT_STACK_SIZE, %rax
	addq	$boot_stacks, %rax
	movq	%rax, %rsp
	xorl	%ebp, %ebp
	call	common_start
	ud2
	.cfi_endproc
	.size	_start, . - _start

	/* One stack per CPU; the lowest page of each is unmapped once paging_init has run. */
	.bss
	.balign	4096
	.globl	boot_stacks
	.type	boot_stacks, @object
boot_stacks:
	.skip	BOOT_STACK_SIZE * SIM_MAX_CPUS
	.size	boot_stacks, . - boot_stacks

	.section .note.GNU-stack, "", @progbits
