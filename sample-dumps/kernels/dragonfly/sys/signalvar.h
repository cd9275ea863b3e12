/* Signals and who is told of them. Source: DragonFly, sys/signalvar.h, sys/event.h; subsets. */
#ifndef SYS_SIGNALVAR_H
#define SYS_SIGNALVAR_H

#include "sys/file.h"

#define SIGIO		23
#define NOTE_SIGNAL	0x08000000

struct knote {
	struct knote	*kn_next;
	int		kn_filter;
	int64_t		kn_data;	/* events that have come */
	struct thread	*kn_waiter;	/* sleeps in kevent */
};

struct klist {
	struct knote	*slh_first;
};

#define KNOTE(list, hint)	do { if ((list)->slh_first != NULL) knote((list), (hint)); } while (0)

extern struct klist proc_klist;
extern int lwp_sigpend;

void knote(struct klist *list, long hint);
void vkernel_trap(struct lwp *lp, struct trap_frame *frame);
void postsig(int sig, struct trap_frame *frame);
void userret(struct lwp *lp, struct trap_frame *frame);

#endif
