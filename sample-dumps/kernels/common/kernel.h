/* What the shared code gives to a simulated kernel, and what it wants from it. README.md is the guide. */
#ifndef COMMON_KERNEL_H
#define COMMON_KERNEL_H

#define BOOT_STACK_SIZE	0x4000	/* the lowest page is a guard */
#define KERNEL_WINDOW	0xffffffff80000000	/* physical 0 is mapped here */
#define PAGE_SIZE	0x1000
#define PAGE_SHIFT	12
#define LARGE_PAGE_SIZE	0x200000

/* Selectors. The order is what sysret (STAR) and sysexit (SYSENTER_CS) prescribe. */
#define SELECTOR_KERNEL_CODE	0x08
#define SELECTOR_KERNEL_DATA	0x10
#define SELECTOR_USER_CODE32	0x1b
#define SELECTOR_USER_DATA	0x23
#define SELECTOR_USER_CODE	0x2b
#define SELECTOR_USER_DATA2	0x33	/* what sysexit loads; the same as SELECTOR_USER_DATA */
#define SELECTOR_TSS		0x38

#ifdef __ASSEMBLER__
#define SIM_MAX_CPUS	8
#else

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "cpu.h"
#include "lock.h"
#include "paging.h"
#include "schedule.h"
#include "sim_cpu.h"
#include "time.h"
#include "trap.h"

/* ---- What a kernel defines. ---- */

/** CPU 0, on its boot stack, GDT/IDT/TSS loaded, paging set up, interrupts off. Never returns. */
void kernel_main(void);
/** Every other CPU, the same, after CPU 0 has called `cpus_release`. Never returns. */
void kernel_ap_main(uint32_t cpu);
/**
 * Lines for the text note of a dump, each ended by a newline: `OSRELEASE=5.11`. A line `SYMBOL(cpu)` gets `=` and the address of the
 * symbol when the dump is taken. CRASHTIME, PAGESIZE, BUILD-ID and the configuration are added by the simulator.
 */
extern const char kernel_info[];

/* ---- What the shared code gives. ---- */

/** CPUs of this machine, and bytes of its physical memory. */
extern uint32_t machine_cpus;
extern uint64_t machine_memory;

/** Lets the other CPUs go on to `kernel_ap_main`. */
void cpus_release(void);

/** Stops the machine: the dump is taken. Codes: docs/platform.md, Ports. */
enum stop_code { STOP_CLEAN = 0, STOP_PANIC = 1, STOP_ASSERTION = 2 };
void machine_stop(enum stop_code code) __attribute__((noreturn));
/** The same in place, so that the function that gives up is the innermost frame of the dump. */
#define MACHINE_STOP_HERE(code) \
	do { \
		__asm__ volatile("cli; 1: outb %b0, $0xf4; hlt; jmp 1b" :: "a"(code) : "memory"); \
		__builtin_unreachable(); \
	} while (0)
/** Prints the failed expression and stops the machine. Kernels with a panic of their own define their own ASSERT. */
void assertion_failed(const char *expression, const char *file, int line) __attribute__((noreturn));
#define assert(expression) ((expression) ? (void)0 : assertion_failed(#expression, __FILE__, __LINE__))

/** Text on the console (port 0xe9) and at the end of `console_log`. Formats: %d %i %u %x %p %s %c %%, l, ll, z, 0, -, width. */
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void kvprintf(const char *format, va_list arguments);
/** @return bytes that the whole text needs, without the NUL; writes at most `size` with it */
size_t ksnprintf(char *out, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
size_t kvsnprintf(char *out, size_t size, const char *format, va_list arguments);

/** Everything printed since boot, NUL-terminated; the oldest part goes when it is full. For kernels without a log of their own. */
#define CONSOLE_LOG_SIZE	4096
extern char console_log[CONSOLE_LOG_SIZE];

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size);
/** Copies and always terminates. @return length of `from` */
size_t strlcpy(char *to, const char *from, size_t size);

/** TSS of a CPU: `rsp0` is the stack that a trap from user mode uses. Source: Intel SDM 3, 8.7. */
struct tss {
	uint32_t	reserved0;
	uint64_t	rsp0, rsp1, rsp2;
	uint64_t	reserved1;
	uint64_t	ist[7];
	uint64_t	reserved2;
	uint16_t	reserved3;
	uint16_t	io_map;
} __attribute__((packed));
extern struct tss cpu_tss_table[SIM_MAX_CPUS];
/** Addresses of the descriptor tables that are loaded: a hypervisor needs them for its host state. */
uint64_t gdt_base(uint32_t cpu);
uint64_t idt_base(void);

#endif
#endif
