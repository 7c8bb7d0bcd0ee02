/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_BASE_BUF_H
#define SOCLE_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

#include "base/err.h"

/* A growing text on the heap.  `data` is always NUL-terminated once something was added, and NULL
 * before. */
struct buf {
	char *data;
	size_t size; /* bytes of text, without the NUL */
	size_t room;
};

void buf_done(struct buf *b);
void buf_add(struct buf *b, const void *data, size_t size);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) ERR_PRINTF(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) ERR_PRINTF(2, 0);

/* Quoted and escaped; bytes that are no UTF-8 become U+FFFD. */
void buf_json_string(struct buf *b, const char *s);

/* Format into a fixed buffer; a text that does not fit is an error that says which one.  Returns
 * -1 or 0. */
int buf_fmt(char *dst, size_t size, struct err *e, const char *fmt, ...) ERR_PRINTF(4, 5);

#endif
