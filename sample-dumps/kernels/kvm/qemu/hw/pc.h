/* The PC. Source: qemu, hw/pc.h, hw/pc_piix.c. */
#ifndef QEMU_HW_PC_H
#define QEMU_HW_PC_H

#include "qemu/sysemu.h"

#define RESET_PORT	0xcf9	/* Source: Intel PIIX3, Reset Control Register */
#define RESET_VALUE	0x06
#define KEYBOARD_PORT	0x64
#define KEYBOARD_STATUS	0x1c
#define LAPIC_ID	0xfee00020	/* Source: Intel SDM 3, 11.4.1 */

uint8_t pc_port_read(uint16_t port);
void pc_port_write(uint16_t port, uint8_t value);
void pc_device_read(uint64_t address, uint8_t *data);

#endif
