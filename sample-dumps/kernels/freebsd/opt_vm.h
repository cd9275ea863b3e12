/* How vmspace_exit drops a reference: the forms that review D26923 and its follow-up discuss. A variant's kernel.json picks one. */
#ifndef OPT_VM_H
#define OPT_VM_H

#define ORIG		1	/* before the review: relaxed compare-and-set */
#define FENCED		2	/* the review's patch: a release fence before it, an acquire fence behind the last one */
#define LANDED		3	/* r367334: refcount_release_if_last, else deactivate, then refcount_release */
#define UNCOND		4	/* always deactivate first */
#define NAIVE		5	/* release without deactivating: curpmap is an implicit reference, and nobody counts it */
#define ANYPMAP		6	/* deactivate first; what pmap_remove_pages wants to see in curpmap is put there in a critical section */

#ifndef VMSPACE_EXIT
#error "kernel.json defines VMSPACE_EXIT"
#endif

/* vm_refcnt became a refcount(9) with r367334. */
#if VMSPACE_EXIT == ORIG || VMSPACE_EXIT == FENCED
#define OLD_REFCNT	1
#endif

#endif
