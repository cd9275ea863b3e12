/* Turnstiles: where threads sleep for locks. Source: illumos-gate, usr/src/uts/common/sys/{turnstile,sleepq}.h; a selection. */
#ifndef _SYS_TURNSTILE_H
#define _SYS_TURNSTILE_H

#include "sys/thread.h"

#define TS_WRITER_Q	0
#define TS_READER_Q	1

typedef struct sleepq {
	kthread_t *sq_first;
} sleepq_t;

typedef struct turnstile {
	struct turnstile *ts_next;	/* chain of the hash table */
	struct turnstile *ts_free;	/* brought by further waiters */
	void	*ts_sobj;		/* the lock */
	int	ts_waiters;
	pri_t	ts_epri;
	kthread_t *ts_inheritor;
	sleepq_t ts_sleepq[2];
} turnstile_t;

typedef struct turnstile_chain {
	turnstile_t *tc_first;
	disp_lock_t tc_lock;
} turnstile_chain_t;

#define TURNSTILE_HASH_SIZE	16
extern turnstile_chain_t turnstile_table[TURNSTILE_HASH_SIZE];

/** Kinds of what a thread sleeps for: t_sobj_ops. */
typedef enum { SOBJ_NONE, SOBJ_MUTEX, SOBJ_RWLOCK, SOBJ_CV, SOBJ_SEMA, SOBJ_USER, SOBJ_USER_PI, SOBJ_SHUTTLE } syncobj_t;
typedef struct _sobj_ops {
	syncobj_t sobj_type;
} sobj_ops_t;
extern sobj_ops_t mutex_sobj_ops, cv_sobj_ops;

/** The turnstile of a lock, or NULL; its chain is locked and interrupts are off until block, wakeup or exit. */
turnstile_t *turnstile_lookup(void *sobj);
void turnstile_exit(void *sobj);
/** Sleeps. @param ts NULL: the thread's own turnstile becomes the lock's */
void turnstile_block(turnstile_t *ts, int qnum, void *sobj);
/** Wakes all waiters of a queue. */
void turnstile_wakeup(turnstile_t *ts, int qnum);

#endif
