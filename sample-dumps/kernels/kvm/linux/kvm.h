/* The interface between KVM and who uses it: offsets and numbers are ABI. Source: linux, include/uapi/linux/kvm.h. */
#ifndef LINUX_KVM_H
#define LINUX_KVM_H

#include <stdint.h>

typedef uint8_t		__u8;
typedef uint16_t	__u16;
typedef uint32_t	__u32;
typedef uint64_t	__u64;

enum kvm_exit_reason {
	KVM_EXIT_UNKNOWN = 0, KVM_EXIT_EXCEPTION = 1, KVM_EXIT_IO = 2, KVM_EXIT_HYPERCALL = 3, KVM_EXIT_DEBUG = 4, KVM_EXIT_HLT = 5,
	KVM_EXIT_MMIO = 6, KVM_EXIT_IRQ_WINDOW_OPEN = 7, KVM_EXIT_SHUTDOWN = 8, KVM_EXIT_FAIL_ENTRY = 9, KVM_EXIT_INTR = 10,
	KVM_EXIT_DCR = 15, KVM_EXIT_INTERNAL_ERROR = 17, KVM_EXIT_OSI = 18, KVM_EXIT_PAPR_HCALL = 19, KVM_EXIT_EPR = 23,
	KVM_EXIT_SYSTEM_EVENT = 24,
};

#define KVM_EXIT_IO_IN	0
#define KVM_EXIT_IO_OUT	1
#define KVM_PIO_PAGE_OFFSET	4096	/* data of port operations, from the start of kvm_run */

struct kvm_run {
	/* in */
	__u8	request_interrupt_window;
	__u8	immediate_exit;
	__u8	padding1[6];
	/* out */
	__u32	exit_reason;		/* enum kvm_exit_reason */
	__u8	ready_for_interrupt_injection;
	__u8	if_flag;
	__u16	flags;
	/* in and out */
	__u64	cr8;
	__u64	apic_base;
	union {
		/* KVM_EXIT_IO */
		struct {
			__u8	direction;
			__u8	size;
			__u16	port;
			__u32	count;
			__u64	data_offset;	/* from the start of kvm_run */
		} io;
		/* KVM_EXIT_MMIO */
		struct {
			__u64	phys_addr;
			__u8	data[8];
			__u32	len;
			__u8	is_write;
		} mmio;
		/* KVM_EXIT_DCR */
		struct {
			__u32	dcrn;
			__u32	data;
			__u8	is_write;
		} dcr;
		/* KVM_EXIT_OSI */
		struct {
			__u64	gprs[32];
		} osi;
		/* KVM_EXIT_PAPR_HCALL */
		struct {
			__u64	nr;
			__u64	ret;
			__u64	args[9];
		} papr_hcall;
		/* KVM_EXIT_SYSTEM_EVENT */
		struct {
			__u32	type;
			__u32	ndata;
			__u64	data[16];
		} system_event;
		__u8	padding[256];
	};
	__u64	kvm_valid_regs;
	__u64	kvm_dirty_regs;
	__u8	s[2048];
};
_Static_assert(sizeof(struct kvm_run) == 2352, "struct kvm_run");
_Static_assert(__builtin_offsetof(struct kvm_run, papr_hcall.args) == 48, "kvm_run.papr_hcall.args");
_Static_assert(__builtin_offsetof(struct kvm_run, mmio.data) == 40, "kvm_run.mmio.data");
_Static_assert(__builtin_offsetof(struct kvm_run, io.data_offset) == 40, "kvm_run.io.data_offset");

#ifdef CONFIG_PPC64
struct kvm_regs {
	__u64	pc;
	__u64	cr;
	__u64	ctr;
	__u64	lr;
	__u64	xer;
	__u64	msr;
	__u64	gpr[32];
};
#else
struct kvm_regs {
	__u64	rax, rbx, rcx, rdx;
	__u64	rsi, rdi, rsp, rbp;
	__u64	r8, r9, r10, r11;
	__u64	r12, r13, r14, r15;
	__u64	rip, rflags;
};
struct kvm_segment {
	__u64	base;
	__u32	limit;
	__u16	selector;
};
struct kvm_sregs {
	struct kvm_segment cs;
	__u64	cr0, cr3;
};
#endif

#define KVMIO	0xAE
#define _KVM_IO(number)	(KVMIO << 8 | (number))
#define KVM_RUN			_KVM_IO(0x80)
#define KVM_GET_REGS		_KVM_IO(0x81)
#define KVM_SET_REGS		_KVM_IO(0x82)
#define KVM_GET_SREGS		_KVM_IO(0x83)
#define KVM_SET_SREGS		_KVM_IO(0x84)
#define KVM_SET_SIGNAL_MASK	_KVM_IO(0x8b)
/* Proposed in August 2012 and never merged; the number is ours. */
#define KVM_VCPU_ABORT_OPERATION _KVM_IO(0xfe)

#endif
