/*
 * VMX: one VMCS per guest core, left loaded after the guest has stopped until somebody else needs the core.
 * Source: akaros, kern/arch/x86/vmm/intel/vmx.c at commits 5d17f489b91e and e11b3eb75680.
 */
#include "ros/slab.h"
#include "ros/smp.h"

struct vmcs_config vmcs_config;
struct vmx_capability vmx_capability;

/* The guest core whose VMCS this core still has loaded, to be cleared later. */
DEFINE_PERCPU(struct guest_pcore *, gpc_to_clear_to);

/* Where the first guest core and its VMCS are put, so that a dump shows the addresses of the original report. */
void *guest_pcore_place, *vmcs_place;
static bool is_first_placed;

void vmx_exit_entry(void);

#define MSR_IA32_VMX_BASIC		0x480
#define MSR_IA32_VMX_EPT_VPID_CAP	0x48c

static inline void
vmcs_write(uint64_t field, uint64_t value)
{
	if (vmx_vmwrite(field, value) != 0)
		panic("vmwrite of field 0x%lx failed", field);
}

void
vmm_init(void)
{
	uint64_t capabilities = read_msr(MSR_IA32_VMX_EPT_VPID_CAP);

	vmcs_config.size = PAGE_SIZE;
	vmcs_config.revision_id = (uint32_t)read_msr(MSR_IA32_VMX_BASIC) & 0x7fffffff;
	vmcs_config.pin_based_exec_ctrl = 0x16 | 1;		/* exit on external interrupts */
	vmcs_config.cpu_based_exec_ctrl = 0x0401e172 | 1u << 31 | 1u << 7;	/* secondary controls, exit on hlt */
	vmcs_config.cpu_based_2nd_exec_ctrl = 1 << 1;		/* EPT */
	vmcs_config.vmexit_ctrl = 0x36dff | 1 << 9;		/* host is 64-bit */
	vmcs_config.vmentry_ctrl = 0x11ff | 1 << 9;		/* guest is in IA-32e mode */
	vmx_capability.ept = (uint32_t)capabilities;
	vmx_capability.vpid = (uint32_t)(capabilities >> 32);
}

void
vmm_pcpu_init(void)
{
	uint32_t *region = kpage_zalloc();

	*region = vmcs_config.revision_id;
	write_cr4(read_cr4() | CR4_VMXE);
	if (vmx_on(PADDR(region)) != 0)
		panic("vmxon failed");
	this_pcpui_ptr()->vmx_enabled = 1;
}

/** INVEPT, and an undefined instruction when it fails. */
static inline __attribute__((always_inline)) void
__invept(uint64_t ext, uint64_t eptp, uint64_t gpa)
{
	struct {
		uint64_t eptp, gpa;
	} operand = { eptp, gpa };

	__asm__ volatile("invept (%%rax), %%rcx; ja 1f; ud2; 1:" :: "a"(&operand), "c"(ext) : "cc", "memory");
}

static inline __attribute__((always_inline)) void
ept_sync_context(uint64_t eptp)
{
	__invept(VMX_EPT_EXTENT_CONTEXT, eptp, 0);
}

void
ept_flush(uint64_t eptp)
{
	ept_sync_context(eptp);
}

static void
vmcs_clear(struct vmcs *vmcs)
{
	if (vmx_vmclear(PADDR(vmcs)) != 0)
		kprintf("vmclear fail: %p/%lx\n", vmcs, PADDR(vmcs));
}

static void
vmcs_load(struct vmcs *vmcs)
{
	if (vmx_vmptrld(PADDR(vmcs)) != 0)
		kprintf("vmptrld %p/%lx failed\n", vmcs, PADDR(vmcs));
}

static void
vmcs_set_controls(uint64_t eptp)
{
	vmcs_write(0x4000, vmcs_config.pin_based_exec_ctrl);
	vmcs_write(0x4002, vmcs_config.cpu_based_exec_ctrl);
	vmcs_write(0x401e, vmcs_config.cpu_based_2nd_exec_ctrl);
	vmcs_write(0x400c, vmcs_config.vmexit_ctrl);
	vmcs_write(0x4012, vmcs_config.vmentry_ctrl);
	vmcs_write(0x4004, 0);			/* no exceptions cause exits */
	vmcs_write(0x2800, ~0ull);		/* VMCS link pointer */
	vmcs_write(EPT_POINTER, eptp);
}

static void
vmcs_set_guest_segments(void)
{
	/* ES CS SS DS FS GS LDTR TR: selector 0x800 + 2n, limit 0x4800 + 2n, access rights 0x4814 + 2n, base 0x6806 + 2n. */
	for (int n = 0; n < 8; n++) {
		vmcs_write(0x800 + 2 * n, n == 1 ? 0x08 : n < 6 ? 0x10 : n == 7 ? 0x18 : 0);
		vmcs_write(0x4800 + 2 * n, n == 7 ? 0x67 : 0xffffffff);
		vmcs_write(0x4814 + 2 * n, n == 1 ? 0xa09b : n < 6 ? 0xc093 : n == 7 ? 0x8b : 0x10000);
		vmcs_write(0x6806 + 2 * n, 0);
	}
	vmcs_write(0x4810, 0xffff);
	vmcs_write(0x4812, 0xffff);
	vmcs_write(0x6816, 0);
	vmcs_write(0x6818, 0);
	vmcs_write(0x681a, 0x400);		/* DR7 */
	vmcs_write(0x2806, 0x500);		/* EFER: LME and LMA */
	vmcs_write(GUEST_CR0, 0x80010031);
	vmcs_write(GUEST_CR4, 0x2020 | 0x200);
}

/* What depends on the core that the VMCS is loaded on. */
static void
vmcs_set_pcpu_host_state(void)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();
	struct { uint16_t limit; uint64_t base; } __attribute__((packed)) gdtr, idtr;

	__asm__ volatile("sgdt %0; sidt %1" : "=m"(gdtr), "=m"(idtr));
	vmcs_write(0x0c00, SELECTOR_KERNEL_DATA);	/* ES */
	vmcs_write(0x0c02, SELECTOR_KERNEL_CODE);
	vmcs_write(0x0c04, SELECTOR_KERNEL_DATA);
	vmcs_write(0x0c06, SELECTOR_KERNEL_DATA);
	vmcs_write(0x0c08, 0);
	vmcs_write(0x0c0a, 0);
	vmcs_write(0x0c0c, SELECTOR_TSS);
	vmcs_write(HOST_CR0, read_cr0());
	vmcs_write(HOST_CR3, read_cr3());
	vmcs_write(HOST_CR4, read_cr4());
	vmcs_write(HOST_FS_BASE, 0);
	vmcs_write(HOST_GS_BASE, (uint64_t)pcpui);
	vmcs_write(HOST_TR_BASE, (uint64_t)pcpui->tss);
	vmcs_write(HOST_GDTR_BASE, gdtr.base);
	vmcs_write(HOST_IDTR_BASE, idtr.base);
	vmcs_write(HOST_RIP, (uint64_t)vmx_exit_entry);
	vmcs_write(0x2c02, read_msr(MSR_EFER));
}

struct guest_pcore *
create_guest_pcore(struct proc *p, int id)
{
	struct guest_pcore *gpc;
	bool should_vmresume;

	(void)id;
	if (guest_pcore_place != NULL && !is_first_placed)
		kmem_cache_grow_at(kmalloc_caches[1], guest_pcore_place);
	gpc = kzmalloc(sizeof(*gpc));
	gpc->cpu = -1;
	gpc->vmcs_core_id = -1;
	gpc->proc = p;
	gpc->xcr0 = 7;
	gpc->vmcs = !is_first_placed && vmcs_place != NULL ? kpage_zalloc_at(PADDR(vmcs_place)) : kpage_zalloc();
	gpc->vmcs->revision_id = vmcs_config.revision_id;
	is_first_placed = true;
	vmcs_clear(gpc->vmcs);
	vmx_load_guest_pcore(gpc, &should_vmresume);
	vmcs_set_controls(p->env_pgdir.eptp);
	vmcs_set_guest_segments();
	vmx_unload_guest_pcore(gpc);
	vmx_clear_vmcs();
	return (gpc);
}

void
destroy_guest_pcore(struct guest_pcore *gpc)
{
	kpage_free(gpc->vmcs);
	kfree(gpc);
}

/** Clears the VMCS that was left loaded on this core, if any. Interrupts are off. */
void
vmx_clear_vmcs(void)
{
	struct guest_pcore *gpc = PERCPU_VAR(gpc_to_clear_to);

	if (gpc == NULL)
		return;
	vmcs_clear(gpc->vmcs);
#ifndef NO_EPT_FLUSH
	ept_sync_context(gpc->proc->env_pgdir.eptp);
#endif
	__atomic_store_n(&gpc->vmcs_core_id, -1, __ATOMIC_RELEASE);
	PERCPU_VAR(gpc_to_clear_to) = NULL;
}

static void
__clear_vmcs(uint32_t srcid, long a0, long a1, long a2)
{
	(void)srcid, (void)a0, (void)a1, (void)a2;
	vmx_clear_vmcs();
}

void
vmx_load_guest_pcore(struct guest_pcore *gpc, bool *should_vmresume)
{
	uint64_t flags = interrupts_save();
	int me = (int)core_id();
	int remote = __atomic_load_n(&gpc->vmcs_core_id, __ATOMIC_ACQUIRE);

	if (remote == me) {
		PERCPU_VAR(gpc_to_clear_to) = NULL;
		*should_vmresume = true;
		interrupts_restore(flags);
		return;
	}
	vmx_clear_vmcs();
	if (remote != -1) {
		send_kernel_message((uint32_t)remote, __clear_vmcs, 0, 0, 0, KMSG_IMMEDIATE);
		while (__atomic_load_n(&gpc->vmcs_core_id, __ATOMIC_ACQUIRE) != -1)
			cpu_pause();
	}
	vmcs_load(gpc->vmcs);
	vmcs_set_pcpu_host_state();
	gpc->vmcs_core_id = me;
	*should_vmresume = false;
	interrupts_restore(flags);
}

/** The guest has stopped here. Its VMCS stays: the same guest will most likely come back. */
void
vmx_unload_guest_pcore(struct guest_pcore *gpc)
{
	gpc->vmcs_core_id = (int)core_id();
	PERCPU_VAR(gpc_to_clear_to) = gpc;
}
