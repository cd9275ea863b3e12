/* Lightweight processes, their pcb and user registers. Source: illumos-gate, usr/src/uts/common/sys/klwp.h, uts/intel/sys/{pcb,privregs}.h. */
#ifndef _SYS_KLWP_H
#define _SYS_KLWP_H

#include "sys/fp.h"
#include "sys/thread.h"

/** Registers of a trap or system call, at the top of the kernel stack when it came from user mode. */
struct regs {
	uint64_t	r_savfp;	/* with r_savpc a frame of the frame pointer chain */
	uint64_t	r_savpc;
	uint64_t	r_rdi, r_rsi, r_rdx, r_rcx, r_r8, r_r9, r_rax, r_rbx, r_rbp;
	uint64_t	r_r10, r_r11, r_r12, r_r13, r_r14, r_r15;
	uint64_t	__r_fsbase, __r_gsbase;
	uint64_t	r_ds, r_es, r_fs, r_gs;
	uint64_t	r_trapno;
	uint64_t	r_err;
	uint64_t	r_rip, r_cs, r_rfl, r_rsp, r_ss;
};

/* pcb_flags */
#define RUPDATE_PENDING	0x10

typedef struct pcb {
	fpu_ctx_t	pcb_fpu;
	uint_t		pcb_flags;
	uint_t		pcb_drstat;
	uchar_t		pcb_instr;
	uchar_t		pcb_rupdate;	/* the segment registers below are the valid ones */
	uint64_t	pcb_fsbase;
	uint64_t	pcb_gsbase;
	ushort_t	pcb_ds, pcb_es, pcb_fs, pcb_gs;
	uint64_t	pcb_fsdesc, pcb_gsdesc;
} pcb_t;

typedef struct _klwp {
	pcb_t	lwp_pcb;
	uintptr_t lwp_oldcontext;
	long	*lwp_ap;
	int	lwp_errno;
	uchar_t	lwp_error;
	uchar_t	lwp_eosys;
	uchar_t	lwp_argsaved;
	struct regs *lwp_regs;		/* user registers: top of the kernel stack */
	uchar_t	lwp_state;		/* LWP_USER, LWP_SYS */
	kthread_t *lwp_thread;
	struct proc *lwp_procp;
} klwp_t;

#define LWP_USER	0x01
#define LWP_SYS		0x02

#define ttolwp(t)	((t)->t_lwp)
#define ttoproc(t)	((t)->t_procp)
#define lwptot(lwp)	((lwp)->lwp_thread)
#define lwptoregs(lwp)	((lwp)->lwp_regs)

/* lwp.c */
klwp_t *lwp_create(struct proc *p, uint64_t pc, uint64_t sp, id_t tid, pri_t pri);
klwp_t *forklwp(klwp_t *lwp, struct proc *cp);
void lwp_exit(void) __attribute__((noreturn));
void lwp_rtt_initial(void);

/* sundep.c */
void lwp_installctx(klwp_t *lwp);
void lwp_segregs_save(klwp_t *lwp);
void lwp_segregs_restore(klwp_t *lwp);
/* sep.S */
void sep_save(void *ksp);
void sep_restore(void *ksp);

#endif
