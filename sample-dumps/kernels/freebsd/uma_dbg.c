/* Free items hold a pattern, and are looked at before they are handed out again. Source: FreeBSD, vm/uma_dbg.c. */
#include "vm/uma.h"

uint32_t uma_junk = 0xdeadc0de;
int uma_trash;

void
trash_dtor(void *item, int size)
{
	u_long junk = (u_long)uma_junk << 32 | uma_junk;
	u_long words = (u_long)size / sizeof(junk);

	__asm__ volatile("rep stosq" : "+D"(item), "+c"(words) : "a"(junk) : "memory");
}

void
trash_ctor(void *item, int size)
{
	uint32_t *p = item;

	for (int count = size / (int)sizeof(*p); count > 0; count--, p++)
		if (*p != uma_junk)
			panic("Memory modified after free %p(%d) val=%x @ %p", item, size, *p, (void *)p);
}
