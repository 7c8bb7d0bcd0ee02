/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of resctrl, in a tree of plain files. */
#include "run/rdt.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char top[64];

static int setup(void **state)
{
	(void)state;
	strcpy(top, "/tmp/socle-rdt-XXXXXX");
	return mkdtemp(top) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *at(const char *name)
{
	static char paths[8][256];
	static unsigned next;
	char *path = paths[next++ % 8];
	snprintf(path, sizeof(paths[0]), "%s/%s", top, name);
	return path;
}

static void put(const char *file, const char *text)
{
	char path[256];
	snprintf(path, sizeof(path), "%s", at(file));
	for (char *slash = path + strlen(top) + 1; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
		*slash = 0;
		mkdir(path, 0755);
	}
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void holds(const char *file, const char *text)
{
	char got[512] = "";
	FILE *f = fopen(at(file), "r");
	assert_non_null(f);
	got[fread(got, 1, sizeof(got) - 1, f)] = 0;
	fclose(f);
	assert_string_equal(got, text);
}

static const struct strings none = { 0, NULL };

static void comparing(void **state)
{
	(void)state;
	const char *text = "    L3:0=7f0;1=0001f\n    MB:0= 20;1=100\n";
	assert_true(rdt_has(text, "L3:0=7f0;1=1f"));
	assert_true(rdt_has(text, "L3:1=01F"));
	assert_true(rdt_has(text, " MB:0=20"));
	assert_true(rdt_has("L3:0=0\n", "L3:0=000"));
	assert_false(rdt_has(text, "L3:0=7f"));
	assert_false(rdt_has(text, "L3:2=7f0"));
	assert_false(rdt_has(text, "L2:0=7f0"));
	assert_false(rdt_has(text, "7f0"));
	assert_false(rdt_has("", "L3:0=1"));
}

static void one_that_is_there(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct strings same = { 1, (const char *[]){ "L3:0=f" } }, other = { 1, (const char *[]){ "L3:0=1" } };
	put("gold/schemata", "    L3:0=00f\n");
	put("gold/tasks", "");
	assert_int_equal(rdt_group_make(at("gold"), NULL, &none, RDT_THERE, &e), 0);
	assert_int_equal(rdt_group_make(at("gold"), NULL, &same, 0, &e), 0);
	holds("gold/schemata", "    L3:0=00f\n"); /* not written */
	assert_int_equal(rdt_group_make(at("gold"), NULL, &other, 0, &e), -1);
	assert_non_null(strstr(e.text, "does not have \"L3:0=1\""));
	assert_int_equal(rdt_group_make(at("lead"), NULL, &none, RDT_THERE, &e), -1);
	assert_string_equal(e.field, "/linux/intelRdt/closID");
	assert_int_equal(rdt_group_make(at("gold"), NULL, &none, RDT_OWN, &e), -1);
	assert_int_equal(rdt_enter(at("gold"), 42, &e), 0);
	holds("gold/tasks", "42");
	assert_int_equal(rdt_enter(NULL, 42, &e), 0);
}

static void made_and_removed(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct strings lines = { 2, (const char *[]){ "L3:0=f", "MB:0=50" } };
	assert_int_equal(rdt_group_make(at("c1"), NULL, &none, RDT_OWN, &e), 0);
	put("c1/schemata", "");
	assert_int_equal(rdt_write(at("c1"), &lines, &e), 0);
	holds("c1/schemata", "L3:0=f\nMB:0=50\n");
	unlink(at("c1/schemata"));
	mkdir(at("c1/mon_groups"), 0755);
	assert_int_equal(rdt_group_make(at("c2"), at("c1/mon_groups/c1"), &none, RDT_OWN, &e), 0);
	assert_int_equal(rdt_remove(at("c1/mon_groups/c1"), &e), 0);
	rmdir(at("c1/mon_groups"));
	assert_int_equal(rdt_remove(at("c1"), &e), 0);
	assert_int_equal(rdt_remove(at("c1"), &e), 0); /* glad to find nothing */
}

/* What cannot be had leaves nothing, and the kernel's words are kept. */
static void failures(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct strings lines = { 1, (const char *[]){ "L3:0=f" } };
	assert_int_equal(rdt_group_make(at("bad"), NULL, &lines, RDT_OWN, &e), -1); /* plain directories have no schemata */
	assert_int_equal(access(at("bad"), F_OK), -1);
	assert_int_equal(rdt_group_make(at("bad"), at("bad/mon_groups/c"), &none, RDT_OWN, &e), -1);
	assert_int_equal(access(at("bad"), F_OK), -1);
	put("info/last_cmd_status", "no such task\n");
	mkdir(at("gold"), 0755);
	assert_int_equal(rdt_enter(at("gold"), 42, &e), -1);
	assert_string_equal(e.kernel, "no such task");
}

static void figures(void **state)
{
	(void)state;
	put("info/L3/cbm_mask", "7ff\n");
	put("info/L3/min_cbm_bits", "1\n");
	put("info/L3/num_closids", "16\n");
	put("schemata", "    L3:0=7ff\n");
	put("c/schemata", "    MB:0=20\n    L3:0=f\n");
	put("c/mon_groups/c/mon_data/mon_L3_00/mbm_total_bytes", "100\n");
	put("c/mon_groups/c/mon_data/mon_L3_00/mbm_local_bytes", "Unavailable\n");
	put("c/mon_groups/c/mon_data/mon_L3_01/llc_occupancy", "7\n");
	struct buf out = { 0 };
	struct writer w = { .out = &out };
	writer_open(&w, '{');
	rdt_stats(at("c"), at("c/mon_groups/c"), &w);
	writer_close(&w, '}');
	assert_string_equal(out.data, "{\"l3_cache_info\":{\"cbm_mask\":\"7ff\",\"min_cbm_bits\":1,\"num_closids\":16},"
				      "\"l3_cache_schema_root\":\"L3:0=7ff\",\"l3_cache_schema\":\"L3:0=f\","
				      "\"mem_bw_schema\":\"MB:0=20\",\"mbm_stats\":[{\"mbm_total_bytes\":100}],"
				      "\"cmt_stats\":[{\"llc_occupancy\":7}]}");
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(comparing, setup, teardown),
		cmocka_unit_test_setup_teardown(one_that_is_there, setup, teardown),
		cmocka_unit_test_setup_teardown(made_and_removed, setup, teardown),
		cmocka_unit_test_setup_teardown(failures, setup, teardown),
		cmocka_unit_test_setup_teardown(figures, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
