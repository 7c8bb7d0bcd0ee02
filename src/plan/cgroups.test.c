/* SPDX-License-Identifier: Apache-2.0 */
/* Where the container's own cgroup lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "plan/sample.test.h"

static void expect(const char *layout, const char *mount, const char *controllers, const char *own, const char *path,
		   const char *expected)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	struct hierarchy h = { controllers, mount, own };
	struct facts f = { .cgroup_layout = layout, .hierarchies = { 1, &h } };
	struct spec_linux l = { .cgroups_path = path };
	struct spec spec = { .linux_ = &l };
	struct strings paths = plan_cgroup_paths(&spec, "c1", &f, &a);
	assert_int_equal(paths.n, 1);
	assert_string_equal(paths.items[0], expected);
}

static void version_1(void **state)
{
	static const char *const layouts[] = { "v1", "hybrid" };
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		expect(layouts[i], "/m", "memory", "/", NULL, "/m/c1");
		expect(layouts[i], "/m", "memory", "/a/b", NULL, "/m/a/b/c1");
		expect(layouts[i], "/m", "memory", "/a/b", "", "/m/a/b/c1");
		expect(layouts[i], "/m", "memory", "/a/b", "x/y", "/m/a/b/x/y");
		expect(layouts[i], "/m", "memory", "/a/b", "/x/y", "/m/x/y");
		expect(layouts[i], "/m", "memory", "/", "/x", "/m/x");
	}
	/* In a hybrid layout version 2 has no controllers to give, so nobody has to move up. */
	expect("hybrid", "/u", "", "/a/b", NULL, "/u/a/b/c1");
}

/* Beside the caller's, not below it: that one has processes. */
static void version_2(void **state)
{
	(void)state;
	expect("v2", "/c", "", "/", NULL, "/c/c1");
	expect("v2", "/c", "", "/a", NULL, "/c/c1");
	expect("v2", "/c", "", "/a/b", NULL, "/c/a/c1");
	expect("v2", "/c", "", "/a/b", "x", "/c/a/x");
	expect("v2", "/c", "", "/a/b", "/x", "/c/x");
}

static void without_linux(void **state)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	struct spec spec = { 0 };
	(void)state;
	struct strings paths = plan_cgroup_paths(&spec, "id", &sample_hybrid, &a);
	static const char *const expected[] = {
		"/sys/fs/cgroup/systemd/id", "/sys/fs/cgroup/devices/user.slice/id",
		"/sys/fs/cgroup/cpu,cpuacct/user.slice/id", "/sys/fs/cgroup/unified/user.slice/session/id",
	};
	assert_int_equal(paths.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(paths.items[i], expected[i]);
	assert_int_equal(plan_cgroup_paths(&spec, "id", &sample_none, &a).n, 0);
}

/* What the plan makes is what plan_cgroup_paths says, as `delete` goes by the latter. */
static void both_agree(void **state)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	static const struct facts *const facts[] = { &sample_hybrid, &sample_unified };
	struct spec_linux l = { .cgroups_path = "x/y" };
	struct spec spec = { .linux_ = &l };
	(void)state;
	for (size_t k = 0; k < 2; k++) {
		const struct plan_header *p;
		struct err e = { 0 };
		struct strings paths = plan_cgroup_paths(&spec, "c1", facts[k], &a);
		size_t n = 0;
		assert_int_equal(sample_plan(SAMPLE_SMALL("", ", \"cgroupsPath\": \"x/y\""), facts[k], &a, &p, &e), 0);
		for (uint32_t i = 0; i < p->n_ops; i++) {
			const struct op *op = plan_op_at(p, i);
			if (op->kind != OP_CGROUP)
				continue;
			const struct op_cgroup *c = plan_at(p, op->args);
			assert_true(n < paths.n);
			assert_string_equal(plan_str(p, c->dir), paths.items[n++]);
		}
		assert_int_equal(n, paths.n);
	}
}

static void bad_paths(void **state)
{
	static const char *const rows[] = { "..", "/..", "a/..", "/a/../b", "../a", "/", "//" };
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_(arena_done) struct arena a = { 0 };
		const struct plan_header *p;
		struct err e = { 0 };
		char *config = arena_fmt(&a, SAMPLE_SMALL("", ", \"cgroupsPath\": \"%s\""), rows[i]);
		if (sample_plan(config, &sample_unified, &a, &p, &e) == 0)
			fail_msg("\"%s\" is let through", rows[i]);
		assert_string_equal(e.field, "/linux/cgroupsPath");
	}
}

/* The device rules go where the devices are: the hierarchy of version 1, or a program for version 2. */
static void device_rules(void **state)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	const struct plan_header *p;
	struct err e = { 0 };
	(void)state;
	assert_int_equal(sample_plan(SAMPLE_SMALL("", ""), &sample_hybrid, &a, &p, &e), 0);
	assert_null(sample_find(p, OP_DEVICE_FILTER));
	const struct op_cgroup_set *set = plan_at(p, sample_find(p, OP_CGROUP_SET)->args);
	assert_string_equal(plan_str(p, set->file), "devices.deny");
	assert_string_equal(plan_str_at(p, set->values, 0), "a");
	assert_string_equal(plan_str(p, plan_slot_at(p, (uint32_t)set->cgroup.n)->name), "devices");

	assert_int_equal(sample_plan(SAMPLE_SMALL("", ""), &sample_unified, &a, &p, &e), 0);
	assert_null(sample_find(p, OP_CGROUP_SET));
	assert_non_null(sample_find(p, OP_DEVICE_FILTER));
}

/* A version 2 cgroup is what the clone starts in; a version 1 hierarchy is entered. */
static void entering(void **state)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	const struct plan_header *p;
	struct err e = { 0 };
	(void)state;
	assert_int_equal(sample_plan(SAMPLE_SMALL("", ""), &sample_hybrid, &a, &p, &e), 0);
	const struct op_clone *clone = plan_at(p, sample_find(p, OP_CLONE)->args);
	assert_string_equal(plan_str(p, plan_slot_at(p, (uint32_t)clone->cgroup.n)->name), "cgroup");
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(plan_op_at(p, p->lists[STAGE_INIT].first + i)->kind, OP_CGROUP_ENTER);
	assert_int_not_equal(plan_op_at(p, p->lists[STAGE_INIT].first + 3)->kind, OP_CGROUP_ENTER);
	assert_int_equal(sample_plan(SAMPLE_SMALL("", ""), &sample_unified, &a, &p, &e), 0);
	assert_null(sample_find(p, OP_CGROUP_ENTER));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_1),  cmocka_unit_test(version_2), cmocka_unit_test(without_linux),
		cmocka_unit_test(both_agree), cmocka_unit_test(bad_paths), cmocka_unit_test(device_rules),
		cmocka_unit_test(entering),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
