/* Processes. Source: illumos-gate, usr/src/uts/common/sys/{proc,user,cred}.h; a selection in the real order. */
#ifndef _SYS_PROC_H
#define _SYS_PROC_H

#include "sys/klwp.h"

#define MAXCOMLEN	16
#define PSARGSZ		80

/* p_stat */
#define SSLEEP	1
#define SRUN	2
#define SZOMB	3
#define SIDL	5
#define SONPROC	6

/* p_flag */
#define SSYS	0x00000001
#define SULOAD	0x00000200
#define SMSACCT	0x02000000

typedef struct cred {
	uint_t	cr_ref;
	uid_t	cr_uid;
	uid_t	cr_gid;
	uid_t	cr_ruid;
} cred_t;

struct pid {
	uint_t	pid_bits;
	pid_t	pid_id;
	struct proc *pid_pglink;
	struct proc *pid_pgtail;
	struct pid *pid_link;
	uint_t	pid_ref;
};

typedef struct sess {
	uint_t	s_ref;
	struct pid *s_sidp;
} sess_t;

typedef struct user {
	time_t	u_start;
	hrtime_t u_ticks;
	char	u_comm[MAXCOMLEN + 1];
	char	u_psargs[PSARGSZ];
	int	u_argc;
} user_t;

struct as {
	uint64_t a_hat_root;	/* physical address of the page table root */
	uint64_t a_userlimit;
};

typedef struct proc {
	struct vnode *p_exec;
	struct as *p_as;
	struct plock *p_lockp;
	kmutex_t p_crlock;
	cred_t	*p_cred;
	int	p_swapcnt;
	char	p_stat;
	char	p_wcode;
	ushort_t p_pidflag;
	int	p_wdata;
	pid_t	p_ppid;
	struct proc *p_link;
	struct proc *p_parent;
	struct proc *p_child;
	struct proc *p_sibling;
	struct proc *p_psibling;
	struct proc *p_next;		/* active processes */
	struct proc *p_prev;
	uint_t	p_flag;
	struct pid *p_pidp;
	struct pid *p_pgidp;
	kcondvar_t p_cv;
	int	p_lwpcnt;
	int	p_lwprcnt;
	id_t	p_lwptotal;
	int	p_zombcnt;
	kthread_t *p_tlist;
	sess_t	*p_sessp;
	kmutex_t p_lock;
	user_t	p_user;
} proc_t;

extern proc_t p0;
extern proc_t *practive;
extern proc_t *proc_sched, *proc_init, *proc_pageout, *proc_fsflush;

#define curproc	(ttoproc(curthread))

/* proc.c */
proc_t *newproc(proc_t *parent, pid_t pid, const char *comm, const char *psargs, uint_t flags);
void proc_exit_link(proc_t *p);
struct as *as_alloc(void);
void as_map_text(struct as *as, const uint8_t *text, size_t size);
void as_map_stack(struct as *as, id_t tid);

/* fork.c, exit.c */
int64_t cfork(void);

#define USER_TEXT	0x401000ul
#define USER_STACK_TOP	0x7fffc0000000ul
#define USER_STACK_STRIDE	0x10000ul

#endif
