/* Threads of the virtual CPUs: how they are stopped, kicked and resumed. Source: qemu, cpus.c of 2012. */
#include "qemu/sysemu.h"

struct qemu_cpu *first_cpu;

volatile uint32_t qemu_global_mutex;
static volatile uint32_t qemu_pause_cond, qemu_work_cond, qemu_cpu_cond;

void
qemu_mutex_lock_iothread(void)
{
	qemu_mutex_lock(&qemu_global_mutex);
}

void
qemu_mutex_unlock_iothread(void)
{
	qemu_mutex_unlock(&qemu_global_mutex);
}

struct qemu_cpu *
cpu_self(void)
{
	struct qemu_cpu *env = first_cpu;

	while (env != NULL && env->thread != current)
		env = env->next_cpu;
	return (env);
}

static bool
cpu_can_run(const struct qemu_cpu *env)
{
	return (!env->stop && !env->stopped && !env->halted);
}

static bool
cpu_thread_is_idle(const struct qemu_cpu *env)
{
	return (!env->stop && env->queued_work_first == NULL && !cpu_can_run(env));
}

static void
flush_queued_work(struct qemu_cpu *env)
{
	struct qemu_work_item *item;

	while ((item = env->queued_work_first) != NULL) {
		env->queued_work_first = item->next;
		item->func(env);
		item->done = true;
		qemu_cond_broadcast(&qemu_work_cond);
	}
}

static void
qemu_kvm_wait_io_event(struct qemu_cpu *env)
{
	while (cpu_thread_is_idle(env))
		qemu_cond_wait(&env->halt_cond, &qemu_global_mutex);
	sys_sigtimedwait(SIG_IPI);
	if (env->stop) {
		env->stop = 0;
		env->stopped = 1;
		SCHEDULE_POINT(vcpu_stopped);
		qemu_cond_broadcast(&qemu_pause_cond);
	}
	flush_queued_work(env);
	env->thread_kicked = 0;
}

static int
qemu_kvm_cpu_thread_fn(void *arg)
{
	struct qemu_cpu *env = arg;

	qemu_mutex_lock_iothread();
	kvm_init_vcpu(env);
	env->created = 1;
	qemu_cond_broadcast(&qemu_cpu_cond);
	for (;;) {
		if (cpu_can_run(env))
			kvm_cpu_exec(env);
		qemu_kvm_wait_io_event(env);
	}
	return (0);
}

/** A vCPU that is stopped until `resume_all_vcpus`. */
struct qemu_cpu *
qemu_init_vcpu(int index, int fd, int host_cpu, int tid)
{
	struct qemu_cpu *env = heap_allocate(sizeof(*env), 64);
	struct qemu_cpu **link = &first_cpu;

	env->cpu_index = index;
	env->kvm_fd = fd;
	env->stopped = 1;
	env->thread = create_thread(host_cpu, tid, QEMU_PID, "qemu-kvm", qemu_kvm_cpu_thread_fn, env);
	while (*link != NULL)
		link = &(*link)->next_cpu;
	*link = env;
	return (env);
}

static void
qemu_cpu_kick(struct qemu_cpu *env)
{
	qemu_cond_broadcast(&env->halt_cond);
	if (!env->thread_kicked) {
		env->thread_kicked = 1;
		sys_tgkill(env->thread, SIG_IPI);
	}
}

void
run_on_cpu(struct qemu_cpu *env, void (*func)(struct qemu_cpu *env))
{
	struct qemu_work_item item = { .func = func };
	struct qemu_work_item **link = &env->queued_work_first;

	while (*link != NULL)
		link = &(*link)->next;
	*link = &item;
	qemu_cpu_kick(env);
	while (!item.done)
		qemu_cond_wait(&qemu_work_cond, &qemu_global_mutex);
}

void
qemu_wait_created(void)
{
	for (struct qemu_cpu *env = first_cpu; env != NULL; env = env->next_cpu)
		while (!env->created)
			qemu_cond_wait(&qemu_cpu_cond, &qemu_global_mutex);
}

void
qemu_cpu_kick_self(void)
{
	sys_tgkill(current, SIG_IPI);
}

void
cpu_stop_current(void)
{
	struct qemu_cpu *env = cpu_self();

	if (env != NULL) {
		env->stop = 0;
		env->stopped = 1;
		env->exit_request = 1;
		qemu_cond_broadcast(&qemu_pause_cond);
	}
}

static bool
all_vcpus_paused(void)
{
	for (struct qemu_cpu *env = first_cpu; env != NULL; env = env->next_cpu)
		if (!env->stopped)
			return (false);
	return (true);
}

void
pause_all_vcpus(void)
{
	for (struct qemu_cpu *env = first_cpu; env != NULL; env = env->next_cpu) {
		env->stop = 1;
		qemu_cpu_kick(env);
	}
	while (!all_vcpus_paused())
		qemu_cond_wait(&qemu_pause_cond, &qemu_global_mutex);
}

void
resume_all_vcpus(void)
{
	for (struct qemu_cpu *env = first_cpu; env != NULL; env = env->next_cpu) {
		env->stop = 0;
		env->stopped = 0;
		qemu_cpu_kick(env);
	}
}
