/* Search trees with the fields of BSD's sys/tree.h, and the lock that DragonFly's have. */
#ifndef SYS_TREE_H
#define SYS_TREE_H

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
