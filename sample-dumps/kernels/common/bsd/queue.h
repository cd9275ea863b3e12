/* Linked lists with the names and fields of BSD's sys/queue.h, as several of the kernels have them. */
#ifndef BSD_QUEUE_H
#define BSD_QUEUE_H

#define TAILQ_HEAD(name, type)	struct name { struct type *tqh_first; struct type **tqh_last; }
#define TAILQ_ENTRY(type)	struct { struct type *tqe_next; struct type **tqe_prev; }
#define LIST_HEAD(name, type)	struct name { struct type *lh_first; }
#define LIST_ENTRY(type)	struct { struct type *le_next; struct type **le_prev; }
#define STAILQ_HEAD(name, type)	struct name { struct type *stqh_first; struct type **stqh_last; }
#define STAILQ_ENTRY(type)	struct { struct type *stqe_next; }

#define TAILQ_INIT(head)	((head)->tqh_first = NULL, (head)->tqh_last = &(head)->tqh_first)
#define TAILQ_FIRST(head)	((head)->tqh_first)
#define TAILQ_EMPTY(head)	((head)->tqh_first == NULL)
#define TAILQ_NEXT(element, field)	((element)->field.tqe_next)
#define TAILQ_FOREACH(v, head, field)	for ((v) = TAILQ_FIRST(head); (v) != NULL; (v) = TAILQ_NEXT(v, field))
#define LIST_FOREACH(v, head, field)	for ((v) = (head)->lh_first; (v) != NULL; (v) = (v)->field.le_next)

#define TAILQ_INSERT_TAIL(head, element, field) do {		\
	(element)->field.tqe_next = NULL;			\
	(element)->field.tqe_prev = (head)->tqh_last;		\
	*(head)->tqh_last = (element);				\
	(head)->tqh_last = &(element)->field.tqe_next;		\
} while (0)
#define TAILQ_INSERT_HEAD(head, element, field) do {		\
	(element)->field.tqe_next = (head)->tqh_first;		\
	if ((head)->tqh_first != NULL)				\
		(head)->tqh_first->field.tqe_prev = &(element)->field.tqe_next; \
	else							\
		(head)->tqh_last = &(element)->field.tqe_next;	\
	(head)->tqh_first = (element);				\
	(element)->field.tqe_prev = &(head)->tqh_first;		\
} while (0)
#define TAILQ_REMOVE(head, element, field) do {			\
	if ((element)->field.tqe_next != NULL)			\
		(element)->field.tqe_next->field.tqe_prev = (element)->field.tqe_prev; \
	else							\
		(head)->tqh_last = (element)->field.tqe_prev;	\
	*(element)->field.tqe_prev = (element)->field.tqe_next;	\
} while (0)

#define LIST_INSERT_HEAD(head, element, field) do {		\
	(element)->field.le_next = (head)->lh_first;		\
	if ((head)->lh_first != NULL)				\
		(head)->lh_first->field.le_prev = &(element)->field.le_next; \
	(head)->lh_first = (element);				\
	(element)->field.le_prev = &(head)->lh_first;		\
} while (0)
#define LIST_REMOVE(element, field) do {			\
	if ((element)->field.le_next != NULL)			\
		(element)->field.le_next->field.le_prev = (element)->field.le_prev; \
	*(element)->field.le_prev = (element)->field.le_next;	\
} while (0)

#define STAILQ_INIT(head)	((head)->stqh_first = NULL, (head)->stqh_last = &(head)->stqh_first)
#define STAILQ_FIRST(head)	((head)->stqh_first)
#define STAILQ_INSERT_TAIL(head, element, field) do {		\
	(element)->field.stqe_next = NULL;			\
	*(head)->stqh_last = (element);				\
	(head)->stqh_last = &(element)->field.stqe_next;	\
} while (0)
#define STAILQ_REMOVE_HEAD(head, field) do {			\
	if (((head)->stqh_first = (head)->stqh_first->field.stqe_next) == NULL) \
		(head)->stqh_last = &(head)->stqh_first;	\
} while (0)

#endif
