/* Running a PowerPC guest, and the exits to user space. Source: linux, arch/powerpc/kvm/book3s_pr.c, powerpc.c. */
#ifdef CONFIG_PPC64
#include "linux/trace.h"
#include "powerpc/kvm_ppc.h"

int
kvmppc_vcpu_run(struct kvm_run *run, struct kvm_vcpu *vcpu)
{
	int r = 0;

	TRACE("kvm_entry: vcpu %u pc %#lx", (uint64_t)vcpu->vcpu_id, vcpu->arch.pc);
	vcpu->mode = IN_GUEST_MODE;
	for (bool goes_on = true; goes_on;) {
		if (kvm_signal_pending(vcpu)) {
			run->exit_reason = KVM_EXIT_INTR;
			vcpu->stat.signal_exits++;
			r = -EINTR;
			break;
		}
		switch (kvmppc_emulate_instruction(run, vcpu)) {
		case EMULATE_DONE:
			break;
		case EMULATE_DO_MMIO:
		case EMULATE_EXIT_USER:
			goes_on = false;
			break;
		case EMULATE_WAIT:
			kvm_vcpu_block(vcpu);
			break;
		case EMULATE_FAIL:
			run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
			goes_on = false;
			break;
		}
	}
	vcpu->mode = OUTSIDE_GUEST_MODE;
	vcpu->stat.exits++;
	SCHEDULE_POINT(exit_to_user);
	return (r);
}

enum emulation_result
kvmppc_handle_load(struct kvm_run *run, struct kvm_vcpu *vcpu, unsigned int rt, uint64_t address, unsigned int bytes)
{
	uint8_t data[8];
	uint64_t value = 0;

	if (kvm_read_guest(vcpu->kvm, address, data, bytes)) {
		for (unsigned int byte = 0; byte < bytes; byte++)
			value = value << 8 | data[byte];
		vcpu->arch.gpr[rt] = value;
		return (EMULATE_DONE);
	}
	run->exit_reason = KVM_EXIT_MMIO;
	run->mmio.phys_addr = address;
	run->mmio.len = bytes;
	run->mmio.is_write = 0;
	vcpu->arch.paddr_accessed = address;
	vcpu->arch.vaddr_accessed = address;
	vcpu->arch.io_gpr = (uint8_t)rt;
	vcpu->arch.mmio_is_bigendian = 1;
	vcpu->arch.mmio_sign_extend = 0;
	vcpu->mmio_needed = 1;
	vcpu->mmio_is_write = 0;
	return (EMULATE_DO_MMIO);
}

enum emulation_result
kvmppc_handle_loads(struct kvm_run *run, struct kvm_vcpu *vcpu, unsigned int rt, uint64_t address, unsigned int bytes)
{
	enum emulation_result result = kvmppc_handle_load(run, vcpu, rt, address, bytes);

	if (result == EMULATE_DONE)
		vcpu->arch.gpr[rt] = kvmppc_sign_extend(vcpu->arch.gpr[rt], bytes);
	else
		vcpu->arch.mmio_sign_extend = 1;
	return (result);
}

enum emulation_result
kvmppc_handle_sc(struct kvm_run *run, struct kvm_vcpu *vcpu, unsigned int level)
{
	struct kvm_vcpu_arch *arch = &vcpu->arch;

	if (level == 1 && arch->papr_enabled) {
		run->papr_hcall.nr = arch->gpr[3];
		memcpy(run->papr_hcall.args, &arch->gpr[4], sizeof(run->papr_hcall.args));
		run->exit_reason = KVM_EXIT_PAPR_HCALL;
		arch->hcall_needed = 1;
		return (EMULATE_EXIT_USER);
	}
	if (arch->osi_enabled && (uint32_t)arch->gpr[3] == OSI_SC_MAGIC_R3 && (uint32_t)arch->gpr[4] == OSI_SC_MAGIC_R4) {
		memcpy(run->osi.gprs, arch->gpr, sizeof(run->osi.gprs));
		run->exit_reason = KVM_EXIT_OSI;
		arch->osi_needed = 1;
		return (EMULATE_EXIT_USER);
	}
	return (EMULATE_FAIL);
}
#else
typedef int not_powerpc;
#endif
