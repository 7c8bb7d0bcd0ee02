/* SPDX-License-Identifier: Apache-2.0 */

/* Structs from JSON and back, by tables.
 *
 * A codec is how one type is read and written; table.h picks it by the type of the struct's
 * member, so what is stored through a void pointer here has the right type by construction.
 * Reading never stops at a problem: what could not be read stays zero, and nobody sees the struct
 * if there was any. */
#include "base/table.h"

#include <inttypes.h>
#include <string.h>

#include "base/span.h"

/* Of objects, as their structs are large: an array of 16 MiB of "{}," would need gigabytes. */
#define ITEMS_MAX ((size_t)1 << 16)

struct reader {
	struct arena *arena;
	struct problems *problems;
};

struct codec {
	void (*read)(struct reader *r, const struct place *at, const struct field *f,
		     const struct json *j, void *dst);
	void (*write)(const struct field *f, const void *src, struct writer *w);
	bool (*absent)(const struct field *f, const void *src);
	char type[8], format[8]; /* JSON Schema's words */
	int64_t min;
	uint64_t max;
	uint8_t size;	     /* of an integer or a boolean */
	uint8_t value;	     /* its offset: not 0 in a struct with a flag before it */
	bool nested, many;   /* has a table of its own; for each of its items */
};

/* {n, items}, whatever the items. */
struct list {
	size_t n;
	void *items;
};

static struct list list_get(const void *src)
{
	struct list l;

	memcpy(&l, src, sizeof(l));
	return l;
}

static void list_put(void *dst, size_t n, void *items)
{
	memcpy(dst, &(struct list){ n, items }, sizeof(struct list));
}

static bool list_absent(const struct field *f, const void *src)
{
	(void)f;
	return list_get(src).items == NULL;
}

#define problem(r, at, ...) problem_at((r)->problems, (r)->arena, at, __VA_ARGS__)

static bool expect(struct reader *r, const struct place *at, const struct json *j,
		   enum json_kind kind)
{
	if (json_kind(j) == kind)
		return true;
	problem(r, at, "expected %s, found %s", json_kind_name(kind), json_kind_name(json_kind(j)));
	return false;
}

/* --- booleans and integers -------------------------------------------------------------------- */

static void *value_at(const struct field *f, void *dst)
{
	if (f->codec->value)
		*(bool *)dst = true; /* `set`, the first member of each opt_ struct */
	return (char *)dst + f->codec->value;
}

static void read_bool(struct reader *r, const struct place *at, const struct field *f,
		      const struct json *j, void *dst)
{
	if (expect(r, at, j, JSON_BOOL))
		*(bool *)value_at(f, dst) = json_is_true(j);
}

static void write_bool(const struct field *f, const void *src, struct writer *w)
{
	writer_bool(w, *((const bool *)src + f->codec->value));
}

static bool integer_fits(const struct codec *c, const struct json *j)
{
	return json_negative(j) ? json_i64(j) >= c->min : json_u64(j) <= c->max;
}

static bool integer_get(struct reader *r, const struct place *at, const struct codec *c,
			const struct json *j, uint64_t *ret)
{
	enum json_kind kind = json_kind(j);

	if (kind != JSON_INTEGER && kind != JSON_NUMBER)
		return expect(r, at, j, JSON_INTEGER);
	if (kind == JSON_INTEGER && integer_fits(c, j)) {
		*ret = json_negative(j) ? (uint64_t)json_i64(j) : json_u64(j);
		return true;
	}
	problem(r, at, "expected an integer from %" PRId64 " to %" PRIu64, c->min, c->max);
	return false;
}

static void integer_store(void *dst, size_t size, uint64_t v)
{
	switch (size) {
	case 2: memcpy(dst, &(uint16_t){ (uint16_t)v }, 2); break;
	case 4: memcpy(dst, &(uint32_t){ (uint32_t)v }, 4); break;
	case 8: memcpy(dst, &v, 8); break;
	}
}

/* The bits of an integer of any size, its sign extended if the codec has one. */
static uint64_t integer_load(const struct codec *c, const void *src)
{
	bool sign = c->min < 0;
	uint16_t v16;
	uint32_t v32;
	uint64_t v64 = 0;

	switch (c->size) {
	case 2: memcpy(&v16, src, 2); return sign ? (uint64_t)(int16_t)v16 : v16;
	case 4: memcpy(&v32, src, 4); return sign ? (uint64_t)(int32_t)v32 : v32;
	case 8: memcpy(&v64, src, 8); break;
	}
	return v64;
}

static void read_integer(struct reader *r, const struct place *at, const struct field *f,
			 const struct json *j, void *dst)
{
	uint64_t v;

	if (integer_get(r, at, f->codec, j, &v))
		integer_store(value_at(f, dst), f->codec->size, v);
}

static void integer_write(const struct codec *c, const void *src, struct writer *w)
{
	uint64_t v = integer_load(c, src);

	if (c->min < 0)
		writer_i64(w, (int64_t)v);
	else
		writer_u64(w, v);
}

static void write_integer(const struct field *f, const void *src, struct writer *w)
{
	integer_write(f->codec, (const char *)src + f->codec->value, w);
}

/* Without a flag that says more, an optional zero is as good as an absent one. */
static bool scalar_absent(const struct field *f, const void *src)
{
	const struct codec *c = f->codec;

	if (c->value)
		return !*(const bool *)src;
	return f->need == OPTIONAL &&
	       (c->size == 1 ? !*(const bool *)src : integer_load(c, src) == 0);
}

#define INTEGER_(name, T, low, high, at)                                               \
	{                                                                              \
		.read = read_integer, .write = write_integer, .absent = scalar_absent, \
		.type = "integer", .format = (name), .min = (low), .max = (high),      \
		.size = sizeof(T), .value = (at)                                       \
	}
#define BOOL_(at)                                                                \
	{                                                                        \
		.read = read_bool, .write = write_bool, .absent = scalar_absent, \
		.type = "boolean", .size = 1, .value = (at)                      \
	}

const struct codec codec_bool = BOOL_(0);
const struct codec codec_i32 = INTEGER_("int32", int32_t, INT32_MIN, INT32_MAX, 0);
const struct codec codec_u32 = INTEGER_("uint32", uint32_t, 0, UINT32_MAX, 0);
const struct codec codec_i64 = INTEGER_("int64", int64_t, INT64_MIN, INT64_MAX, 0);
const struct codec codec_u64 = INTEGER_("uint64", uint64_t, 0, UINT64_MAX, 0);
const struct codec codec_opt_bool = BOOL_(offsetof(struct opt_bool, v));
const struct codec codec_opt_u16 =
	INTEGER_("uint16", uint16_t, 0, UINT16_MAX, offsetof(struct opt_u16, v));
const struct codec codec_opt_i32 =
	INTEGER_("int32", int32_t, INT32_MIN, INT32_MAX, offsetof(struct opt_i32, v));
const struct codec codec_opt_u32 =
	INTEGER_("uint32", uint32_t, 0, UINT32_MAX, offsetof(struct opt_u32, v));
const struct codec codec_opt_i64 =
	INTEGER_("int64", int64_t, INT64_MIN, INT64_MAX, offsetof(struct opt_i64, v));
const struct codec codec_opt_u64 =
	INTEGER_("uint64", uint64_t, 0, UINT64_MAX, offsetof(struct opt_u64, v));

/* --- texts ------------------------------------------------------------------------------------ */

int words_find(const char *words, const char *word)
{
	size_t size = strlen(word);
	int i = 0;

	for (const char *w = words; *w; i++) {
		size_t n = span_until(w, " ");

		if (n == size && memcmp(w, word, n) == 0)
			return i;
		w += n + (w[n] == ' ');
	}
	return -1;
}

/* NULL, and a problem noted, if it is none that the row allows. */
static const char *string_get(struct reader *r, const struct place *at, const struct field *f,
			      const struct json *j)
{
	const char *s;

	if (!expect(r, at, j, JSON_STRING))
		return NULL;
	s = json_string(j);
	if (f->words && words_find(f->words, s) < 0) {
		problem(r, at, "\"%.64s\" is none of %s", s, f->words);
		return NULL;
	}
	return arena_strdup(r->arena, s);
}

static void read_string(struct reader *r, const struct place *at, const struct field *f,
			const struct json *j, void *dst)
{
	if (f->need == OPTIONAL && json_kind(j) == JSON_STRING && json_string(j)[0] == '\0')
		return;
	*(const char **)dst = string_get(r, at, f, j);
}

static void write_string(const struct field *f, const void *src, struct writer *w)
{
	(void)f;
	writer_string(w, *(const char *const *)src);
}

static bool pointer_absent(const struct field *f, const void *src)
{
	(void)f;
	return *(const void *const *)src == NULL;
}

static void read_strings(struct reader *r, const struct place *at, const struct field *f,
			 const struct json *j, void *dst)
{
	const char **items;
	size_t n = json_size(j);

	if (!expect(r, at, j, JSON_ARRAY))
		return;
	items = ARENA_ARRAY(r->arena, const char *, n);
	for (size_t i = 0; i < n; i++)
		items[i] = string_get(r, PLACE_ITEM(at, i), f, json_item(j, i));
	list_put(dst, n, items);
}

static void write_strings(const struct field *f, const void *src, struct writer *w)
{
	const struct strings *s = src;

	(void)f;
	writer_open(w, '[');
	for (size_t i = 0; i < s->n; i++)
		writer_string(w, s->items[i]);
	writer_close(w, ']');
}

static void read_u32s(struct reader *r, const struct place *at, const struct field *f,
		      const struct json *j, void *dst)
{
	uint32_t *items;
	uint64_t v;
	size_t n = json_size(j);

	(void)f;
	if (!expect(r, at, j, JSON_ARRAY))
		return;
	items = ARENA_ARRAY(r->arena, uint32_t, n);
	for (size_t i = 0; i < n; i++)
		if (integer_get(r, PLACE_ITEM(at, i), &codec_u32, json_item(j, i), &v))
			items[i] = (uint32_t)v;
	list_put(dst, n, items);
}

static void write_u32s(const struct field *f, const void *src, struct writer *w)
{
	const struct u32s *s = src;

	(void)f;
	writer_open(w, '[');
	for (size_t i = 0; i < s->n; i++)
		writer_u64(w, s->items[i]);
	writer_close(w, ']');
}

static void read_string_map(struct reader *r, const struct place *at, const struct field *f,
			    const struct json *j, void *dst)
{
	struct string_pair *items;
	size_t n = 0;

	if (!expect(r, at, j, JSON_OBJECT))
		return;
	items = ARENA_ARRAY(r->arena, struct string_pair, json_size(j));
	for (struct json_member m = json_first(j); m.key; json_next(&m)) {
		if (!m.value)
			continue;
		items[n].key = arena_strdup(r->arena, m.key);
		items[n++].value = string_get(r, PLACE_KEY(at, m.key), f, m.value);
	}
	list_put(dst, n, items);
}

static void write_string_map(const struct field *f, const void *src, struct writer *w)
{
	const struct string_map *map = src;

	(void)f;
	writer_open(w, '{');
	for (size_t i = 0; i < map->n; i++) {
		writer_key(w, map->items[i].key);
		writer_string(w, map->items[i].value);
	}
	writer_close(w, '}');
}

const struct codec codec_string = { read_string, write_string, pointer_absent, .type = "string" };
const struct codec codec_strings = { read_strings, write_strings, list_absent, .type = "array",
				     .format = "string" };
const struct codec codec_u32s = { read_u32s, write_u32s, list_absent, .type = "array",
				  .format = "uint32" };
const struct codec codec_string_map = { read_string_map, write_string_map, list_absent,
					.type = "object", .format = "string" };

/* --- objects ---------------------------------------------------------------------------------- */

/* The row of a key.  Most documents keep the order of the specification, so the row after the last
 * one is tried first. */
static const struct field *field_find(const struct table *t, const char *key, size_t *hint)
{
	for (size_t i = 0; i < t->n_fields; i++) {
		size_t at = (*hint + i) % t->n_fields;

		if (strcmp(t->fields[at].name, key) == 0) {
			*hint = at + 1;
			return &t->fields[at];
		}
	}
	return NULL;
}

static void report_missing(struct reader *r, const struct place *at, const struct table *t,
			   uint64_t seen)
{
	for (size_t i = 0; i < t->n_fields; i++)
		if (t->fields[i].need == REQUIRED && !(seen & UINT64_C(1) << i))
			problem(r, PLACE_KEY(at, t->fields[i].name), "required, but missing");
}

static void object_read(struct reader *r, const struct place *at, const struct table *t,
			const struct json *j, void *dst)
{
	uint64_t seen = 0;
	size_t hint = 0;

	if (!expect(r, at, j, JSON_OBJECT))
		return;
	for (struct json_member m = json_first(j); m.key; json_next(&m)) {
		const struct field *f = m.value ? field_find(t, m.key, &hint) : NULL;

		if (!f)
			continue;
		seen |= UINT64_C(1) << (f - t->fields);
		f->codec->read(r, PLACE_KEY(at, f->name), f, m.value, (char *)dst + f->offset);
	}
	report_missing(r, at, t, seen);
}

void table_write(const struct table *t, const void *object, struct writer *w)
{
	writer_open(w, '{');
	for (size_t i = 0; i < t->n_fields; i++) {
		const struct field *f = &t->fields[i];
		const void *src = (const char *)object + f->offset;

		if (f->codec->absent && f->codec->absent(f, src))
			continue;
		writer_key(w, f->name);
		f->codec->write(f, src, w);
	}
	writer_close(w, '}');
}

static void read_embedded(struct reader *r, const struct place *at, const struct field *f,
			  const struct json *j, void *dst)
{
	object_read(r, at, f->table, j, dst);
}

static void write_embedded(const struct field *f, const void *src, struct writer *w)
{
	table_write(f->table, src, w);
}

static void read_object(struct reader *r, const struct place *at, const struct field *f,
			const struct json *j, void *dst)
{
	void *object = arena_alloc(r->arena, f->table->size);

	object_read(r, at, f->table, j, object);
	*(void **)dst = object;
}

static void write_object(const struct field *f, const void *src, struct writer *w)
{
	table_write(f->table, *(const void *const *)src, w);
}

static bool few_enough(struct reader *r, const struct place *at, const struct json *j)
{
	if (json_size(j) <= ITEMS_MAX)
		return true;
	problem(r, at, "more than %zu items", ITEMS_MAX);
	return false;
}

static void read_array(struct reader *r, const struct place *at, const struct field *f,
		       const struct json *j, void *dst)
{
	const struct table *t = f->table;
	size_t n = json_size(j);
	char *items;

	if (!expect(r, at, j, JSON_ARRAY) || !few_enough(r, at, j))
		return;
	items = arena_alloc_array(r->arena, n, t->size);
	for (size_t i = 0; i < n; i++)
		object_read(r, PLACE_ITEM(at, i), t, json_item(j, i), items + i * t->size);
	list_put(dst, n, items);
}

static void write_array(const struct field *f, const void *src, struct writer *w)
{
	struct list l = list_get(src);

	writer_open(w, '[');
	for (size_t i = 0; i < l.n; i++)
		table_write(f->table, (const char *)l.items + i * f->table->size, w);
	writer_close(w, ']');
}

static void read_map(struct reader *r, const struct place *at, const struct field *f,
		     const struct json *j, void *dst)
{
	const struct table *t = f->table;
	char *items, *item;

	if (!expect(r, at, j, JSON_OBJECT) || !few_enough(r, at, j))
		return;
	item = items = arena_alloc_array(r->arena, json_size(j), t->size);
	for (struct json_member m = json_first(j); m.key; json_next(&m)) {
		if (!m.value)
			continue;
		object_read(r, PLACE_KEY(at, m.key), t, m.value, item);
		*(const char **)(item + t->key) = arena_strdup(r->arena, m.key);
		item += t->size;
	}
	list_put(dst, (size_t)(item - items) / t->size, items);
}

static void write_map(const struct field *f, const void *src, struct writer *w)
{
	const struct table *t = f->table;
	struct list l = list_get(src);

	writer_open(w, '{');
	for (size_t i = 0; i < l.n; i++) {
		const char *item = (const char *)l.items + i * t->size;

		writer_key(w, *(const char *const *)(item + t->key));
		table_write(t, item, w);
	}
	writer_close(w, '}');
}

const struct codec codec_embedded = { read_embedded, write_embedded, .type = "object",
				      .nested = true };
const struct codec codec_object = { read_object, write_object, pointer_absent, .type = "object",
				    .nested = true };
const struct codec codec_array = { read_array,      write_array,    list_absent,
				   .type = "array", .nested = true, .many = true };
const struct codec codec_map = { read_map,         write_map,      list_absent,
				 .type = "object", .nested = true, .many = true };

/* --- whole documents -------------------------------------------------------------------------- */

int table_read(const struct table *t, const char *text, size_t size, struct arena *a,
	       void **ret_object, struct problems *p, struct err *e)
{
	_cleanup_(json_freep) struct json *j = NULL;
	struct reader r = { a, p };
	size_t n_before = p->n;
	void *object;

	if (json_parse(text, size, &j, e) < 0) {
		problem_add(p, a, "", "%s", e->text);
		return problems_err(p, e);
	}
	object = arena_alloc(a, t->size);
	object_read(&r, NULL, t, j, object);
	if (p->n > n_before)
		return problems_err(p, e);
	*ret_object = object;
	return 0;
}

/* How large a member is. */
static size_t member_size(const struct codec *c)
{
	if (c->size)
		return (size_t)c->value + c->size;
	return c->absent == list_absent ? sizeof(struct list) : sizeof(void *);
}

/* The item with that key, or a new one behind all others, for which there is room. */
static char *map_slot(struct list *l, size_t size, size_t key, const char *name)
{
	char *item = l->items;

	for (size_t i = 0; i < l->n; i++, item += size)
		if (strcmp(*(const char *const *)(item + key), name) == 0)
			return item;
	l->n++;
	return item;
}

static void overlay_map(size_t size, size_t key, void *under, const void *over, struct arena *a)
{
	struct list old = list_get(under), more = list_get(over);
	struct list both = { old.n, arena_alloc_array(a, old.n + more.n, size) };

	if (old.n)
		memcpy(both.items, old.items, old.n * size);
	for (size_t i = 0; i < more.n; i++) {
		const char *item = (const char *)more.items + i * size;

		memcpy(map_slot(&both, size, key, *(const char *const *)(item + key)), item, size);
	}
	memcpy(under, &both, sizeof(both));
}

static void overlay_object(const struct table *t, void *under, const void *over, struct arena *a)
{
	void *object, *more;

	memcpy(&object, under, sizeof(object));
	memcpy(&more, over, sizeof(more));
	object = object ? arena_copy(a, object, t->size) : arena_alloc(a, t->size);
	table_overlay(t, object, more, a);
	memcpy(under, &object, sizeof(object));
}

void table_overlay(const struct table *t, void *under, const void *over, struct arena *a)
{
	for (size_t i = 0; i < t->n_fields; i++) {
		const struct field *f = &t->fields[i];
		char *dst = (char *)under + f->offset;
		const char *src = (const char *)over + f->offset;

		if (f->codec->absent && f->codec->absent(f, src))
			continue;
		if (f->codec == &codec_embedded)
			table_overlay(f->table, dst, src, a);
		else if (f->codec == &codec_object)
			overlay_object(f->table, dst, src, a);
		else if (f->codec == &codec_map)
			overlay_map(f->table->size, f->table->key, dst, src, a);
		else if (f->codec == &codec_string_map)
			overlay_map(sizeof(struct string_pair), 0, dst, src, a);
		else
			memcpy(dst, src, member_size(f->codec));
	}
}

static void walk(const struct table *t, struct buf *path,
		 void (*see)(const struct table_row *row, void *arg), void *arg)
{
	for (size_t i = 0; i < t->n_fields; i++) {
		const struct field *f = &t->fields[i];
		size_t n = path->size;

		buf_printf(path, "/%s", f->name);
		see(&(struct table_row){ path->data, f->codec->type, f->codec->format, f }, arg);
		if (f->codec->many)
			buf_str(path, "/*");
		if (f->codec->nested)
			walk(f->table, path, see, arg);
		path->size = n;
		path->data[n] = '\0';
	}
}

void table_walk(const struct table *t, void (*see)(const struct table_row *row, void *arg),
		void *arg)
{
	_cleanup_(buf_done) struct buf path = {};

	walk(t, &path, see, arg);
}
