/* Lists that end and lists that do not, arrays, enums, floats and text. Compiled, never run. */
typedef struct node { struct node *next; int value; char name[8]; } node_t;
struct entry { long key; struct { struct entry *prev, *next; } link; };

node_t three = { 0, 3, "three" }, two = { &three, 2, "two" }, one = { &two, 1, "one" };
extern node_t ring_a;
node_t ring_c = { &ring_a, 30, "c" }, ring_b = { &ring_c, 20, "b" }, ring_a = { &ring_b, 10, "a" };
extern node_t rho_b;
node_t rho_c = { &rho_b, 300, "c" }, rho_b = { &rho_c, 200, "b" }, rho_a = { &rho_b, 100, "a" };
node_t broken_b = { (node_t *)0xdead0000, 2, "bad" }, broken_a = { &broken_b, 1, "a" };

enum state { SIDL = 1, SRUN = 2, SZOMB = 3 };
typedef enum { F_A = 1, F_B = 2, F_C = 0x40 } flag_t;
enum mixed { MINUS = -1, ZERO, ONE };

enum state state = SRUN, odd_state = 7;
flag_t flags = F_A | F_C, no_flags = 0, unknown_flags = F_B | 0x80;
enum mixed mixed = MINUS;
int numbers[4] = { 1, 2, 0x30, 0 };
node_t *heads[3] = { &one, &ring_a, &rho_a };
long big[100] = { 1, 2, 3 };
char empty[8], text[8] = "abc", binary[4] = { 'a', 1, 'b', 0 }, newline[12] = "two\nlines";
float single = 1.5f;
double zero = 0, tiny = 3.9829317e-60, negative = -2.25;
_Bool yes = 1;
unsigned char byte = 0x80;
void *nothing = 0;
char *message = "a message", *unset = 0;
int main(void) { return 0; }
