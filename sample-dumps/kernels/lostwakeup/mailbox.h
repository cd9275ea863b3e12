/* A mailbox: one thread sends, one waits. */
#ifndef MAILBOX_H
#define MAILBOX_H

#include "kernel.h"

#define WAKEUP_VECTOR	0x40	/* the interrupt that wakes a CPU */

enum thread_state { RUNNING = 1, SLEEPING = 2 };

struct thread {
	const char	*name;
	uint32_t	cpu;		/* a thread stays on its CPU */
	enum thread_state state;
	void		*wait_channel;	/* what it sleeps for */
};

struct mailbox {
	struct spin_lock lock;
	int		letters;
	struct thread	*sleeper;	/* who waits for a letter */
};

void mailbox_send(struct mailbox *box);
void mailbox_receive(struct mailbox *box, struct thread *self);

#endif
