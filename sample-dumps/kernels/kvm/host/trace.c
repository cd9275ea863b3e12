/* The ring of the host's trace. */
#include "linux/trace.h"

struct trace_event trace_buffer[TRACE_EVENTS];
unsigned int trace_count;
int tracing_on;		/* knob */

void
trace_write(const char *print_fmt, const uint64_t *args)
{
	struct trace_event *event = &trace_buffer[__atomic_fetch_add(&trace_count, 1, __ATOMIC_SEQ_CST) % TRACE_EVENTS];

	event->ent = (struct trace_entry){ .pid = current->pid };
	event->ts = read_tsc();
	event->cpu = smp_processor_id();
	memcpy(event->args, args, sizeof(event->args));
	event->print_fmt = print_fmt;
}
