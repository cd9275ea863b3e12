/*
 * Kernel threads and their context operators.
 * Source: illumos-gate, usr/src/uts/common/sys/thread.h; `struct ctxop` before and after illumos 12477 (commit 6e2e67256d43).
 * Members up to t_procp are at the offsets of amd64; what follows is a selection in the real order.
 */
#ifndef _SYS_THREAD_H
#define _SYS_THREAD_H

#include "sys/types.h"
#include "sys/mutex.h"

struct cpu;
struct proc;
struct _klwp;
struct turnstile;
struct sc_shared;

typedef struct ctxop {
	void	(*save_op)(void *);		/* the thread leaves a CPU */
	void	(*restore_op)(void *);		/* the thread is about to run again */
	void	(*fork_op)(void *, void *);
	void	(*lwp_create_op)(void *, void *);
	void	(*exit_op)(void *);		/* called with the thread */
	void	(*free_op)(void *, int);	/* called with the argument and "is exec" */
	void	*arg;
	struct ctxop *next;			/* the next older one */
#ifdef CTXOP_CIRCULAR
	struct ctxop *prev;			/* the next newer one; the newest's is the oldest */
#endif
	hrtime_t save_ts;			/* ticks of the TSC, taken before save_op is called */
	hrtime_t restore_ts;			/* the same for restore_op */
} ctxop_t;

/* t_state */
#define TS_FREE		0x00
#define TS_SLEEP	0x01
#define TS_RUN		0x02
#define TS_ONPROC	0x04
#define TS_ZOMB		0x08
#define TS_STOPPED	0x10
#define TS_WAIT		0x20

/* t_flag */
#define T_INTR_THREAD	0x0001
#define T_WAKEABLE	0x0002
#define T_TALLOCSTK	0x0008

/* t_schedflag */
#define TS_LOAD		0x0001
#define TS_DONT_SWAP	0x0002
#define TS_SWAPENQ	0x0004
#define TS_ON_SWAPQ	0x0008

typedef struct {
	caddr_t	lc_wchan0;
	caddr_t	lc_wchan;
} lwpchan_t;

typedef struct _kthread {
	struct _kthread	*t_link;	/* dispatch, sleep and free queues */
	caddr_t	t_stk;			/* base of the stack: the first frame lies below */
	void	(*t_startpc)(void);
	struct cpu *t_bound_cpu;
	short	t_affinitycnt;
	short	t_bind_cpu;
	ushort_t t_flag;
	ushort_t t_proc_flag;
	ushort_t t_schedflag;
	volatile char t_preempt;	/* > 0: the thread must not be preempted */
	volatile char t_preempt_lk;
	uint_t	t_state;
	pri_t	t_pri;
	pri_t	t_epri;			/* inherited */
	pri_t	t_cpri;
	char	t_writer;
	uchar_t	t_bindflag;
	label_t	t_pcb;			/* where it goes on when it is resumed */
	lwpchan_t t_lwpchan;
	struct _sobj_ops *t_sobj_ops;
	id_t	t_cid;			/* scheduling class */
	struct thread_ops *t_clfuncs;
	void	*t_cldata;
	ctxop_t	*t_ctx;			/* newest context operator */
	uintptr_t t_lofault;
	label_t	*t_onfault;
	struct on_trap_data *t_ontrap;
	caddr_t	t_swap;			/* lowest address of the stack's mapping, red zone included */
	lock_t	t_lock;			/* held while the thread is on a CPU */
	uint8_t	t_lockstat;
	uint8_t	t_pil;
	disp_lock_t t_pi_lock;
	char	t_nomigrate;
	struct cpu *t_cpu;
	struct cpu *t_weakbound_cpu;
	struct lgrp_ld *t_lpl;
	void	*t_lgrp_reserv[2];
	struct _kthread	*t_intr;
	uint64_t t_intr_start;
	kt_did_t t_did;
	caddr_t	t_tnf_tpdp;
	struct kcpc_ctx *t_cpc_ctx;
	struct kcpc_set *t_cpc_set;
	id_t	t_tid;			/* number of its lwp in the process */
	id_t	t_waitfor;
	struct sigqueue *t_sigqueue;
	k_sigset_t t_sig;
	k_sigset_t t_extsig;
	k_sigset_t t_hold;
	k_sigset_t t_sigwait;
	struct _kthread	*t_forw;	/* ring of the process's threads */
	struct _kthread	*t_back;
	struct _kthread	*t_thlink;
	struct _klwp *t_lwp;
	struct proc *t_procp;
	struct t_audit_data *t_audit_data;
	struct _kthread	*t_next;	/* ring of all threads */
	struct _kthread	*t_prev;
	ushort_t t_whystop;
	ushort_t t_whatstop;
	int	t_dslot;
	struct pollstate *t_pollstate;
	struct pollcache *t_pollcache;
	struct cred *t_cred;
	time_t	t_start;
	clock_t	t_lbolt;
	hrtime_t t_stoptime;
	uint_t	t_pctcpu;
	short	t_sysnum;
	kcondvar_t t_delay_cv;
	kmutex_t t_delay_lock;
	lock_t	*t_lockp;		/* the lock that protects its state now */
	ushort_t t_oldspl;
	volatile char t_pre_sys;
	lock_t	t_lock_flush;
	struct _disp *t_disp_queue;
	clock_t	t_disp_time;
	uint_t	t_kpri_req;
	uchar_t	t_post_sys;
	char	t_sig_check;
	volatile uchar_t t_trapret;
	volatile uchar_t t_astflag;
	hrtime_t t_waitrq;
	size_t	t_stksize;
	struct turnstile *t_ts;		/* the turnstile that it brings when it blocks */
	struct sc_shared *t_schedctl;	/* page shared with the process */
	kmutex_t t_ctx_lock;		/* protects t_ctx against removal by another thread */
	caddr_t	t_stkbase;		/* lowest address of the stack */
	char	*t_name;
} kthread_t;

#define t_wchan0	t_lwpchan.lc_wchan0
#define t_wchan		t_lwpchan.lc_wchan
#define t_pc		t_pcb.val[LABEL_PC]
#define t_sp		t_pcb.val[LABEL_SP]

extern kthread_t t0;

static inline kthread_t *
threadp(void)
{
	kthread_t *thread;

	__asm__ volatile("movq %%gs:0x18, %0" : "=r"(thread));
	return (thread);
}
#define curthread	(threadp())

/* Nobody else looks at t_preempt of a running thread, so an increment that is not atomic is enough. */
#define kpreempt_disable()	{ curthread->t_preempt++; BARRIER(); }
#define kpreempt_enable()	{ BARRIER(); if (--curthread->t_preempt == 0 && CPU_KPREEMPT_PENDING()) kpreempt(KPREEMPT_SYNC); }
#define critical_enter()	kpreempt_disable()
#define critical_exit()		kpreempt_enable()

#define KPREEMPT_SYNC	(-1)
void kpreempt(int asyncspl);
int CPU_KPREEMPT_PENDING(void);

/* Context operators: ctxop.c. */
void installctx(kthread_t *t, void *arg, void (*save)(void *), void (*restore)(void *), void (*fork)(void *, void *),
    void (*lwp_create)(void *, void *), void (*exit)(void *), void (*free)(void *, int));
int removectx(kthread_t *t, void *arg, void (*save)(void *), void (*restore)(void *), void (*fork)(void *, void *),
    void (*lwp_create)(void *, void *), void (*exit)(void *), void (*free)(void *, int));
void savectx(kthread_t *t);
void restorectx(kthread_t *t);
void forkctx(kthread_t *t, kthread_t *ct);
void lwp_createctx(kthread_t *t, kthread_t *ct);
void exitctx(kthread_t *t);
void freectx(kthread_t *t, int isexec);

/* thread.c */
kthread_t *thread_create(caddr_t stk, size_t stksize, void (*proc)(void), void *arg, struct proc *pp, int state, pri_t pri);
void thread_exit(void) __attribute__((noreturn));
void thread_free(kthread_t *t);
void thread_reaper(void);

/* swtch.S */
void resume(kthread_t *t);
void thread_start(void);
/** A CPU becomes a thread that has not run yet. */
void thread_become(kthread_t *t) __attribute__((noreturn));

#endif
