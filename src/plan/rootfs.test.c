/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a root file system without a container: what is in it, and in which order. */
#include "plan/rootfs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan/print.h"
#include "plan/sample.test.h"

#define ROOT	"{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"/image\"}"
#define ROOT_RO "{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"/image\", \"readonly\": true}"

static const struct rootfs_request everything = {
	.new_namespace = true, .change_root = true, .resolv_conf = "/h/resolv", .hostname = "/h/name",
	.hosts = "/h/hosts", .ipc = true, .shm_size = 4096,
};

/* The text of the plan, to be freed. */
static char *text_of(const char *config, const struct rootfs_request *request, const struct facts *facts)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	struct problems problems = { 0 }, warnings = { 0 };
	const struct plan_header *plan;
	struct buf out = { 0 };
	struct spec *spec;
	if (spec_decode(config, strlen(config), &a, &spec, &problems, &e) < 0 ||
	    plan_rootfs(spec, request, facts, &a, &warnings, &plan, &e) < 0)
		fail_msg("%s (%s)", e.text, e.field);
	plan_print_text(plan, &out);
	arena_done(&a);
	return out.data;
}

/* The lines that hold these words, in this order. */
static void expect_order(const char *text, const char *const *words)
{
	const char *at = text;
	for (; *words; words++) {
		at = strstr(at, *words);
		if (!at)
			fail_msg("\"%s\" is not, or not in its place, in\n%s", *words, text);
		at += strlen(*words);
	}
}

#define ORDER(text, ...) expect_order(text, (const char *const[]){ __VA_ARGS__, NULL })

static void expect_absent(const char *text, const char *words)
{
	if (strstr(text, words))
		fail_msg("\"%s\" is in\n%s", words, text);
}

/* Until the root changes, all that was done can be undone; so that is last. */
static void the_order(void **state)
{
	char *text = text_of(ROOT_RO ", " SAMPLE_MOUNTS ", \"linux\": {\"maskedPaths\": [\"/hidden\"],"
				     "\"readonlyPaths\": [\"/fixed\"], \"devices\": [{\"path\": \"/dev/fuse\","
				     "\"type\": \"c\", \"major\": 10, \"minor\": 229}]}}", &everything, &sample_unified);
	(void)state;
	ORDER(text, "propagation ", "rslave", "open source", "/srv", "/h/resolv", "root ", "/image", "on=/proc ",
	      "on=/dev ", "on=/data ", "on=/dev/shm ", "on=/etc/resolv.conf ", "on=/etc/hostname ", "on=/etc/hosts ",
	      "/dev/null ", "/dev/fuse ", "/dev/ptmx ", "a read-only /dev", "/root/readonly", "/fixed ", "/hidden ",
	      "change root", "by=pivot_root");
	free(text);
}

static void no_part_of_a_container(void **state)
{
	char *text = text_of(SAMPLE_FULL, &everything, &sample_hybrid);
	(void)state;
	expect_absent(text, "\nhost");
	expect_absent(text, " clone ");
	expect_absent(text, " hostname ");
	expect_absent(text, " sysctl ");
	expect_absent(text, " console ");
	expect_absent(text, " credentials ");
	expect_absent(text, " exec ");
	expect_absent(text, " state directory ");
	free(text);
}

/* In a namespace that was there before, nothing but the root's own tree is changed. */
static void a_namespace_of_others(void **state)
{
	const struct rootfs_request r = { .change_root = true };
	char *text = text_of(ROOT ", " SAMPLE_MOUNTS "}", &r, &sample_unified);
	(void)state;
	ORDER(text, "/image how=private-parent", "propagation", "rslave", "on=/proc", "by=chroot");
	free(text);
	text = text_of(ROOT ", \"linux\": {\"rootfsPropagation\": \"private\"}}", &r, &sample_unified);
	ORDER(text, "private-parent", "propagation", "rslave", "by=chroot", "propagation", "private ",
	      "/linux/rootfsPropagation");
	free(text);
}

static void propagation_is_last(void **state)
{
	const struct rootfs_request r = { .new_namespace = true, .change_root = true };
	char *text = text_of(ROOT ", \"linux\": {\"rootfsPropagation\": \"rshared\", \"maskedPaths\": [\"/a\"]}}",
			     &r, &sample_unified);
	(void)state;
	ORDER(text, "propagation", "rshared", "root ", "/image", "/dev/ptmx", "masked path", "by=pivot_root",
	      "propagation", "rshared");
	free(text);
}

/* ---- R37, R38 --------------------------------------------------------------------------------------------- */

static void network_files(void **state)
{
	struct rootfs_request r = { .hosts = "/h/hosts" };
	char *text = text_of(ROOT "}", &r, &sample_none);
	(void)state;
	ORDER(text, "open source", "/h/hosts", "on=/etc/hosts ", "propagation=private");
	expect_absent(text, "on=/etc/hosts set=ro");
	expect_absent(text, "/etc/resolv.conf");
	expect_absent(text, "/etc/hostname");
	free(text);
	text = text_of(ROOT_RO "}", &r, &sample_none);
	ORDER(text, "on=/etc/hosts set=ro propagation=private");
	free(text);
}

static void ipc(void **state)
{
	struct rootfs_request r = { .ipc = true, .shm_size = 1 << 20 };
	char *text = text_of(ROOT "}", &r, &sample_none);
	(void)state;
	ORDER(text, "source=shm on=/dev/shm options=mode=1777,size=1048576 set=nosuid,nodev,noexec",
	      "on=/dev/mqueue set=nosuid,nodev,noexec");
	free(text);
	r.shm_size = 0;
	text = text_of(ROOT "}", &r, &sample_none);
	ORDER(text, "on=/dev/shm options=mode=1777 ");
	free(text);
}

/* However the path is written; one of the two does not stand for the other. */
static void ipc_that_is_there(void **state)
{
	static const char *const paths[] = { "/dev/shm", "/dev/shm/", "//dev//shm", "/./dev/./shm/." };
	struct rootfs_request r = { .ipc = true, .shm_size = 1 << 20 };
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char config[512];
		snprintf(config, sizeof(config), ROOT ", \"mounts\": [{\"destination\": \"%s\", \"type\": \"tmpfs\","
						      "\"source\": \"mine\"}]}", paths[i]);
		char *text = text_of(config, &r, &sample_none);
		ORDER(text, "source=mine on=/dev/shm ", "on=/dev/mqueue");
		expect_absent(text, "source=shm");
		free(text);
	}
	static const char *const others[] = { "/dev/shm/sub", "/dev/shmx", "/dev" };
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		char config[512];
		snprintf(config, sizeof(config), ROOT ", \"mounts\": [{\"destination\": \"%s\", \"type\": \"tmpfs\"}]}",
			 others[i]);
		char *text = text_of(config, &r, &sample_none);
		ORDER(text, "source=shm on=/dev/shm ", "on=/dev/mqueue");
		free(text);
	}
}

/* ---- cgroups ---------------------------------------------------------------------------------------------- */

static void the_callers_cgroups(void **state)
{
	char *text = text_of(ROOT ", " SAMPLE_MOUNTS "}", &everything, &sample_hybrid);
	(void)state;
	ORDER(text, "open source", "/sys/fs/cgroup/systemd how=recursive", "/sys/fs/cgroup/devices/user.slice",
	      "on=/sys/fs/cgroup/systemd", "on=/sys/fs/cgroup/devices", "on=/sys/fs/cgroup/unified");
	free(text);
	text = text_of(ROOT ", " SAMPLE_MOUNTS "}", &everything, &sample_unified);
	ORDER(text, "open source", "/sys/fs/cgroup ", "source=/sys/fs/cgroup on=/sys/fs/cgroup ");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order),
		cmocka_unit_test(no_part_of_a_container),
		cmocka_unit_test(a_namespace_of_others),
		cmocka_unit_test(propagation_is_last),
		cmocka_unit_test(network_files),
		cmocka_unit_test(ipc),
		cmocka_unit_test(ipc_that_is_there),
		cmocka_unit_test(the_callers_cgroups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
