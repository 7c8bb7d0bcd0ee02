/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "ops/made.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan/op.h"
#include "sys/calls.h"
#include "sys/fd.h"

/* Where a descriptor leads, by the host's procfs; 0 if it cannot be told. */
static size_t path_of(int fd, char *path, size_t size)
{
	char name[64];
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(name, path, size - 1);
	if (n <= 0)
		return 0;
	path[n] = 0;
	return (size_t)n;
}

static bool list_grow(struct made_list *l)
{
	if (l->n < l->room)
		return true;
	size_t room = l->room ? l->room * 2 : 16;
	struct made **items = realloc(l->items, room * sizeof(struct made *));
	if (!items)
		return false;
	l->items = items;
	l->room = room;
	return true;
}

/* A record that cannot be made leaves an empty mount point behind, no more; the container goes on. */
static void record(void *data, int dir, const char *name, bool directory)
{
	struct made_list *l = data;
	struct stat st;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_dev != l->image || !list_grow(l))
		return;
	struct made *m = malloc(sizeof(struct made));
	size_t n = m ? path_of(dir, m->path, sizeof(m->path)) : 0;
	if (n == 0 || n + 1 + strlen(name) >= sizeof(m->path)) {
		free(m);
		return;
	}
	m->path[n] = '/';
	memcpy(m->path + n + 1, name, strlen(name) + 1);
	m->what = SYNC_MADE;
	m->directory = directory;
	m->dev = st.st_dev;
	m->ino = st.st_ino;
	l->items[l->n++] = m;
}

struct root_made made_recorder(struct made_list *l)
{
	return (struct root_made){ record, l };
}

void made_tell(const struct made_list *l, int channel)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct made *m = l->items[i];
		if (send(channel, m, offsetof(struct made, path) + strlen(m->path) + 1, MSG_NOSIGNAL) < 0)
			return;
	}
}

static void take_away(int root, const struct made *m, const char *path)
{
	char parent[PATH_MAX];
	struct stat st;
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV };
	const char *slash = strrchr(path, '/');
	snprintf(parent, sizeof(parent), "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
	_cleanup_close_ int dir = sys_openat2(root, parent, &how);
	const char *name = slash ? slash + 1 : path;
	if (dir < 0 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_dev != m->dev || st.st_ino != m->ino)
		return;
	if (m->directory || st.st_size == 0)
		unlinkat(dir, name, m->directory ? AT_REMOVEDIR : 0);
}

/* One message of any kind; false at the end, or when nothing comes. */
static bool next(int channel, struct made *m, int limit)
{
	struct pollfd p = { channel, POLLIN, 0 };
	if (poll(&p, 1, limit) <= 0)
		return false;
	memset(m, 0, offsetof(struct made, path) + 1);
	ssize_t n;
	do
		n = recv(channel, m, sizeof(*m) - 1, 0);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET)); /* as in channel.c */
	if (n <= 0)
		return false;
	((char *)m)[n] = 0;
	return true;
}

static void undo_one(int root, const char *prefix, size_t n, const struct made *m)
{
	if (n && strncmp(m->path, prefix, n) == 0 && m->path[n] == '/')
		take_away(root, m, m->path + n + 1);
}

void made_hear(struct made_list *l, int channel, int limit)
{
	struct made m;
	shutdown(channel, SHUT_WR);
	while (next(channel, &m, limit)) {
		struct made *copy = m.what == SYNC_MADE && list_grow(l) ? malloc(sizeof(m)) : NULL;
		if (!copy)
			continue;
		*copy = m;
		l->items[l->n++] = copy;
	}
}

void made_undo(const struct made_list *l, const char *rootfs)
{
	char prefix[PATH_MAX];
	struct err ignored = { 0 };
	_cleanup_close_ int root = l->n ? fd_open(rootfs, O_PATH | O_DIRECTORY | O_NOFOLLOW, &ignored) : -1;
	size_t n = root < 0 ? 0 : path_of(root, prefix, sizeof(prefix));
	for (size_t i = l->n; i-- > 0;)
		undo_one(root, prefix, n, l->items[i]);
}

void made_done(struct made_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->items[i]);
	free(l->items);
	*l = (struct made_list){ 0 };
}
