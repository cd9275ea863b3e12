/* Messages, assertions, panic. Source: illumos-gate, usr/src/uts/common/sys/{cmn_err,debug,panic,log,strlog,stream}.h; a selection. */
#ifndef _SYS_CMN_ERR_H
#define _SYS_CMN_ERR_H

#include "sys/types.h"

#define CE_CONT		0
#define CE_NOTE		1
#define CE_WARN		2
#define CE_PANIC	3

void cmn_err(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void vcmn_err(int level, const char *format, va_list arguments);
void panic(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void vpanic(const char *format, va_list arguments) __attribute__((noreturn));
int assfail(const char *assertion, const char *file, int line) __attribute__((noreturn));

#define VERIFY(x)	((void)((x) || assfail(#x, __FILE__, __LINE__)))
#define ASSERT(x)	VERIFY(x)

/* What a panic leaves behind. */
struct _kthread;
struct regs;
extern char *panicstr;
extern struct _kthread *panic_thread;
extern struct regs *panic_regs;
extern hrtime_t panic_hrtime;
extern int panic_quiesce;

#define PANICBUFSIZE	8192
#define PANICBUFVERS	2
#define PANICNVNAMELEN	16

typedef struct panic_nv {
	char	pnv_name[PANICNVNAMELEN];
	uint64_t pnv_value;
} panic_nv_t;

/** Head of panicbuf: registers by name, then the message at `pd_msgoff`. */
typedef struct panic_data {
	uint32_t	pd_version;
	uint32_t	pd_msgoff;
	char		pd_uuid[36 + 1];
	panic_nv_t	pd_nvdata[1];
} panic_data_t;

extern char panicbuf[PANICBUFSIZE];

/* The log: messages in the queue of recent ones, each a log_ctl block followed by its text. */
typedef struct msgb {
	struct msgb	*b_next;
	struct msgb	*b_prev;
	struct msgb	*b_cont;
	uchar_t		*b_rptr;
	uchar_t		*b_wptr;
	struct datab	*b_datap;
} mblk_t;

typedef struct queue {
	struct qinit	*q_qinfo;
	mblk_t		*q_first;
	mblk_t		*q_last;
	struct queue	*q_next;
	void		*q_ptr;
	size_t		q_count;
} queue_t;

typedef struct log_ctl {
	short	mid;
	short	sid;
	char	level;
	short	flags;
	int	ltime;		/* ticks since boot */
	int	ttime;		/* seconds since the epoch */
	int	seq_no;
	int	pri;
} log_ctl_t;

extern queue_t *log_recentq;
void log_init(void);

/** Seconds since the epoch. */
extern time_t hrestime_seconds;

struct utsname {
	char	sysname[65];
	char	nodename[65];
	char	release[65];
	char	version[65];
	char	machine[65];
};
extern struct utsname utsname;

#endif
