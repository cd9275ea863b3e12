/* Every kind of C type that gcc describes, for comparison with gdb. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum color { RED, GREEN = 5, BLUE = 200 };
enum sign { NEGATIVE = -3, ZERO = 0, LARGE = 0x7fffffff };
enum wide { WIDE_LOW = 1, WIDE_HIGH = 0xffffffff00000000ull };
enum __attribute__((packed)) small { SMALL_ONE = 1, SMALL_MAX = 255 };

struct opaque;
struct forward;
typedef struct forward forward_t;
typedef int (*callback_t)(struct forward *, const char *, ...);
typedef void unprototyped_t();
typedef int matrix_t[3][4];
typedef const volatile unsigned long *cv_pointer_t;
typedef enum { ANON_A = 7, ANON_B } anonymous_enum_t;
typedef struct { int x, y; } point_t;
typedef void *void_pointer_t;
typedef void plain_void_t;

union number {
  uint8_t bytes[8];
  uint64_t whole;
  float real;
  double long_real;
  struct { uint32_t low, high; } halves;
};

struct bits {
  unsigned a : 1;
  unsigned b : 3;
  int c : 7;
  unsigned long d : 40;
  bool e : 1;
  unsigned : 0;
  enum color f : 9;
  unsigned char g : 4, h : 4;
  short i : 11;
  long long j : 63;
};

struct __attribute__((packed)) packed_bits {
  char lead;
  unsigned a : 5;
  unsigned b : 13;
  unsigned long c : 47;
  int tail;
};

struct forward {
  struct forward *next, **link;
  struct opaque *opaque;
  callback_t callback;
  void (*operations[4])(struct forward *, void (*)(int));
  union {
    int inner_int;
    struct {
      short deep_short;
      char deep_text[3];
    };
    union number number;
  };
  const char *const name;
  volatile int *volatile counter;
  int *restrict restricted;
  _Atomic int atomic;
  _Complex double complex;
  long double extended;
  __int128 huge;
  unsigned __int128 unsigned_huge;
  bool flag;
  signed char signed_char;
  wchar_t wide_char;
  matrix_t matrix;
  int cube[2][3][4];
  struct bits bit_array[2];
  enum sign sign;
  anonymous_enum_t anonymous;
  point_t points[5];
  char empty_array[0];
  struct {} empty_struct;
  int flexible[];
};

struct aligned {
  char first;
  int second __attribute__((aligned(64)));
};

typedef int vector_t __attribute__((vector_size(16)));

struct forward *forward_pointer;
struct bits bits;
struct packed_bits packed_bits;
union number number;
enum color color = GREEN;
enum sign sign = NEGATIVE;
enum wide wide = WIDE_HIGH;
enum small small = SMALL_MAX;
anonymous_enum_t anonymous;
forward_t *forward_typedef;
unprototyped_t *unprototyped;
cv_pointer_t cv_pointer;
struct aligned aligned_object;
vector_t vector;
void_pointer_t void_pointer;
const void *const_void_pointer;
plain_void_t *plain_void;
extern int incomplete_array[];
int incomplete_array[17];
static const unsigned short table[] = {1, 2, 3};
int global_initialised = 42;
static int hidden = 43;
const char *text = "text";
double (*math)(double, float);

struct shared_by_two_units { int first; long second; };
extern struct defined_elsewhere *elsewhere;
extern int defined_in_other_unit;
struct holds_elsewhere { struct defined_elsewhere *pointer; } holds;

static int helper(int argument) { return argument + hidden + table[0]; }

int uses_everything(struct shared_by_two_units *shared) {
  extern int defined_in_other_unit;
  struct local_to_function { int a; } local = {helper(1)};
  return local.a + (int)shared->second + defined_in_other_unit + (elsewhere != 0) + forward_pointer->flexible[0];
}
