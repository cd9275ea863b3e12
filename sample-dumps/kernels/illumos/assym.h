/* Offsets that the assembly needs; assym.c holds them against the C structures. */
#ifndef _ASSYM_H
#define _ASSYM_H

#define CPU_THREAD		0x18
#define CPU_IDLE_THREAD		0x20
#define CPU_LWP			0x30

#define T_PC			0x38
#define T_SP			0x40
#define T_RBP			0x48
#define T_RBX			0x50
#define T_R12			0x58
#define T_R13			0x60
#define T_R14			0x68
#define T_R15			0x70
#define T_CTX			0xa8
#define T_LOCK			0xd0
#define T_LWP			0x188

#define REGOFF_SAVFP		0x00
#define REGOFF_SAVPC		0x08
#define REGOFF_RDI		0x10
#define REGOFF_RSI		0x18
#define REGOFF_RDX		0x20
#define REGOFF_RCX		0x28
#define REGOFF_R8		0x30
#define REGOFF_R9		0x38
#define REGOFF_RAX		0x40
#define REGOFF_RBX		0x48
#define REGOFF_RBP		0x50
#define REGOFF_R10		0x58
#define REGOFF_R11		0x60
#define REGOFF_R12		0x68
#define REGOFF_R13		0x70
#define REGOFF_R14		0x78
#define REGOFF_R15		0x80
#define REGOFF_DS		0x98
#define REGOFF_TRAPNO		0xb8
#define REGOFF_ERR		0xc0
#define REGOFF_RIP		0xc8
#define REGOFF_CS		0xd0
#define REGOFF_RFL		0xd8
#define REGOFF_RSP		0xe0
#define REGOFF_SS		0xe8
#define REGSIZE			0xf0

#define NSYSCALL		256

#define FPU_CTX_REGS		0x00
#define FPU_CTX_MASK		0x10
#define FPU_CTX_FLAGS		0x18

#endif
