/* Kernel threads that sleep and are restarted by message. Source: akaros, kern/src/kthread.c. */
#include "ros/slab.h"
#include "ros/smp.h"

#define KSTKSIZE	(2 * PAGE_SIZE)
#define KSTACK_BASE	0xfffffff000000000ul

struct kmem_cache *kthread_kcache;

static uintptr_t next_kstack = KSTACK_BASE + PAGE_SIZE;
static uintptr_t free_kstacks[16];
static unsigned int nr_free_kstacks;
static spinlock_t kstack_lock;

void
kthread_init(void)
{
	kthread_kcache = kmem_cache_create("kthread", sizeof(struct kthread));
}

/** Two pages with an unmapped one below them. @return the top */
static uintptr_t
get_kstack(void)
{
	uintptr_t base;

	spin_lock(&kstack_lock);
	if (nr_free_kstacks > 0) {
		base = free_kstacks[--nr_free_kstacks];
	} else {
		base = next_kstack;
		next_kstack += KSTKSIZE + PAGE_SIZE;
		kernel_map(base, KSTKSIZE);
	}
	spin_unlock(&kstack_lock);
	return (base + KSTKSIZE);
}

static void
put_kstack(uintptr_t stacktop)
{
	spin_lock(&kstack_lock);
	if (nr_free_kstacks < ARRAY_SIZE(free_kstacks))
		free_kstacks[nr_free_kstacks++] = stacktop - KSTKSIZE;
	spin_unlock(&kstack_lock);
}

struct kthread *
__kthread_zalloc(void)
{
	struct kthread *kth = memset(kmem_cache_alloc(kthread_kcache), 0, sizeof(struct kthread));

	kth->flags = KTH_DEFAULT_FLAGS;
	kth->stacktop = get_kstack();
	return (kth);
}

static void
__use_new_kthread(struct per_cpu_info *pcpui)
{
	struct kthread *kth = pcpui->spare ? pcpui->spare : __kthread_zalloc();

	pcpui->spare = NULL;
	kth->flags = KTH_DEFAULT_FLAGS;
	kth->proc = NULL;
	kth->sysc = NULL;
	pcpui->cur_kthread = kth;
	pcpui->stacktop = kth->stacktop;
	pcpui->tss->rsp0 = kth->stacktop;
}

void
sem_init(struct semaphore *sem, int signals)
{
	TAILQ_INIT(&sem->waiters);
	sem->nr_signals = signals;
	sem->lock = 0;
	sem->irq_okay = false;
}

/* On the new kthread's stack: from here on the old one may be restarted anywhere. */
static void
__sem_unlock_and_idle(void *arg)
{
	spin_unlock(&((struct semaphore *)arg)->lock);
	smp_idle();
}

/* Puts the current kthread to sleep on `sem`, whose lock is held, and gives the core to a new one. Returns when restarted. */
static void
__sem_sleep(struct semaphore *sem)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();
	struct kthread *kth = pcpui->cur_kthread;

	if (slim_setjmp(&kth->context) != 0)
		return;
	if (current != NULL && (kth->flags & KTH_SAVE_ADDR_SPACE)) {
		kth->proc = current;
		proc_incref(kth->proc, 1);
	}
	__use_new_kthread(pcpui);
	TAILQ_INSERT_TAIL(&sem->waiters, kth, link);
	__reset_stack_pointer(sem, pcpui->stacktop, __sem_unlock_and_idle);
}

void
sem_down(struct semaphore *sem)
{
	uint64_t flags = interrupts_save();

	spin_lock(&sem->lock);
	if (sem->nr_signals-- > 0)
		spin_unlock(&sem->lock);
	else
		__sem_sleep(sem);
	interrupts_restore(flags);
}

bool
sem_up(struct semaphore *sem)
{
	struct kthread *kth = NULL;
	uint64_t flags = interrupts_save();

	spin_lock(&sem->lock);
	if (sem->nr_signals++ < 0) {
		kth = TAILQ_FIRST(&sem->waiters);
		TAILQ_REMOVE(&sem->waiters, kth, link);
	}
	spin_unlock(&sem->lock);
	if (kth != NULL)
		kthread_runnable(kth);
	interrupts_restore(flags);
	return (kth != NULL);
}

void
cv_init(struct cond_var *cv)
{
	sem_init(&cv->sem, 0);
	cv->lock = &cv->internal_lock;
	cv->internal_lock = 0;
	cv->nr_waiters = 0;
	cv->irq_okay = false;
}

void cv_lock(struct cond_var *cv) { spin_lock(cv->lock); }
void cv_unlock(struct cond_var *cv) { spin_unlock(cv->lock); }

void
cv_wait(struct cond_var *cv)
{
	cv->nr_waiters++;
	spin_unlock(cv->lock);
	sem_down(&cv->sem);
	spin_lock(cv->lock);
}

void
__cv_broadcast(struct cond_var *cv)
{
	unsigned long waiters = cv->nr_waiters;

	cv->nr_waiters = 0;
	while (waiters-- > 0)
		sem_up(&cv->sem);
}

static void
__launch_kthread(uint32_t srcid, long a0, long a1, long a2)
{
	(void)srcid, (void)a1, (void)a2;
	clear_rkmsg(this_pcpui_ptr());
	restart_kthread((struct kthread *)a0);
}

/** Woken kthreads run on the core of whoever wakes them. */
void
kthread_runnable(struct kthread *kth)
{
	send_kernel_message(core_id(), __launch_kthread, (long)kth, 0, 0, KMSG_ROUTINE);
}

void
restart_kthread(struct kthread *kth)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();

	cli();
	if (pcpui->spare != NULL) {
		put_kstack(pcpui->spare->stacktop);
		kmem_cache_free(kthread_kcache, pcpui->spare);
	}
	pcpui->spare = pcpui->cur_kthread;
	pcpui->cur_kthread = kth;
	pcpui->stacktop = kth->stacktop;
	pcpui->tss->rsp0 = kth->stacktop;
	if (kth->proc != NULL) {
		if (kth->proc == pcpui->cur_proc) {
			proc_decref(kth->proc);
		} else {
			/*
			 * The address space that was left loaded is replaced, and cur_proc's reference goes with it. The one of the
			 * kthread becomes the new one of cur_proc.
			 */
			write_cr3(kth->proc->env_cr3);
			SCHEDULE_POINT(restart_kthread_switch);
			if (pcpui->cur_proc != NULL)
				proc_decref(pcpui->cur_proc);
			pcpui->cur_proc = kth->proc;
		}
		kth->proc = NULL;
	}
	longjmp(&kth->context, 1);
}
