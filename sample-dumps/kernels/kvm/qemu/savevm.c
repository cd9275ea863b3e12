/* Taking the state of a machine, and going on from it. Source: qemu, savevm.c, of 2012; the devices have no state here. */
#include "linux/kvm_host.h"
#include "qemu/sysemu.h"

/* The file: registers of each vCPU. Guest memory stays what it is. */
struct saved_cpu {
	uint64_t	gpr[32];
	uint64_t	nip, lr, ctr, msr;
} saved_vm[KVM_MAX_VCPUS];

void
do_savevm(void)
{
	pause_all_vcpus();
	runstate = RUN_STATE_SAVE_VM;
	cpu_synchronize_all_states();
	for (struct qemu_cpu *env = first_cpu; env != NULL; env = env->next_cpu) {
		struct saved_cpu *saved = &saved_vm[env->cpu_index];

		memcpy(saved->gpr, env->env_gpr, sizeof(saved->gpr));
		saved->nip = env->env_nip;
		saved->lr = env->env_lr;
		saved->ctr = env->env_ctr;
		saved->msr = env->env_msr;
	}
	SCHEDULE_POINT(state_saved);
	runstate = RUN_STATE_RUNNING;
	resume_all_vcpus();
}

void
do_loadvm(void)
{
	pause_all_vcpus();
	for (struct qemu_cpu *env = first_cpu; env != NULL; env = env->next_cpu) {
		const struct saved_cpu *saved = &saved_vm[env->cpu_index];

		kvm_recreate_vcpu(env->kvm_fd);
		memcpy(env->env_gpr, saved->gpr, sizeof(saved->gpr));
		env->env_nip = saved->nip;
		env->env_lr = saved->lr;
		env->env_ctr = saved->ctr;
		env->env_msr = saved->msr;
		env->vcpu_dirty = 1;
	}
	SCHEDULE_POINT(state_loaded);
	resume_all_vcpus();
}
