/* SPDX-License-Identifier: Apache-2.0 */

/* GVariant's text format, as far as the properties of systemd's units need it.
 *
 * `want` is the type that is asked for, by a signature whose first complete type counts; NULL where the text decides.
 * What is found is appended to the signature, except inside an array from its second item on. */
#include "base/variant.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

#define DEPTH_MAX 8
#define SIGNATURE_MAX 64

struct reader {
	const char *text, *at;
	struct arena *arena;
	char signature[SIGNATURE_MAX];
	size_t n_signature;
	unsigned depth;
	struct strings words;
	size_t room;
	struct err *e;
};

static int read_value(struct reader *r, const char *want);

static int refuse(struct reader *r, const char *what)
{
	return err_rule(r->e, NULL, "%s at byte %zu of \"%s\"", what, (size_t)(r->at - r->text), r->text);
}

static void add_word(struct reader *r, const char *word)
{
	if (r->words.n == r->room) {
		size_t room = r->room ? r->room * 2 : 8;
		const char **items = ARENA_ARRAY(r->arena, const char *, room);
		if (r->words.n)
			memcpy(items, r->words.items, r->words.n * sizeof(*items));
		r->words.items = items;
		r->room = room;
	}
	r->words.items[r->words.n++] = word;
}

static int add_type(struct reader *r, char type)
{
	if (r->n_signature + 1 >= sizeof(r->signature))
		return refuse(r, "a type that is too long");
	r->signature[r->n_signature++] = type;
	r->signature[r->n_signature] = 0;
	return 0;
}

static void skip_blanks(struct reader *r)
{
	r->at += span_of(r->at, " \t\r\n");
}

static bool take(struct reader *r, char c)
{
	skip_blanks(r);
	if (*r->at != c)
		return false;
	r->at++;
	return true;
}

/* The end of the first complete type of a signature; NULL if it has none. */
static const char *type_end(const char *s, unsigned depth)
{
	if (depth > DEPTH_MAX)
		return NULL;
	if (*s == 'a')
		return type_end(s + 1, depth + 1);
	if (*s != '(')
		return *s && strchr("bynqiuxtdsog", *s) ? s + 1 : NULL;
	for (s++; s && *s != ')';)
		s = type_end(s, depth + 1);
	return s ? s + 1 : NULL;
}

/* ---- basic values ----------------------------------------------------------------------------------------- */

static const struct number { char type; const char *name; int64_t min; uint64_t max; } numbers[] = {
	{ 'y', "byte", 0, UINT8_MAX },		      { 'n', "int16", INT16_MIN, INT16_MAX },
	{ 'q', "uint16", 0, UINT16_MAX },	      { 'i', "int32", INT32_MIN, INT32_MAX },
	{ 'u', "uint32", 0, UINT32_MAX },	      { 'x', "int64", INT64_MIN, INT64_MAX },
	{ 't', "uint64", 0, UINT64_MAX },	      { 'd', "double", 0, 0 },
};

/* Those that name a type in front of its value. */
static const struct { char type; const char *name; } others[] = {
	{ 'b', "boolean" }, { 's', "string" }, { 'o', "objectpath" }, { 'g', "signature" },
};

static const struct number *find_number(char type)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].type == type)
			return &numbers[i];
	return NULL;
}

static bool in_range(const struct number *n, const char *word)
{
	errno = 0;
	if (word[0] == '-')
		return strtoll(word, NULL, 10) >= n->min && errno == 0;
	return strtoull(word, NULL, 10) <= n->max && errno == 0;
}

static bool is_integer(const char *word)
{
	const char *digits = word + (word[0] == '-');
	return digits[0] && span_of(digits, "0123456789") == strlen(digits);
}

/* Sets *ret_word to it in decimal. */
static int check_number(struct reader *r, const struct number *n, char *word)
{
	char *end;
	if (n->type == 'd') {
		strtod(word, &end);
		return *end || end == word ? refuse(r, "no number") : 0;
	}
	if (!is_integer(word))
		return refuse(r, "no whole number");
	return in_range(n, word) ? 0 : refuse(r, "a number out of its type's range");
}

static int read_number(struct reader *r, const char *want)
{
	size_t size = span_of(r->at, "+-.0123456789abcdefxABCDEFX");
	char *word = arena_strndup(r->arena, r->at + (*r->at == '+'), size - (*r->at == '+'));
	if (size > 2 && r->at[0] == '0' && strchr("xX", r->at[1])) {
		char *end;
		errno = 0;
		unsigned long long v = strtoull(word, &end, 16);
		if (errno || *end)
			return refuse(r, "no number");
		word = arena_fmt(r->arena, "%llu", v);
	}
	char type = want ? *want : is_integer(word) ? 'i' : 'd';
	const struct number *n = find_number(type);
	if (!n)
		return refuse(r, "a number where none belongs");
	if (check_number(r, n, word) < 0)
		return -1;
	r->at += size;
	add_word(r, word);
	return add_type(r, type);
}

static int read_text(struct reader *r, const char *want)
{
	char quote = *r->at, type = want ? *want : 's';
	if (!strchr("sog", type))
		return refuse(r, "a text where none belongs");
	char *word = arena_alloc(r->arena, strlen(r->at) + 1);
	size_t n = 0;
	for (r->at++; *r->at != quote; r->at++) {
		static const char escapes[] = "a\ab\bf\fn\nr\rt\tv\v";
		if (*r->at == '\\') {
			const char *known = r->at[1] ? strchr(escapes, r->at[1]) : NULL;
			r->at++;
			if (known && (known - escapes) % 2 == 0) {
				word[n++] = known[1];
				continue;
			}
		}
		if (!*r->at)
			return refuse(r, "a text without its end");
		if (*r->at == 'u' && r->at[-1] == '\\')
			return refuse(r, "an escape that is not understood");
		word[n++] = *r->at;
	}
	r->at++;
	add_word(r, word);
	return add_type(r, type);
}

/* ---- what holds others ------------------------------------------------------------------------------------ */

/* Items from the second on have the first one's type and leave the signature as it is. */
static int read_items(struct reader *r, const char *want, size_t *ret_n)
{
	char item[SIGNATURE_MAX];
	size_t before = r->n_signature;
	for (*ret_n = 0; !take(r, ']'); ++*ret_n) {
		if (*ret_n && !take(r, ','))
			return refuse(r, "no comma");
		TRY(read_value(r, *ret_n ? item : want));
		if (*ret_n == 0)
			memcpy(item, r->signature + before, r->n_signature - before + 1);
		r->n_signature = before + strlen(item);
		r->signature[r->n_signature] = 0;
	}
	return 0;
}

static int read_array(struct reader *r, const char *want)
{
	size_t n, at = r->words.n;
	if (want && *want != 'a')
		return refuse(r, "an array where none belongs");
	add_word(r, NULL);
	TRY(add_type(r, 'a'));
	r->at++;
	TRY(read_items(r, want ? want + 1 : NULL, &n));
	if (n == 0 && !want)
		return refuse(r, "an empty array without its type (\"@as []\")");
	for (const char *c = want ? want + 1 : NULL, *end = c ? type_end(c, 0) : NULL; n == 0 && c < end; c++)
		TRY(add_type(r, *c));
	r->words.items[at] = arena_fmt(r->arena, "%zu", n);
	return 0;
}

static int read_tuple(struct reader *r, const char *want)
{
	if (want && *want != '(')
		return refuse(r, "a tuple where none belongs");
	want = want ? want + 1 : NULL;
	TRY(add_type(r, '('));
	r->at++;
	for (unsigned n = 0; !take(r, ')'); n++) {
		if (n && !take(r, ','))
			return refuse(r, "no comma");
		if (n && take(r, ')'))
			break;
		if (want && *want == ')')
			return refuse(r, "a tuple with too many members");
		TRY(read_value(r, want));
		want = want ? type_end(want, 0) : NULL;
	}
	if (want && *want != ')')
		return refuse(r, "a tuple with too few members");
	if (r->signature[r->n_signature - 1] == '(')
		return refuse(r, "an empty tuple");
	return add_type(r, ')');
}

/* ---- any value -------------------------------------------------------------------------------------------- */

/* "@as []" */
static int read_typed(struct reader *r, const char *want)
{
	size_t size = span_until(r->at + 1, " \t");
	const char *type = arena_strndup(r->arena, r->at + 1, size);
	const char *end = type_end(type, 0);
	if (!end || *end)
		return refuse(r, "an unknown type");
	if (want && strncmp(want, type, size) != 0)
		return refuse(r, "another type than the other items'");
	r->at += 1 + size;
	return read_value(r, type);
}

static int read_truth(struct reader *r, const char *want, size_t size)
{
	if (want && *want != 'b')
		return refuse(r, "a truth value where none belongs");
	add_word(r, size == 4 ? "1" : "0");
	r->at += size;
	return add_type(r, 'b');
}

/* true, false, or the name of a type: "uint64 5" */
static int read_word(struct reader *r, const char *want)
{
	size_t size = span_until(r->at, " \t,[](){}'\"<>");
	char type[2] = "";
	if ((size == 4 && memcmp(r->at, "true", 4) == 0) || (size == 5 && memcmp(r->at, "false", 5) == 0))
		return read_truth(r, want, size);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strlen(numbers[i].name) == size && memcmp(numbers[i].name, r->at, size) == 0)
			type[0] = numbers[i].type;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strlen(others[i].name) == size && memcmp(others[i].name, r->at, size) == 0)
			type[0] = others[i].type;
	if (!type[0])
		return refuse(r, "a word that is no value (a text stands in quotes)");
	if (want && *want != type[0])
		return refuse(r, "another type than the other items'");
	r->at += size;
	return read_value(r, type);
}

static int read_any(struct reader *r, const char *want)
{
	skip_blanks(r);
	switch (*r->at) {
	case '[':
		return read_array(r, want);
	case '(':
		return read_tuple(r, want);
	case '@':
		return read_typed(r, want);
	case '\'':
	case '"':
		return read_text(r, want);
	case 0:
		return refuse(r, "no value");
	default:
		return strchr("+-.0123456789", *r->at) ? read_number(r, want) : read_word(r, want);
	}
}

static int read_value(struct reader *r, const char *want)
{
	if (++r->depth > DEPTH_MAX)
		return refuse(r, "values nested too deep");
	TRY(read_any(r, want));
	r->depth--;
	return 0;
}

int variant_read(const char *text, struct arena *a, struct variant *ret, struct err *e)
{
	struct reader r = { .text = text, .at = text, .arena = a, .e = e };
	TRY(read_value(&r, NULL));
	skip_blanks(&r);
	if (*r.at)
		return refuse(&r, "something behind the value");
	*ret = (struct variant){ arena_strdup(a, r.signature), r.words };
	return 0;
}

const char *variant_quote(const char *s, struct arena *a)
{
	char *out = arena_alloc(a, 2 * strlen(s) + 3);
	size_t n = 0;
	out[n++] = '\'';
	for (; *s; s++) {
		if (*s == '\'' || *s == '\\')
			out[n++] = '\\';
		out[n++] = *s;
	}
	out[n] = '\'';
	return out;
}
