/* Exceptions and interrupts. Source of names and messages: illumos-gate, usr/src/uts/i86pc/os/trap.c. */
#include "sys/cpuvar.h"
#include "sys/cmn_err.h"
#include "sys/klwp.h"
#include "sys/proc.h"
#include "sys/system.h"

static const char *const trap_type_mnemonic[] = {
	"de", "db", "2", "bp", "of", "br", "ud", "nm", "df", "9", "ts", "np", "ss", "gp", "pf", "15", "mf", "ac", "mc", "xf",
};
static const char *const trap_type[] = {
	"Divide error", "Debug", "NMI interrupt", "Breakpoint", "Overflow", "BOUND range exceeded", "Invalid opcode",
	"Device not available", "Double fault", "Coprocessor segment overrun", "Invalid TSS", "Segment not present",
	"Stack segment fault", "General protection", "Page fault", "Reserved", "x87 floating point error", "Alignment check",
	"Machine check", "SSE floating point exception",
};
#define TRAP_TYPES	(sizeof (trap_type) / sizeof (trap_type[0]))

static void
die(struct regs *rp, caddr_t addr)
{
	uint_t type = (uint_t)rp->r_trapno;

	panic_regs = rp;
	panic("BAD TRAP: type=%x (#%s %s) rp=%p addr=%p", type, type < TRAP_TYPES ? trap_type_mnemonic[type] : "?",
	    type < TRAP_TYPES ? trap_type[type] : "?", (void *)rp, (void *)addr);
}

static void
interrupt(struct regs *rp)
{
	interrupt_done();
	switch (rp->r_trapno) {
	case VECTOR_CBE:
		clock();
		break;
	case VECTOR_DEVICE:
		console_input();
		break;
	case VECTOR_MEMORY:
		pageout_done();
		break;
#ifdef CTXOP_DAMAGE
	case VECTOR_DAMAGE:
		damage();
		break;
#endif
	case VECTOR_POKE:
		break;
	default:
		cmn_err(CE_WARN, "spurious interrupt %lu", rp->r_trapno);
	}
}

/* Called by cmntrap with interrupts off. */
void
trap(struct regs *rp)
{
	if (rp->r_trapno < 32)
		die(rp, rp->r_trapno == TRAP_PF ? (caddr_t)read_cr2() : (caddr_t)rp->r_rip);
	interrupt(rp);
	if (!USERMODE(rp) && CPU->cpu_kprunrun)
		kpreempt(0);
}

/*
 * The last thing before user mode: gives the CPU away when a better thread waits, takes requests (AST), and sees to it that the
 * registers hold the lwp's FPU state.
 */
void
user_return(struct regs *rp)
{
	kthread_t *t = curthread;
	klwp_t *lwp = ttolwp(t);
	fpu_ctx_t *fp = &lwp->lwp_pcb.pcb_fpu;

	while (CPU->cpu_runrun || t->t_astflag) {
		t->t_astflag = 0;
		if (CPU->cpu_runrun) {
			time_work(user_quantum_ticks);
			preempt();
		}
	}
	if ((fp->fpu_flags & (FPU_EN | FPU_VALID)) == (FPU_EN | FPU_VALID))
		fp_restore(fp);
	lwp->lwp_pcb.pcb_rupdate = 0;
	t->t_post_sys = 0;
	lwp->lwp_state = LWP_USER;
}
