/* Contexts of x86, and leaving an address space. Source: akaros, kern/arch/x86/process64.c at commits 5d17f489b91e and e11b3eb75680. */
#include "ros/smp.h"

void iret_hw_tf(struct hw_trapframe *tf) __attribute__((noreturn));
void sysret_sw_tf(struct sw_trapframe *tf) __attribute__((noreturn));

void
proc_init_ctx(struct user_context *ctx, uint32_t vcoreid, uintptr_t entry, uintptr_t stack)
{
	ctx->type = ROS_SW_CTX;
	ctx->tf.sw_tf.tf_rip = entry;
	ctx->tf.sw_tf.tf_rsp = stack;
	ctx->tf.sw_tf.tf_rbx = vcoreid;
	ctx->tf.sw_tf.tf_mxcsr = 0x1f80;
	ctx->tf.sw_tf.tf_fpucw = 0x37f;
}

static void __attribute__((noreturn))
proc_pop_vm_tf(struct vm_trapframe *tf)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();

	if (!(tf->tf_flags & VMCTX_FL_PARTIAL)) {
		bool should_vmresume;

		load_guest_pcore(pcpui->cur_proc, (int)tf->tf_guest_pcoreid, &should_vmresume);
		tf->tf_flags = should_vmresume ? VMCTX_FL_VMRESUME : 0;
	}
	pop_vm_tf(tf);
}

void
proc_pop_ctx(struct user_context *ctx)
{
	this_pcpui_ptr()->cpu_state = CPU_STATE_USER;
	switch (ctx->type) {
	case ROS_HW_CTX:
		iret_hw_tf(&ctx->tf.hw_tf);
	case ROS_SW_CTX:
		sysret_sw_tf(&ctx->tf.sw_tf);
	case ROS_VM_CTX:
		proc_pop_vm_tf(&ctx->tf.vm_tf);
	default:
		panic("Unknown context type %d", ctx->type);
	}
}

/** A context that hardware still holds in part is brought into memory whole: the guest leaves its guest core. */
void
arch_finalize_ctx(struct user_context *ctx)
{
	if (ctx == NULL || ctx->type != ROS_VM_CTX || !(ctx->tf.vm_tf.tf_flags & VMCTX_FL_PARTIAL))
		return;
	ctx->tf.vm_tf.tf_flags &= ~VMCTX_FL_PARTIAL;
	unload_guest_pcore(current, (int)ctx->tf.vm_tf.tf_guest_pcoreid);
}

void
copy_current_ctx_to(struct user_context *to)
{
	arch_finalize_ctx(current_ctx);
	*to = *current_ctx;
}

void
__abandon_core(void)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();

	write_cr3(boot_cr3);
	SCHEDULE_POINT(abandon_core);
#ifndef CLEAR_VMCS_ON_OWNER_CHANGE
	vmx_clear_vmcs();
#endif
	proc_decref(pcpui->cur_proc);
	pcpui->cur_proc = NULL;
}

#ifdef CLEAR_VMCS_ON_OWNER_CHANGE
/** Before the owner's reference is dropped: the owner is what keeps a lingering guest core alive. */
void
__clear_owning_proc(uint32_t coreid)
{
	(void)coreid;
	vmx_clear_vmcs();
}
#endif
