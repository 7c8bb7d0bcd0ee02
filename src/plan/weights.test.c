/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "plan/weights.h"

/* Worked out with a long arithmetic. */
static void shares(void **state)
{
	static const struct { uint64_t shares, weight; } rows[] = {
		{ 0, 1 },      { 1, 1 },      { 2, 1 },	       { 3, 2 },	    { 10, 4 },
		{ 100, 17 },   { 512, 59 },   { 1023, 100 },   { 1024, 100 },	    { 1025, 101 },
		{ 2048, 174 }, { 4096, 303 }, { 131072, 5478 }, { 262143, 10000 }, { 262144, 10000 },
		{ UINT64_MAX, 10000 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(weight_of_shares(rows[i].shares), rows[i].weight);
}

static void shares_never_fall(void **state)
{
	(void)state;
	for (uint64_t s = 1; s < 262144; s++)
		assert_true(weight_of_shares(s) <= weight_of_shares(s + 1));
}

static void block_io(void **state)
{
	(void)state;
	assert_int_equal(weight_of_block_io(1), 1);
	assert_int_equal(weight_of_block_io(10), 1);
	assert_int_equal(weight_of_block_io(100), 910);
	assert_int_equal(weight_of_block_io(500), 4950);
	assert_int_equal(weight_of_block_io(1000), 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares),
		cmocka_unit_test(shares_never_fall),
		cmocka_unit_test(block_io),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
