/* Assembly of the kernel: stacks, system calls, contexts, guests. Source: akaros, kern/arch/x86/entry64.S, setjmp64.S, vmm/intel; our own text. */
#include "kernel.h"

#define FUNCTION(name)	.globl name; .type name, @function; name: .cfi_startproc
#define END(name)	.cfi_endproc; .size name, . - name

	.text

/* int slim_setjmp(struct jmpbuf *env): {retaddr, rsp, rbp}. The other callee-saved registers are the caller's business (it is compiled to know). */
FUNCTION(slim_setjmp)
	movq	(%rsp), %rax
	movq	%rax, 0(%rdi)
	leaq	8(%rsp), %rax
	movq	%rax, 8(%rdi)
	movq	%rbp, 16(%rdi)
	xorl	%eax, %eax
	ret
END(slim_setjmp)

/* void longjmp(struct jmpbuf *env, int value) */
FUNCTION(longjmp)
	movl	%esi, %eax
	movq	16(%rdi), %rbp
	movq	8(%rdi), %rsp
	jmp	*0(%rdi)
END(longjmp)

/* void __reset_stack_pointer(void *arg, uintptr_t stacktop, void (*function)(void *)) */
FUNCTION(__reset_stack_pointer)
	.cfi_undefined rip
	movq	%rsi, %rsp
	xorl	%ebp, %ebp
	call	*%rdx
	ud2
END(__reset_stack_pointer)

/* syscall: rax is the number, rdi rsi rdx the arguments, rcx and r11 the user's rip and rflags. r10 is lost. */
FUNCTION(sysenter_handler)
	.cfi_undefined rip
	swapgs
	movq	%rsp, %r10
	movq	%gs:0, %rsp
	pushq	$0		/* mxcsr, fpucw: the FPU is not switched by this kernel */
	pushq	%r10
	pushq	%rcx
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%rbp
	pushq	%rbx
	pushq	$0		/* fsbase */
	pushq	$0		/* gsbase */
	movq	%rdx, %r8
	movq	%rsi, %rcx
	movq	%rdi, %rdx
	movq	%rax, %rsi
	movq	%rsp, %rdi
	xorl	%ebp, %ebp
	subq	$8, %rsp
	call	sysenter_callwrapper
	ud2
END(sysenter_handler)

/* void sysret_sw_tf(struct sw_trapframe *tf) */
FUNCTION(sysret_sw_tf)
	cli
	movq	16(%rdi), %rbx
	movq	24(%rdi), %rbp
	movq	32(%rdi), %r12
	movq	40(%rdi), %r13
	movq	48(%rdi), %r14
	movq	56(%rdi), %r15
	movq	64(%rdi), %rcx
	movl	$0x202, %r11d
	movq	72(%rdi), %rsp
	swapgs
	sysretq
END(sysret_sw_tf)

/* void iret_hw_tf(struct hw_trapframe *tf) */
FUNCTION(iret_hw_tf)
	cli
	movzwl	0xb8(%rdi), %eax
	pushq	%rax
	pushq	0xb0(%rdi)
	pushq	0xa8(%rdi)
	movzwl	0xa0(%rdi), %eax
	pushq	%rax
	pushq	0x98(%rdi)
	movq	0x10(%rdi), %rax
	movq	0x18(%rdi), %rbx
	movq	0x20(%rdi), %rcx
	movq	0x28(%rdi), %rdx
	movq	0x30(%rdi), %rbp
	movq	0x38(%rdi), %rsi
	movq	0x48(%rdi), %r8
	movq	0x50(%rdi), %r9
	movq	0x58(%rdi), %r10
	movq	0x60(%rdi), %r11
	movq	0x68(%rdi), %r12
	movq	0x70(%rdi), %r13
	movq	0x78(%rdi), %r14
	movq	0x80(%rdi), %r15
	movq	0x40(%rdi), %rdi
	swapgs
	iretq
END(iret_hw_tf)

/* void vmx_enter(struct vm_trapframe *tf, int should_vmresume) */
FUNCTION(vmx_enter)
	testl	%esi, %esi
	movq	0x00(%rdi), %rax
	movq	0x08(%rdi), %rbx
	movq	0x10(%rdi), %rcx
	movq	0x18(%rdi), %rdx
	movq	0x20(%rdi), %rbp
	movq	0x28(%rdi), %rsi
	movq	0x38(%rdi), %r8
	movq	0x40(%rdi), %r9
	movq	0x48(%rdi), %r10
	movq	0x50(%rdi), %r11
	movq	0x58(%rdi), %r12
	movq	0x60(%rdi), %r13
	movq	0x68(%rdi), %r14
	movq	0x70(%rdi), %r15
	movq	0x30(%rdi), %rdi
	jnz	1f
	vmlaunch
	jmp	2f
1:	vmresume
2:	call	vmx_enter_failed
	ud2
END(vmx_enter)

/* HOST_RIP: the guest's general registers are live, rsp is the top of the kernel stack. */
FUNCTION(vmx_exit_entry)
	.cfi_undefined rip
	subq	$0xd0, %rsp
	movq	%rax, 0x00(%rsp)
	movq	%rbx, 0x08(%rsp)
	movq	%rcx, 0x10(%rsp)
	movq	%rdx, 0x18(%rsp)
	movq	%rbp, 0x20(%rsp)
	movq	%rsi, 0x28(%rsp)
	movq	%rdi, 0x30(%rsp)
	movq	%r8, 0x38(%rsp)
	movq	%r9, 0x40(%rsp)
	movq	%r10, 0x48(%rsp)
	movq	%r11, 0x50(%rsp)
	movq	%r12, 0x58(%rsp)
	movq	%r13, 0x60(%rsp)
	movq	%r14, 0x68(%rsp)
	movq	%r15, 0x70(%rsp)
	movq	%rsp, %rdi
	xorl	%ebp, %ebp
	call	handle_vmexit
	ud2
END(vmx_exit_entry)

	.section .note.GNU-stack, "", @progbits
