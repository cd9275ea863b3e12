/* The PC: its guest in the BIOS, its ports, its reset. Source: qemu, hw/pc_piix.c, target-i386/helper.c; Intel SDM 3, 10.1. */
#ifndef CONFIG_PPC64
#include "qemu/hw/boards.h"
#include "qemu/hw/pc.h"

/* Knobs. */
int vcpu0_program = 0;		/* what the guest executes first: an index into `programs` */
int vector_is_program = 0;	/* the first instruction after a reset is that of program 0, and the guest is there now */

/* Writes to ports that nobody has. */
uint64_t unassigned_writes;

#define RAM_SIZE	0x100000ul
#define BIOS_SEGMENT	0xf000
#define BIOS_BASE	0xf0000
#define TOP_PAGE	0xfffff000ul	/* the BIOS's last page once more */
#define RESET_BASE	0xffff0000
#define RESET_RIP	0xfff0
#define POST_ENTRY	0xe05b
#define PROGRAM_BASE	0xe100
#define PROGRAM_SIZE	0x10
#define CPU_SIGNATURE	0x663

static const uint8_t reset_vector[] = { 0xea, 0x5b, 0xe0, 0x00, 0xf0 };	/* ljmp f000:e05b */
static const uint8_t post[] = { 0xeb, 0xfe };					/* jmp . */
static const uint8_t programs[][PROGRAM_SIZE] = {
	{ 0xee, 0xeb, 0xfe },						/* out dx,al; jmp . */
	{ 0xec, 0xeb, 0xfe },						/* in al,dx; jmp . */
	{ 0x66, 0x67, 0xa1, 0x20, 0x00, 0xe0, 0xfe, 0xeb, 0xfe },	/* mov eax,[fee00020]; jmp . */
};

static struct kvm *machine;

static void
load_bios(void)
{
	kvm_write_guest(machine, BIOS_BASE + POST_ENTRY, post, sizeof(post));
	for (unsigned int i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		kvm_write_guest(machine, BIOS_BASE + PROGRAM_BASE + i * PROGRAM_SIZE, programs[i], PROGRAM_SIZE);
	if (vector_is_program)
		kvm_write_guest(machine, BIOS_BASE + RESET_RIP, programs[0], 3);
	else
		kvm_write_guest(machine, BIOS_BASE + RESET_RIP, reset_vector, sizeof(reset_vector));
}

static void
x86_cpu_reset(struct qemu_cpu *env)
{
	memset(env->env_gpr, 0, sizeof(env->env_gpr));
	env->env_gpr[VCPU_REGS_RDX] = CPU_SIGNATURE;
	env->env_nip = RESET_RIP;
	env->env_cs_selector = BIOS_SEGMENT;
	env->env_cs_base = RESET_BASE;
	env->env_eflags = 2;
}

/* Long after its start: it resets by the port, or reads a port or its local APIC. */
static void
guest_state(struct qemu_cpu *env)
{
	x86_cpu_reset(env);
	env->env_gpr[VCPU_REGS_RSP] = 0x7000;
	env->env_gpr[VCPU_REGS_RAX] = RESET_VALUE;
	env->env_gpr[VCPU_REGS_RDX] = vcpu0_program == 0 ? RESET_PORT : KEYBOARD_PORT;
	if (!vector_is_program) {
		env->env_nip = PROGRAM_BASE + PROGRAM_SIZE * (uint64_t)vcpu0_program;
		env->env_cs_base = BIOS_BASE;
	}
	env->vcpu_dirty = 1;
}

void
board_init(void)
{
	machine = kvm_create_vm(QEMU_PID, 0, RAM_SIZE, GUEST_RAM);
	kvm_add_memory(machine, TOP_PAGE, PAGE_SIZE, GUEST_RAM + RAM_SIZE - PAGE_SIZE);
	load_bios();
	guest_state(qemu_init_vcpu(0, kvm_vm_ioctl_create_vcpu(machine, 0), 2, QEMU_PID + 1));
}

void
board_reset(void)
{
	for (struct qemu_cpu *env = first_cpu; env != NULL; env = env->next_cpu)
		x86_cpu_reset(env);
}

uint8_t
pc_port_read(uint16_t port)
{
	return (port == KEYBOARD_PORT ? KEYBOARD_STATUS : 0xff);
}

void
pc_port_write(uint16_t port, uint8_t value)
{
	if (port == RESET_PORT && value == RESET_VALUE)
		qemu_system_reset_request();
	else
		unassigned_writes++;
}

void
pc_device_read(uint64_t address, uint8_t *data)
{
	static const uint32_t id = 1 << 24;

	memcpy(data, &id, sizeof(id));
}

const char *
board_complaint(const struct kvm_vcpu *vcpu)
{
	return (vcpu->run->exit_reason == KVM_EXIT_SHUTDOWN ? "triple fault" : NULL);
}

void
board_describe_guest(const struct kvm_vcpu *vcpu, char *text, size_t size)
{
	const char *complaint = board_complaint(vcpu);
	unsigned long rip = vcpu->arch.regs[VCPU_REGS_RIP], base = vcpu->arch.cs_base;

	if (complaint != NULL)
		ksnprintf(text, size, "guest %d has shut down, %s at rip 0x%lx (cs base 0x%lx)", vcpu->vcpu_id, complaint, rip, base);
	else
		ksnprintf(text, size, "guest %d %s rip 0x%lx (cs base 0x%lx)", vcpu->vcpu_id,
		    rip == POST_ENTRY ? "has booted, waits at" : "waits at", rip, base);
}
#else
typedef int not_x86;
#endif
