/* The objects of mdb's tst.bitfields.ksh. Compiled, never run. */
typedef unsigned int uint32_t;
typedef struct broken {
	uint32_t brk_a:3, brk_b:2, brk_c:1, brk_d:1, brk_e:1, brk_f:1, brk_g:3, brk_h:3, brk_i:5, brk_j:4, brk_k:6,
	    brk_l:1, brk_m:1;
} broken_t;
typedef struct broken6461 {
	unsigned short a:1, b:8, c:3, d:2, e:1, f:1;
} broken6461_t;
struct signed_bits { int low:4, high:12; unsigned char byte:8; long rest; };

broken_t first = { 3, 3, 0, 1, 1, 1, 3, 5, 3, 9, 19, 0, 1 };
broken6461_t second = { 1, 2, 0, 0, 1, 0 };
struct signed_bits third = { -3, 100, 0xfe, -1 };

int main(void) { return 0; }
