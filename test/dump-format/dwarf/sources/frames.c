/* Locals of every shape, calls of every kind: stepped through in gdb and compared value by value. */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))
#define INLINE static inline __attribute__((always_inline))

struct point { int x, y; };
struct pair { long first; struct point point; };
struct bits { unsigned low : 3; int middle : 7; unsigned long high : 40; };
struct node { struct node *next; long key; char name[12]; };
union word { uint64_t whole; uint32_t half[2]; };
enum state { IDLE, BUSY = 3, DONE = 9 };

volatile int sink;
int counter = 5;
static long history[4] = {1, 2, 3, 4};

NOINLINE void stop(void) { __asm__ volatile("nop" ::: "memory"); }

NOINLINE int leaf(int value) {
  static int calls;
  calls++;
  stop();
  return value + calls;
}

INLINE int twice(int value) {
  int doubled = value * 2;
  sink = doubled;
  return doubled;
}

INLINE int squared_sum(int a, int b) {
  int left = twice(a), right = twice(b);
  int total = left * left + right * right;
  sink += total;
  return total;
}

NOINLINE long walk(struct node *head, int limit) {
  long sum = 0;
  for (struct node *each = head; each && limit > 0; each = each->next, limit--) {
    long key = each->key;
    sum += key * (long)strlen(each->name);
    if (key == 3) {
      int key = leaf((int)sum);
      sum -= key;
    }
  }
  return sum;
}

NOINLINE struct pair make_pair(long first, struct point point) {
  struct pair pair = {first, point};
  pair.point.x += squared_sum(point.x, point.y);
  leaf(pair.point.x);
  return pair;
}

NOINLINE int take_pair(struct pair pair, union word word, enum state state, double ratio, float part) {
  struct point copy = pair.point;
  struct bits bits = {.low = (unsigned)copy.x & 7, .middle = -copy.y, .high = (unsigned long)pair.first};
  double scaled = ratio * part + copy.x;
  int result = leaf((int)scaled) + bits.middle + (int)word.half[1] + (int)state;
  sink = bits.low + (int)bits.high;
  return result;
}

NOINLINE long unused_after(long a, long b, long c, long d, long e, long f, long g, long h) {
  long early = a * b + c;
  sink = (int)early;
  leaf(1);
  long late = d + e + f + g + h;
  leaf(2);
  return late;
}

NOINLINE long tail(long depth, long total) {
  if (depth == 0) return leaf((int)total);
  return tail(depth - 1, total + depth);
}

NOINLINE long tail_start(long total) { return tail(2, total); }

NOINLINE unsigned __int128 wide(uint64_t high, uint64_t low) {
  unsigned __int128 value = ((unsigned __int128)high << 64) | low;
  leaf((int)low);
  value += high;
  leaf((int)high);
  return value;
}

NOINLINE int variable_length(int count) {
  int values[count];
  for (int index = 0; index < count; index++) values[index] = index * index;
  leaf(values[count - 1]);
  return values[count / 2];
}

NOINLINE void cold_exit(int code) __attribute__((noreturn, cold));
NOINLINE void cold_exit(int code) {
  leaf(code);
  _exit(code);
}

NOINLINE int split(int value) {
  const int limit = 1000;
  const char *reason = "too large";
  if (__builtin_expect(value > limit, 0)) {
    int excess = value - limit;
    sink = reason[0];
    cold_exit(excess);
  }
  return leaf(value);
}

NOINLINE int recursive(int depth, struct node *node) {
  int here = depth * 10;
  if (depth == 0) return leaf(here);
  struct node local = {node, depth, "local"};
  return recursive(depth - 1, &local) + here + (int)local.key;
}

NOINLINE int by_pointer(int (*function)(int), int argument) {
  int before = argument + 1;
  int after = function(before);
  return after + before;
}

NOINLINE int dynamic_stack(int size) {
  char *space = __builtin_alloca((size_t)size);
  memset(space, 'x', (size_t)size);
  leaf(space[size - 1]);
  return space[0];
}

/* The stack is realigned and arguments are on it: gcc describes the frame by expressions. */
NOINLINE long realigned(long a, long b, long c, long d, long e, long f, long g, long h) {
  int table[16] __attribute__((aligned(64)));
  for (int index = 0; index < 16; index++) table[index] = (int)(a + index);
  leaf(table[(int)g]);
  return table[0] + h;
}

static volatile int handled;
static void handler(int number) {
  int before = handled;
  handled = before + number;
  stop();
}

NOINLINE int raises(int value) {
  int kept = value + 200;
  kill(getpid(), SIGUSR1);
  return kept;
}

int main(int argc, char **argv) {
  struct node third = {0, 3, "three"}, second = {&third, 2, "two"}, first = {&second, 1, "one"};
  struct point point = {argc + 2, argc + 3};
  signal(SIGUSR1, handler);
  long sum = walk(&first, 10);
  struct pair pair = make_pair(sum, point);
  union word word = {.whole = 0x1122334455667788};
  sum += take_pair(pair, word, BUSY, 2.5, 0.5f);
  sum += unused_after(1, 2, 3, 4, 5, 6, 7, 8);
  sum += realigned(1, 2, 3, 4, 5, 6, 7, 8);
  sum += tail_start(sum);
  sum += (long)wide(0x123456789abcdefull, (uint64_t)sum);
  sum += variable_length(argc + 5);
  sum += recursive(3, &first);
  sum += by_pointer(leaf, counter);
  sum += dynamic_stack(argc * 40);
  sum += raises(argc);
  sum += history[argc & 3];
  sum += split(argc);
  split(argc + 5000);
  return (int)sum;
}
