/* SPDX-License-Identifier: Apache-2.0 */

/* The strict look at a JSON text, before json-c builds the tree.
 *
 * json-c is lenient where a configuration that decides about security must not be read leniently:
 * it takes comments, NaN, lone surrogates and NUL, and an integer that is too large becomes the
 * largest one.  One pass without recursion and without memory refuses all that; what json-c then
 * sees is plain RFC 8259.
 *
 * The NUL behind the text ends every loop here, since nothing that is looked for is a NUL. */
#include "base/json-scan.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/utf8.h"

struct scan {
	const char *text, *end; /* *end is NUL */
	char *p;
	struct err *e;
	size_t n_members, n_objects;
	size_t depth;
	size_t object[JSON_DEPTH_MAX]; /* of each level: the number of the object, 0 for an array */
	struct json_key *keys;         /* where to note them, if wanted */
};

int json_scan_fail(const char *text, const char *at, struct err *e, const char *fmt, ...)
{
	size_t line = 1, column = 1;
	char what[200];
	va_list ap;

	for (const char *p = text; p < at; p++) {
		if (*p == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)*p & 0xc0) != 0x80) {
			column++;
		}
	}
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_rule(e, NULL, "line %zu, column %zu: %s", line, column, what);
}

#define scan_fail(s, at, ...) json_scan_fail((s)->text, at, (s)->e, __VA_ARGS__)

static int scan_expected(struct scan *s, const char *what)
{
	unsigned char c = (unsigned char)*s->p;

	if (s->p == s->end)
		return scan_fail(s, s->p, "expected %s, found the end", what);
	if (c > ' ' && c < 0x7f)
		return scan_fail(s, s->p, "expected %s, found '%c'", what, c);
	return scan_fail(s, s->p, "expected %s, found byte 0x%02x", what, c);
}

static void scan_space(struct scan *s)
{
	while (*s->p == ' ' || *s->p == '\n' || *s->p == '\t' || *s->p == '\r')
		s->p++;
}

/* The four digits of \uXXXX, -1 if they are none.  `p` may be shorter: a NUL is no digit. */
static long hex4(const char *p)
{
	long v = 0;

	for (int i = 0; i < 4; i++) {
		char c = p[i];

		if (c >= '0' && c <= '9')
			v = v * 16 + (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v * 16 + ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return v;
}

/* After "\u". */
static int scan_unicode_escape(struct scan *s)
{
	const char *at = s->p - 2;
	long v = hex4(s->p);

	if (v < 0)
		return scan_fail(s, at, "\\u without four hexadecimal digits");
	if (v == 0)
		return scan_fail(s, at, "NUL in a string");
	s->p += 4;
	if (v < 0xd800 || v > 0xdfff)
		return 0;
	if (v < 0xdc00 && s->p[0] == '\\' && s->p[1] == 'u') {
		long low = hex4(s->p + 2);

		if (low >= 0xdc00 && low <= 0xdfff) {
			s->p += 6;
			return 0;
		}
	}
	return scan_fail(s, at, "half of a surrogate pair");
}

/* After the backslash. */
static int scan_escape(struct scan *s)
{
	char c = *s->p;

	if (c == '\0' || !strchr("\"\\/bfnrtu", c))
		return scan_fail(s, s->p - 1, "unknown escape in a string");
	s->p++;
	return c == 'u' ? scan_unicode_escape(s) : 0;
}

static int scan_odd_byte(struct scan *s)
{
	size_t n;

	if (s->p == s->end)
		return scan_expected(s, "the closing quote of a string");
	if (*s->p == '\0')
		return scan_fail(s, s->p, "NUL in a string");
	if ((unsigned char)*s->p < ' ')
		return scan_fail(s, s->p, "control character 0x%02x in a string",
				 (unsigned char)*s->p);
	n = utf8_size(s->p, (size_t)(s->end - s->p));
	if (n == 0)
		return scan_fail(s, s->p, "invalid UTF-8: byte 0x%02x", (unsigned char)*s->p);
	s->p += n;
	return 0;
}

static int scan_string(struct scan *s)
{
	s->p++;
	while (*s->p != '"') {
		if (*s->p == '\\') {
			s->p++;
			TRY(scan_escape(s));
		} else if ((unsigned char)*s->p >= ' ' && (unsigned char)*s->p < 0x80) {
			s->p++;
		} else {
			TRY(scan_odd_byte(s));
		}
	}
	s->p++;
	return 0;
}

static int scan_digits(struct scan *s)
{
	if (*s->p < '0' || *s->p > '9')
		return scan_expected(s, "a digit");
	while (*s->p >= '0' && *s->p <= '9')
		s->p++;
	return 0;
}

/* json-c makes the nearest integer of one that does not fit.  Turned into a number with an
 * exponent, it stays what it is to everybody: no integer that could be used.  Its value is lost,
 * which nobody needs. */
static void scan_tame(char *from, char *to)
{
	bool negative = *from == '-';
	const char *limit = negative ? "9223372036854775808" : "18446744073709551615";
	const char *digits = from + negative;
	size_t n = (size_t)(to - digits), n_limit = strlen(limit);

	if (n > n_limit || (n == n_limit && memcmp(digits, limit, n) > 0))
		memcpy(to - 2, "e9", 2);
}

static int scan_number(struct scan *s)
{
	char *from = s->p;

	if (*s->p == '-')
		s->p++;
	if (*s->p == '0' && s->p[1] >= '0' && s->p[1] <= '9')
		return scan_fail(s, s->p, "a number that starts with 0");
	TRY(scan_digits(s));
	if (*s->p != '.' && (*s->p | 0x20) != 'e') {
		scan_tame(from, s->p);
		return 0;
	}
	if (*s->p == '.') {
		s->p++;
		TRY(scan_digits(s));
	}
	if ((*s->p | 0x20) != 'e')
		return 0;
	s->p++;
	if (*s->p == '+' || *s->p == '-')
		s->p++;
	return scan_digits(s);
}

static int scan_literal(struct scan *s, const char *literal)
{
	size_t n = strlen(literal);

	if (strncmp(s->p, literal, n) != 0)
		return scan_expected(s, "a value");
	s->p += n;
	return 0;
}

/* A key and its colon. */
static int scan_key(struct scan *s)
{
	const char *at;

	scan_space(s);
	if (*s->p != '"')
		return scan_expected(s, "a key in quotes");
	at = s->p;
	TRY(scan_string(s));
	if (s->keys)
		s->keys[s->n_members] =
			(struct json_key){ s->object[s->depth - 1], at, (size_t)(s->p - at) };
	s->n_members++;
	scan_space(s);
	if (*s->p != ':')
		return scan_expected(s, "':'");
	s->p++;
	return 0;
}

/* An opening brace or bracket.  Returns 1 if a value has to follow, 0 if the thing is empty and
 * closed. */
static int scan_open(struct scan *s)
{
	bool object = *s->p == '{';

	if (s->depth == JSON_DEPTH_MAX)
		return scan_fail(s, s->p, "nested deeper than %d levels", JSON_DEPTH_MAX);
	s->object[s->depth++] = object ? ++s->n_objects : 0;
	s->p++;
	scan_space(s);
	if (*s->p == (object ? '}' : ']')) {
		s->p++;
		s->depth--;
		return 0;
	}
	if (object)
		TRY(scan_key(s));
	return 1;
}

/* A value, or the start of one: returns as scan_open does. */
static int scan_value(struct scan *s)
{
	scan_space(s);
	switch (*s->p) {
	case '{':
	case '[': return scan_open(s);
	case '"': return scan_string(s);
	case 't': return scan_literal(s, "true");
	case 'f': return scan_literal(s, "false");
	case 'n': return scan_literal(s, "null");
	case '-':
	case '0' ... '9': return scan_number(s);
	}
	return scan_expected(s, "a value");
}

/* After a value: past what closes here, up to where the next value has to be (1) or the document
 * ends (0). */
static int scan_next(struct scan *s)
{
	while (s->depth > 0) {
		bool object = s->object[s->depth - 1] != 0;

		scan_space(s);
		if (*s->p == ',') {
			s->p++;
			if (object)
				TRY(scan_key(s));
			return 1;
		}
		if (*s->p != (object ? '}' : ']'))
			return scan_expected(s, object ? "',' or '}'" : "',' or ']'");
		s->p++;
		s->depth--;
	}
	return 0;
}

static int scan_document(struct scan *s)
{
	int more;

	if (strncmp(s->p, "\xef\xbb\xbf", 3) == 0)
		return scan_fail(s, s->p, "a byte order mark, which JSON does not allow");
	do {
		TRY(more = scan_value(s));
		if (!more)
			TRY(more = scan_next(s));
	} while (more);

	scan_space(s);
	if (s->p != s->end)
		return scan_expected(s, "the end");
	return 0;
}

int json_scan(char *text, size_t size, struct json_key *keys, size_t *ret_n_members, struct err *e)
{
	struct scan s = { .text = text, .p = text, .end = text + size, .e = e, .keys = keys };

	TRY(scan_document(&s));
	*ret_n_members = s.n_members;
	return 0;
}
