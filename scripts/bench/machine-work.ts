/** What the machine is given to do when its speed is measured. Needs gcc. */
import type { KernelImage } from '../../simulator/machine/machine.ts';
import { buildKernel } from '../../test/support/kernel-image.ts';

/** A list walk with a hash and a multiplication, a scan of bytes, a fill: loads, stores, branches and calls in the mixture of a kernel. */
const work = `typedef unsigned long u64;
struct node { struct node *next; u64 key; unsigned count; };
static struct node nodes[9][256];
static unsigned char buffer[9][4096];
volatile u64 result[9];
void *memset(void *p, int c, u64 n) { unsigned char *q = p; while (n--) *q++ = (unsigned char)c; return p; }
static u64 walk(struct node *n, u64 h)
{
	for (int i = 0; i < 1000; i++, n = n->next) { h = (h ^ n->key) * 0x100000001b3ul; h += n->count++; }
	return h;
}
void kmain(u64 cpu)
{
	for (int i = 0; i < 256; i++)
		nodes[cpu][i] = (struct node){ &nodes[cpu][(i * 7 + 1) & 255], (u64)i * 0x9e3779b97f4a7c15ul, (unsigned)i };
	for (u64 h = 14695981039346656037ul;; result[cpu] = h) {
		h = walk(nodes[cpu], h);
		for (int i = 0; i < 4096; i++) { if (buffer[cpu][i] > 100) h++; else h ^= buffer[cpu][i]; }
		__builtin_memset(buffer[cpu], (int)h, 512);
	}
}
`;
const start =
  '.globl start\nstart: lea stacks(%rip), %rsp; lea 1(%rdi), %rax; shl $12, %rax; add %rax, %rsp; call kmain\n' +
  '.bss\n.balign 4096\nstacks: .skip 4096 * 9\n';

/** The kernel of that work, by gcc's optimisation level (`-Og`). */
export function workKernel(level: string): KernelImage {
  return buildKernel({ assembly: start, c: work, flags: [level] }).image;
}
