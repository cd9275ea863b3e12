/* Interrupts, exceptions and panic of the host. */
#include <stdarg.h>
#include "linux/kvm_host.h"
#include "host/operator.h"

char panic_message[160];
int panic_cpu = -1;

void
panic(const char *format, ...)
{
	va_list arguments;

	cli();
	va_start(arguments, format);
	kvsnprintf(panic_message, sizeof(panic_message), format, arguments);
	va_end(arguments);
	panic_cpu = smp_processor_id();
	kprintf("Kernel panic - not syncing: %s\n", panic_message);
	machine_stop(STOP_PANIC);
}

void
kernel_trap(struct trap_frame *frame)
{
	switch (frame->vector) {
	case RESCHEDULE_VECTOR:
		interrupt_done();	/* having woken up is all */
		break;
	case LOCAL_TIMER_VECTOR:
		interrupt_done();
		operator_timer();
		break;
	case TRAP_PF:
		if (kvm_handle_fault(read_cr2()))
			break;
		panic("page fault at %lx for %lx, error %lx", frame->rip, read_cr2(), frame->error);
	default:
		panic("exception %lu at %lx, error %lx", frame->vector, frame->rip, frame->error);
	}
}
