/* Tasks of the host: one per CPU, pinned there, with signals and futexes. Source: linux, include/linux/sched.h, as far as needed here. */
#ifndef LINUX_SCHED_H
#define LINUX_SCHED_H

#include "kernel.h"
#include "linux/list.h"

#define TASK_RUNNING		0
#define TASK_INTERRUPTIBLE	1

#define SIGUSR1		10
#define SIG_IPI		SIGUSR1	/* QEMU's kick. Source: qemu, cpus.h */
#define sigmask(sig)	(1ull << ((sig) - 1))

#define EINTR		4
#define EAGAIN		11
#define EFAULT		14
#define EINVAL		22
#define ENOTTY		25

#define RESCHEDULE_VECTOR	0xfd
#define LOCAL_TIMER_VECTOR	0xec

struct task_struct {
	volatile long	state;
	void		*stack;		/* lowest byte */
	int		cpu;
	int		pid;
	int		tgid;
	char		comm[16];
	LIST_ENTRY(task_struct) tasks;
	volatile uint64_t pending;	/* signals, bit sig - 1 */
	uint64_t	blocked;
	volatile uint32_t *futex;	/* waits for this word to change */
	int		(*fn)(void *);
	void		*arg;
};
LIST_HEAD(tasklist, task_struct);
extern struct tasklist tasks;

#define THREAD_SIZE	0x2000

/* What %gs points to on each CPU. */
struct percpu {
	struct task_struct *current_task;
	int		cpu_number;
};
extern struct percpu percpu[SIM_MAX_CPUS];

static inline __attribute__((always_inline)) struct task_struct *get_current(void)
{
	struct task_struct *task;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(task));
	return (task);
}
#define current	get_current()
static inline __attribute__((always_inline)) int smp_processor_id(void)
{
	int cpu;

	__asm__ volatile("movl %%gs:8, %0" : "=r"(cpu));
	return (cpu);
}

/* sched.c */
void sched_init_cpu(int cpu);
struct task_struct *create_thread(int cpu, int pid, int tgid, const char *comm, int (*fn)(void *), void *arg);
/** Runs the task that was created for this CPU, on its own stack. Never returns. */
void schedule_first(void) __attribute__((noreturn));
void wake_up_process(struct task_struct *task);
/** A signal that is pending and not in `blocked`. */
bool signal_pending_in(const struct task_struct *task, uint64_t blocked);
long sys_tgkill(struct task_struct *task, int sig);
/** Takes a pending signal away, as sigtimedwait does. */
void sys_sigtimedwait(int sig);
/** Sleeps until `*word` is not `value`, or somebody wakes the word. */
void futex_wait(volatile uint32_t *word, uint32_t value);
void futex_wake(volatile uint32_t *word);
/** Waits for an interrupt, unless `is_over(arg)`. */
void cpu_wait(bool (*is_over)(void *), void *arg);

void panic(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
