/* Linker sets as BSD kernels have them: pointers that the linker gathers, between symbols that it makes. Compiled, never run. */
struct driver { const char *name; int unit; };
static struct driver disk = { "disk", 1 }, tape = { "tape", 2 }, net = { "net", 3 };
#define IN_SET(set, item) \
	static void *const set##_##item __attribute__((section("set_" #set), used)) = &item
IN_SET(drivers, disk);
IN_SET(drivers, tape);
IN_SET(others, net);
extern void *__start_set_drivers[], *__stop_set_drivers[], *__start_set_others[], *__stop_set_others[];
void **const bounds[] = { __start_set_drivers, __stop_set_drivers, __start_set_others, __stop_set_others };
int main(void) { return 0; }
