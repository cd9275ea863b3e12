/*
 * The structure of the worked shapes of ::print, at the addresses that the shapes have.
 * Compiled, never run.
 */
typedef int pid_t;
typedef unsigned int uint_t;
typedef unsigned int uint32_t;
typedef unsigned char uint8_t;

enum pstate { SIDL = 1, SRUN = 2, SZOMB = 3 };
typedef enum { PF_HELD = 0x1, PF_SYS = 0x10 } pflag_t;
typedef struct mutex { void *_opaque[1]; } kmutex_t;
typedef struct sched_ent { int se_id; uint_t se_flags; } sched_ent_t;

typedef struct simproc {
	char p_name[16];
	pid_t p_pid;
	enum pstate p_state;
	pflag_t p_flags;
	int (*p_entry)();
	char *p_args;
	struct simproc *p_parent;
	kmutex_t p_lock;
	sched_ent_t p_ents[2];
	uint32_t p_mask[4];
	uint8_t p_grid[2][2];
	uint_t p_ready:1;
	char p_tag;
} simproc_t;

int hello_fn(void) { return 0; }

__attribute__((section(".proc"))) simproc_t proc_init = {
	.p_name = "init", .p_pid = 1, .p_state = SRUN, .p_flags = PF_HELD | PF_SYS, .p_entry = hello_fn,
	.p_args = (char *)0xfffffe0012345678, .p_ents = { { 1, 0x10 }, { 2, 0 } }, .p_mask = { 1, 2, 0x30, 0 },
	.p_grid = { { 1, 2 }, { 3, 4 } }, .p_ready = 1, .p_tag = 'A'
};

/* The last structure of its segment is cut off: its second half is in no segment. */
__attribute__((section(".proc.end"))) char proc_cut[0x28] = "cut";

/* Text without a symbol, so that a pointer to it is shown as a number. */
__asm__(".section .args,\"aw\"\n\t.asciz \"init -v\"\n\t.previous");

int main(void) { return 0; }
