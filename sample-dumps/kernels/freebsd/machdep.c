/* The context that a dump carries. Source: FreeBSD, amd64/amd64/machdep.c, kern/kern_shutdown.c: dumppcb. */
#include "workload.h"

struct pcb dumppcb;
/* Room for the FPU's state and the mask of its components. */
static char dumpfpu[16 + 512 + 8] __attribute__((aligned(16)));
int dumpfpu_misaligned;	/* knob: the compiler put it at an odd multiple of 8 */

static int dumping;

/** What a fatal trap saves first of all, once. */
void
save_context_for_dump(void)
{
	if (!dumping++)
		savectx(&dumppcb, dumpfpu + (dumpfpu_misaligned ? 8 : 0));
}
