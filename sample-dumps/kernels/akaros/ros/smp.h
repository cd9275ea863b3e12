/* Cores: what each one runs, owns and has to do. Source: akaros, kern/include/smp.h, arch/trap64.h, percpu.h, trace.h. */
#ifndef ROS_SMP_H
#define ROS_SMP_H

#include "ros/process.h"

/* A message to a core: a function with three arguments. */
typedef void (*amr_t)(uint32_t srcid, long a0, long a1, long a2);

#define KMSG_IMMEDIATE	1
#define KMSG_ROUTINE	2

struct kernel_message {
	STAILQ_ENTRY(kernel_message) link;
	uint32_t	srcid;
	uint32_t	dstid;
	amr_t		pc;
	long		arg0, arg1, arg2;
};
_Static_assert(sizeof(struct kernel_message) == 0x30, "struct kernel_message");
STAILQ_HEAD(kernel_msg_list, kernel_message);

struct timer_chain {
	spinlock_t	lock;
	TAILQ_HEAD(, alarm_waiter) waiters;
	uint64_t	earliest_time, latest_time;
	void		(*set_interrupt)(struct timer_chain *);
};
_Static_assert(sizeof(struct timer_chain) == 0x30, "struct timer_chain");

struct trace_ring {
	unsigned char	*tr_buf;
	size_t		tr_buf_sz;
	unsigned int	tr_event_sz_shift;
	unsigned int	tr_max;
	unsigned long	tr_next;
};
_Static_assert(sizeof(struct trace_ring) == 0x20, "struct trace_ring");

#define PCPU_EV_KMSG	1
struct pcpu_trace_event {
	int		type;
	int		arg0;
	uint64_t	arg1;
};
_Static_assert(sizeof(struct pcpu_trace_event) == 0x10, "struct pcpu_trace_event");

#define __CTX_EARLY_RKM		(1 << 24)
#define CPU_STATE_IRQ		0
#define CPU_STATE_KERNEL	1
#define CPU_STATE_USER		2
#define CPU_STATE_IDLE		3

struct per_cpu_info {
	uintptr_t	stacktop;	/* first: %gs:0 */
	int		coreid;
	int		nmi_status;
	uintptr_t	nmi_worker_stacktop;
	int		vmx_enabled;
	int		guest_pcoreid;	/* -1: none loaded for running */
	spinlock_t	lock;
	struct proc	*cur_proc;	/* whose address space is loaded; counted */
	struct proc	*owning_proc;	/* who owns the core; counted */
	uint32_t	owning_vcoreid;
	struct user_context *cur_ctx;
	struct user_context actual_ctx;
	uint32_t	__ctx_depth;	/* 7:0 interrupts, 15:8 kernel traps */
	int		__lock_checking_enabled;
	struct kthread	*cur_kthread;
	struct kthread	*spare;
	struct timer_chain tchain;
	unsigned int	lock_depth;
	struct trace_ring traces;
	int		cpu_state;
	uint64_t	last_tick_cnt;
	uint64_t	state_ticks[4];
	struct tss	*tss;
	void		*gdt;
	spinlock_t	immed_amsg_lock;
	struct kernel_msg_list immed_amsgs;
	spinlock_t	routine_amsg_lock;
	struct kernel_msg_list routine_amsgs;
	void		*profiling;
} __attribute__((aligned(64)));
_Static_assert(sizeof(struct per_cpu_info) == 0x240, "struct per_cpu_info");
_Static_assert(offsetof(struct per_cpu_info, cur_proc) == 0x28, "cur_proc");
_Static_assert(offsetof(struct per_cpu_info, owning_proc) == 0x30, "owning_proc");
_Static_assert(offsetof(struct per_cpu_info, actual_ctx) == 0x48, "actual_ctx");
_Static_assert(offsetof(struct per_cpu_info, __ctx_depth) == 0x120, "__ctx_depth");
_Static_assert(offsetof(struct per_cpu_info, cur_kthread) == 0x128, "cur_kthread");
_Static_assert(offsetof(struct per_cpu_info, traces) == 0x170, "traces");
_Static_assert(offsetof(struct per_cpu_info, routine_amsgs) == 0x1f0, "routine_amsgs");

extern struct per_cpu_info per_cpu_info[MAX_NUM_CORES];
extern int num_cores;

static inline uint32_t core_id(void)
{
	uint32_t id;

	__asm__ volatile("movl %%gs:8, %0" : "=r"(id));
	return (id);
}
static inline struct per_cpu_info *this_pcpui_ptr(void) { return (&per_cpu_info[core_id()]); }
#define current		(this_pcpui_ptr()->cur_proc)
#define current_ctx	(this_pcpui_ptr()->cur_ctx)
#define current_kthread	(this_pcpui_ptr()->cur_kthread)

/* Per-core variables: templates in the section __percpu, one copy per core behind percpu_base. */
extern char __start___percpu[], __stop___percpu[];
extern char *percpu_base;
#define PERCPU_SIZE	((size_t)(__stop___percpu - __start___percpu))
#define PERCPU_VARNAME(name)	__percpu_##name
#define DEFINE_PERCPU(type, name) __attribute__((section("__percpu"), used)) type PERCPU_VARNAME(name)
#define PERCPU_VAR_CORE(name, core) \
	(*(__typeof__(PERCPU_VARNAME(name)) *)(percpu_base + (core) * PERCPU_SIZE + ((char *)&PERCPU_VARNAME(name) - __start___percpu)))
#define PERCPU_VAR(name)	PERCPU_VAR_CORE(name, core_id())

extern struct guest_pcore *PERCPU_VARNAME(gpc_to_clear_to);

/* smp.c */
void smp_percpu_init(uint32_t coreid);
void percpu_init(void);
void smp_idle(void) __attribute__((noreturn));
void __smp_idle(void) __attribute__((noreturn));
uint32_t send_kernel_message(uint32_t dst, amr_t pc, long arg0, long arg1, long arg2, int type);
void process_routine_kmsg(void);
void handle_kmsg_ipi(void);
void run_fresh_kmsg(struct kernel_message *kmsg);
void send_ipi(uint32_t core, uint8_t vector);
/** Leaves the current stack for `stacktop` and calls `function(arg)` there, which never returns. */
void __reset_stack_pointer(void *arg, uintptr_t stacktop, void (*function)(void *)) __attribute__((noreturn));

static inline bool is_early_rkm(struct per_cpu_info *pcpui) { return ((pcpui->__ctx_depth & __CTX_EARLY_RKM) != 0); }
static inline void set_rkmsg(struct per_cpu_info *pcpui) { pcpui->__ctx_depth |= __CTX_EARLY_RKM; }
static inline void clear_rkmsg(struct per_cpu_info *pcpui) { pcpui->__ctx_depth &= ~__CTX_EARLY_RKM; }
static inline void inc_ktrap_depth(struct per_cpu_info *pcpui) { pcpui->__ctx_depth += 1 << 8; }

#endif
