/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct string_pair pairs[] = { { "key", "a \"value\"\n" } };
static const char *cgroups[] = { "/sys/fs/cgroup/a" };

static const struct state sample = {
	.version = STATE_VERSION,
	.oci_version = "1.3.0",
	.id = "c1",
	.bundle = "/b",
	.rootfs = "/b/rootfs",
	.created = "2026-01-02T03:04:05.000000006Z",
	.owner = 1000,
	.pid = 42,
	.pid_start = 18446744073709551615u,
	.annotations = { 1, pairs },
	.cgroups = { 1, cgroups },
};

static const char sample_text[] = "{\n"
				  " \"version\": 1,\n"
				  " \"ociVersion\": \"1.3.0\",\n"
				  " \"id\": \"c1\",\n"
				  " \"bundle\": \"/b\",\n"
				  " \"rootfs\": \"/b/rootfs\",\n"
				  " \"created\": \"2026-01-02T03:04:05.000000006Z\",\n"
				  " \"owner\": 1000,\n"
				  " \"pid\": 42,\n"
				  " \"pidStart\": 18446744073709551615,\n"
				  " \"started\": false,\n"
				  " \"annotations\": {\"key\": \"a \\\"value\\\"\\n\"},\n"
				  " \"cgroups\": [\"/sys/fs/cgroup/a\"]\n"
				  "}\n";

static void one_member_a_line(void **state)
{
	_cleanup_(buf_done) struct buf b = {};

	(void)state;
	state_encode(&sample, &b);
	assert_string_equal(b.data, sample_text);
}

static void written_and_read(void **state)
{
	_cleanup_(arena_done) struct arena a = {};
	_cleanup_(buf_done) struct buf again = {};
	struct state *s = NULL;
	struct err e = {};

	(void)state;
	assert_int_equal(state_decode(sample_text, strlen(sample_text), &a, &s, &e), 0);
	assert_true(s->pid_start == UINT64_MAX && s->pid == 42 && !s->started &&
		    s->namespaces.n == 0);
	state_encode(s, &again);
	assert_string_equal(again.data, sample_text);
}

static void refuse(const char *text, const char *why)
{
	_cleanup_(arena_done) struct arena a = {};
	struct state *s = NULL;
	struct err e = {};

	assert_int_equal(state_decode(text, strlen(text), &a, &s, &e), -1);
	assert_null(s);
	assert_string_equal(e.text, why);
}

static void damaged_files(void **state)
{
	_cleanup_(arena_done) struct arena a = {};

	(void)state;
	refuse("", "state file: line 1, column 1: expected a value, found the end");
	refuse("{}", "state file: /version: required, but missing");
	refuse("{\"version\":1}", "state file: /ociVersion: required, but missing");
	refuse("{\"version\":2,\"pid\":\"none\"}", "state file: version 2, but this socle reads 1");
	refuse("{\"version\":1,\"pid\":\"none\"}",
	       "state file: /pid: expected an integer, found a string");
	for (size_t n = 0; n < strlen(sample_text) - 2; n++) {
		struct err e = {};
		struct state *s;

		assert_int_equal(state_decode(sample_text, n, &a, &s, &e), -1);
	}
}

static void public(const char *status, bool extended, int indent, const char *expected)
{
	_cleanup_(buf_done) struct buf b = {};

	state_encode_public(&sample, status, extended, indent, &b);
	assert_string_equal(b.data, expected);
}

static void what_others_see(void **state)
{
	(void)state;
	public("running", false, 0,
	       "{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"status\":\"running\",\"pid\":42,"
	       "\"bundle\":\"/b\","
	       "\"annotations\":{\"key\":\"a \\\"value\\\"\\n\"}}");
	public("stopped", true, 0,
	       "{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"status\":\"stopped\",\"bundle\":\"/b\","
	       "\"rootfs\":\"/b/"
	       "rootfs\",\"created\":\"2026-01-02T03:04:05.000000006Z\",\"owner\":\"#1000\","
	       "\"annotations\":{\"key\":\"a \\\"value\\\"\\n\"}}");
	public("created", false, 2,
	       "{\n  \"ociVersion\": \"1.3.0\",\n  \"id\": \"c1\",\n  \"status\": \"created\",\n  "
	       "\"pid\": 42,\n"
	       "  \"bundle\": \"/b\",\n  \"annotations\": {\n    \"key\": \"a \\\"value\\\"\\n\"\n "
	       " }\n}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_member_a_line),
		cmocka_unit_test(written_and_read),
		cmocka_unit_test(damaged_files),
		cmocka_unit_test(what_others_see),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
