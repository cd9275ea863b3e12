/* Processes. Source: akaros, kern/include/process.h, env.h; a selection of struct proc in the real order. */
#ifndef ROS_PROCESS_H
#define ROS_PROCESS_H

#include "ros/kref.h"
#include "ros/vmm.h"

#define PROC_PROGNAME_SZ	20

#define PROC_CREATED		0x01
#define PROC_RUNNABLE_S		0x02
#define PROC_RUNNING_S		0x04
#define PROC_WAITING		0x08
#define PROC_DYING		0x10
#define PROC_DYING_ABORT	0x20
#define PROC_RUNNABLE_M		0x40
#define PROC_RUNNING_M		0x80

#define MAX_VCORES		2

struct vcore {
	TAILQ_ENTRY(vcore) list;
	uint32_t	pcoreid;
	bool		valid;
	uint32_t	nr_preempts_sent;
	uint32_t	nr_preempts_done;
	uint64_t	preempt_pending;
	uint64_t	resume_ticks;
	uint64_t	total_ticks;
};
_Static_assert(sizeof(struct vcore) == 0x38, "struct vcore");
TAILQ_HEAD(vcore_tailq, vcore);

struct pcore {
	uint32_t	vcoreid;
	bool		valid;
};

typedef struct procinfo {
	pid_t		pid;
	pid_t		ppid;
	size_t		max_vcores;
	uint64_t	tsc_freq;
	bool		is_mcp;
	struct vcore	vcoremap[MAX_VCORES];
	uint32_t	num_vcores;
	struct pcore	pcoremap[MAX_NUM_CORES];
	long		coremap_seqctr;
} procinfo_t;

struct preempt_data {
	struct user_context vcore_ctx;
	struct user_context uthread_ctx;
	uintptr_t	vcore_entry;
	uintptr_t	vcore_stack;
	uintptr_t	vcore_tls_desc;
	atomic_t	flags;
	int		rflags;
	bool		notif_disabled;
	bool		notif_pending;
};

typedef struct procdata {
	struct preempt_data vcore_preempt_data[MAX_VCORES];
} procdata_t;

typedef struct x86_pgdir {
	kpte_t		*kpte;
	uint64_t	eptp;
} pgdir_t;
_Static_assert(sizeof(pgdir_t) == 0x10, "pgdir_t");

TAILQ_HEAD(proc_list, proc);
TAILQ_HEAD(proc_alarm_list, proc_alarm);

/* An alarm that an open file descriptor keeps. Source: akaros, kern/drivers/dev/alarm.c. */
struct proc_alarm {
	TAILQ_ENTRY(proc_alarm) link;
	int		id;
	struct kref	kref;
	struct proc	*proc;		/* counted */
	unsigned long	period;
	unsigned long	count;
};

struct proc_alarm_set {
	struct proc_alarm_list list;
	spinlock_t	lock;
	int		id_counter;
};

/* A system call that sleeps until it is aborted; lies on its kthread's stack. */
struct abort_sleeper {
	TAILQ_ENTRY(abort_sleeper) link;
	struct semaphore sem;
	struct kthread	*kth;
};
TAILQ_HEAD(abort_list, abort_sleeper);

struct sched_proc_data {
	TAILQ_ENTRY(proc) proc_link;
	struct proc_list *cur_list;
};

struct proc {
	TAILQ_ENTRY(proc) proc_arsc_link;
	TAILQ_ENTRY(proc) sibling_link;
	spinlock_t	proc_lock;
	struct user_context scp_ctx;
	char		user[64];
	char		progname[PROC_PROGNAME_SZ];
	char		*binary_path;
	pid_t		pid;
	pid_t		ppid;		/* 0: disowned, or no parent */
	struct proc_list children;
	int		exitcode;
	struct cond_var	child_wait;
	uint32_t	state;
	struct kref	p_kref;
	uint32_t	env_flags;
	struct vcore_tailq online_vcs;
	struct vcore_tailq bulk_preempted_vcs;
	struct vcore_tailq inactive_vcs;
	struct sched_proc_data ksched_data;
	pgdir_t		env_pgdir;
	physaddr_t	env_cr3;
	procinfo_t	*procinfo;
	procdata_t	*procdata;
	struct proc_alarm_set alarmset;
	struct abort_list abortable_sleepers;
	spinlock_t	abort_list_lock;
	struct vmm	vmm;
};

/* Where a process finds its text, stack and procdata. Source: akaros, kern/arch/x86/ros/mmu64.h. */
#define USER_TEXT	0x400000ul
#define USER_STACK	0x7f7fff9ff000ul
#define UDATA		0x7f7fffa00000ul
#define USER_ENTRY(label) (USER_TEXT + (uintptr_t)((label) - user_text))
extern const char user_text[], user_text_end[], user_bash[], user_vmm[], user_vmm_handler[], user_vmm_idle[], user_worker[];
#define USER_IDLE_ENTRY	USER_ENTRY(user_vmm_idle)

#define PID_MAX 64
#define CHILD_PID 22
#define CHILD_PGDIR 0x7e44000ul
extern struct proc *pid_hash[PID_MAX];	/* weak: a lookup takes a reference if there is one to take */
extern atomic_t num_envs;
extern struct kmem_cache *proc_cache;
extern physaddr_t boot_cr3;
extern pgdir_t boot_pgdir;

/* process.c */
void proc_init(void);
struct proc *proc_alloc(struct proc *parent, const char *progname, pid_t pid, void *place, physaddr_t pgdir);
void __proc_ready(struct proc *p);
int __proc_set_state(struct proc *p, uint32_t state);
void proc_incref(struct proc *p, unsigned int val);
void proc_decref(struct proc *p);
struct proc *pid2proc(pid_t pid);
void __proc_free(struct kref *kref);
void proc_destroy(struct proc *p);
int __proc_disown_child(struct proc *parent, struct proc *child);
void proc_signal_parent(struct proc *child);

/* process_cores.c */
void __set_proc_current(struct proc *p);
void proc_restartcore(void) __attribute__((noreturn));
void proc_yield(struct proc *p);
void __proc_unmap_vcore(struct proc *p, struct vcore *vc);
int __proc_take_allcores(struct proc *p, uint32_t *pcores);
void clear_owning_proc(uint32_t coreid);
void abandon_core(void);
void __startcore(uint32_t srcid, long a0, long a1, long a2);
void __notify(uint32_t srcid, long a0, long a1, long a2);
void __preempt(uint32_t srcid, long a0, long a1, long a2);
void __death(uint32_t srcid, long a0, long a1, long a2);

/* schedule.c */
extern struct proc_list runnable_scps, unrunnable_scps, all_mcps;
void schedule_init(void);
void __sched_proc_register(struct proc *p);
void __sched_proc_destroy(struct proc *p, const uint32_t *pcores, int nr_cores);
void proc_change_to_m(struct proc *p);
void proc_run_mcp(struct proc *p, uint32_t coreid);
void proc_wakeup_mcp(struct proc *p, uint32_t coreid);
void ksched_reclaim_core(void);

/* process64.c */
void __abandon_core(void);
#ifdef CLEAR_VMCS_ON_OWNER_CHANGE
void __clear_owning_proc(uint32_t coreid);
#endif
void proc_pop_ctx(struct user_context *ctx) __attribute__((noreturn));
void arch_finalize_ctx(struct user_context *ctx);
void copy_current_ctx_to(struct user_context *to);
void proc_init_ctx(struct user_context *ctx, uint32_t vcoreid, uintptr_t entry, uintptr_t stack);

/* alarm.c */
struct proc_alarm *proc_alarm_alloc(struct proc *p);
void alarm_release_all(struct proc *p);

/* syscall.c */
#define SYS_null		1
#define SYS_proc_destroy	2
#define SYS_waitpid		3
#define SYS_block_abortable	4
#define SYS_proc_yield		5
#define SYS_vmm_run		6
#define SYS_kill		7
#define SYS_proc_create		8
#define WNOHANG			1
#define SIGINT			2
#define SIGTERM			15
#define ECHILD			10
#define EINTR			4

struct syscall {
	unsigned int	num;
	long		retval;
	int		err;
	long		arg0, arg1, arg2;
};
long syscall(struct proc *p, uintptr_t sc_num, long a0, long a1, long a2);
void abort_all_sysc(struct proc *p);

#endif
