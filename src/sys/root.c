/* SPDX-License-Identifier: Apache-2.0 */
/* Resolution inside the container's root.
 *
 * The kernel resolves whatever exists, in one openat2.  Only where something is missing and must be made does
 * the walk below go component by component: from each directory's descriptor to the next, never following a
 * symlink by itself but reading it and walking on from where it leads, with ".." popping a stack of descriptors.
 * So it cannot leave the root whatever is renamed meanwhile, and it makes things only in directories it holds. */
#define _GNU_SOURCE
#include "sys/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/span.h"
#include "sys/calls.h"
#include "sys/fd.h"
#include "sys/mountfd.h"

#define RETRIES	  128 /* openat2 answers EAGAIN while somebody renames under it */
#define LINKS_MAX 40
#define DEPTH_MAX 128

static int open_in_root(int root, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = flags | O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve,
	};
	int fd = -1;
	for (int i = 0; i < RETRIES; i++) {
		fd = sys_openat2(root, path, &how);
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd;
}

struct walk {
	const struct root_want *want;
	const struct root_made *made;
	int stack[DEPTH_MAX]; /* stack[0] is the root, borrowed */
	int depth;
	int links;
	char rest[PATH_MAX]; /* what is still to be walked */
};

static void walk_pop_to(struct walk *w, int depth)
{
	while (w->depth > depth)
		fd_closep(&w->stack[w->depth--]);
}

static void walk_done(struct walk *w)
{
	walk_pop_to(w, 0);
}

/* Take the next component off `rest`; false at the end.  *last: nothing comes after it. */
static bool walk_next(struct walk *w, char *name, bool *last)
{
	char *p = w->rest + span_of(w->rest, "/");
	size_t n = span_until(p, "/");
	if (n == 0)
		return false;
	if (n > NAME_MAX)
		n = NAME_MAX + 1; /* the kernel then says ENAMETOOLONG of its own */
	memcpy(name, p, n);
	name[n] = 0;
	p += n;
	*last = p[span_of(p, "/")] == 0;
	memmove(w->rest, p, strlen(p) + 1);
	return true;
}

/* Put a symlink's text in front of what is left. */
static int walk_splice(struct walk *w, int link, const char *name, struct err *e)
{
	char text[PATH_MAX], rest[PATH_MAX];
	ssize_t n = readlinkat(link, "", text, sizeof(text) - 1);
	if (n < 0)
		return err_call(e, "readlinkat", name);
	text[n] = 0;
	if (++w->links > LINKS_MAX)
		return err_call_num(e, ELOOP, "openat2", name);
	if (text[0] == '/')
		walk_pop_to(w, 0);
	memcpy(rest, w->rest, sizeof(rest));
	if ((size_t)snprintf(w->rest, sizeof(w->rest), "%s%s", text, rest) >= sizeof(w->rest))
		return err_call_num(e, ENAMETOOLONG, "openat2", name);
	return 0;
}

static int walk_make(struct walk *w, int dir, const char *name, bool directory, struct err *e)
{
	unsigned mode = w->want->file_mode ? w->want->file_mode : 0644;
	int r = directory ? mkdirat(dir, name, 0755) : mknodat(dir, name, S_IFREG | mode, 0);
	if (r < 0 && errno != EEXIST)
		return err_call(e, directory ? "mkdirat" : "mknodat", name);
	if (r == 0 && w->made && w->made->made)
		w->made->made(w->made->data, dir, name, directory);
	return 0;
}

/* Open `name` in `dir`, made if it is missing. */
static int walk_open(struct walk *w, int dir, const char *name, bool directory, struct err *e)
{
	for (int i = 0; i < RETRIES; i++) {
		int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0)
			return fd;
		if (errno != ENOENT || !w->want->create)
			break;
		TRY(walk_make(w, dir, name, directory, e));
	}
	return err_call(e, "openat", name);
}

/* procfs's links to what a process has open lead out of every root: they are not walked by their text, either. */
static bool is_magic_link(int dir, const char *name, int link)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS };
	if (!fd_is_procfs(link))
		return false;
	_cleanup_close_ int fd = sys_openat2(dir, name, &how);
	return fd < 0 && errno == ELOOP;
}

/* One component.  Returns 0, or -1; the walk's stack then ends with where it leads. */
static int walk_step(struct walk *w, const char *name, bool last, struct err *e)
{
	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		walk_pop_to(w, w->depth > 0 ? w->depth - 1 : 0);
		return 0;
	}
	_cleanup_close_ int fd = walk_open(w, w->stack[w->depth], name, !last || w->want->directory, e);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fd < 0 ? -1 : err_call(e, "fstat", name);
	if (S_ISLNK(st.st_mode) && !(last && w->want->nofollow))
		return (last && w->want->real) || is_magic_link(w->stack[w->depth], name, fd)
			       ? err_call_num(e, ELOOP, "openat2", name)
			       : walk_splice(w, fd, name, e);
	if (!last && !S_ISDIR(st.st_mode))
		return err_call_num(e, ENOTDIR, "openat2", name);
	if (w->depth + 1 >= DEPTH_MAX)
		return err_call_num(e, ENAMETOOLONG, "openat2", name);
	w->stack[++w->depth] = fd_take(&fd);
	return 0;
}

static int walk_path(int root, const char *path, const struct root_want *want, const struct root_made *made,
		     bool *ret_crossed, struct err *e)
{
	_cleanup_(walk_done) struct walk w = { .want = want, .made = made, .stack = { root } };
	char name[NAME_MAX + 2];
	bool last;
	if ((size_t)snprintf(w.rest, sizeof(w.rest), "%s", path) >= sizeof(w.rest))
		return err_call_num(e, ENAMETOOLONG, "openat2", path);
	while (walk_next(&w, name, &last))
		TRY(walk_step(&w, name, last, e));
	*ret_crossed |= w.links > 0;
	if (w.depth == 0) {
		int fd = fcntl(root, F_DUPFD_CLOEXEC, 0);
		return fd < 0 ? err_call(e, "fcntl F_DUPFD", path) : fd;
	}
	return fd_take(&w.stack[w.depth]);
}

/* Split off the last component; "/", "." and ".." have none that could be made. */
static int split_last(const char *path, char *parent, size_t size, char *name, struct err *e)
{
	size_t n = strlen(path);
	while (n > 0 && path[n - 1] == '/')
		n--;
	size_t start = n;
	while (start > 0 && path[start - 1] != '/')
		start--;
	if (n - start > NAME_MAX || start >= size)
		return err_call_num(e, ENAMETOOLONG, "openat2", path);
	memcpy(name, path + start, n - start);
	name[n - start] = 0;
	memcpy(parent, path, start);
	parent[start] = 0;
	if (name[0] == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return err_rule(e, NULL, "\"%s\" names no file", path);
	return 0;
}

/* The usual case: only the last component is missing, and no symlink is on the way.  -1 if it is another case. */
static int make_last(int root, const char *path, const struct root_want *want, const struct root_made *made)
{
	char parent[PATH_MAX], name[NAME_MAX + 1];
	struct err ignored = { 0 };
	struct walk w = { .want = want, .made = made };
	if (split_last(path, parent, sizeof(parent), name, &ignored) < 0)
		return -1;
	_cleanup_close_ int dir = open_in_root(root, parent[0] ? parent : "/", O_DIRECTORY, RESOLVE_NO_SYMLINKS);
	if (dir < 0 || walk_make(&w, dir, name, want->directory, &ignored) < 0)
		return -1;
	return openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC | (want->directory ? O_DIRECTORY : 0));
}

int root_open(int root, struct inroot path, struct root_want want, const struct root_made *made,
	      struct root_got *ret_got, struct err *e)
{
	struct root_got got = { 0 };
	int fd = open_in_root(root, path.s, 0, RESOLVE_NO_SYMLINKS);
	if (fd < 0 && errno == ELOOP) {
		got.crossed = true;
		fd = open_in_root(root, path.s, want.real || want.nofollow ? O_NOFOLLOW : 0, 0);
	}
	got.missing = fd < 0 && errno == ENOENT && want.create;
	if (got.missing)
		fd = got.crossed ? -1 : make_last(root, path.s, &want, made);
	if (got.missing && fd < 0)
		fd = walk_path(root, path.s, &want, made, &got.crossed, e);
	else if (fd < 0)
		return err_call(e, "openat2", path.s);
	if (ret_got)
		*ret_got = got;
	return fd;
}

int root_find(int root, struct inroot path, bool follow, struct err *e)
{
	int fd = open_in_root(root, path.s, follow ? 0 : O_NOFOLLOW, 0);
	return fd < 0 ? err_call(e, "openat2", path.s) : fd;
}

int root_open_parent(int root, struct inroot path, bool create, char *name, struct err *e)
{
	char parent[PATH_MAX];
	TRY(split_last(path.s, parent, sizeof(parent), name, e));
	struct root_want want = { .directory = true, .create = create };
	return root_open(root, (struct inroot){ parent[0] ? parent : "/" }, want, NULL, NULL, e);
}

int root_reopen(int root, struct inroot path, int at, struct err *e)
{
	struct open_how how = { .flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	_cleanup_close_ int fd = sys_openat2(root, path.s, &how);
	if (fd < 0)
		return err_call(e, "openat2", path.s);
	return fd_is_same(fd, at) ? fd_take(&fd) : err_rule(e, NULL, "\"%s\" was swapped", path.s);
}

bool fd_is_same(int a, int b)
{
	struct stat x, y;
	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}
