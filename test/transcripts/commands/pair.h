/* A header of the user: what the dump has no type for. */
#ifndef PAIR_H
#define PAIR_H
#include <stdint.h>
#define COUNT 2
typedef struct pair { void *first; uint32_t second[COUNT]; } pair_t;
enum pair_kind { PAIR_NONE, PAIR_BOTH = 3 };
#endif
