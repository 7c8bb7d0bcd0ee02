/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "layer/ids.h"

static void test_ids(void **state)
{
	static const char *const good[] = { "a", "0", "sha256:0123", "a..b", "with blank", "\303\244", "-", "~" };
	static const struct { const char *id, *rule; } bad[] = {
		{ "", "empty" },	 { ".", "begins with" },	{ "..", "begins with" }, { ".x", "begins with" },
		{ "a/b", "slash" },	 { "/", "slash" },		{ "../x", "begins with" }, { "a/..", "slash" },
		{ "a\nb", "control" }, { "a\177", "control" },
	};
	struct err e = { 0 };
	char longest[257];
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(layer_id_check(good[i], &e), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(layer_id_check(bad[i].id, &e), -1);
		assert_non_null(strstr(e.text, bad[i].rule));
	}
	memset(longest, 'x', 256);
	longest[256] = 0;
	assert_int_equal(layer_id_check(longest, &e), -1);
	assert_non_null(strstr(e.text, "256 bytes, more than 255"));
	longest[255] = 0;
	assert_int_equal(layer_id_check(longest, &e), 0);
}

static void test_maps(void **state)
{
	static const struct { const char *map; uint32_t root; } good[] = {
		{ "0:0:4294967295", 0 },	{ "0:100000:65536", 100000 }, { "0:1000:1,1:100000:65536", 1000 },
		{ "5:6:2,0:4294967294:1", 4294967294 },
	};
	static const char *const bad[] = {
		"",	       "0",	       "0:1",	       "0:1:",	      "0:1:2:3",	  "a:1:2",
		"0:1:-2",      "0:1:2,",       ",0:1:2",       "0:1:0",	      "0:1:4294967295",	  "0:1:4294967296",
		"0:4294967295:1", "1:0:10",    "0:1:10,5:20:1", "0:1:10,20:10:1", "0:1:10,20:11:1,19:50:2", " 0:1:2",
		"0:1:2 ",      "99999999999:0:1",
	};
	struct err e = { 0 };
	uint32_t root = 7;
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(id_map_root(good[i].map, "--uidmap", &root, &e), 0);
		assert_int_equal(root, good[i].root);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		root = 7;
		if (id_map_root(bad[i], "--uidmap", &root, &e) == 0)
			fail_msg("\"%s\" is taken", bad[i]);
		assert_int_equal(strncmp(e.text, "--uidmap", 8), 0);
	}
}

/* As many ranges as the kernel takes, and one more. */
static void test_many_ranges(void **state)
{
	char map[340 * 24] = "", *at = map;
	struct err e = { 0 };
	uint32_t root;
	(void)state;
	for (int i = 0; i < 340; i++)
		at += snprintf(at, (size_t)(map + sizeof(map) - at), "%s%d:%d:1", i ? "," : "", i, i + 1000);
	assert_int_equal(id_map_root(map, "--gidmap", &root, &e), 0);
	assert_int_equal(root, 1000);
	strncat(map, ",340:5:1", sizeof(map) - strlen(map) - 1);
	assert_int_equal(id_map_root(map, "--gidmap", &root, &e), -1);
	assert_non_null(strstr(e.text, "more than 340"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_maps),
		cmocka_unit_test(test_many_ranges),
	};

	return cmocka_run_group_tests_name("ids", tests, NULL, NULL);
}
