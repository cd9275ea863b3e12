/*
 * x86: what KVM_RUN completes before the guest goes on, in the three ways that port operations have had, and the registers.
 * Source: linux, arch/x86/kvm/x86.c; 0967b7bf1c22 (2007), 45def77ebf79 (2019).
 */
#ifndef CONFIG_PPC64
#include "linux/trace.h"
#include "x86/x86.h"

#define PIO_LENGTH	1	/* of the instructions `in al,dx` and `out dx,al` */

static void
skip_emulated_instruction(struct kvm_vcpu *vcpu)
{
	kvm_rip_write(vcpu, kvm_rip_read(vcpu) + PIO_LENGTH);
}

/* A byte read: the other bits of rax stay. */
static void
complete_pio_data(struct kvm_vcpu *vcpu)
{
	uint64_t *rax = &vcpu->arch.regs[VCPU_REGS_RAX];

	*rax = (*rax & ~0xffull) | *(uint8_t *)vcpu->arch.pio_data;
}

#if defined(PIO_GUARD)
/* 2019: the instruction is skipped at completion, but only if it is still the one at rip. */
static bool
pio_is_stale(struct kvm_vcpu *vcpu)
{
	vcpu->arch.pio.count = 0;
	return (kvm_get_linear_rip(vcpu) != vcpu->arch.pio.linear_rip);
}

static int
complete_fast_pio_out(struct kvm_vcpu *vcpu)
{
	if (!pio_is_stale(vcpu))
		skip_emulated_instruction(vcpu);
	return (1);
}

static int
complete_fast_pio_in(struct kvm_vcpu *vcpu)
{
	if (pio_is_stale(vcpu))
		return (1);
	complete_pio_data(vcpu);
	skip_emulated_instruction(vcpu);
	return (1);
}
#elif defined(PIO_SKIP_AT_DECODE)
/* 2007 to 2019: the instruction is skipped before user space is asked; only the data of a read is left. */
static int
complete_fast_pio_in(struct kvm_vcpu *vcpu)
{
	vcpu->arch.pio.count = 0;
	complete_pio_data(vcpu);
	return (1);
}
#else
/* Until 2007: the instruction is skipped at completion, whatever is at rip by then. */
static int
complete_pio(struct kvm_vcpu *vcpu)
{
	vcpu->arch.pio.count = 0;
	if (vcpu->arch.pio.in)
		complete_pio_data(vcpu);
	skip_emulated_instruction(vcpu);
	return (1);
}
#endif

enum x86_step
kvm_fast_pio(struct kvm_vcpu *vcpu, int in)
{
	struct kvm_pio_request *pio = &vcpu->arch.pio;
	struct kvm_run *run = vcpu->run;

	pio->in = in;
	pio->port = (uint16_t)vcpu->arch.regs[VCPU_REGS_RDX];
	pio->size = 1;
	pio->count = 1;
	*(uint8_t *)vcpu->arch.pio_data = in ? 0 : (uint8_t)vcpu->arch.regs[VCPU_REGS_RAX];
	run->exit_reason = KVM_EXIT_IO;
	run->io.direction = in ? KVM_EXIT_IO_IN : KVM_EXIT_IO_OUT;
	run->io.size = 1;
	run->io.port = (__u16)pio->port;
	run->io.count = 1;
	run->io.data_offset = KVM_PIO_PAGE_OFFSET;
#if defined(PIO_GUARD)
	pio->linear_rip = kvm_get_linear_rip(vcpu);
	vcpu->arch.complete_userspace_io = in ? complete_fast_pio_in : complete_fast_pio_out;
#elif defined(PIO_SKIP_AT_DECODE)
	skip_emulated_instruction(vcpu);
	vcpu->arch.complete_userspace_io = in ? complete_fast_pio_in : NULL;
#else
	vcpu->arch.complete_userspace_io = complete_pio;
#endif
	return (STEP_EXIT);
}

/*
 * The emulator goes on with the instruction that it has decoded: its registers are read again when user space has set them, its
 * instruction pointer is not.
 */
static int
complete_emulated_mmio(struct kvm_vcpu *vcpu)
{
	struct kvm_vcpu_arch *arch = &vcpu->arch;
	uint32_t data;

	memcpy(&data, vcpu->run->mmio.data, sizeof(data));
	TRACE("kvm_mmio: vcpu %u read gpa %#lx val %#lx", (uint64_t)vcpu->vcpu_id, vcpu->run->mmio.phys_addr, data);
	arch->emulate_regs_need_sync_from_vcpu = 0;
	vcpu->mmio_needed = 0;
	vcpu->mmio_read_completed = 1;
	arch->regs[arch->ctxt_dst_reg] = data;
	kvm_rip_write(vcpu, arch->ctxt__eip);
	return (1);
}

enum x86_step
emulator_read_mmio(struct kvm_vcpu *vcpu, gpa_t gpa, unsigned int reg, uint64_t next)
{
	struct kvm_run *run = vcpu->run;

	vcpu->mmio_needed = 1;
	vcpu->mmio_is_write = 0;
	vcpu->mmio_read_completed = 0;
	vcpu->mmio_nr_fragments = 1;
	vcpu->mmio_fragments[0] = (struct kvm_mmio_fragment){ .gpa = gpa, .len = 4 };
	vcpu->arch.ctxt_eip = kvm_rip_read(vcpu);
	vcpu->arch.ctxt__eip = next;
	vcpu->arch.ctxt_dst_reg = (uint8_t)reg;
	run->exit_reason = KVM_EXIT_MMIO;
	run->mmio.phys_addr = gpa;
	run->mmio.len = 4;
	run->mmio.is_write = 0;
	vcpu->arch.complete_userspace_io = complete_emulated_mmio;
	return (STEP_EXIT);
}

void
kvm_arch_vcpu_init(struct kvm_vcpu *vcpu)
{
	vcpu->arch.pio_data = (char *)vcpu->run + KVM_PIO_PAGE_OFFSET;
}

static int
vcpu_run(struct kvm_vcpu *vcpu, struct kvm_run *run)
{
	enum x86_step step = STEP_DONE;
	int r = 0;

	TRACE("kvm_entry: vcpu %u rip %#lx", (uint64_t)vcpu->vcpu_id, kvm_rip_read(vcpu));
	vcpu->mode = IN_GUEST_MODE;
	SCHEDULE_POINT(guest_entry);
	while (step == STEP_DONE || step == STEP_WAIT) {
		if (kvm_signal_pending(vcpu)) {
			run->exit_reason = KVM_EXIT_INTR;
			vcpu->stat.signal_exits++;
			r = -EINTR;
			break;
		}
		step = x86_emulate_instruction(vcpu);
		if (step == STEP_WAIT)
			kvm_vcpu_block(vcpu);
	}
	if (step == STEP_TRIPLE_FAULT)
		run->exit_reason = KVM_EXIT_SHUTDOWN;
	vcpu->mode = OUTSIDE_GUEST_MODE;
	vcpu->stat.exits++;
	SCHEDULE_POINT(exit_to_user);
	return (r);
}

int
kvm_arch_vcpu_ioctl_run(struct kvm_vcpu *vcpu, struct kvm_run *run)
{
	int (*complete)(struct kvm_vcpu *) = vcpu->arch.complete_userspace_io;

	if (complete != NULL) {
		SCHEDULE_POINT(complete);
		TRACE("kvm_complete: vcpu %u", (uint64_t)vcpu->vcpu_id);
		vcpu->arch.complete_userspace_io = NULL;
		if (complete(vcpu) <= 0)
			return (0);
	}
	vcpu->arch.pio.count = 0;
	if (run->immediate_exit)
		return (-EINTR);
	return (vcpu_run(vcpu, run));
}

int
kvm_arch_vcpu_ioctl_get_regs(struct kvm_vcpu *vcpu, struct kvm_regs *regs)
{
	const uint64_t *r = vcpu->arch.regs;

	regs->rax = r[VCPU_REGS_RAX];
	regs->rbx = r[VCPU_REGS_RBX];
	regs->rcx = r[VCPU_REGS_RCX];
	regs->rdx = r[VCPU_REGS_RDX];
	regs->rsi = r[VCPU_REGS_RSI];
	regs->rdi = r[VCPU_REGS_RDI];
	regs->rsp = r[VCPU_REGS_RSP];
	regs->rbp = r[VCPU_REGS_RBP];
	memcpy(&regs->r8, &r[VCPU_REGS_R8], 8 * sizeof(regs->r8));
	regs->rip = kvm_rip_read(vcpu);
	regs->rflags = vcpu->arch.rflags;
	return (0);
}

/* What an instruction waits for is not looked at. */
int
kvm_arch_vcpu_ioctl_set_regs(struct kvm_vcpu *vcpu, const struct kvm_regs *regs)
{
	uint64_t *r = vcpu->arch.regs;

	vcpu->arch.emulate_regs_need_sync_from_vcpu = 1;
	vcpu->arch.emulate_regs_need_sync_to_vcpu = 0;
	r[VCPU_REGS_RAX] = regs->rax;
	r[VCPU_REGS_RBX] = regs->rbx;
	r[VCPU_REGS_RCX] = regs->rcx;
	r[VCPU_REGS_RDX] = regs->rdx;
	r[VCPU_REGS_RSI] = regs->rsi;
	r[VCPU_REGS_RDI] = regs->rdi;
	r[VCPU_REGS_RSP] = regs->rsp;
	r[VCPU_REGS_RBP] = regs->rbp;
	memcpy(&r[VCPU_REGS_R8], &regs->r8, 8 * sizeof(regs->r8));
	kvm_rip_write(vcpu, regs->rip);
	vcpu->arch.rflags = regs->rflags;
	return (0);
}

#ifdef ABORT_OPERATION
int
kvm_arch_vcpu_ioctl_abort(struct kvm_vcpu *vcpu)
{
	vcpu->mmio_needed = 0;
	vcpu->arch.complete_userspace_io = NULL;
	vcpu->arch.pio.count = 0;
	vcpu->arch.ctxt_eip = 0;
	vcpu->arch.ctxt__eip = 0;
	return (0);
}
#endif

long
kvm_arch_vcpu_ioctl(struct kvm_vcpu *vcpu, unsigned int ioctl, void *arg)
{
	struct kvm_sregs *sregs = arg;

	switch (ioctl) {
	case KVM_GET_SREGS:
		sregs->cs = (struct kvm_segment){ .base = vcpu->arch.cs_base, .selector = (__u16)vcpu->arch.cs_selector };
		return (0);
	case KVM_SET_SREGS:
		vcpu->arch.cs_base = sregs->cs.base;
		vcpu->arch.cs_selector = sregs->cs.selector;
		return (0);
	default:
		return (-ENOTTY);
	}
}
#else
typedef int not_x86;	/* a source file holds something */
#endif
