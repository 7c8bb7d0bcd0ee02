/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static struct json *parse(const char *text)
{
	struct json *j = NULL;
	struct err e = {};

	if (json_parse(text, strlen(text), &j, &e) < 0)
		fail_msg("%s: %s", text, e.text);
	return j;
}

static void refuse_sized(const char *text, size_t size, const char *why)
{
	struct json *j = NULL;
	struct err e = {};

	assert_int_equal(json_parse(text, size, &j, &e), -1);
	assert_null(j);
	assert_string_equal(e.text, why);
}

static void refuse(const char *text, const char *why)
{
	refuse_sized(text, strlen(text), why);
}

static void kinds(void **state)
{
	static const struct {
		const char *text;
		enum json_kind kind;
	} samples[] = {
		{ "null", JSON_NULL },     { " true\r\n", JSON_BOOL }, { "-0", JSON_INTEGER },
		{ "1.0", JSON_NUMBER },    { "1e2", JSON_NUMBER },     { "\"\"", JSON_STRING },
		{ "[]", JSON_ARRAY },      { "\t{ }", JSON_OBJECT },   { "1e400", JSON_NUMBER },
		{ "0.1E-7", JSON_NUMBER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		_cleanup_(json_freep) struct json *j = parse(samples[i].text);

		assert_int_equal(json_kind(j), samples[i].kind);
	}
}

static void all_64_bits_are_kept(void **state)
{
	_cleanup_(json_freep) struct json *j =
		parse("[18446744073709551615, -9223372036854775808, 18446744073709551616, "
		      "-9223372036854775809, -0,"
		      " 123456789012345678901234567890, 9223372036854775808]");

	(void)state;
	assert_true(json_u64(json_item(j, 0)) == UINT64_MAX && !json_negative(json_item(j, 0)));
	assert_true(json_i64(json_item(j, 1)) == INT64_MIN && json_negative(json_item(j, 1)));
	assert_int_equal(json_kind(json_item(j, 2)), JSON_NUMBER);
	assert_int_equal(json_kind(json_item(j, 3)), JSON_NUMBER);
	assert_true(json_u64(json_item(j, 4)) == 0 && !json_negative(json_item(j, 4)));
	assert_int_equal(json_kind(json_item(j, 5)), JSON_NUMBER);
	assert_true(json_u64(json_item(j, 6)) == UINT64_C(9223372036854775808));
}

static void strings_are_unescaped(void **state)
{
	_cleanup_(json_freep) struct json *j =
		parse("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\", \"\\u00e4\\u20AC\\ud83d\\ude00\", "
		      "\"\xc3\xa4\xf0\x9f\x98\x80\x7f\"]");

	(void)state;
	assert_string_equal(json_string(json_item(j, 0)), "\"\\/\b\f\n\r\t");
	assert_string_equal(json_string(json_item(j, 1)), "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
	assert_string_equal(json_string(json_item(j, 2)), "\xc3\xa4\xf0\x9f\x98\x80\x7f");
}

static void members_keep_their_order(void **state)
{
	_cleanup_(json_freep) struct json *j =
		parse("{\"z\": 1, \"a\": null, \"m\": [{\"a\": 2}, {\"a\": 3}]}");
	struct json_member m = json_first(j);

	(void)state;
	assert_int_equal(json_size(j), 3);
	assert_string_equal(m.key, "z");
	json_next(&m);
	assert_string_equal(m.key, "a");
	assert_null(m.value);
	json_next(&m);
	assert_int_equal(json_u64(json_member(json_item(m.value, 1), "a")), 3);
	json_next(&m);
	assert_null(m.key);
	assert_null(json_member(j, "b"));
}

static void laxness_is_refused(void **state)
{
	(void)state;
	refuse("", "line 1, column 1: expected a value, found the end");
	refuse(" \n", "line 2, column 1: expected a value, found the end");
	refuse("{", "line 1, column 2: expected a key in quotes, found the end");
	refuse("{\"a\" 1}", "line 1, column 6: expected ':', found '1'");
	refuse("{\"a\":1,}", "line 1, column 8: expected a key in quotes, found '}'");
	refuse("{a:1}", "line 1, column 2: expected a key in quotes, found 'a'");
	refuse("{'a':1}", "line 1, column 2: expected a key in quotes, found '''");
	refuse("[1,]", "line 1, column 4: expected a value, found ']'");
	refuse("[1 2]", "line 1, column 4: expected ',' or ']', found '2'");
	refuse("[1}", "line 1, column 3: expected ',' or ']', found '}'");
	refuse("{} {}", "line 1, column 4: expected the end, found '{'");
	refuse("{}\x01", "line 1, column 3: expected the end, found byte 0x01");
	refuse("/* */ 1", "line 1, column 1: expected a value, found '/'");
	refuse("1 // x", "line 1, column 3: expected the end, found '/'");
	refuse("NaN", "line 1, column 1: expected a value, found 'N'");
	refuse("-Infinity", "line 1, column 2: expected a digit, found 'I'");
	refuse("nul", "line 1, column 1: expected a value, found 'n'");
	refuse("True", "line 1, column 1: expected a value, found 'T'");
	refuse("truely", "line 1, column 5: expected the end, found 'l'");
}

static void malformed_numbers_are_refused(void **state)
{
	(void)state;
	refuse("01", "line 1, column 1: a number that starts with 0");
	refuse("-01", "line 1, column 2: a number that starts with 0");
	refuse("+1", "line 1, column 1: expected a value, found '+'");
	refuse(".5", "line 1, column 1: expected a value, found '.'");
	refuse("1.", "line 1, column 3: expected a digit, found the end");
	refuse("1.e2", "line 1, column 3: expected a digit, found 'e'");
	refuse("1e", "line 1, column 3: expected a digit, found the end");
	refuse("1e+", "line 1, column 4: expected a digit, found the end");
	refuse("0x10", "line 1, column 2: expected the end, found 'x'");
	refuse("-", "line 1, column 2: expected a digit, found the end");
}

static void bad_strings_are_refused(void **state)
{
	(void)state;
	refuse("\"abc", "line 1, column 5: expected the closing quote of a string, found the end");
	refuse("\"abc\\", "line 1, column 5: unknown escape in a string");
	refuse("\"\\x41\"", "line 1, column 2: unknown escape in a string");
	refuse("\"\\u12g4\"", "line 1, column 2: \\u without four hexadecimal digits");
	refuse("\"\\u12", "line 1, column 2: \\u without four hexadecimal digits");
	refuse("\"a\nb\"", "line 1, column 3: control character 0x0a in a string");
	refuse("\"\\ud800\"", "line 1, column 2: half of a surrogate pair");
	refuse("\"\\ud800\\u0041\"", "line 1, column 2: half of a surrogate pair");
	refuse("\"\\ud800\\ud800\"", "line 1, column 2: half of a surrogate pair");
	refuse("\"\\udc00\"", "line 1, column 2: half of a surrogate pair");
	refuse("\"\xff\"", "line 1, column 2: invalid UTF-8: byte 0xff");
	refuse("\"\xc0\x80\"", "line 1, column 2: invalid UTF-8: byte 0xc0");
	refuse("\"\xed\xa0\x80\"", "line 1, column 2: invalid UTF-8: byte 0xed");
	refuse("\"\xe2\x82", "line 1, column 2: invalid UTF-8: byte 0xe2");
	refuse("{\"\xff\":1}", "line 1, column 3: invalid UTF-8: byte 0xff");
}

static void nul_is_refused_in_every_form(void **state)
{
	(void)state;
	refuse("\"a\\u0000b\"", "line 1, column 3: NUL in a string");
	refuse("{\"a\\u0000\":1}", "line 1, column 4: NUL in a string");
	refuse_sized("\"a\0b\"", 5, "line 1, column 3: NUL in a string");
	refuse_sized("{\"\0\":1}", 7, "line 1, column 3: NUL in a string");
	refuse_sized("{}\0", 3, "line 1, column 3: expected the end, found byte 0x00");
	refuse_sized("\0", 1, "line 1, column 1: expected a value, found byte 0x00");
	refuse_sized("[1\0]", 4, "line 1, column 3: expected ',' or ']', found byte 0x00");
}

static void equal_keys_are_refused(void **state)
{
	(void)state;
	refuse("{\"a\":1,\"a\":1}", "line 1, column 8: the key \"a\" for the second time");
	refuse("{\"a\":1,\n \"\\u0061\":2}", "line 2, column 2: the key \"a\" for the second time");
	refuse("{\"a\":null,\"a\":null}", "line 1, column 11: the key \"a\" for the second time");
	refuse("{\"\":0,\"\":0}", "line 1, column 7: the key \"\" for the second time");
	refuse("{\"a\":{\"b\":1,\"b\":{\"c\":1}},\"a\":[{\"d\":1,\"d\":2}]}",
	       "line 1, column 13: the key \"b\" for the second time");
	refuse("[0,{\"x\":[{\"k\":1},{\"k\":1,\"j\":2,\"k\":3}]}]",
	       "line 1, column 31: the key \"k\" for the second time");
	json_free(parse("{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}],\"A\":1}"));
}

static void a_byte_order_mark_is_named(void **state)
{
	(void)state;
	refuse("\xef\xbb\xbf{}", "line 1, column 1: a byte order mark, which JSON does not allow");
}

static void columns_are_characters(void **state)
{
	(void)state;
	refuse("{\n  \"\xc3\xa4\xe2\x82\xac\": x}",
	       "line 2, column 9: expected a value, found 'x'");
}

static void nested(size_t depth, struct buf *b)
{
	for (size_t i = 0; i < depth; i++)
		buf_str(b, i % 2 ? "{\"a\":" : "[");
	buf_str(b, "1");
	while (depth-- > 0)
		buf_char(b, depth % 2 ? '}' : ']');
}

static void depth_has_a_limit(void **state)
{
	_cleanup_(buf_done) struct buf deep = {}, deeper = {}, deepest = {}, open = {};

	(void)state;
	nested(JSON_DEPTH_MAX, &deep);
	json_free(parse(deep.data));
	nested(JSON_DEPTH_MAX + 1, &deeper);
	refuse(deeper.data, "line 1, column 301: nested deeper than 100 levels");
	nested(10000, &deepest);
	refuse(deepest.data, "line 1, column 301: nested deeper than 100 levels");
	for (int i = 0; i < 100000; i++)
		buf_char(&open, '[');
	refuse(open.data, "line 1, column 101: nested deeper than 100 levels");
}

static void size_has_a_limit(void **state)
{
	size_t size = JSON_SIZE_MAX;
	char *text = malloc(size + 1);
	struct json *j = NULL;
	struct err e = {};

	(void)state;
	memset(text, ' ', size + 1);
	text[0] = '1';
	assert_int_equal(json_parse(text, size, &j, &e), 0);
	json_free(j);
	refuse_sized(text, size + 1, "longer than 16 MiB");
	free(text);
}

/* An error found late in a large document must not take time out of proportion. */
static void many_keys_are_no_burden(void **state)
{
	_cleanup_(buf_done) struct buf b = {};

	(void)state;
	buf_char(&b, '{');
	for (int i = 0; i < 200000; i++)
		buf_printf(&b, "\"%d\":1,", i);
	buf_str(&b, "\"7\":1}");
	refuse(b.data, "line 1, column 2088892: the key \"7\" for the second time");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(all_64_bits_are_kept),
		cmocka_unit_test(strings_are_unescaped),
		cmocka_unit_test(members_keep_their_order),
		cmocka_unit_test(laxness_is_refused),
		cmocka_unit_test(malformed_numbers_are_refused),
		cmocka_unit_test(bad_strings_are_refused),
		cmocka_unit_test(nul_is_refused_in_every_form),
		cmocka_unit_test(equal_keys_are_refused),
		cmocka_unit_test(a_byte_order_mark_is_named),
		cmocka_unit_test(columns_are_characters),
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(size_has_a_limit),
		cmocka_unit_test(many_keys_are_no_burden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
