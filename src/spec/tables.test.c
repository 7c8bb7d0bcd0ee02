/* SPDX-License-Identifier: Apache-2.0 */

/* The tables against the schema of the specification: every property has a row of the right type
 * and range, every row is a property, and what the schema requires or enumerates, the row does as
 * well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "spec/tables.h"

/* One of the schema's documents, and a place in it. */
struct document {
	const char *name;
	struct json *tree;
};
struct node {
	const struct document *in;
	const struct json *j;
};

static struct document documents[] = {
	{ "config-schema.json", NULL },
	{ "config-linux.json", NULL },
	{ "defs.json", NULL },
	{ "defs-linux.json", NULL },
};

struct rows {
	size_t n;
	struct {
		char path[200];
		const char *type, *format;
		const struct field *field;
		bool seen;
	} at[400];
};

/* What the schema leaves open, but the specification's text says. */
static const char *const required_by_text[] = {
	"/process/user/uid",
	"/process/user/gid",
	"/process/ioPriority/priority",
	"/linux/personality/domain",
	"/linux/memoryPolicy/mode",
	"/linux/resources/blockIO/throttleReadBpsDevice/*/rate",
	"/linux/resources/blockIO/throttleWriteBpsDevice/*/rate",
	"/linux/resources/blockIO/throttleReadIOPSDevice/*/rate",
	"/linux/resources/blockIO/throttleWriteIOPSDevice/*/rate",
};

static struct json *load(const char *name)
{
	static char text[65536];
	char path[4096];
	struct json *j;
	struct err e = {};
	FILE *f;
	size_t n;

	/* beside this file, wherever the test runs: the compiler was given a path that is valid
	 * from here */
	snprintf(path, sizeof(path), "%.*s../../tests/schema/%s",
		 (int)(strrchr(__FILE__, '/') - __FILE__ + 1), __FILE__, name);
	f = fopen(path, "r");
	if (!f)
		fail_msg("cannot open %s", path);
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	if (json_parse(text, n, &j, &e) < 0)
		fail_msg("%s: %s", name, e.text);
	return j;
}

static const struct document *document(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
		if (strlen(documents[i].name) == n && memcmp(documents[i].name, name, n) == 0)
			return &documents[i];
	return NULL;
}

/* "file#/a/b" or "#/a/b"; a NULL tree for documents of other platforms. */
static struct node follow(struct node from, const char *ref)
{
	size_t n_name = strcspn(ref, "#");
	struct node to = { n_name ? document(ref, n_name) : from.in, NULL };
	char step[100];

	if (!to.in)
		return (struct node){};
	to.j = to.in->tree;
	for (const char *p = ref + n_name + 1; *p == '/';) {
		size_t n = strcspn(++p, "/");

		snprintf(step, sizeof(step), "%.*s", (int)n, p);
		to.j = json_member(to.j, step);
		p += n;
	}
	assert_non_null(to.j);
	return to;
}

static const char *text_of(const struct json *j, const char *key)
{
	const struct json *v = json_member(j, key);

	return json_kind(v) == JSON_STRING ? json_string(v) : NULL;
}

static size_t row_find(struct rows *rows, const char *path)
{
	for (size_t i = 0; i < rows->n; i++)
		if (strcmp(rows->at[i].path, path) == 0)
			return i;
	fail_msg("no row for %s", path);
	return 0;
}

/* The name of the definition, if it is a range of integers. */
static const char *range_of(const char *ref)
{
	const char *name = strrchr(ref, '/') + 1;

	return strncmp(name, "int", 3) == 0 || strncmp(name, "uint", 4) == 0 ? name : NULL;
}

static void walk(struct node node, const char *path, struct rows *rows, const char *range);

static void walk_properties(struct node node, const char *path, struct rows *rows)
{
	const struct json *properties = json_member(node.j, "properties");
	const struct json *required = json_member(node.j, "required");
	char below[200];

	if (properties)
		for (struct json_member m = json_first(properties); m.key; json_next(&m)) {
			snprintf(below, sizeof(below), "%s/%s", path, m.key);
			walk((struct node){ node.in, m.value }, below, rows, NULL);
		}
	for (size_t i = 0; i < json_size(required); i++) {
		snprintf(below, sizeof(below), "%s/%s", path, json_string(json_item(required, i)));
		if (rows->at[row_find(rows, below)].field->need != REQUIRED)
			fail_msg("%s is required", below);
	}
}

static void check_type(struct node node, const char *path, struct rows *rows, const char *range)
{
	const char *type = text_of(node.j, "type");
	size_t i;

	if (!type || path[0] == '\0' || path[strlen(path) - 1] == '*')
		return;
	i = row_find(rows, path);
	rows->at[i].seen = true;
	if (strcmp(rows->at[i].type, type) != 0)
		fail_msg("%s is %s, the row says %s", path, type, rows->at[i].type);
	if (range && strcmp(rows->at[i].format, range) != 0)
		fail_msg("%s is %s, the row says %s", path, range, rows->at[i].format);
}

/* An enumeration is that of the row above, if it is one of items. */
static void check_words(struct node node, const char *path, struct rows *rows)
{
	const struct json *words = json_member(node.j, "enum");
	char row[200];

	if (!words)
		return;
	snprintf(row, sizeof(row), "%.*s",
		 (int)(strlen(path) - (path[strlen(path) - 1] == '*' ? 2 : 0)), path);
	for (size_t i = 0; i < json_size(words); i++) {
		const char *word = json_string(json_item(words, i));
		const struct field *f = rows->at[row_find(rows, row)].field;

		if (!f->words || words_find(f->words, word) < 0)
			fail_msg("%s does not know %s", row, word);
	}
}

static void walk(struct node node, const char *path, struct rows *rows, const char *range)
{
	const char *ref = text_of(node.j, "$ref");
	const struct json *all_of = json_member(node.j, "allOf"),
			  *any_of = json_member(node.j, "anyOf");
	const struct json *items = json_member(node.j, "items");
	const struct json *values = json_member(node.j, "additionalProperties");
	char below[200];

	if (ref) {
		struct node to = follow(node, ref);

		if (to.in)
			walk(to, path, rows, range_of(ref) ? range_of(ref) : range);
		return;
	}
	check_type(node, path, rows, range);
	check_words(node, path, rows);
	walk_properties(node, path, rows);
	for (size_t i = 0; i < json_size(all_of); i++)
		walk((struct node){ node.in, json_item(all_of, i) }, path, rows, NULL);
	for (size_t i = 0; i < json_size(any_of); i++)
		walk((struct node){ node.in, json_item(any_of, i) }, path, rows, NULL);
	snprintf(below, sizeof(below), "%s/*", path);
	if (items)
		walk((struct node){ node.in, items }, below, rows, NULL);
	if (values)
		walk((struct node){ node.in, values }, below, rows, NULL);
}

static void add_row(const struct table_row *row, void *arg)
{
	struct rows *rows = arg;

	assert_true(rows->n < sizeof(rows->at) / sizeof(rows->at[0]));
	snprintf(rows->at[rows->n].path, sizeof(rows->at[0].path), "%s", row->path);
	rows->at[rows->n].type = row->type;
	rows->at[rows->n].format = row->format;
	rows->at[rows->n++].field = row->field;
}

static struct rows rows;

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
		documents[i].tree = load(documents[i].name);
	table_walk(&spec_table, add_row, &rows);
	walk((struct node){ &documents[0], documents[0].tree }, "", &rows, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
		json_free(documents[i].tree);
	return 0;
}

static void every_row_is_a_property(void **state)
{
	(void)state;
	assert_true(rows.n > 180);
	for (size_t i = 0; i < rows.n; i++)
		if (!rows.at[i].seen)
			fail_msg("%s is not in the schema", rows.at[i].path);
}

/* Is the last part of a path among what its object requires?  The object is found by going down
 * again. */
static bool requires(struct node node, const char *path)
{
	const char *ref = text_of(node.j, "$ref");
	const struct json *all_of = json_member(node.j, "allOf"),
			  *any_of = json_member(node.j, "anyOf");
	size_t n = strcspn(path + 1, "/");
	char step[100];

	if (ref)
	return requires(follow(node, ref), path);
	for (size_t i = 0; i < json_size(all_of); i++)
		if (requires((struct node){ node.in, json_item(all_of, i) }, path))
			return true;
	if (any_of)
	return requires((struct node){ node.in, json_item(any_of, 0) }, path);
	snprintf(step, sizeof(step), "%.*s", (int)n, path + 1);
	if (path[1 + n] == '\0') {
		const struct json *required = json_member(node.j, "required");

		for (size_t i = 0; i < json_size(required); i++)
			if (strcmp(json_string(json_item(required, i)), step) == 0)
				return true;
		return false;
	}
	node.j = strcmp(step, "*") ? json_member(json_member(node.j, "properties"), step)
		 : json_member(node.j, "items") ? json_member(node.j, "items")
						: json_member(node.j, "additionalProperties");
	return node.j && requires(node, path + 1 + n);
}

static bool schema_requires(const char *path)
{
	return requires((struct node){ &documents[0], documents[0].tree }, path);
}

static void what_rows_require_is_written_somewhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < rows.n; i++) {
		bool known = schema_requires(rows.at[i].path);

		for (size_t j = 0; j < sizeof(required_by_text) / sizeof(required_by_text[0]); j++)
			known |= strcmp(rows.at[i].path, required_by_text[j]) == 0;
		if (rows.at[i].field->need == REQUIRED && !known)
			fail_msg("nothing requires %s", rows.at[i].path);
	}
}

static void words_beyond_the_schema(void **state)
{
	(void)state;
	assert_string_equal(rows.at[row_find(&rows, "/linux/devices/*/type")].field->words,
			    "c b u p");
	assert_null(rows.at[row_find(&rows, "/process/capabilities/bounding")].field->words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_a_property),
		cmocka_unit_test(what_rows_require_is_written_somewhere),
		cmocka_unit_test(words_beyond_the_schema),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
