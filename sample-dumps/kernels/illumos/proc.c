/* Processes and their address spaces: text, one stack per lwp. Source of names: illumos-gate, usr/src/uts/common/os/{fork,exit,pid}.c. */
#include "sys/cpuvar.h"
#include "sys/cmn_err.h"
#include "sys/kmem.h"
#include "sys/proc.h"
#include "sys/system.h"

proc_t p0;
proc_t *practive;
static pid_t next_pid = 2000;

/* Newest first, as in life: practive is the process made last. */
proc_t *
newproc(proc_t *parent, pid_t pid, const char *comm, const char *psargs, uint_t flags)
{
	proc_t *p = pid == 0 ? &p0 : kmem_zalloc(sizeof (*p), KM_SLEEP);
	struct pid *pidp = kmem_zalloc(sizeof (*pidp), KM_SLEEP);

	pidp->pid_id = pid;
	pidp->pid_ref = 1;
	p->p_pidp = pidp;
	p->p_pgidp = parent != NULL && parent->p_pidp->pid_id > 1 ? parent->p_pgidp : pidp;
	p->p_sessp = parent != NULL ? parent->p_sessp : kmem_zalloc(sizeof (sess_t), KM_SLEEP);
	p->p_sessp->s_sidp = p->p_sessp->s_sidp == NULL ? pidp : p->p_sessp->s_sidp;
	p->p_cred = parent != NULL ? parent->p_cred : kmem_zalloc(sizeof (cred_t), KM_SLEEP);
	p->p_cred->cr_ref++;
	p->p_stat = SRUN;
	p->p_flag = flags;
	p->p_parent = parent;
	if (parent != NULL) {
		p->p_ppid = parent->p_pidp->pid_id;
		p->p_sibling = parent->p_child;
		if (parent->p_child != NULL)
			parent->p_child->p_psibling = p;
		parent->p_child = p;
	}
	(void) strlcpy(p->p_user.u_comm, comm, sizeof (p->p_user.u_comm));
	(void) strlcpy(p->p_user.u_psargs, psargs, sizeof (p->p_user.u_psargs));
	p->p_user.u_start = hrestime_seconds;
	p->p_next = practive;
	if (practive != NULL)
		practive->p_prev = p;
	practive = p;
	return (p);
}

struct as *
as_alloc(void)
{
	struct as *as = kmem_zalloc(sizeof (*as), KM_SLEEP);

	as->a_hat_root = table_create();
	as->a_userlimit = 0xfffffd8000000000;
	return (as);
}

void
as_map_text(struct as *as, const uint8_t *text, size_t size)
{
	uint64_t page = frame_allocate();

	ASSERT(size <= PAGE_SIZE);
	memcpy(physical_pointer(page), text, size);
	table_map(as->a_hat_root, USER_TEXT, page, PTE_U);
}

static uint64_t user_stack(id_t tid) { return (USER_STACK_TOP - (uint64_t)tid * USER_STACK_STRIDE); }

void
as_map_stack(struct as *as, id_t tid)
{
	table_map(as->a_hat_root, user_stack(tid), frame_allocate(), PTE_W | PTE_U | PTE_NX);
}

/* Text is shared, the stack of the one lwp is copied. */
static struct as *
as_dup(struct as *as, id_t tid)
{
	struct as *copy = as_alloc();
	uint64_t page = frame_allocate();

	memcpy(physical_pointer(page), physical_pointer(table_translate(as->a_hat_root, user_stack(tid))), PAGE_SIZE);
	table_map(copy->a_hat_root, USER_TEXT, table_translate(as->a_hat_root, USER_TEXT), PTE_U);
	table_map(copy->a_hat_root, user_stack(tid), page, PTE_W | PTE_U | PTE_NX);
	return (copy);
}

/* SYS_forksys: @return the child's pid; the child returns 0 by the registers that forklwp gives it. */
int64_t
cfork(void)
{
	klwp_t *lwp = ttolwp(curthread);
	proc_t *p = curproc;
	proc_t *cp = newproc(p, next_pid++, p->p_user.u_comm, p->p_user.u_psargs, p->p_flag);
	klwp_t *clwp;

	cp->p_as = as_dup(p->p_as, curthread->t_tid);
	clwp = forklwp(lwp, cp);
	SCHEDULE_POINT(cfork_child_ready);
	setbackdq(lwptot(clwp));
	return (cp->p_pidp->pid_id);
}

int64_t
syslwp_create(uint64_t pc)
{
	proc_t *p = curproc;
	id_t tid = p->p_lwptotal + 1;
	klwp_t *lwp = lwp_create(p, pc, user_stack(tid) + PAGE_SIZE, tid, curthread->t_pri);

	lwp_createctx(curthread, lwptot(lwp));
	setbackdq(lwptot(lwp));
	return (tid);
}

int64_t
syslwp_exit(void)
{
	lwp_exit();
}

int64_t
rexit(int code)
{
	proc_t *p = curproc;

	p->p_wdata = code;
	p->p_stat = SZOMB;
	cv_broadcast(&p->p_parent->p_cv);
	lwp_exit();
}

/* Takes a process that has ended off the lists. Its pages and page tables stay: nobody counts who shares them. */
static void
freeproc(proc_t *p)
{
	if (p->p_psibling != NULL)
		p->p_psibling->p_sibling = p->p_sibling;
	else
		p->p_parent->p_child = p->p_sibling;
	if (p->p_sibling != NULL)
		p->p_sibling->p_psibling = p->p_psibling;
	if (p->p_prev != NULL)
		p->p_prev->p_next = p->p_next;
	else
		practive = p->p_next;
	if (p->p_next != NULL)
		p->p_next->p_prev = p->p_prev;
#ifndef FREEPROC_FORGETS_AS
	kmem_free(p->p_as, sizeof (struct as));
#endif
	kmem_free(p->p_pidp, sizeof (struct pid));
	kmem_free(p, sizeof (*p));
}

/* Waits for a child whose last thread has been freed. @return its pid */
int64_t
waitsys(void)
{
	proc_t *p = curproc;

	for (;;) {
		for (proc_t *cp = p->p_child; cp != NULL; cp = cp->p_sibling) {
			if (cp->p_stat == SZOMB && cp->p_lwpcnt == 0) {
				pid_t pid = cp->p_pidp->pid_id;

				freeproc(cp);
				return (pid);
			}
		}
		cv_wait(&p->p_cv, NULL);
	}
}
