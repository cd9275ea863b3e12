/* System calls of guests, and what they do with the terminal. Source: DragonFly, platform/vkernel64/platform/console.c, kern/sys_generic.c. */
#include "vkernel.h"

static char vcons_buffer[64] __attribute__((aligned(64)));

/* Text to the terminal: the vkernel is a process, and its libc copies with the registers of the FPU. */
static void
vcons_write(const char *text)
{
	char line[64] = "";

	strlcpy(line, text, sizeof(line));
	bcopy(line, vcons_buffer, sizeof(line));
	SCHEDULE_POINT(vcons_written);
	bsd_kprintf("%s", vcons_buffer);
}

int
sys_write(struct trapframe *frame)
{
	char text[64];

	(void)frame;
	ksnprintf(text, sizeof(text), "vkernel: pid %d write\n", curproc->p_pid);
	vcons_write(text);
	return (0);
}

/** A guest has found something that cannot be. */
int
guest_canary(struct trapframe *frame)
{
	(void)frame;
	panic("guest %s canary pid %d", curproc->p_comm, curproc->p_pid);
}

int
sys_munmap(struct trapframe *frame)
{
	return (vm_map_remove(&curproc->p_vmspace->vm_map, frame->tf.rdi, frame->tf.rdi + frame->tf.rsi));
}
