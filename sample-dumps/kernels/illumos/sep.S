/* The stack that sysenter switches to, while the lwp runs: MSR SYSENTER_ESP. Source of names: illumos-gate, usr/src/uts/intel/ia32/ml/. */

	.text
	/* void sep_save(void *ksp): no system call can come for a thread that is off its CPU. */
	.globl	sep_save
	.type	sep_save, @function
sep_save:
	.cfi_startproc
	xorl	%eax, %eax
	xorl	%edx, %edx
	movl	$0x175, %ecx
	wrmsr
	ret
	.cfi_endproc
	.size	sep_save, . - sep_save

	/* void sep_restore(void *ksp) */
	.globl	sep_restore
	.type	sep_restore, @function
sep_restore:
	.cfi_startproc
	movq	%rdi, %rdx
	shrq	$32, %rdx
	movl	%edi, %eax
	movl	$0x175, %ecx
	wrmsr
	ret
	.cfi_endproc
	.size	sep_restore, . - sep_restore

	.section .note.GNU-stack, "", @progbits
