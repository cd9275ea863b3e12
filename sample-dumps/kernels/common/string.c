/* Memory and string functions; gcc calls the first four by itself. */
#include "kernel.h"

void *
memcpy(void *to, const void *from, size_t size)
{
	void *target = to;
	size_t words = size / 8, rest = size % 8;

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) :: "memory");
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) :: "memory");
	return (target);
}

void *
memmove(void *to, const void *from, size_t size)
{
	uint8_t *target = to;
	const uint8_t *source = from;

	if (target <= source || target >= source + size)
		return (memcpy(to, from, size));
	while (size-- > 0)
		target[size] = source[size];
	return (to);
}

void *
memset(void *to, int byte, size_t size)
{
	void *target = to;
	uint64_t pattern = 0x0101010101010101ull * (uint8_t)byte;
	size_t words = size / 8, rest = size % 8;

	__asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(pattern) : "memory");
	return (target);
}

int
memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *left = a, *right = b;

	for (size_t index = 0; index < size; index++) {
		if (left[index] != right[index])
			return (left[index] - right[index]);
	}
	return (0);
}

size_t
strlen(const char *text)
{
	size_t length = 0;

	while (text[length] != '\0')
		length++;
	return (length);
}

int
strcmp(const char *a, const char *b)
{
	return (strncmp(a, b, SIZE_MAX));
}

int
strncmp(const char *a, const char *b, size_t size)
{
	for (size_t index = 0; index < size; index++) {
		if (a[index] != b[index] || a[index] == '\0')
			return ((uint8_t)a[index] - (uint8_t)b[index]);
	}
	return (0);
}

size_t
strlcpy(char *to, const char *from, size_t size)
{
	size_t length = strlen(from);

	if (size > 0) {
		size_t copied = length < size ? length : size - 1;

		memcpy(to, from, copied);
		to[copied] = '\0';
	}
	return (length);
}
