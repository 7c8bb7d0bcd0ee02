/* SPDX-License-Identifier: Apache-2.0 */

/* Growing texts, and formatting into fixed ones.
 *
 * Invariant: `data` is NULL and `room` 0, or size < room and data[size] is NUL. */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"

void buf_done(struct buf *b)
{
	free(b->data);
	*b = (struct buf){};
}

/* Room for `more` bytes and the NUL. */
static void buf_reserve(struct buf *b, size_t more)
{
	size_t need, room;

	if (__builtin_add_overflow(b->size, more, &need) || need > ARENA_MAX)
		out_of_memory();
	if (need < b->room)
		return;
	room = need < 128 ? 256 : need * 2;
	b->data = realloc(b->data, room);
	if (!b->data)
		out_of_memory();
	b->room = room;
	b->data[b->size] = '\0';
}

void buf_add(struct buf *b, const void *data, size_t size)
{
	buf_reserve(b, size);
	if (size)
		memcpy(b->data + b->size, data, size);
	b->size += size;
	b->data[b->size] = '\0';
}

void buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		out_of_memory();
	buf_reserve(b, (size_t)n);
	vsnprintf(b->data + b->size, (size_t)n + 1, fmt, ap);
	b->size += (size_t)n;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

static void json_escape(struct buf *b, char c)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *found = memchr(plain, c, sizeof(plain) - 1);

	if (found)
		buf_printf(b, "\\%c", letters[found - plain]);
	else
		buf_printf(b, "\\u%04x", (unsigned char)c);
}

void buf_json_string(struct buf *b, const char *s)
{
	size_t left = strlen(s);

	buf_char(b, '"');
	while (left > 0) {
		size_t n = utf8_size(s, left);

		if (n == 0)
			buf_str(b, "\xef\xbf\xbd");
		else if (n == 1 && ((unsigned char)*s < ' ' || *s == '"' || *s == '\\' || *s == 0x7f))
			json_escape(b, *s);
		else
			buf_add(b, s, n);
		n = n ? n : 1;
		s += n;
		left -= n;
	}
	buf_char(b, '"');
}

int buf_fmt(char *dst, size_t size, struct err *e, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(dst, size, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= size)
		return err_rule(e, NULL, "longer than %zu bytes: \"%.120s...\"",
				size ? size - 1 : 0, size ? dst : "");
	return 0;
}
