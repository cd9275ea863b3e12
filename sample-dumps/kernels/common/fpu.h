/* FPU state between registers and memory. The caller sees to alignment (64 for xsave, 16 for fxsave) and to CR0.TS. */
#ifndef COMMON_FPU_H
#define COMMON_FPU_H

#include <stdint.h>

#define FXSAVE_SIZE	512
#define XSAVE_SIZE	(512 + 64 + 256)

static inline void fpu_fxsave(void *area) { __asm__ volatile("fxsave64 (%0)" :: "r"(area) : "memory"); }
static inline void fpu_fxrstor(const void *area) { __asm__ volatile("fxrstor64 (%0)" :: "r"(area) : "memory"); }
static inline void fpu_init(void) { __asm__ volatile("fninit" ::: "memory"); }

/** @param mask components: 1 x87, 2 SSE, 4 AVX; XCR0 limits it further */
static inline void fpu_xsave(void *area, uint64_t mask)
{
	__asm__ volatile("xsave64 (%0)" :: "r"(area), "a"((uint32_t)mask), "d"((uint32_t)(mask >> 32)) : "memory");
}

static inline void fpu_xrstor(const void *area, uint64_t mask)
{
	__asm__ volatile("xrstor64 (%0)" :: "r"(area), "a"((uint32_t)mask), "d"((uint32_t)(mask >> 32)) : "memory");
}

static inline uint32_t fpu_mxcsr(void)
{
	uint32_t value;

	__asm__ volatile("stmxcsr %0" : "=m"(value));
	return (value);
}

static inline void fpu_set_mxcsr(uint32_t value) { __asm__ volatile("ldmxcsr %0" :: "m"(value)); }

#endif
