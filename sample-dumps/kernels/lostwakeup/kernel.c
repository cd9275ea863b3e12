/* Two threads, each on a CPU of its own: the consumer waits for a letter, the producer sends one. */
#include "mailbox.h"

const char kernel_info[] = "OSRELEASE=tutorial\nSYMBOL(threads)\nSYMBOL(mailbox)\n";
const uint32_t sim_curctx_offset = 0xffffffff;

struct thread threads[] = {
	{ .name = "consumer", .cpu = 0, .state = RUNNING },
	{ .name = "producer", .cpu = 1, .state = RUNNING },
};
struct mailbox mailbox;

void
kernel_trap(struct trap_frame *frame)
{
	if (frame->vector != WAKEUP_VECTOR) {
		kprintf("panic: trap %ld at %lx\n", frame->vector, frame->rip);
		MACHINE_STOP_HERE(STOP_PANIC);
	}
	interrupt_done();
}

static void
consumer(struct thread *self)
{
	mailbox_receive(&mailbox, self);
	kprintf("the letter has come\n");
	machine_stop(STOP_CLEAN);
}

static void
producer(void)
{
	mailbox_send(&mailbox);
}

void
kernel_main(void)
{
	cpus_release();
	consumer(&threads[0]);
}

void
kernel_ap_main(uint32_t cpu)
{
	producer();
	for (;;)
		sti_hlt();
}
