/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/sysctl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static void check_path(const char *key, const char *path)
{
	const char *found = sysctl_path(key, &arena);

	if (path)
		assert_string_equal(found ? found : "(none)", path);
	else if (found)
		fail_msg("%s was taken for %s", key, found);
}

static void names_become_paths(void **state)
{
	(void)state;
	check_path("net.ipv4.ip_forward", "net/ipv4/ip_forward");
	check_path("net/ipv4/ip_forward", "net/ipv4/ip_forward");
	check_path("net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding");
	check_path("net/ipv4/conf/eth0.100/forwarding", "net/ipv4/conf/eth0.100/forwarding");
	check_path("kernel", "kernel");
}

static void tricks_are_no_names(void **state)
{
	static const char *const tricks[] = {
		"",
		".",
		"/",
		"..",
		"/net/x",
		".net.x",
		"net.",
		"net/",
		"net..x",
		"net//x",
		"net/../kernel/core_pattern",
		"net.//.kernel.core_pattern",
		"net/./x",
		"net./.x",
		"kernel.shm_rmid_forced=1",
		"net.x+kernel.core_pattern=1",
		"net.x kernel.y",
		"net.x\nkernel.y",
		"net.x\t",
		"net\\x",
		"net.*",
		"net.\xc3\xa4",
		"net.x\x7f",
		"net.%s",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tricks) / sizeof(tricks[0]); i++)
		check_path(tricks[i], NULL);
}

static void parameters_belong_to_namespaces(void **state)
{
	(void)state;
	assert_string_equal(sysctl_namespace("net/core/somaxconn"), "network");
	assert_string_equal(sysctl_namespace("fs/mqueue/msg_max"), "ipc");
	assert_string_equal(sysctl_namespace("kernel/shmmax"), "ipc");
	assert_string_equal(sysctl_namespace("kernel/domainname"), "uts");
	assert_string_equal(sysctl_namespace("user/max_user_namespaces"), "user");
	assert_null(sysctl_namespace("kernel/core_pattern"));
	assert_null(sysctl_namespace("KERNEL/shmmax"));
	assert_null(sysctl_namespace("kernel/shmmax2"));
	assert_null(sysctl_namespace("kernel/shmmax/x"));
	assert_null(sysctl_namespace("network/x"));
	assert_null(sysctl_namespace("net"));
	assert_null(sysctl_namespace("vm/swappiness"));
}

static int tear_down(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_become_paths),
		cmocka_unit_test(tricks_are_no_names),
		cmocka_unit_test(parameters_belong_to_namespaces),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
