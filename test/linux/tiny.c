/* A kernel with the names of Linux and nothing of its code: what the module for Linux reads, and no more. */
typedef unsigned long ulong;
typedef struct {
  int counter;
} atomic_t;
typedef struct {
  long counter;
} atomic_long_t;

struct list_head {
  struct list_head *next, *prev;
};

struct signal_struct {
  struct list_head thread_head;
};

struct thread_struct {
  ulong sp;
};

struct task_struct {
  unsigned __state;
  void *stack;
  int exit_state;
  struct list_head tasks;
  int pid, tgid;
  struct task_struct *real_parent, *group_leader;
  struct list_head thread_node;
  struct signal_struct *signal;
  char comm[16];
  struct thread_struct thread;
};

struct inactive_task_frame {
  ulong r15, r14, r13, r12, bx, bp, ret_addr;
};

struct rq {
  struct task_struct *idle;
};

struct new_utsname {
  char sysname[65], nodename[65], release[65], version[65], machine[65], domainname[65];
};

struct uts_namespace {
  struct new_utsname name;
};

struct elf64_sym {
  unsigned st_name;
  unsigned char st_info, st_other;
  unsigned short st_shndx;
  ulong st_value, st_size;
};

struct mod_kallsyms {
  struct elf64_sym *symtab;
  unsigned num_symtab;
  char *strtab;
};

struct module_layout {
  void *base;
  unsigned size;
};

struct module {
  struct list_head list;
  char name[56];
  struct mod_kallsyms *kallsyms;
  struct module_layout core_layout;
};

struct prb_data_blk_lpos {
  ulong begin, next;
};

struct prb_desc {
  atomic_long_t state_var;
  struct prb_data_blk_lpos text_blk_lpos;
};

struct printk_info {
  ulong seq, ts_nsec;
  unsigned short text_len;
  unsigned char facility, flags : 5, level : 3;
};

struct prb_desc_ring {
  unsigned count_bits;
  struct prb_desc *descs;
  struct printk_info *infos;
  atomic_long_t head_id, tail_id;
};

struct prb_data_ring {
  unsigned size_bits;
  char *data;
};

struct printk_ringbuffer {
  struct prb_desc_ring desc_ring;
  struct prb_data_ring text_data_ring;
};

int schedule(int how) { return how + 1; }
int delay(int how) { return how + 2; }

#define STACK_WORDS 2048

extern struct task_struct init_task, shell, worker, idle;
extern struct list_head modules;

/* What was switched away from: registers, then what schedule() left. */
static struct {
  struct inactive_task_frame frame;
  ulong rest[STACK_WORDS - 7];
} worker_stack = {{15, 14, 13, 12, 3, 0, (ulong)schedule}, {0}};

static struct signal_struct init_signals = {{&init_task.thread_node, &init_task.thread_node}};
static struct signal_struct shell_signals = {{&shell.thread_node, &worker.thread_node}};

struct task_struct init_task = {
    .tasks = {&shell.tasks, &shell.tasks},
    .real_parent = &init_task,
    .group_leader = &init_task,
    .thread_node = {&init_signals.thread_head, &init_signals.thread_head},
    .signal = &init_signals,
    .comm = "swapper/0",
};
struct task_struct shell = {
    .tasks = {&init_task.tasks, &init_task.tasks},
    .pid = 7,
    .tgid = 7,
    .real_parent = &init_task,
    .group_leader = &shell,
    .thread_node = {&worker.thread_node, &shell_signals.thread_head},
    .signal = &shell_signals,
    .comm = "sh\033[2J",
};
struct task_struct worker = {
    .__state = 1,
    .stack = &worker_stack,
    .pid = 8,
    .tgid = 7,
    .real_parent = &init_task,
    .group_leader = &shell,
    .thread_node = {&shell_signals.thread_head, &shell.thread_node},
    .signal = &shell_signals,
    .comm = "worker",
    .thread = {(ulong)&worker_stack},
};
struct task_struct idle = {.group_leader = &idle, .comm = "swapper/1"};

/* Per-CPU areas: current_task is 0x100 bytes into each, runqueues 0x108. */
static ulong area0[64] = {[32] = (ulong)&shell, [33] = (ulong)&init_task};
static ulong area1[64] = {[32] = (ulong)&idle, [33] = (ulong)&idle};
ulong __per_cpu_offset[2] = {(ulong)area0, (ulong)area1};

struct uts_namespace init_uts_ns = {
    {"Linux", "host", "6.1.0-tiny", "#1 SMP", "x86_64", "(none)"}};

#define MODULE_CODE 0xffffffffc0000000
/* A function of 0x40 bytes, one that is called as one of the kernel is, and an offset in a per-CPU area. */
static struct elf64_sym module_symbols[4] = {
    {0},
    {1, 2, 0, 1, MODULE_CODE + 0x10, 0x40},
    {10, 2, 0, 1, MODULE_CODE + 0x50, 0x20},
    {19, 1, 0, 1, 0x40, 8},
};
static char module_names[] = "\0tiny_run\0schedule\0tiny_counter";
static struct mod_kallsyms module_kallsyms = {module_symbols, 4, module_names};
static struct module only = {
    {&modules, &modules}, "tiny_mod", &module_kallsyms, {(void *)MODULE_CODE, 0x2000}};
struct list_head modules = {&only.list, &only.list};

atomic_t panic_cpu = {PANIC_CPU};

/* Four descriptors; the one before the oldest is reused. The third text begins behind the end of the ring and is at its beginning. */
#define WHOLE (2ul << 62)
#define REUSABLE (3ul << 62)
static char text[128] = {
    [0] = 6, [8] = 'P', 'a', 'n', 'i', 'c', '!',
    [64] = 4, [72] = 'B', 'o', 'o', 't', 'e', 'd',
    [88] = 5, [96] = MESSAGE,
};
static struct prb_desc descriptors[4] = {
    {{WHOLE | 4}, {64, 88}},
    {{WHOLE | 5}, {88, 128}},
    {{WHOLE | 6}, {128, 152}},
    {{REUSABLE | 3}, {32, 64}},
};
static struct printk_info infos[4] = {
    {4, 1000, 6, 0, 0, 6},
    {5, 2500000000, MESSAGE_LENGTH, 0, 0, 5},
    {6, 12000001000, 6, 0, 0, 0},
    {3, 0, 0, 0, 0, 0},
};
static struct printk_ringbuffer ring = {
    {2, descriptors, infos, {6}, {3}},
    {7, text},
};
struct printk_ringbuffer *prb = &ring;

/* Types that no variable has. */
struct rq unused_queue;

int _start(void) { return schedule(delay(0)); }
