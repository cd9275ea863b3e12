/* Kernel threads, semaphores and condition variables. Source: akaros, kern/include/kthread.h. */
#ifndef ROS_KTHREAD_H
#define ROS_KTHREAD_H

#include "ros/common.h"

struct proc;
struct syscall;
struct errbuf;

struct jmpbuf {
	uintptr_t	retaddr, rsp, rbp;
};

#define KTH_IS_KTASK		1
#define KTH_SAVE_ADDR_SPACE	2
#define KTH_DEFAULT_FLAGS	KTH_SAVE_ADDR_SPACE
#define KTH_KMSG_FLAGS		KTH_IS_KTASK
#define GENBUF_SZ		128

struct kthread {
	struct jmpbuf	context;
	uintptr_t	stacktop;
	struct proc	*proc;		/* counted, and only set while it sleeps */
	struct syscall	*sysc;
	struct errbuf	*errbuf;
	TAILQ_ENTRY(kthread) link;
	int		flags;
	char		*name;
	char		generic_buf[GENBUF_SZ];
	void		*strace;
};
_Static_assert(sizeof(struct kthread) == 0xe0, "struct kthread");
TAILQ_HEAD(kthread_tailq, kthread);

struct semaphore {
	struct kthread_tailq waiters;
	int		nr_signals;	/* below 0: sleepers */
	spinlock_t	lock;
	bool		irq_okay;
};
_Static_assert(sizeof(struct semaphore) == 0x20, "struct semaphore");

struct cond_var {
	struct semaphore sem;
	spinlock_t	*lock;
	spinlock_t	internal_lock;
	unsigned long	nr_waiters;
	bool		irq_okay;
};
_Static_assert(sizeof(struct cond_var) == 0x40, "struct cond_var");

void kthread_init(void);
struct kthread *__kthread_zalloc(void);
void sem_init(struct semaphore *sem, int signals);
void sem_down(struct semaphore *sem);
bool sem_up(struct semaphore *sem);
void cv_init(struct cond_var *cv);
void cv_lock(struct cond_var *cv);
void cv_unlock(struct cond_var *cv);
/** Sleeps with the lock dropped; has it again on return. */
void cv_wait(struct cond_var *cv);
void __cv_broadcast(struct cond_var *cv);
void kthread_runnable(struct kthread *kth);
void restart_kthread(struct kthread *kth) __attribute__((noreturn));

/* kthread_asm.S: like their namesakes of libc, for one stack at a time. */
int slim_setjmp(struct jmpbuf *env) __attribute__((returns_twice));
void longjmp(struct jmpbuf *env, int value) __attribute__((noreturn));

#endif
