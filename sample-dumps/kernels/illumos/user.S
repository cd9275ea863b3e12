/*
 * What runs in user mode. All programs share one page of text at 0x401000, entered at different places.
 *
 * Each loads a pattern of its own into the FPU registers: the top word of xmm_i names who, the lowest is i.
 */
#define SYS_exit	1
#define SYS_read	3
#define SYS_pause	29
#define SYS_ioctl	54
#define SYS_waitid	107
#define SYS_forksys	142
#define SYS_lwp_create	159
#define SYS_lwp_exit	160
#define SYS_nanosleep	199
#define SYS_schedctl	206
#define SYS_ctxtest	250

#define VM_RUN		0x564d01
#define VM_MMAP_MEMSEG	0x564d02

	.macro	SYSCALL number
	movl	$\number, %eax
	leaq	.Lreturn\@(%rip), %rdx
	movq	%rsp, %rcx
	sysenter
.Lreturn\@:
	.endm

	.macro	LOAD_PATTERN name
	ldmxcsr	mxcsr(%rip)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movdqu	\name + 16 * \n(%rip), %xmm\n
	.endr
	.endm

	.macro	PATTERN name, word
\name:
	.set	number, 0
	.rept	16
	.long	number, 0, 0, \word
	.set	number, number + 1
	.endr
	.endm

	.macro	PROGRAM name
	.globl	\name
	.type	\name, @object
\name:
	.endm

	.section .rodata.user, "a", @progbits
	.balign	16
PROGRAM user_start

PROGRAM user_init
1:	SYSCALL	SYS_pause
	jmp	1b

	/* Reads a line, for ever. */
PROGRAM user_bash
	LOAD_PATTERN other
	SYSCALL	SYS_schedctl
1:	SYSCALL	SYS_read
	jmp	1b

	/* A bash with a child, a second lwp, and operators that have all handlers. */
PROGRAM user_bash_forks
	LOAD_PATTERN other
	SYSCALL	SYS_schedctl
	SYSCALL	SYS_ctxtest
	SYSCALL	SYS_forksys
	testl	%eax, %eax
	jz	2f
	SYSCALL	SYS_waitid
	leaq	3f(%rip), %rdi
	SYSCALL	SYS_lwp_create
	SYSCALL	SYS_nanosleep
	SYSCALL	SYS_lwp_exit
2:	xorl	%edi, %edi
	SYSCALL	SYS_exit
3:	SYSCALL	SYS_lwp_exit

	/* Computes for a while. */
PROGRAM user_busy
	LOAD_PATTERN other
	movl	$1000000, %ebx
1:	pause
	decl	%ebx
	jnz	1b
2:	SYSCALL	SYS_pause
	jmp	2b

	/* Real-time: wakes at every tick of the clock. */
PROGRAM user_ntpd
1:	SYSCALL	SYS_nanosleep
	jmp	1b

PROGRAM user_bhyve_vcpu
	LOAD_PATTERN host
	SYSCALL	SYS_schedctl
1:	movl	$3, %edi
	movl	$VM_RUN, %esi
	xorl	%r10d, %r10d
	SYSCALL	SYS_ioctl
	testq	%rax, %rax
	jns	1b
	SYSCALL	SYS_lwp_exit

PROGRAM user_bhyve_memory
	LOAD_PATTERN other
	movl	$3, %edi
	movl	$VM_MMAP_MEMSEG, %esi
	movl	$1, %r10d
	SYSCALL	SYS_ioctl
1:	SYSCALL	SYS_pause
	jmp	1b

	.balign	4
mxcsr:
	.long	0x1f80
	.balign	16
	PATTERN	host, 0x484f5354		/* HOST */
	PATTERN	other, 0x4f544852		/* OTHR */
PROGRAM user_end
	.size	user_start, . - user_start

	.section .note.GNU-stack, "", @progbits
