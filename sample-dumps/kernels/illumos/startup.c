/*
 * From the shared boot code to a system that looks like the one of the seed's dump: CPUs, kernel processes, a few commands, and bhyve with
 * a vCPU thread whose objects lie where they lay there.
 */
#include "sys/cpuvar.h"
#include "sys/cmn_err.h"
#include "sys/kmem.h"
#include "sys/proc.h"
#include "sys/schedctl.h"
#include "sys/system.h"
#include "sys/turnstile.h"
#include "sys/user.h"
#include "sys/vmm.h"

void thread_init_fields(kthread_t *t, caddr_t stkbase, size_t stksize, proc_t *pp, pri_t pri);
void thread_link(kthread_t *t, proc_t *pp);
void sys_sysenter(void);

/* Knobs. */
int with_bhyve = 1;		/* a virtual machine with one vCPU runs */
int with_prstat = 1;		/* a command that computes without end, at low priority */
int bash_forks = 0;		/* bash forks, waits, makes an lwp and ends, instead of reading */

#ifdef CTXOP_CIRCULAR
#ifdef INSTALLCTX_PREEMPTIBLE
#define VERSION	"sim-12477-without-12478"
#else
#define VERSION	"sim-12477"
#endif
#else
#define VERSION	"sim-pre12477"
#endif

struct utsname utsname = { "SunOS", "sim", "5.11", VERSION, "i86pc" };

const char kernel_info[] =
    "OSRELEASE=5.11 " VERSION "\n"
    "SYMBOL(cpu)\n"
    "SYMBOL(t0)\n"
    "SYMBOL(practive)\n"
    "SYMBOL(panicbuf)\n"
    "SYMBOL(ctxtrace_buf)\n";

cpu_t cpus[NCPU];
cpu_t *cpu[NCPU];
cpu_t *cpu_list;
int ncpus, ncpus_online;

proc_t *proc_sched, *proc_init, *proc_pageout, *proc_fsflush;
static kcondvar_t sched_cv, pageout_cv, fsflush_cv;

extern uint8_t boot_stacks[];

/* Kernel processes: each sleeps until somebody needs it, and nobody does. */
static void
sleep_on(kcondvar_t *cvp)
{
	for (;;)
		cv_wait(cvp, NULL);
}
static void pageout(void) { sleep_on(&pageout_cv); }
static void fsflush(void) { sleep_on(&fsflush_cv); }

/* usr/src/uts/common/os/sched.c: the swapper; what t0 does for the rest of its life. */
static void sched(void) { sleep_on(&sched_cv); }

static void
cpu_load_msrs(cpu_t *cp)
{
	write_msr(MSR_GS_BASE, (uint64_t)cp);
	write_msr(MSR_KERNEL_GS_BASE, 0);
	write_msr(MSR_SYSENTER_CS, SELECTOR_KERNEL_CODE);
	write_msr(MSR_SYSENTER_EIP, (uint64_t)sys_sysenter);
	write_msr(MSR_SYSENTER_ESP, 0);
}

static void
cpu_init(int id)
{
	cpu_t *cp = &cpus[id];

	cpu[id] = cp;
	cp->cpu_id = cp->cpu_seqid = id;
	cp->cpu_flags = CPU_RUNNING | CPU_READY | CPU_EXISTS | CPU_ENABLE;
	cp->cpu_self = cp;
	cp->cpu_m.mcpu_apicid = (uint_t)id;
	cp->cpu_tss = &cpu_tss_table[id];
	cp->cpu_next = cp->cpu_next_onln = &cpus[(id + 1) % ncpus];
	cp->cpu_prev = cp->cpu_prev_onln = &cpus[(id + ncpus - 1) % ncpus];
	disp_init(cp);
}

/* The threads that exist before there is a way to make one. */
static void
t0_init(void)
{
	cpu_t *cp = &cpus[0];

	cp->cpu_thread = &t0;
	cpu_load_msrs(cp);
	thread_init_fields(&t0, (caddr_t)boot_stacks + PAGE_SIZE, BOOT_STACK_SIZE - PAGE_SIZE, &p0, 96);
	t0.t_startpc = sched;
	t0.t_stk = (caddr_t)boot_stacks + BOOT_STACK_SIZE - 0x10;
	t0.t_lock = 1;
	thread_link(&t0, &p0);
	thread_onproc(&t0, cp);
}

static void
idle_thread_create(cpu_t *cp)
{
	kthread_t *t = thread_create(NULL, 0, idle, NULL, &p0, TS_ONPROC, 0);

	t->t_pri = -1;
	t->t_cpu = t->t_bound_cpu = cp;
	t->t_preempt = 1;
	cp->cpu_idle_thread = t;
}

static void
kernel_processes(void)
{
	proc_sched = &p0;
	proc_init = newproc(&p0, 1, "init", "/sbin/init", SMSACCT);
	proc_pageout = newproc(&p0, 2, "pageout", "pageout", SSYS | SULOAD);
	proc_fsflush = newproc(&p0, 3, "fsflush", "fsflush", SSYS | SULOAD);
	(void) thread_create(NULL, 0, pageout, NULL, proc_pageout, TS_RUN, 98);
	(void) thread_create(NULL, 0, fsflush, NULL, proc_fsflush, TS_RUN, 60);
	(void) thread_create(NULL, 0, thread_reaper, NULL, &p0, TS_RUN, 60);
}

static proc_t *
command(pid_t pid, const char *comm, const char *psargs)
{
	return (newproc(proc_init, pid, comm, psargs, SMSACCT));
}

/* An lwp at a program of user.S, on a CPU's queue but not running. */
static kthread_t *
start_lwp(proc_t *p, const uint8_t *program, id_t tid, pri_t pri, int cpuid)
{
	klwp_t *lwp;

	if (p->p_as == NULL) {
		p->p_as = as_alloc();
		as_map_text(p->p_as, user_start, (size_t)(user_end - user_start));
	}
	lwp = lwp_create(p, USER_TEXT + (uint64_t)(program - user_start),
	    USER_STACK_TOP - (uint64_t)tid * USER_STACK_STRIDE + PAGE_SIZE, tid, pri);
	fp_lwp_init(lwp);
	lwptot(lwp)->t_cpu = cpu[cpuid];
	return (lwptot(lwp));
}

static void
commands(void)
{
	proc_t *bash = command(1201, "bash", "-bash");

	setbackdq(start_lwp(proc_init, user_init, 1, 59, 0));
	setbackdq(start_lwp(command(812, "ntpd", "/usr/lib/inet/ntpd -p /var/run/ntp.pid"), user_ntpd, 1, 100, 0));
	setbackdq(start_lwp(bash, bash_forks ? user_bash_forks : user_bash, 1, 50, 0));
	if (with_prstat)
		setbackdq(start_lwp(command(1640, "prstat", "prstat -mL 1"), user_busy, 1, 20, 0));
}

/*
 * Objects of the vCPU thread at the addresses of the seed's dump. The free lists of its allocators had these buffers on top; everything
 * that follows is what the kernel does with them.
 */
#define SEED_THREAD	0xfffffe5af5cc8040ul
#define SEED_LWP	0xfffffe5af5c6b840ul
#define SEED_STACK	0xfffffe008044a000ul
#define SEED_SCHEDCTL	0xfffffe007bd71000ul	/* the page; the word is number 11 in it */
#ifdef CTXOP_CIRCULAR
/* Buffers of kmem_alloc_96 in the same pages: struct ctxop has grown. */
static const uintptr_t seed_ctxops[] = {
	0xfffffe5b2f8b2aa0, 0xfffffe5b2f7dd060, 0xfffffe5b2f901a80, 0xfffffe5afd90e120, 0xfffffe5b2f6c4c60,
};
#else
/* segregs, sep, fpu and schedctl as in the seed; the address of the newest one is not in it. */
static const uintptr_t seed_ctxops[] = {
	0xfffffe5b2f8b2aa8, 0xfffffe5b2f7dd050, 0xfffffe5b2f901a60, 0xfffffe5afd90e140, 0xfffffe5b2f6c4c80,
};
#endif
#define SEED_CTXOPS	(sizeof (seed_ctxops) / sizeof (seed_ctxops[0]))

static kthread_t *
start_vcpu(proc_t *p)
{
	kthread_t *t;

	kmem_cache_place(thread_cache, SEED_THREAD);
	kmem_cache_place(lwp_cache, SEED_LWP);
	for (size_t index = SEED_CTXOPS; index-- > 0; )
		kmem_cache_place(kmem_alloc_cache(sizeof (ctxop_t)), seed_ctxops[index]);
	segkp_next = SEED_STACK - PAGE_SIZE;
	t = start_lwp(p, user_bhyve_vcpu, 4, 59, 0);
	schedctl_page_create(p, SEED_SCHEDCTL, 11);
	return (t);
}

/* bhyve: the lwp that waits for events, one that changes the guest's memory map, on CPU 1, and the vCPU's, on CPU 0. */
static void
start_bhyve(void)
{
	proc_t *bhyve = command(1733, "bhyve", "bhyve -m 64K -c 1 sim");

	(void) vm_create("sim");
	setbackdq(start_lwp(bhyve, user_init, 1, 59, 0));
	setbackdq(start_lwp(bhyve, user_bhyve_memory, 3, 59, ncpus > 1 ? 1 : 0));
	setbackdq(start_vcpu(bhyve));
}

void
kernel_main(void)
{
	ncpus = ncpus_online = machine_cpus < NCPU ? (int)machine_cpus : NCPU;
	for (int id = 0; id < ncpus; id++)
		cpu_init(id);
	cpu_list = &cpus[0];
	/* curthread has to work before anything is locked. */
	cpus[0].cpu_thread = &t0;
	t0.t_cpu = &cpus[0];
	write_msr(MSR_GS_BASE, (uint64_t)&cpus[0]);

	kmem_init();
	thread_cache = kmem_cache_create("thread_cache", sizeof (kthread_t), 32);
	lwp_cache = kmem_cache_create("lwp_cache", sizeof (klwp_t), 64);
	fpsave_cachep = kmem_cache_create("fpsave_cache", sizeof (struct xsave_state), 64);
	log_init();
	(void) newproc(NULL, 0, "sched", "sched", SSYS | SULOAD);
	t0_init();
	for (int id = 0; id < ncpus; id++)
		idle_thread_create(cpu[id]);
	cmn_err(CE_CONT, "%s Release %s Version %s 64-bit", utsname.sysname, utsname.release, utsname.version);

	kernel_processes();
	commands();
	if (with_bhyve)
		start_bhyve();
	cpus_release();
	if (ncpus == 1)
		pageout_timer_start();
	SCHEDULE_POINT(booted);
	sti();
	sched();
}

void
kernel_ap_main(uint32_t id)
{
	cpu_t *cp = &cpus[id];
	kthread_t *t;

	if (id >= (uint32_t)ncpus) {
		for (;;)
			hlt();
	}
	t = cp->cpu_idle_thread;
	cp->cpu_thread = t;
	cpu_load_msrs(cp);
	t->t_lock = 1;
	thread_onproc(t, cp);
	if (id == (uint32_t)ncpus - 1)
		pageout_timer_start();
	thread_become(t);
}
