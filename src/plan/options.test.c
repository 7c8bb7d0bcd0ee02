/* SPDX-License-Identifier: Apache-2.0 */
/* The table of mount options, and what lists of them add up to. */
#include "plan/options.h"

#include <linux/mount.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

/* The specification's table "Linux mount options", version 1.3. */
static const char *const specified[] = {
	"async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec", "iversion", "lazytime", "loud",
	"mand", "noatime", "nodev", "nodiratime", "noexec", "noiversion", "nolazytime", "nomand", "norelatime",
	"nostrictatime", "nosuid", "nosymfollow", "private", "ratime", "rbind", "rdev", "rdiratime", "relatime",
	"remount", "rexec", "rnoatime", "rnodiratime", "rnoexec", "rnorelatime", "rnostrictatime", "rnosuid",
	"rnosymfollow", "ro", "rprivate", "rrelatime", "rro", "rrw", "rshared", "rslave", "rstrictatime", "rsuid",
	"rsymfollow", "runbindable", "rw", "shared", "silent", "slave", "strictatime", "suid", "symfollow", "sync",
	"tmpcopyup", "unbindable", "idmap", "ridmap",
};

static void each_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_mount_options; i++)
		assert_ptr_equal(mount_option_find(mount_options[i].name), &mount_options[i]);
	assert_null(mount_option_find("size=5"));
	assert_null(mount_option_find(""));
	assert_null(mount_option_find("RO"));
}

static void the_specifications(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(specified) / sizeof(specified[0]); i++)
		if (!mount_option_find(specified[i]))
			fail_msg("no row for \"%s\"", specified[i]);
}

/* rNAME is NAME for all below: the same bits, another reach. */
static void recursive_twins(void **state)
{
	(void)state;
	size_t n = 0;
	for (size_t i = 0; i < n_mount_options; i++) {
		const struct mount_option *o = &mount_options[i];
		if (o->kind != OPT_ATTR || !o->recursive)
			continue;
		const struct mount_option *one = mount_option_find(o->name + 1);
		assert_int_equal(o->name[0], 'r');
		assert_non_null(one);
		assert_int_equal(one->kind, OPT_ATTR);
		assert_false(one->recursive);
		assert_int_equal(o->set, one->set);
		assert_int_equal(o->clear, one->clear);
		n++;
	}
	assert_int_equal(n, 18);
}

/* What mount_setattr(2) takes: bits of its own, and the access time only as a whole. */
static void sound_bits(void **state)
{
	const uint64_t known = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
			       MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW;
	(void)state;
	for (size_t i = 0; i < n_mount_options; i++) {
		const struct mount_option *o = &mount_options[i];
		if (o->kind != OPT_ATTR)
			continue;
		assert_int_equal((o->set | o->clear) & ~known, 0);
		uint64_t atime = o->clear & MOUNT_ATTR__ATIME;
		assert_true(atime == 0 || atime == MOUNT_ATTR__ATIME);
		if (o->set & MOUNT_ATTR__ATIME)
			assert_int_equal(atime, MOUNT_ATTR__ATIME);
		assert_int_equal(o->set & o->clear & ~(uint64_t)MOUNT_ATTR__ATIME, 0);
	}
}

/* ---- sums ------------------------------------------------------------------------------------------------- */

#define LIST(...) (const char *[]){ __VA_ARGS__, NULL }

static struct mount_wishes read_list(struct arena *a, const char **items)
{
	struct strings s = { 0, items };
	struct mount_wishes w;
	while (items[s.n])
		s.n++;
	mount_wishes_read(&s, a, &w);
	return w;
}

static void last_one_counts(void **state)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	(void)state;
	static const struct { const char *list[6]; uint64_t set, clear, recursive_set, recursive_clear; } rows[] = {
		{ { "ro" }, MOUNT_ATTR_RDONLY, 0, 0, 0 },
		{ { "ro", "rw" }, 0, MOUNT_ATTR_RDONLY, 0, 0 },
		{ { "rw", "ro" }, MOUNT_ATTR_RDONLY, 0, 0, 0 },
		{ { "nosuid", "nodev", "noexec", "suid" }, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NOSUID, 0, 0 },
		{ { "noatime" }, MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME, 0, 0 },
		{ { "noatime", "strictatime" }, MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME, 0, 0 },
		{ { "strictatime", "relatime" }, 0, MOUNT_ATTR__ATIME, 0, 0 },
		{ { "noatime", "nodiratime", "diratime" }, MOUNT_ATTR_NOATIME,
		  MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME, 0, 0 },
		{ { "rro", "rw" }, 0, MOUNT_ATTR_RDONLY, MOUNT_ATTR_RDONLY, 0 },
		{ { "rro", "rrw" }, 0, 0, 0, MOUNT_ATTR_RDONLY },
		{ { "defaults", "nofail", "user" }, 0, 0, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mount_wishes w = read_list(&a, (const char **)rows[i].list);
		assert_int_equal(w.set, rows[i].set);
		assert_int_equal(w.clear, rows[i].clear);
		assert_int_equal(w.recursive_set, rows[i].recursive_set);
		assert_int_equal(w.recursive_clear, rows[i].recursive_clear);
		assert_int_equal(w.n_data, 0);
	}
}

static void kinds(void **state)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	(void)state;
	struct mount_wishes w = read_list(&a, LIST("shared", "rslave", "size=5", "sync", "", "auto", "mode=1", "ro"));
	assert_int_equal(w.n_spread, 2);
	assert_int_equal(w.spread[0], 1u << 20);
	assert_int_equal(w.spread[1], 1u << 19 | 1u << 14);
	assert_int_equal(w.n_data, 4);
	assert_string_equal(w.data[0], "size=5");
	assert_string_equal(w.data[1], "sync");
	assert_string_equal(w.data[3], "mode=1");
	assert_false(w.bind);
	assert_int_equal(w.refused, 0);

	w = read_list(&a, LIST("bind", "ro"));
	assert_true(w.bind);
	assert_false(w.recursive);
	w = read_list(&a, LIST("bind", "rbind", "bind"));
	assert_true(w.bind);
	assert_true(w.recursive);
	w = read_list(&a, LIST("ro", "remount", "remount"));
	assert_int_equal(w.refused, 2); /* the first of them */
	w = read_list(&a, (const char *[]){ NULL });
	assert_false(w.bind);
	assert_int_equal(w.n_data + w.n_spread + w.refused, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_once),	   cmocka_unit_test(the_specifications),
		cmocka_unit_test(recursive_twins), cmocka_unit_test(sound_bits),
		cmocka_unit_test(last_one_counts), cmocka_unit_test(kinds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
