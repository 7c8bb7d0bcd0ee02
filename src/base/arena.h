/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_BASE_ARENA_H
#define SOCLE_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* One arena a command: everything that the configuration, the plan and the state need is taken
 * from it and released at once.  Blocks are zeroed and aligned for any type.  An arena never moves
 * what it gave out. */
struct arena_chunk;
struct arena {
	struct arena_chunk *first;
	size_t used;  /* bytes used of the first chunk */
	size_t total; /* bytes given out; refused beyond ARENA_MAX */
};

#define ARENA_MAX ((size_t)512 << 20)

void arena_done(struct arena *a); /* glad of a zeroed one; the arena can be used again */

/* `size` zeroed bytes.  Never NULL: a process that is out of memory ends with a line on stderr and
 * status 1. */
void *arena_alloc(struct arena *a, size_t size);
/* The same, not zeroed: for what is written over at once. */
void *arena_alloc_raw(struct arena *a, size_t size);
void *arena_copy(struct arena *a, const void *p, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vfmt(struct arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

#define ARENA_NEW(a, type)	((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_alloc_array((a), (n), sizeof(type)))
void *arena_alloc_array(struct arena *a, size_t n, size_t size);

/* End the process as said above; for those who take memory from elsewhere. */
_Noreturn void out_of_memory(void);

#endif
