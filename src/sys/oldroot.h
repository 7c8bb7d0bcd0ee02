/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_OLDROOT_H
#define SOCLE_SYS_OLDROOT_H

#include "base/err.h"

/* The few calls on mounts that the kernel offers by path only.  Every path here is "." or "/", or one that the
 * kernel itself wrote into mountinfo. */

/* pivot_root(".", "."): the working directory is the new root. */
int old_root_pivot(void);

/* The sentence for an errno of pivot_root. */
int err_is_initramfs(struct err *e);

/* Detach the working directory's mount and all below. */
int old_root_detach(void);

/* Detach this mount (a directory) and all below, by way of the working directory, which is afterwards as it was. */
int tree_detach(int tree, struct err *e);

/* Every proc and sysfs mount outside `root` is detached or, where that is refused, covered by an empty tmpfs:
 * a root that is only moved onto "/" leaves the old one reachable for who finds a way up. */
int old_root_hide_kernel(int root, struct err *e);

/* Move the root's mount onto "/". */
int old_root_cover(int root, struct err *e);

#endif
