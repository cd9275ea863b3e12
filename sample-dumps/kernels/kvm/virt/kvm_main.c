/* Machines, vCPUs, guest memory and the ioctls that every architecture has. Source: linux, virt/kvm/kvm_main.c. */
#include "linux/kvm_host.h"
#include "linux/trace.h"

struct kvm_list vm_list;

/* What a file descriptor of a vCPU stands for. */
#define FIRST_FD	11
static struct kvm_vcpu *vcpu_files[KVM_MAX_VCPUS];

struct kvm *
kvm_create_vm(int pid, gpa_t base, uint64_t size, uint64_t userspace_addr)
{
	struct kvm *kvm = heap_allocate(sizeof(*kvm), 64);

	kvm->userspace_pid = (uint64_t)pid;
	kvm_add_memory(kvm, base, size, userspace_addr);
	LIST_INSERT_TAIL(&vm_list, kvm, vm_list, kvm);
	return (kvm);
}

int
kvm_vm_ioctl_create_vcpu(struct kvm *kvm, int id)
{
	struct kvm_vcpu *vcpu = heap_allocate(sizeof(*vcpu), 64);

	vcpu->kvm = kvm;
	vcpu->cpu = -1;
	vcpu->vcpu_id = id;
	vcpu->run = heap_allocate(2 * PAGE_SIZE, PAGE_SIZE);
	vcpu->run->exit_reason = KVM_EXIT_UNKNOWN;
	kvm_arch_vcpu_init(vcpu);
	kvm->vcpus[id] = vcpu;
	kvm->online_vcpus++;
	vcpu_files[id] = vcpu;
	return (FIRST_FD + id);
}

void
kvm_recreate_vcpu(int fd)
{
	struct kvm_vcpu *vcpu = vcpu_files[fd - FIRST_FD];

	vcpu->mmio_needed = 0;
	memset(&vcpu->arch, 0, sizeof(vcpu->arch));
	kvm_arch_vcpu_init(vcpu);
}

struct kvm_run *
kvm_vcpu_mmap(int fd)
{
	return (vcpu_files[fd - FIRST_FD]->run);
}

/** Guest memory is QEMU's: a page comes when it is first touched. */
bool
kvm_handle_fault(uint64_t address)
{
	struct kvm *kvm;

	LIST_FOREACH(kvm, &vm_list, vm_list) {
		for (int i = 0; i < KVM_MEMORY_SLOTS; i++) {
			if (address - kvm->memslots[i].userspace_addr < kvm->memslots[i].size) {
				kernel_map(address, 1);
				return (true);
			}
		}
	}
	return (false);
}

void
kvm_add_memory(struct kvm *kvm, gpa_t base, uint64_t size, uint64_t userspace_addr)
{
	int i = 0;

	while (kvm->memslots[i].size != 0)
		i++;
	kvm->memslots[i] = (struct kvm_memory_slot){ base, size, userspace_addr };
}

/* NULL where no memory slot is: that is a device. */
static void *
gfn_to_hva(struct kvm *kvm, gpa_t gpa, size_t size)
{
	for (int i = 0; i < KVM_MEMORY_SLOTS; i++) {
		struct kvm_memory_slot *slot = &kvm->memslots[i];

		if (gpa >= slot->base && gpa + size <= slot->base + slot->size)
			return ((void *)(slot->userspace_addr + (gpa - slot->base)));
	}
	return (NULL);
}

bool
kvm_read_guest(struct kvm *kvm, gpa_t gpa, void *data, size_t size)
{
	void *from = gfn_to_hva(kvm, gpa, size);

	if (from == NULL)
		return (false);
	memcpy(data, from, size);
	return (true);
}

bool
kvm_write_guest(struct kvm *kvm, gpa_t gpa, const void *data, size_t size)
{
	void *to = gfn_to_hva(kvm, gpa, size);

	if (to == NULL)
		return (false);
	memcpy(to, data, size);
	return (true);
}

bool
kvm_signal_pending(struct kvm_vcpu *vcpu)
{
	return (signal_pending_in(current, vcpu->sigset_active ? vcpu->sigset : current->blocked));
}

static bool
block_is_over(void *arg)
{
	return (kvm_signal_pending(arg));
}

void
kvm_vcpu_block(struct kvm_vcpu *vcpu)
{
	cpu_wait(block_is_over, vcpu);
}

static void
vcpu_load(struct kvm_vcpu *vcpu)
{
	spin_enter(&vcpu->mutex);
	vcpu->cpu = smp_processor_id();
}

static void
vcpu_put(struct kvm_vcpu *vcpu)
{
	vcpu->cpu = -1;
	spin_exit(&vcpu->mutex);
}

static long
kvm_vcpu_ioctl(struct kvm_vcpu *vcpu, unsigned int ioctl, unsigned long arg)
{
	long r;

	vcpu_load(vcpu);
	switch (ioctl) {
	case KVM_RUN:
		r = kvm_arch_vcpu_ioctl_run(vcpu, vcpu->run);
		TRACE("kvm_userspace_exit: vcpu %u reason %u errno %d", (uint64_t)vcpu->vcpu_id, vcpu->run->exit_reason, (uint64_t)-r);
		break;
	case KVM_GET_REGS:
		r = kvm_arch_vcpu_ioctl_get_regs(vcpu, (struct kvm_regs *)arg);
		break;
	case KVM_SET_REGS:
		r = kvm_arch_vcpu_ioctl_set_regs(vcpu, (const struct kvm_regs *)arg);
		break;
	case KVM_SET_SIGNAL_MASK:
		vcpu->sigset_active = 1;
		vcpu->sigset = *(const uint64_t *)arg;
		r = 0;
		break;
#ifdef ABORT_OPERATION
	case KVM_VCPU_ABORT_OPERATION:
		r = kvm_arch_vcpu_ioctl_abort(vcpu);
		break;
#endif
	default:
		r = kvm_arch_vcpu_ioctl(vcpu, ioctl, (void *)arg);
	}
	vcpu_put(vcpu);
	return (r);
}

long
sys_ioctl(int fd, unsigned int ioctl, unsigned long arg)
{
	TRACE("sys_enter_ioctl: fd %d cmd %#x", (uint64_t)fd, ioctl);
	return (kvm_vcpu_ioctl(vcpu_files[fd - FIRST_FD], ioctl, arg));
}
