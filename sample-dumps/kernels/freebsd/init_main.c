/* Boot. Source: FreeBSD, kern/init_main.c, amd64/amd64/machdep.c, kern/kern_idle.c. */
#include "workload.h"
#include "machine/asmacros.h"

OFFSET_IS(struct thread, td_pcb, TD_PCB);
OFFSET_IS(struct pcb, pcb_rip, PCB_RIP);
OFFSET_IS(struct pcb, pcb_cr3, PCB_CR3);
OFFSET_IS(struct pcpu, pc_curpcb, PC_CURPCB);
OFFSET_IS(struct pcpu, pc_cpuid, PC_CPUID);
OFFSET_IS(struct pcpu, pc_scratch_rsp, PC_SCRATCH_RSP);
SIZE_IS(struct tss, TSS_SIZE);
OFFSET_IS(struct tss, rsp0, TSS_RSP0);

const uint32_t sim_curctx_offset = PC_CURTHREAD;
const char kernel_info[] =
    "OSRELEASE=13.0-CURRENT\n"
    "SYMBOL(__pcpu)\nSYMBOL(allproc)\nSYMBOL(vmspace0)\nSYMBOL(vm_page_array)\n";
const char ostype[] = "FreeBSD", osrelease[] = "13.0-CURRENT", version[] = "FreeBSD 13.0-CURRENT " KERNEL_IDENT;

struct pcpu __pcpu[MAXCPU];
cpuset_t all_cpus;
struct proc proc0;
struct thread thread0;		/* stands for whoever boots, until CPU 0 has threads */
static struct proc *idleproc;
static u_int cpus_up;
static volatile int cpus_may_go;

int workload;	/* knob: which of the table below */
static void (*const workloads[])(void) = {
	workload_rfork, workload_shmdt, workload_sole, workload_migrate, workload_fork_loop, workload_vnodes,
};

static struct uma_zone shmmap_store, pvchunk_store, mapent_store, object_store, thread_store, proc_store;
uma_zone_t shmmap_zone, pvchunk_zone, mapent_zone, object_zone, thread_zone, proc_zone;

static void
zones_init(void)
{
	thread_zone = uma_zcreate(&thread_store, "THREAD", sizeof(struct thread), 16);
	proc_zone = uma_zcreate(&proc_store, "PROC", sizeof(struct proc), 12);
	object_zone = uma_zcreate(&object_store, "VM OBJECT", sizeof(struct vm_object), 16);
	mapent_zone = uma_zcreate(&mapent_store, "MAP ENTRY", sizeof(struct vm_map_entry), 16);
	pvchunk_zone = uma_zcreate(&pvchunk_store, "PV CHUNK", sizeof(struct pv_chunk), 16);
	shmmap_zone = uma_zcreate(&shmmap_store, "shm", sizeof(struct shmmap_state), 4);
	vmspace_init();
}

/* %gs, system calls, and the address space that every CPU begins with. */
static void
cpu_setregs(int cpu)
{
	struct pcpu *pc = &__pcpu[cpu];

	pc->pc_cpuid = pc->pc_acpi_id = (u_int)cpu;
	pc->pc_prvspace = pc;
	pc->pc_curpmap = vmspace_pmap(&vmspace0);
	write_msr(MSR_STAR, (u_long)SELECTOR_USER_CODE32 << 48 | (u_long)SELECTOR_KERNEL_CODE << 32);
	write_msr(MSR_LSTAR, (u_long)fast_syscall);
	write_msr(MSR_SFMASK, RFLAGS_IF);
	write_msr(MSR_GS_BASE, (u_long)pc);
	write_msr(MSR_KERNEL_GS_BASE, 0);
	CPU_SET_ATOMIC(cpu, &vmspace0.vm_pmap.pm_active);
	CPU_SET_ATOMIC(cpu, &all_cpus);
}

/* Idle threads. CPU 0's is the swapper's, thread 100000 of process 0, as in life when nothing is to be swapped. */
static void
idle_setup(void)
{
	proc_linkup(&proc0, 0, "kernel", &vmspace0);
	idleproc = proc_make(11, "idle", &vmspace0);
	for (int cpu = 0; cpu < (int)machine_cpus; cpu++) {
		struct thread *td = thread_alloc(cpu == 0 ? &proc0 : idleproc, 100000 + cpu, cpu == 0 ? "swapper" : "idle");

		cpu_fork_kthread_handler(td, sched_idletd, NULL);
		td->td_lock = &tdq_cpu[cpu].tdq_lock;
		td->td_pinned = 1;
		__pcpu[cpu].pc_idlethread = td;
	}
}

/* From boot code to a CPU's idle thread, which finds its queue locked as if by a predecessor. */
static void
cpu_begin(int cpu)
{
	struct thread *td = __pcpu[cpu].pc_idlethread;

	td->td_oncpu = cpu;
	td->td_state = TDS_RUNNING;
	tdq_cpu[cpu].tdq_lock.mtx_lock = (u_long)td;
	cpu_throw(NULL, td);
}

void
kernel_main(void)
{
	heap_next = KVA_START + PAGE_SIZE;
	__pcpu[0].pc_curthread = &thread0;
	cpu_setregs(0);
	pmap_bootstrap();
	vm_page_startup();
	sched_init();
	zones_init();
	CPU_SET(0, &vmspace0.vm_pmap.pm_active);
	idle_setup();
	workloads[workload]();
	kprintf("%s, %d cpus\n", version, (int)machine_cpus);
	SCHEDULE_POINT(ready);
	cpus_release();
	while (atomic_load_int(&cpus_up) != machine_cpus - 1)
		cpu_pause();
	SCHEDULE_POINT(booted);
	cpus_may_go = 1;
	cpu_begin(0);
}

void
kernel_ap_main(uint32_t cpu)
{
	cpu_setregs((int)cpu);
	atomic_add_int(&cpus_up, 1);
	while (!cpus_may_go)
		cpu_pause();
	cpu_begin((int)cpu);
}
