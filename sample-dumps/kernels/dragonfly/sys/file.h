/* Open files. Source: DragonFly, sys/file.h, sys/pipe.h; subsets. */
#ifndef SYS_FILE_H
#define SYS_FILE_H

#include "vm/vm.h"

struct file;

struct fileops {
	int	(*fo_close)(struct file *fp);
};

struct file {
	struct fileops	*f_ops;
	int		f_type;
	u_int		f_flag;
	u_int		f_count;
	void		*f_data;
};

#define NFILES	8
extern struct file file_table[NFILES];

struct file *falloc(int *fd);
int kern_close(int fd);

int sys_pipe(struct trap_frame *frame);
int sys_close(struct trap_frame *frame);
int sys_munmap(struct trap_frame *frame);
int sys_sched_yield(struct trap_frame *frame);
int sys_bigmap(struct trap_frame *frame);
int sys_canary(struct trap_frame *frame);
int sys_user_canary(struct trap_frame *frame);
int sys_ptrace(struct trap_frame *frame);

#endif
