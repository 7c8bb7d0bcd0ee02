/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/numlist.h"

/* The numbers of the list as bits; ~0 where it is none. */
static uint64_t bits(const char *list)
{
	uint64_t all = 0;
	uint32_t first, last;
	int r;
	while ((r = numlist_next(&list, 40, &first, &last)) > 0)
		for (; first <= last; first++)
			all |= 1ull << first;
	return r < 0 ? ~0ull : all;
}

static void test_lists(void **state)
{
	(void)state;
	assert_int_equal(bits("0"), 1);
	assert_int_equal(bits("0-3,7"), 0x8f);
	assert_int_equal(bits(" 1 , 3-3 ,"), 0xa);
	assert_int_equal(bits(",,2,,"), 4);
	assert_int_equal(bits("40"), 1ull << 40);
	assert_int_equal(bits(""), 0);
	assert_int_equal(bits(" , "), 0);
}

static void test_none(void **state)
{
	static const char *const none[] = { "a", "1a", "-1", "1-", "3-1", "41", "1 2", "1--2", "0-41", "1-2-3",
					    "99999999999999999999", "0x1", "1,a", "+1" };
	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_true(bits(none[i]) == ~0ull);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lists), cmocka_unit_test(test_none) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
