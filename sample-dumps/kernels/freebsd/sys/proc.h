/* Threads, processes, mutexes, and what each CPU knows. Source: FreeBSD, sys/proc.h, sys/_mutex.h, sys/pcpu.h, amd64/include/pcpu.h, pcb.h; subsets in their order. */
#ifndef SYS_PROC_H
#define SYS_PROC_H

#include "sys/param.h"

struct vmspace;
struct pmap;
struct vm_map_entry;

struct lock_object {
	const char	*lo_name;
	u_int		lo_flags;
	u_int		lo_data;
	void		*lo_witness;
};

struct mtx {
	struct lock_object lock_object;
	volatile u_long	mtx_lock;	/* the owner, or MTX_UNOWNED */
};
SIZE_IS(struct mtx, 32);
#define MTX_UNOWNED	4ul

/* The order of the first eight words is known to cpu_switch.S. */
struct pcb {
	register_t	pcb_r15, pcb_r14, pcb_r13, pcb_r12, pcb_rbp, pcb_rsp, pcb_rbx, pcb_rip;
	register_t	pcb_fsbase, pcb_gsbase, pcb_cr3;
	u_int		pcb_flags;
	void		*pcb_onfault;
};

enum td_states { TDS_INACTIVE, TDS_INHIBITED, TDS_CAN_RUN, TDS_RUNQ, TDS_RUNNING };

struct thread {
	struct mtx	*td_lock;
	struct proc	*td_proc;
	TAILQ_ENTRY(thread) td_plist;
	int		td_tid;
	enum td_states	td_state;
	int		td_oncpu;	/* -1 when none */
	int		td_lastcpu;
	u_int		td_critnest;
	u_int		td_pinned;
	struct pcb	*td_pcb;
	char		*td_kstack;
	int		td_kstack_pages;
	struct trap_frame *td_frame;
	char		td_name[20];
	/* Behind the members that the subset has: */
	TAILQ_ENTRY(thread) td_runq;
	struct vm_map_entry *td_map_def_user;	/* entries whose last work waits for the map's unlock */
	u_int		td_spinlock_count;
	u_long		td_saved_flags;
};
OFFSET_IS(struct thread, td_frame, 80);
#define KSTACK_PAGES	2

enum p_states { PRS_NEW, PRS_NORMAL, PRS_ZOMBIE };

struct proc {
	LIST_ENTRY(proc) p_list;
	TAILQ_HEAD(, thread) p_threads;
	int		p_pid;
	enum p_states	p_state;
	u_int		p_flag;
	struct vmspace	*p_vmspace;
	struct mtx	p_mtx;
	char		p_comm[20];
};
SIZE_IS(struct proc, 112);
OFFSET_IS(struct proc, p_vmspace, 48);
LIST_HEAD(proclist, proc);

/* What %gs points to. */
struct pcpu {
	struct thread	*pc_curthread;
	struct thread	*pc_idlethread;
	struct thread	*pc_fpcurthread;
	struct thread	*pc_deadthread;
	struct pcb	*pc_curpcb;
	u_int		pc_cpuid;
	u_int		pc_acpi_id;
	struct pmap	*pc_curpmap;
	struct pmap	*pc_curvmpmap;
	u_long		pc_pmap_activate_cnt;	/* ours: calls of pmap_activate */
	struct pcpu	*pc_prvspace;
	register_t	pc_rsp0;
	register_t	pc_scratch_rsp;
	u_long		pc_exit_cnt;		/* ours: calls of vmspace_exit */
};
OFFSET_IS(struct pcpu, pc_curpmap, 48);
OFFSET_IS(struct pcpu, pc_prvspace, 72);
OFFSET_IS(struct pcpu, pc_rsp0, 80);

/*
 * PCPU_GET reads a member relative to %gs in one instruction. arm64's was two once: the address of the structure first, then the
 * member, and a thread that moves to another CPU between them reads the other CPU's. TWO_STEP_PCPU has that form, with the address
 * where a dump shows it (arm64: x8).
 */
#define PCPU_FIELD(member, type) ({						\
	type pcpu_value;							\
	__asm__ volatile("movq %%gs:%c1, %0"					\
	    : "=r"(pcpu_value) : "i"(offsetof(struct pcpu, member)));		\
	pcpu_value;								\
})
#define curthread	PCPU_FIELD(pc_curthread, struct thread *)
#define PCPU_PTR()	PCPU_FIELD(pc_prvspace, struct pcpu *)
#define PCPU_SET(member, value)	\
	__asm__ volatile("movq %0, %%gs:%c1" :: "r"(value), "i"(offsetof(struct pcpu, pc_##member)) : "memory")
/** One `inc`: an interrupt can't come between its halves; another CPU has another counter. */
#define PCPU_INC(member)	\
	__asm__ volatile("incq %%gs:%c0" :: "i"(offsetof(struct pcpu, pc_##member)) : "memory", "cc")
/** Stable only where the thread can't move: in a critical section, or with interrupts off. */
#define PCPU_CPUID()	((int)PCPU_PTR()->pc_cpuid)

#define curproc		(curthread->td_proc)

extern struct pcpu __pcpu[MAXCPU];
extern struct proclist allproc;
extern struct proc proc0;
extern struct thread thread0;
extern cpuset_t all_cpus;

static inline void critical_enter(void) { curthread->td_critnest++; }
static inline void critical_exit(void) { curthread->td_critnest--; }

/* kern_mutex.c */
void mtx_init(struct mtx *m, const char *name);
void mtx_lock(struct mtx *m);
void mtx_unlock(struct mtx *m);
void mtx_lock_spin(struct mtx *m);
void mtx_unlock_spin(struct mtx *m);

/* sched_ule.c */
struct tdq {
	struct mtx	tdq_lock;
	TAILQ_HEAD(, thread) tdq_runq;
	int		tdq_load;
};
extern struct tdq tdq_cpu[MAXCPU];
void sched_init(void);
void sched_add(struct thread *td, int cpu);
void sched_relinquish(void);
void sched_preempt(void);
/** Off the CPU until somebody makes the thread runnable. */
void sched_sleep(void);
/** The exit of a thread: never comes back. */
void sched_throw(struct thread *td) __attribute__((noreturn));
void sched_idletd(void *arg);
/** Called in a thread that runs for the first time. */
void fork_exit(void (*callout)(void *), void *arg);

/* cpu_switch.S, exception.S, support.S */
void cpu_switch(struct thread *old, struct thread *new);
void cpu_throw(struct thread *old, struct thread *new) __attribute__((noreturn));
void fork_trampoline(void);
void fast_syscall(void);
void savectx(struct pcb *pcb, void *fpu);

/* kern_thread.c */
struct thread *thread_alloc(struct proc *p, int tid, const char *name);
void cpu_fork_kthread_handler(struct thread *td, void (*func)(void *), void *arg);

/* kern_exit.c, kern_fork.c, kern_thr.c, procfs_map.c */
void exit1(struct thread *td, int status) __attribute__((noreturn));
void sigexit(struct thread *td, int signal) __attribute__((noreturn));
struct proc *fork1(struct thread *td, int pid);
void proc_linkup(struct proc *p, int pid, const char *name, struct vmspace *vm);
int procfs_doprocmap(struct proc *p);

#endif
