/* Only in the variants named damaged: spoils the operators of bash while it sleeps, for readers that must survive it. */
#include "sys/types.h"

#ifdef CTXOP_DAMAGE
#include "sys/cmn_err.h"
#include "sys/cpuvar.h"
#include "sys/kmem.h"
#include "sys/proc.h"
#include "sys/system.h"

typedef enum {
	DAMAGE_NONE,
	DAMAGE_NEXT_UNMAPPED,	/* next leads to a page that has been given back */
	DAMAGE_NEXT_FREED,	/* next leads to a buffer that has been freed */
	DAMAGE_LOOP,		/* a cycle that does not pass the head */
	DAMAGE_PREV,		/* prev does not agree with next (circular layout) */
} damage_kind_t;

/** Which damage to do: a damage_kind_t. */
int damage_kind = DAMAGE_NEXT_UNMAPPED;

static ctxop_t *
bash_ctxops(void)
{
	for (proc_t *p = practive; p != NULL; p = p->p_next) {
		if (strcmp(p->p_user.u_comm, "bash") == 0)
			return (p->p_tlist->t_ctx);
	}
	panic("damage: no bash");
}

void
damage(void)
{
	static const uintptr_t gone = 0xfffffe5b40000000;
	ctxop_t *head = bash_ctxops();
	ctxop_t *second = head->next;
	ctxop_t *freed;

	switch ((damage_kind_t)damage_kind) {
	case DAMAGE_NONE:
		break;
	case DAMAGE_NEXT_UNMAPPED:
		second->next = (ctxop_t *)(gone + 0xa0);
		break;
	case DAMAGE_NEXT_FREED:
		freed = kmem_alloc(sizeof (ctxop_t), KM_SLEEP);
		*freed = *second;
		kmem_free(freed, sizeof (ctxop_t));
		second->next = freed;
		break;
	case DAMAGE_LOOP:
		second->next->next = second;
		break;
	case DAMAGE_PREV:
#ifdef CTXOP_CIRCULAR
		second->prev = second->next;
#endif
		break;
	}
}
#endif
