/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_ATTRS_H
#define SOCLE_SYS_ATTRS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Extended attributes of `name` in the directory `dir`, which is never followed and need not be one that can be
 * opened.  `name` NULL: of the open file `dir` itself.  All return what their system call does, with errno.
 *
 * The kernel can do this since 6.13.  Before, it takes descriptors of opened files alone, or paths: for those the
 * process changes to that directory, and back in xattrs_done. */
struct xattrs {
	bool by_cwd;
	int home; /* where the process was, or -1: not changed */
};
#define XATTRS_INIT { .home = -1 }

ssize_t xattr_list(struct xattrs *x, int dir, const char *name, char *list, size_t size);
ssize_t xattr_get(struct xattrs *x, int dir, const char *name, const char *attr, void *value, size_t size);
int xattr_set(struct xattrs *x, int dir, const char *name, const char *attr, const void *value, size_t size);

/* Returns -1 with errno if the process cannot go back to where it was. */
int xattrs_done(struct xattrs *x);

#endif
