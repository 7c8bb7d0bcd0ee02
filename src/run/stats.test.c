/* SPDX-License-Identifier: Apache-2.0 */
/* The figures, from directories of plain files. */
#include "run/stats.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char top[64];

static int setup(void **state)
{
	(void)state;
	strcpy(top, "/tmp/socle-stats-XXXXXX");
	return mkdtemp(top) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *dir, const char *file, const char *text)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/%s", top, dir);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s/%s", top, dir, file);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* Each of `wanted` (ended by NULL) is in what is written of these directories. */
static void expect(const char *const *dirs, size_t n, const char *const *wanted)
{
	const char *paths[8];
	char texts[8][256];
	for (size_t i = 0; i < n; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%s/%s", top, dirs[i]);
		paths[i] = texts[i];
	}
	struct strings l = { n, paths };
	struct buf out = { 0 };
	struct writer w = { .out = &out };
	stats_write(&l, NULL, NULL, &w);
	for (; *wanted; wanted++)
		if (!strstr(out.data, *wanted))
			fail_msg("no %s in %s", *wanted, out.data);
	buf_done(&out);
}

static void nothing(void **state)
{
	(void)state;
	static const char *const wanted[] = {
		"{\"cpu\":{\"usage\":{\"kernel\":0,\"user\":0},\"throttling\":{}},\"cpuset\":{\"cpu_exclusive\":0,",
		"\"sched_relax_domain_level\":0}",
		"\"memory\":{\"usage\":{\"limit\":0,\"failcnt\":0},\"swap\":{\"limit\":0,\"failcnt\":0},",
		"\"pids\":{},\"blkio\":{},\"hugetlb\":{},\"intel_rdt\":{},\"network_interfaces\":null}", NULL,
	};
	expect((const char *const[]){ "absent" }, 1, wanted);
}

static void version_1(void **state)
{
	(void)state;
	put("acct", "cpuacct.usage", "12345\n");
	put("acct", "cpuacct.usage_percpu", "12000 345 \n");
	put("acct", "cpuacct.usage_all", "cpu user system\n0 1 2\n1 3 4\n");
	put("acct", "cpuacct.stat", "user 7\nsystem 9\n");
	put("cpu", "cpu.stat", "nr_periods 3\nnr_throttled 2\nthrottled_time 1500\n");
	put("set", "cpuset.cpus", "0-2,5\n");
	put("set", "cpuset.mems", "\n");
	put("set", "cpuset.sched_relax_domain_level", "-1\n");
	put("mem", "memory.stat", "rss 5\ncache 4096\n");
	put("mem", "memory.limit_in_bytes", "9223372036854771712\n");
	put("mem", "memory.usage_in_bytes", "100\n");
	put("mem", "memory.failcnt", "2\n");
	put("pids", "pids.current", "4\n");
	put("pids", "pids.max", "20\n");
	put("io", "blkio.bfq.io_serviced_recursive", "Total 0\n");
	put("io", "blkio.throttle.io_serviced_recursive", "8:0 Read 3\n8:0 Write 0\nTotal 3\n");
	put("io", "blkio.throttle.io_service_bytes_recursive", "8:16 Read 4096\n");
	put("huge", "hugetlb.2MB.usage_in_bytes", "0\n");
	put("huge", "hugetlb.2MB.rsvd.usage_in_bytes", "7\n");
	put("huge", "hugetlb.2MB.rsvd.failcnt", "1\n");
	static const char *const dirs[] = { "acct", "cpu", "set", "mem", "pids", "io", "huge" };
	static const char *const wanted[] = {
		"\"usage\":{\"total\":12345,\"percpu\":[12000,345],\"percpu_kernel\":[2,4],\"percpu_user\":[1,3],"
		"\"kernel\":90000000,\"user\":70000000}",
		"\"throttling\":{\"periods\":3,\"throttledPeriods\":2,\"throttledTime\":1500}}",
		"\"cpuset\":{\"cpus\":[0,1,2,5],\"cpu_exclusive\":0,\"mem_hardwall\":0",
		"\"sched_relax_domain_level\":-1}",
		"\"memory\":{\"cache\":4096,\"usage\":{\"limit\":9223372036854771712,\"usage\":100,\"failcnt\":2}",
		"\"raw\":{\"cache\":4096,\"rss\":5}", "\"pids\":{\"current\":4,\"limit\":20}",
		"\"blkio\":{\"ioServiceBytesRecursive\":[{\"major\":8,\"minor\":16,\"op\":\"Read\",\"value\":4096}],"
		"\"ioServicedRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":3},{\"major\":8,\"op\":\"Write\"}]}",
		"\"hugetlb\":{\"2MB\":{\"usage\":7,\"failcnt\":1}}", NULL,
	};
	expect(dirs, 7, wanted);
}

static void version_2(void **state)
{
	(void)state;
	put("v2", "cgroup.controllers", "cpu memory\n");
	put("v2", "cpu.stat", "usage_usec 5\nuser_usec 2\nsystem_usec 3\nnr_periods 1\nnr_throttled 0\nthrottled_usec 7\n");
	put("v2", "cpu.pressure", "some avg10=1.50 avg60=0.00 avg300=20.00 total=12\nfull avg10=0.00 avg60=0.06 avg300=0.00 total=9\n");
	put("v2", "memory.stat", "anon 8\nfile 16\n");
	put("v2", "memory.current", "1000\n");
	put("v2", "memory.max", "max\n");
	put("v2", "memory.peak", "2000\n");
	put("v2", "memory.swap.current", "24\n");
	put("v2", "memory.swap.max", "4096\n");
	put("v2", "pids.current", "2\n");
	put("v2", "pids.max", "max\n");
	put("v2", "io.stat", "8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n259:1 rbytes=5 wbytes=0 rios=1 wios=0\n");
	put("v2", "hugetlb.1GB.current", "0\n");
	put("v2", "hugetlb.1GB.events", "max 3\n");
	static const char *const wanted[] = {
		"\"usage\":{\"total\":5000,\"kernel\":3000,\"user\":2000},\"throttling\":{\"periods\":1,\"throttledTime\":7000}",
		"\"psi\":{\"some\":{\"avg10\":1.5,\"avg60\":0,\"avg300\":20,\"total\":12},"
		"\"full\":{\"avg10\":0,\"avg60\":0.06,\"avg300\":0,\"total\":9}}",
		"\"memory\":{\"cache\":16,\"usage\":{\"limit\":18446744073709551615,\"usage\":1000,\"max\":2000,\"failcnt\":0}",
		"\"swap\":{\"limit\":18446744073709551615,\"usage\":1024,\"failcnt\":0}",
		"\"raw\":{\"anon\":8,\"file\":16}", "\"pids\":{\"current\":2}",
		"\"ioServiceBytesRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":10},{\"major\":8,\"op\":\"Write\",\"value\":20},"
		"{\"major\":259,\"minor\":1,\"op\":\"Read\",\"value\":5},{\"major\":259,\"minor\":1,\"op\":\"Write\"}]",
		"\"ioServicedRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":1},{\"major\":8,\"op\":\"Write\",\"value\":2},",
		"\"hugetlb\":{\"1GB\":{\"failcnt\":3}}", NULL,
	};
	expect((const char *const[]){ "v2" }, 1, wanted);
}

/* A hybrid host: version 1 is asked first, and what only version 2 has comes from there. */
static void hybrid(void **state)
{
	(void)state;
	put("v2", "cgroup.controllers", "hugetlb\n");
	put("v2", "cpu.stat", "usage_usec 5\nuser_usec 2\nsystem_usec 3\n");
	put("v2", "cpu.pressure", "some avg10=1.50 avg60=0.00 avg300=20.00 total=12\n");
	put("v2", "hugetlb.2MB.current", "9\n");
	put("acct", "cpuacct.usage", "7\n");
	static const char *const wanted[] = {
		"\"usage\":{\"total\":7,\"kernel\":3000,", "\"throttling\":{}},\"cpuset\"",
		"\"hugetlb\":{\"2MB\":{\"usage\":9,\"failcnt\":0}}", NULL,
	};
	expect((const char *const[]){ "v2", "acct" }, 2, wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(version_1, setup, teardown),
		cmocka_unit_test_setup_teardown(version_2, setup, teardown),
		cmocka_unit_test_setup_teardown(hybrid, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
