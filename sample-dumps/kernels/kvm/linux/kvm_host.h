/* KVM's own state: machines and their vCPUs. Source: linux, include/linux/kvm_host.h; subset, order and names kept. */
#ifndef LINUX_KVM_HOST_H
#define LINUX_KVM_HOST_H

#include "linux/kvm.h"
#include "linux/sched.h"

#ifdef CONFIG_PPC64
#include "powerpc/kvm_host.h"
#else
#include "x86/kvm_host.h"
#endif

#define KVM_MAX_VCPUS	4

typedef uint64_t gpa_t;

struct kvm_mmio_fragment {
	gpa_t		gpa;
	void		*data;
	unsigned int	len;
};

struct kvm_vcpu_stat {
	uint64_t	exits;
	uint64_t	signal_exits;
	uint64_t	guest_insns;	/* executed by the guest; ours: it shows that a completion runs none */
};

#define OUTSIDE_GUEST_MODE	0
#define IN_GUEST_MODE		1

struct kvm_vcpu {
	struct kvm	*kvm;
	int		cpu;		/* -1 when not loaded */
	int		vcpu_id;
	int		srcu_idx;
	int		mode;
	uint64_t	requests;
	uint64_t	guest_debug;
	struct kvm_run	*run;		/* mapped by user space too */
	int		sigset_active;
	uint64_t	sigset;		/* blocked while the guest runs */
	int		mmio_needed;
	int		mmio_read_completed;
	int		mmio_is_write;
	int		mmio_cur_fragment;
	int		mmio_nr_fragments;
	struct kvm_mmio_fragment mmio_fragments[2];
	struct kvm_vcpu_arch arch;
	struct kvm_vcpu_stat stat;
	struct spin_lock mutex;		/* one ioctl at a time */
};
_Static_assert(offsetof(struct kvm_vcpu, mmio_fragments) == 88, "kvm_vcpu.mmio_fragments");
_Static_assert(offsetof(struct kvm_vcpu, arch) == 136, "kvm_vcpu.arch");

#define KVM_MEMORY_SLOTS 2

struct kvm_memory_slot {
	gpa_t		base;
	uint64_t	size;
	uint64_t	userspace_addr;
};

struct kvm {
	LIST_ENTRY(kvm) vm_list;
	int		online_vcpus;
	struct kvm_vcpu	*vcpus[KVM_MAX_VCPUS];
	uint64_t	userspace_pid;
	struct kvm_memory_slot memslots[KVM_MEMORY_SLOTS];
};
LIST_HEAD(kvm_list, kvm);
extern struct kvm_list vm_list;

/* virt/kvm_main.c */
struct kvm *kvm_create_vm(int pid, gpa_t base, uint64_t size, uint64_t userspace_addr);
/** More guest memory. The addresses of QEMU may be those of other guest memory too. */
void kvm_add_memory(struct kvm *kvm, gpa_t base, uint64_t size, uint64_t userspace_addr);
/** @return a file descriptor for `sys_ioctl` */
int kvm_vm_ioctl_create_vcpu(struct kvm *kvm, int id);
/** A vCPU as a new process with a new machine has it: it waits for nothing. */
void kvm_recreate_vcpu(int fd);
struct kvm_run *kvm_vcpu_mmap(int fd);
long sys_ioctl(int fd, unsigned int ioctl, unsigned long arg);
/** A page fault in guest memory; false when it is elsewhere. */
bool kvm_handle_fault(uint64_t address);
/** False when no memory slot is there: that is a device. */
bool kvm_read_guest(struct kvm *kvm, gpa_t gpa, void *data, size_t size);
bool kvm_write_guest(struct kvm *kvm, gpa_t gpa, const void *data, size_t size);
bool kvm_signal_pending(struct kvm_vcpu *vcpu);
/** The guest can't change anything any more: this CPU waits until a signal comes. */
void kvm_vcpu_block(struct kvm_vcpu *vcpu);

/* Each architecture. */
void kvm_arch_vcpu_init(struct kvm_vcpu *vcpu);
int kvm_arch_vcpu_ioctl_run(struct kvm_vcpu *vcpu, struct kvm_run *run);
int kvm_arch_vcpu_ioctl_get_regs(struct kvm_vcpu *vcpu, struct kvm_regs *regs);
int kvm_arch_vcpu_ioctl_set_regs(struct kvm_vcpu *vcpu, const struct kvm_regs *regs);
long kvm_arch_vcpu_ioctl(struct kvm_vcpu *vcpu, unsigned int ioctl, void *arg);
#ifdef ABORT_OPERATION
int kvm_arch_vcpu_ioctl_abort(struct kvm_vcpu *vcpu);
#endif

#endif
