/* The processor's instructions that C has no word for, one inline function each. */
#ifndef COMMON_CPU_H
#define COMMON_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RFLAGS_CF	0x0001u
#define RFLAGS_ZF	0x0040u
#define RFLAGS_IF	0x0200u

#define CR0_MP		0x00000002u
#define CR0_TS		0x00000008u
#define CR0_NE		0x00000020u
#define CR0_WP		0x00010000u
#define CR4_VMXE	0x00002000u

#define MSR_SYSENTER_CS		0x174u
#define MSR_SYSENTER_ESP	0x175u
#define MSR_SYSENTER_EIP	0x176u
#define MSR_EFER		0xc0000080u
#define MSR_STAR		0xc0000081u
#define MSR_LSTAR		0xc0000082u
#define MSR_SFMASK		0xc0000084u
#define MSR_FS_BASE		0xc0000100u
#define MSR_GS_BASE		0xc0000101u
#define MSR_KERNEL_GS_BASE	0xc0000102u
#define MSR_X2APIC_ID		0x802u
#define MSR_X2APIC_EOI		0x80bu
#define MSR_X2APIC_SVR		0x80fu
#define MSR_X2APIC_ICR		0x830u
#define MSR_X2APIC_LVT_TIMER	0x832u
#define MSR_X2APIC_SELF_IPI	0x83fu
#define MSR_TSC_DEADLINE	0x6e0u
/** Charges ticks for work that the machine does not execute (docs/platform.md, Time). */
#define MSR_CHARGE_TICKS	0x40000010u

#define BARRIER()	__asm__ volatile("" ::: "memory")

#define DEFINE_READ_CR(n)						\
static inline uint64_t read_cr##n(void)					\
{									\
	uint64_t value;							\
	__asm__ volatile("movq %%cr" #n ", %0" : "=r"(value) :: "memory"); \
	return (value);							\
}
#define DEFINE_WRITE_CR(n)						\
static inline void write_cr##n(uint64_t value)				\
{									\
	__asm__ volatile("movq %0, %%cr" #n :: "r"(value) : "memory");	\
}
DEFINE_READ_CR(0) DEFINE_READ_CR(2) DEFINE_READ_CR(3) DEFINE_READ_CR(4) DEFINE_READ_CR(8)
DEFINE_WRITE_CR(0) DEFINE_WRITE_CR(3) DEFINE_WRITE_CR(4) DEFINE_WRITE_CR(8)

static inline uint64_t read_msr(uint32_t number)
{
	uint32_t low, high;
	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
	return ((uint64_t)high << 32 | low);
}

static inline void write_msr(uint32_t number, uint64_t value)
{
	__asm__ volatile("wrmsr" :: "c"(number), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

static inline uint64_t read_tsc(void)
{
	uint32_t low, high;
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) :: "memory");
	return ((uint64_t)high << 32 | low);
}

static inline uint64_t read_xcr(uint32_t number)
{
	uint32_t low, high;
	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(number));
	return ((uint64_t)high << 32 | low);
}

static inline void write_xcr(uint32_t number, uint64_t value)
{
	__asm__ volatile("xsetbv" :: "c"(number), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

static inline void invlpg(uint64_t address) { __asm__ volatile("invlpg (%0)" :: "r"(address) : "memory"); }
static inline void clts(void) { __asm__ volatile("clts" ::: "memory"); }
static inline void set_ts(void) { write_cr0(read_cr0() | CR0_TS); }
static inline void cli(void) { __asm__ volatile("cli" ::: "memory"); }
static inline void sti(void) { __asm__ volatile("sti" ::: "memory"); }
static inline void hlt(void) { __asm__ volatile("hlt" ::: "memory"); }
/** Waits with interrupts on: no interrupt can slip in between `sti` and `hlt`. */
static inline void sti_hlt(void) { __asm__ volatile("sti; hlt" ::: "memory"); }
static inline void cpu_pause(void) { __asm__ volatile("pause" ::: "memory"); }
static inline void mfence(void) { __asm__ volatile("mfence" ::: "memory"); }
static inline void lfence(void) { __asm__ volatile("lfence" ::: "memory"); }
static inline void sfence(void) { __asm__ volatile("sfence" ::: "memory"); }
static inline void swapgs(void) { __asm__ volatile("swapgs" ::: "memory"); }

static inline void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" :: "a"(value), "Nd"(port));
}

static inline uint64_t read_rflags(void)
{
	uint64_t flags;
	__asm__ volatile("pushfq; popq %0" : "=r"(flags) :: "memory");
	return (flags);
}

/** Turns interrupts off. @return the flags to give to `interrupts_restore` */
static inline uint64_t interrupts_save(void)
{
	uint64_t flags = read_rflags();
	cli();
	return (flags);
}

static inline void interrupts_restore(uint64_t flags)
{
	if (flags & RFLAGS_IF)
		sti();
}

/** Index of this CPU: its x2APIC id. */
static inline uint32_t cpu_index(void) { return ((uint32_t)read_msr(MSR_X2APIC_ID)); }

/* Inter-processor interrupts. Source: Intel SDM 3, 11.12.9 (ICR in x2APIC mode). */
#define ICR_NMI			0x00000400u
#define ICR_ASSERT		0x00004000u
#define ICR_ALL_BUT_SELF	0x000c0000u

#define SVR_APIC_ENABLED	0x00000100u
#define SVR_VECTOR		0xffu

/** Lets this CPU take interrupts. start.c does it. */
static inline void apic_enable(void) { write_msr(MSR_X2APIC_SVR, SVR_APIC_ENABLED | SVR_VECTOR); }

static inline void ipi_send(uint32_t cpu, uint8_t vector)
{
	write_msr(MSR_X2APIC_ICR, (uint64_t)cpu << 32 | ICR_ASSERT | vector);
}
static inline void ipi_send_others(uint8_t vector)
{
	write_msr(MSR_X2APIC_ICR, ICR_ALL_BUT_SELF | ICR_ASSERT | vector);
}
static inline void ipi_send_nmi_others(void)
{
	write_msr(MSR_X2APIC_ICR, ICR_ALL_BUT_SELF | ICR_ASSERT | ICR_NMI);
}
static inline void interrupt_done(void) { write_msr(MSR_X2APIC_EOI, 0); }

/*
 * VMX. Each returns 0, or 1 for VMfailInvalid (no current VMCS), or 2 for VMfailValid (number in VM_INSTRUCTION_ERROR).
 * Source: Intel SDM 3, 31.2.
 */
#define VMX_RESULT(result)	"setc %%al; setz %%cl; addb %%cl, %%cl; orb %%cl, %%al; movzbl %%al, %0" : "=r"(result)

static inline int vmx_on(uint64_t physical)
{
	int result;
	__asm__ volatile("vmxon %1; " VMX_RESULT(result) : "m"(physical) : "rax", "rcx", "cc", "memory");
	return (result);
}
static inline int vmx_off(void)
{
	int result;
	__asm__ volatile("vmxoff; " VMX_RESULT(result) :: "rax", "rcx", "cc", "memory");
	return (result);
}
static inline int vmx_vmclear(uint64_t physical)
{
	int result;
	__asm__ volatile("vmclear %1; " VMX_RESULT(result) : "m"(physical) : "rax", "rcx", "cc", "memory");
	return (result);
}
static inline int vmx_vmptrld(uint64_t physical)
{
	int result;
	__asm__ volatile("vmptrld %1; " VMX_RESULT(result) : "m"(physical) : "rax", "rcx", "cc", "memory");
	return (result);
}
static inline int vmx_vmwrite(uint64_t field, uint64_t value)
{
	int result;
	__asm__ volatile("vmwrite %2, %1; " VMX_RESULT(result) : "r"(field), "r"(value) : "rax", "rcx", "cc", "memory");
	return (result);
}
/** @return the field's value; `*result` as above */
static inline uint64_t vmx_vmread(uint64_t field, int *result)
{
	uint64_t value;
	int outcome;
	__asm__ volatile("vmread %2, %1; setc %%al; setz %%cl; addb %%cl, %%cl; orb %%cl, %%al; movzbl %%al, %0"
	    : "=r"(outcome), "=&r"(value) : "r"(field) : "rax", "rcx", "cc", "memory");
	*result = outcome;
	return (value);
}

#endif
