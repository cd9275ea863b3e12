/* How QEMU uses KVM: the loop around KVM_RUN, and the registers' way there and back. Source: qemu, kvm-all.c of 2012. */
#include "linux/kvm_host.h"
#include "qemu/sysemu.h"

long
kvm_vcpu_ioctl_user(struct qemu_cpu *env, unsigned int type, void *arg)
{
	return (sys_ioctl(env->kvm_fd, type, (unsigned long)arg));
}

/** Called by the thread of the vCPU: SIG_IPI reaches it while the guest runs, and waits at all other times. */
void
kvm_init_vcpu(struct qemu_cpu *env)
{
	uint64_t blocked_in_guest = 0;

	current->blocked = sigmask(SIG_IPI);
	env->kvm_run = kvm_vcpu_mmap(env->kvm_fd);
	kvm_vcpu_ioctl_user(env, KVM_SET_SIGNAL_MASK, &blocked_in_guest);
}

#ifdef COMPLETE_BY_IMMEDIATE_EXIT
/* The kernel finishes the operation and comes back before the guest runs. */
static void
kvm_complete_operation(struct qemu_cpu *env)
{
	env->kvm_run->immediate_exit = 1;
	kvm_vcpu_ioctl_user(env, KVM_RUN, NULL);
	env->kvm_run->immediate_exit = 0;
}
#endif

int
kvm_cpu_exec(struct qemu_cpu *env)
{
	struct kvm_run *run = env->kvm_run;
	int ret;

	do {
		if (env->vcpu_dirty) {
			kvm_arch_put_registers(env);
			env->vcpu_dirty = 0;
		}
		if (env->exit_request)
			qemu_cpu_kick_self();
		qemu_mutex_unlock_iothread();
		SCHEDULE_POINT(kvm_run);
		ret = (int)kvm_vcpu_ioctl_user(env, KVM_RUN, NULL);
		qemu_mutex_lock_iothread();
		if (ret < 0)
			break;		/* a signal: what the vCPU had asked for before is complete */
		SCHEDULE_POINT(handle_exit);
		ret = kvm_arch_handle_exit(env, run);
	} while (ret == 0);
#ifdef COMPLETE_BY_IMMEDIATE_EXIT
	if (ret > 0)
		kvm_complete_operation(env);
#endif
	env->exit_request = 0;
	return (ret);
}

static void
do_kvm_cpu_synchronize_state(struct qemu_cpu *env)
{
	if (!env->vcpu_dirty) {
		kvm_arch_get_registers(env);
		env->vcpu_dirty = 1;
	}
}

void
cpu_synchronize_all_states(void)
{
	for (struct qemu_cpu *env = first_cpu; env != NULL; env = env->next_cpu) {
#ifdef SYNCHRONIZE_FROM_MAIN_LOOP
		do_kvm_cpu_synchronize_state(env);
#else
		run_on_cpu(env, do_kvm_cpu_synchronize_state);
#endif
	}
}

void
cpu_synchronize_all_post_reset(void)
{
	for (struct qemu_cpu *env = first_cpu; env != NULL; env = env->next_cpu) {
		kvm_arch_put_registers(env);
		env->vcpu_dirty = 0;
	}
}

#ifdef ABORT_OPERATION
void
kvm_abort_all_operations(void)
{
	for (struct qemu_cpu *env = first_cpu; env != NULL; env = env->next_cpu)
		kvm_vcpu_ioctl_user(env, KVM_VCPU_ABORT_OPERATION, NULL);
}
#endif
