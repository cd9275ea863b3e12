/* Search trees for the RB_ macros of sys/tree.h. */
#include "sys/param.h"

struct node {
	void	*left, *right, *parent;
};

static struct node *node_of(void *element, size_t entry) { return ((struct node *)((char *)element + entry)); }
static uint64_t key_of(const void *element, size_t key) { return (*(const uint64_t *)((const char *)element + key)); }

void
rb_insert(void *head, void *element, size_t entry, size_t key)
{
	void **link = head, *parent = NULL;
	struct node *node = node_of(element, entry);

	while (*link != NULL) {
		parent = *link;
		link = key_of(element, key) < key_of(parent, key) ? &node_of(parent, entry)->left : &node_of(parent, entry)->right;
	}
	node->left = node->right = NULL;
	node->parent = parent;
	*link = element;
}

/* Puts `new` (or nothing) where `old` hangs. */
static void
replace(void **root, void *old, void *new, size_t entry)
{
	void *parent = node_of(old, entry)->parent;

	if (parent == NULL)
		*root = new;
	else if (node_of(parent, entry)->left == old)
		node_of(parent, entry)->left = new;
	else
		node_of(parent, entry)->right = new;
	if (new != NULL)
		node_of(new, entry)->parent = parent;
}

void
rb_remove(void *head, void *element, size_t entry)
{
	struct node *node = node_of(element, entry);
	void *next;

	if (node->left == NULL || node->right == NULL) {
		replace(head, element, node->left != NULL ? node->left : node->right, entry);
		return;
	}
	for (next = node->right; node_of(next, entry)->left != NULL;)
		next = node_of(next, entry)->left;
	if (node_of(next, entry)->parent != element) {
		replace(head, next, node_of(next, entry)->right, entry);
		node_of(next, entry)->right = node->right;
		node_of(node->right, entry)->parent = next;
	}
	replace(head, element, next, entry);
	node_of(next, entry)->left = node->left;
	node_of(node->left, entry)->parent = next;
}

void *
rb_lookup_ge(const void *head, uint64_t wanted, size_t entry, size_t key)
{
	void *element = *(void *const *)head, *best = NULL;

	while (element != NULL) {
		if (key_of(element, key) >= wanted) {
			best = element;
			element = node_of(element, entry)->left;
		} else {
			element = node_of(element, entry)->right;
		}
	}
	return (best);
}

void *
rb_lookup(const void *head, uint64_t wanted, size_t entry, size_t key)
{
	void *element = rb_lookup_ge(head, wanted, entry, key);

	return (element != NULL && key_of(element, key) == wanted ? element : NULL);
}
