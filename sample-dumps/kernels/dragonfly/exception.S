/* System call entry and the way back to user mode. Source: DragonFly, platform/pc64/x86_64/exception.S; our own text. */
#include "bsd/exception.S"

	.section .note.GNU-stack, "", @progbits
