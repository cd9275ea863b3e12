/* PowerPC in QEMU: registers to and from KVM, and what its exits ask for. Source: qemu, target-ppc/kvm.c of 2012. */
#ifdef CONFIG_PPC64
#include "linux/kvm.h"
#include "qemu/hw/spapr.h"

int
kvm_arch_put_registers(struct qemu_cpu *env)
{
	struct kvm_regs regs;

	regs.pc = env->env_nip;
	regs.cr = 0;
	regs.ctr = env->env_ctr;
	regs.lr = env->env_lr;
	regs.xer = 0;
	regs.msr = env->env_msr;
	memcpy(regs.gpr, env->env_gpr, sizeof(regs.gpr));
	return ((int)kvm_vcpu_ioctl_user(env, KVM_SET_REGS, &regs));
}

int
kvm_arch_get_registers(struct qemu_cpu *env)
{
	struct kvm_regs regs;
	int ret = (int)kvm_vcpu_ioctl_user(env, KVM_GET_REGS, &regs);

	env->env_nip = regs.pc;
	env->env_ctr = regs.ctr;
	env->env_lr = regs.lr;
	env->env_msr = regs.msr;
	memcpy(env->env_gpr, regs.gpr, sizeof(regs.gpr));
	return (ret);
}

#ifdef HCALL_LEAVES
#define AFTER_HCALL	1	/* before 78e8fde2: the loop around KVM_RUN ends here */
#else
#define AFTER_HCALL	0	/* 78e8fde2: KVM_RUN once more, which completes the call */
#endif

int
kvm_arch_handle_exit(struct qemu_cpu *env, struct kvm_run *run)
{
	switch (run->exit_reason) {
	case KVM_EXIT_MMIO:
		spapr_device_read(run->mmio.phys_addr, run->mmio.data, run->mmio.len);
		SCHEDULE_POINT(mmio_done);
#ifdef MMIO_LEAVES
		/* Before e05258a7: whoever is wanted elsewhere goes there at once. */
		return (env->stop || env->exit_request);
#else
		return (0);
#endif
	case KVM_EXIT_PAPR_HCALL:
		run->papr_hcall.ret = spapr_hypercall(env, run->papr_hcall.nr, run->papr_hcall.args);
		return (AFTER_HCALL);
	case KVM_EXIT_OSI:
		run->osi.gprs[3] = 0;
		qemu_system_reset_request();
		return (AFTER_HCALL);
	default:
		panic("unhandled exit %u of vcpu %d", run->exit_reason, env->cpu_index);
	}
}
#else
typedef int not_powerpc;
#endif
