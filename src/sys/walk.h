/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_WALK_H
#define SOCLE_SYS_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"

/* A walk through a whole tree by descriptors alone.
 *
 * Of each directory first all that is no directory is visited, then its directories one after the other, without
 * recursion.  Only the deepest WALK_OPEN directories are held open; one above them is opened again through ".."
 * when the walk comes back, and must be the one that it was.  A directory may have a twin in another tree, which
 * is held, closed and opened again along with it. */

#define WALK_OPEN 24

struct walk_dir {
	int fd, twin;	/* twin: -1 if there is none */
	struct stat st; /* of fd, as it was on entering */
	uint32_t node;	/* names it for good: see walk_pin */
};

struct walk;
struct walk_ops {
	bool one_mount; /* a mount point below is an error (EXDEV), else it is walked through */

	/* A directory was opened: `d` has fd and st; d->twin may be set and is then the walk's to close.  `parent` is
	 * NULL at the top, whose descriptors stay the caller's.  May be NULL. */
	int (*enter)(struct walk *w, const struct walk_dir *parent, const char *name, struct walk_dir *d, struct err *e);
	/* Something that is no directory; `type` is a DT_*, as the directory says. */
	int (*entry)(struct walk *w, const struct walk_dir *d, const char *name, unsigned type, struct err *e);
	/* All below has been visited.  May be NULL. */
	int (*leave)(struct walk *w, const struct walk_dir *parent, const char *name, struct walk_dir *d, struct err *e);
};

/* A name in a directory; they stay while something pinned needs them. */
struct walk_node {
	uint32_t parent;
	bool file;
	size_t name; /* an offset into names */
};

struct walk_level {
	struct walk_dir d;
	struct stat twin_st;  /* once its descriptors are closed */
	uint32_t next, end;   /* its nodes: directories still to be entered */
	uint32_t first, pins; /* what can be given up on leaving */
	size_t names;
};

/* What grows: `n` items of those that there is room for. */
struct walk_vec {
	void *items;
	size_t n, room;
};

struct walk {
	const struct walk_ops *ops;
	void *data; /* the caller's */
	struct walk_vec levels, nodes, names;
	uint32_t pins;
	_Alignas(8) char entries[32 << 10];
};

/* Walk from `top`, which is borrowed and may have been read before.  `w` is set up here; what it holds is
 * released at the end, after an error as well.  `twin` is that of the top, or -1. */
int walk_tree(struct walk *w, int top, int twin, const struct walk_ops *ops, void *data, struct err *e);

/* Inside a walk.  The same as err_call with the path from the top to `name` in the directory being visited; NULL:
 * the directory itself. */
int walk_fail(const struct walk *w, const char *call, const char *name, struct err *e);
/* Put that path into an error that has been made. */
int walk_fail_at(const struct walk *w, const char *name, struct err *e);

/* Keep the name of a file, and of all directories above it, to the end.  Returns its node. */
int walk_pin(struct walk *w, const char *name, uint32_t *ret_node, struct err *e);
const struct walk_node *walk_node(const struct walk *w, uint32_t node);
const char *walk_name(const struct walk *w, uint32_t node);

/* Room for `more` items of `size` bytes behind the last. */
int walk_vec_grow(struct walk_vec *v, size_t more, size_t size, struct err *e);
void walk_vec_done(struct walk_vec *v);

#endif
