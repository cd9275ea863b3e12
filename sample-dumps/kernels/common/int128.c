/* The helpers of libgcc that gcc calls from freestanding code: 128-bit division and population count. */
typedef unsigned __int128 uint128;

uint128 __udivti3(uint128 dividend, uint128 divisor);
uint128 __umodti3(uint128 dividend, uint128 divisor);
int __popcountdi2(unsigned long value);

/* Bit by bit, as on paper. Division by zero traps, as the processor's does. */
static uint128
divide(uint128 dividend, uint128 divisor, uint128 *remainder)
{
	uint128 quotient = 0, rest = 0;

	if (divisor == 0)
		__builtin_trap();
	for (int bit = 127; bit >= 0; bit--) {
		rest = rest << 1 | (dividend >> bit & 1);
		if (rest >= divisor) {
			rest -= divisor;
			quotient |= (uint128)1 << bit;
		}
	}
	*remainder = rest;
	return (quotient);
}

uint128
__udivti3(uint128 dividend, uint128 divisor)
{
	uint128 remainder;

	return (divide(dividend, divisor, &remainder));
}

uint128
__umodti3(uint128 dividend, uint128 divisor)
{
	uint128 remainder;

	(void) divide(dividend, divisor, &remainder);
	return (remainder);
}

int
__popcountdi2(unsigned long value)
{
	int count = 0;

	for (; value != 0; value &= value - 1)
		count++;
	return (count);
}
