/* The device of bhyve: ioctls. Source of names: illumos-joyent, usr/src/uts/i86pc/io/vmm/vmm_sol_dev.c. */
#include "sys/proc.h"
#include "sys/vmm.h"

/** Room for the largest structure that an ioctl of this device copies in. */
#define VMM_IOC_BUFSIZE	0x640

static int
vmmdev_do_ioctl(struct vm *vm, int cmd, intptr_t arg, int mode, int *rvalp)
{
	union {
		struct vm_exit exit;
		char room[VMM_IOC_BUFSIZE];
	} data;
	int error;

	switch (cmd) {
	case VM_RUN:
		data.exit = (struct vm_exit){ 0 };
		error = vm_run(vm, (int)arg, &data.exit);
		*rvalp = data.exit.exitcode;
		return (error);
	case VM_MMAP_MEMSEG:
		return (vm_mmap_memseg(vm, (int)arg));
	default:
		return (EINVAL);
	}
}

int
vmm_ioctl(dev_t dev, int cmd, intptr_t arg, int mode, struct cred *cr, int *rvalp)
{
	return (vmmdev_do_ioctl(vmm_vm, cmd, arg, mode, rvalp));
}
