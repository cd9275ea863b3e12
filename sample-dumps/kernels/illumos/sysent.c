/* System calls and what their callers wait for. */
#include "sys/cpuvar.h"
#include "sys/cmn_err.h"
#include "sys/proc.h"
#include "sys/schedctl.h"
#include "sys/system.h"

int user_quantum_ticks = 13658;

static kcondvar_t pause_cv;		/* never signalled */
static kcondvar_t console_cv;
static kcondvar_t clock_cv;
static kmutex_t console_lock;
static int console_pending;

/* usr/src/uts/common/os/vm_pageout.c and vm/page.c: memory runs out, and comes back by VECTOR_MEMORY. */
kcondvar_t freemem_cv;
kmutex_t freemem_lock;
int freemem;

static int64_t
nosys(void)
{
	return (-ENOSYS);
}

int64_t
pause_syscall(void)
{
	for (;;)
		cv_wait(&pause_cv, NULL);
}

/* SYS_read: blocks until somebody types. */
int64_t
read_console(void)
{
	mutex_enter(&console_lock);
	while (console_pending == 0)
		cv_wait(&console_cv, &console_lock);
	console_pending = 0;
	mutex_exit(&console_lock);
	return (1);
}

/* SYS_nanosleep: until the next tick of the clock. */
static int64_t
nanosleep(void)
{
	cv_wait(&clock_cv, NULL);
	return (0);
}

const sysent_t sysent[256] = {
	[0 ... 255] = (sysent_t)nosys,
	[SYS_exit] = (sysent_t)rexit,
	[SYS_read] = (sysent_t)read_console,
	[SYS_pause] = (sysent_t)pause_syscall,
	[SYS_ioctl] = (sysent_t)ioctl,
	[SYS_waitid] = (sysent_t)waitsys,
	[SYS_forksys] = (sysent_t)cfork,
	[SYS_lwp_create] = (sysent_t)syslwp_create,
	[SYS_lwp_exit] = (sysent_t)syslwp_exit,
	[SYS_nanosleep] = (sysent_t)nanosleep,
	[SYS_schedctl] = (sysent_t)schedctl,
	[SYS_ctxtest] = (sysent_t)ctxtest,
};

/* Interrupt handlers: no lock that sleeps. */

void
clock(void)
{
	cv_broadcast(&clock_cv);
}

void
console_input(void)
{
	console_pending = 1;
	cv_broadcast(&console_cv);
}

/** When not 0, the last CPU's timer brings memory back every so many ticks; else only an interrupt from outside does. */
int pageout_period_ticks = 0;

/** Mode of the local timer in which MSR_TSC_DEADLINE says when. Source: Intel SDM 3, 11.5.4. */
#define LVT_TSC_DEADLINE	0x40000u

void
pageout_timer_start(void)
{
	if (pageout_period_ticks == 0)
		return;
	write_msr(MSR_X2APIC_LVT_TIMER, LVT_TSC_DEADLINE | VECTOR_MEMORY);
	write_msr(MSR_TSC_DEADLINE, read_tsc() + (uint64_t)pageout_period_ticks);
}

void
pageout_done(void)
{
	if (CPU->cpu_id == ncpus - 1)
		pageout_timer_start();
	__atomic_fetch_add(&freemem, 1, __ATOMIC_SEQ_CST);
	cv_broadcast(&freemem_cv);
}

void
page_create_wait(void)
{
	mutex_enter(&freemem_lock);
	while (freemem == 0)
		cv_wait(&freemem_cv, &freemem_lock);
	freemem--;
	mutex_exit(&freemem_lock);
}
