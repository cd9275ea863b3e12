/*
 * What dtrace's fbt provider showed the author of illumos 12477: every entry of a context operator, with time, CPU and thread.
 * A ring of our own, filled by the loops of ctxop.c; and the time that each operator takes, which is the real machine's.
 */
#ifndef _SYS_CTXTRACE_H
#define _SYS_CTXTRACE_H

#include "sys/thread.h"

typedef enum {
	CTXTRACE_SAVE, CTXTRACE_RESTORE, CTXTRACE_FORK, CTXTRACE_LWP_CREATE, CTXTRACE_EXIT, CTXTRACE_FREE,
} ctxtrace_kind_t;

typedef struct ctxtrace {
	hrtime_t	ct_tsc;
	kthread_t	*ct_thread;	/* whose operator it is */
	ctxop_t		*ct_ctxop;
	void		(*ct_op)();	/* the function that was entered */
	void		*ct_arg;
	int		ct_cpu;
	ctxtrace_kind_t	ct_kind;
} ctxtrace_t;

#define CTXTRACE_SIZE	256

extern ctxtrace_t ctxtrace_buf[CTXTRACE_SIZE];
/** Entries ever written; the next one goes to this number modulo the size. */
extern uint64_t ctxtrace_next;

/** Records that `op` is about to be entered, and declares how long it takes. @param tsc 0: now */
void ctxtrace(ctxtrace_kind_t kind, kthread_t *t, ctxop_t *ctx, void (*op)(), hrtime_t tsc);

#endif
