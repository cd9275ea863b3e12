/* x86 in QEMU: registers to and from KVM, and what its exits ask for. Source: qemu, target-i386/kvm.c, kvm-all.c. */
#ifndef CONFIG_PPC64
#include "linux/kvm.h"
#include "qemu/hw/pc.h"

/* Order of env_gpr. */
enum { R_EAX, R_ECX, R_EDX, R_EBX, R_ESP, R_EBP, R_ESI, R_EDI, R_8 };

int
kvm_arch_put_registers(struct qemu_cpu *env)
{
	struct kvm_sregs sregs = { .cs = { .base = env->env_cs_base, .selector = (__u16)env->env_cs_selector } };
	struct kvm_regs regs = {
		.rax = env->env_gpr[R_EAX], .rbx = env->env_gpr[R_EBX], .rcx = env->env_gpr[R_ECX], .rdx = env->env_gpr[R_EDX],
		.rsi = env->env_gpr[R_ESI], .rdi = env->env_gpr[R_EDI], .rsp = env->env_gpr[R_ESP], .rbp = env->env_gpr[R_EBP],
		.rip = env->env_nip, .rflags = env->env_eflags,
	};

	memcpy(&regs.r8, &env->env_gpr[R_8], 8 * sizeof(regs.r8));
	kvm_vcpu_ioctl_user(env, KVM_SET_REGS, &regs);
	return ((int)kvm_vcpu_ioctl_user(env, KVM_SET_SREGS, &sregs));
}

int
kvm_arch_get_registers(struct qemu_cpu *env)
{
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	int ret = (int)kvm_vcpu_ioctl_user(env, KVM_GET_REGS, &regs);

	env->env_gpr[R_EAX] = regs.rax;
	env->env_gpr[R_EBX] = regs.rbx;
	env->env_gpr[R_ECX] = regs.rcx;
	env->env_gpr[R_EDX] = regs.rdx;
	env->env_gpr[R_ESI] = regs.rsi;
	env->env_gpr[R_EDI] = regs.rdi;
	env->env_gpr[R_ESP] = regs.rsp;
	env->env_gpr[R_EBP] = regs.rbp;
	memcpy(&env->env_gpr[R_8], &regs.r8, 8 * sizeof(regs.r8));
	env->env_nip = regs.rip;
	env->env_eflags = regs.rflags;
	kvm_vcpu_ioctl_user(env, KVM_GET_SREGS, &sregs);
	env->env_cs_base = sregs.cs.base;
	env->env_cs_selector = sregs.cs.selector;
	return (ret);
}

/* Whoever is wanted elsewhere goes there at once, or re-enters to have the operation completed. */
static int
after_operation(struct qemu_cpu *env)
{
#ifdef IO_LEAVES
	return (env->stop || env->exit_request);
#else
	return (0);
#endif
}

int
kvm_arch_handle_exit(struct qemu_cpu *env, struct kvm_run *run)
{
	uint8_t *data = (uint8_t *)run + run->io.data_offset;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		if (run->io.direction == KVM_EXIT_IO_IN)
			*data = pc_port_read(run->io.port);
		else
			pc_port_write(run->io.port, *data);
		SCHEDULE_POINT(io_done);
		return (after_operation(env));
	case KVM_EXIT_MMIO:
		pc_device_read(run->mmio.phys_addr, run->mmio.data);
		SCHEDULE_POINT(io_done);
		return (after_operation(env));
	case KVM_EXIT_SHUTDOWN:
		cpu_stop_current();
		return (1);
	default:
		panic("unhandled exit %u of vcpu %d", run->exit_reason, env->cpu_index);
	}
}
#else
typedef int not_x86;
#endif
