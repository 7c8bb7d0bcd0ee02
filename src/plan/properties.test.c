/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/properties.h"

#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/variant.h"

static const struct resource_row plain, advance = { .how = RESOURCE_ADVANCE };

/* "NAME=VALUE NAME=VALUE" of some settings. */
static const char *made(const struct resource_setting *items, size_t n, struct arena *a)
{
	const struct resource_settings l = { n, n, (struct resource_setting *)(uintptr_t)items };
	struct unit_properties p = properties_of(&l, a);
	const char *out = "";
	for (size_t i = 0; i < p.n; i++) {
		struct variant v;
		struct err e = {};
		assert_int_equal(variant_read(p.items[i].value, a, &v, &e), 0);
		out = arena_fmt(a, "%s%s%s=%s", out, i ? " " : "", p.items[i].name, p.items[i].value);
	}
	return out;
}

static void expect(const char *file, const char *text, const char *expected)
{
	_cleanup_(arena_done) struct arena a = {};
	const struct resource_setting s = { .row = &plain, .file = file, .text = text };
	const char *is = made(&s, 1, &a);
	if (strcmp(is, expected) != 0)
		fail_msg("%s \"%s\": \"%s\", not \"%s\"", file, text, is, expected);
}

#define INFINITE "uint64 18446744073709551615"

static void files(void **state)
{
	(void)state;
	expect("memory.max", "4096", "MemoryMax=uint64 4096");
	expect("memory.max", "max", "MemoryMax=" INFINITE);
	expect("memory.max", "1M", "");
	expect("memory.limit_in_bytes", "-1", "MemoryLimit=" INFINITE);
	expect("memory.high", "5", "MemoryHigh=uint64 5");
	expect("memory.swap.max", "0", "MemorySwapMax=uint64 0");
	expect("cpu.weight", "79", "CPUWeight=uint64 79");
	expect("cpu.weight", "0", "");
	expect("cpu.shares", "1024", "CPUShares=uint64 1024");
	expect("pids.max", "20", "TasksMax=uint64 20");
	expect("pids.max", "max", "TasksMax=" INFINITE);
	expect("pids.max", "0", "");
	expect("io.weight", "500", "IOWeight=uint64 500");
	expect("io.bfq.weight", "default 500", "IOWeight=uint64 500");
	expect("io.weight", "8:0 500", "");
	expect("blkio.weight", "500", "BlockIOWeight=uint64 500");
	expect("hugetlb.2MB.max", "5", "");
}

static void processors(void **state)
{
	(void)state;
	expect("cpuset.cpus", "0", "AllowedCPUs=@ay [1]");
	expect("cpuset.cpus", "0-1,3", "AllowedCPUs=@ay [11]");
	expect("cpuset.mems", "8\n", "AllowedMemoryNodes=@ay [0, 1]");
	expect("cpuset.cpus", "", "");
	expect("cpuset.cpus", "3-1", "");
	expect("cpuset.cpus", "a", "");
	expect("cpuset.cpus", "0-7:2/4", "");
	expect("cpuset.cpus", "8192", "");
}

static void quotas(void **state)
{
	static const struct resource_setting both[] = {
		{ .row = &advance, .file = "cpu.cfs_period_us", .text = "1" },
		{ .row = &plain, .file = "cpu.cfs_quota_us", .text = "50000" },
		{ .row = &plain, .file = "cpu.cfs_period_us", .text = "200000" },
	};
	_cleanup_(arena_done) struct arena a = {};
	(void)state;
	expect("cpu.max", "50000 100000", "CPUQuotaPeriodUSec=uint64 100000 CPUQuotaPerSecUSec=uint64 500000");
	expect("cpu.max", "50000", "CPUQuotaPerSecUSec=uint64 500000");
	expect("cpu.max", "max 5000", "CPUQuotaPeriodUSec=uint64 5000 CPUQuotaPerSecUSec=" INFINITE);
	/* Whole percents, and rather more than less. */
	expect("cpu.max", "33333 100000", "CPUQuotaPeriodUSec=uint64 100000 CPUQuotaPerSecUSec=uint64 340000");
	expect("cpu.max", "5 0", "");
	expect("cpu.cfs_quota_us", "-1", "CPUQuotaPerSecUSec=" INFINITE);
	assert_string_equal(made(both, 3, &a), "CPUQuotaPeriodUSec=uint64 200000 CPUQuotaPerSecUSec=uint64 250000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
		cmocka_unit_test(processors),
		cmocka_unit_test(quotas),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
