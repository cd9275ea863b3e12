/* PowerPC: what KVM_RUN completes before the guest goes on, and the registers. Source: linux, arch/powerpc/kvm/powerpc.c, book3s.c. */
#ifdef CONFIG_PPC64
#include "linux/trace.h"
#include "powerpc/kvm_ppc.h"

uint64_t
kvmppc_sign_extend(uint64_t value, unsigned int bytes)
{
	switch (bytes) {
	case 1:
		return ((uint64_t)(int64_t)(int8_t)value);
	case 2:
		return ((uint64_t)(int64_t)(int16_t)value);
	case 4:
		return ((uint64_t)(int64_t)(int32_t)value);
	default:
		return (value);
	}
}

/* The data of the device in run->mmio goes to the register that the load named. */
static void
kvmppc_complete_mmio_load(struct kvm_vcpu *vcpu, struct kvm_run *run)
{
	struct kvm_vcpu_arch *arch = &vcpu->arch;
	uint64_t gpr = 0;

	for (unsigned int byte = 0; byte < run->mmio.len; byte++) {
		unsigned int place = arch->mmio_is_bigendian ? run->mmio.len - 1 - byte : byte;

		gpr |= (uint64_t)run->mmio.data[byte] << (8 * place);
	}
	TRACE("kvm_mmio: vcpu %u read gpa %#lx val %#lx", (uint64_t)vcpu->vcpu_id, run->mmio.phys_addr, gpr);
	if (arch->mmio_sign_extend)
		gpr = kvmppc_sign_extend(gpr, run->mmio.len);
	arch->gpr[arch->io_gpr] = gpr;
}

/* The registers of a hypercall that user space has carried out. */
static void
kvmppc_complete_hcall(struct kvm_vcpu *vcpu, struct kvm_run *run)
{
	vcpu->arch.gpr[3] = run->papr_hcall.ret;
	memcpy(&vcpu->arch.gpr[4], run->papr_hcall.args, sizeof(run->papr_hcall.args));
	vcpu->arch.hcall_needed = 0;
}

void
kvm_arch_vcpu_init(struct kvm_vcpu *vcpu)
{
	vcpu->arch.papr_enabled = 1;
	vcpu->arch.osi_enabled = 1;
	vcpu->arch.sane = 1;
}

int
kvm_arch_vcpu_ioctl_run(struct kvm_vcpu *vcpu, struct kvm_run *run)
{
	if (vcpu->mmio_needed) {
		SCHEDULE_POINT(complete);
		if (!vcpu->mmio_is_write)
			kvmppc_complete_mmio_load(vcpu, run);
		vcpu->mmio_needed = 0;
	} else if (vcpu->arch.osi_needed) {
		SCHEDULE_POINT(complete);
		TRACE("kvm_complete: vcpu %u osi", (uint64_t)vcpu->vcpu_id);
		memcpy(vcpu->arch.gpr, run->osi.gprs, sizeof(run->osi.gprs));
		vcpu->arch.osi_needed = 0;
	} else if (vcpu->arch.hcall_needed) {
		SCHEDULE_POINT(complete);
		TRACE("kvm_complete: vcpu %u hcall %#lx ret %#lx", (uint64_t)vcpu->vcpu_id, run->papr_hcall.nr, run->papr_hcall.ret);
		kvmppc_complete_hcall(vcpu, run);
	}
	if (run->immediate_exit)
		return (-EINTR);
	return (kvmppc_vcpu_run(run, vcpu));
}

int
kvm_arch_vcpu_ioctl_get_regs(struct kvm_vcpu *vcpu, struct kvm_regs *regs)
{
	regs->pc = vcpu->arch.pc;
	regs->cr = vcpu->arch.cr;
	regs->ctr = vcpu->arch.ctr;
	regs->lr = vcpu->arch.lr;
	regs->xer = vcpu->arch.xer;
	regs->msr = vcpu->arch.msr;
	memcpy(regs->gpr, vcpu->arch.gpr, sizeof(regs->gpr));
	return (0);
}

#if defined(ABORT_OPERATION) || defined(SET_REGS_ABORTS)
/* Whatever user space was asked to do is forgotten; no register changes. */
static void
kvmppc_abort_operation(struct kvm_vcpu *vcpu)
{
	vcpu->mmio_needed = 0;
	vcpu->arch.dcr_needed = 0;
	vcpu->arch.osi_needed = 0;
	vcpu->arch.hcall_needed = 0;
}
#endif

int
kvm_arch_vcpu_ioctl_set_regs(struct kvm_vcpu *vcpu, const struct kvm_regs *regs)
{
	vcpu->arch.pc = regs->pc;
	vcpu->arch.cr = (uint32_t)regs->cr;
	vcpu->arch.ctr = regs->ctr;
	vcpu->arch.lr = regs->lr;
	vcpu->arch.xer = (uint32_t)regs->xer;
	vcpu->arch.msr = regs->msr;
	memcpy(vcpu->arch.gpr, regs->gpr, sizeof(regs->gpr));
#ifdef SET_REGS_ABORTS
	kvmppc_abort_operation(vcpu);
#endif
	return (0);
}

#ifdef ABORT_OPERATION
int
kvm_arch_vcpu_ioctl_abort(struct kvm_vcpu *vcpu)
{
	kvmppc_abort_operation(vcpu);
	return (0);
}
#endif

long
kvm_arch_vcpu_ioctl(struct kvm_vcpu *vcpu, unsigned int ioctl, void *arg)
{
	return (-ENOTTY);
}
#else
typedef int not_powerpc;	/* a source file holds something */
#endif
