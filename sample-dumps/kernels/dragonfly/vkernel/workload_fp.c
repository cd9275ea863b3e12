/* Guests and threads that keep something in the registers of the FPU. */
#include "vkernel.h"

#define GUEST_PA	0x1b00000ul

/** A guest fills its registers with bytes that it also has in memory, makes a system call, and compares. */
void
workload_fp(void)
{
	struct proc *p = guest_proc(40, "fp", 0x1200000);
	struct vm_page *m = guest_page(p, GUEST_DATA, GUEST_PA, 0, VM_PROT_READ);

	for (int index = 0; index < 16; index++)
		memset((uint8_t *)PHYS_TO_DMAP(m->phys_addr) + index * 16, 0x50 + index, 16);
	guest_lwp(p, 1, 0, guest_fp, GUEST_DATA);
}

/* ---- Two threads of the vkernel copy, and one interrupts the other. ---- */

static char first_text[64], second_text[64], first_copy[64], second_copy[64];

static void
copier(void *arg)
{
	(void)arg;
	bcopy(first_text, first_copy, 64);
	SCHEDULE_POINT(first_copied);
	if (memcmp(first_text, first_copy, 64) != 0)
		bsd_kprintf("copier: asked for \"%s\", got \"%s\"\n", first_text, first_copy);
	thread_exit();
}

static void
interrupter(void *arg)
{
	(void)arg;
	bcopy(second_text, second_copy, 64);
	SCHEDULE_POINT(second_copied);
	thread_exit();
}

void
workload_kthread_fp(void)
{
	memset(first_text, 'a', 63);
	memset(second_text, 'b', 63);
	thread_on(0, copier, "copier");
	thread_on(0, interrupter, "interrupter");
}
