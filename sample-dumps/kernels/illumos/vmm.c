/*
 * The machine-independent part of bhyve: the critical section in which a guest's FPU state is live, and the context operator that moves
 * it when the thread has to leave its CPU inside. Source of names and rules: illumos-joyent, usr/src/uts/i86pc/io/vmm/vmm.c.
 */
#include "sys/cmn_err.h"
#include "sys/cpuvar.h"
#include "sys/kmem.h"
#include "sys/proc.h"
#include "sys/system.h"
#include "sys/vmm.h"

struct vm *vmm_vm;

/** How often a change of the guest's memory map takes the lock; each time the vCPU may have to sleep inside its critical section. */
int memseg_rounds = 1;
/** After the change, ask the vCPU to come out of VMRUN: it returns before it enters the guest again. */
int memseg_notifies = 1;

struct vm *
vm_create(const char *name)
{
	struct vm *vm = kmem_zalloc(sizeof (*vm), KM_SLEEP);

	(void) strlcpy(vm->name, name, sizeof (vm->name));
	vm->guest_size = GUEST_SIZE;
	vm->guest_physical = frames_allocate(GUEST_SIZE / PAGE_SIZE);
	memcpy(physical_pointer(vm->guest_physical + GUEST_ENTRY), guest_start, (size_t)(guest_end - guest_start));
	vm->guest_report = physical_pointer(vm->guest_physical + GUEST_REPORT);
	for (int id = 0; id < VM_MAXCPU; id++) {
		vm->vcpu[id].vcpuid = id;
		vm->vcpu[id].hostcpu = NOCPU;
	}
	vm->cookie = vmx_vminit(vm);
	vmm_vm = vm;
	return (vm);
}

static void
vcpu_init(struct vm *vm, int vcpuid)
{
	struct vcpu *vcpu = &vm->vcpu[vcpuid];

	if (vcpu->guestfpu != NULL)
		return;
	vcpu->guestfpu = hma_fpu_alloc();
	vcpu->guest_xcr0 = XFEATURE_LEGACY_FP | XFEATURE_SSE;
	vmx_vcpu_init(vm->cookie, vcpuid);
}

static void
restore_guest_fpustate(struct vcpu *vcpu)
{
	/* Clean slate: TS would stop us from loading anything. */
	clts();
	hma_fpu_start_guest(vcpu->guestfpu);
	if (vcpu->guest_xcr0 != 0)
		write_xcr(0, vcpu->guest_xcr0);
	/* From here on the host must not touch the FPU: it would be the guest's. */
	set_ts();
}

static void
save_guest_fpustate(struct vcpu *vcpu)
{
	if ((read_cr0() & CR0_TS) == 0)
		panic("fpu emulation not enabled in host!");
	vcpu->guest_xcr0 = read_xcr(0);
	write_xcr(0, XFEATURE_LEGACY_FP | XFEATURE_SSE | XFEATURE_AVX);
	clts();
	hma_fpu_stop_guest(vcpu->guestfpu);
}

/* save_op: the guest's state must not stay in registers that another thread is about to use. */
void
vmm_savectx(void *arg)
{
	vm_thread_ctx_t *vtc = arg;
	struct vm *vm = vtc->vtc_vm;

	vmx_savectx(vm->cookie, vtc->vtc_vcpuid);
	if ((vtc->vtc_status & VTCS_FPU_RESTORED) != 0) {
		save_guest_fpustate(&vm->vcpu[vtc->vtc_vcpuid]);
		vtc->vtc_status &= ~VTCS_FPU_RESTORED;
	}
}

/* restore_op: inside the critical section the thread expects the guest's state. This has to be the last word about the FPU. */
void
vmm_restorectx(void *arg)
{
	vm_thread_ctx_t *vtc = arg;
	struct vm *vm = vtc->vtc_vm;

	VERIFY((vtc->vtc_status & VTCS_FPU_RESTORED) == 0);
	if ((vtc->vtc_status & VTCS_FPU_CTX_CRITICAL) != 0) {
		restore_guest_fpustate(&vm->vcpu[vtc->vtc_vcpuid]);
		vtc->vtc_status |= VTCS_FPU_RESTORED;
	}
	vmx_restorectx(vm->cookie, vtc->vtc_vcpuid);
}

/* Somebody wants the vCPU's thread to come back from VMRUN and look around. */
void
vcpu_notify_event(struct vm *vm, int vcpuid)
{
	vm->vcpu[vcpuid].reqidle = 1;
}

boolean_t
vcpu_should_yield(struct vm *vm, int vcpuid)
{
	return (vm->vcpu[vcpuid].reqidle || curthread->t_astflag || CPU->cpu_runrun);
}

int
vm_run(struct vm *vm, int vcpuid, struct vm_exit *vme)
{
	struct vcpu *vcpu = &vm->vcpu[vcpuid];
	vm_thread_ctx_t vtc;
	int error;

	vcpu_init(vm, vcpuid);
	vtc.vtc_vm = vm;
	vtc.vtc_vcpuid = vcpuid;
	vtc.vtc_status = 0;
	installctx(curthread, &vtc, vmm_savectx, vmm_restorectx, NULL, NULL, NULL, NULL);
	vmx_restorectx(vm->cookie, vcpuid);

	thread_affinity_set(curthread, CPU->cpu_id);
	critical_enter();
	vcpu->hostcpu = CPU->cpu_id;
	restore_guest_fpustate(vcpu);
	vtc.vtc_status |= VTCS_FPU_RESTORED;
	vtc.vtc_status |= VTCS_FPU_CTX_CRITICAL;
	vcpu->state = VCPU_RUNNING;
	SCHEDULE_POINT(vm_run_critical);

	error = vmx_run(vm->cookie, vcpuid, vme);

	vcpu->state = VCPU_FROZEN;
	save_guest_fpustate(vcpu);
	vtc.vtc_status &= ~VTCS_FPU_RESTORED;
	SCHEDULE_POINT(vm_run_saved);
	vtc.vtc_status &= ~VTCS_FPU_CTX_CRITICAL;
	vcpu->hostcpu = NOCPU;
	vcpu->reqidle = 0;
	vmx_savectx(vm->cookie, vcpuid);
	(void) removectx(curthread, &vtc, vmm_savectx, vmm_restorectx, NULL, NULL, NULL, NULL);
	vcpu->state = VCPU_IDLE;
	thread_affinity_clear(curthread);
	critical_exit();
	return (error);
}

/* Gives the guest pages. Needs memory, and sleeps for it with the map locked: a vCPU that is about to enter the guest has to wait. */
int
vm_mmap_memseg(struct vm *vm, int pages)
{
	struct vmx *vmx = vm->cookie;

	for (int round = 0; round < memseg_rounds; round++) {
		vmx_ept_lock(vmx);
		for (int page = 0; page < pages; page++)
			page_create_wait();
		if (round == memseg_rounds - 1 && memseg_notifies)
			vcpu_notify_event(vm, 0);
		vmx_ept_unlock_changed(vmx);
	}
	return (0);
}
