/* Files, as far as an ioctl needs them. Source: illumos-gate, usr/src/uts/common/sys/{file,vnode,devops}.h; a selection. */
#ifndef _SYS_VNODE_H
#define _SYS_VNODE_H

#include "sys/types.h"

struct vnode;
struct cred;

typedef struct vnodeops {
	const char *vnop_name;
	int (*vop_ioctl)(struct vnode *, int, intptr_t, int, struct cred *, int *);
} vnodeops_t;

typedef enum { VNON, VREG, VDIR, VBLK, VCHR } vtype_t;

typedef struct vnode {
	uint_t	v_flag;
	uint_t	v_count;
	void	*v_data;
	vtype_t	v_type;
	dev_t	v_rdev;
	vnodeops_t *v_op;
	char	*v_path;
} vnode_t;

typedef struct file {
	ushort_t f_flag;
	ushort_t f_flag2;
	vnode_t	*f_vnode;
	struct cred *f_cred;
	uint_t	f_count;
} file_t;

struct cb_ops {
	int (*cb_ioctl)(dev_t, int, intptr_t, int, struct cred *, int *);
};

struct dev_ops {
	const char *devo_name;
	struct cb_ops *devo_cb_ops;
};

#define NODEV_MAJORS	2
#define MAJOR_VMM	1
#define getmajor(dev)	((uint_t)((dev) >> 32))
#define makedevice(major, minor)	((dev_t)(major) << 32 | (minor))

extern struct dev_ops *devopsp[NODEV_MAJORS];
extern vnodeops_t spec_vnodeops;

int fop_ioctl(vnode_t *vp, int cmd, intptr_t arg, int flag, struct cred *cr, int *rvalp);
int spec_ioctl(vnode_t *vp, int cmd, intptr_t arg, int mode, struct cred *cr, int *rvalp);
int cdev_ioctl(dev_t dev, int cmd, intptr_t arg, int mode, struct cred *cr, int *rvalp);
file_t *getf(int fdes);

#endif
