/*
 * Time that a kernel spends on work that the machine does not execute.
 *
 * A simulated context operator runs thirty instructions where the real one takes seven thousand ticks. A kernel says so with
 * `time_work(ticks)`: the work that began at this CPU's last stamp takes that long. The next `time_stamp` then is exactly that
 * much later (or later still, when the instructions really took longer), whatever the compiler made of the code between.
 */
#ifndef COMMON_TIME_H
#define COMMON_TIME_H

#include <stdint.h>

/** TSC of this CPU, ticks. When declared work is not over yet, its end: the rest is charged first. */
uint64_t time_stamp(void);
/** The work since this CPU's last stamp takes `ticks` in all. Adds up when called again before the next stamp. */
void time_work(uint64_t ticks);
/** The work since this CPU's last stamp ends at `tsc`. */
void time_work_until(uint64_t tsc);

#endif
