/* Schedule points: places with a name where a script or the explorer may switch CPUs. Contract: docs/platform.md. */
#ifndef COMMON_SCHEDULE_H
#define COMMON_SCHEDULE_H

#ifdef __ASSEMBLER__

.macro SCHEDULE_POINT name:req
	.pushsection .rodata.schedule_points, "aMS", @progbits, 1
77770:	.asciz	"\name"
	.popsection
77771:	nop
	.pushsection .schedule_points, "a", @progbits
	.quad	77771b, 77770b
	.popsection
.endm

#else

/** One `nop`, recorded with its name in `.schedule_points`; a `name` may stand at several places. */
#define SCHEDULE_POINT(name)					\
	__asm__ volatile(					\
	    ".pushsection .rodata.schedule_points, \"aMS\", @progbits, 1\n" \
	    "77770:	.asciz \"" #name "\"\n"			\
	    "	.popsection\n"					\
	    "77771:	nop\n"					\
	    "	.pushsection .schedule_points, \"a\", @progbits\n"	\
	    "	.quad 77771b, 77770b\n"				\
	    "	.popsection\n" ::: "memory")

#endif
#endif
