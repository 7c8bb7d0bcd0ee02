/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void texts_grow(void **state)
{
	_cleanup_(buf_done) struct buf b = {};

	(void)state;
	assert_null(b.data);
	buf_add(&b, NULL, 0);
	assert_string_equal(b.data, "");
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%d,", i);
	assert_int_equal(b.size, strlen(b.data));
	assert_int_equal(b.size, 10 * 2 + 90 * 3 + 900 * 4);
	assert_string_equal(b.data + b.size - 4, "999,");
	buf_done(&b);
	assert_null(b.data);
}

static void exactly_full(void **state)
{
	char text[600];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t n = 100; n < sizeof(text); n++) {
		_cleanup_(buf_done) struct buf b = {};

		buf_add(&b, text, n);
		buf_char(&b, 'y');
		assert_int_equal(strlen(b.data), n + 1);
	}
}

static void check_json(const char *s, const char *expected)
{
	_cleanup_(buf_done) struct buf b = {};

	buf_json_string(&b, s);
	assert_string_equal(b.data, expected);
}

static void json_strings(void **state)
{
	(void)state;
	check_json("", "\"\"");
	check_json("a/b", "\"a/b\"");
	check_json("\"\\\b\f\n\r\t\x01\x1f\x7f", "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\"");
	check_json("\xc3\xa4\xf0\x9f\x98\x80", "\"\xc3\xa4\xf0\x9f\x98\x80\"");
}

static void bytes_that_are_no_utf8_are_replaced(void **state)
{
	(void)state;
	check_json("a\xff"
		   "b",
		   "\"a\xef\xbf\xbd"
		   "b\"");
	check_json("\xc3", "\"\xef\xbf\xbd\"");                                 /* cut off */
	check_json("\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"");                 /* overlong */
	check_json("\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""); /* surrogate */
	check_json("\xf4\x90\x80\x80",
		   "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""); /* too large */
}

static void a_fixed_buffer_is_never_cut_silently(void **state)
{
	struct err e = {};
	char dst[8];

	(void)state;
	assert_int_equal(buf_fmt(dst, sizeof(dst), &e, "%s", "1234567"), 0);
	assert_string_equal(dst, "1234567");
	assert_int_equal(buf_fmt(dst, sizeof(dst), &e, "%s", "12345678"), -1);
	assert_string_equal(e.text, "longer than 7 bytes: \"1234567...\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_grow),
		cmocka_unit_test(exactly_full),
		cmocka_unit_test(json_strings),
		cmocka_unit_test(bytes_that_are_no_utf8_are_replaced),
		cmocka_unit_test(a_fixed_buffer_is_never_cut_silently),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
