/* Which process gets which core. Source: akaros, kern/src/schedule.c; a queue of MCPs that wait for a core, without provisioning. */
#include "ros/slab.h"
#include "ros/smp.h"

struct proc_list runnable_scps, unrunnable_scps, all_mcps;

/* The core that the scheduler takes back for whoever waits. */
int reclaimed_core = 3;

static spinlock_t sched_lock;

void
schedule_init(void)
{
	TAILQ_INIT(&runnable_scps);
	TAILQ_INIT(&unrunnable_scps);
	TAILQ_INIT(&all_mcps);
}

static void
switch_lists(struct proc *p, struct proc_list *to)
{
	if (p->ksched_data.cur_list != NULL)
		TAILQ_REMOVE(p->ksched_data.cur_list, p, ksched_data.proc_link);
	p->ksched_data.cur_list = to;
	if (to != NULL)
		TAILQ_INSERT_TAIL(to, p, ksched_data.proc_link);
}

void
__sched_proc_register(struct proc *p)
{
	proc_incref(p, 1);	/* cradle to grave */
	spin_lock(&sched_lock);
	switch_lists(p, &unrunnable_scps);
	spin_unlock(&sched_lock);
}

/** Gives a core to an MCP: its first vcore that has none runs there. */
static void
__proc_give_core(struct proc *p, uint32_t coreid)
{
	struct vcore *vc = TAILQ_FIRST(&p->inactive_vcs);

	if (p->state != PROC_RUNNING_M)
		__proc_set_state(p, PROC_RUNNING_M);
	TAILQ_REMOVE(&p->inactive_vcs, vc, list);
	TAILQ_INSERT_TAIL(&p->online_vcs, vc, list);
	vc->pcoreid = coreid;
	vc->valid = true;
	p->procinfo->num_vcores++;
	p->procinfo->pcoremap[coreid] = (struct pcore){ .vcoreid = (uint32_t)(vc - p->procinfo->vcoremap), .valid = true };
	proc_incref(p, 2);		/* owning_proc and cur_proc of that core */
	send_kernel_message(coreid, __startcore, (long)p, vc - p->procinfo->vcoremap, 0, KMSG_ROUTINE);
}

/* A core is free, or about to be: the MCP that has waited longest gets it, behind whatever the core has still to do. */
static void
__run_mcp_ksched(uint32_t coreid)
{
	struct proc *p;

	TAILQ_FOREACH(p, &all_mcps, ksched_data.proc_link) {
		if (p->state != PROC_RUNNABLE_M)
			continue;
		__proc_give_core(p, coreid);
		return;
	}
}

void
__sched_proc_destroy(struct proc *p, const uint32_t *pcores, int nr_cores)
{
	spin_lock(&sched_lock);
	switch_lists(p, NULL);
	for (int index = 0; index < nr_cores; index++)
		__run_mcp_ksched(pcores[index]);
	spin_unlock(&sched_lock);
	proc_decref(p);
}

/** A new process becomes an MCP, which waits for a core. */
void
proc_change_to_m(struct proc *p)
{
	__proc_set_state(p, PROC_RUNNABLE_S);
	__proc_set_state(p, PROC_RUNNABLE_M);
	p->procinfo->is_mcp = true;
	spin_lock(&sched_lock);
	switch_lists(p, &all_mcps);
	spin_unlock(&sched_lock);
}

/** An MCP's next vcore runs on `coreid`. */
void
proc_run_mcp(struct proc *p, uint32_t coreid)
{
	spin_lock(&sched_lock);
	__proc_give_core(p, coreid);
	spin_unlock(&sched_lock);
}

/** An MCP without cores has an event: it gets a core, and starts at its entry point. */
void
proc_wakeup_mcp(struct proc *p, uint32_t coreid)
{
	struct preempt_data *vcpd = &p->procdata->vcore_preempt_data[0];
	bool was_waiting;

	spin_lock(&p->proc_lock);
	was_waiting = p->state == PROC_WAITING;
	if (was_waiting)
		__proc_set_state(p, PROC_RUNNABLE_M);
	spin_unlock(&p->proc_lock);
	if (!was_waiting)
		return;
	proc_init_ctx(&p->scp_ctx, 0, vcpd->vcore_entry, vcpd->vcore_stack);
	proc_run_mcp(p, coreid);
}

/** The MCP that runs on a core. The scheduler is locked, the process is not: it may be on its way out. */
static struct proc *
mcp_on_core(uint32_t coreid)
{
	struct proc *p;
	struct vcore *vc;

	TAILQ_FOREACH(p, &all_mcps, ksched_data.proc_link) {
		vc = TAILQ_FIRST(&p->online_vcs);
		if (vc != NULL && vc->pcoreid == coreid)
			return (p);
	}
	return (NULL);
}

/** @return whether `p` had the core; it gets a message, and keeps the context */
static bool
proc_preempt_core(struct proc *p, uint32_t coreid)
{
	struct vcore *vc;
	bool had_core;

	spin_lock(&p->proc_lock);
	vc = TAILQ_FIRST(&p->online_vcs);
	had_core = p->state == PROC_RUNNING_M && vc != NULL && vc->pcoreid == coreid;
	if (had_core) {
		send_kernel_message(coreid, __preempt, (long)p, vc - p->procinfo->vcoremap, 0, KMSG_ROUTINE);
		__proc_unmap_vcore(p, vc);
		__proc_set_state(p, PROC_RUNNABLE_M);
	}
	spin_unlock(&p->proc_lock);
	return (had_core);
}

/** Takes the core back from its MCP, and gives it to the one that waits. */
void
ksched_reclaim_core(void)
{
	struct proc *p;

	spin_lock(&sched_lock);
	p = mcp_on_core((uint32_t)reclaimed_core);
	if (p != NULL && proc_preempt_core(p, (uint32_t)reclaimed_core)) {
		switch_lists(p, &all_mcps);	/* to the end */
		__run_mcp_ksched((uint32_t)reclaimed_core);
	}
	spin_unlock(&sched_lock);
	SCHEDULE_POINT(core_reclaimed);
}
