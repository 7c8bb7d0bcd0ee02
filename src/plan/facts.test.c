/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "plan/sample.test.h"

static void written_and_read(void **state)
{
	static const struct facts *const rows[] = { &sample_hybrid, &sample_unified, &sample_none };
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		_cleanup_(arena_done) struct arena a = { 0 };
		_cleanup_(buf_done) struct buf out = { 0 };
		struct facts *f;
		struct err e = { 0 };
		facts_write(rows[i], &out);
		if (facts_read(out.data, out.size, &a, &f, &e) < 0)
			fail_msg("%s", e.text);
		assert_int_equal(f->uid, rows[i]->uid);
		assert_int_equal(f->kcore, rows[i]->kcore);
		assert_string_equal(f->cgroup_layout, rows[i]->cgroup_layout);
		assert_int_equal(f->hierarchies.n, rows[i]->hierarchies.n);
		for (size_t k = 0; k < f->hierarchies.n; k++) {
			assert_string_equal(f->hierarchies.items[k].controllers, rows[i]->hierarchies.items[k].controllers);
			assert_string_equal(f->hierarchies.items[k].mount, rows[i]->hierarchies.items[k].mount);
			assert_string_equal(f->hierarchies.items[k].own, rows[i]->hierarchies.items[k].own);
		}
	}
}

static void refused(const char *text, const char *field)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	struct facts *f;
	struct err e = { 0 };
	assert_int_equal(facts_read(text, strlen(text), &a, &f, &e), -1);
	assert_string_equal(e.field, field);
}

static void not_facts(void **state)
{
	(void)state;
	refused("", "");
	refused("{\"cgroupLayout\": \"none\"}", "/uid");
	refused("{\"uid\": 0}", "/cgroupLayout");
	refused("{\"uid\": 0, \"cgroupLayout\": \"v3\"}", "/cgroupLayout");
	refused("{\"uid\": -1, \"cgroupLayout\": \"v2\"}", "/uid");
	refused("{\"uid\": 0, \"cgroupLayout\": \"v2\", \"hierarchies\": [{\"mount\": \"/c\", \"own\": \"/\"}]}",
		"/hierarchies/0/controllers");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_and_read),
		cmocka_unit_test(not_facts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
