/* SPDX-License-Identifier: Apache-2.0 */
/* What the entry points make of wrong arguments, and what a description becomes: without privileges, and without
 * anything being mounted. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "api/api.h"

static struct socle_error e;

static int setup(void **state)
{
	struct socle_rootfs *r = socle_rootfs_new();
	*state = r;
	return r && socle_rootfs_set_root(r, "/srv/image", &e) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	socle_rootfs_free(*state);
	return 0;
}

#define MISUSE(deed, words)                             \
	do {                                            \
		memset(&e, 0xff, sizeof(e));            \
		assert_int_equal(deed, -1);             \
		assert_int_equal(e.num, EINVAL);        \
		assert_string_equal(e.text, words);     \
		assert_string_equal(e.call, "");        \
	} while (0)

static char *plan_of(const struct socle_rootfs *r, unsigned flags)
{
	char *text = NULL;
	if (socle_rootfs_plan(r, flags, &text, &e) < 0)
		fail_msg("%s", e.text);
	assert_non_null(text);
	return text;
}

static void expect_in_plan(const struct socle_rootfs *r, unsigned flags, const char *words)
{
	char *text = plan_of(r, flags);
	if (!strstr(text, words))
		fail_msg("\"%s\" is not in\n%s", words, text);
	free(text);
}

/* ---- arguments -------------------------------------------------------------------------------------------- */

static void no_handle(void **state)
{
	(void)state;
	char *text;
	int fd;
	MISUSE(socle_rootfs_set_root(NULL, "/a", &e), "rootfs is NULL");
	MISUSE(socle_rootfs_set_readonly(NULL, 1, &e), "rootfs is NULL");
	MISUSE(socle_rootfs_set_propagation(NULL, NULL, &e), "rootfs is NULL");
	MISUSE(socle_rootfs_set_events(NULL, NULL, NULL, &e), "rootfs is NULL");
	MISUSE(socle_rootfs_load_config(NULL, "/a", &e), "rootfs is NULL");
	MISUSE(socle_rootfs_add_mount(NULL, "/a", "tmpfs", NULL, NULL, &e), "rootfs is NULL");
	MISUSE(socle_rootfs_add_device(NULL, NULL, &e), "rootfs is NULL");
	MISUSE(socle_rootfs_mask(NULL, "/a", &e), "rootfs is NULL");
	MISUSE(socle_rootfs_readonly_path(NULL, "/a", &e), "rootfs is NULL");
	MISUSE(socle_rootfs_add_network_files(NULL, NULL, NULL, NULL, &e), "rootfs is NULL");
	MISUSE(socle_rootfs_add_ipc(NULL, 0, &e), "rootfs is NULL");
	MISUSE(socle_rootfs_plan(NULL, 0, &text, &e), "rootfs is NULL");
	MISUSE(socle_rootfs_assemble(NULL, 0, &fd, &e), "rootfs is NULL");
	socle_rootfs_free(NULL);
	socle_state_free(NULL);
	socle_list_free(NULL);
}

static void relative_paths(void **state)
{
	struct socle_rootfs *r = *state;
	MISUSE(socle_rootfs_set_root(r, "image", &e), "path \"image\" is no absolute path");
	MISUSE(socle_rootfs_set_root(r, "", &e), "path \"\" is no absolute path");
	MISUSE(socle_rootfs_set_root(r, NULL, &e), "path is NULL");
	MISUSE(socle_rootfs_add_mount(r, "proc", "proc", NULL, NULL, &e), "destination \"proc\" is no absolute path");
	MISUSE(socle_rootfs_mask(r, "proc/kcore", &e), "path \"proc/kcore\" is no absolute path");
	MISUSE(socle_rootfs_readonly_path(r, "", &e), "path \"\" is no absolute path");
	MISUSE(socle_rootfs_add_network_files(r, "a", NULL, NULL, &e), "resolv_conf \"a\" is no absolute path");
	MISUSE(socle_rootfs_add_network_files(r, NULL, "a", NULL, &e), "hostname \"a\" is no absolute path");
	MISUSE(socle_rootfs_add_network_files(r, NULL, NULL, "a", &e), "hosts \"a\" is no absolute path");
	MISUSE(socle_rootfs_load_config(r, NULL, &e), "bundle is NULL");
	MISUSE(socle_container_start("state", "c", &e), "state_root \"state\" is no absolute path");
}

static void mounts(void **state)
{
	static const char *const rbind[] = { "ro", "rbind", NULL };
	struct socle_rootfs *r = *state;
	MISUSE(socle_rootfs_add_mount(r, "/a", NULL, NULL, NULL, &e), "type is needed for a mount that is no bind");
	MISUSE(socle_rootfs_add_mount(r, "/a", "", "/b", NULL, &e), "type is needed for a mount that is no bind");
	MISUSE(socle_rootfs_add_mount(r, "/a", "bind", NULL, NULL, &e), "source is NULL");
	MISUSE(socle_rootfs_add_mount(r, "/a", NULL, "b", rbind, &e), "source \"b\" is no absolute path");
	char *text = plan_of(r, 0); /* none of them was added */
	assert_null(strstr(text, "/mounts/0"));
	free(text);
}

static void propagations(void **state)
{
	static const char *const good[] = { "private",	"slave",  "shared",  "unbindable",
					    "rprivate", "rslave", "rshared", "runbindable" };
	struct socle_rootfs *r = *state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(socle_rootfs_set_propagation(r, good[i], &e), 0);
	assert_int_equal(socle_rootfs_set_propagation(r, NULL, &e), 0);
	MISUSE(socle_rootfs_set_propagation(r, "public", &e), "propagation \"public\" is unknown");
	MISUSE(socle_rootfs_set_propagation(r, "rrslave", &e), "propagation \"rrslave\" is unknown");
	MISUSE(socle_rootfs_set_propagation(r, "", &e), "propagation \"\" is unknown");
}

static void devices(void **state)
{
	struct socle_rootfs *r = *state;
	struct socle_device d = { sizeof(d), "/dev/fuse", 'c', 10, 229, 0666, 0, 0 };
	assert_int_equal(socle_rootfs_add_device(r, &d, &e), 0);
	expect_in_plan(r, 0, "/dev/fuse major=10 minor=229 mode=0666");
	d.path = "dev/fuse";
	MISUSE(socle_rootfs_add_device(r, &d, &e), "device->path \"dev/fuse\" is no absolute path");
	d.path = "/dev/fuse";
	d.type = 's';
	MISUSE(socle_rootfs_add_device(r, &d, &e), "device->type is none of 'c', 'u', 'b' and 'p'");
	d.type = 0;
	MISUSE(socle_rootfs_add_device(r, &d, &e), "device->type is none of 'c', 'u', 'b' and 'p'");
	d.type = 'b';
	d.mode = 020666;
	MISUSE(socle_rootfs_add_device(r, &d, &e), "device->mode 020666 has more than permission bits");
	MISUSE(socle_rootfs_add_device(r, NULL, &e), "device is NULL");
}

/* ---- structs that carry their size ------------------------------------------------------------------------ */

static void sizes(void **state)
{
	struct { struct socle_device known; uint64_t later; } newer = {
		{ sizeof(newer), "/dev/a", 'c', 1, 3, 0600, 0, 0 }, 0,
	};
	struct socle_rootfs *r = *state;
	assert_int_equal(socle_rootfs_add_device(r, &newer.known, &e), 0);
	newer.later = 1;
	MISUSE(socle_rootfs_add_device(r, &newer.known, &e), "device asks for something that is newer than this library");
	newer.known.size = 0;
	MISUSE(socle_rootfs_add_device(r, &newer.known, &e), "device->size is 0, not the size of the struct");
	newer.known.size = sizeof(newer.known) - 1;
	assert_int_equal(socle_rootfs_add_device(r, &newer.known, &e), -1);
	newer.known.size = SIZE_MAX;
	assert_int_equal(socle_rootfs_add_device(r, &newer.known, &e), -1);
}

struct small { size_t size; int first, second; };

static void an_older_caller(void **state)
{
	struct err own;
	struct small ours = { 1, 1, 1 };
	const struct small given = { offsetof(struct small, second), 5, 6 };
	(void)state;
	assert_int_equal(api_options(&ours, sizeof(ours), offsetof(struct small, second), &given, "options", &own), 0);
	assert_int_equal(ours.first, 5);
	assert_int_equal(ours.second, 0); /* what the caller did not know of is not read */
}

/* ---- flags, errors ---------------------------------------------------------------------------------------- */

static void unknown_flags(void **state)
{
	struct socle_rootfs *r = *state;
	char *text;
	MISUSE(socle_rootfs_plan(r, 0x80, &text, &e), "flags 0x80 are unknown");
	MISUSE(socle_rootfs_assemble(r, 0x81, NULL, &e), "flags 0x80 are unknown");
	MISUSE(socle_rootfs_plan(r, 0, NULL, &e), "ret_text is NULL");
	MISUSE(socle_rootfs_disassemble(-1, &e), "root_fd is -1");
}

static void errors_may_be_ignored(void **state)
{
	struct socle_rootfs *r = *state;
	assert_int_equal(socle_rootfs_set_root(r, "a", NULL), -1);
	assert_int_equal(socle_rootfs_assemble(r, 0x80, NULL, NULL), -1);
	assert_int_equal(socle_container_kill(NULL, NULL, 9, 0, NULL), -1);
}

static void an_error_in_a_line(void **state)
{
	char line[200], cut[8];
	(void)state;
	e = (struct socle_error){ .num = EBUSY, .call = "move_mount", .path = "/a", .field = "/mounts/0", .step = "bind" };
	assert_string_equal(socle_error_line(&e, line, sizeof(line)),
			    "bind: move_mount \"/a\": Device or resource busy (/mounts/0)");
	assert_string_equal(socle_error_line(&e, cut, sizeof(cut)), cut);
	assert_int_equal(strlen(cut), sizeof(cut) - 1);
	assert_string_equal(socle_error_line(NULL, line, sizeof(line)), "");
	assert_string_equal(socle_version(), SOCLE_VERSION);
}

static void success_leaves_the_error_alone(void **state)
{
	memset(&e, 'x', sizeof(e));
	assert_int_equal(socle_rootfs_mask(*state, "/a", &e), 0);
	assert_int_equal(e.text[0], 'x');
}

/* ---- what a description becomes --------------------------------------------------------------------------- */

static void no_root(void **state)
{
	struct socle_rootfs *r = socle_rootfs_new();
	char *text;
	(void)state;
	assert_int_equal(socle_rootfs_plan(r, 0, &text, &e), -1);
	assert_string_equal(e.field, "/root/path");
	assert_int_equal(e.num, 0);
	socle_rootfs_free(r);
}

/* Every list grows beyond any size that it starts with, and keeps its order; strings are copies. */
static void lists_grow(void **state)
{
	struct socle_rootfs *r = *state;
	char path[32], option[32];
	for (int i = 0; i < 100; i++) {
		const char *options[] = { option, NULL };
		snprintf(path, sizeof(path), "/m%d", i);
		snprintf(option, sizeof(option), "size=%dk", i);
		assert_int_equal(socle_rootfs_add_mount(r, path, "tmpfs", "tmpfs", options, &e), 0);
		snprintf(path, sizeof(path), "/hidden%d", i);
		assert_int_equal(socle_rootfs_mask(r, path, &e), 0);
		snprintf(path, sizeof(path), "/fixed%d", i);
		assert_int_equal(socle_rootfs_readonly_path(r, path, &e), 0);
	}
	char *text = plan_of(r, SOCLE_UNSHARE), *at = text;
	for (int i = 0; i < 100; i++) {
		char words[64];
		snprintf(words, sizeof(words), "on=/m%d options=size=%dk ", i, i);
		at = strstr(at, words);
		if (!at)
			fail_msg("\"%s\" is not in its place in\n%s", words, text);
	}
	free(text);
	expect_in_plan(r, 0, "/hidden99 ");
	expect_in_plan(r, 0, "/fixed99 ");
}

static void flags_in_the_plan(void **state)
{
	struct socle_rootfs *r = *state;
	char *text = plan_of(r, SOCLE_UNSHARE);
	assert_null(strstr(text, "change root"));
	assert_null(strstr(text, "private-parent"));
	free(text);
	expect_in_plan(r, 0, "private-parent");
	expect_in_plan(r, SOCLE_CHANGE_ROOT, "by=chroot");
	expect_in_plan(r, SOCLE_UNSHARE | SOCLE_CHANGE_ROOT, "by=pivot_root");
	expect_in_plan(r, SOCLE_UNSHARE | SOCLE_CHANGE_ROOT | SOCLE_NO_PIVOT, "by=move");
}

struct told { int n; enum socle_event_kind kind; char text[256]; };

static void hear(void *data, const struct socle_event *event)
{
	struct told *t = data;
	if (t->n++ == 0) {
		t->kind = event->kind;
		snprintf(t->text, sizeof(t->text), "%s", event->text);
	}
}

static void warnings_are_told(void **state)
{
	static const char *const options[] = { "bind", "size=1k", NULL };
	struct socle_rootfs *r = *state;
	struct told t = { 0 };
	assert_int_equal(socle_rootfs_set_events(r, hear, &t, &e), 0);
	assert_int_equal(socle_rootfs_add_mount(r, "/a", NULL, "/srv", options, &e), 0);
	free(plan_of(r, 0));
	assert_int_equal(t.n, 1);
	assert_int_equal(t.kind, SOCLE_EVENT_WARNING);
	assert_non_null(strstr(t.text, "/mounts/0/options"));
	assert_non_null(strstr(t.text, "ignoring"));
}

/* ---- config.json ------------------------------------------------------------------------------------------ */

static void write_config(char *dir, const char *text)
{
	char path[64];
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/config.json", dir);
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void remove_config(const char *dir)
{
	char path[64];
	snprintf(path, sizeof(path), "%s/config.json", dir);
	unlink(path);
	rmdir(dir);
}

#define PROCESS "\"process\": {\"user\": {\"uid\": 0, \"gid\": 0}, \"args\": [\"sh\"], \"cwd\": \"/\"}"

static void a_config_is_added_to(void **state)
{
	struct socle_rootfs *r = *state;
	char dir[] = "/tmp/socle-api-XXXXXX", words[128];
	write_config(dir, "{\"ociVersion\": \"1.3.0\", " PROCESS ", \"root\": {\"path\": \"tree\", \"readonly\": true},"
			  "\"mounts\": [{\"destination\": \"/data\", \"type\": \"bind\", \"source\": \"data\"},"
			  "{\"destination\": \"/run\", \"type\": \"tmpfs\", \"source\": \"tmpfs\"}],"
			  "\"linux\": {\"maskedPaths\": [\"/secret\"]}}");
	assert_int_equal(socle_rootfs_add_mount(r, "/first", "tmpfs", NULL, NULL, &e), 0);
	assert_int_equal(socle_rootfs_load_config(r, dir, &e), 0);
	remove_config(dir);
	snprintf(words, sizeof(words), "%s/tree ", dir);
	expect_in_plan(r, 0, words);
	snprintf(words, sizeof(words), "%s/data ", dir);
	expect_in_plan(r, 0, words);
	expect_in_plan(r, 0, "/secret ");
	expect_in_plan(r, 0, "/mounts/2"); /* behind the one that was added before */
	expect_in_plan(r, 0, "/root/readonly");
}

static void a_bad_config_changes_nothing(void **state)
{
	struct socle_rootfs *r = *state;
	struct told t = { 0 };
	char dir[] = "/tmp/socle-api-XXXXXX", *before = plan_of(r, 0), *after;
	write_config(dir, "{\"ociVersion\": \"1.3.0\", " PROCESS ", \"root\": {\"path\": 5},"
			  "\"mounts\": [{\"destination\": 6}]}");
	assert_int_equal(socle_rootfs_set_events(r, hear, &t, &e), 0);
	assert_int_equal(socle_rootfs_load_config(r, dir, &e), -1);
	remove_config(dir);
	assert_string_equal(e.field, "/root/path");
	assert_int_equal(t.n, 2);
	assert_int_equal(t.kind, SOCLE_EVENT_PROBLEM);
	assert_int_equal(strncmp(t.text, "/root/path: ", 12), 0);
	after = plan_of(r, 0);
	assert_string_equal(before, after);
	free(before);
	free(after);
	assert_int_equal(socle_rootfs_load_config(r, "/nowhere/at/all", &e), -1);
	assert_int_equal(e.num, ENOENT);
}

/* ---- containers ------------------------------------------------------------------------------------------- */

static void containers(void **state)
{
	struct socle_container_options o = { .size = sizeof(o), .state_root = "/nowhere/at/all" };
	struct socle_state *s;
	struct socle_list *l;
	int status;
	(void)state;
	MISUSE(socle_container_create(NULL, &e), "options is NULL");
	MISUSE(socle_container_create(&o, &e), "id is NULL");
	MISUSE(socle_container_run(&o, &status, &e), "id is NULL");
	o.id = "c";
	o.flags = 1u << 31;
	MISUSE(socle_container_create(&o, &e), "flags 0x80000000 are unknown");
	o.size = 1;
	MISUSE(socle_container_create(&o, &e), "options->size is 1, not the size of the struct");
	MISUSE(socle_container_start(NULL, NULL, &e), "id is NULL");
	MISUSE(socle_container_delete(NULL, NULL, 1, &e), "id is NULL");
	MISUSE(socle_container_kill(NULL, "c", -1, 0, &e), "signal is -1");
	MISUSE(socle_container_kill(NULL, "c", 65, 0, &e), "signal is 65");
	MISUSE(socle_container_state(NULL, NULL, &s, &e), "id is NULL");
	MISUSE(socle_container_state(NULL, "c", NULL, &e), "ret_state is NULL");
	MISUSE(socle_container_list(NULL, NULL, &e), "ret_list is NULL");
	assert_int_equal(socle_container_state("/nowhere/at/all", "c", &s, &e), -1);
	assert_int_equal(e.num, ENOENT);
	assert_int_equal(socle_container_delete("/nowhere/at/all", "c", 1, &e), 0);
	assert_int_equal(socle_container_list("/nowhere/at/all", &l, &e), 0);
	assert_int_equal(socle_list_size(l), 0);
	assert_null(socle_list_item(l, 0));
	socle_list_free(l);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_handle),
		TEST(relative_paths),
		TEST(mounts),
		TEST(propagations),
		TEST(devices),
		TEST(sizes),
		TEST(an_older_caller),
		TEST(unknown_flags),
		TEST(errors_may_be_ignored),
		TEST(an_error_in_a_line),
		TEST(success_leaves_the_error_alone),
		TEST(no_root),
		TEST(lists_grow),
		TEST(flags_in_the_plan),
		TEST(warnings_are_told),
		TEST(a_config_is_added_to),
		TEST(a_bad_config_changes_nothing),
		TEST(containers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
