/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/scope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/variant.h"
#include "plan/sample.test.h"

static void slices(void **state)
{
	static const struct { const char *name, *path; } rows[] = {
		{ "-.slice", "" },
		{ "a.slice", "/a.slice" },
		{ "a-b.slice", "/a.slice/a-b.slice" },
		{ "a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice" },
		{ "user-1000.slice", "/user.slice/user-1000.slice" },
		{ "", NULL },
		{ ".slice", NULL },
		{ "a", NULL },
		{ "a.scope", NULL },
		{ "-a.slice", NULL },
		{ "a-.slice", NULL },
		{ "a--b.slice", NULL },
		{ "--.slice", NULL },
		{ "a/b.slice", NULL },
		{ "a b.slice", NULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_(arena_done) struct arena a = {};
		const char *path = scope_slice_path(rows[i].name, &a);
		if (!path != !rows[i].path || (path && strcmp(path, rows[i].path) != 0))
			fail_msg("\"%s\" is \"%s\"", rows[i].name, path ? path : "(none)");
	}
}

/* The unit and its cgroup, or the error. */
static void expect(const char *path, const char *id, const char *group, const char *unit, const char *cgroup)
{
	_cleanup_(arena_done) struct arena a = {};
	struct facts_systemd systemd = { false, group };
	struct facts facts = { .cgroup_layout = "v2", .systemd = &systemd };
	struct spec_linux l = { .cgroups_path = path };
	struct spec spec = { .linux_ = &l };
	struct scope s;
	struct err e = {};
	if (scope_read(&spec, id, &facts, &a, &s, &e) < 0) {
		if (unit)
			fail_msg("\"%s\": %s", path, e.text);
		assert_string_equal(e.field, "/linux/cgroupsPath");
		return;
	}
	if (!unit)
		fail_msg("\"%s\" is let through as \"%s\"", path, s.unit);
	assert_string_equal(s.unit, unit);
	assert_string_equal(s.cgroup, cgroup);
}

static void units(void **state)
{
	(void)state;
	expect(NULL, "c1", "", "socle-c1.scope", "/system.slice/socle-c1.scope");
	expect("", "c1", "/", "socle-c1.scope", "/system.slice/socle-c1.scope");
	expect(NULL, "a+b", "", "socle-a\\x2bb.scope", "/system.slice/socle-a\\x2bb.scope");
	expect("a-b.slice:p:n", "c1", "", "p-n.scope", "/a.slice/a-b.slice/p-n.scope");
	expect(":p:n", "c1", "", "p-n.scope", "/system.slice/p-n.scope");
	expect("-.slice:p:n", "c1", "", "p-n.scope", "/p-n.scope");
	expect("a.slice::n", "c1", "", "n.scope", "/a.slice/n.scope");
	expect("a.slice:p:a-b.slice", "c1", "", "a-b.slice", "/a.slice/a-b.slice");
	expect("a.slice:p:n", "c1", "/m/init", "p-n.scope", "/m/init/a.slice/p-n.scope");
	/* As systemd escapes what would look like a file of the kernel's. */
	expect("a.slice::memory", "c1", "", "memory.scope", "/a.slice/_memory.scope");
	expect("a.slice::_x", "c1", "", "_x.scope", "/a.slice/__x.scope");

	static const char *const bad[] = { "/a", "a", "a.slice:p", "a.slice:p:n:x", "a.slice:p:", "a.slice:p:n/x", "a:p:n",
					   "a.slice:p/q:n", "../a.slice:p:n", "a.slice:p:-.slice", "a.slice:p:a--b.slice",
					   "a.slice:p:n x", "a.slice:p:n@1" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect(bad[i], "c1", "", NULL, NULL);
	char name[300];
	memset(name, 'n', sizeof(name));
	memcpy(name, "a.slice:p:", 10);
	name[sizeof(name) - 1] = 0;
	expect(name, "c1", "", NULL, NULL);
}

static void a_users_slice(void **state)
{
	_cleanup_(arena_done) struct arena a = {};
	struct facts_systemd systemd = { true, "/u" };
	struct facts facts = { .cgroup_layout = "v2", .systemd = &systemd };
	struct spec spec = {};
	struct scope s;
	struct err e = {};
	(void)state;
	assert_int_equal(scope_read(&spec, "c1", &facts, &a, &s, &e), 0);
	assert_string_equal(s.cgroup, "/u/user.slice/socle-c1.scope");
}

static void marks(void **state)
{
	_cleanup_(arena_done) struct arena a = {};
	(void)state;
	assert_string_equal(scope_mark("/run/socle/c1", &a), "file:/run/socle/c1");
	assert_string_equal(scope_mark("/a b/%", &a), "file:/a%20b/%25");
	assert_string_equal(scope_mark("/\xc3\xa4", &a), "file:/%C3%A4");
}

/* Nothing of init's own comes before it is in its cgroups, and every property is text that can be read. */
static void a_plan(void **state)
{
	_cleanup_(arena_done) struct arena a = {};
	static const struct facts *const kinds[] = { &sample_hybrid, &sample_unified };
	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct facts_systemd systemd = { false, "" };
		struct facts facts = *kinds[k];
		const struct plan_header *p;
		struct err e = {};
		facts.systemd = &systemd;
		assert_int_equal(sample_plan(SAMPLE_SMALL("", ""), &facts, &a, &p, &e), 0);
		const struct op *first = plan_op_at(p, p->lists[STAGE_INIT].first), *unit = sample_find(p, OP_UNIT);
		assert_int_equal(first->kind, OP_AWAIT);
		assert_int_equal(((const struct op_sync *)plan_at(p, first->args))->what.v, SYNC_PLACED);
		assert_true(sample_find(p, OP_CLONE) < unit && unit < sample_find(p, OP_CGROUP));
		const struct op_unit *u = plan_at(p, unit->args);
		for (uint32_t i = 0; i < u->properties.n; i++) {
			struct variant v;
			assert_int_equal(variant_read(plan_str(p, plan_param_at(p, u->properties, i)->value), &a, &v, &e), 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices), cmocka_unit_test(units),  cmocka_unit_test(a_users_slice),
		cmocka_unit_test(marks),  cmocka_unit_test(a_plan),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
