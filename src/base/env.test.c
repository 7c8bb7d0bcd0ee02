/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/env.h"

#define LIST(...) \
	(struct strings){ sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), (const char *[]){ __VA_ARGS__ } }

static void assert_same(struct strings got, struct strings want)
{
	assert_int_equal(got.n, want.n);
	for (size_t i = 0; i < want.n; i++)
		assert_string_equal(got.items[i], want.items[i]);
}

static void test_override(void **state)
{
	struct arena a = { 0 };
	struct strings none = { 0 }, base = LIST("A=1", "AB=2", "B", "C=3=4"), more = LIST("B=5", "C=6", "D=7", "D=8");
	(void)state;
	assert_same(env_override(&base, &more, &a), LIST("A=1", "AB=2", "B=5", "C=6", "D=8"));
	assert_same(env_override(&base, &none, &a), base);
	assert_same(env_override(&none, &base, &a), base);
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_override) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
