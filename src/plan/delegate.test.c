/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets a cgroup of version 2: all that has to come together, and each of it missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "plan/sample.test.h"

#define MOUNT(options)	"{\"destination\": \"/c\", \"type\": \"cgroup\", \"source\": \"c\", \"options\": [" options "]}"
#define MAP		"[{\"containerID\": 7, \"hostID\": 9, \"size\": 1}, {\"containerID\": 0, \"hostID\": 1000, \"size\": 2}]"
#define MAPS		", \"uidMappings\": " MAP ", \"gidMappings\": " MAP
#define CONFIG(mount, namespaces, annotation) \
	"{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"rootfs\"}, \"annotations\": {\"run.oci.delegate-cgroup\": \"" annotation \
	"\"}, \"process\": {\"user\": {\"uid\": 0, \"gid\": 0}, \"args\": [\"sh\"], \"cwd\": \"/\"}, \"mounts\": [" mount "]," \
	"\"linux\": {\"namespaces\": [{\"type\": \"mount\"}" namespaces "}}"
#define USER   ", {\"type\": \"user\"}"
#define CGROUP ", {\"type\": \"cgroup\"}"

/* The directory that is given away; NULL: none. */
static const char *given(const char *config, const struct facts *f, struct arena *a)
{
	const struct plan_header *p;
	struct err e = { 0 };
	if (sample_plan(config, f, a, &p, &e) < 0)
		fail_msg("%s %s", e.text, e.field);
	const struct op *op = sample_find(p, OP_CGROUP_OWNER);
	if (!op)
		return NULL;
	const struct op_cgroup_owner *owner = plan_at(p, op->args);
	assert_int_equal(owner->uid, 1000);
	return plan_str(p, owner->dir);
}

static void own(void **state)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	struct facts user = sample_unified;
	const char *const good = CONFIG(MOUNT(""), USER CGROUP "]" MAPS, "");
	(void)state;
	const char *dir = given(good, &sample_unified, &a);
	assert_non_null(dir);
	assert_string_equal(dir, plan_cgroup_paths(&(struct spec){ 0 }, "c1", &sample_unified, &a).items[0]);
	assert_non_null(given(CONFIG(MOUNT("\"ro\"") "," MOUNT("\"ro\", \"rw\""), USER CGROUP "]" MAPS, ""), &sample_unified, &a));

	assert_null(given(CONFIG(MOUNT("\"ro\""), USER CGROUP "]" MAPS, ""), &sample_unified, &a));
	assert_null(given(CONFIG("", USER CGROUP "]" MAPS, ""), &sample_unified, &a));
	assert_null(given(CONFIG(MOUNT(""), USER "]" MAPS, ""), &sample_unified, &a));
	assert_null(given(CONFIG(MOUNT(""), CGROUP "]", ""), &sample_unified, &a));
	assert_null(given(CONFIG(MOUNT(""), ", {\"type\": \"user\", \"path\": \"/proc/1/ns/user\"}" CGROUP "]", ""), &sample_unified, &a));
	assert_null(given(good, &sample_hybrid, &a));
	user.caller = "user";
	user.uid = 1000;
	assert_null(given(good, &user, &a));
}

/* Whatever the mounts, and with it the container's own stays the host's. */
static void below(void **state)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	static const struct facts *const facts[] = { &sample_unified, &sample_hybrid };
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const char *dir = given(CONFIG(MOUNT(""), USER CGROUP "]" MAPS, "x"), facts[i], &a);
		assert_non_null(dir);
		assert_string_equal(strrchr(dir, '/'), "/x");
		assert_non_null(given(CONFIG("", USER "]" MAPS, "x"), facts[i], &a));
		assert_null(given(CONFIG("", CGROUP "]", "x"), facts[i], &a));
	}
}

static void nowhere(void **state)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	const struct plan_header *p;
	struct err e = { 0 };
	(void)state;
	assert_int_equal(sample_plan(CONFIG("", "]", "x"), &sample_none, &a, &p, &e), -1);
	assert_string_equal(e.field, "/annotations/run.oci.delegate-cgroup");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(own), cmocka_unit_test(below), cmocka_unit_test(nowhere) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
