/* Into a guest and out of it. Source: akaros, kern/arch/x86/process64.c (pop of VM contexts), trap.c and vmm/intel/vmexit. */
#include "ros/smp.h"

#define EXIT_REASON_EXTERNAL_INTERRUPT	1
#define EXIT_REASON_HLT			12
#define EXIT_REASON_VMCALL		18

static uint64_t
vmcs_read(uint64_t field)
{
	int result;
	uint64_t value = vmx_vmread(field, &result);

	if (result != 0)
		panic("vmread of field 0x%lx failed", field);
	return (value);
}

static void
vmcs_write(uint64_t field, uint64_t value)
{
	if (vmx_vmwrite(field, value) != 0)
		panic("vmwrite of field 0x%lx failed", field);
}

void
pop_vm_tf(struct vm_trapframe *tf)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();

	vmcs_write(GUEST_RSP, tf->tf_rsp);
	vmcs_write(GUEST_CR3, tf->tf_cr3);
	vmcs_write(GUEST_RIP, tf->tf_rip);
	vmcs_write(GUEST_RFLAGS, tf->tf_rflags | 2);
	vmcs_write(HOST_CR3, read_cr3());
	vmcs_write(HOST_RSP, pcpui->stacktop);
	vmx_enter(tf, (tf->tf_flags & VMCTX_FL_VMRESUME) != 0);
}

/** vmx_enter comes back here when the entry failed. */
void
vmx_enter_failed(void)
{
	panic("vmlaunch or vmresume failed, error %lu", vmcs_read(VM_INSTRUCTION_ERROR));
}

/** On the top of the kernel stack, called by vmx_exit_entry with the guest's general registers. */
void
handle_vmexit(struct vm_trapframe *tf)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();

	tf->tf_rip = vmcs_read(GUEST_RIP);
	tf->tf_rflags = vmcs_read(GUEST_RFLAGS);
	tf->tf_rsp = vmcs_read(GUEST_RSP);
	tf->tf_cr3 = vmcs_read(GUEST_CR3);
	tf->tf_cr2 = read_cr2();
	tf->tf_guest_pcoreid = (uint32_t)pcpui->guest_pcoreid;
	tf->tf_flags = VMCTX_FL_PARTIAL | VMCTX_FL_VMRESUME;
	tf->tf_exit_reason = (uint32_t)vmcs_read(VM_EXIT_REASON);
	tf->tf_exit_qual = (uint32_t)vmcs_read(EXIT_QUALIFICATION);
	pcpui->cpu_state = CPU_STATE_KERNEL;
	pcpui->actual_ctx.type = ROS_VM_CTX;
	pcpui->actual_ctx.tf.vm_tf = *tf;
	pcpui->cur_ctx = &pcpui->actual_ctx;
	pcpui->owning_proc->vmm.vmexits[tf->tf_exit_reason & 0x3f]++;
	SCHEDULE_POINT(vmexit);
	switch (tf->tf_exit_reason) {
	case EXIT_REASON_EXTERNAL_INTERRUPT:
		/* Delivered for real once interrupts are on. */
		sti();
		cpu_pause();
		cli();
		break;
	case EXIT_REASON_VMCALL:
		/* The guest is idle: its thread goes back to the vcore's own context. */
		pcpui->actual_ctx.tf.vm_tf.tf_rip += 3;
		copy_current_ctx_to(&pcpui->owning_proc->procdata->vcore_preempt_data[pcpui->owning_vcoreid].uthread_ctx);
		memset(pcpui->cur_ctx, 0, sizeof(struct user_context));
		proc_init_ctx(pcpui->cur_ctx, pcpui->owning_vcoreid, USER_IDLE_ENTRY, USER_STACK);
		break;
	default:
		panic("vmexit for reason %u, guest rip 0x%lx", tf->tf_exit_reason, tf->tf_rip);
	}
	proc_restartcore();
}
