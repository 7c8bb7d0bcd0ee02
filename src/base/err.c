/* SPDX-License-Identifier: Apache-2.0 */

/* Errors: filled where they happen, printed once.
 *
 * Linked into socle-init too, so nothing here takes memory, a lock or a locale.  A text that does
 * not fit is cut and ends in "...": a shortened error is better than none. */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#ifdef __GLIBC__
static const char *words(int num)
{
	return strerrordesc_np(num); /* not translated, and NULL for a number without words */
}
#else
static const char *words(int num)
{
	return strerror(num);
}
#endif

static void ERR_PRINTF(3, 0) put_v(char *dst, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(dst, size, fmt, ap);

	if (n >= 0 && (size_t)n >= size && size > 3)
		memcpy(dst + size - 4, "...", 4);
}

static void ERR_PRINTF(3, 4) put(char *dst, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_v(dst, size, fmt, ap);
	va_end(ap);
}

/* The same, after what is there already. */
static void ERR_PRINTF(3, 4) append(char *dst, size_t size, const char *fmt, ...)
{
	size_t used = strlen(dst);
	va_list ap;

	va_start(ap, fmt);
	put_v(dst + used, size - used, fmt, ap);
	va_end(ap);
}

int err_call_num(struct err *e, int num, const char *call, const char *path)
{
	*e = (struct err){ .num = num };
	put(e->call, sizeof(e->call), "%s", call ? call : "");
	put(e->path, sizeof(e->path), "%s", path ? path : "");
	return -1;
}

int err_call(struct err *e, const char *call, const char *path)
{
	return err_call_num(e, errno, call, path);
}

int err_rule(struct err *e, const char *field, const char *fmt, ...)
{
	struct err made = {};
	va_list ap;

	put(made.field, sizeof(made.field), "%s", field ? field : "");
	va_start(ap, fmt);
	put_v(made.text, sizeof(made.text), fmt, ap);
	va_end(ap);
	*e = made; /* only now: the arguments may point into `e` */
	return -1;
}

int err_at(struct err *e, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(e->field, sizeof(e->field), fmt, ap);
	va_end(ap);
	return -1;
}

int err_note(struct err *e, const char *fmt, ...)
{
	char note[sizeof(e->text)];
	va_list ap;

	va_start(ap, fmt);
	put_v(note, sizeof(note), fmt, ap);
	va_end(ap);
	if (e->text[0])
		append(note, sizeof(note), ": %s", e->text);
	memcpy(e->text, note, sizeof(note));
	return -1;
}

void err_also(struct err *e, const struct err *second)
{
	char line[sizeof(e->also)];

	if (!err_is_set(second))
		return;
	err_line(second, line, sizeof(line));
	append(e->also, sizeof(e->also), "%s%s", e->also[0] ? "; " : "", line);
}

bool err_is(const struct err *e, int num)
{
	return num != 0 && e->num == num;
}

bool err_is_set(const struct err *e)
{
	return e->num != 0 || e->call[0] || e->text[0];
}

const char *err_words(int num)
{
	const char *w = words(num);

	return w ? w : "unknown error";
}

static void line_call(const struct err *e, char *buf, size_t size, bool small)
{
	const char *sep = buf[0] ? ": " : "";
	const char *w = err_words(e->num);
	bool capital = small && w[0] >= 'A' && w[0] <= 'Z' && w[1] >= 'a'; /* not "RFS specific error" */

	if (e->call[0] && e->path[0])
		append(buf, size, "%s%s \"%s\"", sep, e->call, e->path);
	else if (e->call[0] || e->path[0])
		append(buf, size, "%s%s%s", sep, e->call, e->path);
	if (e->num)
		append(buf, size, "%s%c%s", buf[0] ? ": " : "", capital ? w[0] - 'A' + 'a' : w[0], w + 1);
}

static void line_details(const struct err *e, char *buf, size_t size)
{
	const char *sep = " (";

	if (e->field[0]) {
		append(buf, size, "%s%s", sep, e->field);
		sep = "; ";
	}
	if (e->kernel[0]) {
		append(buf, size, "%skernel: %s", sep, e->kernel);
		sep = "; ";
	}
	if (e->also[0]) {
		append(buf, size, "%salso: %s", sep, e->also);
		sep = "; ";
	}
	if (sep[0] == ';')
		append(buf, size, ")");
}

/* A path or a kernel's message may hold a newline, which would forge a second line of a log. */
static void one_line(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
}

static const char *line(const struct err *e, char *buf, size_t size, bool small)
{
	if (size == 0)
		return buf;
	buf[0] = '\0';
	if (e->step[0])
		append(buf, size, "%s", e->step);
	if (e->text[0])
		append(buf, size, "%s%s", buf[0] ? ": " : "", e->text);
	line_call(e, buf, size, small);
	line_details(e, buf, size);
	one_line(buf);
	return buf;
}

const char *err_line(const struct err *e, char *buf, size_t size)
{
	return line(e, buf, size, false);
}

const char *err_message(const struct err *e, char *buf, size_t size)
{
	return line(e, buf, size, true);
}
