/* SPDX-License-Identifier: Apache-2.0 */
#include "base/table.h"

#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

struct part {
	const char *name;
	uint64_t size;
};
struct parts {
	size_t n;
	struct part *items;
};

struct whole {
	bool flag;
	int32_t i32;
	uint32_t u32;
	int64_t i64;
	uint64_t u64;
	struct opt_bool maybe_flag;
	struct opt_u16 maybe_u16;
	struct opt_i32 maybe_i32;
	struct opt_u32 maybe_u32;
	struct opt_i64 maybe_i64;
	struct opt_u64 maybe_u64;
	const char *text, *word;
	struct strings texts, words;
	struct u32s numbers;
	struct string_map pairs;
	struct part inside, *beside;
	struct parts list, map;
};

ROWS(part, struct part) = {
	FIELD(part, name, "name", OPTIONAL),
	FIELD(part, size, "size", REQUIRED),
};
static TABLE(part);

ROWS(keyed, struct part) = {
	FIELD(keyed, size, "size", OPTIONAL),
};
static TABLE(keyed, name);

ROWS(whole, struct whole) = {
	FIELD(whole, flag, "flag", OPTIONAL),
	FIELD(whole, i32, "i32", OPTIONAL),
	FIELD(whole, u32, "u32", OPTIONAL),
	FIELD(whole, i64, "i64", OPTIONAL),
	FIELD(whole, u64, "u64", OPTIONAL),
	FIELD(whole, maybe_flag, "maybeFlag", OPTIONAL),
	FIELD(whole, maybe_u16, "maybeU16", OPTIONAL),
	FIELD(whole, maybe_i32, "maybeI32", OPTIONAL),
	FIELD(whole, maybe_u32, "maybeU32", OPTIONAL),
	FIELD(whole, maybe_i64, "maybeI64", OPTIONAL),
	FIELD(whole, maybe_u64, "maybeU64", OPTIONAL),
	FIELD(whole, text, "text", OPTIONAL),
	WORD(whole, word, "word", OPTIONAL, "one two three"),
	FIELD(whole, texts, "texts", OPTIONAL),
	WORD(whole, words, "words", OPTIONAL, "one two three"),
	FIELD(whole, numbers, "numbers", OPTIONAL),
	FIELD(whole, pairs, "pairs", OPTIONAL),
	OBJECT(whole, inside, "inside", OPTIONAL, part),
	OBJECT(whole, beside, "beside", OPTIONAL, part),
	ARRAY(whole, list, "list", OPTIONAL, part),
	MAP(whole, map, "map", OPTIONAL, keyed),
};
static TABLE(whole);

struct fixture {
	struct arena a;
	struct problems p;
	struct err e;
};

static struct whole *get(struct fixture *f, const char *text)
{
	void *object = NULL;

	if (table_read(&whole_table, text, strlen(text), &f->a, &object, &f->p, &f->e) < 0)
		fail_msg("%s: %s: %s", text, f->e.field, f->e.text);
	return object;
}

/* The problems are `expected`, "pointer: text" a line. */
static void refuse(const char *text, const char *expected)
{
	_cleanup_(buf_done) struct buf found = {};
	struct fixture f = {};
	void *object = NULL;

	assert_int_equal(table_read(&whole_table, text, strlen(text), &f.a, &object, &f.p, &f.e),
			 -1);
	assert_null(object);
	for (const struct problem *p = f.p.first; p; p = p->next)
		buf_printf(&found, "%s: %s\n", p->pointer, p->text);
	assert_string_equal(found.data, expected);
	assert_string_equal(f.e.field, f.p.first->pointer);
	arena_done(&f.a);
}

static void every_type_is_read(void **state)
{
	struct fixture f = {};
	const struct whole *w = get(
		&f, "{\"flag\":true,\"i32\":-2147483648,\"u32\":4294967295,"
		    "\"i64\":-9223372036854775808,\"u64\":18446744073709551615,"
		    "\"maybeFlag\":false,\"maybeU16\":65535,\"maybeI32\":-1,\"maybeU32\":0,"
		    "\"maybeI64\":-1,\"maybeU64\":1,\"text\":\"t\",\"word\":\"two\","
		    "\"texts\":[\"a\",\"\"],\"words\":[\"three\"],\"numbers\":[1,2],"
		    "\"pairs\":{\"k\":\"v\",\"\":\"\"},\"inside\":{\"size\":3},"
		    "\"beside\":{\"name\":\"n\",\"size\":4},\"list\":[{\"size\":5},{\"size\":6}],"
		    "\"map\":{\"x\":{},\"y\":{\"size\":7}}}");

	(void)state;
	assert_true(w->flag && w->i32 == INT32_MIN && w->u32 == UINT32_MAX);
	assert_true(w->i64 == INT64_MIN && w->u64 == UINT64_MAX);
	assert_true(w->maybe_flag.set && !w->maybe_flag.v);
	assert_true(w->maybe_u16.set && w->maybe_u16.v == 65535);
	assert_true(w->maybe_i32.set && w->maybe_i32.v == -1);
	assert_true(w->maybe_u32.set && w->maybe_u32.v == 0);
	assert_true(w->maybe_i64.set && w->maybe_i64.v == -1);
	assert_true(w->maybe_u64.set && w->maybe_u64.v == 1);
	assert_string_equal(w->text, "t");
	assert_string_equal(w->word, "two");
	assert_true(w->texts.n == 2 && strcmp(w->texts.items[0], "a") == 0 &&
		    w->texts.items[1][0] == '\0');
	assert_true(w->words.n == 1 && w->numbers.n == 2 && w->numbers.items[1] == 2);
	assert_true(w->pairs.n == 2 && strcmp(w->pairs.items[0].value, "v") == 0);
	assert_true(w->inside.size == 3 && w->beside->size == 4 &&
		    strcmp(w->beside->name, "n") == 0);
	assert_true(w->list.n == 2 && w->list.items[1].size == 6 && !w->list.items[1].name);
	assert_true(w->map.n == 2 && strcmp(w->map.items[1].name, "y") == 0 &&
		    w->map.items[1].size == 7);
	arena_done(&f.a);
}

static void absent_null_and_unknown(void **state)
{
	struct fixture f = {};
	const struct whole *w = get(
		&f, "{\"flag\":null,\"maybeU16\":null,\"text\":null,\"list\":null,\"beside\":null,"
		    "\"unknown\":{\"size\":-1},\"map\":{\"a\":null},\"pairs\":{\"a\":null}}");

	(void)state;
	assert_true(!w->flag && !w->maybe_u16.set && !w->text && !w->list.items && !w->beside);
	assert_true(w->map.n == 0 && w->pairs.n == 0);
	arena_done(&f.a);
}

static void empty_is_not_absent_but_for_strings(void **state)
{
	struct fixture f = {};
	const struct whole *w = get(
		&f,
		"{\"text\":\"\",\"word\":\"\",\"texts\":[],\"list\":[],\"map\":{},\"pairs\":{}}");

	(void)state;
	assert_true(!w->text && !w->word);
	assert_true(w->texts.n == 0 && w->texts.items && w->list.items && w->map.items &&
		    w->pairs.items);
	arena_done(&f.a);
}

static void wrong_types(void **state)
{
	(void)state;
	refuse("[]", ": expected an object, found an array\n");
	refuse("null", ": expected an object, found null\n");
	refuse("{\"flag\":1,\"u32\":\"1\",\"text\":1,\"texts\":\"a\",\"inside\":[],\"list\":{},"
	       "\"map\":[],"
	       "\"pairs\":[],\"numbers\":{}}",
	       "/flag: expected a boolean, found an integer\n/u32: expected an integer, found a "
	       "string\n"
	       "/text: expected a string, found an integer\n/texts: expected an array, found a "
	       "string\n"
	       "/inside: expected an object, found an array\n/list: expected an array, found an "
	       "object\n"
	       "/map: expected an object, found an array\n/pairs: expected an object, found an "
	       "array\n"
	       "/numbers: expected an array, found an object\n");
	refuse("{\"texts\":[\"a\",null,2],\"numbers\":[1,true],\"list\":[null]}",
	       "/texts/1: expected a string, found null\n/texts/2: expected a string, found an "
	       "integer\n"
	       "/numbers/1: expected an integer, found a boolean\n/list/0: expected an object, "
	       "found null\n");
}

static void ranges(void **state)
{
	(void)state;
	refuse("{\"u32\":4294967296}", "/u32: expected an integer from 0 to 4294967295\n");
	refuse("{\"u32\":-1}", "/u32: expected an integer from 0 to 4294967295\n");
	refuse("{\"u32\":1.5}", "/u32: expected an integer from 0 to 4294967295\n");
	refuse("{\"u32\":1e400}", "/u32: expected an integer from 0 to 4294967295\n");
	refuse("{\"u32\":1e2}", "/u32: expected an integer from 0 to 4294967295\n");
	refuse("{\"u64\":18446744073709551616}",
	       "/u64: expected an integer from 0 to 18446744073709551615\n");
	refuse("{\"i64\":9223372036854775808}",
	       "/i64: expected an integer from -9223372036854775808 to 9223372036854775807\n");
	refuse("{\"i64\":-9223372036854775809}",
	       "/i64: expected an integer from -9223372036854775808 to 9223372036854775807\n");
	refuse("{\"i32\":2147483648}",
	       "/i32: expected an integer from -2147483648 to 2147483647\n");
	refuse("{\"maybeU16\":65536}", "/maybeU16: expected an integer from 0 to 65535\n");
	refuse("{\"numbers\":[1,4294967296]}",
	       "/numbers/1: expected an integer from 0 to 4294967295\n");
}

static void words(void **state)
{
	(void)state;
	refuse("{\"word\":\"four\"}", "/word: \"four\" is none of one two three\n");
	refuse("{\"word\":\"on\"}", "/word: \"on\" is none of one two three\n");
	refuse("{\"word\":\"one two\"}", "/word: \"one two\" is none of one two three\n");
	refuse("{\"words\":[\"one\",\"\"]}", "/words/1: \"\" is none of one two three\n");
	assert_int_equal(words_find("one two three", "three"), 2);
	assert_int_equal(words_find("one two three", "thr"), -1);
	assert_int_equal(words_find("one two three", ""), -1);
}

static void missing_members(void **state)
{
	(void)state;
	refuse("{\"beside\":{},\"list\":[{\"size\":1},{\"size\":null}]}",
	       "/beside/size: required, but missing\n/list/1/size: required, but missing\n");
}

static void pointers_are_escaped(void **state)
{
	(void)state;
	refuse("{\"map\":{\"a/b~c\":{\"size\":\"\"}},\"pairs\":{\"~\":1}}",
	       "/map/a~1b~0c/size: expected an integer, found a string\n/pairs/~0: expected a "
	       "string, found an integer\n");
}

static void syntax_errors_are_problems_too(void **state)
{
	(void)state;
	refuse("{\"flag\":tru}", ": line 1, column 9: expected a value, found 't'\n");
}

static void problems_are_counted_and_limited(void **state)
{
	_cleanup_(buf_done) struct buf b = {};
	struct fixture f = {};
	size_t n = 0;
	void *object;

	(void)state;
	buf_str(&b, "{\"texts\":[0");
	for (int i = 1; i < 5000; i++)
		buf_str(&b, ",0");
	buf_str(&b, "]}");
	assert_int_equal(table_read(&whole_table, b.data, b.size, &f.a, &object, &f.p, &f.e), -1);
	for (const struct problem *p = f.p.first; p; p = p->next)
		n++;
	assert_int_equal(n, PROBLEMS_MAX);
	assert_int_equal(f.p.n, 5000);
	assert_string_equal(f.e.text,
			    "expected a string, found an integer, and 4999 more problems");
	arena_done(&f.a);
}

static void large_arrays_of_objects_are_refused(void **state)
{
	_cleanup_(buf_done) struct buf b = {};

	(void)state;
	buf_str(&b, "{\"list\":[{}");
	for (int i = 0; i < 65536; i++)
		buf_str(&b, ",{}");
	buf_str(&b, "]}");
	refuse(b.data, "/list: more than 65536 items\n");
}

static void what_is_written_is_read_again(void **state)
{
	static const char text[] =
		"{\"i32\":-5,\"maybeFlag\":false,\"maybeU16\":0,\"maybeI32\":-7,\"text\":\"\\\"\","
		"\"texts\":[],\"words\":[\"one\",\"three\"],\"numbers\":[4294967295],\"pairs\":{"
		"\"k\":\"\"},"
		"\"inside\":{\"size\":0},\"beside\":{\"name\":\"n\",\"size\":18446744073709551615},"
		"\"list\":[{\"size\":1}],\"map\":{\"x\":{},\"y\":{\"size\":7}}}";
	_cleanup_(buf_done) struct buf b = {};
	struct fixture f = {};

	(void)state;
	table_write(&whole_table, get(&f, text), &(struct writer){ .out = &b });
	assert_string_equal(b.data, text);
	arena_done(&f.a);
}

static void one_is_laid_over_another(void **state)
{
	static const char under[] =
		"{\"i32\":-5,\"maybeFlag\":true,\"maybeU16\":7,\"text\":\"old\",\"texts\":[\"a\",\"b\"],"
		"\"pairs\":{\"k\":\"1\",\"l\":\"2\"},\"inside\":{\"name\":\"in\",\"size\":1},"
		"\"beside\":{\"name\":\"old\",\"size\":2},\"list\":[{\"size\":1},{\"size\":2}],"
		"\"map\":{\"x\":{\"size\":1},\"y\":{\"size\":2}}}";
	static const char over[] =
		"{\"maybeFlag\":false,\"maybeU16\":0,\"text\":\"new\",\"texts\":[\"c\"],"
		"\"pairs\":{\"l\":\"3\",\"m\":\"4\"},\"inside\":{\"size\":9},\"beside\":{\"size\":8},"
		"\"list\":[{\"size\":3}],\"map\":{\"y\":{\"size\":5},\"z\":{\"size\":6}}}";
	static const char both[] =
		"{\"i32\":-5,\"maybeFlag\":false,\"maybeU16\":0,\"text\":\"new\",\"texts\":[\"c\"],"
		"\"pairs\":{\"k\":\"1\",\"l\":\"3\",\"m\":\"4\"},\"inside\":{\"name\":\"in\",\"size\":9},"
		"\"beside\":{\"name\":\"old\",\"size\":8},\"list\":[{\"size\":3}],"
		"\"map\":{\"x\":{\"size\":1},\"y\":{\"size\":5},\"z\":{\"size\":6}}}";
	_cleanup_(buf_done) struct buf b = {}, kept = {};
	struct fixture f = {}, g = {};
	struct whole *w = get(&f, under), first = *w;

	(void)state;
	table_overlay(&whole_table, w, get(&g, over), &f.a);
	table_write(&whole_table, w, &(struct writer){ .out = &b });
	assert_string_equal(b.data, both);
	table_write(&whole_table, &first, &(struct writer){ .out = &kept });
	assert_non_null(strstr(kept.data, "\"beside\":{\"name\":\"old\",\"size\":2}")); /* what it points to is copied */
	arena_done(&f.a);
	arena_done(&g.a);
}

static void count_row(const struct table_row *row, void *arg)
{
	size_t *n = arg;

	if (strcmp(row->path, "/map/*/size") == 0)
		assert_string_equal(row->format, "uint64");
	(*n)++;
}

static void every_row_is_walked(void **state)
{
	size_t n = 0;

	(void)state;
	table_walk(&whole_table, count_row, &n);
	assert_int_equal(n, 21 + 2 + 2 + 2 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_is_read),
		cmocka_unit_test(absent_null_and_unknown),
		cmocka_unit_test(empty_is_not_absent_but_for_strings),
		cmocka_unit_test(wrong_types),
		cmocka_unit_test(ranges),
		cmocka_unit_test(words),
		cmocka_unit_test(missing_members),
		cmocka_unit_test(pointers_are_escaped),
		cmocka_unit_test(syntax_errors_are_problems_too),
		cmocka_unit_test(problems_are_counted_and_limited),
		cmocka_unit_test(large_arrays_of_objects_are_refused),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(every_row_is_walked),
		cmocka_unit_test(one_is_laid_over_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
