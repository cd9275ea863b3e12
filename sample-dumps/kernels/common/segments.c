/* GDT, TSS and IDT of every CPU: flat segments, one trap gate per vector, own stacks for NMI and double fault. */
#include "kernel.h"
#include "segments.h"

#define GDT_ENTRIES	9
#define IST_DOUBLE_FAULT	1
#define IST_NMI		2

struct descriptor_table {
	uint16_t	limit;
	uint64_t	base;
} __attribute__((packed));

struct gate {
	uint16_t	offset_low;
	uint16_t	selector;
	uint8_t		ist;
	uint8_t		type;
	uint16_t	offset_middle;
	uint32_t	offset_high;
	uint32_t	reserved;
};

struct tss cpu_tss_table[SIM_MAX_CPUS];
static uint64_t cpu_gdt[SIM_MAX_CPUS][GDT_ENTRIES];
static struct gate idt[256];
static uint8_t exception_stacks[SIM_MAX_CPUS][2][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

extern const uint8_t vector_stubs[];

/* Flat segments by selector; the TSS descriptor follows. Bits: SDM 3, 3.4.5. */
static const uint64_t flat_segments[GDT_ENTRIES - 2] = {
	0,
	0x00af9b000000ffff,	/* kernel code */
	0x00cf93000000ffff,	/* kernel data */
	0x00cffb000000ffff,	/* user code, 32 bits */
	0x00cff3000000ffff,	/* user data */
	0x00affb000000ffff,	/* user code */
	0x00cff3000000ffff,	/* user data, for sysexit */
};

void
idt_init(void)
{
	for (int vector = 0; vector < 256; vector++) {
		uint64_t target = (uint64_t)vector_stubs + 16 * vector;

		idt[vector] = (struct gate){
			.offset_low = (uint16_t)target,
			.offset_middle = (uint16_t)(target >> 16),
			.offset_high = (uint32_t)(target >> 32),
			.selector = SELECTOR_KERNEL_CODE,
			.type = vector == TRAP_BP ? 0xee : 0x8e,
		};
	}
	idt[TRAP_DF].ist = IST_DOUBLE_FAULT;
	idt[TRAP_NMI].ist = IST_NMI;
}

uint64_t gdt_base(uint32_t cpu) { return ((uint64_t)cpu_gdt[cpu]); }
uint64_t idt_base(void) { return ((uint64_t)idt); }

void
segments_load(uint32_t cpu)
{
	uint64_t *gdt = cpu_gdt[cpu];
	struct tss *tss = &cpu_tss_table[cpu];
	uint64_t base = (uint64_t)tss;
	struct descriptor_table gdtr = { sizeof (cpu_gdt[cpu]) - 1, (uint64_t)gdt };
	struct descriptor_table idtr = { sizeof (idt) - 1, (uint64_t)idt };

	memcpy(gdt, flat_segments, sizeof (flat_segments));
	gdt[SELECTOR_TSS / 8] = 0x0000890000000000 | (sizeof (*tss) - 1) |
	    (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
	gdt[SELECTOR_TSS / 8 + 1] = base >> 32;

	tss->io_map = sizeof (*tss);
	tss->ist[IST_DOUBLE_FAULT - 1] = (uint64_t)exception_stacks[cpu][0] + PAGE_SIZE;
	tss->ist[IST_NMI - 1] = (uint64_t)exception_stacks[cpu][1] + PAGE_SIZE;

	__asm__ volatile("lgdt %0" :: "m"(gdtr) : "memory");
	__asm__ volatile("lidt %0" :: "m"(idtr) : "memory");
	__asm__ volatile("ltr %w0" :: "r"(SELECTOR_TSS) : "memory");
}
