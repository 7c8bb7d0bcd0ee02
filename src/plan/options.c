/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/options.h"

#include <linux/mount.h>
#include <string.h>

#define SPREAD_REC 16384u /* MS_REC */

#define ATTR(name, clear, set)	{ name, OPT_ATTR, clear, set, false }
#define RATTR(name, clear, set) { name, OPT_ATTR, clear, set, true }
#define ATIME			MOUNT_ATTR__ATIME

const struct mount_option mount_options[] = {
	ATTR("ro", 0, MOUNT_ATTR_RDONLY),
	ATTR("rw", MOUNT_ATTR_RDONLY, 0),
	ATTR("nosuid", 0, MOUNT_ATTR_NOSUID),
	ATTR("suid", MOUNT_ATTR_NOSUID, 0),
	ATTR("nodev", 0, MOUNT_ATTR_NODEV),
	ATTR("dev", MOUNT_ATTR_NODEV, 0),
	ATTR("noexec", 0, MOUNT_ATTR_NOEXEC),
	ATTR("exec", MOUNT_ATTR_NOEXEC, 0),
	ATTR("noatime", ATIME, MOUNT_ATTR_NOATIME),
	ATTR("atime", ATIME, 0),
	ATTR("relatime", ATIME, MOUNT_ATTR_RELATIME),
	ATTR("norelatime", ATIME, 0),
	ATTR("strictatime", ATIME, MOUNT_ATTR_STRICTATIME),
	ATTR("nostrictatime", ATIME, 0),
	ATTR("nodiratime", 0, MOUNT_ATTR_NODIRATIME),
	ATTR("diratime", MOUNT_ATTR_NODIRATIME, 0),
	ATTR("nosymfollow", 0, MOUNT_ATTR_NOSYMFOLLOW),
	ATTR("symfollow", MOUNT_ATTR_NOSYMFOLLOW, 0),

	RATTR("rro", 0, MOUNT_ATTR_RDONLY),
	RATTR("rrw", MOUNT_ATTR_RDONLY, 0),
	RATTR("rnosuid", 0, MOUNT_ATTR_NOSUID),
	RATTR("rsuid", MOUNT_ATTR_NOSUID, 0),
	RATTR("rnodev", 0, MOUNT_ATTR_NODEV),
	RATTR("rdev", MOUNT_ATTR_NODEV, 0),
	RATTR("rnoexec", 0, MOUNT_ATTR_NOEXEC),
	RATTR("rexec", MOUNT_ATTR_NOEXEC, 0),
	RATTR("rnoatime", ATIME, MOUNT_ATTR_NOATIME),
	RATTR("ratime", ATIME, 0),
	RATTR("rrelatime", ATIME, MOUNT_ATTR_RELATIME),
	RATTR("rnorelatime", ATIME, 0),
	RATTR("rstrictatime", ATIME, MOUNT_ATTR_STRICTATIME),
	RATTR("rnostrictatime", ATIME, 0),
	RATTR("rnodiratime", 0, MOUNT_ATTR_NODIRATIME),
	RATTR("rdiratime", MOUNT_ATTR_NODIRATIME, 0),
	RATTR("rnosymfollow", 0, MOUNT_ATTR_NOSYMFOLLOW),
	RATTR("rsymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0),

	{ "shared", OPT_SPREAD, 0, 1u << 20, false },
	{ "slave", OPT_SPREAD, 0, 1u << 19, false },
	{ "private", OPT_SPREAD, 0, 1u << 18, false },
	{ "unbindable", OPT_SPREAD, 0, 1u << 17, false },
	{ "rshared", OPT_SPREAD, 0, 1u << 20 | SPREAD_REC, true },
	{ "rslave", OPT_SPREAD, 0, 1u << 19 | SPREAD_REC, true },
	{ "rprivate", OPT_SPREAD, 0, 1u << 18 | SPREAD_REC, true },
	{ "runbindable", OPT_SPREAD, 0, 1u << 17 | SPREAD_REC, true },

	{ "bind", OPT_BIND, 0, 0, false },
	{ "rbind", OPT_BIND, 0, 0, true },

	{ "sync", OPT_SUPER, 0, 0, false },
	{ "async", OPT_SUPER, 0, 0, false },
	{ "dirsync", OPT_SUPER, 0, 0, false },
	{ "lazytime", OPT_SUPER, 0, 0, false },
	{ "nolazytime", OPT_SUPER, 0, 0, false },
	{ "mand", OPT_SUPER, 0, 0, false },
	{ "nomand", OPT_SUPER, 0, 0, false },
	{ "iversion", OPT_SUPER, 0, 0, false },
	{ "noiversion", OPT_SUPER, 0, 0, false },
	{ "silent", OPT_SUPER, 0, 0, false },
	{ "loud", OPT_SUPER, 0, 0, false },

	{ "defaults", OPT_IGNORED, 0, 0, false },
	{ "auto", OPT_IGNORED, 0, 0, false },
	{ "noauto", OPT_IGNORED, 0, 0, false },
	{ "nofail", OPT_IGNORED, 0, 0, false },
	{ "_netdev", OPT_IGNORED, 0, 0, false },
	{ "user", OPT_IGNORED, 0, 0, false },
	{ "nouser", OPT_IGNORED, 0, 0, false },
	{ "users", OPT_IGNORED, 0, 0, false },
	{ "owner", OPT_IGNORED, 0, 0, false },
	{ "group", OPT_IGNORED, 0, 0, false },

	{ "remount", OPT_REFUSED, 0, 0, false },

	{ "tmpcopyup", OPT_EXTRA, 0, EXTRA_COPY_UP, false },
	{ "idmap", OPT_EXTRA, 0, EXTRA_IDMAP, false },
	{ "ridmap", OPT_EXTRA, 0, EXTRA_IDMAP | EXTRA_IDMAP_TREE, true },
	{ "copy-symlink", OPT_EXTRA, 0, EXTRA_COPY_SYMLINK | EXTRA_SOURCE_NOFOLLOW, false },
	{ "src-nofollow", OPT_EXTRA, 0, EXTRA_SOURCE_NOFOLLOW, false },
	{ "dest-nofollow", OPT_EXTRA, 0, EXTRA_TARGET_NOFOLLOW, false },
	{ "z", OPT_EXTRA, 0, EXTRA_RELABEL_SHARED, false },
	{ "Z", OPT_EXTRA, 0, EXTRA_RELABEL_PRIVATE, false },
};
const size_t n_mount_options = sizeof(mount_options) / sizeof(mount_options[0]);

const struct mount_option *mount_option_find(const char *name)
{
	for (size_t i = 0; i < n_mount_options; i++)
		if (strcmp(mount_options[i].name, name) == 0)
			return &mount_options[i];
	return NULL;
}

static void apply_attr(struct mount_wishes *w, const struct mount_option *o)
{
	uint64_t *set = o->recursive ? &w->recursive_set : &w->set;
	uint64_t *clear = o->recursive ? &w->recursive_clear : &w->clear;
	*set = (*set & ~o->clear) | o->set;
	*clear = (*clear & ~o->set) | o->clear;
}

void mount_wishes_read(const struct strings *options, struct arena *a, struct mount_wishes *w)
{
	*w = (struct mount_wishes){ .spread = ARENA_ARRAY(a, uint32_t, options->n),
				    .data = ARENA_ARRAY(a, const char *, options->n) };
	for (size_t i = 0; i < options->n; i++) {
		const struct mount_option *o = mount_option_find(options->items[i]);
		if (!o || o->kind == OPT_SUPER) {
			w->data[w->n_data++] = options->items[i];
		} else if (o->kind == OPT_ATTR) {
			apply_attr(w, o);
		} else if (o->kind == OPT_SPREAD) {
			w->spread[w->n_spread++] = (uint32_t)o->set;
		} else if (o->kind == OPT_BIND) {
			w->bind = true;
			w->recursive |= o->recursive;
		} else if (o->kind == OPT_EXTRA) {
			w->extra |= (uint32_t)o->set;
		} else if (o->kind == OPT_REFUSED && !w->refused) {
			w->refused = i + 1;
		}
	}
}
