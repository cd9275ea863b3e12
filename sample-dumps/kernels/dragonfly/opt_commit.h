/* Which half of commit 95270b7e a variant has: one macro per bullet of its message, so that a variant may mix them. */
#ifndef OPT_COMMIT_H
#define OPT_COMMIT_H

#ifdef COMMIT_95270B7E
#ifndef OLD_SWTCH
#define FIX_SWTCH	1	/* swtch.s always loads %cr3 */
#endif
#define FIX_NPGS	1	/* npgs is a vm_pindex_t */
#define FIX_INVAL	1	/* fences, tsc_target after the wait, knobs, invgen before the unlock, no bulk count */
#define FIX_SCAN	1	/* inclusive end in pmap_scan */
#define FIX_CLEARBIT	1	/* PG_RW tested again after the pv_entry is locked; no flush for unmanaged PTEs */
#define FIX_BIO_CRC	1	/* struct bio has bio_crc */
#define FIX_SWAP	1	/* object held around swp_pager_meta_ctl; PG_SWAPINPROG cleared last */
#define FIX_GENERATION	1	/* object->generation counted atomically */
#define FIX_GROWSTACK	1	/* vm_map_growstack takes a map */
#define FIX_POSTSIG	1	/* vkernel_trap before KNOTE */

/* The vkernel's half. */
#define FIX_FPSAVE	1	/* the guest's FPU state is saved when VMSPACE_CTL_RUN returns */
#define FIX_PVLOCK	1	/* entries and PG_WRITEABLE change under the page's spin lock; PG_M is not inherited */
#define FIX_PTETOKEN	1	/* pmap_clearbit takes the token of pm_pteobj */
#define FIX_SWAPU	1	/* swapu32 busies its page */
#define FIX_PTPHINT	1	/* pm_ptphint is compared by address */
#define FIX_VPTE_M	1	/* pmap_clear_modify takes the right to write, too */
#define FIX_REPLACEVM	1	/* a critical section in pmap_replacevm */
#define FIX_USERMODE	1	/* faults of user mode say so */
#endif

#ifdef WITH_FPSAVE
#define FIX_FPSAVE	1
#endif

#ifdef WITH_BIO_CRC
#define FIX_BIO_CRC	1
#endif

#endif
