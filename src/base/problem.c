/* SPDX-License-Identifier: Apache-2.0 */

/* Problems of a document, collected so that one sees all of them at once. */
#include "base/problem.h"

#include <string.h>

static void pointer_key(const char *key, struct buf *out)
{
	for (; *key; key++) {
		if (*key == '~')
			buf_str(out, "~0");
		else if (*key == '/')
			buf_str(out, "~1");
		else
			buf_char(out, *key);
	}
}

void place_write(const struct place *at, struct buf *out)
{
	if (!at)
		return;
	place_write(at->up, out);
	buf_char(out, '/');
	if (at->key)
		pointer_key(at->key, out);
	else
		buf_printf(out, "%zu", at->index);
}

static void ERR_PRINTF(4, 0) problem_add_v(struct problems *p, struct arena *a, const char *pointer,
					   const char *fmt, va_list ap)
{
	struct problem *new;

	if (p->n++ >= PROBLEMS_MAX)
		return;
	new = ARENA_NEW(a, struct problem);
	new->pointer = arena_strdup(a, pointer);
	new->text = arena_vfmt(a, fmt, ap);
	if (!p->end)
		p->end = &p->first;
	*p->end = new;
	p->end = &new->next;
}

void problem_add(struct problems *p, struct arena *a, const char *pointer, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	problem_add_v(p, a, pointer, fmt, ap);
	va_end(ap);
}

void problem_at(struct problems *p, struct arena *a, const struct place *at, const char *fmt, ...)
{
	_cleanup_(buf_done) struct buf pointer = {};
	va_list ap;

	place_write(at, &pointer);
	va_start(ap, fmt);
	problem_add_v(p, a, pointer.data ? pointer.data : "", fmt, ap);
	va_end(ap);
}

int problems_err(const struct problems *p, struct err *e)
{
	const struct problem *first = p->first;

	if (p->n == 0)
		return 0;
	if (p->n == 1)
		return err_rule(e, first->pointer, "%s", first->text);
	return err_rule(e, first->pointer, "%s, and %zu more problem%s", first->text, p->n - 1,
			p->n > 2 ? "s" : "");
}
