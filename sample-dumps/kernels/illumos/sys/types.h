/* Types that all of illumos uses. Source: illumos-gate, usr/src/uts/common/sys/types.h. */
#ifndef _SYS_TYPES_H
#define _SYS_TYPES_H

#include "kernel.h"

typedef unsigned char	uchar_t;
typedef unsigned short	ushort_t;
typedef unsigned int	uint_t;
typedef unsigned long	ulong_t;
typedef char		*caddr_t;
typedef long long	hrtime_t;
typedef short		pri_t;
typedef int		id_t;
typedef int		pid_t;
typedef int		uid_t;
typedef int		processorid_t;
typedef long		clock_t;
typedef long		time_t;
typedef ulong_t		dev_t;
typedef uint64_t	kt_did_t;
typedef enum { B_FALSE, B_TRUE } boolean_t;

/** Saved context of a thread that is not on a CPU: pc, sp, then rbp rbx r12 r13 r14 r15. */
typedef struct _label_t { long val[8]; } label_t;
#define LABEL_PC	0
#define LABEL_SP	1

typedef struct { uint_t __sigbits[3]; } k_sigset_t;

#define EINVAL	22
#define ENXIO	6
#define ENOSYS	89
#define ENOENT	2

#endif
