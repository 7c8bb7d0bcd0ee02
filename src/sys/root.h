/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_ROOT_H
#define SOCLE_SYS_ROOT_H

#include <stdbool.h>

#include "base/err.h"

/* Paths inside the container's root.
 *
 * Such a path is a type of its own, so it cannot reach a host call by mistake.  It is resolved once, by openat2
 * confined to the root with magic links refused, to a descriptor; nothing else uses it afterwards. */
struct inroot { const char *s; };

/* What to make where the path does not exist, and what not to follow. */
struct root_want {
	bool directory; /* else a regular file */
	bool real;	/* the last component may not be a symlink */
	bool nofollow;	/* one there is what is wanted itself */
	bool create;
	unsigned file_mode; /* of a file that is made; 0: 0644 */
};

/* What was made on the way, for a caller that must take it away again.  Called with the directory (borrowed),
 * the name in it, and whether it is a directory.  May be NULL. */
struct root_made { void (*made)(void *data, int dir, const char *name, bool directory); void *data; };

/* What was found on the way. */
struct root_got {
	bool crossed; /* symlinks were followed */
	bool missing; /* something had to be made */
};

/* An O_PATH descriptor of what `path` names, made if it is missing and asked for (directories 0755, no umask).
 * A dangling symlink is resolved inside the root and what it names is made there.  `made` and `ret_got` may be
 * NULL. */
int root_open(int root, struct inroot path, struct root_want want, const struct root_made *made,
	      struct root_got *ret_got, struct err *e);

/* O_PATH, nothing made, the last symlink followed or not.  -1 with ENOENT quietly in `e` like any other. */
int root_find(int root, struct inroot path, bool follow, struct err *e);

/* The same path again, for reading, once `at` has shown what is there; anything else is an error. */
int root_reopen(int root, struct inroot path, int at, struct err *e);

/* The directory that holds the last component of `path` (made if missing, where asked), and that component's
 * name in `name` (NAME_MAX + 1 bytes). */
int root_open_parent(int root, struct inroot path, bool create, char *name, struct err *e);

/* The same inode of the same file system? */
bool fd_is_same(int a, int b);

#endif
