/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "spec/decode.h"

static void list_problems(const struct problems *p, struct buf *out)
{
	buf_str(out, "");
	for (const struct problem *i = p->first; i; i = i->next)
		buf_printf(out, "%s%s: %s", out->size ? "\n" : "", i->pointer, i->text);
}

/* Decode and validate; the problems are `expected`, "pointer: text" a line, and "" if there is
 * none. */
static void check_document(const char *text, const char *expected)
{
	_cleanup_(arena_done) struct arena a = {};
	_cleanup_(buf_done) struct buf found = {};
	struct problems p = {};
	struct spec *spec;
	struct err e = {};
	int r = spec_decode(text, strlen(text), &a, &spec, &p, &e);

	if (r == 0)
		r = spec_validate(spec, &a, &p, &e);
	list_problems(&p, &found);
	assert_string_equal(found.data, expected);
	assert_int_equal(r, expected[0] ? -1 : 0);
	assert_int_equal(err_is_set(&e), r < 0);
}

/* The same with what every document needs around `members`. */
static void check(const char *members, const char *expected)
{
	char text[8192];

	snprintf(text, sizeof(text), "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},%s}",
		 members);
	check_document(text, expected);
}

static void check_in(const char *before, const char *members, const char *after,
		     const char *expected)
{
	char text[8000];

	snprintf(text, sizeof(text), "%s%s%s", before, members, after);
	check(text, expected);
}

static void process(const char *members, const char *expected)
{
	check_in("\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],", members, "}", expected);
}

static void in_linux(const char *members, const char *expected)
{
	check_in("\"linux\":{", members, "}", expected);
}

#define WITH_NAMESPACES                                                                            \
	"\"namespaces\":[{\"type\":\"user\"},{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":" \
	"\"uts\"},"                                                                                \
	"{\"type\":\"time\"}],"

static void versions(void **state)
{
	static const char *const good[] = { "1.0.0",  "1.3.0",  "1.0.2-dev", "1.0.0-rc.1+build-7",
					    "1.99.0", "1.0.0+a" };
	static const char *const bad[] = { "",       "1",      "1.0",    "1.0.0.0",       "v1.0.0",
					   "01.0.0", "1.00.0", "1.0.0-", "1.0.0-a..b",    "1.0.0+",
					   " 1.0.0", "1.0.0 ", "1.0.-1", "1.0.0-\xc3\xa4" };
	char text[200], why[200];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(text, sizeof(text), "{\"ociVersion\":\"%s\",\"root\":{\"path\":\"r\"}}",
			 good[i]);
		check_document(text, "");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "{\"ociVersion\":\"%s\",\"root\":{\"path\":\"r\"}}",
			 bad[i]);
		snprintf(why, sizeof(why), "/ociVersion: \"%s\" is no version of the form 1.2.3",
			 bad[i]);
		check_document(text, why);
	}
	check_document("{\"ociVersion\":\"2.0.0\",\"root\":{\"path\":\"r\"}}",
		       "/ociVersion: version 2.0.0 of the specification is not supported, 1.x is");
	check_document("{\"ociVersion\":\"10.0.0\",\"root\":{\"path\":\"r\"}}",
		       "/ociVersion: version 10.0.0 of the specification is not supported, 1.x is");
	check_document("{\"root\":{\"path\":\"r\"}}", "/ociVersion: required, but missing");
}

static void roots(void **state)
{
	(void)state;
	check_document("{\"ociVersion\":\"1.0.0\"}", "/root: required, but missing");
	check_document("{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"\"}}",
		       "/root/path: must not be empty");
}

static void programs(void **state)
{
	(void)state;
	check("\"process\":{\"cwd\":\"/\"}", "/process/args: must name a program");
	check("\"process\":{\"cwd\":\"/\",\"args\":[]}", "/process/args: must name a program");
	check("\"process\":{\"cwd\":\"/\",\"args\":[\"\",\"a\"]}",
	      "/process/args/0: must not be empty");
	check("\"process\":{\"cwd\":\"\",\"args\":[\"a\"]}",
	      "/process/cwd: \"\" is no absolute path");
	check("\"process\":{\"cwd\":\"tmp\",\"args\":[\"a\"]}",
	      "/process/cwd: \"tmp\" is no absolute path");
	check("\"process\":null", "");
}

static void environments(void **state)
{
	(void)state;
	process("\"env\":[\"A=1\",\"B=\",\"C=a=b\",\"\xc3\xa4=1\",\" =x\"]", "");
	process("\"env\":[\"A\",\"=1\",\"\"]",
		"/process/env/0: \"A\" is not of the form NAME=VALUE\n"
		"/process/env/1: \"=1\" is not of the form NAME=VALUE\n"
		"/process/env/2: \"\" is not of the form NAME=VALUE");
}

static void users(void **state)
{
	(void)state;
	process("\"user\":{\"uid\":4294967294,\"gid\":4294967294,\"umask\":511}", "");
	process("\"user\":{\"uid\":4294967295,\"gid\":4294967295,\"umask\":512,\"additionalGids\":["
		"1,4294967295]}",
		"/process/user/uid: 4294967295 is no valid id\n/process/user/gid: 4294967295 is no "
		"valid id\n"
		"/process/user/additionalGids/1: 4294967295 is no valid id\n"
		"/process/user/umask: 512 (octal 1000) is larger than 511 (octal 777)");
}

static void rlimits(void **state)
{
	(void)state;
	process("\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":2,\"hard\":1},{\"type\":\"RLIMIT_"
		"CORE\",\"soft\":0,\"hard\":0}]",
		"/process/rlimits/0/soft: 2 is larger than the hard limit 1\n"
		"/process/rlimits/1/type: RLIMIT_CORE for the second time");
	process("\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":-1}]",
		"/process/rlimits/0/hard: expected an integer from 0 to 18446744073709551615");
	process("\"rlimits\":[{\"type\":\"RLIMIT_BOGUS\",\"soft\":0,\"hard\":1}]",
		"/process/rlimits/0/type: \"RLIMIT_BOGUS\" is none of RLIMIT_AS RLIMIT_CORE "
		"RLIMIT_CPU RLIMIT_DATA "
		"RLIMIT_FSIZE RLIMIT_LOCKS RLIMIT_MEMLOCK RLIMIT_MSGQUEUE RLIMIT_NICE "
		"RLIMIT_NOFILE RLIMIT_NPROC "
		"RLIMIT_RSS RLIMIT_RTPRIO RLIMIT_RTTIME RLIMIT_SIGPENDING RLIMIT_STACK");
}

static void terminals(void **state)
{
	(void)state;
	process("\"terminal\":true,\"consoleSize\":{\"height\":65535,\"width\":65536}",
		"/process/consoleSize/width: 65536 is larger than 65535");
	process("\"consoleSize\":{\"height\":65536,\"width\":65536}",
		""); /* to be ignored without a terminal */
	process("\"terminal\":true,\"consoleSize\":{\"height\":1}",
		"/process/consoleSize/width: required, but missing");
}

static void scheduling(void **state)
{
	(void)state;
	process("\"oomScoreAdj\":-1000", "");
	process("\"oomScoreAdj\":1001", "/process/oomScoreAdj: 1001 is not from -1000 to 1000");
	process("\"oomScoreAdj\":-1001", "/process/oomScoreAdj: -1001 is not from -1000 to 1000");
	process("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":7}", "");
	process("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":8}",
		"/process/ioPriority/priority: 8 is not from 0 to 7");
	process("\"ioPriority\":{\"class\":\"BE\",\"priority\":0}",
		"/process/ioPriority/class: \"BE\" is none of IOPRIO_CLASS_RT IOPRIO_CLASS_BE "
		"IOPRIO_CLASS_IDLE");
	process("\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":1,\"deadline\":2,"
		"\"period\":3}",
		"");
	process("\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"nice\":20,\"priority\":1,\"runtime\":"
		"1,\"deadline\":2,\"period\":3}",
		"/process/scheduler/nice: 20 is not from -20 to 19\n"
		"/process/scheduler/priority: only for SCHED_FIFO and SCHED_RR\n"
		"/process/scheduler/runtime: only for SCHED_DEADLINE\n"
		"/process/scheduler/deadline: only for SCHED_DEADLINE\n"
		"/process/scheduler/period: only for SCHED_DEADLINE");
	process("\"execCPUAffinity\":{\"initial\":\"0-3, 7\",\"final\":\"all\"}",
		"/process/execCPUAffinity/final: \"all\" is no list of processors such as 0-3,7");
}

static void capabilities_are_free(void **state)
{
	(void)state;
	process("\"capabilities\":{\"bounding\":[\"CAP_FROM_THE_FUTURE\",\"\"]}", "");
}

static void mounts(void **state)
{
	(void)state;
	check("\"mounts\":[{\"destination\":\"relative\"}]", "");
	check("\"mounts\":[{\"destination\":\"\"}]", "/mounts/0/destination: must not be empty");
	check("\"mounts\":[{\"destination\":\"/"
	      "a\",\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]}]",
	      "/mounts/0/gidMappings: required where there are uidMappings");
	check("\"mounts\":[{\"destination\":\"/a\",\"options\":[\"ridmap\"]}]",
	      "/mounts/0/options: an id-mapped mount needs uidMappings and gidMappings, or a user "
	      "namespace");
	check("\"mounts\":[{\"destination\":\"/"
	      "a\",\"options\":[\"idmap\"]}],\"linux\":{\"namespaces\":[{\"type\":\"user\"}]}",
	      "");
}

static void names_of_the_host(void **state)
{
	char text[300];

	(void)state;
	check("\"hostname\":\"a\"", "/hostname: needs a uts namespace");
	check("\"domainname\":\"a\",\"linux\":{}", "/domainname: needs a uts namespace");
	check("\"hostname\":\"\"", "");
	snprintf(text, sizeof(text),
		 "\"hostname\":\"%064d\",\"domainname\":\"%065d\",\"linux\":{\"namespaces\":"
		 "[{\"type\":\"uts\"}]}",
		 0, 0);
	check(text, "/domainname: longer than 64 bytes");
}

static void hooks(void **state)
{
	(void)state;
	check("\"hooks\":{\"prestart\":[{\"path\":\"a\",\"timeout\":0}],\"poststop\":[{\"path\":\"/"
	      "a\",\"timeout\":-1,"
	      "\"env\":[\"A\"]}]}",
	      "/hooks/prestart/0/path: \"a\" is no absolute path\n/hooks/prestart/0/timeout: must "
	      "be greater than 0\n"
	      "/hooks/poststop/0/env/0: \"A\" is not of the form NAME=VALUE\n"
	      "/hooks/poststop/0/timeout: must be greater than 0");
	check("\"hooks\":{\"createRuntime\":[{}]}",
	      "/hooks/createRuntime/0/path: required, but missing");
	check("\"annotations\":{\"\":\"x\"}", "/annotations: a key must not be empty");
}

static void namespaces(void **state)
{
	(void)state;
	in_linux("\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"uts\",\"path\":\"proc/"
		 "1\"},{\"type\":\"pid\",\"path\":\"/p\"}]",
		 "/linux/namespaces/1/path: \"proc/1\" is no absolute path\n"
		 "/linux/namespaces/2/type: pid for the second time");
	in_linux("\"namespaces\":[{}]", "/linux/namespaces/0/type: required, but missing");
}

static void mappings(void **state)
{
	(void)state;
	in_linux("\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]",
		 "/linux/uidMappings: needs a user namespace");
	in_linux(WITH_NAMESPACES
		 "\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":4294967295}],"
		 "\"gidMappings\":[{\"containerID\":0,\"hostID\":5,\"size\":5},"
		 "{\"containerID\":5,\"hostID\":0,\"size\":5}]",
		 "");
	in_linux(WITH_NAMESPACES "\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":0},"
				 "{\"containerID\":1,\"hostID\":1,\"size\":4294967295}]",
		 "/linux/uidMappings/0/size: maps no id\n"
		 "/linux/uidMappings/1/containerID: the mapping goes beyond the largest id\n"
		 "/linux/uidMappings/1/hostID: the mapping goes beyond the largest id");
	in_linux(WITH_NAMESPACES "\"gidMappings\":[{\"containerID\":0,\"hostID\":100,\"size\":10},"
				 "{\"containerID\":9,\"hostID\":200,\"size\":1},{\"containerID\":"
				 "20,\"hostID\":91,\"size\":10}]",
		 "/linux/gidMappings/1: ids of the container that mapping 0 has already\n"
		 "/linux/gidMappings/2: ids of the host that mapping 0 has already");
}

/* SEC-43 */
static void sysctls(void **state)
{
	(void)state;
	in_linux(WITH_NAMESPACES "\"sysctl\":{\"net.ipv4.ip_forward\":\"1\",\"net/core/"
				 "somaxconn\":\"1\",\"kernel.shmmax\":\"1\"}",
		 "");
	in_linux(WITH_NAMESPACES
		 "\"sysctl\":{\"kernel/"
		 "core_pattern\":\"|x\",\"kernel.shm_rmid_forced=1+kernel.core_pattern\":\"1\","
		 "\"net/../kernel/core_pattern\":\"1\",\"/net/a\":\"1\",\"net.a\":\"1\\n2\"}",
		 "/linux/sysctl/kernel~1core_pattern: \"kernel/core_pattern\" belongs to no "
		 "namespace and would change the host\n"
		 "/linux/sysctl/kernel.shm_rmid_forced=1+kernel.core_pattern: "
		 "\"kernel.shm_rmid_forced=1+kernel.core_pattern\" is no name of a kernel "
		 "parameter\n"
		 "/linux/sysctl/net~1..~1kernel~1core_pattern: \"net/../kernel/core_pattern\" is "
		 "no name of a kernel parameter\n"
		 "/linux/sysctl/~1net~1a: \"/net/a\" is no name of a kernel parameter\n"
		 "/linux/sysctl/net.a: must not contain a newline");
	in_linux("\"sysctl\":{\"net.core.somaxconn\":\"1\"}",
		 "/linux/sysctl/net.core.somaxconn: \"net.core.somaxconn\" needs a network "
		 "namespace, or it would change the host");
}

static void devices(void **state)
{
	(void)state;
	in_linux("\"devices\":[{\"type\":\"c\",\"path\":\"/dev/"
		 "a\",\"major\":4095,\"minor\":1048575,\"fileMode\":8630},"
		 "{\"type\":\"p\",\"path\":\"/dev/p\"}]",
		 "");
	in_linux("\"devices\":[{\"type\":\"b\",\"path\":\"dev/"
		 "a\",\"major\":4096,\"minor\":-1,\"uid\":4294967295},"
		 "{\"type\":\"u\",\"path\":\"/dev/b\",\"gid\":4294967295}]",
		 "/linux/devices/0/path: \"dev/a\" is no absolute path\n/linux/devices/0/major: "
		 "4096 is not from 0 to 4095\n"
		 "/linux/devices/0/minor: -1 is not from 0 to 1048575\n/linux/devices/0/uid: "
		 "4294967295 is no valid id\n"
		 "/linux/devices/1/major: required, but missing\n/linux/devices/1/minor: required, "
		 "but missing\n"
		 "/linux/devices/1/gid: 4294967295 is no valid id");
	in_linux("\"devices\":[{\"type\":\"x\",\"path\":\"/\"}]",
		 "/linux/devices/0/type: \"x\" is none of c b u p");
}

static void network_devices(void **state)
{
	(void)state;
	in_linux("\"netDevices\":{\"eth0\":{}}", "/linux/netDevices: needs a network namespace");
	in_linux(WITH_NAMESPACES
		 "\"netDevices\":{\"eth0\":{\"name\":\"eth%d\"},\"eth1\":{\"name\":\"x%s\"},"
		 "\"sixteen_bytes_xx\":{},\"a/b\":{\"name\":\"..\"}}",
		 "/linux/netDevices/eth1/name: \"x%s\" is no name of a network device\n"
		 "/linux/netDevices/sixteen_bytes_xx: \"sixteen_bytes_xx\" is no name of a network "
		 "device\n"
		 "/linux/netDevices/a~1b: \"a/b\" is no name of a network device\n"
		 "/linux/netDevices/a~1b/name: \"..\" is no name of a network device");
}

static void paths(void **state)
{
	(void)state;
	in_linux("\"maskedPaths\":[\"/a\",\"b\"],\"readonlyPaths\":[\"\"],\"cgroupsPath\":\"/a/../"
		 "b\"",
		 "/linux/cgroupsPath: \"/a/../b\" must not contain \"..\"\n"
		 "/linux/maskedPaths/1: \"b\" is no absolute path\n/linux/readonlyPaths/0: \"\" is "
		 "no absolute path");
	in_linux("\"cgroupsPath\":\"system.slice:socle:a..b\"", "");
	in_linux("\"rootfsPropagation\":\"rslave\"", "");
	in_linux("\"rootfsPropagation\":\"bogus\"",
		 "/linux/rootfsPropagation: \"bogus\" is none of private shared slave "
		 "unbindable rprivate rshared rslave runbindable");
}

static void resources(void **state)
{
	(void)state;
	in_linux("\"resources\":{\"devices\":[{\"allow\":true,\"type\":\"a\",\"major\":-1,"
		 "\"access\":\"rwm\"},"
		 "{\"allow\":true,\"major\":-2,\"minor\":4294967296,\"access\":\"rx\"}]}",
		 "/linux/resources/devices/1/access: \"rx\" is not made of r, w and m\n"
		 "/linux/resources/devices/1/major: -2 is no device number\n"
		 "/linux/resources/devices/1/minor: 4294967296 is no device number");
	in_linux("\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1},{"
		 "\"pageSize\":\"../MB\",\"limit\":1}],"
		 "\"rdma\":{\"x\":{}},\"memory\":{\"swappiness\":101},\"blockIO\":{"
		 "\"weightDevice\":[{\"major\":8,\"minor\":0}],"
		 "\"throttleReadBpsDevice\":[{\"major\":-1,\"minor\":0,\"rate\":1}]},"
		 "\"unified\":{\"memory.high\":\"1\",\"a/b\":\"1\",\"..\":\"1\",\"\":\"1\"}}",
		 "/linux/resources/memory/swappiness: 101 is larger than 100\n"
		 "/linux/resources/blockIO/weightDevice/0: needs weight or leafWeight\n"
		 "/linux/resources/blockIO/throttleReadBpsDevice/0/major: -1 is no device number\n"
		 "/linux/resources/hugepageLimits/1/pageSize: \"../MB\" is no size such as 2MB, "
		 "64KB or 1GB\n"
		 "/linux/resources/rdma/x: needs hcaHandles or hcaObjects\n"
		 "/linux/resources/unified/a~1b: \"a/b\" is no name of a file\n"
		 "/linux/resources/unified/..: \"..\" is no name of a file\n"
		 "/linux/resources/unified/: \"\" is no name of a file");
	in_linux("\"resources\":{\"memory\":{\"limit\":-2,\"reservation\":-1,\"swap\":-9223372036854775808},"
		 "\"cpu\":{\"shares\":9223372036854775808,\"quota\":-7,\"idle\":2,\"cpus\":\"0\\n1\"},"
		 "\"pids\":{\"limit\":-2},\"blockIO\":{\"weight\":1001},"
		 "\"network\":{\"priorities\":[{\"name\":\"eth0 1\\nlo\",\"priority\":1}]},"
		 "\"rdma\":{\"a b\":{\"hcaHandles\":1}}}",
		 "/linux/resources/memory/limit: -2 is neither a limit nor -1, which is none\n"
		 "/linux/resources/memory/swap: -9223372036854775808 is neither a limit nor -1, which is none\n"
		 "/linux/resources/cpu/shares: 9223372036854775808 is too large\n"
		 "/linux/resources/cpu/quota: -7 is neither a limit nor -1, which is none\n"
		 "/linux/resources/cpu/cpus: must not contain a newline\n"
		 "/linux/resources/cpu/idle: 2 is neither 0 nor 1\n"
		 "/linux/resources/pids/limit: -2 is neither a limit nor -1, which is none\n"
		 "/linux/resources/network/priorities/0/name: \"eth0 1\nlo\" is no name of a network device\n"
		 "/linux/resources/blockIO/weight: 1001 is larger than 1000\n"
		 "/linux/resources/rdma/a b: is no name of a device");
	in_linux("\"resources\":{\"memory\":{\"limit\":9223372036854775808}}",
		 "/linux/resources/memory/limit: expected an integer from -9223372036854775808 to 9223372036854775807");
	in_linux("\"resources\":{\"pids\":{},\"blockIO\":{\"weight\":65536}}",
		 "/linux/resources/pids/limit: required, but missing\n"
		 "/linux/resources/blockIO/weight: expected an integer from 0 to 65535");
}

static void system_calls(void **state)
{
	(void)state;
	in_linux("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,"
		 "\"syscalls\":[{\"names\":[\"a\"],"
		 "\"action\":\"SCMP_ACT_TRACE\",\"errnoRet\":65535}]}",
		 "");
	in_linux("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1,"
		 "\"listenerMetadata\":\"x\","
		 "\"syscalls\":[{\"names\":[],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":65536},{"
		 "\"names\":[\"a\",\"\"],"
		 "\"action\":\"SCMP_ACT_KILL\",\"args\":[{\"index\":6,\"value\":0,\"op\":\"SCMP_"
		 "CMP_EQ\"}]}]}",
		 "/linux/seccomp/defaultErrnoRet: SCMP_ACT_ALLOW takes no errno\n"
		 "/linux/seccomp/listenerMetadata: must not be set without listenerPath\n"
		 "/linux/seccomp/syscalls/0/names: must have at least one entry\n"
		 "/linux/seccomp/syscalls/0/errnoRet: 65536 is larger than 4095\n"
		 "/linux/seccomp/syscalls/1/names/1: must not be empty\n"
		 "/linux/seccomp/syscalls/1/args/0/index: a system call has arguments 0 to 5");
	in_linux("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"X\"]}",
		 "/linux/seccomp/flags/0: \"X\" is none of SECCOMP_FILTER_FLAG_TSYNC "
		 "SECCOMP_FILTER_FLAG_LOG "
		 "SECCOMP_FILTER_FLAG_SPEC_ALLOW SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
}

static void smaller_objects(void **state)
{
	(void)state;
	in_linux("\"intelRdt\":{\"closID\":\"/\",\"memBwSchema\":\"MB:0=1\"}", "");
	in_linux("\"intelRdt\":{\"closID\":\"a/"
		 "b\",\"memBwSchema\":\"L3:\",\"l3CacheSchema\":\"a\\nb\",\"schemata\":[\"a\","
		 "\"b\\n\"]}",
		 "/linux/intelRdt/closID: \"a/b\" is neither \"/\" nor a plain name\n"
		 "/linux/intelRdt/memBwSchema: must start with \"MB:\"\n"
		 "/linux/intelRdt/l3CacheSchema: must not contain a newline\n"
		 "/linux/intelRdt/schemata/1: must not contain a newline");
	in_linux("\"intelRdt\":{\"closID\":\"..\"}",
		 "/linux/intelRdt/closID: \"..\" is neither \"/\" nor a plain name");
	in_linux("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0-3,7\"}", "");
	in_linux("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\"}",
		 "/linux/memoryPolicy/nodes: MPOL_BIND needs nodes");
	in_linux("\"memoryPolicy\":{\"mode\":\"MPOL_LOCAL\",\"nodes\":\"0-\"}",
		 "/linux/memoryPolicy/nodes: MPOL_LOCAL takes no nodes\n"
		 "/linux/memoryPolicy/nodes: \"0-\" is no list such as 0-3,7");
	in_linux("\"personality\":{\"domain\":\"LINUX32\"}", "");
	in_linux("\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"X\"]}",
		 "/linux/personality/flags: no flag is supported");
	in_linux("\"personality\":{\"domain\":\"BSD\"}",
		 "/linux/personality/domain: \"BSD\" is none of LINUX LINUX32");
	in_linux("\"timeOffsets\":{\"boottime\":{\"secs\":-1}}",
		 "/linux/timeOffsets: needs a time namespace");
	in_linux(WITH_NAMESPACES
		 "\"timeOffsets\":{\"monotonic\":{\"secs\":-1,\"nanosecs\":1000000000}}",
		 "/linux/timeOffsets/monotonic/nanosecs: 1000000000 is a second or more");
}

static void parts_alone(void **state)
{
	_cleanup_(arena_done) struct arena a = {};
	struct spec_process process_alone = { .cwd = "x" };
	struct string_pair pair = { "a/b", "1" };
	struct spec_resources resources_alone = { .unified = { 1, &pair } };
	struct problems p = {};
	struct err e = {};

	(void)state;
	assert_int_equal(spec_validate_process(&process_alone, &a, &p, &e), -1);
	assert_string_equal(e.field, "/args");
	p = (struct problems){};
	assert_int_equal(spec_validate_resources(&resources_alone, &a, &p, &e), -1);
	assert_string_equal(e.field, "/unified/a~1b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions),
		cmocka_unit_test(roots),
		cmocka_unit_test(programs),
		cmocka_unit_test(environments),
		cmocka_unit_test(users),
		cmocka_unit_test(rlimits),
		cmocka_unit_test(terminals),
		cmocka_unit_test(scheduling),
		cmocka_unit_test(capabilities_are_free),
		cmocka_unit_test(mounts),
		cmocka_unit_test(names_of_the_host),
		cmocka_unit_test(hooks),
		cmocka_unit_test(namespaces),
		cmocka_unit_test(mappings),
		cmocka_unit_test(sysctls),
		cmocka_unit_test(devices),
		cmocka_unit_test(network_devices),
		cmocka_unit_test(paths),
		cmocka_unit_test(resources),
		cmocka_unit_test(system_calls),
		cmocka_unit_test(smaller_objects),
		cmocka_unit_test(parts_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
