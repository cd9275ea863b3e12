/* Layouts that assembly, or the dossier of the real dump, depends on. */
#include "assym.h"
#include "sys/cpuvar.h"
#include "sys/hma.h"
#include "sys/klwp.h"
#include "sys/vmm.h"

#define AT(type, member, offset) \
	_Static_assert(offsetof(type, member) == (offset), #type " " #member)

AT(cpu_t, cpu_thread, CPU_THREAD);
AT(cpu_t, cpu_idle_thread, CPU_IDLE_THREAD);
AT(cpu_t, cpu_lwp, CPU_LWP);

AT(kthread_t, t_preempt, 0x2a);
AT(kthread_t, t_pcb, T_PC);
AT(kthread_t, t_pcb.val[LABEL_SP], T_SP);
AT(kthread_t, t_lwpchan, 0x78);
AT(kthread_t, t_ctx, T_CTX);
AT(kthread_t, t_lock, T_LOCK);
AT(kthread_t, t_cpu, 0xd8);
AT(kthread_t, t_intr, 0x100);
AT(kthread_t, t_did, 0x110);
AT(kthread_t, t_tid, 0x130);
AT(kthread_t, t_lwp, T_LWP);
AT(kthread_t, t_procp, 0x190);

AT(struct regs, r_rdi, REGOFF_RDI);
AT(struct regs, r_rax, REGOFF_RAX);
AT(struct regs, r_rbp, REGOFF_RBP);
AT(struct regs, r_r15, REGOFF_R15);
AT(struct regs, r_ds, REGOFF_DS);
AT(struct regs, r_trapno, REGOFF_TRAPNO);
AT(struct regs, r_ss, REGOFF_SS);
_Static_assert(sizeof (struct regs) == REGSIZE, "struct regs");

AT(fpu_ctx_t, fpu_regs, FPU_CTX_REGS);
AT(fpu_ctx_t, fpu_xsave_mask, FPU_CTX_MASK);
AT(fpu_ctx_t, fpu_flags, FPU_CTX_FLAGS);
AT(struct xsave_state, xs_xstate_bv, 0x200);
AT(struct xsave_state, xs_ymm, 0x240);
AT(klwp_t, lwp_pcb.pcb_fpu, 0);

AT(hma_fpu_t, hf_curthread, 0x20);
AT(hma_fpu_t, hf_inguest, 0x28);
AT(vm_thread_ctx_t, vtc_vcpuid, 0x08);
AT(vm_thread_ctx_t, vtc_status, 0x0c);
_Static_assert(sizeof (vm_thread_ctx_t) == 0x18 || sizeof (vm_thread_ctx_t) == 0x10, "vm_thread_ctx_t");

AT(ctxop_t, arg, 0x30);
AT(ctxop_t, next, 0x38);
#ifdef CTXOP_CIRCULAR
AT(ctxop_t, prev, 0x40);
AT(ctxop_t, save_ts, 0x48);
_Static_assert(sizeof (ctxop_t) == 0x58, "struct ctxop after 12477");
#else
AT(ctxop_t, save_ts, 0x40);
_Static_assert(sizeof (ctxop_t) == 0x50, "struct ctxop before 12477");
#endif

const uint32_t sim_curctx_offset = CPU_THREAD;
