/* SPDX-License-Identifier: Apache-2.0 */
/* What `update` writes, and in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "plan/print.h"
#include "plan/sample.test.h"
#include "plan/update.h"

static struct hierarchy v1[] = {
	{ "name=systemd", "/c/systemd", "/", NULL },
	{ "memory", "/c/memory", "/", NULL },
	{ "cpu,cpuacct", "/c/cpu,cpuacct", "/", NULL },
	{ "pids", "/c/pids", "/", NULL },
	{ "devices", "/c/devices", "/", NULL },
};
static struct hierarchy v2[] = { { "", "/c", "/", "cpu memory io pids" } };
static const struct facts on_v1 = { .cgroup_layout = "v1", .hierarchies = { 5, v1 } };
static const struct facts on_v2 = { .cgroup_layout = "v2", .hierarchies = { 1, v2 } };

static struct spec_resources *decode(const char *text, struct arena *a)
{
	struct problems p = { 0 };
	struct spec_resources *r = NULL;
	struct err e = { 0 };
	assert_int_equal(spec_decode_resources(text, strlen(text), a, &r, &p, &e), 0);
	return r;
}

static const char *the_unit; /* that the cgroups belong to; mostly none */

static int update(const struct facts *f, const char *all, const char *now, struct arena *a,
		  const struct plan_header **plan, struct err *e)
{
	static const char *dirs_v1[] = { "/c/systemd/x", "/c/memory/own/x", "/c/cpu,cpuacct/x", "/c/pids/x", "/c/devices/x" };
	static const char *dirs_v2[] = { "/c/s/x" };
	struct spec_linux linux_ = { .resources = decode(all, a) };
	struct spec spec = { .linux_ = &linux_ };
	struct problems warnings = { 0 };
	struct update_request request = { .now = decode(now, a), .unit = the_unit };
	request.cgroups = f == &on_v1 ? (struct strings){ 5, dirs_v1 } : (struct strings){ 1, dirs_v2 };
	return plan_update(&spec, &request, f, a, &warnings, plan, e);
}

/* Each line's operation and arguments, without what asked for it. */
static void expect(const struct facts *f, const char *all, const char *now, const char *expected)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	_cleanup_(buf_done) struct buf out = { 0 }, seen = { 0 };
	const struct plan_header *plan;
	struct err e = { 0 };
	assert_int_equal(update(f, all, now, &a, &plan, &e), 0);
	plan_print_text(plan, &out);
	for (char *line = out.data, *end; line && *line; line = end) {
		end = strchr(line, '\n');
		*end++ = 0;
		char *why = strstr(line + 13, " /linux"), *because = strstr(line + 13, " (");
		if (why || because)
			*(why ? why : because) = 0;
		size_t n = strlen(line);
		while (n && line[n - 1] == ' ')
			line[--n] = 0;
		buf_printf(&seen, "%s\n", line + 13);
	}
	assert_string_equal(seen.data ? seen.data : "", expected);
}

static void refuse(const struct facts *f, const char *all, const char *now, const char *field)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	const struct plan_header *plan;
	struct err e = { 0 };
	assert_int_equal(update(f, all, now, &a, &plan, &e), -1);
	assert_string_equal(e.field, field);
}

/* Whichever was larger before: one of the two orders succeeds. */
static void memory_and_swap(void **state)
{
	(void)state;
	expect(&on_v1, "{\"memory\":{\"limit\":10,\"swap\":20}}", "{\"memory\":{\"limit\":10,\"swap\":20}}",
	       "open cgroup       /c/memory/own/x pid=0\n"
	       "cgroup setting    memory.memsw.limit_in_bytes values=20 how=try\n"
	       "cgroup setting    memory.limit_in_bytes values=10\n"
	       "cgroup setting    memory.memsw.limit_in_bytes values=20\n");
	expect(&on_v1, "{\"memory\":{\"limit\":10,\"swap\":20}}", "{\"memory\":{\"swap\":20}}",
	       "open cgroup       /c/memory/own/x pid=0\n"
	       "cgroup setting    memory.memsw.limit_in_bytes values=20\n");
	expect(&on_v1, "{\"memory\":{\"limit\":-1,\"swap\":-1}}", "{\"memory\":{\"limit\":-1}}",
	       "open cgroup       /c/memory/own/x pid=0\n"
	       "cgroup setting    memory.memsw.limit_in_bytes values=-1 how=try,optional\n"
	       "cgroup setting    memory.limit_in_bytes values=-1\n"
	       "cgroup setting    memory.memsw.limit_in_bytes values=-1 how=optional\n");
	refuse(&on_v1, "{\"memory\":{\"limit\":30,\"swap\":20}}", "{\"memory\":{\"limit\":30}}", "/linux/resources/memory/swap");
}

/* Version 2 counts swap alone: what is left for it changes with the limit. */
static void swap_by_itself(void **state)
{
	(void)state;
	expect(&on_v2, "{\"memory\":{\"limit\":15,\"swap\":20}}", "{\"memory\":{\"limit\":15}}",
	       "open cgroup       /c/s/x pid=0\n"
	       "cgroup controllers /c/s/x top=/c needed=memory\n"
	       "cgroup setting    memory.max values=15\n"
	       "cgroup setting    memory.swap.max values=5\n");
	expect(&on_v2, "{\"memory\":{\"limit\":15,\"checkBeforeUpdate\":true}}", "{\"memory\":{\"limit\":15}}",
	       "open cgroup       /c/s/x pid=0\n"
	       "cgroup controllers /c/s/x top=/c needed=memory\n"
	       "cgroup check      memory.current below=15\n"
	       "cgroup setting    memory.max values=15\n");
	refuse(&on_v2, "{\"memory\":{\"swap\":20}}", "{\"memory\":{\"swap\":20}}", "/linux/resources/memory/swap");
}

static void quota_with_the_old_period(void **state)
{
	(void)state;
	expect(&on_v2, "{\"cpu\":{\"quota\":500,\"period\":1000}}", "{\"cpu\":{\"quota\":500}}",
	       "open cgroup       /c/s/x pid=0\n"
	       "cgroup controllers /c/s/x top=/c needed=cpu\n"
	       "cgroup setting    cpu.max values=\"500 1000\"\n");
	expect(&on_v2, "{\"cpu\":{\"quota\":500,\"period\":1000}}", "{\"cpu\":{\"period\":1000}}",
	       "open cgroup       /c/s/x pid=0\n"
	       "cgroup controllers /c/s/x top=/c needed=cpu\n"
	       "cgroup setting    cpu.max values=\"500 1000\"\n");
	expect(&on_v2, "{\"cpu\":{\"quota\":-1,\"burst\":5}}", "{\"cpu\":{\"quota\":-1,\"burst\":5}}",
	       "open cgroup       /c/s/x pid=0\n"
	       "cgroup controllers /c/s/x top=/c needed=cpu\n"
	       "cgroup setting    cpu.max.burst values=5 how=try\n"
	       "cgroup setting    cpu.max values=max\n"
	       "cgroup setting    cpu.max.burst values=5\n");
	expect(&on_v1, "{\"cpu\":{\"quota\":500,\"period\":1000}}", "{\"cpu\":{\"period\":1000}}",
	       "open cgroup       /c/cpu,cpuacct/x pid=0\n"
	       "cgroup setting    cpu.cfs_period_us values=1000\n");
}

static void idle_and_shares(void **state)
{
	(void)state;
	expect(&on_v1, "{\"cpu\":{\"idle\":0,\"shares\":5}}", "{\"cpu\":{\"idle\":0,\"shares\":5}}",
	       "open cgroup       /c/cpu,cpuacct/x pid=0\n"
	       "cgroup setting    cpu.idle values=0 how=optional\n"
	       "cgroup setting    cpu.shares values=5\n");
	expect(&on_v1, "{\"cpu\":{\"idle\":1,\"shares\":5}}", "{\"cpu\":{\"idle\":1,\"shares\":5}}",
	       "open cgroup       /c/cpu,cpuacct/x pid=0\n"
	       "cgroup setting    cpu.shares values=5\n"
	       "cgroup setting    cpu.idle values=1\n");
}

static void devices(void **state)
{
	(void)state;
	expect(&on_v1, "{\"devices\":[{\"allow\":true}]}", "{\"devices\":[{\"allow\":true}]}",
	       "open cgroup       /c/devices/x pid=0\n"
	       "cgroup setting    devices.allow values=a\n");
	expect(&on_v2, "{\"devices\":[{\"allow\":true}]}", "{\"devices\":[{\"allow\":true}],\"pids\":{\"limit\":0}}",
	       "open cgroup       /c/s/x pid=0\n"
	       "cgroup controllers /c/s/x top=/c needed=pids\n"
	       "cgroup setting    pids.max values=0\n"
	       "device filter     program=(82 numbers)\n");
	expect(&on_v1, "{}", "{}", "");
	expect(&on_v2, "{}", "{\"cpu\":{\"shares\":0},\"blockIO\":{\"weight\":0}}", "");
}

/* systemd is told first, and only of what it has properties for. */
static void a_unit(void **state)
{
	(void)state;
	the_unit = "x.scope";
	expect(&on_v1, "{\"pids\":{\"limit\":7}}", "{\"pids\":{\"limit\":7}}",
	       "unit properties   x.scope manager=system properties=\"TasksMax=uint64 7\"\n"
	       "open cgroup       /c/pids/x pid=0\n"
	       "cgroup setting    pids.max values=7\n");
	expect(&on_v1, "{\"memory\":{\"swappiness\":7}}", "{\"memory\":{\"swappiness\":7}}",
	       "open cgroup       /c/memory/own/x pid=0\n"
	       "cgroup setting    memory.swappiness values=7\n");
	the_unit = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_and_swap),
		cmocka_unit_test(swap_by_itself),
		cmocka_unit_test(quota_with_the_old_period),
		cmocka_unit_test(idle_and_shares),
		cmocka_unit_test(devices),
		cmocka_unit_test(a_unit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
