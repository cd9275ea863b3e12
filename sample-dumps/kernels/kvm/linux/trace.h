/* The host's trace: a ring of events, as ftrace keeps them. Source: linux, include/trace/events/kvm.h, sched.h, signal.h for their names; include/linux/ftrace_event.h for the header. */
#ifndef LINUX_TRACE_H
#define LINUX_TRACE_H

#include "linux/sched.h"

struct trace_entry {
	unsigned short	type;
	unsigned char	flags;
	unsigned char	preempt_count;
	int		pid;
};

#define TRACE_ARGUMENTS	3

/* The members behind `ent` are ours: a real event has those of its type, and the ring knows CPU and time. */
struct trace_event {
	struct trace_entry ent;
	uint64_t	ts;		/* ticks of the time stamp counter */
	int		cpu;
	const char	*print_fmt;	/* for args; NULL: not written yet */
	uint64_t	args[TRACE_ARGUMENTS];
};

#define TRACE_EVENTS	256
extern struct trace_event trace_buffer[TRACE_EVENTS];
extern unsigned int trace_count;	/* events recorded so far; the place is this modulo TRACE_EVENTS */
extern int tracing_on;

void trace_write(const char *print_fmt, const uint64_t *args);

#define TRACE(print_fmt, ...) do {							\
	if (tracing_on)									\
		trace_write((print_fmt), (const uint64_t[TRACE_ARGUMENTS]){ __VA_ARGS__ }); \
} while (0)

#endif
