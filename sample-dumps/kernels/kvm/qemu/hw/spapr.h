/* The pseries machine. Source: qemu, hw/spapr.h of 2012. */
#ifndef QEMU_HW_SPAPR_H
#define QEMU_HW_SPAPR_H

#include "qemu/sysemu.h"

struct spapr_state {
	uint64_t	fdt_addr;	/* guest physical: the device tree, which r3 points to at reset */
	uint64_t	rtas_addr;
	uint64_t	entry_point;
	uint64_t	rma_size;
	uint64_t	secondary_entry;	/* ours: where the other CPUs start when they run after a reset */
};
extern struct spapr_state spapr;

#define H_SUCCESS	0
#define H_FUNCTION	(-2)
#define H_PUT_TERM_CHAR	0x58
#define H_RTAS		0xf000
#define RTAS_ARGUMENTS	0x1f3ffe80	/* where the guest put "system-reboot" */
#define DEVICE_REGISTER	0x80000010	/* guest physical, no memory there */
#define OSI_SHUT_DOWN	38		/* Source: Mac-on-Linux, osi_calls.h */

uint64_t spapr_hypercall(struct qemu_cpu *env, uint64_t nr, uint64_t *args);
void spapr_device_read(uint64_t address, uint8_t *data, unsigned int size);

#endif
