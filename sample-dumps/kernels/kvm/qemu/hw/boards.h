/* What a machine gives to QEMU. One board is compiled in: spapr.c or pc.c. */
#ifndef QEMU_HW_BOARDS_H
#define QEMU_HW_BOARDS_H

#include "linux/kvm_host.h"

/* Where QEMU has the guest's memory. */
#define GUEST_RAM	0x00007f5a00000000ul

/** Makes the virtual machine with what its guest was doing when the story begins. */
void board_init(void);
/** The reset handlers: memory and env of every vCPU. */
void board_reset(void);
/** What is wrong with the guest on a vCPU; NULL when nothing is. */
const char *board_complaint(const struct kvm_vcpu *vcpu);
/** What the guest on a vCPU is seen to do, for people. */
void board_describe_guest(const struct kvm_vcpu *vcpu, char *text, size_t size);

#endif
