/* Into the guest and out of it. Source of names: illumos-joyent, usr/src/uts/i86pc/io/vmm/intel/vmx_support.s. */
#include "schedule.h"

#define CTX_RDI	0x00
#define CTX_RSI	0x08
#define CTX_RDX	0x10
#define CTX_RCX	0x18
#define CTX_R8	0x20
#define CTX_R9	0x28
#define CTX_RAX	0x30
#define CTX_RBX	0x38
#define CTX_RBP	0x40
#define CTX_R10	0x48
#define CTX_R11	0x50
#define CTX_R12	0x58
#define CTX_R13	0x60
#define CTX_R14	0x68
#define CTX_R15	0x70

#define VMCS_HOST_RSP	0x6c14

	.text
	/*
	 * int vmx_enter_guest(struct vmxctx *ctx, boolean_t launched)
	 *
	 * The host's callee-saved registers and ctx wait on the stack, whose pointer goes into the VMCS; the exit comes to vmx_exit_guest with
	 * that stack. Interrupts are off.
	 */
	.globl	vmx_enter_guest
	.type	vmx_enter_guest, @function
vmx_enter_guest:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset rbp, -16
	pushq	%rbx
	.cfi_def_cfa_offset 24
	.cfi_offset rbx, -24
	pushq	%r12
	.cfi_def_cfa_offset 32
	.cfi_offset r12, -32
	pushq	%r13
	.cfi_def_cfa_offset 40
	.cfi_offset r13, -40
	pushq	%r14
	.cfi_def_cfa_offset 48
	.cfi_offset r14, -48
	pushq	%r15
	.cfi_def_cfa_offset 56
	.cfi_offset r15, -56
	pushq	%rdi
	.cfi_def_cfa_offset 64

	movl	$VMCS_HOST_RSP, %eax
	vmwrite	%rsp, %rax
	testl	%esi, %esi
	movq	CTX_RSI(%rdi), %rsi
	movq	CTX_RDX(%rdi), %rdx
	movq	CTX_RCX(%rdi), %rcx
	movq	CTX_R8(%rdi), %r8
	movq	CTX_R9(%rdi), %r9
	movq	CTX_RAX(%rdi), %rax
	movq	CTX_RBX(%rdi), %rbx
	movq	CTX_RBP(%rdi), %rbp
	movq	CTX_R10(%rdi), %r10
	movq	CTX_R11(%rdi), %r11
	movq	CTX_R12(%rdi), %r12
	movq	CTX_R13(%rdi), %r13
	movq	CTX_R14(%rdi), %r14
	movq	CTX_R15(%rdi), %r15
	movq	CTX_RDI(%rdi), %rdi
	jnz	1f
	vmlaunch
	jmp	2f
1:	vmresume
2:	/* The entry failed: CF is VMfailInvalid, ZF VMfailValid. */
	setc	%al
	setz	%cl
	addb	%cl, %cl
	orb	%cl, %al
	movzbl	%al, %eax
	addq	$8, %rsp
	jmp	3f

	.globl	vmx_exit_guest
	.type	vmx_exit_guest, @function
vmx_exit_guest:
	pushq	%rdi
	movq	8(%rsp), %rdi
	movq	%rsi, CTX_RSI(%rdi)
	movq	%rdx, CTX_RDX(%rdi)
	movq	%rcx, CTX_RCX(%rdi)
	movq	%r8, CTX_R8(%rdi)
	movq	%r9, CTX_R9(%rdi)
	movq	%rax, CTX_RAX(%rdi)
	movq	%rbx, CTX_RBX(%rdi)
	movq	%rbp, CTX_RBP(%rdi)
	movq	%r10, CTX_R10(%rdi)
	movq	%r11, CTX_R11(%rdi)
	movq	%r12, CTX_R12(%rdi)
	movq	%r13, CTX_R13(%rdi)
	movq	%r14, CTX_R14(%rdi)
	movq	%r15, CTX_R15(%rdi)
	popq	CTX_RDI(%rdi)
	addq	$8, %rsp
	xorl	%eax, %eax
3:
	.cfi_def_cfa_offset 56
	popq	%r15
	.cfi_def_cfa_offset 48
	popq	%r14
	.cfi_def_cfa_offset 40
	popq	%r13
	.cfi_def_cfa_offset 32
	popq	%r12
	.cfi_def_cfa_offset 24
	popq	%rbx
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	ret
	.cfi_endproc
	.size	vmx_exit_guest, . - vmx_exit_guest
	.size	vmx_enter_guest, vmx_exit_guest - vmx_enter_guest

	.section .note.GNU-stack, "", @progbits
