/* Sleeping and waking. */
#include "mailbox.h"

/* From here on a sender finds the thread. */
static void
sleep_queue(struct mailbox *box, struct thread *self)
{
	self->wait_channel = box;
	self->state = SLEEPING;
	box->sleeper = self;
}

/* Interrupts are off while the state is looked at: the wakeup comes as one. */
static void
sleep_wait(struct thread *self)
{
	cli();
	while (*(volatile enum thread_state *)&self->state == SLEEPING) {
		sti_hlt();
		cli();
	}
	sti();
}

void
mailbox_receive(struct mailbox *box, struct thread *self)
{
	spin_enter(&box->lock);
	while (box->letters == 0) {
#ifdef QUEUE_UNDER_LOCK
		sleep_queue(box, self);
		spin_exit(&box->lock);
#else
		spin_exit(&box->lock);
		sleep_queue(box, self);
#endif
		sleep_wait(self);
		spin_enter(&box->lock);
	}
	box->letters--;
	spin_exit(&box->lock);
}

void
mailbox_send(struct mailbox *box)
{
	struct thread *sleeper;

	spin_enter(&box->lock);
	box->letters++;
	sleeper = box->sleeper;
	box->sleeper = NULL;
	spin_exit(&box->lock);
	if (sleeper != NULL) {
		sleeper->wait_channel = NULL;
		sleeper->state = RUNNING;
		ipi_send(sleeper->cpu, WAKEUP_VECTOR);
	}
}
