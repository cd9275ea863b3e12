/* The operator's timer: when it fires, all is quiet; it notes what the guest does and takes a dump. */
#include "host/operator.h"
#include "linux/kvm_host.h"
#include "qemu/hw/boards.h"

#define LVT_TSC_DEADLINE	0x40000u	/* Source: Intel SDM 3, 11.5.4.1 */
#define PATIENCE_TICKS		20000000000ull	/* far more than any run needs; idle time is passed over */

char dump_reason[128];

void
operator_start(void)
{
	write_msr(MSR_X2APIC_LVT_TIMER, LVT_TSC_DEADLINE | LOCAL_TIMER_VECTOR);
	write_msr(MSR_TSC_DEADLINE, read_tsc() + PATIENCE_TICKS);
}

void
operator_timer(void)
{
	struct kvm *kvm = vm_list.lh_first;
	int id = kvm->online_vcpus - 1;

	while (id > 0 && board_complaint(kvm->vcpus[id]) == NULL)
		id--;
	board_describe_guest(kvm->vcpus[id], dump_reason, sizeof(dump_reason));
	SCHEDULE_POINT(operator_dump);
	machine_stop(STOP_CLEAN);
}
