/* SPDX-License-Identifier: Apache-2.0 */
/* Where mounts may go, and how a destination is read. */
#include <linux/mount.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "plan/sample.test.h"

static int plan_one(struct arena *a, const char *mount, const struct plan_header **ret, struct err *e)
{
	char *config = arena_fmt(a, SAMPLE_SMALL("%s", ""), mount);
	return sample_plan(config, &sample_none, a, ret, e);
}

/* `json`: the mount but for its destination. */
static const struct op_mount *made(struct arena *a, const char *destination, const char *json,
				   const struct plan_header **ret)
{
	struct err e = { 0 };
	if (plan_one(a, arena_fmt(a, "{\"destination\": \"%s\", %s}", destination, json), ret, &e) < 0)
		fail_msg("%s: %s (%s)", destination, e.text, e.field);
	const struct op *op = sample_find(*ret, OP_MOUNT);
	op = op ? op : sample_find(*ret, OP_BIND);
	assert_non_null(op);
	return plan_at(*ret, op->args);
}

static void refused(const char *destination, const char *json, const char *field)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	const struct plan_header *p;
	struct err e = { 0 };
	if (plan_one(&a, arena_fmt(&a, "{\"destination\": \"%s\", %s}", destination, json), &p, &e) == 0)
		fail_msg("\"%s\" is let through", destination);
	assert_string_equal(e.field, field);
}

#define TMPFS "\"type\": \"tmpfs\", \"source\": \"tmpfs\""
#define PROC  "\"type\": \"proc\", \"source\": \"proc\""
#define SYSFS "\"type\": \"sysfs\", \"source\": \"sysfs\""
#define BIND  "\"source\": \"/x\", \"options\": [\"bind\"]"

static void targets(void **state)
{
	static const char *const rows[][2] = {
		{ "/a", "/a" },		{ "/a/", "/a" },	 { "//a//b//", "/a/b" }, { "/./a/./b/.", "/a/b" },
		{ "/a/...", "/a/..." }, { "/..a/b..", "/..a/b.." }, { "/a b/\\u00e9", "/a b/\xc3\xa9" },
		{ "/.a", "/.a" },	{ "/proca", "/proca" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_(arena_done) struct arena a = { 0 };
		const struct plan_header *p;
		const struct op_mount *m = made(&a, rows[i][0], TMPFS, &p);
		assert_string_equal(plan_str(p, m->target), rows[i][1]);
	}
}

static void bad_targets(void **state)
{
	static const char *const rows[] = { "/", "//", "/.", "/./", "/..", "/../a", "/a/..", "/a/../b", "/a/b/.." };
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		refused(rows[i], TMPFS, "/mounts/0/destination");
		refused(rows[i], BIND, "/mounts/0/destination");
	}
}

/* On and inside /proc: procfs itself, a bind of one, and a few files. */
static void guard_of_proc(void **state)
{
	static const char *const never[] = { "/proc/sys", "/proc/self/attr", "/proc//self", "/./proc/1/", "/proc/kcore",
					     "/proc/cpuinfo/x", "/proc/meminfo2", "/proc/sys/kernel", "/proc/net" };
	static const char *const files[] = { "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat",
					     "/proc/swaps", "/proc/uptime", "/proc/loadavg", "/proc/slabinfo",
					     "/proc/net/dev", "/proc/sys/kernel/ns_last_pid",
					     "/proc/sys/crypto/fips_enabled", "//proc/./stat" };
	_cleanup_(arena_done) struct arena a = { 0 };
	const struct plan_header *p;
	(void)state;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		refused(never[i], BIND, "/mounts/0/destination");
		refused(never[i], TMPFS, "/mounts/0/destination");
		refused(never[i], PROC, "/mounts/0/destination");
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_int_equal(made(&a, files[i], BIND, &p)->how.v, MOUNT_PROC_FILE);
		refused(files[i], TMPFS, "/mounts/0/destination");
	}
	refused("/proc", TMPFS, "/mounts/0/destination");
	refused("//proc/", SYSFS, "/mounts/0/destination");
	assert_int_equal(made(&a, "/proc", PROC, &p)->how.v, MOUNT_PROCFS | MOUNT_REAL_DIR);
	assert_int_equal(made(&a, "/proc/", BIND, &p)->how.v, MOUNT_PROCFS);
}

static void how(void **state)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	const struct plan_header *p;
	(void)state;
	assert_int_equal(made(&a, "/sys", SYSFS, &p)->how.v, MOUNT_REAL_DIR);
	assert_int_equal(made(&a, "/t", TMPFS, &p)->how.v, MOUNT_TAKE_MODE);
	assert_int_equal(made(&a, "/b", BIND, &p)->how.v, 0);
}

static void options(void **state)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	const struct plan_header *p;
	(void)state;
	const struct op_mount *m = made(&a, "/t",
					TMPFS ", \"options\": [\"ro\", \"size=1\", \"\", \"a=b=c\", \"=x\", \"flag\"]", &p);
	static const char *const expected[][2] = { { "size", "1" }, { "a", "b=c" }, { "", "x" }, { "flag", NULL } };
	assert_int_equal(m->options.n, 4);
	for (uint32_t i = 0; i < 4; i++) {
		const struct param *o = plan_param_at(p, m->options, i);
		assert_string_equal(plan_str(p, o->key), expected[i][0]);
		if (expected[i][1])
			assert_string_equal(plan_str(p, o->value), expected[i][1]);
		else
			assert_null(plan_str(p, o->value));
	}
	assert_int_equal(m->set.v, MOUNT_ATTR_RDONLY);
	assert_string_equal(plan_str(p, m->type), "tmpfs");
}

/* "bind" and "rbind" as type or as option; a relative source is the bundle's. */
static void binds(void **state)
{
	static const struct { const char *json; const char *source; uint32_t how; } rows[] = {
		{ "\"type\": \"bind\", \"source\": \"/x\"", "/x", 0 },
		{ "\"type\": \"rbind\", \"source\": \"/x\"", "/x", SOURCE_RECURSIVE },
		{ "\"type\": \"none\", \"source\": \"x/y\", \"options\": [\"bind\"]", "/bundle/x/y", 0 },
		{ "\"source\": \"../x\", \"options\": [\"rbind\"]", "/bundle/../x", SOURCE_RECURSIVE },
		{ "\"type\": \"bind\", \"source\": \"/x\", \"options\": [\"rbind\"]", "/x", SOURCE_RECURSIVE },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_(arena_done) struct arena a = { 0 };
		const struct plan_header *p;
		const struct op_mount *m = made(&a, "/b", rows[i].json, &p);
		const struct op_source *s = plan_at(p, sample_find(p, OP_SOURCE)->args);
		assert_string_equal(plan_str(p, s->path), rows[i].source);
		assert_int_equal(s->how.v, rows[i].how);
		assert_int_equal(s->keep.n, m->tree.n);
		assert_null(plan_str(p, m->type));
		assert_int_equal(m->options.n, 0);
	}
}

/* Every source is opened before the root and before the first mount. */
static void sources_first(void **state)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	const struct plan_header *p;
	struct err e = { 0 };
	(void)state;
	const char *mounts = "{\"destination\": \"/a\", " TMPFS "}, {\"destination\": \"/a/b\", " BIND "},"
			     "{\"destination\": \"/c\", " BIND "}";
	assert_int_equal(plan_one(&a, mounts, &p, &e), 0);
	uint32_t last_source = 0, first_target = UINT32_MAX;
	for (uint32_t i = 0; i < p->n_ops; i++) {
		enum op_kind kind = plan_op_at(p, i)->kind;
		if (kind == OP_SOURCE)
			last_source = i;
		if ((kind == OP_ROOT || kind == OP_MOUNT || kind == OP_BIND) && i < first_target)
			first_target = i;
	}
	assert_true(last_source > 0);
	assert_true(last_source < first_target);
}

static void incomplete(void **state)
{
	(void)state;
	refused("/a", "\"source\": \"x\"", "/mounts/0/type");
	refused("/a", "\"type\": \"bind\"", "/mounts/0/source");
	refused("/a", TMPFS ", \"options\": [\"ro\", \"remount\"]", "/mounts/0/options/1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets), cmocka_unit_test(bad_targets),   cmocka_unit_test(guard_of_proc),
		cmocka_unit_test(how),	   cmocka_unit_test(options),	    cmocka_unit_test(binds),
		cmocka_unit_test(sources_first), cmocka_unit_test(incomplete),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
