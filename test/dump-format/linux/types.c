/* Types as a kernel has them, for BTF beside DWARF: no atomics, no complex numbers, one dimension to an array. */
struct list_head {
  struct list_head *next, *prev;
};

typedef unsigned char u8;
typedef unsigned int u32;
typedef struct {
  int counter;
} atomic_t;

enum state { RUNNING, SLEEPING = 4, GONE = -2 };

union number {
  unsigned long whole;
  struct {
    u32 low, high;
  };
  double real;
};

struct task;
typedef int (*callback_t)(struct task *, const char *, ...);

struct task {
  struct list_head tasks;
  volatile long state;
  const char *name;
  char comm[16];
  enum state kind;
  unsigned a : 1;
  unsigned b : 3;
  int c : 7;
  unsigned long d : 40;
  _Bool e : 1;
  _Bool flag;
  union number number;
  union {
    int pid;
    struct list_head *node;
  };
  callback_t callback;
  void (*operations[4])(void *);
  struct opaque *opaque;
  atomic_t count;
  short small;
  long long large;
  float real;
  u8 bytes[];
};

struct task first;

int schedule(struct task *task, int how) { return task->callback(task, "", how); }

int main(void) { return schedule(&first, 1); }
