/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_STAND_H
#define SOCLE_SYS_STAND_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* Where the calling thread stands: mount namespace, root, working directory, umask.  The library changes them in
 * a process that is not its own, so it first makes them the thread's alone, and puts them back. */
struct stand {
	int root, cwd; /* -1: not taken */
	int ns;	       /* the mount namespace that was left; -1: still there */
	bool new_root; /* the root may have been changed meanwhile */
	mode_t umask;
};
#define STAND_NONE ((struct stand){ .root = -1, .cwd = -1, .ns = -1 })

/* Remember it, give the thread a root, directory and umask that no other thread shares, and set the umask to 0. */
int stand_take(struct stand *s, struct err *e);

/* A new mount namespace, a copy of the one that is left. */
int stand_leave(struct stand *s, struct err *e);

/* Back to where it was: after a failure, as it undoes a change of root and of namespace, too.  Goes on after
 * a failure of its own and reports the first. */
int stand_return(struct stand *s, struct err *e);

/* The umask only, for who stays where it is now. */
void stand_done(struct stand *s);

/* Is the thread's mount namespace that of process 1, whom everybody else shares it with?  No, if that cannot be told
 * or this is process 1. */
bool mount_namespace_is_common(void);

#endif
