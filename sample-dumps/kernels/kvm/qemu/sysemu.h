/* What the parts of QEMU need of one another. Source: qemu, sysemu.h, cpus.h, kvm.h, qemu-thread.h of 2012. */
#ifndef QEMU_SYSEMU_H
#define QEMU_SYSEMU_H

#include "qemu/cpu.h"

#define QEMU_PID	2000	/* and the tid of the main loop; vCPU n is 2001 + n */

/* vl.c */
enum run_state { RUN_STATE_PRELAUNCH = 6, RUN_STATE_RUNNING = 9, RUN_STATE_SAVE_VM = 10 };
extern enum run_state runstate;
extern volatile int reset_requested;
/** Makes the process: its threads, its machine. */
void qemu_start(void);
void qemu_system_reset_request(void);

/* cpus.c */
extern volatile uint32_t qemu_global_mutex;
void qemu_mutex_lock_iothread(void);
void qemu_mutex_unlock_iothread(void);
struct qemu_cpu *qemu_init_vcpu(int index, int fd, int host_cpu, int tid);
void pause_all_vcpus(void);
void resume_all_vcpus(void);
void cpu_stop_current(void);
void qemu_cpu_kick_self(void);
/** Lets the thread of a vCPU call `func`, outside KVM_RUN, and waits until it has. */
void run_on_cpu(struct qemu_cpu *env, void (*func)(struct qemu_cpu *env));
/** Waits until every vCPU's thread is there. */
void qemu_wait_created(void);
/** The vCPU of this thread. */
struct qemu_cpu *cpu_self(void);

/* qemu-thread-posix.c: a mutex and a condition are one word each. */
void qemu_mutex_lock(volatile uint32_t *mutex);
void qemu_mutex_unlock(volatile uint32_t *mutex);
void qemu_cond_wait(volatile uint32_t *cond, volatile uint32_t *mutex);
void qemu_cond_broadcast(volatile uint32_t *cond);

/* kvm-all.c */
#define EXCP_INTERRUPT	0x10000
long kvm_vcpu_ioctl_user(struct qemu_cpu *env, unsigned int type, void *arg);
void kvm_init_vcpu(struct qemu_cpu *env);
/** Runs the vCPU until somebody wants something of this thread. */
int kvm_cpu_exec(struct qemu_cpu *env);
void cpu_synchronize_all_states(void);
void cpu_synchronize_all_post_reset(void);
#ifdef ABORT_OPERATION
void kvm_abort_all_operations(void);
#endif

/* savevm.c */
/** Stops the machine, takes its registers and lets it go on. */
void do_savevm(void);
/** Goes on from what was taken, as another QEMU with a KVM of its own would. */
void do_loadvm(void);

/* target-.../kvm.c */
int kvm_arch_put_registers(struct qemu_cpu *env);
int kvm_arch_get_registers(struct qemu_cpu *env);
/** @return 0: enter the guest again; 1: leave to the loop of the thread */
int kvm_arch_handle_exit(struct qemu_cpu *env, struct kvm_run *run);

#endif
