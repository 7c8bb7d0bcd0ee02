/* SPDX-License-Identifier: Apache-2.0 */

/* Any configuration that is sound becomes a plan that is, or an error that says why not; never anything else. */
#include <assert.h>
#include <stdint.h>

#include "base/json.h"
#include "plan/create.h"
#include "plan/print.h"

static struct hierarchy hybrid[] = {
	{ "name=systemd", "/sys/fs/cgroup/systemd", "/" },
	{ "devices", "/sys/fs/cgroup/devices", "/a" },
	{ "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/a" },
	{ "memory", "/sys/fs/cgroup/memory", "/a" },
	{ "blkio", "/sys/fs/cgroup/blkio", "/a" },
	{ "", "/sys/fs/cgroup/unified", "/a", "hugetlb rdma pids" },
};
static struct hierarchy unified[] = { { "", "/sys/fs/cgroup", "/a/b", "cpuset cpu io memory hugetlb pids rdma" } };
static const struct facts facts[] = {
	{ .cgroup_layout = "hybrid", .hierarchies = { 6, hybrid }, .kcore = true },
	{ .cgroup_layout = "v2", .hierarchies = { 1, unified } },
	{ .cgroup_layout = "none" },
};

static void plan_for(const struct spec *spec, const struct facts *f, bool run, struct arena *a)
{
	static uint32_t filter[] = { 6, 0x7fff0000 }; /* allow everything */
	const struct create_request request = { .id = "c1", .state_root = "/run/socle", .bundle = "/b", .run = run,
						.seccomp = { 2, filter } };
	_cleanup_(buf_done) struct buf text = {}, out = {};
	struct problems warnings = {};
	const struct plan_header *plan;
	struct json *j = NULL;
	struct err e = {};

	if (plan_create(spec, &request, f, a, &warnings, &plan, &e) < 0) {
		assert(err_is_set(&e));
		return;
	}
	plan_print_text(plan, &text);
	plan_print_json(plan, &out);
	assert(json_parse(out.data, out.size, &j, &e) == 0);
	json_free(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(arena_done) struct arena a = {};
	struct problems p = {};
	struct spec *spec;
	struct err e = {};

	if (spec_decode((const char *)data, size, &a, &spec, &p, &e) < 0 || spec_validate(spec, &a, &p, &e) < 0)
		return 0;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		plan_for(spec, &facts[i], i == 1, &a);
	return 0;
}
