/* The main loop: what was asked for by others is done here. Source: qemu, vl.c of 2012. */
#include "linux/kvm_host.h"
#include "qemu/hw/boards.h"
#include "qemu/sysemu.h"

enum run_state runstate = RUN_STATE_PRELAUNCH;
volatile int reset_requested;

/* Knob: what somebody types at the monitor at once: 1 savevm, 2 savevm and loadvm, 3 system_reset. */
int monitor_command = 0;

static volatile uint32_t main_loop_events;

static void
qemu_notify_event(void)
{
	qemu_cond_broadcast(&main_loop_events);
}

void
qemu_system_reset_request(void)
{
	reset_requested = 1;
	cpu_stop_current();
	SCHEDULE_POINT(reset_requested);
	qemu_notify_event();
}

/* The handlers write env; then env is written to the kernel. */
static void
qemu_system_reset(void)
{
	board_reset();
	SCHEDULE_POINT(reset_handlers_done);
	cpu_synchronize_all_post_reset();
}

static void
main_loop_reset(void)
{
	pause_all_vcpus();
	SCHEDULE_POINT(all_paused);
	cpu_synchronize_all_states();
#ifdef ABORT_OPERATION
	kvm_abort_all_operations();
#endif
	SCHEDULE_POINT(synchronized);
	qemu_system_reset();
	SCHEDULE_POINT(before_resume);
	reset_requested = 0;
	resume_all_vcpus();
}

static void
monitor(void)
{
	if (monitor_command == 0)
		return;
	qemu_mutex_unlock_iothread();
	SCHEDULE_POINT(monitor);
	qemu_mutex_lock_iothread();
	if (monitor_command == 3) {
		qemu_system_reset_request();
	} else {
		do_savevm();
		if (monitor_command == 2)
			do_loadvm();
	}
}

static int
main_loop(void *arg)
{
	(void)arg;
	qemu_mutex_lock_iothread();
	qemu_wait_created();
	SCHEDULE_POINT(booted);
	runstate = RUN_STATE_RUNNING;
	resume_all_vcpus();
	monitor();
	for (;;) {
		if (reset_requested)
			main_loop_reset();
		else
			qemu_cond_wait(&main_loop_events, &qemu_global_mutex);
	}
	return (0);
}

void
qemu_start(void)
{
	create_thread(0, QEMU_PID, QEMU_PID, "qemu-kvm", main_loop, NULL);
	board_init();
}
