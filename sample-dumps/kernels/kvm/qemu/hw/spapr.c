/* The pseries machine: its guest, its hypercalls, its reset. Source: qemu, hw/spapr.c, spapr_rtas.c of 2012; Power Architecture Platform Reference. */
#ifdef CONFIG_PPC64
#include "qemu/hw/boards.h"
#include "qemu/hw/spapr.h"

struct spapr_state spapr = {
	.fdt_addr = 0x1ffe0000, .rtas_addr = 0x1fff0000, .entry_point = 0x100, .rma_size = 0x20000000, .secondary_entry = 0x180,
};

/* Knobs. */
int vcpu0_program = 0;		/* what the guest executes first: an index into `programs` */
int vcpu1_program = 1;
int vcpu1_io_register = 3;	/* target of the MMIO load */
uint32_t device_answer = 0x11223344;	/* what it reads */
int secondary_runs = 0;		/* after a reset the other CPU runs in the firmware, and is not halted */

#define DTB_MAGIC	0xd00dfeed
#define BAD_MAGIC_PC	0x118
#define BOOTED_PC	0x124
#define BAD_SECONDARY_PC 0x18c

/* The firmware's first words, at the entry point: is there a device tree at r3? */
static const uint32_t firmware[] = {
	0x81c30000,	/* 100: lwz   r14,0(r3)		*/
	0x3de0d00d,	/* 104: lis   r15,0xd00d	*/
	0x61effeed,	/* 108: ori   r15,r15,0xfeed	*/
	0x7c0e7840,	/* 10c: cmplw r14,r15		*/
	0x40820008,	/* 110: bne   118		*/
	0x4800000c,	/* 114: b     120		*/
	0x48000000,	/* 118: b     118		*/
	0x60000000,	/* 11c: nop			*/
	0x60000000,	/* 120: nop			*/
	0x48000000,	/* 124: b     124		*/
};

/* And of the other CPUs: r3 tells whom to start, nobody yet. */
static const uint32_t secondary_firmware[] = {
	0x28030000,	/* 180: cmplwi r3,0		*/
	0x40820008,	/* 184: bne   18c		*/
	0x48000000,	/* 188: b     188		*/
	0x48000000,	/* 18c: b     18c		*/
};

#define PROGRAM_BASE	0x4000
#define PROGRAM_SIZE	0x100
#define PROGRAM_WORDS	5
static const uint32_t programs[][PROGRAM_WORDS] = {
	{ 0x44000022, 0x48000000 },	/* sc 1; b . */
	{ 0x48000000 },			/* b . */
	{ 0x80090000, 0x48000000 },	/* lwz r0,0(r9); b .	the register is put in */
	{ 0x44000002, 0x48000000 },	/* sc; b . */
	{ 0x44000022, 0x28030000, 0x40820008, 0x48000000, 0x48000000 },	/* sc 1; cmplwi r3,0; bne +8; b .; b . */
	{ 0xa8090000, 0x48000000 },	/* lha r0,0(r9); b .	the register is put in */
};
#define MMIO_PROGRAM	2
#define SIGNED_PROGRAM	5
#define OSI_PROGRAM	3
#define LOGICAL_PROGRAM	4
#define LOGICAL_BAD_PC	(PROGRAM_BASE + PROGRAM_SIZE * LOGICAL_PROGRAM + 0x10)

static struct kvm *machine;

static void
store_words(gpa_t address, const uint32_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t word = __builtin_bswap32(words[i]);

		kvm_write_guest(machine, address + 4 * i, &word, sizeof(word));
	}
}

static void
load_image(void)
{
	static const uint32_t magic[] = { DTB_MAGIC };

	store_words(spapr.entry_point, firmware, sizeof(firmware) / sizeof(firmware[0]));
	store_words(spapr.secondary_entry, secondary_firmware, sizeof(secondary_firmware) / sizeof(secondary_firmware[0]));
	store_words(spapr.fdt_addr, magic, 1);
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		store_words(PROGRAM_BASE + PROGRAM_SIZE * i, programs[i], PROGRAM_WORDS);
}

/* The load's target is a knob. */
static void
patch_program(int program)
{
	uint32_t word = programs[program][0] | (uint32_t)vcpu1_io_register << 21;

	store_words(PROGRAM_BASE + PROGRAM_SIZE * (uint64_t)program, &word, 1);
}

/* Linux has asked RTAS for system-reboot; the other CPU reads a register of a device, waits, or talks to OSI. */
static void
guest_state(struct qemu_cpu *env, int program)
{
	env->env_nip = PROGRAM_BASE + PROGRAM_SIZE * (uint64_t)program;
	env->env_msr = 0x8000000000001032;
	for (int i = 13; i < 32; i++)
		env->env_gpr[i] = 0xc000000000100000 + 0x1000 * (uint64_t)i;
	env->env_gpr[3] = H_RTAS;
	env->env_gpr[4] = RTAS_ARGUMENTS;
	env->env_gpr[5] = 0xc000000000e5f000;
	env->env_gpr[9] = DEVICE_REGISTER;
	if (program == OSI_PROGRAM) {
		env->env_gpr[3] = OSI_SC_MAGIC_R3;
		env->env_gpr[4] = OSI_SC_MAGIC_R4;
		env->env_gpr[5] = OSI_SHUT_DOWN;
	}
	if (program == LOGICAL_PROGRAM)
		env->env_gpr[3] = H_PUT_TERM_CHAR;
	env->vcpu_dirty = 1;
}

void
board_init(void)
{
	machine = kvm_create_vm(QEMU_PID, 0, spapr.rma_size, GUEST_RAM);
	load_image();
	patch_program(MMIO_PROGRAM);
	patch_program(SIGNED_PROGRAM);
	for (int id = 0; id < 2; id++) {
		struct qemu_cpu *env = qemu_init_vcpu(id, kvm_vm_ioctl_create_vcpu(machine, id), 2 + id, QEMU_PID + 1 + id);

		guest_state(env, id == 0 ? vcpu0_program : vcpu1_program);
	}
}

/* Reset handlers: the first CPU starts in the firmware with the device tree, the others wait to be started. */
static void
spapr_cpu_reset(struct qemu_cpu *env)
{
	memset(env->env_gpr, 0, sizeof(env->env_gpr));
	env->env_nip = env == first_cpu || !secondary_runs ? spapr.entry_point : spapr.secondary_entry;
	env->env_lr = 0;
	env->env_ctr = 0;
	env->env_msr = 0x8000000000000000;
	env->halted = env != first_cpu && !secondary_runs;
}

void
board_reset(void)
{
	for (struct qemu_cpu *env = first_cpu; env != NULL; env = env->next_cpu)
		spapr_cpu_reset(env);
	first_cpu->env_gpr[3] = spapr.fdt_addr;
	first_cpu->env_gpr[5] = 0;
}

uint64_t
spapr_hypercall(struct qemu_cpu *env, uint64_t nr, uint64_t *args)
{
	if (nr == H_PUT_TERM_CHAR)
		return (H_SUCCESS);
	if (nr != H_RTAS || args[0] != RTAS_ARGUMENTS)
		return ((uint64_t)H_FUNCTION);
	qemu_system_reset_request();	/* rtas_system_reboot */
	return (H_SUCCESS);
}

void
spapr_device_read(uint64_t address, uint8_t *data, unsigned int size)
{
	uint32_t answer = __builtin_bswap32(device_answer);

	memcpy(data, &answer, size <= sizeof(answer) ? size : sizeof(answer));
}

const char *
board_complaint(const struct kvm_vcpu *vcpu)
{
	switch (vcpu->arch.pc) {
	case BAD_MAGIC_PC:
		return ("device tree magic rejected");
	case BAD_SECONDARY_PC:
		return ("secondary CPU was told to start somebody");
	case LOGICAL_BAD_PC:
		return ("the hypervisor did not answer");
	default:
		return (NULL);
	}
}

void
board_describe_guest(const struct kvm_vcpu *vcpu, char *text, size_t size)
{
	const char *complaint = board_complaint(vcpu);
	unsigned long pc = vcpu->arch.pc, r3 = vcpu->arch.gpr[3];

	if (complaint != NULL)
		ksnprintf(text, size, "guest %d stuck at 0x%lx, %s (r3=0x%lx)", vcpu->vcpu_id, pc, complaint, r3);
	else
		ksnprintf(text, size, "guest %d %s 0x%lx (r3=0x%lx)", vcpu->vcpu_id, pc == BOOTED_PC ? "has booted, waits at" : "waits at", pc, r3);
}
#else
typedef int not_powerpc;
#endif
