/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_PROCFS_H
#define SOCLE_SYS_PROCFS_H

#include "base/err.h"

/* A procfs that is known to be one.  It is made detached, so nobody can have mounted anything over its files; where the
 * kernel refuses that, the host's is taken, before the container has mounted anything. */
int procfs_open(struct err *e);

/* Write to a file of it.  The walk refuses to leave that very mount and to follow symlinks other than "self". */
int procfs_write(int procfs, const char *path, const char *text, struct err *e);

#endif
