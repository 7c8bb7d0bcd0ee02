/* SPDX-License-Identifier: Apache-2.0 */
/* Read-only and masked paths.
 *
 * A path is pinned once; what is attached is attached to that descriptor.  A missing path is no error, the
 * specification says so; every other failure is one, or a mask could be talked away.  Masked directories share
 * one empty tmpfs, masked files one null device that was verified to be the real one before any mount of the
 * container: a hundred masks cost a hundred attachments and nothing else. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>

#include "ops/run.h"
#include "sys/calls.h"
#include "sys/fd.h"
#include "sys/mountfd.h"

/* *ret_fd is -1 where there is nothing to cover. */
static int pin(struct run *r, const struct op_cover *a, struct stat *st, int *ret_fd, struct err *e)
{
	const char *path = run_str(r, a->path);
	*ret_fd = -1;
	_cleanup_close_ int fd = root_find(run_slot(r, a->root), run_path(r, a->path), false, e);
	if (fd < 0 && err_is(e, ENOENT)) {
		memset(e, 0, sizeof(*e));
		return 0;
	}
	if (fd < 0)
		return -1;
	if (fstat(fd, st) < 0)
		return err_call(e, "fstat", path);
	if (S_ISLNK(st->st_mode))
		return err_rule(e, NULL, "\"%s\" is a symlink; what it leads to would be covered in its place", path);
	*ret_fd = fd_take(&fd);
	return 0;
}

int perform_readonly(struct run *r, const struct op *op, struct err *e)
{
	const struct op_cover *a = ARGS(op_cover, r, op);
	struct stat st;
	_cleanup_close_ int at = -1;
	TRY(pin(r, a, &st, &at, e));
	if (at < 0)
		return 0;
	_cleanup_close_ int tree = tree_clone(at, "", AT_RECURSIVE, e);
	struct mount_change c = { .set = MOUNT_ATTR_RDONLY, .recursive = true };
	if (tree < 0 || tree_change(tree, &c, e) < 0)
		return -1;
	return tree_attach(tree, at, run_str(r, a->path), e);
}

static int make_empty(const char *label, struct err *e)
{
	_cleanup_close_ int fs = fs_open("tmpfs", e);
	if (fs < 0)
		return -1;
	TRY(fs_set(fs, "size", "0", e));
	TRY(fs_set(fs, "nr_inodes", "2", e));
	TRY(fs_set(fs, "mode", "755", e));
	if (label)
		TRY(fs_set(fs, "context", label, e));
	TRY(fs_create(fs, e));
	return fs_mount(fs, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, e);
}

/* The first one is attached as it is; each later one is a copy of it, which the kernel allows because it is a
 * mount of this namespace by then. */
static int cover(int *shared, bool first, int at, const char *path, struct err *e)
{
	if (first)
		return tree_attach(*shared, at, path, e);
	_cleanup_close_ int copy = tree_clone(*shared, "", 0, e);
	return copy < 0 ? -1 : tree_attach(copy, at, path, e);
}

static int mask_directory(struct init *i, int at, const char *path, const char *label, struct err *e)
{
	bool first = i->mask_dir < 0;
	if (first)
		i->mask_dir = make_empty(label, e);
	return i->mask_dir < 0 ? -1 : cover(&i->mask_dir, first, at, path, e);
}

int perform_mask(struct run *r, const struct op *op, struct err *e)
{
	const struct op_cover *a = ARGS(op_cover, r, op);
	struct init *i = run_init(r);
	const char *path = run_str(r, a->path);
	struct stat st;
	_cleanup_close_ int at = -1;
	TRY(pin(r, a, &st, &at, e));
	if (at < 0)
		return 0;
	if (S_ISDIR(st.st_mode))
		return mask_directory(i, at, path, run_str(r, a->label), e);
	bool first = i->mask_null < 0;
	if (first)
		i->mask_null = fd_take(&r->slots[a->null.n]);
	return cover(&i->mask_null, first, at, path, e);
}
