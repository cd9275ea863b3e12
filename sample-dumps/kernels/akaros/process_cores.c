/* Who owns a core, and whose address space it has loaded. Source: akaros, kern/src/process.c at commits 5d17f489b91e and e11b3eb75680. */
#include "ros/slab.h"
#include "ros/smp.h"

/** Takes a vcore off its core. The process is locked, and the core gets a message that says why. */
void
__proc_unmap_vcore(struct proc *p, struct vcore *vc)
{
	p->procinfo->pcoremap[vc->pcoreid].valid = false;
	vc->valid = false;
	p->procinfo->num_vcores--;
	TAILQ_REMOVE(&p->online_vcs, vc, list);
	TAILQ_INSERT_TAIL(&p->inactive_vcs, vc, list);
}

/** @return how many cores the process had; `pcores` has room for MAX_VCORES */
int
__proc_take_allcores(struct proc *p, uint32_t *pcores)
{
	struct vcore *vc;
	int count = 0;

	while ((vc = TAILQ_FIRST(&p->online_vcs)) != NULL) {
		send_kernel_message(vc->pcoreid, __death, 0, 0, 0, KMSG_ROUTINE);
		pcores[count++] = vc->pcoreid;
		__proc_unmap_vcore(p, vc);
	}
	return (count);
}

/** Loads the address space of `p` unless it is loaded. */
void
__set_proc_current(struct proc *p)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();
	struct proc *old = pcpui->cur_proc;

	if (p == old)
		return;
	proc_incref(p, 1);
	write_cr3(p->env_cr3);
	pcpui->cur_proc = p;
	if (old != NULL)
		proc_decref(old);
}

static void __attribute__((noreturn))
__proc_startcore(struct proc *p, struct user_context *ctx)
{
	__set_proc_current(p);
	p->procdata->vcore_preempt_data[this_pcpui_ptr()->owning_vcoreid].notif_disabled = false;
	proc_pop_ctx(ctx);
}

/** What a core does when it is done in the kernel: its messages, then its owner, or nothing. */
void
proc_restartcore(void)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();

	assert(pcpui->cur_kthread->sysc == NULL);
	cli();
	process_routine_kmsg();
	if (pcpui->owning_proc == NULL) {
		SCHEDULE_POINT(restartcore_abandon);
		abandon_core();
		smp_idle();
	}
	assert(pcpui->cur_ctx != NULL);
	__proc_startcore(pcpui->owning_proc, pcpui->cur_ctx);
}

/** A vcore has nothing to do. */
void
proc_yield(struct proc *p)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();
	struct vcore *vc = &p->procinfo->vcoremap[pcpui->owning_vcoreid];

	cli();
	spin_lock(&p->proc_lock);
	if (p->state == PROC_DYING || p->state == PROC_DYING_ABORT) {
		/* The core was taken already, and its __death is on the way. */
		spin_unlock(&p->proc_lock);
		return;
	}
	__proc_unmap_vcore(p, vc);
	__proc_set_state(p, PROC_WAITING);
	arch_finalize_ctx(pcpui->cur_ctx);
	clear_owning_proc(core_id());
	spin_unlock(&p->proc_lock);
}

void
__startcore(uint32_t srcid, long a0, long a1, long a2)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();
	struct proc *p = (struct proc *)a0;

	(void)srcid, (void)a2;
	assert(pcpui->owning_proc == NULL);
	pcpui->owning_proc = p;
	pcpui->owning_vcoreid = (uint32_t)a1;
	if (pcpui->cur_proc == NULL) {
		pcpui->cur_proc = p;
		write_cr3(p->env_cr3);
	} else {
		proc_decref(p);
	}
	pcpui->cur_ctx = &pcpui->actual_ctx;
	*pcpui->cur_ctx = p->scp_ctx;
	pcpui->cur_ctx->tf.sw_tf.tf_rbx = (uint64_t)a1;
}

/** A vcore has a notification pending: it goes to its entry point, and the context it had is kept for it. */
void
__notify(uint32_t srcid, long a0, long a1, long a2)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();
	struct proc *p = (struct proc *)a0;
	struct preempt_data *vcpd;

	(void)srcid, (void)a1, (void)a2;
	if (p != pcpui->owning_proc || pcpui->cur_ctx == NULL)
		return;
	vcpd = &p->procdata->vcore_preempt_data[pcpui->owning_vcoreid];
	if (vcpd->notif_disabled)
		return;
	vcpd->notif_disabled = true;
	copy_current_ctx_to(&vcpd->uthread_ctx);
	memset(pcpui->cur_ctx, 0, sizeof(struct user_context));
	proc_init_ctx(pcpui->cur_ctx, pcpui->owning_vcoreid, vcpd->vcore_entry, vcpd->vcore_stack);
}

/** The scheduler wants the core back: the vcore's context is kept, and the core is nobody's. */
void
__preempt(uint32_t srcid, long a0, long a1, long a2)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();
	struct proc *p = (struct proc *)a0;

	(void)srcid, (void)a2;
	if (p != pcpui->owning_proc)
		return;
	copy_current_ctx_to(&p->procdata->vcore_preempt_data[a1].vcore_ctx);
	clear_owning_proc(core_id());
	SCHEDULE_POINT(preempted);
}

/** The owner is dying: the core is nobody's. Its address space may stay loaded; see abandon_core. */
void
__death(uint32_t srcid, long a0, long a1, long a2)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();

	(void)srcid, (void)a0, (void)a1, (void)a2;
	if (pcpui->owning_proc == NULL)
		return;
	arch_finalize_ctx(pcpui->cur_ctx);
	clear_owning_proc(core_id());
	SCHEDULE_POINT(death_done);
}

void
clear_owning_proc(uint32_t coreid)
{
	struct per_cpu_info *pcpui = &per_cpu_info[coreid];
	struct proc *p = pcpui->owning_proc;

#ifdef CLEAR_VMCS_ON_OWNER_CHANGE
	__clear_owning_proc(coreid);
#endif
	pcpui->owning_proc = NULL;
	pcpui->owning_vcoreid = INVALID_VCOREID;
	pcpui->cur_ctx = NULL;
	if (p != NULL)
		proc_decref(p);
}

/** Leaves whatever process context is loaded, if any. */
void
abandon_core(void)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();

	pcpui->cur_kthread->sysc = NULL;
	pcpui->cur_kthread->errbuf = NULL;
	if (pcpui->cur_proc != NULL)
		__abandon_core();
}
