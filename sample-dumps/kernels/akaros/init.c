/* Boot, and the processes of the report: a shell and the virtual machine that it started; on demand, one more that wants a core. Source: akaros, kern/src/init.c for the order of things. */
#include "ros/slab.h"
#include "ros/smp.h"

void sysenter_handler(void);
void smp_percpu_late_init(uint32_t coreid);
extern void *guest_pcore_place, *vmcs_place;
extern pid_t console_foreground;

const uint32_t sim_curctx_offset = offsetof(struct per_cpu_info, cur_kthread);

#ifdef CLEAR_VMCS_ON_OWNER_CHANGE
#define COMMIT	"e11b3eb7"
#elif defined(NO_EPT_FLUSH)
#define COMMIT	"ea5f9e0d"
#else
#define COMMIT	"5d17f489"
#endif
const char kernel_info[] =
    "OSRELEASE=" COMMIT "\n"
    "SYMBOL(per_cpu_info)\nSYMBOL(pid_hash)\nSYMBOL(all_kmem_caches)\nSYMBOL(percpu_base)\n";

/** The kernel's name and version, for people and debuggers. */
const char build_info_commitid[] = COMMIT;
const char build_info_system[] = "Akaros";

/* Knobs. */
int kill_with;			/* 0 ctrl-c, 1 kill, 2 kill -9 */
int reaper;			/* 0 SIGCHLD handler on core 0, 1 the restarted waiter (any child), 2 the restarted waiter (by pid), 3 as 0, and nobody waits */
int extra_references = 1;	/* two alarms and two sleeping system calls */
int bash_starts_another;	/* when the VM has ended */
int guest_is_idle;		/* the guest gives up its core instead of spinning */
int vmm_vcores = 1;		/* 2: vcore 0 on core 2 takes the events, vcore 1 on core 3 runs the guest */
int other_mcp;			/* who waits for a core: 0 nobody, 1 another virtual machine, 2 a process that works and then yields */
int other_works = 1;		/* for how many turns of its loop */

#define BASH_PID	12
#define VMM_PID		17
#define OTHER_PID	21
#define BASH_PLACE	((void *)0xffff8000021e0000)
#define VMM_PLACE	((void *)0xffff8000021e4000)
#define BASH_PGDIR	0x7e38000ul
#define VMM_PGDIR	0x7e3c000ul
#define OTHER_PGDIR	0x7e40000ul
#define GUEST_MEMORY	0x6000000ul	/* physical; the guest's first 2 MiB */
#define OTHER_GUEST_MEMORY	0x6200000ul
#define VMM_CORE	3

static struct proc *bash, *vmrunkernel;

/* All physical memory at KERNBASE, in large pages. */
static void
map_kernbase(void)
{
	uint64_t *root = physical_pointer(kernel_root);
	uint64_t pdpt_frame = frame_allocate();
	uint64_t pd_frame = frame_allocate();
	uint64_t *pdpt = physical_pointer(pdpt_frame);
	uint64_t *pd = physical_pointer(pd_frame);

	for (uint64_t pa = 0; pa < machine_memory; pa += LARGE_PAGE_SIZE)
		pd[pa / LARGE_PAGE_SIZE] = pa | PTE_PS | PTE_W | PTE_V;
	pdpt[0] = pd_frame | PTE_W | PTE_V;
	root[KERNBASE >> 39 & 511] = pdpt_frame | PTE_W | PTE_V;
	boot_cr3 = kernel_root;
	boot_pgdir.kpte = KADDR(boot_cr3);
}

/* The user half of an address space: text, a stack page, procdata. */
static void
map_user(struct proc *p)
{
	char *text = kpage_zalloc();

	memcpy(text, user_text, (size_t)(user_text_end - user_text));
	table_map(p->env_cr3, USER_TEXT, PADDR(text), PTE_U);
	table_map(p->env_cr3, USER_STACK - PAGE_SIZE, PADDR(kpage_zalloc()), PTE_U | PTE_W | PTE_NX);
	table_map(p->env_cr3, UDATA, PADDR(p->procdata), PTE_U | PTE_W | PTE_NX);
	p->procdata->vcore_preempt_data[0].vcore_stack = USER_STACK - 64;
}

/* Guest page tables at 0x1000, code at 0x5000, behind the EPT. */
static void
make_guest(struct proc *p, physaddr_t memory)
{
	uint64_t *root = (uint64_t *)((char *)p->env_pgdir.kpte + PAGE_SIZE);
	uint64_t *ept_pdpt = kpage_zalloc(), *ept_pd = kpage_zalloc();
	uint64_t *pml4 = kpage_zalloc_at(memory + 0x1000);
	uint64_t *pdpt = kpage_zalloc_at(memory + 0x2000);
	uint64_t *pd = kpage_zalloc_at(memory + 0x3000);
	static const uint8_t spin[] = { 0xeb, 0xfe };
	static const uint8_t idle[] = { 0x0f, 0x01, 0xc1, 0xeb, 0xfe };	/* vmcall */
	void *text = kpage_zalloc_at(memory + 0x5000);

	root[0] = PADDR(ept_pdpt) | 7;
	ept_pdpt[0] = PADDR(ept_pd) | 7;
	ept_pd[0] = memory | 7 | 6 << 3 | 1 << 7;
	pml4[0] = 0x2000 | PTE_W | PTE_V;
	pdpt[0] = 0x3000 | PTE_W | PTE_V;
	pd[0] = 0 | PTE_PS | PTE_W | PTE_V;
	if (guest_is_idle)
		memcpy(text, idle, sizeof(idle));
	else
		memcpy(text, spin, sizeof(spin));
}

static void
start_bash(void)
{
	struct per_cpu_info *pcpui = &per_cpu_info[0];
	struct sw_trapframe *tf = &bash->scp_ctx.tf.sw_tf;
	struct preempt_data *vcpd = &bash->procdata->vcore_preempt_data[0];

	map_user(bash);
	proc_init_ctx(&bash->scp_ctx, 0, USER_ENTRY(user_bash), USER_STACK - 64);
	tf->tf_r12 = (uint64_t)kill_with | (bash_starts_another ? 0x100 : 0);
	tf->tf_r13 = UDATA + (uint64_t)((char *)&vcpd->notif_pending - (char *)bash->procdata);
	tf->tf_r14 = VMM_PID;
	tf->tf_r15 = reaper == 2 ? VMM_PID : reaper == 3 ? 0 : (uint64_t)-1;
	tf->tf_rbp = reaper == 0 || reaper == 3;
	__proc_set_state(bash, PROC_RUNNABLE_S);
	__proc_set_state(bash, PROC_RUNNING_S);
	proc_incref(bash, 2);		/* owning_proc and cur_proc of core 0 */
	pcpui->owning_proc = bash;
	pcpui->owning_vcoreid = 0;
	pcpui->cur_proc = bash;
	pcpui->cur_ctx = &bash->scp_ctx;
	bash->procinfo->vcoremap[0].pcoreid = 0;
	write_cr3(bash->env_cr3);
}

/* A virtual machine whose guest runs on vcore `guest_vcore`. */
static void
make_vmm(struct proc *p, physaddr_t memory, uint32_t guest_vcore)
{
	map_user(p);
	make_guest(p, memory);
	vmm_struct_init(p, 1);
	p->procdata->vcore_preempt_data[0].vcore_entry = USER_ENTRY(user_vmm_handler);
	proc_init_ctx(&p->scp_ctx, 0, USER_ENTRY(user_vmm), USER_STACK - 64);
	p->scp_ctx.tf.sw_tf.tf_rbp = guest_vcore;
	p->scp_ctx.tf.sw_tf.tf_r13 = 0x5000;
}

static void
start_vmm(void)
{
	make_vmm(vmrunkernel, GUEST_MEMORY, (uint32_t)vmm_vcores - 1);
	vmrunkernel->scp_ctx.tf.sw_tf.tf_r12 = extra_references ? 2 : 0;
	if (extra_references) {
		proc_alarm_alloc(vmrunkernel);
		proc_alarm_alloc(vmrunkernel);
	}
	console_foreground = VMM_PID;
	proc_change_to_m(vmrunkernel);
	if (vmm_vcores == 2)
		proc_run_mcp(vmrunkernel, VMM_CORE - 1);
	proc_run_mcp(vmrunkernel, VMM_CORE);
	proc_decref(vmrunkernel);	/* the creator's */
}

/* A process that waits for a core. */
static void
start_other(void)
{
	struct proc *p = proc_alloc(NULL, other_mcp == 1 ? "vmrunother" : "worker", OTHER_PID, NULL, OTHER_PGDIR);

	__proc_ready(p);
	if (other_mcp == 1) {
		make_vmm(p, OTHER_GUEST_MEMORY, 0);
	} else {
		map_user(p);
		proc_init_ctx(&p->scp_ctx, 0, USER_ENTRY(user_worker), USER_STACK - 64);
		p->scp_ctx.tf.sw_tf.tf_r12 = (uint64_t)other_works;
	}
	proc_change_to_m(p);
	proc_decref(p);
}

static void
core_init(uint32_t cpu)
{
	write_msr(MSR_STAR, (uint64_t)SELECTOR_USER_CODE32 << 48 | (uint64_t)SELECTOR_KERNEL_CODE << 32);
	write_msr(MSR_LSTAR, (uint64_t)sysenter_handler);
	write_msr(MSR_SFMASK, RFLAGS_IF);
	write_msr(MSR_GS_BASE, (uint64_t)&per_cpu_info[cpu]);
	write_msr(MSR_KERNEL_GS_BASE, 0);
}

static void
idle_on_own_stack(void *arg)
{
	(void)arg;
	__smp_idle();
}

void
kernel_main(void)
{
	num_cores = (int)machine_cpus;
	core_init(0);
	for (int core = 0; core < num_cores; core++)
		smp_percpu_init((uint32_t)core);
	map_kernbase();
	kmalloc_init();
	percpu_init();
	kthread_init();
	proc_init();
	for (int core = 0; core < num_cores; core++)
		smp_percpu_late_init((uint32_t)core);
	vmm_init();
	vmm_pcpu_init();
	guest_pcore_place = (void *)0xffff8000022a1000;
	vmcs_place = (void *)0xffff800007e5c000;
	bash = proc_alloc(NULL, "bash", BASH_PID, BASH_PLACE, BASH_PGDIR);
	__proc_ready(bash);
	vmrunkernel = proc_alloc(bash, "vmrunkernel", VMM_PID, VMM_PLACE, VMM_PGDIR);
	__proc_ready(vmrunkernel);
	start_vmm();
	if (other_mcp != 0)
		start_other();
	start_bash();
	proc_decref(bash);
	kprintf("Akaros %s, %d cores\n", COMMIT, num_cores);
	cpus_release();
	SCHEDULE_POINT(booted);
	__reset_stack_pointer(NULL, per_cpu_info[0].stacktop, idle_on_own_stack);
}

void
kernel_ap_main(uint32_t cpu)
{
	core_init(cpu);
	vmm_pcpu_init();
	__reset_stack_pointer(NULL, per_cpu_info[cpu].stacktop, idle_on_own_stack);
}
