/* The ring of context operator entries, and what each operator takes. */
#include "sys/cpuvar.h"
#include "sys/ctxtrace.h"
#include "sys/klwp.h"
#include "sys/schedctl.h"
#include "sys/vmm.h"

ctxtrace_t ctxtrace_buf[CTXTRACE_SIZE];
uint64_t ctxtrace_next;

/*
 * Ticks from the stamp before an operator to the next stamp, as the dump in the text of illumos 12477 shows them (the differences of its
 * save_ts and restore_ts). The last operator of a round has no successor there: 600 is ours.
 */
static const struct {
	void	(*op)();
	uint_t	ticks;
} ctxop_ticks[] = {
	{ (void (*)())vmm_savectx, 7261 },		{ (void (*)())vmm_restorectx, 7224 },
	{ (void (*)())schedctl_save, 682 },		{ (void (*)())schedctl_restore, 560 },
	{ (void (*)())xsaveopt_ctxt, 1129 },		{ (void (*)())xrestore_ctxt, 756 },
	{ (void (*)())sep_save, 681 },			{ (void (*)())sep_restore, 607 },
	{ (void (*)())lwp_segregs_save, 600 },		{ (void (*)())lwp_segregs_restore, 600 },
};

void
ctxtrace(ctxtrace_kind_t kind, kthread_t *t, ctxop_t *ctx, void (*op)(), hrtime_t tsc)
{
	uint64_t slot = __atomic_fetch_add(&ctxtrace_next, 1, __ATOMIC_RELAXED);

	ctxtrace_buf[slot % CTXTRACE_SIZE] = (ctxtrace_t){
		.ct_tsc = tsc != 0 ? tsc : (hrtime_t)read_tsc(),
		.ct_thread = t,
		.ct_ctxop = ctx,
		.ct_op = op,
		.ct_arg = ctx->arg,
		.ct_cpu = CPU->cpu_id,
		.ct_kind = kind,
	};
	for (size_t index = 0; index < sizeof (ctxop_ticks) / sizeof (ctxop_ticks[0]); index++) {
		if (ctxop_ticks[index].op == op)
			time_work(ctxop_ticks[index].ticks);
	}
}
