/* Adaptive mutexes and condition variables. Source: illumos-gate, usr/src/uts/common/sys/{mutex,mutex_impl,condvar,condvar_impl}.h. */
#ifndef _SYS_MUTEX_H
#define _SYS_MUTEX_H

#include "sys/types.h"

typedef unsigned char lock_t;
typedef lock_t disp_lock_t;

/** `m_owner` is the thread that holds it, with bit 0 set when there are waiters. */
typedef struct mutex { void *_opaque[1]; } kmutex_t;
typedef struct { volatile uintptr_t m_owner; } mutex_impl_t;

#define MUTEX_WAITERS	0x1ul
#define MUTEX_THREAD	(~0x7ul)

typedef struct _kcondvar { ushort_t _opaque; } kcondvar_t;
typedef struct { volatile ushort_t cv_waiters; } condvar_impl_t;

struct _kthread;

void mutex_enter(kmutex_t *lp);
void mutex_exit(kmutex_t *lp);
struct _kthread *mutex_owner(const kmutex_t *lp);
/** The way that sleeps: the owner is off its CPU. */
void mutex_vector_enter(kmutex_t *lp);
void mutex_vector_exit(kmutex_t *lp);

void cv_wait(kcondvar_t *cvp, kmutex_t *mp);
void cv_signal(kcondvar_t *cvp);
void cv_broadcast(kcondvar_t *cvp);

void lock_set(lock_t *lp);
int lock_try(lock_t *lp);
void lock_clear(lock_t *lp);
void disp_lock_enter(disp_lock_t *lp);
void disp_lock_exit(disp_lock_t *lp);

#endif
