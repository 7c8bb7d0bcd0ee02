/* SPDX-License-Identifier: Apache-2.0 */
#include "base/variant.h"

#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

/* "SIGNATURE word|word", or the error. */
static void check(const char *text, const char *expected)
{
	_cleanup_(arena_done) struct arena a = {};
	_cleanup_(buf_done) struct buf b = {};
	struct variant v;
	struct err e = {};

	if (variant_read(text, &a, &v, &e) < 0) {
		buf_str(&b, e.text);
	} else {
		buf_str(&b, v.signature);
		for (size_t i = 0; i < v.words.n; i++)
			buf_printf(&b, "%c%s", i ? '|' : ' ', v.words.items[i]);
	}
	assert_string_equal(b.data, expected);
}

static void basic(void **state)
{
	(void)state;
	check("true", "b 1");
	check(" false ", "b 0");
	check("boolean true", "b 1");
	check("5", "i 5");
	check("-5", "i -5");
	check("+5", "i 5");
	check("0x10", "i 16");
	check("1.5", "d 1.5");
	check("uint64 18446744073709551615", "t 18446744073709551615");
	check("int64 -9223372036854775808", "x -9223372036854775808");
	check("byte 255", "y 255");
	check("double 2", "d 2");
	check("@u 7", "u 7");
	check("'a b'", "s a b");
	check("\"it's\"", "s it's");
	check("'\\'\\\\\\n'", "s '\\\n");
	check("objectpath '/a'", "o /a");
	check("signature 'as'", "g as");
	check("string ''", "s ");
}

static void nested(void **state)
{
	(void)state;
	check("['a', 'b']", "as 2|a|b");
	check("[uint64 1, 2]", "at 2|1|2");
	check("@as []", "as 0");
	check("@a(ss) []", "a(ss) 0");
	check("[('/dev/null', 'rw'), ('/dev/zero', 'r')]", "a(ss) 2|/dev/null|rw|/dev/zero|r");
	check("@a(st) [('/dev/sda', 5)]", "a(st) 1|/dev/sda|5");
	check("[[1], [2, 3]]", "aai 2|1|1|2|2|3");
	check("(1,)", "(i) 1");
	check("@ay [1, 2]", "ay 2|1|2");
}

static void refused(void **state)
{
	(void)state;
	check("", "no value at byte 0 of \"\"");
	check("text", "a word that is no value (a text stands in quotes) at byte 0 of \"text\"");
	check("'open", "a text without its end at byte 5 of \"'open\"");
	check("'open\\", "a text without its end at byte 6 of \"'open\\\"");
	check("'\\u0041'", "an escape that is not understood at byte 2 of \"'\\u0041'\"");
	check("1 2", "something behind the value at byte 2 of \"1 2\"");
	check("byte 256", "a number out of its type's range at byte 5 of \"byte 256\"");
	check("2147483648", "a number out of its type's range at byte 0 of \"2147483648\"");
	check("uint32 -1", "a number out of its type's range at byte 7 of \"uint32 -1\"");
	check("uint64 18446744073709551616",
	      "a number out of its type's range at byte 7 of \"uint64 18446744073709551616\"");
	check("uint32 1.5", "no whole number at byte 7 of \"uint32 1.5\"");
	check("1x", "no number at byte 0 of \"1x\"");
	check("0x", "no number at byte 0 of \"0x\"");
	check("-", "no number at byte 0 of \"-\"");
	check("string 5", "a number where none belongs at byte 7 of \"string 5\"");
	check("[]", "an empty array without its type (\"@as []\") at byte 2 of \"[]\"");
	check("[1 2]", "no comma at byte 3 of \"[1 2]\"");
	check("[1, 'a']", "a text where none belongs at byte 4 of \"[1, 'a']\"");
	check("[1", "no comma at byte 2 of \"[1\"");
	check("[", "no value at byte 1 of \"[\"");
	check("()", "an empty tuple at byte 2 of \"()\"");
	check("@(ss) ('a',)", "a tuple with too few members at byte 12 of \"@(ss) ('a',)\"");
	check("@(s) ('a', 'b')", "a tuple with too many members at byte 11 of \"@(s) ('a', 'b')\"");
	check("@a{sv} {}", "an unknown type at byte 0 of \"@a{sv} {}\"");
	check("<1>", "a word that is no value (a text stands in quotes) at byte 0 of \"<1>\"");
	check("[[[[[[[[[1]]]]]]]]]", "values nested too deep at byte 8 of \"[[[[[[[[[1]]]]]]]]]\"");
}

static void quotes(void **state)
{
	_cleanup_(arena_done) struct arena a = {};
	(void)state;
	assert_string_equal(variant_quote("it's \\", &a), "'it\\'s \\\\'");
	check(variant_quote("it's \\", &a), "s it's \\");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(basic),
		cmocka_unit_test(nested),
		cmocka_unit_test(refused),
		cmocka_unit_test(quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
