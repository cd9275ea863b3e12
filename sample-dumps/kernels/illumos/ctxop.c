/*
 * Context operators of threads: what runs when a thread leaves a CPU, comes back, forks, exits.
 *
 * The subject of illumos 12477 and 12478. In the kernel before, the list ends in NULL and both directions walk it from the newest operator to
 * the oldest. Built with CTXOP_CIRCULAR, it is a ring: saving walks from the newest, restoring from the oldest, as a stack would.
 * Built with INSTALLCTX_PREEMPTIBLE too, the ring lacks the protection that 12478 added.
 *
 * Source: illumos-gate, usr/src/uts/common/disp/thread.c, at 6e2e67256d43 and before it.
 */
#include "sys/cpuvar.h"
#include "sys/cmn_err.h"
#include "sys/ctxtrace.h"
#include "sys/hrtime.h"
#include "sys/kmem.h"

void
installctx(kthread_t *t, void *arg, void (*save)(void *), void (*restore)(void *), void (*fork)(void *, void *),
    void (*lwp_create)(void *, void *), void (*exit)(void *), void (*free)(void *, int))
{
	ctxop_t *ctx = kmem_alloc(sizeof (ctxop_t), KM_SLEEP);

	*ctx = (ctxop_t){
		.save_op = save,
		.restore_op = restore,
		.fork_op = fork,
		.lwp_create_op = lwp_create,
		.exit_op = exit,
		.free_op = free,
		.arg = arg,
	};
#ifdef CTXOP_CIRCULAR
	/*
	 * Between the first and the last of these stores the ring and t_ctx disagree, and a switch walks both. Only this thread changes
	 * them, so it is enough not to be preempted.
	 */
#ifndef INSTALLCTX_PREEMPTIBLE
	kpreempt_disable();
#endif
	if (t->t_ctx == NULL) {
		ctx->next = ctx;
		ctx->prev = ctx;
	} else {
		ctxop_t *head = t->t_ctx;
		ctxop_t *tail = head->prev;

		ctx->next = head;
		ctx->prev = tail;
		SCHEDULE_POINT(installctx_linking);
		head->prev = ctx;
		SCHEDULE_POINT(installctx_head_linked);
		tail->next = ctx;
		SCHEDULE_POINT(installctx_tail_linked);
	}
	t->t_ctx = ctx;
#ifndef INSTALLCTX_PREEMPTIBLE
	kpreempt_enable();
#endif
#else
	ctx->next = t->t_ctx;
	SCHEDULE_POINT(installctx_linking);
	t->t_ctx = ctx;
#endif
}

/* The next older operator, or NULL after the oldest one. */
static ctxop_t *
ctxop_next(const kthread_t *t, const ctxop_t *ctx)
{
#ifdef CTXOP_CIRCULAR
	return (ctx->next == t->t_ctx ? NULL : ctx->next);
#else
	return (ctx->next);
#endif
}

static boolean_t
ctxop_matches(const ctxop_t *ctx, void *arg, void (*save)(void *), void (*restore)(void *), void (*fork)(void *, void *),
    void (*lwp_create)(void *, void *), void (*exit)(void *), void (*free)(void *, int))
{
	return (ctx->arg == arg && ctx->save_op == save && ctx->restore_op == restore && ctx->fork_op == fork &&
	    ctx->lwp_create_op == lwp_create && ctx->exit_op == exit && ctx->free_op == free);
}

/* Takes an operator off the list. @param newer the one whose next it is; NULL for the head of a list that ends in NULL */
static void
ctxop_unlink(kthread_t *t, ctxop_t *ctx, ctxop_t *newer)
{
#ifdef CTXOP_CIRCULAR
	if (ctx->next == ctx) {
		t->t_ctx = NULL;
	} else {
		ctx->next->prev = ctx->prev;
		ctx->prev->next = ctx->next;
		if (t->t_ctx == ctx)
			t->t_ctx = ctx->next;
	}
	ctx->next = ctx->prev = NULL;
#else
	if (newer == NULL)
		t->t_ctx = ctx->next;
	else
		newer->next = ctx->next;
#endif
}

static void
ctxop_free(kthread_t *t, ctxop_t *ctx, int isexec)
{
	if (ctx->free_op != NULL) {
		ctxtrace(CTXTRACE_FREE, t, ctx, ctx->free_op, 0);
		ctx->free_op(ctx->arg, isexec);
	}
	kmem_free(ctx, sizeof (ctxop_t));
}

int
removectx(kthread_t *t, void *arg, void (*save)(void *), void (*restore)(void *), void (*fork)(void *, void *),
    void (*lwp_create)(void *, void *), void (*exit)(void *), void (*free)(void *, int))
{
	ctxop_t *ctx, *newer = NULL;

	/* An agent may remove operators of a stopped thread, so preemption is not the only thing to fear here. */
	mutex_enter(&t->t_ctx_lock);
	kpreempt_disable();
	for (ctx = t->t_ctx; ctx != NULL; newer = ctx, ctx = ctxop_next(t, ctx)) {
		if (ctxop_matches(ctx, arg, save, restore, fork, lwp_create, exit, free)) {
			ctxop_unlink(t, ctx, newer);
			break;
		}
	}
	mutex_exit(&t->t_ctx_lock);
	if (ctx != NULL)
		ctxop_free(t, ctx, 0);
	kpreempt_enable();
	return (ctx != NULL);
}

/* The thread leaves its CPU: newest first. */
void
savectx(kthread_t *t)
{
	ctxop_t *ctx = t->t_ctx;

	ASSERT(t == curthread);
	while (ctx != NULL) {
		if (ctx->save_op != NULL) {
			ctx->save_ts = gethrtime_unscaled();
			ctxtrace(CTXTRACE_SAVE, t, ctx, ctx->save_op, ctx->save_ts);
			ctx->save_op(ctx->arg);
		}
		ctx = ctx->next;
#ifdef CTXOP_CIRCULAR
		if (ctx == t->t_ctx)
			break;
#endif
	}
}

/* The thread is about to run: oldest first, or, before 12477, newest first again. */
void
restorectx(kthread_t *t)
{
	ctxop_t *ctx = t->t_ctx;

	ASSERT(t == curthread);
#ifdef CTXOP_CIRCULAR
	ctxop_t *tail;

	if (ctx == NULL)
		return;
	ctx = tail = ctx->prev;
	do {
		if (ctx->restore_op != NULL) {
			ctx->restore_ts = gethrtime_unscaled();
			ctxtrace(CTXTRACE_RESTORE, t, ctx, ctx->restore_op, ctx->restore_ts);
			ctx->restore_op(ctx->arg);
		}
		ctx = ctx->prev;
	} while (ctx != tail);
#else
	for (; ctx != NULL; ctx = ctx->next) {
		if (ctx->restore_op != NULL) {
			ctx->restore_ts = gethrtime_unscaled();
			ctxtrace(CTXTRACE_RESTORE, t, ctx, ctx->restore_op, ctx->restore_ts);
			ctx->restore_op(ctx->arg);
		}
	}
#endif
}

void
forkctx(kthread_t *t, kthread_t *ct)
{
	for (ctxop_t *ctx = t->t_ctx; ctx != NULL; ctx = ctxop_next(t, ctx)) {
		if (ctx->fork_op != NULL) {
			ctxtrace(CTXTRACE_FORK, t, ctx, ctx->fork_op, 0);
			ctx->fork_op(t, ct);
		}
	}
}

/* An lwp of a process makes another one of it. */
void
lwp_createctx(kthread_t *t, kthread_t *ct)
{
	for (ctxop_t *ctx = t->t_ctx; ctx != NULL; ctx = ctxop_next(t, ctx)) {
		if (ctx->lwp_create_op != NULL) {
			ctxtrace(CTXTRACE_LWP_CREATE, t, ctx, ctx->lwp_create_op, 0);
			ctx->lwp_create_op(t, ct);
		}
	}
}

/* The thread will not run user code again; its operators stay until it is freed. */
void
exitctx(kthread_t *t)
{
	for (ctxop_t *ctx = t->t_ctx; ctx != NULL; ctx = ctxop_next(t, ctx)) {
		if (ctx->exit_op != NULL) {
			ctxtrace(CTXTRACE_EXIT, t, ctx, ctx->exit_op, 0);
			ctx->exit_op(t);
		}
	}
}

void
freectx(kthread_t *t, int isexec)
{
#ifdef CTXOP_CIRCULAR
	ctxop_t *head = t->t_ctx;
	ctxop_t *ctx = head;

	t->t_ctx = NULL;
	while (ctx != NULL) {
		ctxop_t *next = ctx->next;

		ctxop_free(t, ctx, isexec);
		ctx = next == head ? NULL : next;
	}
#else
	while (t->t_ctx != NULL) {
		ctxop_t *ctx = t->t_ctx;

		t->t_ctx = ctx->next;
		ctxop_free(t, ctx, isexec);
	}
#endif
}
