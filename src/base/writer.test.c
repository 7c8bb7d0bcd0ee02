/* SPDX-License-Identifier: Apache-2.0 */
#include "base/writer.h"

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

static void write_sample(struct writer *w)
{
	writer_open(w, '{');
	writer_key(w, "a\n");
	writer_i64(w, INT64_MIN);
	writer_key(w, "b");
	writer_open(w, '[');
	writer_u64(w, UINT64_MAX);
	writer_open(w, '{');
	writer_close(w, '}');
	writer_string(w, NULL);
	writer_close(w, ']');
	writer_key(w, "c");
	writer_bool(w, false);
	writer_close(w, '}');
}

static void check(int indent, unsigned wrap, const char *expected)
{
	_cleanup_(buf_done) struct buf b = {};

	write_sample(&(struct writer){ .out = &b, .indent = indent, .wrap = wrap });
	assert_string_equal(b.data, expected);
}

static void layouts(void **state)
{
	(void)state;
	check(0, 0,
	      "{\"a\\n\":-9223372036854775808,\"b\":[18446744073709551615,{},null],\"c\":false}");
	check(1, 1,
	      "{\n \"a\\n\": -9223372036854775808,\n \"b\": [18446744073709551615,{},null],\n"
	      " \"c\": false\n}");
	check(2, WRITER_ALL,
	      "{\n  \"a\\n\": -9223372036854775808,\n  \"b\": [\n    18446744073709551615,\n    "
	      "{},\n"
	      "    null\n  ],\n  \"c\": false\n}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
