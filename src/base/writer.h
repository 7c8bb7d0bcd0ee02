/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_BASE_WRITER_H
#define SOCLE_BASE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* JSON written piece by piece; commas, line breaks and indentation are the writer's.
 *
 *     struct writer w = { .out = &buf, .indent = 4, .wrap = WRITER_ALL };
 *     writer_open(&w, '{');
 *     writer_key(&w, "pid");
 *     writer_i64(&w, 1);
 *     writer_close(&w, '}');
 */
struct writer {
	struct buf *out;
	int indent;	/* spaces a level */
	unsigned wrap;	/* to this depth each member is on a line of its own; 0: all in one */
	unsigned depth; /* the rest is the writer's own */
	bool filled;	/* what is open has a member */
	bool keyed;	/* a key stands there and awaits its value */
};

#define WRITER_ALL (~0u)

void writer_open(struct writer *w, char bracket); /* '{' or '[' */
void writer_close(struct writer *w, char bracket);
void writer_key(struct writer *w, const char *key);
void writer_string(struct writer *w, const char *s); /* NULL: null */
void writer_bool(struct writer *w, bool v);
void writer_i64(struct writer *w, int64_t v);
void writer_u64(struct writer *w, uint64_t v);
void writer_literal(struct writer *w, const char *s, size_t n); /* a value that is JSON already */

#endif
