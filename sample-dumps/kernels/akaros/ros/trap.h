/* User and kernel contexts. Source: akaros, kern/arch/x86/ros/trapframe64.h, kern/include/ros/trapframe.h. */
#ifndef ROS_TRAP_H
#define ROS_TRAP_H

#include "ros/common.h"

struct hw_trapframe {
	uint64_t	tf_gsbase, tf_fsbase;
	uint64_t	tf_rax, tf_rbx, tf_rcx, tf_rdx, tf_rbp, tf_rsi, tf_rdi;
	uint64_t	tf_r8, tf_r9, tf_r10, tf_r11, tf_r12, tf_r13, tf_r14, tf_r15;
	uint32_t	tf_trapno, tf_padding5, tf_err, tf_padding4;
	uint64_t	tf_rip;
	uint16_t	tf_cs, tf_padding3;
	uint32_t	tf_padding2;
	uint64_t	tf_rflags, tf_rsp;
	uint16_t	tf_ss, tf_padding1;
	uint32_t	tf_padding0;
};
_Static_assert(sizeof(struct hw_trapframe) == 0xc0, "struct hw_trapframe");

struct sw_trapframe {
	uint64_t	tf_gsbase, tf_fsbase, tf_rbx, tf_rbp, tf_r12, tf_r13, tf_r14, tf_r15, tf_rip, tf_rsp;
	uint32_t	tf_mxcsr;
	uint16_t	tf_fpucw, tf_padding0;
};
_Static_assert(sizeof(struct sw_trapframe) == 0x58, "struct sw_trapframe");

#define VMCTX_FL_PARTIAL	1
#define VMCTX_FL_HAS_FAULT	2
#define VMCTX_FL_VMRESUME	4

struct vm_trapframe {
	uint64_t	tf_rax, tf_rbx, tf_rcx, tf_rdx, tf_rbp, tf_rsi, tf_rdi;
	uint64_t	tf_r8, tf_r9, tf_r10, tf_r11, tf_r12, tf_r13, tf_r14, tf_r15;
	uint64_t	tf_rip, tf_rflags, tf_rsp, tf_cr2, tf_cr3;
	uint32_t	tf_guest_pcoreid, tf_flags, tf_trap_inject;
	uint16_t	tf_guest_intr_status, tf_padding;
	uint32_t	tf_exit_reason, tf_exit_qual, tf_intrinfo1, tf_intrinfo2;
	uint64_t	tf_guest_va, tf_guest_pa;
};
_Static_assert(sizeof(struct vm_trapframe) == 0xd0, "struct vm_trapframe");

#define ROS_HW_CTX	1
#define ROS_SW_CTX	2
#define ROS_VM_CTX	3

struct user_context {
	int	type;
	union {
		struct hw_trapframe hw_tf;
		struct sw_trapframe sw_tf;
		struct vm_trapframe vm_tf;
	} tf;
};
_Static_assert(sizeof(struct user_context) == 0xd8, "struct user_context");

#define T_ILLOP		6
#define I_POKE_CORE	238
#define I_KERNEL_MSG	239

#endif
