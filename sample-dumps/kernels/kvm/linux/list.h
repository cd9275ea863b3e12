/* Lists {first} with entries {next, address of the previous next}. Source: sys/queue.h; the debugger walks them with `::list`. */
#ifndef LINUX_LIST_H
#define LINUX_LIST_H

#define LIST_HEAD(name, type)	struct name { struct type *lh_first; }
#define LIST_ENTRY(type)	struct { struct type *le_next; struct type **le_prev; }
#define LIST_FOREACH(var, head, field) for ((var) = (head)->lh_first; (var) != NULL; (var) = (var)->field.le_next)
#define LIST_INSERT_TAIL(head, elm, field, type) do {	\
	struct type **link = &(head)->lh_first;		\
	while (*link != NULL)				\
		link = &(*link)->field.le_next;		\
	(elm)->field.le_next = NULL;			\
	(elm)->field.le_prev = link;			\
	*link = (elm);					\
} while (0)

#endif
