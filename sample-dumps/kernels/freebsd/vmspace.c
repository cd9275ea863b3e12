/* The life of an address space, and the ways of dropping the last reference. Source: FreeBSD, vm/vm_map.c, before and after r367334; review D26923. */
#include "sys/ktr.h"
#include "vm/vm.h"
#include "sys/refcount.h"

struct vmspace vmspace0;
static struct uma_zone vmspace_zone_store;
uma_zone_t vmspace_zone;

/** Address space 0: the kernel's own page tables, nothing of a user's. It never goes. */
void
vmspace_init(void)
{
	vmspace_zone = uma_zcreate(&vmspace_zone_store, "vmspace_zone", sizeof(struct vmspace), 8);
	vmspace_zone->uz_trash = uma_trash != 0;
	vm_map_init(&vmspace0.vm_map, vmspace_pmap(&vmspace0));
	pmap_pinit0(vmspace_pmap(&vmspace0));
	vmspace0.vm_refcnt = 1;
}

struct vmspace *
vmspace_alloc(void)
{
	struct vmspace *vm = uma_zalloc_arg(vmspace_zone);

	memset(vm, 0, sizeof(*vm));
	vm_map_init(&vm->vm_map, vmspace_pmap(vm));
	pmap_pinit(vmspace_pmap(vm));
	vm->vm_refcnt = 1;
	return (vm);
}

/* Private memory: copied at once, where the real kernel waits for the first write. */
static void
vmspace_copy_entry(struct vmspace *vm, struct vm_map_entry *entry)
{
	struct vm_object *object = vm_object_allocate(OBJT_DEFAULT, entry->object->size);
	struct vm_page *m, *copy;

	vm_map_insert(&vm->vm_map, object, entry->start, entry->end, entry->protection);
	TAILQ_FOREACH(m, &entry->object->memq, listq) {
		copy = vm_page_alloc(object, m->pindex);
		memcpy((void *)PHYS_TO_DMAP(copy->phys_addr), (void *)PHYS_TO_DMAP(m->phys_addr), PAGE_SIZE);
		pmap_enter(vmspace_pmap(vm), entry->start + (m->pindex << PAGE_SHIFT), copy, entry->protection);
	}
}

/** A copy for a new process. What can't be written to is shared. */
struct vmspace *
vmspace_fork(struct vmspace *parent)
{
	struct vmspace *vm = vmspace_alloc();
	struct vm_map_entry *entry;

	vm_map_lock(&parent->vm_map);
	for (entry = parent->vm_map.header.next; entry != NULL; entry = entry->next) {
		if (entry->protection & VM_PROT_WRITE) {
			vmspace_copy_entry(vm, entry);
			continue;
		}
		__atomic_fetch_add(&entry->object->ref_count, 1, __ATOMIC_RELAXED);
		vm_map_insert(&vm->vm_map, entry->object, entry->start, entry->end, entry->protection)->offset = entry->offset;
		pmap_copy(vmspace_pmap(vm), vmspace_pmap(parent), entry->start, entry->end);
	}
	vm_map_unlock(&parent->vm_map);
	return (vm);
}

void
vmspace_dofree(struct vmspace *vm)
{
	CTR1(KTR_VM, "vmspace_dofree: %p", vm);
	SCHEDULE_POINT(dofree);
	shmexit(vm);
	vm_map_remove(&vm->vm_map, vm->vm_map.header.start, vm->vm_map.header.end);
	pmap_release(vmspace_pmap(vm));
	vm->vm_map.pmap = NULL;
	uma_zfree(vmspace_zone, vm);
	SCHEDULE_POINT(vmspace_freed);
}

#ifdef OLD_REFCNT

void
vmspace_free(struct vmspace *vm)
{
	CTR2(KTR_VM, "vmspace_free: %p refs %d", vm, vm->vm_refcnt);
	if (vm->vm_refcnt == 0)
		panic("vmspace_free: attempt to free already freed vmspace");
	vmspace_fence_rel();
	if (atomic_fetchadd_int(&vm->vm_refcnt, -1) == 1) {
		vmspace_fence_acq();
		vmspace_dofree(vm);
	}
}

#else

void
vmspace_free(struct vmspace *vm)
{
	CTR2(KTR_VM, "vmspace_free: %p refs %d", vm, vm->vm_refcnt);
	if (refcount_release((u_int *)&vm->vm_refcnt))
		vmspace_dofree(vm);
}

#endif

#ifdef RELOAD

/*
 * A plain load is the compiler's to repeat: this is the code that a compiler may make of `refcnt = vm->vm_refcnt`, which looks at the
 * count a second time after the test.
 */
static bool
vmspace_refcnt_acquire(struct vmspace *vm)
{
	int refcnt;

	do {
		if (vm->vm_refcnt <= 0)
			return (false);
		SCHEDULE_POINT(acquire_tested);
		refcnt = vm->vm_refcnt;
	} while (!atomic_fcmpset_int(&vm->vm_refcnt, &refcnt, refcnt + 1));
	return (true);
}

#elif defined(OLD_REFCNT)

static bool
vmspace_refcnt_acquire(struct vmspace *vm)
{
	int refcnt = vm->vm_refcnt;

	do {
		if (refcnt <= 0)
			return (false);
		SCHEDULE_POINT(acquire_tested);
	} while (!atomic_fcmpset_int(&vm->vm_refcnt, &refcnt, refcnt + 1));
	return (true);
}

#else

static bool
vmspace_refcnt_acquire(struct vmspace *vm)
{
	return (refcount_acquire_if_not_zero((u_int *)&vm->vm_refcnt));
}

#endif

struct vmspace *
vmspace_acquire_ref(struct proc *p)
{
	struct vmspace *vm;

	mtx_lock(&p->p_mtx);
	vm = p->p_vmspace;
	if (vm == NULL || !vmspace_refcnt_acquire(vm)) {
		mtx_unlock(&p->p_mtx);
		return (NULL);
	}
	if (vm != p->p_vmspace) {
		mtx_unlock(&p->p_mtx);
		vmspace_free(vm);
		return (NULL);
	}
	mtx_unlock(&p->p_mtx);
	CTR2(KTR_VM, "vmspace_acquire_ref: %p of pid %d", vm, p->p_pid);
	SCHEDULE_POINT(acquired);
	return (vm);
}
