/*
 * The guest: loads a pattern into its FPU registers, and from then on looks whether it is still there, round after round. It is copied to
 * GUEST_ENTRY of the guest's memory, so its code is independent of its place. What it finds it counts at guest address 0x9000:
 * rounds, then words of the registers that were not what it had put there.
 */
	.set	GUEST_ROUNDS, 0x9000
	.set	GUEST_MISMATCHES, 0x9008
	.set	GUEST_COPY, 0x9100

	.section .rodata.guest, "a", @progbits
	.balign	16
	.globl	guest_start
	.type	guest_start, @object
guest_start:
	ldmxcsr	guest_mxcsr(%rip)
	.set	register, 0
	.macro	EACH_XMM do:vararg
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\do	\n
	.endr
	.endm
	.macro	LOAD n
	movdqu	guest_pattern + 16 * \n(%rip), %xmm\n
	.endm
	.macro	STORE n
	movdqu	%xmm\n, 16 * \n(%rdi)
	.endm
	EACH_XMM LOAD

1:	xorl	%eax, %eax			/* an exit that the kernel deals with */
	vmcall
	movl	$GUEST_COPY, %edi
	EACH_XMM STORE
	leaq	guest_pattern(%rip), %rsi
	movl	$GUEST_COPY, %edi
	movl	$32, %ecx
2:	movq	(%rsi), %rax
	cmpq	%rax, (%rdi)
	je	3f
	incq	GUEST_MISMATCHES
3:	addq	$8, %rsi
	addq	$8, %rdi
	decl	%ecx
	jnz	2b
	incq	GUEST_ROUNDS
	movl	$1, %eax			/* an exit that bhyve's program sees */
	vmcall
	jmp	1b

	.balign	4
guest_mxcsr:
	.long	0x1fa0
	.balign	16
guest_pattern:					/* "GUES" in the top word, the register's number in the lowest */
	.set	number, 0
	.rept	16
	.long	number, 0, 0, 0x47554553
	.set	number, number + 1
	.endr
	.globl	guest_end
	.type	guest_end, @object
guest_end:
	.size	guest_start, . - guest_start

	.section .note.GNU-stack, "", @progbits
