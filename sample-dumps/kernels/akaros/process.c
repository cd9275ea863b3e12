/* The life of a process. Source: akaros, kern/src/process.c at commits 5d17f489b91e and e11b3eb75680. */
#include "ros/slab.h"
#include "ros/smp.h"

struct proc *pid_hash[PID_MAX];
atomic_t num_envs;
struct kmem_cache *proc_cache;
physaddr_t boot_cr3;
pgdir_t boot_pgdir;

/* Knob: freeing a process waits for one of its files. See akaros commit 38346732. */
int proc_free_blocks;
static struct semaphore files_closing = { .waiters = { NULL, &files_closing.waiters.tqh_first } };

static spinlock_t pid_hash_lock;

void
proc_init(void)
{
	proc_cache = kmem_cache_create("proc", (sizeof(struct proc) + 63) & ~63ul);
	schedule_init();
}

/** EPTP with write-back memory and a walk of four levels; accessed and dirty bits where the processor has them. Source: Intel SDM 3, 25.6.11. */
static uint64_t
construct_eptp(physaddr_t root)
{
	return (root | 6 | 3 << 3 | (vmx_capability.ept & 1 << 21 ? 0x40 : 0));
}

static void
arch_pgdir_setup(struct proc *p, physaddr_t pgdir)
{
	uint64_t *kpt = kpage_zalloc_at(pgdir);
	uint64_t *boot = KADDR(boot_cr3);

	kpage_zalloc_at(pgdir + PAGE_SIZE);
	for (int index = 256; index < 512; index++)
		kpt[index] = boot[index];
	p->env_pgdir.kpte = kpt;
	p->env_pgdir.eptp = construct_eptp(pgdir + PAGE_SIZE);
	p->env_cr3 = pgdir;
}

struct proc *
proc_alloc(struct proc *parent, const char *progname, pid_t pid, void *place, physaddr_t pgdir)
{
	struct proc *p;

	if (place != NULL)
		kmem_cache_grow_at(proc_cache, place);
	p = memset(kmem_cache_alloc(proc_cache), 0, sizeof(*p));
	kref_init(&p->p_kref, __proc_free, 1);
	strlcpy(p->user, "eve", sizeof(p->user));
	strlcpy(p->progname, progname, sizeof(p->progname));
	p->pid = pid;
	p->exitcode = 1337;
	TAILQ_INIT(&p->children);
	cv_init(&p->child_wait);
	TAILQ_INIT(&p->online_vcs);
	TAILQ_INIT(&p->bulk_preempted_vcs);
	TAILQ_INIT(&p->inactive_vcs);
	TAILQ_INIT(&p->alarmset.list);
	TAILQ_INIT(&p->abortable_sleepers);
	sem_init(&p->vmm.qlock, 1);
	arch_pgdir_setup(p, pgdir);
	p->procinfo = kpage_zalloc();
	p->procdata = kpage_zalloc();
	p->procinfo->pid = pid;
	p->procinfo->max_vcores = MAX_VCORES;
	for (uint32_t vcoreid = 0; vcoreid < MAX_VCORES; vcoreid++)
		TAILQ_INSERT_TAIL(&p->inactive_vcs, &p->procinfo->vcoremap[vcoreid], list);
	p->state = PROC_CREATED;
	if (parent != NULL) {
		p->ppid = p->procinfo->ppid = parent->pid;
		proc_incref(p, 1);	/* for the list of children */
		TAILQ_INSERT_TAIL(&parent->children, p, sibling_link);
	}
	__atomic_fetch_add(&num_envs, 1, __ATOMIC_RELAXED);
	return (p);
}

void
__proc_ready(struct proc *p)
{
	__sched_proc_register(p);
	spin_lock(&pid_hash_lock);
	pid_hash[p->pid] = p;
	spin_unlock(&pid_hash_lock);
}

/** @return 0; panics on a change that the state machine does not have */
int
__proc_set_state(struct proc *p, uint32_t state)
{
	uint32_t from = p->state;
	bool is_legal = (from == PROC_CREATED && state == PROC_RUNNABLE_S) ||
	    (from == PROC_RUNNABLE_S && (state == PROC_RUNNING_S || state == PROC_RUNNABLE_M)) ||
	    (from == PROC_RUNNING_S && (state == PROC_RUNNABLE_S || state == PROC_RUNNABLE_M || state == PROC_WAITING)) ||
	    (from == PROC_WAITING && (state == PROC_RUNNABLE_S || state == PROC_RUNNABLE_M)) ||
	    (from == PROC_RUNNABLE_M && state == PROC_RUNNING_M) ||
	    (from == PROC_RUNNING_M && (state == PROC_RUNNABLE_M || state == PROC_WAITING)) ||
	    (from != PROC_DYING && from != PROC_DYING_ABORT && state == PROC_DYING) ||
	    (from == PROC_DYING && state == PROC_DYING_ABORT);

	if (!is_legal)
		panic("Invalid State Transition! 0x%x to 0x%x", from, state);
	p->state = state;
	return (0);
}

void
proc_incref(struct proc *p, unsigned int val)
{
	kref_get(&p->p_kref, val);
}

void
proc_decref(struct proc *p)
{
	kref_put(&p->p_kref);
}

struct proc *
pid2proc(pid_t pid)
{
	struct proc *p = NULL;

	spin_lock(&pid_hash_lock);
	if (pid > 0 && pid < PID_MAX)
		p = pid_hash[pid];
	if (p != NULL && !kref_get_not_zero(&p->p_kref, 1))
		p = NULL;
	spin_unlock(&pid_hash_lock);
	return (p);
}

void
__proc_free(struct kref *kref)
{
	struct proc *p = container_of(kref, struct proc, p_kref);

	SCHEDULE_POINT(proc_free);
	assert(kref_refcnt(&p->p_kref) == 0);
	assert(TAILQ_EMPTY(&p->alarmset.list));
	if (proc_free_blocks)
		sem_down(&files_closing);
	__vmm_struct_cleanup(p);
	p->progname[0] = 0;
	spin_lock(&pid_hash_lock);
	pid_hash[p->pid] = NULL;
	spin_unlock(&pid_hash_lock);
	kpage_free(p->procinfo);
	kpage_free(p->procdata);
	kpage_free(p->env_pgdir.kpte);
	kpage_free((char *)p->env_pgdir.kpte + PAGE_SIZE);
	p->env_pgdir.kpte = NULL;
	p->env_pgdir.eptp = 0;
	p->env_cr3 = 0;
	__atomic_fetch_sub(&num_envs, 1, __ATOMIC_RELAXED);
	kmem_cache_free(proc_cache, p);
}

/** Takes a child off its parent's list. The parent's child_wait is locked. @return 0 when it was on it */
int
__proc_disown_child(struct proc *parent, struct proc *child)
{
	if (child->ppid != parent->pid)
		return (-1);
	TAILQ_REMOVE(&parent->children, child, sibling_link);
	child->ppid = 0;
	proc_decref(child);
	return (0);
}

static void
proc_disown_children(struct proc *p)
{
	struct proc *child;

	while ((child = TAILQ_FIRST(&p->children)) != NULL)
		__proc_disown_child(p, child);
}

void
proc_signal_parent(struct proc *child)
{
	struct proc *parent = pid2proc(child->ppid);

	if (parent == NULL)
		return;
	/* SIGCHLD as an event; its handler runs when the process runs. */
	parent->procdata->vcore_preempt_data[0].notif_pending = true;
	if (core_id() != 0)
		send_ipi(0, I_POKE_CORE);
	cv_lock(&parent->child_wait);
	__cv_broadcast(&parent->child_wait);
	cv_unlock(&parent->child_wait);
	proc_decref(parent);
}

void
proc_destroy(struct proc *p)
{
	uint32_t pcores[MAX_VCORES];
	int nr_cores_revoked = 0;

	spin_lock(&p->proc_lock);
	if (p->state == PROC_DYING || p->state == PROC_DYING_ABORT) {
		spin_unlock(&p->proc_lock);
		return;
	}
	if (p->state == PROC_RUNNING_M)
		nr_cores_revoked = __proc_take_allcores(p, pcores);
	else if (p->state == PROC_RUNNING_S)
		send_kernel_message(p->procinfo->vcoremap[0].pcoreid, __death, 0, 0, 0, KMSG_ROUTINE);
	__proc_set_state(p, PROC_DYING);
	SCHEDULE_POINT(proc_dying);
	cv_lock(&p->child_wait);
	proc_disown_children(p);
	cv_unlock(&p->child_wait);
	spin_unlock(&p->proc_lock);
	cv_lock(&p->child_wait);
	__cv_broadcast(&p->child_wait);
	cv_unlock(&p->child_wait);
	alarm_release_all(p);		/* closing the files */
	__proc_set_state(p, PROC_DYING_ABORT);
	abort_all_sysc(p);
	__sched_proc_destroy(p, pcores, nr_cores_revoked);
	proc_signal_parent(p);
}
