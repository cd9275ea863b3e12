/* The kernel's trace: a ring of events. Source: FreeBSD, sys/ktr.h, sys/ktr_class.h. */
#ifndef SYS_KTR_H
#define SYS_KTR_H

#include "sys/proc.h"

#define KTR_SMP		0x00000010
#define KTR_PMAP	0x00000040
#define KTR_TRAP	0x00000100
#define KTR_PROC	0x00001000
#define KTR_SYSC	0x00002000
#define KTR_VM		0x00100000
#define KTR_UMA		0x01000000

#define KTR_PARMS	6

struct ktr_entry {
	uint64_t	ktr_timestamp;
	int		ktr_cpu;
	int		ktr_line;
	const char	*ktr_file;
	const char	*ktr_desc;	/* a format for ktr_parms; NULL: not written yet */
	struct thread	*ktr_thread;
	u_long		ktr_parms[KTR_PARMS];
};
SIZE_IS(struct ktr_entry, 88);

extern struct ktr_entry *ktr_buf;
extern int ktr_entries;
extern volatile int ktr_idx;	/* the entry that is written next */
extern u_long ktr_mask;

void ktr_tracepoint(u_long mask, const char *file, int line, const char *format, const u_long *parms);

#define KTR_EVENT(m, format, ...) do {							\
	if (ktr_mask & (m))								\
		ktr_tracepoint((m), __FILE__, __LINE__, (format), (const u_long[KTR_PARMS]){ __VA_ARGS__ }); \
} while (0)
#define CTR1(m, format, p1)		KTR_EVENT(m, format, (u_long)(p1))
#define CTR2(m, format, p1, p2)		KTR_EVENT(m, format, (u_long)(p1), (u_long)(p2))
#define CTR3(m, format, p1, p2, p3)	KTR_EVENT(m, format, (u_long)(p1), (u_long)(p2), (u_long)(p3))

#endif
