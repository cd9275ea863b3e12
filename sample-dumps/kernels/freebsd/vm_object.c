/* Objects: what is mapped. Source: FreeBSD, vm/vm_object.c, vnode_pager.c, kern/vfs_subr.c. */
#include "vm/vm.h"

struct vm_object *
vm_object_allocate(enum obj_type type, vm_pindex_t size)
{
	struct vm_object *object = uma_zalloc_arg(object_zone);

	memset(object, 0, sizeof(*object));
	TAILQ_INIT(&object->memq);
	object->size = size;
	object->ref_count = 1;
	object->type = (u_char)type;
	return (object);
}

/** The page at an index, or NULL. */
struct vm_page *
vm_object_page(struct vm_object *object, vm_pindex_t pindex)
{
	struct vm_page *m;

	TAILQ_FOREACH(m, &object->memq, listq)
		if (m->pindex == pindex)
			return (m);
	return (NULL);
}

/** With the last use of a file its inode may go, and that is I/O. */
void
vrele(struct vnode *vp)
{
	SCHEDULE_POINT(vrele);
	vp->v_usecount--;
}

void
vm_object_deallocate(struct vm_object *object)
{
	struct vm_page *m;

	if (__atomic_fetch_sub(&object->ref_count, 1, __ATOMIC_RELAXED) != 1)
		return;
	while ((m = TAILQ_FIRST(&object->memq)) != NULL)
		vm_page_free(m);
	object->type = OBJT_DEAD;
	if (object->handle != NULL)
		vrele(object->handle);
	uma_zfree(object_zone, object);
}
