/* SPDX-License-Identifier: Apache-2.0 */
/* Sources of bind mounts.
 *
 * All of them are opened before the first target is attached, as detached copies, so nothing that is mounted in
 * the container later can change what a source means. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <linux/mount.h>

#include "ops/run.h"
#include "sys/copytree.h"
#include "sys/fd.h"
#include "sys/label.h"
#include "sys/mountfd.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

static int open_source(const struct op_source *a, const char *path, struct err *e)
{
	unsigned flags = a->how.v & SOURCE_RECURSIVE ? AT_RECURSIVE : 0;
	if (a->how.v & SOURCE_NOFOLLOW)
		flags |= AT_SYMLINK_NOFOLLOW;
	int tree = tree_clone(AT_FDCWD, path, flags, e);
	return tree < 0 && err_is(e, ENOENT) ? err_note(e, "the source is missing") : tree;
}

/* What covers a masked file is the host's own node: its mode and times must not be the container's to change. */
static int guard_null(int tree, const char *path, struct err *e)
{
	struct mount_change c = { .set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC };
	if (!fd_is_char_device(tree, 1, 3))
		return err_rule(e, NULL, "\"%s\" is not the null device (character device 1:3)", path);
	return tree_change(tree, &c, e);
}

int perform_source(struct run *r, const struct op *op, struct err *e)
{
	const struct op_source *a = ARGS(op_source, r, op);
	const char *path = run_str(r, a->path);
	_cleanup_close_ int tree = open_source(a, path, e);
	if (tree < 0 && err_is(e, ENOENT) && a->how.v & SOURCE_MAY_MISS) {
		memset(e, 0, sizeof(*e));
		return 0;
	}
	if (tree < 0)
		return -1;
	if (a->how.v & SOURCE_NULL)
		TRY(guard_null(tree, path, e));
	if (a->how.v & SOURCE_SLAVE) {
		struct mount_change c = { .spread = MS_SLAVE, .recursive = true };
		TRY(tree_change(tree, &c, e));
	}
	if (a->idmap.n >= 0)
		TRY(tree_idmap(tree, run_slot(r, a->idmap), a->how.v & SOURCE_IDMAP_TREE, e));
	run_fill(r, a->keep, &tree);
	return 0;
}

/* The whole tree, or the one file. */
int perform_relabel(struct run *r, const struct op *op, struct err *e)
{
	const struct op_relabel *a = ARGS(op_relabel, r, op);
	const char *label = run_str(r, a->label);
	_cleanup_close_ int dir = fd_open_at(run_slot(r, a->tree), ".", O_RDONLY | O_DIRECTORY, 0, e);
	if (dir >= 0)
		return relabel_tree(dir, label, e);
	if (!err_is(e, ENOTDIR))
		return -1;
	memset(e, 0, sizeof(*e));
	return label_set(run_slot(r, a->tree), label, e);
}
