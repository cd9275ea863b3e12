/* Cores and the messages that they send each other. Source: akaros, kern/src/smp.c, trap.c, kern/arch/x86/smp.c. */
#include "ros/slab.h"
#include "ros/smp.h"

struct per_cpu_info per_cpu_info[MAX_NUM_CORES];
int num_cores;
char *percpu_base;
struct kmem_cache *kernel_msg_cache;

/** One copy of the template per core. */
void
percpu_init(void)
{
	percpu_base = kzmalloc(PERCPU_SIZE * num_cores);
	for (int core = 0; core < num_cores; core++)
		memcpy(percpu_base + core * PERCPU_SIZE, __start___percpu, PERCPU_SIZE);
	kernel_msg_cache = kmem_cache_create("kernel_msgs", sizeof(struct kernel_message));
}

/** The parts that need no allocator; done for every core by core 0. */
void
smp_percpu_init(uint32_t coreid)
{
	struct per_cpu_info *pcpui = &per_cpu_info[coreid];

	pcpui->coreid = (int)coreid;
	pcpui->owning_vcoreid = INVALID_VCOREID;
	pcpui->guest_pcoreid = -1;
	pcpui->cpu_state = CPU_STATE_KERNEL;
	pcpui->tss = &cpu_tss_table[coreid];
	STAILQ_INIT(&pcpui->immed_amsgs);
	STAILQ_INIT(&pcpui->routine_amsgs);
	TAILQ_INIT(&pcpui->tchain.waiters);
}

/** The parts that need the allocators. */
void
smp_percpu_late_init(uint32_t coreid)
{
	struct per_cpu_info *pcpui = &per_cpu_info[coreid];

	pcpui->traces.tr_buf = kpage_zalloc();
	pcpui->traces.tr_buf_sz = PAGE_SIZE;
	pcpui->traces.tr_event_sz_shift = 4;
	pcpui->traces.tr_max = PAGE_SIZE / sizeof(struct pcpu_trace_event);
	pcpui->cur_kthread = __kthread_zalloc();
	pcpui->stacktop = pcpui->cur_kthread->stacktop;
	pcpui->tss->rsp0 = pcpui->stacktop;
}

static void
trace_kmsg(struct per_cpu_info *pcpui, amr_t pc)
{
	struct trace_ring *ring = &pcpui->traces;
	struct pcpu_trace_event *event =
	    (struct pcpu_trace_event *)ring->tr_buf + (ring->tr_next++ & (ring->tr_max - 1));

	event->type = PCPU_EV_KMSG;
	event->arg0 = 0;
	event->arg1 = (uint64_t)pc;
}

void
send_ipi(uint32_t core, uint8_t vector)
{
	ipi_send(core, vector);
}

uint32_t
send_kernel_message(uint32_t dst, amr_t pc, long arg0, long arg1, long arg2, int type)
{
	struct per_cpu_info *to = &per_cpu_info[dst];
	struct kernel_message *msg = kmem_cache_alloc(kernel_msg_cache);
	uint64_t flags = interrupts_save();

	*msg = (struct kernel_message){ .srcid = core_id(), .dstid = dst, .pc = pc, .arg0 = arg0, .arg1 = arg1, .arg2 = arg2 };
	if (type == KMSG_IMMEDIATE) {
		spin_lock(&to->immed_amsg_lock);
		STAILQ_INSERT_TAIL(&to->immed_amsgs, msg, link);
		spin_unlock(&to->immed_amsg_lock);
	} else {
		spin_lock(&to->routine_amsg_lock);
		STAILQ_INSERT_TAIL(&to->routine_amsgs, msg, link);
		spin_unlock(&to->routine_amsg_lock);
	}
	if (dst != core_id() || type == KMSG_IMMEDIATE)
		send_ipi(dst, I_KERNEL_MSG);
	interrupts_restore(flags);
	return (0);
}

static struct kernel_message *
next_message(struct kernel_msg_list *list, spinlock_t *lock)
{
	struct kernel_message *msg;

	if (STAILQ_FIRST(list) == NULL)
		return (NULL);
	spin_lock(lock);
	msg = STAILQ_FIRST(list);
	if (msg != NULL)
		STAILQ_REMOVE_HEAD(list, link);
	spin_unlock(lock);
	return (msg);
}

/** Interrupts are off. A message that leaves the loop by restarting a kthread brings it back here on another stack. */
void
process_routine_kmsg(void)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();
	struct kernel_message *msg, copy;

	while ((msg = next_message(&pcpui->routine_amsgs, &pcpui->routine_amsg_lock)) != NULL) {
		copy = *msg;
		kmem_cache_free(kernel_msg_cache, msg);
		set_rkmsg(pcpui);
		pcpui->cur_kthread->flags = KTH_KMSG_FLAGS;
		trace_kmsg(pcpui, copy.pc);
		SCHEDULE_POINT(routine_kmsg);
		copy.pc(copy.srcid, copy.arg0, copy.arg1, copy.arg2);
		pcpui->cur_kthread->flags = KTH_DEFAULT_FLAGS;
		if (!is_early_rkm(pcpui))
			smp_idle();
		clear_rkmsg(pcpui);
	}
}

/** The interrupt of a message: immediate ones run here, routine ones when the core is done with what it does. */
void
handle_kmsg_ipi(void)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();
	struct kernel_message *msg, copy;

	while ((msg = next_message(&pcpui->immed_amsgs, &pcpui->immed_amsg_lock)) != NULL) {
		copy = *msg;
		kmem_cache_free(kernel_msg_cache, msg);
		trace_kmsg(pcpui, copy.pc);
		copy.pc(copy.srcid, copy.arg0, copy.arg1, copy.arg2);
	}
}

static void
__smp_idle_on(void *arg)
{
	(void)arg;
	__smp_idle();
}

void
smp_idle(void)
{
	__reset_stack_pointer(NULL, this_pcpui_ptr()->stacktop, __smp_idle_on);
}

void
__smp_idle(void)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();

	pcpui->__ctx_depth = 0;
	pcpui->cur_kthread->flags = KTH_DEFAULT_FLAGS;
	pcpui->cur_kthread->sysc = NULL;
	for (;;) {
		cli();
		process_routine_kmsg();
		if (pcpui->owning_proc != NULL)
			proc_restartcore();
		abandon_core();
		pcpui->cpu_state = CPU_STATE_IDLE;
		sti_hlt();
		cli();
		pcpui->cpu_state = CPU_STATE_KERNEL;
	}
}
