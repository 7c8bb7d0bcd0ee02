/* SPDX-License-Identifier: Apache-2.0 */
/* The walk through a tree: a stack of levels, of which the deepest have their descriptors open.
 *
 * A directory is read to its end before the walk goes deeper, so one buffer serves all, and a directory that was
 * closed needs no position to be opened again.  Names wait in one block of memory, which shrinks again as the
 * walk comes back unless somebody pinned something below. */
#define _GNU_SOURCE
#include "sys/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "sys/calls.h"
#include "sys/fd.h"

#define DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct dirent_kernel {
	uint64_t ino;
	int64_t off;
	uint16_t size;
	uint8_t type;
	char name[];
};

/* ---- what grows -------------------------------------------------------------------------------------------- */

int walk_vec_grow(struct walk_vec *v, size_t more, size_t size, struct err *e)
{
	if (v->n + more <= v->room)
		return 0;
	size_t room = v->room * 2 > v->n + more ? v->room * 2 : v->n + more + 1024 / size;
	void *items = reallocarray(v->items, room, size);
	if (!items)
		return err_call_num(e, ENOMEM, "realloc", NULL);
	v->items = items;
	v->room = room;
	return 0;
}

void walk_vec_done(struct walk_vec *v)
{
	free(v->items);
	*v = (struct walk_vec){ 0 };
}

static struct walk_level *level(const struct walk *w, size_t i)
{
	return (struct walk_level *)w->levels.items + i;
}

static struct walk_level *deepest(const struct walk *w)
{
	return level(w, w->levels.n - 1);
}

const struct walk_node *walk_node(const struct walk *w, uint32_t node)
{
	return (struct walk_node *)w->nodes.items + node;
}

const char *walk_name(const struct walk *w, uint32_t node)
{
	return (const char *)w->names.items + walk_node(w, node)->name;
}

static int add_node(struct walk *w, uint32_t parent, const char *name, bool file, struct err *e)
{
	size_t size = strlen(name) + 1;
	TRY(walk_vec_grow(&w->names, size, 1, e));
	TRY(walk_vec_grow(&w->nodes, 1, sizeof(struct walk_node), e));
	if (w->nodes.n >= UINT32_MAX)
		return err_call_num(e, EOVERFLOW, "walk", NULL);
	memcpy((char *)w->names.items + w->names.n, name, size);
	((struct walk_node *)w->nodes.items)[w->nodes.n++] =
		(struct walk_node){ .parent = parent, .file = file, .name = w->names.n };
	w->names.n += size;
	return 0;
}

int walk_pin(struct walk *w, const char *name, uint32_t *ret_node, struct err *e)
{
	TRY(add_node(w, deepest(w)->d.node, name, true, e));
	*ret_node = (uint32_t)w->nodes.n - 1;
	w->pins++;
	return 0;
}

/* ---- errors ------------------------------------------------------------------------------------------------ */

/* Put `name` in front of what `at` points to; false if there is no room. */
static bool prepend(const char *start, char **at, const char *name)
{
	size_t n = strlen(name), slash = **at != 0;
	if ((size_t)(*at - start) < n + slash)
		return false;
	if (slash)
		*--*at = '/';
	*at -= n;
	memcpy(*at, name, n);
	return true;
}

/* Of a path that is too long the end is kept: it is what tells files apart. */
int walk_fail_at(const struct walk *w, const char *name, struct err *e)
{
	static const char cut[] = "...";
	char path[sizeof(e->path)], *start = path + sizeof(cut) - 1, *at = path + sizeof(path) - 1;
	bool whole = true;
	*at = 0;
	if (name)
		whole = prepend(start, &at, name);
	for (size_t i = w->levels.n; whole && i > 1; i--)
		whole = prepend(start, &at, walk_name(w, level(w, i - 1)->d.node));
	if (!whole) {
		at -= sizeof(cut) - 1;
		memcpy(at, cut, sizeof(cut) - 1);
	}
	memset(e->path, 0, sizeof(e->path));
	memcpy(e->path, *at ? at : ".", *at ? strlen(at) : 1);
	return -1;
}

int walk_fail(const struct walk *w, const char *call, const char *name, struct err *e)
{
	err_call(e, call, NULL);
	return walk_fail_at(w, name, e);
}

/* ---- one directory ----------------------------------------------------------------------------------------- */

static int visit(struct walk *w, const struct dirent_kernel *entry, struct err *e)
{
	const struct walk_dir *d = &deepest(w)->d;
	unsigned type = entry->type;
	struct stat st;
	if (type == DT_UNKNOWN) {
		if (fstatat(d->fd, entry->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return walk_fail(w, "fstatat", entry->name, e);
		type = IFTODT(st.st_mode);
	}
	if (type == DT_DIR)
		return add_node(w, d->node, entry->name, false, e);
	return w->ops->entry(w, d, entry->name, type, e);
}

static bool is_dot(const char *name)
{
	return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

static int read_directory(struct walk *w, struct err *e)
{
	for (;;) {
		long n = syscall(__NR_getdents64, deepest(w)->d.fd, w->entries, sizeof(w->entries));
		if (n < 0)
			return walk_fail(w, "getdents64", NULL, e);
		if (n == 0)
			break;
		for (long at = 0; at < n;) {
			const struct dirent_kernel *entry = (const void *)(w->entries + at);
			at += entry->size;
			if (!is_dot(entry->name))
				TRY(visit(w, entry, e));
		}
	}
	deepest(w)->end = (uint32_t)w->nodes.n;
	return 0;
}

/* ---- down and up ------------------------------------------------------------------------------------------- */

static void close_level(struct walk_level *l)
{
	fd_closep(&l->d.fd);
	fd_closep(&l->d.twin);
}

/* The one that has become too far away; its twin's identity is kept, as that of the directory itself is.  The top
 * is the caller's and stays. */
static int close_distant(struct walk *w, struct err *e)
{
	if (w->levels.n <= WALK_OPEN + 1)
		return 0;
	struct walk_level *l = level(w, w->levels.n - 1 - WALK_OPEN);
	if (l->d.fd >= 0 && l->d.twin >= 0 && fstat(l->d.twin, &l->twin_st) < 0)
		return walk_fail(w, "fstat", NULL, e);
	close_level(l);
	return 0;
}

static int open_above(struct walk *w, int fd, const struct stat *expected, struct err *e)
{
	_cleanup_close_ int above = openat(fd, "..", DIRECTORY);
	struct stat st;
	if (above < 0)
		return walk_fail(w, "open \"..\" of", NULL, e);
	if (fstat(above, &st) < 0)
		return walk_fail(w, "fstat \"..\" of", NULL, e);
	if (st.st_dev != expected->st_dev || st.st_ino != expected->st_ino) {
		err_rule(e, NULL, "it was moved meanwhile");
		return walk_fail_at(w, NULL, e);
	}
	return fd_take(&above);
}

/* The directory above the deepest, open again if it was closed.  NULL in *ret at the top. */
static int parent_of_deepest(struct walk *w, struct walk_dir **ret, struct err *e)
{
	*ret = NULL;
	if (w->levels.n < 2)
		return 0;
	struct walk_level *child = deepest(w), *l = child - 1;
	if (l->d.fd < 0) {
		l->d.fd = open_above(w, child->d.fd, &l->d.st, e);
		if (l->d.fd < 0)
			return -1;
		if (child->d.twin >= 0)
			TRY(l->d.twin = open_above(w, child->d.twin, &l->twin_st, e));
	}
	*ret = &l->d;
	return 0;
}

static int open_directory(struct walk *w, int dir, const char *name, struct err *e)
{
	struct open_how how = { .flags = DIRECTORY, .resolve = RESOLVE_NO_XDEV };
	int fd = w->ops->one_mount ? sys_openat2(dir, name, &how) : openat(dir, name, DIRECTORY);
	return fd < 0 ? walk_fail(w, "open", name, e) : fd;
}

/* Make `d` the deepest level and read it. */
static int push(struct walk *w, struct walk_dir *d, struct err *e)
{
	TRY(walk_vec_grow(&w->levels, 1, sizeof(struct walk_level), e));
	uint32_t n = (uint32_t)w->nodes.n;
	w->levels.n++;
	*deepest(w) = (struct walk_level){ .d = { .fd = fd_take(&d->fd), .twin = fd_take(&d->twin), .st = d->st, .node = d->node },
					   .next = n, .end = n, .first = n, .pins = w->pins, .names = w->names.n };
	TRY(close_distant(w, e));
	return read_directory(w, e);
}

static void walk_dir_done(struct walk_dir *d)
{
	fd_closep(&d->fd);
	fd_closep(&d->twin);
}

static int descend(struct walk *w, uint32_t node, struct err *e)
{
	const struct walk_dir *parent = &deepest(w)->d;
	const char *name = walk_name(w, node);
	_cleanup_(walk_dir_done) struct walk_dir d = { .fd = -1, .twin = -1, .node = node };
	d.fd = open_directory(w, parent->fd, name, e);
	if (d.fd < 0)
		return -1;
	if (fstat(d.fd, &d.st) < 0)
		return walk_fail(w, "fstat", name, e);
	if (w->ops->enter)
		TRY(w->ops->enter(w, parent, name, &d, e));
	return push(w, &d, e);
}

static int ascend(struct walk *w, struct err *e)
{
	struct walk_dir *parent;
	struct walk_level *l = deepest(w);
	TRY(parent_of_deepest(w, &parent, e));
	if (w->ops->leave)
		TRY(w->ops->leave(w, parent, walk_name(w, l->d.node), &l->d, e));
	if (l->pins == w->pins) {
		w->nodes.n = l->first;
		w->names.n = l->names;
	}
	if (parent)
		close_level(l);
	w->levels.n--;
	return 0;
}

static int walk_on(struct walk *w, struct walk_dir *top, struct err *e)
{
	TRY(add_node(w, 0, "", false, e));
	if (fstat(top->fd, &top->st) < 0)
		return walk_fail(w, "fstat", NULL, e);
	if (lseek(top->fd, 0, SEEK_SET) < 0)
		return walk_fail(w, "lseek", NULL, e);
	if (w->ops->enter)
		TRY(w->ops->enter(w, NULL, "", top, e));
	TRY(push(w, top, e));
	while (w->levels.n > 0) {
		struct walk_level *l = deepest(w);
		if (l->next == l->end)
			TRY(ascend(w, e));
		else if (walk_node(w, l->next)->file)
			l->next++;
		else
			TRY(descend(w, l->next++, e));
	}
	return 0;
}

int walk_tree(struct walk *w, int top, int twin, const struct walk_ops *ops, void *data, struct err *e)
{
	memset(w, 0, offsetof(struct walk, entries));
	w->ops = ops;
	w->data = data;
	struct walk_dir d = { .fd = top, .twin = twin };
	int r = walk_on(w, &d, e);
	for (size_t i = 1; i < w->levels.n; i++)
		close_level(level(w, i));
	walk_vec_done(&w->levels);
	walk_vec_done(&w->nodes);
	walk_vec_done(&w->names);
	return r;
}
