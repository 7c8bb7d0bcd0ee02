/* SPDX-License-Identifier: Apache-2.0 */
/* Sources of bind mounts.
 *
 * All of them are opened before the first target is attached, as detached copies, so nothing that is mounted in
 * the container later can change what a source means. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>

#include "ops/run.h"
#include "sys/fd.h"
#include "sys/mountfd.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

int perform_source(struct run *r, const struct op *op, struct err *e)
{
	const struct op_source *a = ARGS(op_source, r, op);
	const char *path = run_str(r, a->path);
	unsigned flags = a->how.v & SOURCE_RECURSIVE ? AT_RECURSIVE : 0;
	if (a->how.v & SOURCE_NOFOLLOW)
		flags |= AT_SYMLINK_NOFOLLOW;
	_cleanup_close_ int tree = tree_clone(AT_FDCWD, path, flags, e);
	if (tree < 0)
		return err_is(e, ENOENT) ? err_note(e, "source of the mount is missing") : -1;
	if (a->how.v & SOURCE_NULL && !fd_is_char_device(tree, 1, 3))
		return err_rule(e, NULL, "\"%s\" is not the null device (character device 1:3)", path);
	if (a->how.v & SOURCE_SLAVE) {
		struct mount_change c = { .spread = MS_SLAVE, .recursive = true };
		TRY(tree_change(tree, &c, e));
	}
	run_fill(r, a->keep, &tree);
	return 0;
}
