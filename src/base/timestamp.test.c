/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timestamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

static void test_known(void **state)
{
	char text[TIMESTAMP_SIZE];
	(void)state;
	timestamp_format(text, 0, 0);
	assert_string_equal(text, "1970-01-01T00:00:00.000000000Z");
	timestamp_format(text, 951782399, 1);
	assert_string_equal(text, "2000-02-28T23:59:59.000000001Z");
	timestamp_format(text, 951782400, 999999999);
	assert_string_equal(text, "2000-02-29T00:00:00.999999999Z");
	timestamp_format(text, -1, 0);
	assert_string_equal(text, "1969-12-31T23:59:59.000000000Z");
}

/* Every 10 hours over four centuries, against the C library. */
static void test_like_gmtime(void **state)
{
	(void)state;
	for (int64_t t = -2208988800; t < 10413792000; t += 36000 * 7 + 13) {
		char text[TIMESTAMP_SIZE], other[TIMESTAMP_SIZE];
		time_t at = (time_t)t;
		struct tm tm;
		gmtime_r(&at, &tm);
		strftime(other, sizeof(other), "%Y-%m-%dT%H:%M:%S.000000000Z", &tm);
		timestamp_format(text, t, 0);
		assert_string_equal(text, other);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_known), cmocka_unit_test(test_like_gmtime) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
