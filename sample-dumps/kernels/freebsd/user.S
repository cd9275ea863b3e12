/* What processes execute in user mode; copied to UTEXT. rax: system call, rdi rsi rdx: arguments. A new thread has its argument in rdi. */
	.section .rodata
	.globl	user_text, user_text_end

#define SYS_exit	1
#define SYS_fork	2
#define SYS_read	3
#define SYS_wait4	7
#define SYS_munmap	73
#define SYS_sched_yield	331
#define SYS_sigsuspend	341
#define SYS_thr_new	455

#define PROGRAM(name)	.globl name; name:

user_text:

PROGRAM(user_spin)
	pause
	jmp	user_spin

/* rdi is a word to write to; then the process exits. */
PROGRAM(user_write_exit)
	movl	$0x0badcafe, (%rdi)
/* The process exits. */
PROGRAM(user_exit)
	xorl	%edi, %edi
	movl	$SYS_exit, %eax
	syscall
	ud2

/* Forks; parent and child wait for a signal. */
PROGRAM(user_fork)
	movl	$SYS_fork, %eax
	syscall
PROGRAM(user_wait)
	movl	$SYS_sigsuspend, %eax
	syscall
	jmp	user_wait

/* Gives way again and again. */
PROGRAM(user_yield)
	movl	$SYS_sched_yield, %eax
	syscall
	jmp	user_yield

/* Forks. The child makes a second thread on CPU 1, takes the page at rdi away while that thread writes to it, and forks. */
PROGRAM(user_fork_threads)
	movq	%rdi, %rbx
	movl	$SYS_fork, %eax
	syscall
	testl	%eax, %eax
	jnz	user_yield
	leaq	user_second_thread(%rip), %rdi
	movq	%rbx, %rsi
	movl	$1, %edx
	movl	$SYS_thr_new, %eax
	syscall
	movq	%rbx, %rdi
	movl	$4096, %esi
	movl	$SYS_munmap, %eax
	syscall
	movl	$SYS_fork, %eax
	syscall
	jmp	user_spin
user_second_thread:
	movl	$0x41414141, (%rdi)
	pause
	jmp	user_second_thread

/* rdi is how many times: fork, the child exits, the parent waits. */
PROGRAM(user_fork_loop)
	movq	%rdi, %rbx
1:	movl	$SYS_fork, %eax
	syscall
	testl	%eax, %eax
	jz	user_exit
	movl	%eax, %edi
	movl	$SYS_wait4, %eax
	syscall
	decq	%rbx
	jnz	1b
	jmp	user_wait

/* Reads the map of the process whose pid is in rdi. */
PROGRAM(user_procmap)
	movl	$SYS_read, %eax
	syscall
	jmp	user_wait

user_text_end:

	.section .note.GNU-stack, "", @progbits
