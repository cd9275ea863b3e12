/* The panic. Source: FreeBSD, kern/kern_shutdown.c. */
#include "sys/proc.h"

const char *panicstr;
struct thread *panic_thread;	/* ours: the real kernel knows it as the thread of the dump */
int dumptid;
static char panic_text[160];

void
panic(const char *format, ...)
{
	va_list arguments;

	cli();
	va_start(arguments, format);
	kvsnprintf(panic_text, sizeof(panic_text), format, arguments);
	va_end(arguments);
	panic_thread = curthread;
	dumptid = curthread->td_tid;
	panicstr = panic_text;
	kprintf("panic: %s\ncpuid = %d\n", panic_text, PCPU_CPUID());
	MACHINE_STOP_HERE(STOP_PANIC);
}

#ifdef INVARIANTS
/** What a failed KASSERT calls. */
void
kassert_panic(const char *format, ...)
{
	char text[160];
	va_list arguments;

	va_start(arguments, format);
	kvsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	panic("%s", text);
}
#endif
