/*
 * The guest's processor: an interpreter of the few PowerPC instructions that our guests have. A guest of another architecture
 * can't run on the simulated machine, and the bug is in what happens around it. Source: Power ISA 2.06, book I.
 */
#ifdef CONFIG_PPC64
#include "powerpc/kvm_ppc.h"

#define RT(inst)	((inst) >> 21 & 31)
#define RA(inst)	((inst) >> 16 & 31)
#define RB(inst)	((inst) >> 11 & 31)
#define UI(inst)	((uint64_t)((inst) & 0xffff))
#define SI(inst)	((uint64_t)(int64_t)(int16_t)((inst) & 0xffff))
#define CR0_EQ		0x20000000u
#define CR0_GT		0x40000000u
#define CR0_LT		0x80000000u

static void
compare(struct kvm_vcpu_arch *arch, uint32_t a, uint32_t b)
{
	arch->cr = (arch->cr & 0x0fffffff) | (a < b ? CR0_LT : a > b ? CR0_GT : CR0_EQ);
}

static enum emulation_result
branch(struct kvm_vcpu_arch *arch, uint64_t distance)
{
	arch->pc += distance;
	return (distance == 0 ? EMULATE_WAIT : EMULATE_DONE);
}

static enum emulation_result
branch_conditional(struct kvm_vcpu_arch *arch, uint32_t inst)
{
	bool is_set = (arch->cr >> (31 - RA(inst)) & 1) != 0;

	return (branch(arch, is_set == (RT(inst) == 12) ? SI(inst) & ~3ull : 4));
}

static enum emulation_result
execute(struct kvm_run *run, struct kvm_vcpu *vcpu, uint32_t inst)
{
	struct kvm_vcpu_arch *arch = &vcpu->arch;
	uint64_t base = RA(inst) == 0 ? 0 : arch->gpr[RA(inst)];

	switch (inst >> 26) {
	case 10:	/* cmplwi */
		compare(arch, (uint32_t)arch->gpr[RA(inst)], (uint32_t)UI(inst));
		return (EMULATE_DONE);
	case 14:	/* addi */
		arch->gpr[RT(inst)] = base + SI(inst);
		return (EMULATE_DONE);
	case 15:	/* addis */
		arch->gpr[RT(inst)] = base + (SI(inst) << 16);
		return (EMULATE_DONE);
	case 17:	/* sc */
		return (kvmppc_handle_sc(run, vcpu, inst >> 5 & 127));
	case 24:	/* ori */
		arch->gpr[RA(inst)] = arch->gpr[RT(inst)] | UI(inst);
		return (EMULATE_DONE);
	case 31:
		if ((inst >> 1 & 0x3ff) != 32)
			return (EMULATE_FAIL);
		compare(arch, (uint32_t)arch->gpr[RA(inst)], (uint32_t)arch->gpr[RB(inst)]);	/* cmplw */
		return (EMULATE_DONE);
	case 32:	/* lwz */
		return (kvmppc_handle_load(run, vcpu, RT(inst), base + SI(inst), 4));
	case 42:	/* lha */
		return (kvmppc_handle_loads(run, vcpu, RT(inst), base + SI(inst), 2));
	default:
		return (EMULATE_FAIL);
	}
}

enum emulation_result
kvmppc_emulate_instruction(struct kvm_run *run, struct kvm_vcpu *vcpu)
{
	struct kvm_vcpu_arch *arch = &vcpu->arch;
	enum emulation_result result;
	uint32_t inst;

	if (!kvm_read_guest(vcpu->kvm, arch->pc, &inst, sizeof(inst)))
		return (EMULATE_FAIL);
	inst = __builtin_bswap32(inst);
	arch->last_inst = inst;
	vcpu->stat.guest_insns++;
	if (inst >> 26 == 18)		/* b */
		return (branch(arch, (uint64_t)((int64_t)(int32_t)(inst << 6) >> 6) & ~3ull));
	if (inst >> 26 == 16)		/* bc */
		return (branch_conditional(arch, inst));
	result = execute(run, vcpu, inst);
	if (result != EMULATE_FAIL)
		arch->pc += 4;
	return (result);
}
#else
typedef int not_powerpc;
#endif
