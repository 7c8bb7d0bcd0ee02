/* SPDX-License-Identifier: Apache-2.0 */
#include "run/statedir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/span.h"
#include "sys/copytree.h"
#include "sys/fd.h"

#define STATE_MAX (16u << 20)

int container_id_check(const char *id, struct err *e)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-.";
	size_t n = strlen(id);
	if (n == 0)
		return err_rule(e, NULL, "the container id is empty");
	if (n > NAME_MAX)
		return err_rule(e, NULL, "the container id has %zu characters, more than %d", n, NAME_MAX);
	if (id[0] == '.' || span_of(id, allowed) != n)
		return err_rule(e, NULL, "invalid container id \"%.64s\": letters, digits, \"_\", \"+\", \"-\" and, not "
					 "in front, \".\" are allowed", id);
	return 0;
}

static int make_directories(const char *path, struct err *e)
{
	char part[PATH_MAX];
	TRY(buf_fmt(part, sizeof(part), e, "%s", path));
	for (char *c = part + 1; *c; c++) {
		if (*c != '/')
			continue;
		*c = 0;
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return err_call(e, "mkdir", part);
		*c = '/';
	}
	return mkdir(part, 0700) < 0 && errno != EEXIST ? err_call(e, "mkdir", part) : 0;
}

static int check_owner(int dir, const char *path, struct err *e)
{
	struct stat st;
	if (fstat(dir, &st) < 0)
		return err_call(e, "fstat", path);
	if (st.st_uid != geteuid() || (st.st_mode & 022 && !(st.st_mode & S_ISVTX)))
		return err_rule(e, NULL, "the state directory \"%s\" is not ours alone to write (owner %u, mode %04o)",
				path, st.st_uid, st.st_mode & 07777);
	return 0;
}

int state_root_open(const char *path, bool make, struct err *e)
{
	int flags = O_RDONLY | O_DIRECTORY;
	_cleanup_close_ int dir = fd_open(path, flags, e);
	if (dir < 0 && err_is(e, ENOENT) && make) {
		memset(e, 0, sizeof(*e));
		TRY(make_directories(path, e));
		dir = fd_open(path, flags, e);
	}
	if (dir < 0)
		return -1;
	TRY(check_owner(dir, path, e));
	return fd_take(&dir);
}

/* A directory that was removed while we waited for its lock is nobody's. */
int statedir_lock(int dir, enum lock_how how, struct err *e)
{
	struct stat st;
	int r;
	do
		r = flock(dir, LOCK_EX | (how == LOCK_TRY ? LOCK_NB : 0));
	while (r < 0 && errno == EINTR);
	if (r < 0 && errno == EWOULDBLOCK)
		return 0;
	if (r < 0)
		return err_call(e, "flock", "state directory");
	if (fstat(dir, &st) < 0)
		return err_call(e, "fstat", "state directory");
	return st.st_nlink > 0;
}

bool statedir_is_gone(int dir)
{
	struct stat st;
	return fstat(dir, &st) == 0 && st.st_nlink == 0;
}

int statedir_unlock(int dir, struct err *e)
{
	return flock(dir, LOCK_UN) < 0 ? err_call(e, "flock", "state directory") : 0;
}

static int exists(const char *id, struct err *e)
{
	return err_rule(e, NULL, "container with id \"%s\" already exists", id);
}

int statedir_claim(const char *root, const char *id, struct err *e)
{
	_cleanup_close_ int top = state_root_open(root, true, e);
	if (top < 0)
		return -1;
	for (;;) {
		if (mkdirat(top, id, 0700) < 0)
			return errno == EEXIST ? exists(id, e) : err_call(e, "mkdir", id);
		/* A `delete` may come in between, and take it for what a crash has left. */
		_cleanup_close_ int dir = fd_open_at(top, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, e);
		if (dir < 0 && err_is(e, ENOENT)) {
			memset(e, 0, sizeof(*e));
			continue;
		}
		int locked = dir < 0 ? -1 : statedir_lock(dir, LOCK_TRY, e);
		if (locked < 0) {
			unlinkat(top, id, AT_REMOVEDIR);
			return -1;
		}
		if (locked)
			return fd_take(&dir);
	}
}

int statedir_open(const char *root, const char *id, struct err *e)
{
	TRY(container_id_check(id, e));
	_cleanup_close_ int top = state_root_open(root, false, e);
	int dir = top < 0 ? -1 : fd_open_at(top, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, e);
	if (dir < 0 && err_is(e, ENOENT)) {
		memset(e, 0, sizeof(*e));
		err_rule(e, NULL, "container \"%s\": container does not exist", id);
		e->num = ENOENT;
		return -1;
	}
	_cleanup_close_ int checked = dir;
	if (dir < 0 || check_owner(dir, id, e) < 0)
		return -1;
	return fd_take(&checked);
}

/* Nobody reads half of it. */
static int replace_file(int dir, const char *name, const char *next, const char *text, size_t size, struct err *e)
{
	_cleanup_close_ int fd = fd_open_at(dir, next, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600, e);
	if (fd < 0 || fd_write_all(fd, text, size, name, e) < 0)
		return -1;
	return renameat(dir, next, dir, name) < 0 ? err_call(e, "rename", name) : 0;
}

int statedir_write(int dir, const struct state *s, struct err *e)
{
	_cleanup_(buf_done) struct buf text = { 0 };
	state_encode(s, &text);
	return replace_file(dir, STATE_FILE, STATE_FILE ".next", text.data, text.size, e);
}

int statedir_write_resources(int dir, const char *text, size_t size, struct err *e)
{
	return replace_file(dir, RESOURCES_FILE, RESOURCES_FILE ".next", text, size, e);
}

int statedir_write_config(int dir, const char *text, size_t size, struct err *e)
{
	_cleanup_close_ int fd = fd_open_at(dir, CONFIG_NEXT, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600, e);
	return fd < 0 ? -1 : fd_write_all(fd, text, size, CONFIG_FILE, e);
}

int statedir_finish(int dir, struct err *e)
{
	return renameat(dir, CONFIG_NEXT, dir, CONFIG_FILE) < 0 ? err_call(e, "rename", CONFIG_FILE) : 0;
}

/* A shared lock asks, and takes nothing from anybody for longer than that. */
bool statedir_is_creating(int dir)
{
	if (faccessat(dir, CONFIG_NEXT, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (flock(dir, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK;
	flock(dir, LOCK_UN);
	return false;
}

static int read_whole(int fd, const char *name, struct arena *a, char **ret_text, size_t *ret_size, struct err *e)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_call(e, "fstat", name);
	*ret_text = arena_alloc_raw(a, (size_t)st.st_size + 1);
	ssize_t n = fd_read_text(fd, *ret_text, (size_t)st.st_size + 1, name, e);
	*ret_size = n < 0 ? 0 : (size_t)n;
	return n < 0 ? -1 : 0;
}

int statedir_read_config(int dir, struct arena *a, char **ret_text, size_t *ret_size, struct err *e)
{
	_cleanup_close_ int fd = fd_open_at(dir, CONFIG_FILE, O_RDONLY | O_NOFOLLOW, 0, e);
	if (fd < 0 && err_is(e, ENOENT)) { /* whoever created it was killed at the very end */
		memset(e, 0, sizeof(*e));
		fd = fd_open_at(dir, CONFIG_NEXT, O_RDONLY | O_NOFOLLOW, 0, e);
	}
	return fd < 0 ? -1 : read_whole(fd, CONFIG_FILE, a, ret_text, ret_size, e);
}

int statedir_read_resources(int dir, struct arena *a, char **ret_text, size_t *ret_size, struct err *e)
{
	*ret_text = NULL;
	_cleanup_close_ int fd = fd_open_at(dir, RESOURCES_FILE, O_RDONLY | O_NOFOLLOW, 0, e);
	if (fd >= 0)
		return read_whole(fd, RESOURCES_FILE, a, ret_text, ret_size, e);
	if (!err_is(e, ENOENT))
		return -1;
	memset(e, 0, sizeof(*e));
	return 0;
}

/* A state directory that cannot be read names the file that is at fault. */
int statedir_read(int dir, struct arena *a, struct state **ret_state, struct err *e)
{
	*ret_state = NULL;
	_cleanup_close_ int fd = fd_open_at(dir, STATE_FILE, O_RDONLY | O_NOFOLLOW, 0, e);
	if (fd < 0 && err_is(e, ENOENT)) {
		memset(e, 0, sizeof(*e));
		return 0;
	}
	if (fd < 0)
		return -1;
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_call(e, "fstat", STATE_FILE);
	if (st.st_size > STATE_MAX)
		return err_rule(e, NULL, "\"" STATE_FILE "\" has %lld bytes", (long long)st.st_size);
	char *text = arena_alloc(a, (size_t)st.st_size + 1);
	ssize_t n = fd_read_text(fd, text, (size_t)st.st_size + 1, STATE_FILE, e);
	if (n < 0)
		return -1;
	return state_decode(text, (size_t)n, a, ret_state, e) < 0 ? err_note(e, "reading \"" STATE_FILE "\"") : 0;
}

int statedir_remove(const char *root, const char *id, int dir, struct err *e)
{
	/* The state goes last: one that is being created has none yet, and is not waited for by another `delete`. */
	static const char *const files[] = { STATE_FILE ".next", RESOURCES_FILE ".next", RESOURCES_FILE, START_FIFO, START_ERROR, CONFIG_FILE,
					     CONFIG_NEXT, JOURNAL, STATE_FILE };
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (unlinkat(dir, files[i], 0) < 0 && errno != ENOENT)
			return err_call(e, "unlink", files[i]);
	_cleanup_close_ int top = state_root_open(root, false, e);
	if (top < 0)
		return -1;
	if (unlinkat(top, id, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	/* Something that is not ours lies in it; the directory is. */
	return errno == ENOTEMPTY ? remove_tree(top, id, e) : err_call(e, "rmdir", id);
}
