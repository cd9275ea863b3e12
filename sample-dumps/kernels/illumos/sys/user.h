/* User programs: position-independent blobs in the image, copied to USER_TEXT of their process. */
#ifndef _SYS_USER_H
#define _SYS_USER_H

#include "sys/types.h"

/** Entry points are offsets from the start. */
extern const uint8_t user_start[], user_end[];
extern const uint8_t user_init[], user_bash[], user_bash_forks[], user_busy[], user_ntpd[];
extern const uint8_t user_bhyve_vcpu[], user_bhyve_memory[];

#endif
