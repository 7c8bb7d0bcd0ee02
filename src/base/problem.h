/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_BASE_PROBLEM_H
#define SOCLE_BASE_PROBLEM_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* All problems found in one document, in the order of the document.  Beyond PROBLEMS_MAX they are
 * only counted. */
struct problem { const char *pointer, *text; struct problem *next; };
struct problems { struct problem *first, **end; size_t n; };

#define PROBLEMS_MAX 100

/* Where one is in a document: a chain of stack frames, made into a JSON pointer only for a
 * problem.  NULL is the document itself. */
struct place {
	const struct place *up;
	const char *key; /* of an object; NULL: an item of an array */
	size_t index;
};

#define PLACE_KEY(above, name)	 (&(struct place){ .up = (above), .key = (name) })
#define PLACE_ITEM(above, which) (&(struct place){ .up = (above), .index = (which) })

/* Append the JSON pointer of a place (RFC 6901). */
void place_write(const struct place *at, struct buf *out);

/* Add a problem: `pointer` is copied.  Works on a zeroed struct problems. */
void problem_add(struct problems *p, struct arena *a, const char *pointer, const char *fmt, ...)
	ERR_PRINTF(4, 5);
void problem_at(struct problems *p, struct arena *a, const struct place *at, const char *fmt, ...)
	ERR_PRINTF(4, 5);

/* Put the first problem into `e`, and how many more there are.  Returns -1, or 0 if there is none.
 */
int problems_err(const struct problems *p, struct err *e);

#endif
