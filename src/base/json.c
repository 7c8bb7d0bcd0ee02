/* SPDX-License-Identifier: Apache-2.0 */

/* JSON: json-c behind an interface of our own.
 *
 * json-scan.c has refused what RFC 8259 does not allow, so json-c sees nothing that it would take
 * leniently but for one thing: of two equal keys it keeps the last.  They are found by counting,
 * since a tree that has fewer members than the text lost some.  Only then are the keys collected
 * and sorted, to say which. */
#include "base/json.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json-scan.h"

/* --- equal keys ------------------------------------------------------------------------------- */

static size_t count_members(struct json_object *o)
{
	size_t n = 0;

	if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			n += count_members(json_object_array_get_idx(o, i));
	} else if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, key, value) {
			(void)key;
			n += 1 + count_members(value);
		}
	}
	return n;
}

/* A key without its quotes and escapes. */
struct name {
	const struct json_key *key;
	const char *s;
};

static const char *unescape(const struct json_key *key, struct json_tokener *tok, struct arena *a)
{
	struct json_object *o = json_tokener_parse_ex(tok, key->at, (int)key->size);
	const char *s = arena_strdup(a, o ? json_object_get_string(o) : "");

	json_object_put(o);
	json_tokener_reset(tok);
	return s;
}

static int name_compare(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int c;

	if (x->key->object != y->key->object)
		return x->key->object < y->key->object ? -1 : 1;
	c = strcmp(x->s, y->s);
	return c ? c : (x->key > y->key) - (x->key < y->key);
}

/* The first in the text that repeats one before it. */
static const struct name *name_repeated(const struct name *names, size_t n)
{
	const struct name *found = NULL;

	for (size_t i = 1; i < n; i++)
		if (names[i].key->object == names[i - 1].key->object &&
		    strcmp(names[i].s, names[i - 1].s) == 0 &&
		    (!found || names[i].key < found->key))
			found = &names[i];
	return found;
}

static int repeated_fail(char *text, size_t size, size_t n, struct json_tokener *tok,
			 struct arena *a, struct err *e)
{
	struct json_key *keys = ARENA_ARRAY(a, struct json_key, n);
	struct name *names = ARENA_ARRAY(a, struct name, n);
	const struct name *found;

	TRY(json_scan(text, size, keys, &n, e));
	for (size_t i = 0; i < n; i++)
		names[i] = (struct name){ &keys[i], unescape(&keys[i], tok, a) };
	qsort(names, n, sizeof(*names), name_compare);
	found = name_repeated(names, n);
	if (!found)
		return err_rule(e, NULL, "a key for the second time");
	return json_scan_fail(text, found->key->at, e, "the key \"%.100s\" for the second time",
			      found->s);
}

/* --- the tree --------------------------------------------------------------------------------- */

static struct json_object *inner(const struct json *j)
{
	return (struct json_object *)(uintptr_t)j; /* json-c's getters do not take const */
}

static void tokener_freep(struct json_tokener **tok)
{
	if (*tok)
		json_tokener_free(*tok);
}

int json_parse(const char *text, size_t size, struct json **ret_json, struct err *e)
{
	_cleanup_(arena_done) struct arena a = {};
	_cleanup_(json_freep) struct json *tree = NULL;
	_cleanup_(tokener_freep) struct json_tokener *tok = NULL;
	size_t n_members;
	char *copy;

	if (size > JSON_SIZE_MAX)
		return err_rule(e, NULL, "longer than %zu MiB", JSON_SIZE_MAX >> 20);
	copy = arena_alloc(&a, size + 1); /* the scan needs the NUL behind it */
	if (size)
		memcpy(copy, text, size);
	TRY(json_scan(copy, size, NULL, &n_members, e));

	tok = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
	if (!tok)
		out_of_memory();
	tree = (struct json *)json_tokener_parse_ex(tok, copy, (int)size + 1);
	if (json_tokener_get_error(tok) != json_tokener_success)
		return json_scan_fail(copy, copy + json_tokener_get_parse_end(tok), e, "%s",
				      json_tokener_error_desc(json_tokener_get_error(tok)));
	json_tokener_reset(tok);
	if (count_members(inner(tree)) != n_members)
		return repeated_fail(copy, size, n_members, tok, &a, e);
	*ret_json = tree;
	tree = NULL;
	return 0;
}

void json_free(struct json *j)
{
	json_object_put(inner(j));
}

enum json_kind json_kind(const struct json *j)
{
	switch (json_object_get_type(inner(j))) {
	case json_type_null: return JSON_NULL;
	case json_type_boolean: return JSON_BOOL;
	case json_type_int: return JSON_INTEGER;
	case json_type_double: return JSON_NUMBER;
	case json_type_string: return JSON_STRING;
	case json_type_array: return JSON_ARRAY;
	case json_type_object: return JSON_OBJECT;
	}
	return JSON_NULL;
}

const char *json_kind_name(enum json_kind kind)
{
	static const char names[][16] = {
		[JSON_NULL] = "null",          [JSON_BOOL] = "a boolean",
		[JSON_INTEGER] = "an integer", [JSON_NUMBER] = "a number",
		[JSON_STRING] = "a string",    [JSON_ARRAY] = "an array",
		[JSON_OBJECT] = "an object",
	};

	return names[kind];
}

bool json_is_true(const struct json *j)
{
	return json_object_get_boolean(inner(j));
}

const char *json_string(const struct json *j)
{
	return json_object_get_string(inner(j));
}

bool json_negative(const struct json *j)
{
	return json_object_get_int64(inner(j)) < 0;
}

int64_t json_i64(const struct json *j)
{
	return json_object_get_int64(inner(j));
}

uint64_t json_u64(const struct json *j)
{
	return json_object_get_uint64(inner(j));
}

size_t json_size(const struct json *j)
{
	switch (json_kind(j)) {
	case JSON_ARRAY: return json_object_array_length(inner(j));
	case JSON_OBJECT: return (size_t)json_object_object_length(inner(j));
	default: return 0;
	}
}

const struct json *json_item(const struct json *array, size_t i)
{
	return (const struct json *)json_object_array_get_idx(inner(array), i);
}

const struct json *json_member(const struct json *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(inner(object), key, &value);
	return (const struct json *)value;
}

static struct json_member member_at(const struct lh_entry *entry)
{
	if (!entry)
		return (struct json_member){};
	return (struct json_member){ lh_entry_k(entry), lh_entry_v(entry), entry };
}

struct json_member json_first(const struct json *object)
{
	return member_at(lh_table_head(json_object_get_object(inner(object))));
}

void json_next(struct json_member *m)
{
	*m = member_at(lh_entry_next((const struct lh_entry *)m->entry));
}
