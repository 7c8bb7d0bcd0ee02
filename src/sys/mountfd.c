/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "sys/mountfd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/span.h"
#include "sys/calls.h"
#include "sys/fd.h"

/* The log is read message by message, each with a letter for its kind in front ("e tmpfs: Bad value …"). */
void fs_log(int fs, struct err *e)
{
	char line[256];
	size_t used = strlen(e->kernel);
	for (int i = 0; i < 8; i++) {
		ssize_t n = read(fs, line, sizeof(line) - 1);
		if (n <= 2)
			break;
		line[n] = 0;
		line[span_until(line, "\n")] = 0;
		int r = snprintf(e->kernel + used, sizeof(e->kernel) - used, "%s%s", used ? "; " : "", line + 2);
		if (r < 0 || (used += (size_t)r) >= sizeof(e->kernel))
			break;
	}
}

static int fs_failed(int fs, const char *call, const char *what, struct err *e)
{
	err_call(e, call, what);
	fs_log(fs, e);
	return -1;
}

int fs_open(const char *type, struct err *e)
{
	int fs = sys_fsopen(type, FSOPEN_CLOEXEC);
	if (fs < 0 && errno == ENODEV)
		return err_call(e, "fsopen", type), err_note(e, "the kernel knows no such file system");
	return fs < 0 ? err_call(e, "fsopen", type) : fs;
}

int fs_set(int fs, const char *key, const char *value, struct err *e)
{
	unsigned command = value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;
	if (sys_fsconfig(fs, command, key, value, 0) == 0)
		return 0;
	char what[256];
	int num = errno;
	snprintf(what, sizeof(what), "%s%s%s", key, value ? "=" : "", value ? value : "");
	errno = num;
	return fs_failed(fs, "fsconfig", what, e);
}

int fs_create(int fs, struct err *e)
{
	if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fs_failed(fs, "fsconfig create", NULL, e);
	return 0;
}

int fs_mount(int fs, uint64_t attrs, struct err *e)
{
	int tree = sys_fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)attrs);
	return tree < 0 ? fs_failed(fs, "fsmount", NULL, e) : tree;
}

int tree_clone(int dir, const char *path, unsigned flags, struct err *e)
{
	flags |= OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (path[0] ? 0 : AT_EMPTY_PATH);
	int tree = sys_open_tree(dir, path, flags);
	return tree < 0 ? err_call(e, "open_tree", path) : tree;
}

int tree_change(int tree, const struct mount_change *c, struct err *e)
{
	struct mount_attr attr = { .attr_set = c->set, .attr_clr = c->clear, .propagation = c->spread };
	/* The kernel wants the whole field cleared before an access time mode is set. */
	if (attr.attr_set & MOUNT_ATTR__ATIME || attr.attr_clr & MOUNT_ATTR__ATIME)
		attr.attr_clr |= MOUNT_ATTR__ATIME;
	if (sys_mount_setattr(tree, "", AT_EMPTY_PATH | (c->recursive ? AT_RECURSIVE : 0), &attr) < 0)
		return err_call(e, "mount_setattr", NULL);
	return 0;
}

int tree_attach(int tree, int target, const char *what, struct err *e)
{
	if (sys_move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return err_call(e, "move_mount", what);
	return 0;
}

/* Since when a file system can be mounted with an id map. */
static const struct { unsigned long magic; const char *name, *since; } idmap_since[] = {
	{ EXT4_SUPER_MAGIC, "ext4", "5.12" },  { XFS_SUPER_MAGIC, "xfs", "5.12" },
	{ MSDOS_SUPER_MAGIC, "vfat", "5.12" }, { BTRFS_SUPER_MAGIC, "btrfs", "5.15" },
	{ F2FS_SUPER_MAGIC, "f2fs", "5.18" },  { EROFS_SUPER_MAGIC_V1, "erofs", "5.19" },
	{ SQUASHFS_MAGIC, "squashfs", "6.2" }, { TMPFS_MAGIC, "tmpfs", "6.3" },
	{ 0x00c36400, "ceph", "6.7" },	       { HUGETLBFS_MAGIC, "hugetlbfs", "6.9" },
	{ FUSE_SUPER_MAGIC, "fuse", "6.12" },
};

static int explain_idmap(int tree, struct err *e)
{
	struct statfs st;
	if (!err_is(e, EINVAL) || fstatfs(tree, &st) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(idmap_since) / sizeof(idmap_since[0]); i++)
		if ((unsigned long)st.f_type == idmap_since[i].magic)
			return err_note(e, "mapping ids of %s takes Linux %s or newer, and a tree that is not mapped yet",
					idmap_since[i].name, idmap_since[i].since);
	return err_note(e, "this kernel cannot mount file systems of this type (0x%lx) with mapped ids",
			(unsigned long)st.f_type);
}

int tree_idmap(int tree, int userns, bool recursive, struct err *e)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns };
	if (sys_mount_setattr(tree, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr) < 0) {
		err_call(e, "mount_setattr", "idmap");
		return explain_idmap(tree, e);
	}
	return 0;
}

bool fd_is_procfs(int fd)
{
	struct statfs st;
	return fstatfs(fd, &st) == 0 && (unsigned long)st.f_type == PROC_SUPER_MAGIC;
}
