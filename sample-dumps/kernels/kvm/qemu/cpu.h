/* A virtual CPU as QEMU sees it. Source: qemu, qom/cpu.h, cpu-defs.h, target-ppc/cpu.h, target-i386/cpu.h of 2012; names of CPUState and env in one. */
#ifndef QEMU_CPU_H
#define QEMU_CPU_H

#include "linux/kvm.h"
#include "linux/sched.h"

struct qemu_cpu;

/* Something that another thread wants done by the thread of a vCPU, between two runs of the guest. */
struct qemu_work_item {
	struct qemu_work_item *next;
	void		(*func)(struct qemu_cpu *env);
	volatile bool	done;
};

struct qemu_cpu {
	struct qemu_cpu	*next_cpu;
	int		cpu_index;
	int		kvm_fd;
	struct kvm_run	*kvm_run;
	uint8_t		vcpu_dirty;	/* the registers below are newer than KVM's */
	volatile uint8_t stop;		/* please stop */
	volatile uint8_t stopped;
	uint8_t		halted;
	volatile uint32_t exit_request;
	uint32_t	interrupt_request;
	volatile uint32_t thread_kicked;
	uint64_t	env_gpr[32];	/* PowerPC: r0 to r31; x86: rax rcx rdx rbx rsp rbp rsi rdi r8 to r15 */
	uint64_t	env_nip;
	uint64_t	env_lr;
	uint64_t	env_ctr;
	uint64_t	env_msr;
	struct task_struct *thread;
	volatile uint32_t halt_cond;
	uint8_t		created;
	struct qemu_work_item *queued_work_first;
#ifndef CONFIG_PPC64
	uint64_t	env_cs_base;
	uint32_t	env_cs_selector;
	uint64_t	env_eflags;
#endif
};
_Static_assert(offsetof(struct qemu_cpu, env_gpr) == 40, "qemu_cpu.env_gpr");
_Static_assert(offsetof(struct qemu_cpu, env_nip) == 296, "qemu_cpu.env_nip");

extern struct qemu_cpu *first_cpu;

#endif
