/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_MOUNTFD_H
#define SOCLE_SYS_MOUNTFD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Mounts as descriptors: made detached, given all their attributes while nobody sees them, then attached to
 * a target that is a descriptor too.  No function here takes a path of the container.
 *
 * Where one fails, what the kernel wrote to the mount's log is in e->kernel. */

struct mount_change { uint64_t set, clear; uint32_t spread; /* MS_SHARED … or 0 */ bool recursive; };

/* A context for a new file system of this type. */
int fs_open(const char *type, struct err *e);
/* One option; `value` NULL for a flag. */
int fs_set(int fs, const char *key, const char *value, struct err *e);
int fs_create(int fs, struct err *e);
/* The mount, detached, with these MOUNT_ATTR_* flags. */
int fs_mount(int fs, uint64_t attrs, struct err *e);

/* A detached copy of the tree at `path` under `dir` ("" with the descriptor itself).  `flags`: AT_RECURSIVE,
 * AT_SYMLINK_NOFOLLOW. */
int tree_clone(int dir, const char *path, unsigned flags, struct err *e);

/* Change a mount's attributes or propagation, on the mount itself or on all below as well. */
int tree_change(int tree, const struct mount_change *c, struct err *e);

/* Attach a detached tree.  The descriptor stays a handle to the mount. */
int tree_attach(int tree, int target, const char *what, struct err *e);

/* Show the ids of a detached tree through the maps of a user namespace.  Where the file system cannot, the error
 * names it, and the kernel that can. */
int tree_idmap(int tree, int userns, bool recursive, struct err *e);

/* Is this the root of a mount? */
int fd_is_mount_root(int fd, bool *ret_yes, struct err *e);

/* Does the descriptor lie on a procfs? */
bool fd_is_procfs(int fd);

/* All that the kernel wrote to the context's log, into e->kernel. */
void fs_log(int fs, struct err *e);

#endif
