/* The trace ring. Source: FreeBSD, kern/kern_ktr.c. */
#include "sys/ktr.h"

#define KTR_BOOT_ENTRIES	256

static struct ktr_entry ktr_buf_init[KTR_BOOT_ENTRIES];
struct ktr_entry *ktr_buf = ktr_buf_init;
int ktr_entries = KTR_BOOT_ENTRIES;
volatile int ktr_idx;
u_long ktr_mask;	/* knob: the classes that are recorded */

/** Takes the next entry of the ring, then writes it. Nothing is recorded of a panic. */
void
ktr_tracepoint(u_long mask, const char *file, int line, const char *format, const u_long *parms)
{
	struct ktr_entry *entry;
	int saveindex, newindex;

	if (panicstr != NULL || (ktr_mask & mask) == 0)
		return;
	do {
		saveindex = ktr_idx;
		newindex = saveindex + 1 == ktr_entries ? 0 : saveindex + 1;
	} while (!__sync_bool_compare_and_swap(&ktr_idx, saveindex, newindex));
	entry = &ktr_buf[saveindex];
	entry->ktr_timestamp = read_tsc();
	entry->ktr_cpu = PCPU_CPUID();
	entry->ktr_thread = curthread;
	entry->ktr_file = file;
	entry->ktr_line = line;
	entry->ktr_desc = format;
	for (int parm = 0; parm < KTR_PARMS; parm++)
		entry->ktr_parms[parm] = parms[parm];
}
