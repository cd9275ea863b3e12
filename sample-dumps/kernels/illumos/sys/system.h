/* System calls, devices and knobs of this kernel. */
#ifndef _SYS_SYSTEM_H
#define _SYS_SYSTEM_H

#include "sys/klwp.h"
#include "sys/vnode.h"

#define USERMODE(rp)	(((rp)->r_cs & 3) == 3)

/* Numbers: illumos-gate, usr/src/uts/common/sys/syscall.h. SYS_ctxtest is ours. */
#define SYS_exit	1
#define SYS_read	3
#define SYS_pause	29
#define SYS_ioctl	54
#define SYS_waitid	107
#define SYS_forksys	142
#define SYS_lwp_create	159
#define SYS_lwp_exit	160
#define SYS_nanosleep	199
#define SYS_schedctl	206
#define SYS_ctxtest	250

typedef int64_t (*sysent_t)();
extern const sysent_t sysent[256];

int64_t ioctl(int fdes, int cmd, intptr_t arg);
int64_t rexit(int code);
int64_t pause_syscall(void);
int64_t read_console(void);
int64_t waitsys(void);
int64_t syslwp_create(uint64_t pc);
int64_t syslwp_exit(void);

/** Ticks that a user program has run when it is preempted. */
extern int user_quantum_ticks;

/* What interrupts do. */
void clock(void);
void console_input(void);
void pageout_done(void);
/** On the CPU whose timer it is to be. */
void pageout_timer_start(void);
/** Waits until the kernel has a page to give. */
void page_create_wait(void);

#ifdef CTXOP_DAMAGE
#define VECTOR_DAMAGE	0x30
/** Spoils the operators of bash in the way that the knob `damage_kind` names. */
void damage(void);
#endif

/* ctxtest.c */
int64_t ctxtest(void);

#endif
