/* The memory that the machine fills with hardware state when a dump is taken. Page aligned: untouched pages stay out of dumps. */
#include "sim_cpu.h"

_Static_assert(sizeof (struct sim_tlbent) == 40 && sizeof (struct sim_sbent) == 24, "documented layouts");
_Static_assert(__builtin_offsetof(struct sim_cpu, cnt_ipi_recv) == 688, "documented layout; additions come after");

#define PAGE_ALIGNED __attribute__((aligned(4096)))

struct sim_cpu sim_cpu[SIM_MAX_CPUS] PAGE_ALIGNED;
struct sim_tlbent sim_tlb[SIM_MAX_CPUS][SIM_MAX_TLB] PAGE_ALIGNED;
struct sim_sbent sim_sb[SIM_MAX_CPUS][SIM_MAX_SB] PAGE_ALIGNED;
struct sim_sbent sim_lb[SIM_MAX_CPUS][SIM_MAX_SB];
struct sim_vmcs sim_vmcs[SIM_MAX_VMCS];
uint32_t sim_vmcs_n;
