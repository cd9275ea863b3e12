/* What the processes execute in user mode; copied to USER_TEXT. rax: system call, rdi rsi: arguments. */
	.section .rodata
	.globl	user_text, user_text_end, user_bash, user_vmm, user_vmm_handler, user_vmm_idle, user_worker

#define SYS_proc_destroy	2
#define SYS_waitpid		3
#define SYS_block_abortable	4
#define SYS_proc_yield		5
#define SYS_vmm_run		6
#define SYS_kill		7
#define SYS_proc_create		8

user_text:

/* The shell. r12: what ends the VM (0 ctrl-c, 1 kill, 2 kill -9), bit 8: a new process is made when it has ended; r13: address of notif_pending; r14: pid of the VM; r15: pid to wait for, 0 for none; rbp: 1 when the SIGCHLD handler reaps. */
user_bash:
	testl	%r15d, %r15d
	jz	0f
	movl	$SYS_waitpid, %eax
	movslq	%r15d, %rdi
	xorl	%esi, %esi
	syscall				/* sleeps in the kernel; the process goes on */
0:	cmpb	$1, %r12b
	jb	2f
	je	1f
	movl	$SYS_proc_destroy, %eax
	movl	%r14d, %edi
	xorl	%esi, %esi
	syscall
	jmp	2f
1:	movl	$SYS_kill, %eax
	movl	%r14d, %edi
	movl	$15, %esi
	syscall
2:	pause
	cmpb	$0, (%r13)
	je	2b
	movb	$0, (%r13)
	testl	%ebp, %ebp
	jz	2b
	movl	$SYS_waitpid, %eax	/* the SIGCHLD handler */
	movq	$-1, %rdi
	movl	$1, %esi
	syscall
	testl	$0x100, %r12d
	jz	2b
	movl	$SYS_proc_create, %eax
	syscall
	jmp	2b

/* The virtual machine monitor. rbx: vcore; rbp: vcore that runs the guest; r12: system calls to leave sleeping; r13: guest rip. */
user_vmm:
	cmpl	%ebx, %ebp
	je	2f
1:	pause				/* this vcore waits for events */
	jmp	1b
2:
	testl	%r12d, %r12d
	jz	3f
	decl	%r12d
	movl	$SYS_block_abortable, %eax
	syscall
	jmp	2b
3:	movl	$SYS_vmm_run, %eax
	movq	%r13, %rdi
	syscall
	ud2

/* Where a notification enters: the signal's default action. */
user_vmm_handler:
	movl	$SYS_proc_destroy, %eax
	xorl	%edi, %edi
	movl	$2, %esi
	syscall
4:	pause
	jmp	4b

/* The guest is idle. */
user_vmm_idle:
	movl	$SYS_proc_yield, %eax
	syscall
	ud2

/* A process that works for a while and then gives up its core. r12: turns of its loop. */
user_worker:
	decl	%r12d
	jnz	user_worker
	movl	$SYS_proc_yield, %eax
	syscall
	ud2
user_text_end:

	.section .note.GNU-stack, "", @progbits
