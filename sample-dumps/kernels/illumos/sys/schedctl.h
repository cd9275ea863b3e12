/* Scheduler control: a word shared between kernel and process. Source: illumos-gate, usr/src/uts/common/sys/schedctl.h; a selection. */
#ifndef _SYS_SCHEDCTL_H
#define _SYS_SCHEDCTL_H

#include "sys/thread.h"

typedef struct sc_public {
	volatile short	sc_nopreempt;
	volatile short	sc_yield;
} sc_public_t;

typedef struct sc_shared {
	volatile char	sc_sigblock;
	volatile uchar_t sc_flgs;
	volatile uchar_t sc_state;	/* TS_* of the thread, as its process may see it */
	volatile char	sc_park;
	volatile int	sc_cpu;
	volatile pri_t	sc_priority;
	volatile short	sc_cid;
	volatile pri_t	sc_cpri;
	short		sc_pad;
	sc_public_t	sc_preemptctl;
	int		sc_reserved[3];
} sc_shared_t;

/** Page of shared words of one process. */
typedef struct sc_page_ctl {
	struct sc_page_ctl *spc_next;
	struct proc	*spc_proc;
	sc_shared_t	*spc_base;
	sc_shared_t	*spc_end;
	int		spc_space;	/* free slots */
	ulong_t		spc_map[2];	/* bit per slot in use */
} sc_page_ctl_t;

/** A page for a process. @param taken slots that lwps of the past have left in use */
void schedctl_page_create(struct proc *p, uintptr_t address, int taken);
/** The system call: user address of the calling lwp's word. */
int64_t schedctl(void);
void schedctl_save(sc_shared_t *ssp);
void schedctl_restore(sc_shared_t *ssp);
void schedctl_fork(kthread_t *pt, kthread_t *ct);

#define USER_SCHEDCTL	0x7fff80000000ul

#endif
