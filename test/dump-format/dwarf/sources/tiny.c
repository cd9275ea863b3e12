/* As little as makes gcc write every section: for truncations and mutations. */
struct item { struct item *next; int kind : 4; union { long number; char text[8]; }; };
typedef struct item item_t;
enum mode { OFF, ON = 7 };
enum mode mode;
volatile int sink;

static inline int add(int a, int b) { int sum = a + b; sink = sum; return sum; }
__attribute__((noinline)) int leaf(int value) { sink = value; return value * 2; }

__attribute__((noinline)) long work(item_t *list, int count) {
  long total = 0;
  for (item_t *each = list; each; each = each->next) {
    int here = add(each->kind, count);
    total += leaf(here);
  }
  if (total > 100) __builtin_trap();
  return total + count;
}

int main(int argc, char **argv) {
  item_t item = {0, argc, {.number = 5}};
  return (int)work(&item, argc);
}
