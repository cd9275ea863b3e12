/* CPUs and their dispatch queues. Source: illumos-gate, usr/src/uts/common/sys/{cpuvar,disp}.h; a selection in the real order. */
#ifndef _SYS_CPUVAR_H
#define _SYS_CPUVAR_H

#include "sys/thread.h"

#define NCPU		4
#define NGLOBPRIS	170
#define kpreemptpri	100	/* from here on a waiting thread preempts the kernel */

typedef struct dispq {
	kthread_t *dq_first;
	kthread_t *dq_last;
	int	dq_sruncnt;
} dispq_t;

typedef struct _disp {
	disp_lock_t disp_lock;
	pri_t	disp_npri;
	dispq_t	*disp_q;
	dispq_t	*disp_q_limit;
	ulong_t	*disp_qactmap;
	pri_t	disp_maxrunpri;
	pri_t	disp_max_unbound_pri;
	volatile int disp_nrunnable;
	struct cpu *disp_cpu;
} disp_t;

/* cpu_flags */
#define CPU_RUNNING	0x001
#define CPU_READY	0x002
#define CPU_QUIESCED	0x004
#define CPU_EXISTS	0x008
#define CPU_ENABLE	0x010

/** Saved register sets and descriptor tables: the machine-dependent part. */
struct machcpu {
	struct tss	*mcpu_tss;
	uint64_t	*mcpu_gdt;
	uint64_t	mcpu_vmx_pa;	/* VMXON region */
	uint_t		mcpu_apicid;
};

typedef struct cpu {
	processorid_t cpu_id;
	processorid_t cpu_seqid;
	volatile uint_t cpu_flags;
	struct cpu *cpu_self;
	kthread_t *cpu_thread;
	kthread_t *cpu_idle_thread;
	kthread_t *cpu_pause_thread;
	struct _klwp *cpu_lwp;
	struct _klwp *cpu_fpowner;
	struct cpupart *cpu_part;
	struct lgrp_ld *cpu_lpl;
	int	cpu_cache_offset;
	struct cpu *cpu_next;
	struct cpu *cpu_prev;
	struct cpu *cpu_next_onln;
	struct cpu *cpu_prev_onln;
	disp_t	*cpu_disp;
	volatile char cpu_runrun;	/* a better thread waits: preempt on return to user mode */
	volatile char cpu_kprunrun;	/* the same, and the kernel too */
	pri_t	cpu_chosen_level;
	kthread_t *cpu_dispthread;
	disp_lock_t cpu_thread_lock;
	uint8_t	cpu_disp_flags;
	volatile pri_t cpu_dispatch_pri;
	clock_t	cpu_last_swtch;
	caddr_t	cpu_intr_stack;
	kthread_t *cpu_intr_thread;
	uint_t	cpu_intr_actv;
	int	cpu_base_spl;
	struct {
		uint64_t pswitch;	/* context switches */
		uint64_t inv_swtch;	/* of them, involuntary */
	} cpu_stats;
	struct machcpu cpu_m;
	disp_t	cpu_disp_storage;
	dispq_t	cpu_dispq_storage[NGLOBPRIS];
} cpu_t;

#define cpu_tss	cpu_m.mcpu_tss

extern cpu_t *cpu[NCPU];	/* by id */
extern cpu_t cpus[NCPU];
extern cpu_t *cpu_list;
extern int ncpus, ncpus_online;

#define CPU	(curthread->t_cpu)

/* Vectors: usr/src/uts/i86pc/sys/smp_impldefs.h has the levels; the numbers are ours. */
#define VECTOR_CBE	0x20	/* clock tick */
#define VECTOR_DEVICE	0x21	/* the console has input */
#define VECTOR_MEMORY	0x22	/* pageout has freed memory */
#define VECTOR_POKE	0xe0	/* poke_cpu: look at cpu_runrun */

/* disp.c */
void disp_init(cpu_t *cp);
void swtch(void);
void preempt(void);
void setfrontdq(kthread_t *t);
void setbackdq(kthread_t *t);
void setrun(kthread_t *t);
void thread_onproc(kthread_t *t, cpu_t *cp);
void cpu_resched(cpu_t *cp, pri_t tpri);
void poke_cpu(int cpun);
void idle(void);
void thread_affinity_set(kthread_t *t, int cpu_id);
void thread_affinity_clear(kthread_t *t);

#endif
