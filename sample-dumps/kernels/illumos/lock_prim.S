/*
 * The fast side of adaptive mutexes. Both go on as the slow function when the word is not what they expect, so that a thread that sleeps
 * shows mutex_vector_enter right above the caller. Source of names: illumos-gate, usr/src/uts/intel/ia32/ml/lock_prim.s.
 */
#include "assym.h"

	.text
	/* void mutex_enter(kmutex_t *lp): 0 becomes the current thread. */
	.globl	mutex_enter
	.type	mutex_enter, @function
mutex_enter:
	.cfi_startproc
	movq	%gs:CPU_THREAD, %rdx
	xorl	%eax, %eax
	lock cmpxchgq %rdx, (%rdi)
	jne	mutex_vector_enter
	ret
	.cfi_endproc
	.size	mutex_enter, . - mutex_enter

	/* void mutex_exit(kmutex_t *lp): the current thread, without waiters, becomes 0. */
	.globl	mutex_exit
	.type	mutex_exit, @function
mutex_exit:
	.cfi_startproc
	movq	%gs:CPU_THREAD, %rax
	xorl	%edx, %edx
	lock cmpxchgq %rdx, (%rdi)
	jne	mutex_vector_exit
	ret
	.cfi_endproc
	.size	mutex_exit, . - mutex_exit

	.section .note.GNU-stack, "", @progbits
