/* The message buffer, panic and the trace ring. Source: DragonFly, kern/subr_prf.c, kern_shutdown.c, kern_ktr.c. */
#include "sys/thread.h"

static char msgbuf_text[MSGBUF_SIZE];
static struct msgbuf msgbuf0 = { MSGBUF_MAGIC, MSGBUF_SIZE, 0, 0, msgbuf_text };
struct msgbuf *msgbufp = &msgbuf0;
static struct spinlock msgbuf_spin;

const char *panicstr;
struct thread *panic_thread;
int panic_cpu = -1;
static char panic_text[160];

struct ktr_entry ktr_buf[KTR_ENTRIES];
int ktr_idx;		/* entries written so far */
int ktr_enable;		/* knob */

/** What the kernel says: on the console and in the message buffer. */
void
bsd_kprintf(const char *format, ...)
{
	char text[200];
	va_list arguments;
	uint64_t flags;

	va_start(arguments, format);
	kvsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	kprintf("%s", text);
	flags = interrupts_save();
	spin_lock(&msgbuf_spin);
	for (const char *p = text; *p != '\0'; p++)
		msgbufp->msg_ptr[msgbufp->msg_bufx++ % msgbufp->msg_size] = *p;
	spin_unlock(&msgbuf_spin);
	interrupts_restore(flags);
}

void
panic(const char *format, ...)
{
	va_list arguments;

	cli();
	va_start(arguments, format);
	kvsnprintf(panic_text, sizeof(panic_text), format, arguments);
	va_end(arguments);
	panic_cpu = mycpuid;
	panic_thread = curthread;
	panicstr = panic_text;
	bsd_kprintf("panic: %s\ncpuid = %d\n", panic_text, panic_cpu);
	MACHINE_STOP_HERE(STOP_PANIC);
}

/** Writes an entry when the ring is on. The ring is where to look for order: stamps of two CPUs may be equal. */
void
ktr_log(const char *info, u64 a, u64 b, u64 c, u64 d)
{
	u32 seq;
	struct ktr_entry *entry;

	if (!ktr_enable)
		return;
	seq = (u32)__atomic_fetch_add(&ktr_idx, 1, __ATOMIC_SEQ_CST);
	entry = &ktr_buf[seq % KTR_ENTRIES];
	*entry = (struct ktr_entry){ read_tsc(), (u32)mycpuid, seq, info, { a, b, c, d } };
}
