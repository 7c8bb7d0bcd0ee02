/* SPDX-License-Identifier: Apache-2.0 */

/* Writing JSON. */
#include "base/writer.h"

#include <inttypes.h>

static void new_line(struct writer *w)
{
	if (w->depth > w->wrap)
		return;
	buf_char(w->out, '\n');
	for (unsigned i = 0; i < w->depth * (unsigned)w->indent; i++)
		buf_char(w->out, ' ');
}

/* What stands before a key, and before an item of an array. */
static void separate(struct writer *w)
{
	if (w->keyed) {
		w->keyed = false;
		return;
	}
	if (w->filled)
		buf_char(w->out, ',');
	if (w->depth > 0)
		new_line(w);
	w->filled = true;
}

void writer_open(struct writer *w, char bracket)
{
	separate(w);
	buf_char(w->out, bracket);
	w->depth++;
	w->filled = false;
}

void writer_close(struct writer *w, char bracket)
{
	bool wrapped = w->filled && w->depth <= w->wrap;

	w->depth--;
	if (wrapped)
		new_line(w);
	buf_char(w->out, bracket);
	w->filled = true;
}

void writer_key(struct writer *w, const char *key)
{
	separate(w);
	buf_json_string(w->out, key);
	buf_str(w->out, w->wrap ? ": " : ":");
	w->keyed = true;
}

void writer_string(struct writer *w, const char *s)
{
	separate(w);
	if (s)
		buf_json_string(w->out, s);
	else
		buf_str(w->out, "null");
}

void writer_bool(struct writer *w, bool v)
{
	separate(w);
	buf_str(w->out, v ? "true" : "false");
}

void writer_i64(struct writer *w, int64_t v)
{
	separate(w);
	buf_printf(w->out, "%" PRId64, v);
}

void writer_u64(struct writer *w, uint64_t v)
{
	separate(w);
	buf_printf(w->out, "%" PRIu64, v);
}

void writer_literal(struct writer *w, const char *s, size_t n)
{
	separate(w);
	buf_add(w->out, s, n);
}
