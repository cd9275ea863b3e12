/*
 * Hardware state as C structures in dump memory, so that `::print` works on a TLB as on a thread.
 *
 * The kernel only reserves the arrays (sim_cpu.c). The machine fills them when the dump is taken, and finds each member by its
 * name in the image's own debug information, so a member can be added here without a change of the simulator's layout code.
 * No checker may read `fill_tick`: it is the machine's own memory of when, not something hardware has.
 */
#ifndef COMMON_SIM_CPU_H
#define COMMON_SIM_CPU_H

#include <stdint.h>

#define SIM_MAX_CPUS	8
#define SIM_MAX_TLB	64
#define SIM_MAX_SB	64
#define SIM_MAX_VMCS	32

/* sim_tlbent.flags */
#define SIM_TLB_V	0x01	/* valid */
#define SIM_TLB_W	0x02	/* writable */
#define SIM_TLB_U	0x04	/* user */
#define SIM_TLB_G	0x08	/* global */
#define SIM_TLB_D	0x10	/* filled or used by a write: further writes do not look at the page tables */
#define SIM_TLB_PS	0x20	/* large page */
#define SIM_TLB_1G	0x40	/* page of one gigabyte */
#define SIM_TLB_NX	0x80	/* no execute */

struct sim_tlbent {
	uint64_t	va;
	uint64_t	pa;
	uint64_t	cr3;
	uint32_t	flags;
	uint16_t	pcid;
	uint16_t	asid;
	uint64_t	fill_tick;
};

/* An entry of a store buffer, or of a load buffer in the weak memory model. */
struct sim_sbent {
	uint64_t	addr;		/* virtual */
	uint64_t	value;
	uint32_t	size;		/* bytes */
	uint32_t	seq;
};

/* sim_vmcs.flags */
#define SIM_VMCS_LAUNCHED	0x1
#define SIM_VMCS_ACTIVE		0x2

/* What the processors hide about a VMCS. */
struct sim_vmcs {
	uint64_t	pa;
	uint32_t	flags;
	int32_t		active_cpu;	/* -1 when active on none */
	uint64_t	eptp;
	uint64_t	guest_rip;
	uint64_t	guest_rsp;
	uint64_t	guest_cr0;
	uint64_t	guest_cr3;
	uint64_t	host_cr0;
	uint64_t	host_rip;
	uint32_t	exit_reason;
	uint32_t	instruction_error;
};

/* sim_cpu.flags */
#define SIM_CPU_HALTED	0x1
#define SIM_CPU_VMX	0x2	/* in VMX operation */
#define SIM_CPU_GUEST	0x4	/* in VMX non-root operation */
#define SIM_CPU_LATCH	0x8	/* between the two steps of a read-modify-write without lock */

struct sim_cpu {
	uint32_t	cpuid;
	uint32_t	flags;
	uint64_t	tsc;
	uint64_t	cr3;
	uint64_t	cr2;
	uint64_t	rip;
	uint64_t	rsp;
	uint64_t	rbp;
	uint64_t	rflags;
	uint64_t	gpr[32];	/* rax rcx rdx rbx rsp rbp rsi rdi r8..r15 */
	uint8_t		xmm[256];
	uint32_t	mxcsr;
	uint16_t	fcw;
	uint16_t	fsw;
	uint64_t	curctx;		/* the kernel's current thread: the word at %gs:sim_curctx_offset */
	uint32_t	tlb_n;
	uint32_t	tlb_max;
	struct sim_tlbent *tlb;
	uint32_t	sb_n;
	uint32_t	sb_max;
	struct sim_sbent *sb;
	uint32_t	lb_n;
	uint32_t	lb_max;
	struct sim_sbent *lb;
	uint64_t	ipi_pending;	/* bit n: vector n is pending, for vectors below 64 (see irr for all) */
	uint64_t	cnt_cr3_load;
	uint64_t	cnt_cr3_skip;
	uint64_t	cnt_invlpg;
	uint64_t	cnt_invltlb;
	uint64_t	cnt_ipi_sent;
	uint64_t	cnt_ipi_recv;
	uint64_t	cr0;
	uint64_t	cr4;
	uint64_t	cr8;
	uint64_t	efer;
	uint64_t	xcr0;
	uint64_t	fs_base;
	uint64_t	gs_base;
	uint64_t	kernel_gs_base;
	uint64_t	sysenter_cs;
	uint64_t	sysenter_esp;
	uint64_t	sysenter_eip;
	uint64_t	star;
	uint64_t	lstar;
	uint64_t	sfmask;
	uint64_t	gdtr_base;
	uint64_t	idtr_base;
	uint16_t	gdtr_limit;
	uint16_t	idtr_limit;
	uint16_t	tr;
	uint16_t	cs;
	uint16_t	ss;
	uint16_t	ftw;
	uint32_t	pad;
	uint64_t	irr[4];		/* pending interrupts, bit per vector */
	uint64_t	isr[4];		/* interrupts in service */
	uint8_t		ymm_high[256];	/* upper halves of ymm0..15 */
	uint64_t	vmxon_pa;	/* all ones: not in VMX operation */
	uint64_t	current_vmcs_pa;	/* all ones: none */
	uint32_t	last_vmx_op;	/* 1 VMXON 2 VMCLEAR 3 VMPTRLD 4 VMLAUNCH 5 VMRESUME 6 INVEPT 7 INVVPID 8 VMXOFF ... */
	uint32_t	last_vmx_result;	/* 0 done, 1 VMfailInvalid, 0x100 | n VMfailValid with error n */
	uint64_t	last_vmx_operand[2];
	uint32_t	prev_vmx_op;
	uint32_t	prev_vmx_result;
	uint64_t	prev_vmx_operand[2];
	uint32_t	ept_tags_n;
	uint32_t	pad2;
	uint64_t	ept_tags[8];	/* EPT pointers with cached translations on this CPU */
} __attribute__((aligned(64)));

extern struct sim_cpu sim_cpu[SIM_MAX_CPUS];
extern struct sim_tlbent sim_tlb[SIM_MAX_CPUS][SIM_MAX_TLB];
extern struct sim_sbent sim_sb[SIM_MAX_CPUS][SIM_MAX_SB];
extern struct sim_sbent sim_lb[SIM_MAX_CPUS][SIM_MAX_SB];
extern struct sim_vmcs sim_vmcs[SIM_MAX_VMCS];
extern uint32_t sim_vmcs_n;

/** Offset of the current thread's pointer from the kernel's %gs base; each kernel defines it (0xffffffff: it has none). */
extern const uint32_t sim_curctx_offset;

#endif
