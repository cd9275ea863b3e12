/*
 * The smallest kernel that the fuzzers of debug information and of memory need: one of each kind of type, lists, a tree, a
 * thread, an inlined call, locals in registers. What the images beside it were built from; `build.sh` says how.
 */
typedef unsigned long ulong_t;
typedef unsigned char uint8_t;
enum color { RED, GREEN = 5, BLUE = -1 };
union word { ulong_t all; uint8_t bytes[8]; struct { unsigned low : 5, high : 3; } bits; };
struct node {
	struct node *next, **back;
	enum color color;
	union word word;
	const char *name;
	void (*call)(struct node *, int, ...);
	struct { struct node *left, *right; } tree;
	char text[8];
};
typedef struct { ulong_t val[8]; } label_t;
struct ctxop { void (*save_op)(void *), (*restore_op)(void *); void *arg; struct ctxop *next, *prev; long save_ts, restore_ts; };
typedef struct proc { struct proc *p_next; struct kthread *p_tlist; struct { char u_comm[17]; } p_user; } proc_t;
typedef struct kthread {
	struct kthread *t_next, *t_forw;
	label_t t_pcb;
	struct ctxop *t_ctx;
	proc_t *t_procp;
	void *t_lwp;
	int t_tid, t_state;
	void (*t_startpc)(void);
} kthread_t;
typedef struct cpu { int cpu_id; kthread_t *cpu_thread; } cpu_t;
struct utsname { char sysname[8], nodename[8], release[8], version[8], machine[8]; };
struct sim_cpu { ulong_t cr0, cr2, cr3, cr4; };

struct sim_cpu sim_cpu[1] = { { 0x80010033, 0, 0x1000, 0x20 } };
struct node nodes[3] = {
	{ nodes + 1, 0, RED, { 0x1234 }, "first", 0, { nodes + 1, nodes + 2 }, "one" },
	{ nodes + 2, &nodes[0].next, GREEN, { 5 }, "second", 0, { 0, 0 }, "two" },
	{ 0, &nodes[1].next, BLUE, { ~0ul }, "third", 0, { 0, 0 }, "three" },
};
extern struct ctxop ctxop;
struct ctxop older = { 0, 0, nodes, 0, &ctxop, 7, 9 };
struct ctxop ctxop = { 0, 0, nodes, &older, 0, 6, 8 };
void main(void);
extern kthread_t t1;
proc_t p0 = { 0, &t1, { "init" } };
kthread_t t0 = { &t1, &t0, { { 0 } }, &ctxop, 0, 0, 0, 4, 0 };
kthread_t t1 = { &t0, &t1, { { (ulong_t)main, 0xffffffff80200018, 0xffffffff80200040 } }, &ctxop, &p0, 0, 1, 1, 0 };
cpu_t cpu0 = { 0, &t0 };
cpu_t *cpu[1] = { &cpu0 };
proc_t *practive = &p0;
struct utsname utsname = { "SunOS", "tiny", "5.11", "tiny-1", "i86pc" };
const char *panicstr = "it broke";

static inline ulong_t
count(const struct node *node, ulong_t sum)
{
	for (; node; node = node->next)
		sum += node->word.all;
	return (sum);
}

__attribute__((noinline, noclone)) ulong_t
walk(struct node *first, int depth)
{
	ulong_t sum = count(first, depth);
	struct node local = *first;

	__asm__ volatile("" : : "r"(&local) : "memory");
	return (sum + local.word.bits.low);
}

__attribute__((noinline, noclone)) void
panic(const char *message)
{
	panicstr = message;
	__asm__ volatile("hlt");
}

void
main(void)
{
	ulong_t sum = walk(nodes, 3);

	if (sum & 1)
		panic("odd");
}
