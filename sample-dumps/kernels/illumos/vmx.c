/*
 * The Intel part of bhyve: one VMCS per vCPU, a guest with a few pages of memory behind EPT, and the loop round VM entry.
 * Source of names and rules: illumos-joyent, usr/src/uts/i86pc/io/vmm/intel/vmx.c and vmm_host.c @ 43f85cd4da7e; Intel SDM 3, chapters 24 to 27.
 */
#include "sys/cmn_err.h"
#include "sys/cpuvar.h"
#include "sys/kmem.h"
#include "sys/proc.h"
#include "sys/vmcs.h"
#include "sys/vmm.h"

/** When not 0: the guest is out before it is to enter again at this TSC. */
uint64_t guest_runs_until;

/* The host's CR0 while guests run: TS is set, so every VM exit leaves the FPU forbidden to the host. */
uint64_t
vmm_get_host_cr0(void)
{
	return (read_cr0() | CR0_TS);
}

/* VMX operation, once per CPU. */
static void
vmx_enable(cpu_t *cp)
{
	if (cp->cpu_m.mcpu_vmx_pa != 0)
		return;
	cp->cpu_m.mcpu_vmx_pa = frame_allocate();
	*(uint32_t *)physical_pointer(cp->cpu_m.mcpu_vmx_pa) = (uint32_t)read_msr(MSR_VMX_BASIC);
	write_cr4(read_cr4() | CR4_VMXE);
	VERIFY(vmx_on(cp->cpu_m.mcpu_vmx_pa) == 0);
}

/* Maps the guest's physical memory, page by page, all rights, write-back. */
static uint64_t
ept_create(struct vm *vm)
{
	uint64_t root = frame_allocate();

	for (uint64_t page = 0; page < vm->guest_size; page += PAGE_SIZE) {
		uint64_t table = root;

		for (int shift = 39; shift > PAGE_SHIFT; shift -= 9) {
			uint64_t *entry = (uint64_t *)physical_pointer(table) + (page >> shift & 511);

			if (*entry == 0)
				*entry = frame_allocate() | 7;
			table = *entry & PTE_FRAME;
		}
		((uint64_t *)physical_pointer(table))[page >> PAGE_SHIFT & 511] = (vm->guest_physical + page) | 6 << 3 | 7;
	}
	return (root);
}

/* The guest's own page tables: its first 2 MiB as they are, in its pages 1 to 3. */
static void
guest_page_tables(struct vm *vm)
{
	uint64_t *tables = physical_pointer(vm->guest_physical);

	tables[0x1000 / 8] = 0x2000 | PTE_V | PTE_W;
	tables[0x2000 / 8] = 0x3000 | PTE_V | PTE_W;
	tables[0x3000 / 8] = 0x0000 | PTE_V | PTE_W | PTE_PS;
}

struct vmx *
vmx_vminit(struct vm *vm)
{
	struct vmx *vmx = kmem_zalloc(sizeof (*vmx), KM_SLEEP);

	vmx->vm = vm;
	vmx->ept_root = ept_create(vm);
	vmx->eptp = vmx->ept_root | EPTP_WRITE_BACK | EPTP_WALK_4;
	guest_page_tables(vm);
	return (vmx);
}

static void
vmcs_write(uint64_t field, uint64_t value)
{
	VERIFY(vmx_vmwrite(field, value) == 0);
}

static uint64_t
vmcs_read(uint64_t field)
{
	int result;
	uint64_t value = vmx_vmread(field, &result);

	VERIFY(result == 0);
	return (value);
}

static void
vmcs_init_controls(struct vmx *vmx)
{
	vmcs_write(VMCS_PIN_BASED_CTLS, PIN_RESERVED_ONE | PIN_EXTERNAL_INTERRUPT_EXITING);
	vmcs_write(VMCS_PRI_PROC_BASED_CTLS, PROC_RESERVED_ONE | PROC_HLT_EXITING | PROC_SECONDARY);
	vmcs_write(VMCS_SEC_PROC_BASED_CTLS, PROC2_EPT);
	vmcs_write(VMCS_EXIT_CTLS, EXIT_RESERVED_ONE | EXIT_HOST_64 | EXIT_SAVE_EFER | EXIT_LOAD_EFER);
	vmcs_write(VMCS_ENTRY_CTLS, ENTRY_RESERVED_ONE | ENTRY_GUEST_64 | ENTRY_LOAD_EFER);
	vmcs_write(VMCS_EXCEPTION_BITMAP, 0);
	vmcs_write(VMCS_EPTP, vmx->eptp);
	vmcs_write(VMCS_LINK_POINTER, ~0ul);
	vmcs_write(VMCS_CR0_MASK, 0);
	vmcs_write(VMCS_CR4_MASK, 0);
}

/* A flat 64-bit guest at GUEST_ENTRY. The six segments and LDTR, TR follow one another in steps of two. */
static void
vmcs_init_guest(void)
{
	static const uint32_t rights[] = { 0xc093, 0xa09b, 0xc093, 0xc093, 0xc093, 0xc093, 0x10000, 0x8b };

	for (int index = 0; index < 8; index++) {
		vmcs_write(VMCS_GUEST_ES_SELECTOR + 2 * index, index == 1 ? 0x08 : index < 6 ? 0x10 : index == 7 ? 0x18 : 0);
		vmcs_write(VMCS_GUEST_ES_LIMIT + 2 * index, index < 6 ? 0xffffffff : 0x67);
		vmcs_write(VMCS_GUEST_ES_ACCESS_RIGHTS + 2 * index, rights[index]);
	}
	vmcs_write(VMCS_GUEST_GDTR_LIMIT, 0);
	vmcs_write(VMCS_GUEST_IDTR_LIMIT, 0);
	vmcs_write(VMCS_GUEST_INTERRUPTIBILITY, 0);
	vmcs_write(VMCS_GUEST_ACTIVITY, 0);
	vmcs_write(VMCS_GUEST_CR0, 0x80010033);
	vmcs_write(VMCS_GUEST_CR3, 0x1000);
	vmcs_write(VMCS_GUEST_CR4, 0x42620);
	vmcs_write(VMCS_GUEST_IA32_EFER, 0x500);
	vmcs_write(VMCS_GUEST_DR7, 0x400);
	vmcs_write(VMCS_GUEST_RSP, GUEST_STACK);
	vmcs_write(VMCS_GUEST_RIP, GUEST_ENTRY);
	vmcs_write(VMCS_GUEST_RFLAGS, 2);
}

/* What a VM exit loads. It belongs to the CPU, so it is written whenever the VMCS comes to one. */
static void
vmcs_init_host(cpu_t *cp)
{
	vmcs_write(VMCS_HOST_CR0, vmm_get_host_cr0());
	vmcs_write(VMCS_HOST_CR3, read_cr3());
	vmcs_write(VMCS_HOST_CR4, read_cr4());
	vmcs_write(VMCS_HOST_CS_SELECTOR, SELECTOR_KERNEL_CODE);
	vmcs_write(VMCS_HOST_SS_SELECTOR, SELECTOR_KERNEL_DATA);
	vmcs_write(VMCS_HOST_DS_SELECTOR, SELECTOR_KERNEL_DATA);
	vmcs_write(VMCS_HOST_ES_SELECTOR, SELECTOR_KERNEL_DATA);
	vmcs_write(VMCS_HOST_FS_SELECTOR, 0);
	vmcs_write(VMCS_HOST_GS_SELECTOR, 0);
	vmcs_write(VMCS_HOST_TR_SELECTOR, SELECTOR_TSS);
	vmcs_write(VMCS_HOST_FS_BASE, 0);
	vmcs_write(VMCS_HOST_GS_BASE, (uint64_t)cp);
	vmcs_write(VMCS_HOST_TR_BASE, (uint64_t)cp->cpu_tss);
	vmcs_write(VMCS_HOST_GDTR_BASE, gdt_base((uint32_t)cp->cpu_id));
	vmcs_write(VMCS_HOST_IDTR_BASE, idt_base());
	vmcs_write(VMCS_HOST_IA32_SYSENTER_CS, SELECTOR_KERNEL_CODE);
	vmcs_write(VMCS_HOST_IA32_SYSENTER_ESP, read_msr(MSR_SYSENTER_ESP));
	vmcs_write(VMCS_HOST_IA32_SYSENTER_EIP, read_msr(MSR_SYSENTER_EIP));
	vmcs_write(VMCS_HOST_IA32_EFER, read_msr(MSR_EFER));
	vmcs_write(VMCS_HOST_RIP, (uint64_t)vmx_exit_guest);
}

void
vmx_vcpu_init(struct vmx *vmx, int vcpuid)
{
	struct vmx_vcpu *vcpu = &vmx->vcpus[vcpuid];

	vcpu->vmcs_pa = frame_allocate();
	vcpu->vmcs = physical_pointer(vcpu->vmcs_pa);
	vcpu->vmcs->identifier = (uint32_t)read_msr(MSR_VMX_BASIC);
}

/* The thread leaves this CPU: the VMCS must not stay active here. */
void
vmx_savectx(void *arg, int vcpuid)
{
	struct vmx_vcpu *vcpu = &((struct vmx *)arg)->vcpus[vcpuid];

	VERIFY(vmx_vmclear(vcpu->vmcs_pa) == 0);
	vcpu->launched = B_FALSE;
}

void
vmx_restorectx(void *arg, int vcpuid)
{
	struct vmx *vmx = arg;
	struct vmx_vcpu *vcpu = &vmx->vcpus[vcpuid];
	cpu_t *cp = CPU;

	vmx_enable(cp);
	VERIFY(vmx_vmptrld(vcpu->vmcs_pa) == 0);
	if (!vcpu->initialised) {
		vmcs_init_controls(vmx);
		vmcs_init_guest();
		vcpu->initialised = B_TRUE;
	}
	vmcs_init_host(cp);
}

void
vmx_ept_lock(struct vmx *vmx)
{
	mutex_enter(&vmx->ept_lock);
	SCHEDULE_POINT(vmx_ept_locked);
}

void
vmx_ept_unlock_changed(struct vmx *vmx)
{
	vmx->eptgen++;
	mutex_exit(&vmx->ept_lock);
	SCHEDULE_POINT(vmx_ept_unlocked);
}

/* Deals with an exit in the kernel if it can. @return B_FALSE: the exit goes to user mode, described in vme */
static boolean_t
vmx_exit_process(struct vmx *vmx, int vcpuid, struct vm_exit *vme)
{
	uint32_t reason = (uint32_t)vmcs_read(VMCS_EXIT_REASON);

	vmx->vm->vcpu[vcpuid].exits++;
	vme->rip = vmcs_read(VMCS_GUEST_RIP);
	switch (reason) {
	case EXIT_REASON_EXT_INTR:
		return (B_TRUE);
	case EXIT_REASON_VMCALL:
		vme->rax = vmx->vcpus[vcpuid].ctx.guest_rax;
		vmcs_write(VMCS_GUEST_RIP, vme->rip + vmcs_read(VMCS_EXIT_INSTRUCTION_LENGTH));
		vme->exitcode = VM_EXITCODE_VMCALL;
		return (vme->rax == 0);
	case EXIT_REASON_HLT:
		vme->exitcode = VM_EXITCODE_HLT;
		return (B_FALSE);
	default:
		cmn_err(CE_WARN, "vmx: unexpected exit %u at %lx", reason, vme->rip);
		vme->exitcode = VM_EXITCODE_VMX;
		return (B_FALSE);
	}
}

/*
 * Runs the guest until an exit that the kernel does not deal with. The memory map must not be changing when the guest is entered,
 * so this may sleep, in the middle of the critical section.
 */
int
vmx_run(void *arg, int vcpuid, struct vm_exit *vme)
{
	struct vmx *vmx = arg;
	struct vmx_vcpu *vcpu = &vmx->vcpus[vcpuid];
	int result;

	vme->exitcode = VM_EXITCODE_BOGUS;
	do {
		mutex_enter(&vmx->ept_lock);
		vcpu->eptgen = vmx->eptgen;
		mutex_exit(&vmx->ept_lock);
		if (vcpu_should_yield(vmx->vm, vcpuid))
			return (0);

		cli();
		vmcs_write(VMCS_HOST_CR0, vmm_get_host_cr0());
		SCHEDULE_POINT(vmx_entry);
		result = vmx_enter_guest(&vcpu->ctx, vcpu->launched);
		sti();
		if (result != 0) {
			cmn_err(CE_WARN, "vmx: VM entry failed: %d, error %lu", result,
			    result == 2 ? vmcs_read(VMCS_INSTRUCTION_ERROR) : 0);
			vme->exitcode = VM_EXITCODE_VMX;
			return (EINVAL);
		}
		vcpu->launched = B_TRUE;
		if (guest_runs_until != 0)
			time_work_until(guest_runs_until);
		SCHEDULE_POINT(vmx_exit);
	} while (vmx_exit_process(vmx, vcpuid, vme));
	return (0);
}
