/* File descriptors. Source: DragonFly, kern/kern_descrip.c. One table for the one process that opens files. */
#include "sys/file.h"

#define EBADF	9

struct file file_table[NFILES];

struct file *
falloc(int *fd)
{
	for (int index = 3; index < NFILES; index++) {
		if (file_table[index].f_count == 0) {
			file_table[index].f_count = 1;
			*fd = index;
			return (&file_table[index]);
		}
	}
	panic("file table is full");
}

static int
fdrop(struct file *fp)
{
	if (--fp->f_count > 0)
		return (0);
	return (fp->f_ops->fo_close(fp));
}

static int
closef(struct file *fp)
{
	return (fdrop(fp));
}

int
kern_close(int fd)
{
	if (fd < 0 || fd >= NFILES || file_table[fd].f_count == 0)
		return (EBADF);
	return (closef(&file_table[fd]));
}

int
sys_close(struct trap_frame *frame)
{
	return (kern_close((int)frame->rdi));
}
