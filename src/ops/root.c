/* SPDX-License-Identifier: Apache-2.0 */
/* The root of the mount namespace: propagation, the container's root as a mount, the change of root. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/run.h"
#include "sys/fd.h"
#include "sys/mountfd.h"
#include "sys/oldroot.h"

#define AT_RECURSIVE_TREE 0x8000 /* AT_RECURSIVE */

int perform_propagation(struct run *r, const struct op *op, struct err *e)
{
	const struct op_propagation *a = ARGS(op_propagation, r, op);
	_cleanup_close_ int slash = a->at.n < 0 ? fd_open("/", O_PATH | O_DIRECTORY, e) : -1;
	int at = a->at.n < 0 ? slash : run_slot(r, a->at);
	if (at < 0)
		return -1;
	for (uint32_t i = 0; i < a->spread.n; i++) {
		uint32_t spread = plan_number_at(r->plan, a->spread.at, i);
		struct mount_change c = { .spread = spread & ~(uint32_t)MS_REC, .recursive = spread & MS_REC };
		TRY(tree_change(at, &c, e));
	}
	return 0;
}

/* The mount that holds the root is found by walking up to where the mount begins, not by comparing paths (R2). */
static int open_mount_root(int dir, struct err *e)
{
	_cleanup_close_ int at = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	if (at < 0)
		return err_call(e, "fcntl F_DUPFD", NULL);
	for (;;) {
		bool there;
		TRY(fd_is_mount_root(at, &there, e));
		if (there)
			return fd_take(&at);
		int up = fd_open_at(at, "..", O_PATH | O_DIRECTORY, 0, e);
		if (up < 0)
			return -1;
		close(at);
		at = up;
	}
}

static int make_parent_private(int dir, struct err *e)
{
	_cleanup_close_ int parent = open_mount_root(dir, e);
	struct mount_change c = { .spread = MS_PRIVATE };
	if (parent < 0 || tree_change(parent, &c, e) < 0)
		return err_note(e, "making the mount that holds the root private");
	return 0;
}

/* Where the root is attached: onto itself.  The user of a namespace may not be able to reach it; the host has opened
 * the tree then, and any place will do. */
static int open_root(const char *path, bool anywhere, struct err *e)
{
	int dir = fd_open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW, e);
	if (dir < 0 && err_is(e, ENOTDIR))
		return err_note(e, "the root must be a directory itself, not a symlink either");
	if (dir >= 0 || !anywhere || !err_is(e, EACCES))
		return dir;
	memset(e, 0, sizeof(*e));
	return fd_open("/", O_PATH | O_DIRECTORY, e);
}

/* Root bound onto itself, recursively; the handle to that mount is the only way to the root from here on (R3). */
int perform_root(struct run *r, const struct op *op, struct err *e)
{
	const struct op_root *a = ARGS(op_root, r, op);
	const char *path = run_str(r, a->path);
	_cleanup_close_ int dir = open_root(path, a->tree.n >= 0, e);
	struct stat st;
	if (dir < 0)
		return -1;
	if (fstat(a->tree.n >= 0 ? run_slot(r, a->tree) : dir, &st) < 0)
		return err_call(e, "fstat", path);
	run_init(r)->made.image = st.st_dev;
	if (a->how.v & ROOT_NO_MOUNT) {
		run_fill(r, a->keep, &dir);
		return 0;
	}
	if (a->how.v & ROOT_PRIVATE_PARENT)
		TRY(make_parent_private(dir, e));
	_cleanup_close_ int tree = a->tree.n >= 0 ? fd_take(&r->slots[a->tree.n])
						  : tree_clone(dir, "", AT_RECURSIVE_TREE, e);
	if (tree < 0)
		return -1;
	TRY(tree_attach(tree, dir, path, e));
	run_fill(r, a->keep, &tree);
	return 0;
}

/* The old root ends up stacked under the new one at "/", is cut off from propagating what happens to it next,
 * and detached. */
static int pivot(int root, struct err *e)
{
	if (fchdir(root) < 0)
		return err_call(e, "fchdir", NULL);
	_cleanup_close_ int old = fd_open("/", O_PATH | O_DIRECTORY, e);
	if (old < 0)
		return -1;
	if (old_root_pivot() < 0)
		return err_is_initramfs(e);
	struct mount_change c = { .spread = MS_SLAVE, .recursive = true };
	TRY(tree_change(old, &c, e));
	if (fchdir(old) < 0)
		return err_call(e, "fchdir", "old root");
	if (old_root_detach() < 0)
		return err_call(e, "umount2", "old root");
	return 0;
}

static int enter(int root, struct err *e)
{
	if (fchdir(root) < 0)
		return err_call(e, "fchdir", NULL);
	return chroot(".") < 0 ? err_call(e, "chroot", NULL) : 0;
}

int perform_change_root(struct run *r, const struct op *op, struct err *e)
{
	const struct op_change_root *a = ARGS(op_change_root, r, op);
	int root = run_slot(r, a->root);
	switch (a->how.v) {
	case ROOT_PIVOT:
		TRY(pivot(root, e));
		break;
	case ROOT_MOVE:
		TRY(old_root_hide_kernel(root, e));
		TRY(old_root_cover(root, e));
		TRY(enter(root, e));
		break;
	case ROOT_CHROOT:
		TRY(enter(root, e));
		break;
	}
	struct init *i = run_init(r);
	if (i->nofile_raised && setrlimit(RLIMIT_NOFILE, &i->nofile) < 0)
		return err_call(e, "setrlimit", "RLIMIT_NOFILE");
	return chdir("/") < 0 ? err_call(e, "chdir", "/") : 0;
}
