/* System call entry, the first entry of a thread, and the way back to user mode. Source: FreeBSD, amd64/amd64/exception.S; our own text. */
#include "bsd/exception.S"

/* The first return of a thread: r12 the function to call, rbx its argument; a user thread's trap frame lies on the stack. */
FUNCTION(fork_trampoline)
	.cfi_undefined rip
	movq	%r12, %rdi
	movq	%rbx, %rsi
	call	fork_exit
	jmp	doreti
END(fork_trampoline)

	.section .note.GNU-stack, "", @progbits
