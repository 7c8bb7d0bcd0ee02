/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_DESTROY_H
#define SOCLE_RUN_DESTROY_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "ops/made.h"

/* Undo all that the journal of this state directory (locked) tells of, and remove the directory.  A failed
 * create, a delete and the repair after a crash are this one function.  It goes on after a failure, keeps the
 * directory then so that it can be tried again, and reports the first. */
int container_destroy(const char *state_root, const char *id, int dir, struct arena *a, struct err *e);

/* By what name a container's cgroups are marked. */
const char *container_owner(const char *state_root, const char *id, struct arena *a);

/* Take away what was made in the image, once nothing is mounted there any more.  `ns` is the path of a mount namespace
 * that was joined, which alone may see the image; NULL: this one.  What cannot be taken away stays: it is empty. */
void image_restore(const struct made_list *made, const char *ns, const char *rootfs);

/* The decimal number, in a file that is replaced at once. */
int pid_file_write(const char *path, int64_t pid, struct err *e);

#endif
