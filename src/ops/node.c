/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes and symlinks: made relative to a descriptor of their directory, never following anything. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "ops/run.h"
#include "sys/fd.h"
#include "sys/mountfd.h"

/* The directory of `path`, and the name in it.  Most nodes and links share one directory, so the last one is
 * kept until something is mounted.  The descriptor is borrowed. */
static int parent_of(struct run *r, int root, const char *path, char *name, struct err *e)
{
	struct init *i = run_init(r);
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;
	if (i->dir >= 0 && n && strlen(slash + 1) <= NAME_MAX && slash[1] && strlen(i->dir_path) == n &&
	    memcmp(i->dir_path, path, n) == 0) {
		memcpy(name, slash + 1, strlen(slash + 1) + 1);
		return i->dir;
	}
	fd_closep(&i->dir);
	i->dir = root_open_parent(root, (struct inroot){ path }, true, name, e);
	if (i->dir < 0)
		return -1;
	snprintf(i->dir_path, sizeof(i->dir_path), "%.*s", (int)(n < PATH_MAX ? n : 0), path);
	return i->dir;
}

static mode_t node_type(const struct op_node *a)
{
	switch (a->type.v) {
	case NODE_CHAR:
		return S_IFCHR;
	case NODE_BLOCK:
		return S_IFBLK;
	default:
		return S_IFIFO;
	}
}

/* What is there already stays, if it is the very device; its mode and owner become what was asked for. */
static int check_node(int dir, const char *name, const struct op_node *a, const char *path, struct err *e)
{
	struct stat st;
	mode_t type = node_type(a);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_call(e, "fstatat", path);
	if ((st.st_mode & S_IFMT) != type || (type != S_IFIFO && st.st_rdev != makedev(a->major, a->minor)))
		return err_rule(e, NULL, "\"%s\" is there already and is something else", path);
	return 0;
}

int perform_node(struct run *r, const struct op *op, struct err *e)
{
	const struct op_node *a = ARGS(op_node, r, op);
	const char *path = run_str(r, a->path);
	char name[NAME_MAX + 1];
	int dir = parent_of(r, run_slot(r, a->root), path, name, e);
	if (dir < 0)
		return -1;
	if (mknodat(dir, name, node_type(a) | (a->mode.v & 07777), makedev(a->major, a->minor)) < 0) {
		if (errno != EEXIST)
			return err_call(e, "mknodat", path);
		return check_node(dir, name, a, path, e);
	}
	if ((a->uid || a->gid) && fchownat(dir, name, a->uid, a->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_call(e, "fchownat", path);
	return 0;
}

/* Where mknod is refused the host's node is bound over an empty file (R23). */
int perform_bind_node(struct run *r, const struct op *op, struct err *e)
{
	const struct op_node *a = ARGS(op_node, r, op);
	const char *path = run_str(r, a->path);
	_cleanup_close_ int tree = tree_clone(AT_FDCWD, path, 0, e);
	if (tree < 0)
		return -1;
	struct stat st;
	mode_t type = node_type(a);
	if (fstat(tree, &st) < 0 || (st.st_mode & S_IFMT) != type || st.st_rdev != makedev(a->major, a->minor))
		return err_rule(e, NULL, "the host's \"%s\" is not the device that is asked for", path);
	/* The inode is the host's: who owns it in the container could change its mode for all. */
	struct mount_change c = { .set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC };
	TRY(tree_change(tree, &c, e));
	struct root_want want = { .create = true, .real = true };
	struct root_made made = made_recorder(&run_init(r)->made);
	_cleanup_close_ int target = root_open(run_slot(r, a->root), run_path(r, a->path), want, &made, NULL, e);
	if (target < 0)
		return -1;
	return tree_attach(tree, target, path, e);
}

/* Remove whatever is at `name`, unless it is a directory with something in it. */
static int clear_way(int dir, const char *name, const char *path, struct err *e)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno == EISDIR && unlinkat(dir, name, AT_REMOVEDIR) == 0)
		return 0;
	return err_call(e, "unlinkat", path);
}

int perform_symlink(struct run *r, const struct op *op, struct err *e)
{
	const struct op_symlink *a = ARGS(op_symlink, r, op);
	const char *path = run_str(r, a->path), *target = run_str(r, a->target);
	char name[NAME_MAX + 1];
	int dir = parent_of(r, run_slot(r, a->root), path, name, e);
	if (dir < 0)
		return -1;
	if (symlinkat(target, dir, name) == 0)
		return 0;
	if (errno != EEXIST)
		return err_call(e, "symlinkat", path);
	if (!(a->how.v & SYMLINK_REPLACE))
		return 0;
	TRY(clear_way(dir, name, path, e));
	return symlinkat(target, dir, name) < 0 ? err_call(e, "symlinkat", path) : 0;
}
