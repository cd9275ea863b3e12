/* The end: the message and the registers go to panicbuf, the machine stops, the dump is taken. */
#include "sys/cpuvar.h"
#include "sys/cmn_err.h"
#include "sys/klwp.h"
#include "sys/hrtime.h"

char panicbuf[PANICBUFSIZE];
char *panicstr;
kthread_t *panic_thread;
cpu_t panic_cpu;		/* a copy, as it was */
struct regs *panic_regs;	/* of the trap that ended it; NULL when panic() was called */
hrtime_t panic_hrtime;
int panic_quiesce;

static uint32_t panic_started;

static panic_nv_t *
panic_nv_add(panic_nv_t *pnv, const char *name, uint64_t value)
{
	(void) strlcpy(pnv->pnv_name, name, sizeof (pnv->pnv_name));
	pnv->pnv_value = value;
	return (pnv + 1);
}

static panic_nv_t *
panic_save_regs(panic_nv_t *pnv, const struct regs *rp)
{
	pnv = panic_nv_add(pnv, "rdi", rp->r_rdi);
	pnv = panic_nv_add(pnv, "rsi", rp->r_rsi);
	pnv = panic_nv_add(pnv, "rdx", rp->r_rdx);
	pnv = panic_nv_add(pnv, "rcx", rp->r_rcx);
	pnv = panic_nv_add(pnv, "r8", rp->r_r8);
	pnv = panic_nv_add(pnv, "r9", rp->r_r9);
	pnv = panic_nv_add(pnv, "rax", rp->r_rax);
	pnv = panic_nv_add(pnv, "rbx", rp->r_rbx);
	pnv = panic_nv_add(pnv, "rbp", rp->r_rbp);
	pnv = panic_nv_add(pnv, "rip", rp->r_rip);
	pnv = panic_nv_add(pnv, "rsp", rp->r_rsp);
	pnv = panic_nv_add(pnv, "rflags", rp->r_rfl);
	pnv = panic_nv_add(pnv, "trapno", rp->r_trapno);
	return (panic_nv_add(pnv, "err", rp->r_err));
}

void
vpanic(const char *format, va_list arguments)
{
	panic_data_t *pd = (panic_data_t *)panicbuf;
	panic_nv_t *pnv = pd->pd_nvdata;

	cli();
	if (__atomic_exchange_n(&panic_started, 1, __ATOMIC_SEQ_CST) != 0) {
		for (;;)
			hlt();
	}
	panic_thread = curthread;
	panic_cpu = *CPU;
	panic_hrtime = gethrtime_unscaled();
	panic_quiesce = 1;

	if (panic_regs != NULL)
		pnv = panic_save_regs(pnv, panic_regs);
	pd->pd_version = PANICBUFVERS;
	pd->pd_msgoff = (uint32_t)((char *)pnv - panicbuf);
	panicstr = panicbuf + pd->pd_msgoff;
	(void) kvsnprintf(panicstr, PANICBUFSIZE - pd->pd_msgoff, format, arguments);
	cmn_err(CE_CONT, "panic[cpu%d]/thread=%p: %s", CPU->cpu_id, (void *)panic_thread, panicstr);
	MACHINE_STOP_HERE(STOP_PANIC);
}

void
panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vpanic(format, arguments);
}

int
assfail(const char *assertion, const char *file, int line)
{
	panic("assertion failed: %s, file: %s, line: %d", assertion, file, line);
}
