/*
 * A module that installs two operators with all six handlers, to see that each is called once and in which order. The operators of the
 * real system leave some handlers empty: none of the base chain has an exit_op.
 */
#include "sys/cpuvar.h"
#include "sys/ctxtrace.h"
#include "sys/system.h"

/** One per operator: how often each handler has run. */
typedef struct ctxtest {
	const char	*ctt_name;
	int		ctt_saves;
	int		ctt_restores;
	int		ctt_forks;
	int		ctt_lwp_creates;
	int		ctt_exits;
	int		ctt_frees;
} ctxtest_t;

ctxtest_t ctxtest_first = { .ctt_name = "first" };
ctxtest_t ctxtest_second = { .ctt_name = "second" };

static void ctxtest_save(void *arg) { ((ctxtest_t *)arg)->ctt_saves++; }
static void ctxtest_restore(void *arg) { ((ctxtest_t *)arg)->ctt_restores++; }
static void ctxtest_free(void *arg, int isexec) { ((ctxtest_t *)arg)->ctt_frees++; }

/* These get the threads, not the argument, so each operator needs functions of its own. */
static void ctxtest_first_fork(void *t, void *ct) { ctxtest_first.ctt_forks++; }
static void ctxtest_second_fork(void *t, void *ct) { ctxtest_second.ctt_forks++; }
static void ctxtest_first_lwp_create(void *t, void *ct) { ctxtest_first.ctt_lwp_creates++; }
static void ctxtest_second_lwp_create(void *t, void *ct) { ctxtest_second.ctt_lwp_creates++; }
static void ctxtest_first_exit(void *t) { ctxtest_first.ctt_exits++; }
static void ctxtest_second_exit(void *t) { ctxtest_second.ctt_exits++; }

int64_t
ctxtest(void)
{
	kthread_t *t = curthread;

	installctx(t, &ctxtest_first, ctxtest_save, ctxtest_restore, ctxtest_first_fork, ctxtest_first_lwp_create,
	    ctxtest_first_exit, ctxtest_free);
	installctx(t, &ctxtest_second, ctxtest_save, ctxtest_restore, ctxtest_second_fork, ctxtest_second_lwp_create,
	    ctxtest_second_exit, ctxtest_free);
	return (0);
}
