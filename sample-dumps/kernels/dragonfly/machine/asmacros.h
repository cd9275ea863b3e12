/* Offsets that assembly uses; sys/thread.h and vm/vm.h hold the structures, and machdep.c asserts that these agree. */
#define TD_LWP		72
#define TD_PCB		80
#define TD_SP		96
#define TD_SAVEFPU	128
#define LWP_VMSPACE	48
#ifdef VKERNEL
#define VM_ACTIVE	368
#define VM_ACTIVE_LOCK	364
#else
#define VM_ACTIVE	352
#define VM_ACTIVE_LOCK	348
#endif
#define PCB_CR3		0
#define PCB_R15		8
#define PCB_R14		16
#define PCB_R13		24
#define PCB_R12		32
#define PCB_RBP		40
#define PCB_RSP		48
#define PCB_RBX		56
#define PCB_RIP		64
#define GD_CURTHREAD	8
#define GD_CPUID	20
#define GD_SIMPLE	96
#define GD_OFFSET	104
#define GD_NPXTHREAD	112
#define PRV_SCRATCH	136
#define PRV_RSP0	144
#define PRV_CR3_LOAD	176
#define PRV_CR3_SKIP	184
#define TSS_SIZE	104
#define TSS_RSP0	4

/* For bsd/exception.S. */
#define FAST_SYSCALL	Xfast_syscall
#define SYSCALL_HANDLER	syscall2
#define SYSCALL_RSP0	PRV_RSP0
#define SYSCALL_SCRATCH	PRV_SCRATCH

#define FUNCTION(name)	.globl name; .type name, @function; name: .cfi_startproc
#define END(name)	.cfi_endproc; .size name, . - name
