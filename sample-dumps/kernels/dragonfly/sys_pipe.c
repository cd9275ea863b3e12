/* Pipes, as far as they are memory. Source: DragonFly, kern/sys_pipe.c. */
#include "sys/file.h"

struct pipe {
	char		*pipe_buffer;
	u_int		pipe_state;
	int		open_count;
	char		pipe_pad[112];
};
SIZE_IS(struct pipe, 128);

static int pipe_close(struct file *fp);
static struct fileops pipeops = { pipe_close };

static void
pipeclose(struct pipe *cpipe)
{
	kfree(cpipe);
}

static int
pipe_close(struct file *fp)
{
	struct pipe *cpipe = fp->f_data;

	fp->f_data = NULL;
	pipeclose(cpipe);
	return (0);
}

/** One descriptor for both ends: rax. */
int
sys_pipe(struct trap_frame *frame)
{
	struct pipe *cpipe = kmalloc(sizeof(*cpipe));
	int fd;
	struct file *fp = falloc(&fd);

	cpipe->open_count = 1;
	cpipe->pipe_state = 0;
	fp->f_ops = &pipeops;
	fp->f_data = cpipe;
	frame->rax = (u64)fd;
	return (0);
}
