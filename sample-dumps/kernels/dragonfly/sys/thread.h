/* Threads, processes, and what each CPU knows. Source: DragonFly, sys/thread.h, sys/proc.h, sys/globaldata.h, platform/pc64/include/pcb.h; subsets in their order. */
#ifndef SYS_THREAD_H
#define SYS_THREAD_H

#include "sys/param.h"

struct proc;
struct lwp;
struct vmspace;
struct privatespace;

struct lwkt_token {
	long		t_count;	/* holders: 1 exclusive here */
	void		*t_ref;		/* thread that holds it */
	long		t_collisions;
	const char	*t_desc;
};

struct savexmm64 {
	uint16_t	en_cw, en_sw;
	uint8_t		en_tw, en_zero;
	uint16_t	en_opcode;
	u64		en_rip, en_rdp;
	u32		en_mxcsr, en_mxcsr_mask;
	uint8_t		sv_fp[128];
	uint8_t		sv_xmm[256];
	uint8_t		sv_pad[96];
} __attribute__((aligned(16)));

struct pcb {
	u64		pcb_cr3, pcb_r15, pcb_r14, pcb_r13, pcb_r12, pcb_rbp, pcb_rsp, pcb_rbx, pcb_rip;
	u64		pcb_fsbase, pcb_gsbase, pcb_flags;
	void		*pcb_onfault, *pcb_ext;
	struct savexmm64 pcb_save;
};
SIZE_IS(struct pcb, 624);

/* td_flags */
#define TDF_RUNNING	0x0001	/* a CPU runs it, or has not finished leaving it */
#define TDF_RUNQ	0x0002	/* on a run queue */
#define TDF_BLOCKED	0x0040

struct thread {
	TAILQ_ENTRY(thread) td_threadq;
	TAILQ_ENTRY(thread) td_allq;
	const void	*td_wchan;
	const char	*td_wmesg;
	int		td_critcount;
	u_int		td_flags;
	struct thread	*td_preempted;
	struct proc	*td_proc;
	struct lwp	*td_lwp;
	struct pcb	*td_pcb;
	struct privatespace *td_gd;
	char		*td_sp;
	struct thread	*(*td_switch)(struct thread *next);
	char		*td_kstack;
	int		td_kstack_size;
	struct savexmm64 *td_savefpu;
	char		td_comm[17];
};
SIZE_IS(struct thread, 160);
OFFSET_IS(struct thread, td_sp, 96);

/* lwp_stat */
#define LSRUN	1
#define LSSTOP	2
#define LSSLEEP	3

struct vkernel_lwp {
	void		*ve;		/* the guest's vmspace entry while guest code runs */
	struct trap_frame *user_trapframe;
	void		*user_vextframe;
	u64		save_trapframe[26];
};

struct lwp {
	LIST_ENTRY(lwp)	u;
	int		lwp_tid;
	int		lwp_stat;
	u_int		lwp_flags;
	struct proc	*lwp_proc;
	struct thread	*lwp_thread;
	struct vmspace	*lwp_vmspace;
	struct vkernel_lwp *lwp_vkernel;
	struct trap_frame *lwp_md_regs;
};
SIZE_IS(struct lwp, 72);

LIST_HEAD(proclist, proc);
struct proc {
	LIST_ENTRY(proc) p_list;
	int		p_pid;
	int		p_nthreads;
	u_int		p_flags;
	struct vmspace	*p_vmspace;
	RB_HEAD(lwp_rb_tree, lwp) p_lwp_tree;	/* in this kernel a list by `u`, first at rbh_root */
	char		p_comm[17];
};
SIZE_IS(struct proc, 96);

struct globaldata {
	struct privatespace *gd_prvspace;
	struct thread	*gd_curthread;
	u_int		gd_reqflags;
	int		gd_cpuid;
	u_int		gd_flags;
	cpumask_t	gd_cpumask;
	cpumask_t	gd_other_cpus;
	u64		gd_cpumask_simple;
	u64		gd_cpumask_offset;
};
SIZE_IS(struct globaldata, 112);

struct mdglobaldata {
	struct globaldata mi;
	struct thread	*gd_npxthread;
	int		gd_xinvaltlb;
	u64		gd_v_smpinvltlb;
};
SIZE_IS(struct mdglobaldata, 136);

TAILQ_HEAD(lwkt_queue, thread);

/* What %gs points to. The members behind mdglobaldata are ours: the real ones lie in parts that the subset leaves out. */
struct privatespace {
	struct mdglobaldata mdglobaldata;
	u64		scratch_rsp;
	u64		rsp0;
	struct lwkt_queue gd_tdrunq;
	struct thread	*gd_idlethread;
	u64		cnt_cr3_load;		/* user threads that loaded %cr3 when they were switched to */
	u64		cnt_cr3_skip;		/* and those that did not */
};
OFFSET_IS(struct privatespace, scratch_rsp, 136);
OFFSET_IS(struct privatespace, rsp0, 144);
OFFSET_IS(struct privatespace, cnt_cr3_load, 176);

extern struct privatespace *CPU_prvspace[MAXCPU];
extern struct lwkt_queue lwkt_allq;
extern struct proclist allproc;
extern cpumask_t smp_active_mask, smp_startup_mask;
extern u64 KPML4phys;

static inline struct privatespace *
mycpu_prv(void)
{
	struct privatespace *prv;
	__asm__ volatile("movq %%gs:0, %0" : "=r"(prv));
	return (prv);
}
#define mycpu		(&mycpu_prv()->mdglobaldata.mi)
#define mdcpu		(&mycpu_prv()->mdglobaldata)
#define mycpuid		(mycpu->gd_cpuid)

static inline struct thread *
curthread_get(void)
{
	struct thread *td;
	__asm__ volatile("movq %%gs:8, %0" : "=r"(td));
	return (td);
}
#define curthread	curthread_get()

static inline void
curthread_set(struct thread *td)
{
	__asm__ volatile("movq %0, %%gs:8" :: "r"(td) : "memory");
}
#define curproc		(curthread->td_proc)

#define crit_enter()	(curthread->td_critcount++)
#define crit_exit()	(curthread->td_critcount--)

/* lwkt_thread.c */
struct thread *lwkt_create(void (*func)(void *), void *arg, int cpu, const char *name);
void lwkt_switch(void);
void lwkt_yield(void);
void lwkt_schedule(struct thread *td);
void lwkt_deschedule_self(void);
void lwkt_thread_setup(struct thread *td, int cpu, const char *name);
void lwkt_gettoken(struct lwkt_token *tok);
int lwkt_trytoken(struct lwkt_token *tok);
void lwkt_reltoken(struct lwkt_token *tok);
#define ASSERT_LWKT_TOKEN_HELD(tok)	\
	KASSERT((tok)->t_ref == curthread, ("assertion: token %s not held in %s", (tok)->t_desc, __func__))
void cpu_idle(void *arg);
/** A kernel thread on a CPU, runnable. */
void thread_on(int cpu, void (*func)(void *), const char *name);
void thread_exit(void);
void spin_lock(struct spinlock *spin);
void spin_unlock(struct spinlock *spin);

/* swtch.S, exception.S */
struct thread *cpu_heavy_switch(struct thread *next);
struct thread *cpu_lwkt_switch(struct thread *next);
void cpu_heavy_restore(void);
void cpu_lwkt_restore(void);
void fork_trampoline(void);
void fork_return_to_user(struct trap_frame *frame);
void Xfast_syscall(void);
void lwkt_boot(struct thread *td) __attribute__((noreturn));

/* kern_proc.c */
#define SIGKILL		9
#define SIGSEGV		11
struct lwp *lwp_alloc(struct proc *p, int tid, int cpu);
void lwpsignal(struct lwp *lp, int signal);

/* machdep.c */
void gdinit(int cpu);
void cpu_setregs(int cpu);

/* init_main.c, the vkernel's init.c: what each of the two adds when memory is there. Its last part is the workload. */
void mi_startup(void);

/* init_main.c and vm_machdep.c */
struct proc *proc_create(int pid, const char *name, u64 pml4);
struct lwp *lwp_create(struct proc *p, int tid, int cpu, const void *entry, u64 argument);

/* subr_prf.c: the message buffer. Source: DragonFly, sys/msgbuf.h. */
#define MSGBUF_SIZE	4096
struct msgbuf {
	u_int		msg_magic;
	u_int		msg_size;
	u_int		msg_bufx;	/* bytes written so far; the place is this modulo msg_size */
	u_int		msg_bufr;
	char		*msg_ptr;
};
extern struct msgbuf *msgbufp;
extern const char *panicstr;
extern struct thread *panic_thread;
extern int panic_cpu;
#define MSGBUF_MAGIC	0x063062u

/* kern_ktr.c */
struct ktr_entry {
	u64		ktr_timestamp;
	u32		ktr_cpu;
	u32		ktr_seq;
	const char	*ktr_info;
	u64		ktr_data[6];
};
SIZE_IS(struct ktr_entry, 72);
#define KTR_ENTRIES	1024
extern struct ktr_entry ktr_buf[KTR_ENTRIES];
extern int ktr_idx, ktr_enable;
void ktr_log(const char *info, u64 a, u64 b, u64 c, u64 d);

#endif
