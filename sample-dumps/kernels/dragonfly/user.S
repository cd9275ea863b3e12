/* What processes execute in user mode; copied to UTEXT. rax: system call, rdi rsi rdx: arguments. A new lwp has its argument in rdi. */
	.section .rodata
	.globl	user_text, user_text_end

#define SYS_close	6
#define SYS_pipe	42
#define SYS_munmap	73
#define SYS_sched_yield	331
#define SYS_bigmap	500	/* ours */
#define SYS_canary	501	/* ours */
#define SYS_user_canary	502	/* ours */
#define SYS_ptrace	26

#define PROGRAM(name)	.globl name; name:

user_text:

PROGRAM(user_spin)
	pause
	jmp	user_spin

/* mtmunmap: rdi is the page that the three threads share. The first thread takes it away, makes a pipe and closes it. */
PROGRAM(user_mtmunmap_1)
	movl	$4096, %esi
	movl	$SYS_munmap, %eax
	syscall
	movl	$SYS_pipe, %eax
	syscall
	movl	%eax, %edi
	movl	$SYS_close, %eax
	syscall
	jmp	user_spin

/* The second writes and gives way to the third. */
PROGRAM(user_mtmunmap_2)
	movl	$1, (%rdi)
	movl	$SYS_sched_yield, %eax
	syscall
	jmp	user_mtmunmap_2

/* The third writes and spins a moment. */
PROGRAM(user_mtmunmap_3)
	movl	$0x41414141, (%rdi)
	pause
	pause
	pause
	pause
	movl	$SYS_sched_yield, %eax
	syscall
	jmp	user_mtmunmap_3

/* bigmap: rdi is where the range begins, rsi where it ends. The first thread has it taken away. */
PROGRAM(user_bigmap_1)
	movl	$SYS_bigmap, %eax
	syscall
	jmp	user_spin

/* The second writes to five of its pages, and looks at the first again and again. */
PROGRAM(user_bigmap_2)
	movl	$0x600dda7a, (%rdi)
	movl	$0x600dda7a, 0x1000(%rdi)
	movl	$0x600dda7a, 0x2000(%rdi)
	movl	$0x600dda7a, 0x5000(%rdi)
	movl	$0x600dda7a, -0x1000(%rsi)
	movl	$SYS_sched_yield, %eax
	syscall
1:	cmpl	$0x600dda7a, (%rdi)
	je	1b
	movl	$SYS_canary, %eax
	syscall
	jmp	user_spin

/* rdi is a page to write to. */
PROGRAM(user_writer)
	movl	$0xdeadbeef, 0x10(%rdi)
	jmp	user_spin

/* rdi is a page to unmap. */
PROGRAM(user_unmap)
	movl	$4096, %esi
	movl	$SYS_munmap, %eax
	syscall
	jmp	user_spin

/* The same, and looks whether its word stays. */
PROGRAM(user_watcher)
	movl	$0xdeadbeef, 0x10(%rdi)
	addq	$0x10, %rdi
	movl	$0xdeadbeef, %esi

/* rdi is a word that has to be rsi. */
PROGRAM(user_comparer)
	pause
	cmpl	%esi, (%rdi)
	je	user_comparer
	movl	$SYS_user_canary, %eax
	syscall
	jmp	user_spin

/* rdi is a page to read, and to write to when it may. */
PROGRAM(user_looker)
	cmpl	$0, (%rdi)
	je	user_looker
	jmp	user_spin

/* rdi is a page, rsi another: writes to both, again and again. */
PROGRAM(user_two_pages)
	movl	$1, (%rdi)
	movl	$1, (%rsi)
	pause
	jmp	user_two_pages

/* rdi is a pid, rsi an address there. */
PROGRAM(user_debugger)
	movl	$0x1234, %edx
	movl	$SYS_ptrace, %eax
	syscall
	jmp	user_spin

/* A guest of a vkernel: any system call will do. */
PROGRAM(user_guest)
	movl	$SYS_sched_yield, %eax
	syscall
	jmp	user_guest

user_text_end:

	.section .note.GNU-stack, "", @progbits
