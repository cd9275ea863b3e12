/* What the processes of a scenario are: the knob `workload` picks one. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include "vm/vm.h"

#define KVA_START	0xfffff80000000000ul
#define UTEXT		0x400000ul
#define UDATA		0x801000000ul

extern const uint8_t user_text[], user_text_end[];
extern const uint8_t user_spin[], user_exit[], user_write_exit[], user_fork[], user_fork_threads[], user_fork_loop[], user_procmap[];
extern int lastpid;

int sys_sys_exit(struct trap_frame *frame) __attribute__((noreturn));
int sys_fork(struct trap_frame *frame);
int sys_read(struct trap_frame *frame);
int sys_wait4(struct trap_frame *frame);
int sys_munmap(struct trap_frame *frame);
int sys_sched_yield(struct trap_frame *frame);
int sys_sigsuspend(struct trap_frame *frame);
int sys_thr_new(struct trap_frame *frame);
void save_context_for_dump(void);

/** A process, without threads, that has a new address space with the common text, or shares one. */
struct proc *proc_make(int pid, const char *name, struct vmspace *shared);
/** A thread that begins at `entry` of the user text on a CPU, runnable; `argument` is in rdi then. */
struct thread *thread_user(struct proc *p, int tid, int cpu, const void *entry, u_long argument);
/** A thread of the kernel, runnable. */
struct thread *thread_kernel(struct proc *p, int tid, int cpu, void (*func)(void *), void *arg, const char *name);
/** A page of anonymous memory, entered. */
struct vm_page *map_page(struct vmspace *vm, vm_offset_t va);
/** The end of a kernel thread. */
void kthread_exit(void) __attribute__((noreturn));

void workload_rfork(void);
void workload_shmdt(void);
void workload_sole(void);
void workload_migrate(void);
void workload_fork_loop(void);
void workload_vnodes(void);

#endif
