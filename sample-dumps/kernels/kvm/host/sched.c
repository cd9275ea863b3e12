/* Tasks, signals and futexes of the host, as far as QEMU and KVM need them. Source: linux, kernel/sched.c, signal.c, futex.c for names. */
#include "linux/sched.h"
#include "linux/trace.h"

struct tasklist tasks;
struct percpu percpu[SIM_MAX_CPUS];
static struct task_struct *first_task[SIM_MAX_CPUS];

/** entry.S: leaves the boot stack. */
void start_thread(void *arg, int (*fn)(void *), uintptr_t stack_top) __attribute__((noreturn));

void
sched_init_cpu(int cpu)
{
	percpu[cpu].cpu_number = cpu;
	write_msr(MSR_GS_BASE, (uint64_t)&percpu[cpu]);
}

struct task_struct *
create_thread(int cpu, int pid, int tgid, const char *comm, int (*fn)(void *), void *arg)
{
	struct task_struct *task = heap_allocate(sizeof(*task), 64);

	task->stack = heap_allocate(THREAD_SIZE, PAGE_SIZE);
	heap_next += PAGE_SIZE;		/* a guard before what comes next */
	task->cpu = cpu;
	task->pid = pid;
	task->tgid = tgid;
	strlcpy(task->comm, comm, sizeof(task->comm));
	task->fn = fn;
	task->arg = arg;
	LIST_INSERT_TAIL(&tasks, task, tasks, task_struct);
	first_task[cpu] = task;
	percpu[cpu].current_task = task;
	return (task);
}

void
schedule_first(void)
{
	struct task_struct *task = first_task[smp_processor_id()];

	start_thread(task->arg, task->fn, (uintptr_t)task->stack + THREAD_SIZE);
}

/* A task that is awake may be about to sleep: the interrupt comes after its `cli`, and its `hlt` returns. */
void
wake_up_process(struct task_struct *task)
{
	if (task != current) {
		TRACE("sched_wakeup: pid %d cpu %d", (uint64_t)task->pid, (uint64_t)task->cpu);
		ipi_send((uint32_t)task->cpu, RESCHEDULE_VECTOR);
	}
}

void
cpu_wait(bool (*is_over)(void *), void *arg)
{
	struct task_struct *task = current;

	for (;;) {
		cli();
		if (is_over(arg))
			break;
		task->state = TASK_INTERRUPTIBLE;
		sti_hlt();
		task->state = TASK_RUNNING;
	}
	sti();
}

bool
signal_pending_in(const struct task_struct *task, uint64_t blocked)
{
	return ((task->pending & ~blocked) != 0);
}

long
sys_tgkill(struct task_struct *task, int sig)
{
	TRACE("signal_generate: sig %d pid %d", (uint64_t)sig, (uint64_t)task->pid);
	__atomic_or_fetch(&task->pending, sigmask(sig), __ATOMIC_SEQ_CST);
	wake_up_process(task);
	return (0);
}

void
sys_sigtimedwait(int sig)
{
	__atomic_and_fetch(&current->pending, ~sigmask(sig), __ATOMIC_SEQ_CST);
}

struct futex_key {
	struct task_struct *task;
	volatile uint32_t *word;
	uint32_t	value;
};

static bool
futex_is_over(void *arg)
{
	struct futex_key *key = arg;

	return (*key->word != key->value || key->task->futex == NULL);
}

/* The word is looked at after `futex` is visible, and a waker looks at `futex` after the word is: one of them sees the other. */
void
futex_wait(volatile uint32_t *word, uint32_t value)
{
	struct task_struct *task = current;
	struct futex_key key = { task, word, value };

	__atomic_store_n(&task->futex, word, __ATOMIC_SEQ_CST);
	cpu_wait(futex_is_over, &key);
	task->futex = NULL;
}

void
futex_wake(volatile uint32_t *word)
{
	struct task_struct *task;

	mfence();
	LIST_FOREACH(task, &tasks, tasks) {
		if (task->futex == word) {
			task->futex = NULL;
			wake_up_process(task);
		}
	}
}
