/* Formatted text to the console port and to a log in memory. */
#include "kernel.h"

char console_log[CONSOLE_LOG_SIZE];
static size_t console_log_used;
static struct spin_lock console_lock;

struct sink {
	char	*out;
	size_t	size;
	size_t	used;	/* bytes that the whole text needs */
};

struct directive {
	bool	is_left, is_zero, is_long;
	int	width;
};

static void
put(struct sink *sink, char character)
{
	if (sink->used + 1 < sink->size)
		sink->out[sink->used] = character;
	sink->used++;
}

static void
put_padded(struct sink *sink, const struct directive *directive, const char *text, size_t length)
{
	size_t width = (size_t)directive->width;

	for (size_t column = length; !directive->is_left && column < width; column++)
		put(sink, directive->is_zero ? '0' : ' ');
	for (size_t index = 0; index < length; index++)
		put(sink, text[index]);
	for (size_t column = length; directive->is_left && column < width; column++)
		put(sink, ' ');
}

static void
put_number(struct sink *sink, const struct directive *directive, uint64_t value, unsigned base, bool is_negative)
{
	char digits[24];
	size_t start = sizeof (digits);

	do {
		digits[--start] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	if (is_negative)
		digits[--start] = '-';
	put_padded(sink, directive, digits + start, sizeof (digits) - start);
}

static void
put_signed(struct sink *sink, const struct directive *directive, int64_t value)
{
	put_number(sink, directive, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, value < 0);
}

/* A va_list that functions can hand on: an array type decays when it is a parameter. */
struct arguments {
	va_list	list;
};

static void
put_conversion(struct sink *sink, const struct directive *directive, char letter, struct arguments *arguments)
{
	const char *text;
	char character;

	switch (letter) {
	case 'd':
	case 'i':
		put_signed(sink, directive, directive->is_long ? va_arg(arguments->list, long) : va_arg(arguments->list, int));
		break;
	case 'u':
	case 'x':
		put_number(sink, directive, directive->is_long ? va_arg(arguments->list, unsigned long) :
		    va_arg(arguments->list, unsigned int), letter == 'u' ? 10 : 16, false);
		break;
	case 'p':
		put_number(sink, directive, (uint64_t)va_arg(arguments->list, void *), 16, false);
		break;
	case 's':
		text = va_arg(arguments->list, const char *);
		text = text == NULL ? "(null)" : text;
		put_padded(sink, directive, text, strlen(text));
		break;
	case 'c':
		character = (char)va_arg(arguments->list, int);
		put_padded(sink, directive, &character, 1);
		break;
	default:
		put(sink, letter);
	}
}

size_t
kvsnprintf(char *out, size_t size, const char *format, va_list list)
{
	struct sink sink = { out, size, 0 };
	struct arguments arguments;

	va_copy(arguments.list, list);
	for (; *format != '\0'; format++) {
		struct directive directive = { false, false, false, 0 };

		if (*format != '%') {
			put(&sink, *format);
			continue;
		}
		format++;
		for (; *format == '-' || *format == '0'; format++) {
			directive.is_left |= *format == '-';
			directive.is_zero |= *format == '0';
		}
		for (; *format >= '0' && *format <= '9'; format++)
			directive.width = directive.width * 10 + (*format - '0');
		for (; *format == 'l' || *format == 'z'; format++)
			directive.is_long = true;
		if (*format == '\0')
			break;
		put_conversion(&sink, &directive, *format, &arguments);
	}
	va_end(arguments.list);
	if (size > 0)
		out[sink.used < size ? sink.used : size - 1] = '\0';
	return (sink.used);
}

size_t
ksnprintf(char *out, size_t size, const char *format, ...)
{
	va_list arguments;
	size_t used;

	va_start(arguments, format);
	used = kvsnprintf(out, size, format, arguments);
	va_end(arguments);
	return (used);
}

static void
console_put(const char *text, size_t length)
{
	for (size_t index = 0; index < length; index++)
		out8(0xe9, (uint8_t)text[index]);
	if (console_log_used + length >= CONSOLE_LOG_SIZE) {
		size_t kept = console_log_used / 2;

		memmove(console_log, console_log + console_log_used - kept, kept);
		memset(console_log + kept, 0, CONSOLE_LOG_SIZE - kept);
		console_log_used = kept;
	}
	memcpy(console_log + console_log_used, text, length);
	console_log_used += length;
}

void
kvprintf(const char *format, va_list arguments)
{
	char text[256];
	size_t used = kvsnprintf(text, sizeof (text), format, arguments);
	uint64_t flags = interrupts_save();

	spin_enter(&console_lock);
	console_put(text, used < sizeof (text) ? used : sizeof (text) - 1);
	spin_exit(&console_lock);
	interrupts_restore(flags);
}

void
kprintf(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	kvprintf(format, arguments);
	va_end(arguments);
}
