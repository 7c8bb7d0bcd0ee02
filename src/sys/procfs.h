/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_PROCFS_H
#define SOCLE_SYS_PROCFS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/* A procfs that is known to be one.  It is made detached, so nobody can have mounted anything over its files; where the
 * kernel refuses that, the host's is taken, before the container has mounted anything. */
int procfs_open(struct err *e);

/* Write to a file of it.  The walk refuses to leave that very mount and to follow symlinks other than "self". */
int procfs_write(int procfs, const char *path, const char *text, struct err *e);

/* Read one, up to `size` - 1 bytes and a NUL; returns their number. */
ssize_t procfs_read(int procfs, const char *path, char *buf, size_t size, struct err *e);

/* One of our own namespaces, by its name under /proc/self/ns. */
int procfs_open_namespace(int procfs, const char *name, struct err *e);

#endif
