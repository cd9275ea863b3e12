/* Offsets that assembly uses; sys/proc.h holds the structures, and machdep.c asserts that these agree. */
#define TD_PCB		56
#define PCB_R15		0
#define PCB_R14		8
#define PCB_R13		16
#define PCB_R12		24
#define PCB_RBP		32
#define PCB_RSP		40
#define PCB_RBX		48
#define PCB_RIP		56
#define PCB_CR3		80
#define PC_CURTHREAD	0
#define PC_CURPCB	32
#define PC_CPUID	40
#define PC_RSP0		80
#define PC_SCRATCH_RSP	88
#define TSS_SIZE	104
#define TSS_RSP0	4

/* For bsd/exception.S. */
#define FAST_SYSCALL	fast_syscall
#define SYSCALL_HANDLER	amd64_syscall
#define SYSCALL_RSP0	PC_RSP0
#define SYSCALL_SCRATCH	PC_SCRATCH_RSP

#define FUNCTION(name)	.globl name; .type name, @function; name: .cfi_startproc
#define END(name)	.cfi_endproc; .size name, . - name
