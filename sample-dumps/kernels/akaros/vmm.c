/* Virtual machines of a process. Source: akaros, kern/arch/x86/vmm/vmm.c. */
#include "ros/slab.h"
#include "ros/smp.h"

extern void *guest_pcore_place, *vmcs_place;

/** Makes a process a VM with so many guest cores. @return how many it has */
int
vmm_struct_init(struct proc *p, unsigned int nr_guest_pcores)
{
	struct vmm *vmm = &p->vmm;

	sem_down(&vmm->qlock);
	if (!vmm->vmmcp) {
		vmm->guest_pcores = kzmalloc(sizeof(struct guest_pcore *) * nr_guest_pcores);
		for (unsigned int id = 0; id < nr_guest_pcores; id++) {
			vmm->guest_pcores[id] = create_guest_pcore(p, (int)id);
			vmm->nr_guest_pcores++;
		}
		vmm->vmmcp = true;
	}
	sem_up(&vmm->qlock);
	return (vmm->nr_guest_pcores);
}

/** The process is being freed: its guest cores go. */
void
__vmm_struct_cleanup(struct proc *p)
{
	struct vmm *vmm = &p->vmm;

	if (!vmm->vmmcp)
		return;
	for (int id = 0; id < vmm->nr_guest_pcores; id++)
		destroy_guest_pcore(vmm->guest_pcores[id]);
	kfree(vmm->guest_pcores);
	ept_flush(p->env_pgdir.eptp);
	vmm->vmmcp = false;
}

struct guest_pcore *
lookup_guest_pcore(struct proc *p, int guest_pcoreid)
{
	if (guest_pcoreid < 0 || guest_pcoreid >= p->vmm.nr_guest_pcores)
		return (NULL);
	return (p->vmm.guest_pcores[guest_pcoreid]);
}

struct guest_pcore *
load_guest_pcore(struct proc *p, int guest_pcoreid, bool *should_vmresume)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();
	struct guest_pcore *gpc = lookup_guest_pcore(p, guest_pcoreid);

	assert(gpc != NULL);
	assert(pcpui->guest_pcoreid == -1);
	spin_lock(&p->vmm.lock);
	assert(gpc->cpu == -1);
	gpc->cpu = pcpui->coreid;
	spin_unlock(&p->vmm.lock);
	pcpui->guest_pcoreid = guest_pcoreid;
	vmx_load_guest_pcore(gpc, should_vmresume);
	write_xcr(0, gpc->xcr0);
	return (gpc);
}

void
unload_guest_pcore(struct proc *p, int guest_pcoreid)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();
	struct guest_pcore *gpc = lookup_guest_pcore(p, guest_pcoreid);

	assert(gpc != NULL);
	spin_lock(&p->vmm.lock);
	vmx_unload_guest_pcore(gpc);
	gpc->cpu = -1;
	spin_unlock(&p->vmm.lock);
	gpc->xcr0 = read_xcr(0);
	write_xcr(0, 7);
	pcpui->guest_pcoreid = -1;
}
