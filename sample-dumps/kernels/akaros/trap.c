/* Traps and interrupts, the monitor, and panic. Source: akaros, kern/arch/x86/trap.c, kern/src/monitor.c, init.c. */
#include <stdarg.h>
#include "ros/smp.h"

/* What a dump says about the end. */
char panic_message[160];
struct hw_trapframe panic_trapframe;
int panic_core = -1;

#define I_CONSOLE	0x21
#define I_KSCHED	0x22
pid_t console_foreground;	/* gets SIGINT */

void send_posix_signal(pid_t pid, int signal);

void
_panic(const char *file, int line, const char *format, ...)
{
	char text[100];
	va_list arguments;

	cli();
	va_start(arguments, format);
	kvsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	panic_core = (int)core_id();
	ksnprintf(panic_message, sizeof(panic_message), "%s  (%s:%d, from core %d)", text, file, line, panic_core);
	kprintf("kernel panic at %s:%d, from core %d: %s\n", file, line, panic_core, text);
	machine_stop(STOP_PANIC);
}

static void
frame_to_hw_tf(struct hw_trapframe *tf, const struct trap_frame *frame)
{
	*tf = (struct hw_trapframe){
		.tf_gsbase = read_msr(MSR_GS_BASE),
		.tf_rax = frame->rax, .tf_rbx = frame->rbx, .tf_rcx = frame->rcx, .tf_rdx = frame->rdx,
		.tf_rbp = frame->rbp, .tf_rsi = frame->rsi, .tf_rdi = frame->rdi,
		.tf_r8 = frame->r8, .tf_r9 = frame->r9, .tf_r10 = frame->r10, .tf_r11 = frame->r11,
		.tf_r12 = frame->r12, .tf_r13 = frame->r13, .tf_r14 = frame->r14, .tf_r15 = frame->r15,
		.tf_trapno = (uint32_t)frame->vector, .tf_err = (uint32_t)frame->error,
		.tf_rip = frame->rip, .tf_cs = (uint16_t)frame->cs, .tf_rflags = frame->rflags,
		.tf_rsp = frame->rsp, .tf_ss = (uint16_t)frame->ss,
	};
}

static const char *
trapname(uint32_t trapno)
{
	switch (trapno) {
	case T_ILLOP:
		return ("Invalid Opcode");
	case TRAP_GP:
		return ("General Protection");
	case TRAP_PF:
		return ("Page Fault");
	default:
		return ("(unknown trap)");
	}
}

static void
print_trapframe(const struct hw_trapframe *tf)
{
	kprintf("HW TRAP frame at %p on core %d\n", tf, (int)core_id());
	kprintf("  rax  0x%016lx\n  rbx  0x%016lx\n  rcx  0x%016lx\n  rdx  0x%016lx\n", tf->tf_rax, tf->tf_rbx, tf->tf_rcx, tf->tf_rdx);
	kprintf("  trap 0x%08x %s\n", tf->tf_trapno, trapname(tf->tf_trapno));
	kprintf("  err  0x--------%08x\n  rip  0x%016lx\n  cs   0x------------%04x\n", tf->tf_err, tf->tf_rip, tf->tf_cs);
	kprintf("  flag 0x%016lx\n  rsp  0x%016lx\n  ss   0x------------%04x\n", tf->tf_rflags, tf->tf_rsp, tf->tf_ss);
}

/* Nobody types at the monitor of a dead machine: it says that it is there, and returns. */
static void
monitor(struct hw_trapframe *tf)
{
	kprintf("Entering Nanwan's Dungeon on Core %d (Ints on):\nType 'help' for a list of commands.\n", (int)core_id());
	print_trapframe(tf);
}

static void
trap_dispatch(struct hw_trapframe *tf)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();

	if (tf->tf_trapno == T_ILLOP)
		pcpui->__lock_checking_enabled--;
	panic_trapframe = *tf;
	monitor(tf);
	panic("Damn Damn!  Unhandled trap in the kernel!");
}

static void
trap(struct hw_trapframe *tf)
{
	inc_ktrap_depth(this_pcpui_ptr());
	trap_dispatch(tf);
}

/* Interrupts leave what takes locks to a message: the core may hold them. */
static void
__cons_ctrl_c(uint32_t srcid, long a0, long a1, long a2)
{
	(void)srcid, (void)a0, (void)a1, (void)a2;
	send_posix_signal(console_foreground, SIGINT);
}

static void
__ksched_poke(uint32_t srcid, long a0, long a1, long a2)
{
	(void)srcid, (void)a0, (void)a1, (void)a2;
	ksched_reclaim_core();
}

static void
handle_irq(uint64_t vector)
{
	interrupt_done();
	switch (vector) {
	case I_KERNEL_MSG:
		handle_kmsg_ipi();
		break;
	case I_CONSOLE:
		send_kernel_message(core_id(), __cons_ctrl_c, 0, 0, 0, KMSG_ROUTINE);
		break;
	case I_KSCHED:
		send_kernel_message(core_id(), __ksched_poke, 0, 0, 0, KMSG_ROUTINE);
		break;
	default:
		break;	/* I_POKE_CORE: being here is all */
	}
}

/** Called by the shared entry code. */
void
kernel_trap(struct trap_frame *frame)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();
	struct hw_trapframe tf;

	if (trap_from_user(frame)) {
		pcpui->actual_ctx.type = ROS_HW_CTX;
		frame_to_hw_tf(&pcpui->actual_ctx.tf.hw_tf, frame);
		pcpui->cur_ctx = &pcpui->actual_ctx;
		pcpui->cpu_state = CPU_STATE_KERNEL;
		if (frame->vector < 32)
			panic("trap %lu in process %d at 0x%lx", frame->vector, pcpui->cur_proc->pid, frame->rip);
		handle_irq(frame->vector);
		proc_restartcore();
	}
	if (frame->vector >= 32) {
		handle_irq(frame->vector);
		return;
	}
	frame_to_hw_tf(&tf, frame);
	trap(&tf);
}
