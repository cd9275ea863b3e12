/* Objects: what maps show. Source: DragonFly, vm/vm_object.c. */
#include "vm/vm.h"

struct vm_object_hash vm_object_hash[VMOBJ_HSIZE];
struct vm_object kernel_object;

void
vm_object_init(struct vm_object *object, enum obj_type type, vm_pindex_t size)
{
	struct vm_object_hash *hash = &vm_object_hash[((u64)object >> 8) & (VMOBJ_HSIZE - 1)];

	if (hash->list.tqh_last == NULL)
		TAILQ_INIT(&hash->list);
	object->type = (u_char)type;
	object->size = size;
	object->ref_count = 1;
	object->token.t_desc = "vmobj";
	TAILQ_INSERT_TAIL(&hash->list, object, object_list);
}

struct vm_object *
vm_object_allocate(enum obj_type type, vm_pindex_t size)
{
	struct vm_object *object = heap_allocate(sizeof(*object), 64);

	vm_object_init(object, type, size);
	return (object);
}

/** One more map shows the object. */
void
vm_object_reference(struct vm_object *object)
{
	atomic_add_int(&object->ref_count, 1);
}

/** One map less; the last one takes the object along. */
void
vm_object_deallocate(struct vm_object *object)
{
	struct vm_object_hash *hash = &vm_object_hash[((u64)object >> 8) & (VMOBJ_HSIZE - 1)];

	if (__atomic_sub_fetch(&object->ref_count, 1, __ATOMIC_SEQ_CST) > 0)
		return;
	TAILQ_REMOVE(&hash->list, object, object_list);
	object->type = OBJT_DEAD;
}

void
vm_object_hold(struct vm_object *object)
{
	atomic_add_int(&object->hold_count, 1);
	lwkt_gettoken(&object->token);
}

void
vm_object_drop(struct vm_object *object)
{
	lwkt_reltoken(&object->token);
	atomic_add_int(&object->hold_count, -1);
}

int sloppy_consumer;	/* knob: the remover takes PG_SWAPINPROG for the only interlock */

/* A page under swap I/O is not removed before the I/O is over. */
static int
vm_object_page_remove_callback(struct vm_page *m, struct rb_vm_page_scan_info *info)
{
	(void)info;
	while (m->flags & PG_SWAPINPROG)
		cpu_pause();
	if (!sloppy_consumer)
		vm_page_busy_wait(m, "vmopar");
	SCHEDULE_POINT(remove_page);
	vm_page_free(m);
	return (0);
}

/** Calls back for each page from start_pindex to end_pindex, until one says no. */
void
vm_page_rb_tree_RB_SCAN(struct vm_page_rb_tree *head, int (*callback)(struct vm_page *, struct rb_vm_page_scan_info *),
    struct rb_vm_page_scan_info *info)
{
	struct vm_page *m;
	vm_pindex_t next = info->start_pindex;

	while ((m = RB_LOOKUP_GE(vm_page, head, next, rb_entry, pindex)) != NULL && m->pindex <= info->end_pindex) {
		next = m->pindex + 1;
		if (callback(m, info) < 0)
			break;
	}
}

/** Frees the pages from `start` up to, not including, `end`. */
void
vm_object_page_remove(struct vm_object *object, vm_pindex_t start, vm_pindex_t end)
{
	struct rb_vm_page_scan_info info = { .start_pindex = start, .end_pindex = end - 1, .object = object };

	vm_page_rb_tree_RB_SCAN(&object->rb_memq, vm_object_page_remove_callback, &info);
}
