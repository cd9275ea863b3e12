/* Messages: to the console, and into the queue that ::msgbuf shows. */
#include "sys/cmn_err.h"

#define LOG_MESSAGES	64
#define LOG_TEXT	128

/* A message and its two blocks: nothing has to be allocated while the kernel panics. */
static struct log_message {
	mblk_t		lm_control;
	mblk_t		lm_text;
	log_ctl_t	lm_ctl;
	char		lm_buffer[LOG_TEXT];
} log_messages[LOG_MESSAGES];
static int log_used;

static queue_t log_recent;
queue_t *log_recentq;
static struct spin_lock log_lock;

time_t hrestime_seconds = 1586974800;	/* 2020-04-15T18:20:00Z */

void
log_init(void)
{
	log_recentq = &log_recent;
}

/* Takes the oldest message when all are in use. */
static struct log_message *
log_message_get(void)
{
	struct log_message *message;

	if (log_used < LOG_MESSAGES)
		return (&log_messages[log_used++]);
	message = (struct log_message *)log_recentq->q_first;
	log_recentq->q_first = message->lm_control.b_next;
	log_recentq->q_first->b_prev = NULL;
	return (message);
}

static void
log_enter(const char *text, size_t length)
{
	static int sequence;
	struct log_message *message;
	mblk_t *control;

	spin_enter(&log_lock);
	message = log_message_get();
	control = &message->lm_control;
	(void) strlcpy(message->lm_buffer, text, LOG_TEXT);
	message->lm_ctl = (log_ctl_t){ .ttime = (int)hrestime_seconds, .seq_no = ++sequence };
	message->lm_text = (mblk_t){
		.b_rptr = (uchar_t *)message->lm_buffer,
		.b_wptr = (uchar_t *)message->lm_buffer + length + 1,
	};
	*control = (mblk_t){
		.b_prev = log_recentq->q_last,
		.b_cont = &message->lm_text,
		.b_rptr = (uchar_t *)&message->lm_ctl,
		.b_wptr = (uchar_t *)(&message->lm_ctl + 1),
	};
	if (log_recentq->q_last != NULL)
		log_recentq->q_last->b_next = control;
	else
		log_recentq->q_first = control;
	log_recentq->q_last = control;
	log_recentq->q_count += length;
	spin_exit(&log_lock);
}

void
vcmn_err(int level, const char *format, va_list arguments)
{
	static const char *const prefixes[] = { "", "NOTICE: ", "WARNING: ", "" };
	char text[LOG_TEXT];
	size_t used = ksnprintf(text, sizeof (text), "%s", prefixes[level]);
	uint64_t flags;

	used += kvsnprintf(text + used, sizeof (text) - used, format, arguments);
	if (used >= sizeof (text))
		used = sizeof (text) - 1;
	flags = interrupts_save();
	log_enter(text, used);
	interrupts_restore(flags);
	kprintf("%s\n", text);
}

void
cmn_err(int level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vcmn_err(level, format, arguments);
	va_end(arguments);
}
