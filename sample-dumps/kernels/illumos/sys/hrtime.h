/* Unscaled time: ticks of the TSC. Source: illumos-gate, usr/src/uts/common/sys/time.h. */
#ifndef _SYS_HRTIME_H
#define _SYS_HRTIME_H

#include "sys/types.h"

/** Ticks of the TSC of this CPU, work that the machine does not execute included (common/time.h). */
static inline hrtime_t gethrtime_unscaled(void) { return ((hrtime_t)time_stamp()); }

#endif
