/* Who takes the dump: somebody at the host who looks after the guest once everything is quiet. */
#ifndef HOST_OPERATOR_H
#define HOST_OPERATOR_H

/** Why the dump was taken. */
extern char dump_reason[128];

/** Arms the timer of this CPU. */
void operator_start(void);
/** The timer has fired: notes what guest 0 does, and stops the machine for a dump. */
void operator_timer(void);

#endif
