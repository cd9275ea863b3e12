/* Linked lists in the field names of BSD's queue.h, and trees in those of tree.h. */
#ifndef SYS_QUEUE_H
#define SYS_QUEUE_H

#define TAILQ_HEAD(name, type)	struct name { struct type *tqh_first; struct type **tqh_last; }
#define TAILQ_ENTRY(type)	struct { struct type *tqe_next; struct type **tqe_prev; }
#define LIST_HEAD(name, type)	struct name { struct type *lh_first; }
#define LIST_ENTRY(type)	struct { struct type *le_next; struct type **le_prev; }

#define TAILQ_INIT(head)	((head)->tqh_first = NULL, (head)->tqh_last = &(head)->tqh_first)
#define TAILQ_FIRST(head)	((head)->tqh_first)
#define TAILQ_NEXT(element, field)	((element)->field.tqe_next)
#define TAILQ_FOREACH(v, head, field)	for ((v) = TAILQ_FIRST(head); (v) != NULL; (v) = TAILQ_NEXT(v, field))
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

struct spinlock {
	int	counta;
	const char *descr;
};

/*
 * Search trees ordered by a 64-bit key. The fields are those of tree.h; the trees are never balanced (rbe_color stays 0), which no
 * reader of a dump relies on and which keeps an insertion short.
 */
#define RB_HEAD(name, type)	struct name { struct type *rbh_root; void *rbh_inprog; struct spinlock rbh_spin; }
#define RB_ENTRY(type)		struct { struct type *rbe_left, *rbe_right, *rbe_parent; int rbe_color; }

void rb_insert(void *head, void *element, size_t entry, size_t key);
void rb_remove(void *head, void *element, size_t entry);
/** @return the element with the key, or NULL */
void *rb_lookup(const void *head, uint64_t wanted, size_t entry, size_t key);
/** @return the element with the smallest key that is not below `wanted`, or NULL */
void *rb_lookup_ge(const void *head, uint64_t wanted, size_t entry, size_t key);

#define RB_INSERT(head, element, field, key)	\
	rb_insert((head), (element), offsetof(typeof(*(element)), field), offsetof(typeof(*(element)), key))
#define RB_REMOVE(head, element, field)		rb_remove((head), (element), offsetof(typeof(*(element)), field))
#define RB_LOOKUP(type, head, wanted, field, key)	\
	((struct type *)rb_lookup((head), (wanted), offsetof(struct type, field), offsetof(struct type, key)))
#define RB_LOOKUP_GE(type, head, wanted, field, key)	\
	((struct type *)rb_lookup_ge((head), (wanted), offsetof(struct type, field), offsetof(struct type, key)))

#endif
