/*
 * A kernel whose every name is the beginning of another: `hostile-dump.ts` writes hostile text over what follows `x_`. Built by
 * build.sh beside it, so that the test needs no compiler.
 */
#define N(what) x_##what##_________________________________________________________
typedef unsigned long N(typedef);
enum N(enum) { N(enumerator) = 1, N(other) };
struct N(record) {
	struct N(record) *N(next);
	enum N(enum) N(kind);
	N(typedef) N(value);
	union N(union) { long N(low); char *N(text); } N(nested);
	char *N(string);
	char N(characters)[64];
	void (*N(call))(struct N(record) *);
};

/* A string of a megabyte lies there: see hostile-dump.ts. */
#define CONTENTS "x_contents_________________________________________________"
#define LONG ((char *)0xffffffff90000000)

void N(function)(struct N(record) *N(parameter));

/* To itself, round three, and three in front of a ring of two. */
struct N(record) N(self) = { &N(self), N(enumerator), 1, { 1 }, LONG, CONTENTS, N(function) };
struct N(record) N(ring)[3] = {
	{ N(ring) + 1, N(other), 1, { 1 }, LONG, CONTENTS, 0 },
	{ N(ring) + 2, N(other), 2, { 2 }, LONG, CONTENTS, 0 },
	{ N(ring), N(other), 3, { 3 }, LONG, CONTENTS, 0 },
};
struct N(record) N(rho)[4] = {
	{ N(rho) + 1, N(other), 1, { 1 }, LONG, CONTENTS, 0 },
	{ N(rho) + 2, N(other), 2, { 2 }, LONG, CONTENTS, 0 },
	{ N(rho) + 3, N(other), 3, { 3 }, LONG, CONTENTS, 0 },
	{ N(rho) + 2, N(other), 4, { 4 }, LONG, CONTENTS, 0 },
};

__attribute__((noinline, noclone)) void
N(function)(struct N(record) *N(parameter))
{
	N(typedef) N(local) = N(parameter)->N(value);

	__asm__ volatile("hlt" : : "r"(N(local)) : "memory");
}

void
main(void)
{
	N(function)(&N(self));
}
