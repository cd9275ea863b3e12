/* Descriptor tables: set up by start.c. */
#ifndef COMMON_SEGMENTS_H
#define COMMON_SEGMENTS_H

#include <stdint.h>

/** Fills the IDT, once. */
void idt_init(void);
/** Loads GDT, IDT and TSS on the CPU that calls. */
void segments_load(uint32_t cpu);

#endif
