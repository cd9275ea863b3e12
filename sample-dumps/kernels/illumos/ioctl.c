/* The way of an ioctl from the system call to the driver; one function per layer, as in life, so that stacks look as they do. */
#include "sys/cpuvar.h"
#include "sys/cmn_err.h"
#include "sys/proc.h"
#include "sys/system.h"
#include "sys/vmm.h"

static struct cb_ops vmm_cb_ops = { vmm_ioctl };
static struct dev_ops vmm_ops_dev = { "vmm", &vmm_cb_ops };
struct dev_ops *devopsp[NODEV_MAJORS] = { NULL, &vmm_ops_dev };

vnodeops_t spec_vnodeops = { "specfs", spec_ioctl };

/* The one device that processes have open: descriptor 3 of bhyve. */
static vnode_t vmm_vnode = {
	.v_count = 1,
	.v_type = VCHR,
	.v_rdev = makedevice(MAJOR_VMM, 0),
	.v_op = &spec_vnodeops,
	.v_path = "/devices/pseudo/vmm@0:sim",
};
static file_t vmm_file = { .f_flag = 3, .f_vnode = &vmm_vnode, .f_count = 1 };

/* usr/src/uts/common/os/fio.c */
file_t *
getf(int fdes)
{
	return (fdes == 3 ? &vmm_file : NULL);
}

/* usr/src/uts/common/syscall/ioctl.c */
int64_t
ioctl(int fdes, int cmd, intptr_t arg)
{
	file_t *fp = getf(fdes);
	int error, rv = 0;

	if (fp == NULL)
		return (-ENOENT);
	error = fop_ioctl(fp->f_vnode, cmd, arg, fp->f_flag, curproc->p_cred, &rv);
	return (error != 0 ? -error : rv);
}

/* usr/src/uts/common/fs/vnode.c */
int
fop_ioctl(vnode_t *vp, int cmd, intptr_t arg, int flag, struct cred *cr, int *rvalp)
{
	return (vp->v_op->vop_ioctl(vp, cmd, arg, flag, cr, rvalp));
}

/* usr/src/uts/common/fs/specfs/specvnops.c */
int
spec_ioctl(vnode_t *vp, int cmd, intptr_t arg, int mode, struct cred *cr, int *rvalp)
{
	if (vp->v_type != VCHR)
		return (EINVAL);
	return (cdev_ioctl(vp->v_rdev, cmd, arg, mode, cr, rvalp));
}

/* usr/src/uts/common/os/driver.c */
int
cdev_ioctl(dev_t dev, int cmd, intptr_t arg, int mode, struct cred *cr, int *rvalp)
{
	struct cb_ops *cb = devopsp[getmajor(dev)]->devo_cb_ops;

	return (cb->cb_ioctl(dev, cmd, arg, mode, cr, rvalp));
}
