/* What the BSD kernels' trap.c share: the search of the table of system calls, and the words of a fatal trap. */
#ifndef BSD_TRAP_H
#define BSD_TRAP_H

#define ENOSYS	78

/**
 * Calls what `sysent`, a table of {number, call}, has under a number.
 *
 * @return its error number, or ENOSYS
 */
#define SYSENT_CALL(sysent, wanted, frame) ({						\
	int sysent_error = ENOSYS;							\
	for (size_t slot = 0; slot < sizeof(sysent) / sizeof((sysent)[0]); slot++)	\
		if ((sysent)[slot].number == (wanted))					\
			sysent_error = (sysent)[slot].call(frame);			\
	sysent_error;									\
})

/** For printf: number of the trap, its name, the CPU, the address, selector and offset of the instruction. */
#define FATAL_TRAP_FORMAT								\
	"\nFatal trap %d: %s while in kernel mode\ncpuid = %d\nfault virtual address\t= 0x%lx\n"	\
	"instruction pointer\t= 0x%lx:0x%lx\n"

#endif
