/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "spec/tables.h"

struct fixture {
	struct arena a;
	struct problems p;
	struct err e;
};

static struct spec *get(struct fixture *f, const char *text)
{
	struct spec *spec = NULL;

	if (spec_decode(text, strlen(text), &f->a, &spec, &f->p, &f->e) < 0)
		fail_msg("%s: %s", f->e.field, f->e.text);
	return spec;
}

static void refuse(const char *text, const char *pointer, const char *why)
{
	struct fixture f = {};
	struct spec *spec = NULL;

	assert_int_equal(spec_decode(text, strlen(text), &f.a, &spec, &f.p, &f.e), -1);
	assert_null(spec);
	assert_string_equal(f.e.field, pointer);
	assert_string_equal(f.e.text, why);
	arena_done(&f.a);
}

static void a_configuration(void **state)
{
	struct fixture f = {};
	const struct spec *s = get(
		&f,
		"{\"ociVersion\":\"1.3.0\",\"hostname\":\"h\",\"root\":{\"path\":\"rootfs\","
		"\"readonly\":true},"
		"\"process\":{\"cwd\":\"/"
		"\",\"args\":[\"sh\",\"\"],\"user\":{\"uid\":1,\"gid\":2,\"additionalGids\":[3]},"
		"\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":1,\"hard\":18446744073709551615}],"
		"\"oomScoreAdj\":0},"
		"\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"options\":[\"ro\"]}],"
		"\"hooks\":{\"poststop\":[{\"path\":\"/bin/"
		"true\",\"timeout\":5}]},\"annotations\":{\"b\":\"2\",\"a\":\"1\"},"
		"\"windows\":{\"anything\":-1},\"linux\":{\"namespaces\":[{\"type\":\"pid\","
		"\"path\":\"\"}],"
		"\"resources\":{\"memory\":{\"limit\":-1},\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3}},"
		"\"devices\":[{\"allow\":false,\"type\":\"\"}]},\"netDevices\":{\"eth0\":{\"name\":"
		"\"eth1\"}},"
		"\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"]"
		","
		"\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":0}]},\"maskedPaths\":[]}}");

	(void)state;
	assert_string_equal(s->oci_version, "1.3.0");
	assert_true(s->root->readonly && s->process->user.gid == 2 &&
		    s->process->user.additional_gids.items[0] == 3);
	assert_true(s->process->args.n == 2 && s->process->rlimits.items[0].hard == UINT64_MAX);
	assert_true(s->process->oom_score_adj.set && !s->process->user.umask.set &&
		    !s->process->terminal);
	assert_string_equal(s->mounts.items[0].options.items[0], "ro");
	assert_true(s->hooks->poststop.items[0].timeout.v == 5 && !s->hooks->prestart.items);
	assert_string_equal(s->annotations.items[0].key, "b");
	assert_null(s->linux_->namespaces.items[0].path);
	assert_null(s->linux_->resources->devices.items[0].type);
	assert_int_equal(s->linux_->resources->memory->limit.v, -1);
	assert_string_equal(s->linux_->resources->rdma.items[0].device, "mlx5_1");
	assert_string_equal(s->linux_->net_devices.items[0].host_name, "eth0");
	assert_true(s->linux_->seccomp->syscalls.items[0].errno_ret.set);
	assert_true(s->linux_->masked_paths.items && !s->linux_->readonly_paths.items);
	arena_done(&f.a);
}

static void problems_have_pointers(void **state)
{
	(void)state;
	refuse("", "", "line 1, column 1: expected a value, found the end");
	refuse("\xef\xbb\xbf{}", "",
	       "line 1, column 1: a byte order mark, which JSON does not allow");
	refuse("{}", "/ociVersion", "required, but missing");
	refuse("{\"ociVersion\":\"1.0.0\",\"root\":{}}", "/root/path", "required, but missing");
	refuse("{\"ociVersion\":\"1.0.0\",\"mounts\":[{\"destination\":\"/\"},{\"destination\":\"/"
	       "\",\"options\":[1]}]}",
	       "/mounts/1/options/0", "expected a string, found an integer");
	refuse("{\"ociVersion\":\"1.0.0\",\"ociVersion\":\"1.0.0\"}", "",
	       "line 1, column 23: the key \"ociVersion\" for the second time");
	refuse("{\"ociVersion\":\"1.0.0\",\"linux\":{\"namespaces\":[{\"type\":\"net\"}]}}",
	       "/linux/namespaces/0/type",
	       "\"net\" is none of mount pid network uts ipc user cgroup time");
}

/* SEC-49: nothing wraps or is cut off. */
static void ids_are_exact(void **state)
{
	static const char *const bad[] = { "4294967296",
					   "10000000000",
					   "1e10",
					   "1.5",
					   "-1",
					   "\"0\"",
					   "true",
					   "[]",
					   "18446744073709551616",
					   "-9223372036854775809",
					   "1e400" };
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fixture f = {};
		struct spec_process *p = NULL;

		snprintf(text, sizeof(text), "{\"cwd\":\"/\",\"user\":{\"gid\":0,\"uid\":%s}}",
			 bad[i]);
		assert_int_equal(spec_decode_process(text, strlen(text), &f.a, &p, &f.p, &f.e), -1);
		assert_string_equal(f.e.field, "/user/uid");
		arena_done(&f.a);
	}
}

static void an_id_is_never_assumed(void **state)
{
	struct fixture f = {};
	struct spec_process *p = NULL;
	static const char text[] = "{\"cwd\":\"/\",\"user\":{\"gid\":0}}";

	(void)state;
	assert_int_equal(spec_decode_process(text, strlen(text), &f.a, &p, &f.p, &f.e), -1);
	assert_string_equal(f.e.field, "/user/uid");
	arena_done(&f.a);
}

static void resources_alone(void **state)
{
	struct fixture f = {};
	struct spec_resources *r;
	static const char text[] =
		"{\"memory\":{\"limit\":0},\"cpu\":{\"cpus\":\"\"},\"unified\":{\"a\":\"b\"}}";

	(void)state;
	assert_int_equal(spec_decode_resources(text, strlen(text), &f.a, &r, &f.p, &f.e), 0);
	assert_true(r->memory->limit.set && r->memory->limit.v == 0 && !r->cpu->cpus &&
		    r->unified.n == 1);
	arena_done(&f.a);
}

/* Each prefix of a document is an error and nothing worse. */
static void truncated_documents(void **state)
{
	static const char text[] =
		"{\"ociVersion\":\"1.0.0\",\"process\":{\"cwd\":\"/\",\"args\":[\"\\u00e4\"],"
		"\"user\":{\"uid\":1,\"gid\":2}},\"linux\":{\"sysctl\":{\"a\":\"b\"},\"seccomp\":"
		"null}}";

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		struct fixture f = {};
		struct spec *spec = NULL;

		assert_int_equal(spec_decode(text, n, &f.a, &spec, &f.p, &f.e), -1);
		assert_null(spec);
		arena_done(&f.a);
	}
}

static void what_was_read_can_be_written(void **state)
{
	static const char text[] = "{\"ociVersion\":\"1.0.0\",\"process\":{\"terminal\":true,"
				   "\"user\":{\"uid\":0,\"gid\":0,\"umask\":0},"
				   "\"args\":[\"sh\"],\"cwd\":\"/"
				   "\"},\"root\":{\"path\":\"rootfs\"},\"linux\":{\"resources\":"
				   "{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}],\"pids\":{"
				   "\"limit\":0}},\"maskedPaths\":[]}}";
	_cleanup_(buf_done) struct buf b = {};
	struct fixture f = {};

	(void)state;
	table_write(&spec_table, get(&f, text), &(struct writer){ .out = &b });
	assert_string_equal(b.data, text);
	arena_done(&f.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_configuration),
		cmocka_unit_test(problems_have_pointers),
		cmocka_unit_test(ids_are_exact),
		cmocka_unit_test(an_id_is_never_assumed),
		cmocka_unit_test(resources_alone),
		cmocka_unit_test(truncated_documents),
		cmocka_unit_test(what_was_read_can_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
