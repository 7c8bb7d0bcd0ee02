/* SPDX-License-Identifier: Apache-2.0 */

/* The arena: a list of chunks, each filled from its start; the first of the list is the one in
 * use.
 *
 * A chunk comes from malloc and what is handed out of it is zeroed then, so pages that nobody uses are never
 * touched.  What is large gets a block of its own. */
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_SIZE ((size_t)32 << 10)
#define CHUNK_MAX  ((size_t)4 << 20)

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* of data */
	_Alignas(max_align_t) unsigned char data[];
};

void out_of_memory(void)
{
	static const char line[] = "socle: out of memory\n";

	ssize_t written = write(STDERR_FILENO, line, sizeof(line) - 1);

	(void)written; /* nobody is left to be told */
	_exit(1);
}

void arena_done(struct arena *a)
{
	for (struct arena_chunk *c = a->first, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	*a = (struct arena){};
}

static struct arena_chunk *chunk_new(size_t size)
{
	struct arena_chunk *c = malloc(sizeof(*c) + size);

	if (!c)
		out_of_memory();
	c->size = size;
	return c;
}

/* A chunk that becomes the one in use: small as long as little is in use, so that it fits where something else was
 * freed; then as large as half of all that is. */
static void arena_grow(struct arena *a)
{
	size_t size = a->total / 2 < CHUNK_SIZE ? CHUNK_SIZE : a->total / 2;
	struct arena_chunk *c = chunk_new(size < CHUNK_MAX ? size : CHUNK_MAX);

	c->next = a->first;
	a->first = c;
	a->used = 0;
}

/* A chunk of its own, behind the one in use, whose rest stays usable. */
static void *arena_alloc_large(struct arena *a, size_t size)
{
	struct arena_chunk *c;

	if (!a->first)
		arena_grow(a);
	c = chunk_new(size);
	c->next = a->first->next;
	a->first->next = c;
	return c->data;
}

void *arena_alloc_raw(struct arena *a, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	void *p;

	if (size > ARENA_MAX - a->total)
		out_of_memory();
	size = size ? (size + align - 1) & ~(align - 1) : align;
	a->total = size < ARENA_MAX - a->total ? a->total + size : ARENA_MAX;

	if (size > CHUNK_SIZE / 4)
		return arena_alloc_large(a, size);
	if (!a->first || size > a->first->size - a->used)
		arena_grow(a);
	p = a->first->data + a->used;
	a->used += size;
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return memset(arena_alloc_raw(a, size), 0, size);
}

void *arena_alloc_array(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		out_of_memory();
	return arena_alloc(a, total);
}

void *arena_copy(struct arena *a, const void *p, size_t size)
{
	void *copy = arena_alloc(a, size);

	if (size)
		memcpy(copy, p, size);
	return copy;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	size_t size = strnlen(s, n);
	char *copy = arena_alloc(a, size + 1);

	memcpy(copy, s, size);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_copy(a, s, strlen(s) + 1);
}

char *arena_vfmt(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *s;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		out_of_memory();
	s = arena_alloc(a, (size_t)n + 1);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}

char *arena_fmt(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vfmt(a, fmt, ap);
	va_end(ap);
	return s;
}
