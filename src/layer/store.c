/* SPDX-License-Identifier: Apache-2.0 */
#include "layer/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "layer/ids.h"
#include "sys/copytree.h"
#include "sys/fd.h"

#define DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW)

/* ---- the directories --------------------------------------------------------------------------------------- */

/* Nobody else may write to it, nor, if it is `closed`, look into it. */
static int check_directory(int dir, const char *path, bool closed, struct err *e)
{
	struct stat st;
	if (fstat(dir, &st) < 0)
		return err_call(e, "fstat", path);
	if (st.st_uid == geteuid() && !(st.st_mode & (closed ? 077 : 022)))
		return 0;
	return err_rule(e, NULL, "the layer store's directory \"%s\" is not ours alone (owner %u, mode %04o)", path,
			st.st_uid, st.st_mode & 07777);
}

/* Leading directories are made as by anybody, the last one 0700. */
static int make_path(const char *path, struct err *e)
{
	char *part = strdup(path);
	int r = 0;
	if (!part)
		out_of_memory();
	for (char *c = part + 1; *c && r == 0; c++) {
		if (*c != '/')
			continue;
		*c = 0;
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			r = err_call(e, "mkdir", part);
		*c = '/';
	}
	if (r == 0 && mkdir(part, 0700) < 0 && errno != EEXIST)
		r = err_call(e, "mkdir", path);
	free(part);
	return r;
}

static int open_top(const char *path, bool make, struct err *e)
{
	if (make)
		TRY(make_path(path, e));
	_cleanup_close_ int dir = fd_open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0, e);
	if (dir < 0)
		return -1;
	TRY(check_directory(dir, path, false, e));
	return fd_take(&dir);
}

static int open_below(int parent, const char *name, bool make, struct err *e)
{
	if (make && mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
		return err_call(e, "mkdir", name);
	_cleanup_close_ int dir = fd_open_at(parent, name, DIRECTORY, 0, e);
	if (dir < 0)
		return -1;
	TRY(check_directory(dir, name, true, e));
	return fd_take(&dir);
}

static int open_all(struct layer_store *s, const char *path, const char *driver, bool make, struct err *e)
{
	_cleanup_close_ int top = open_top(path, make, e);
	if (top < 0)
		return -1;
	TRY(s->dir = open_below(top, driver, make, e));
	TRY(s->layers = open_below(s->dir, "layers", make, e));
	TRY(s->made = open_below(s->dir, "new", make, e));
	TRY(s->gone = open_below(s->dir, "gone", make, e));
	struct buf b = { 0 };
	buf_printf(&b, "%s/%s/layers", path, driver);
	s->path = b.data;
	return 0;
}

int layer_store_open(struct layer_store *s, const char *path, const char *driver, bool make, struct err *e)
{
	int r = open_all(s, path, driver, make, e);
	if (r < 0)
		layer_store_done(s);
	return r;
}

void layer_store_done(struct layer_store *s)
{
	fd_closep(&s->dir);
	fd_closep(&s->layers);
	fd_closep(&s->made);
	fd_closep(&s->gone);
	free(s->path);
	s->path = NULL;
}

/* ---- locks ------------------------------------------------------------------------------------------------- */

/* Returns 1 if it is locked now, 0 if somebody else has it (with LOCK_NB). */
static int lock(int fd, int how, const char *what, struct err *e)
{
	int r;
	do
		r = flock(fd, how);
	while (r < 0 && errno == EINTR);
	if (r < 0 && errno == EWOULDBLOCK)
		return 0;
	return r < 0 ? err_call(e, "flock", what) : 1;
}

/* The store's own lock belongs to a descriptor that is opened for the moment: closing it ends it. */
static int lock_store(struct layer_store *s, struct err *e)
{
	_cleanup_close_ int fd = fd_open_at(s->dir, ".", DIRECTORY, 0, e);
	if (fd < 0)
		return -1;
	TRY(lock(fd, LOCK_EX, "the layer store", e));
	return fd_take(&fd);
}

/* Open `name` and lock it at once.  -1 with EBUSY if somebody else has it. */
static int open_locked(int dir, const char *name, int how, struct err *e)
{
	_cleanup_close_ int fd = fd_open_at(dir, name, DIRECTORY, 0, e);
	if (fd < 0)
		return -1;
	int locked = lock(fd, how | LOCK_NB, name, e);
	if (locked == 0)
		return err_call_num(e, EBUSY, "flock", name);
	return locked < 0 ? -1 : fd_take(&fd);
}

/* ---- what is there ----------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void read_stream(DIR *d, struct arena *a, struct strings *names)
{
	size_t room = 0;
	for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (names->n == room) {
			room = room ? room * 2 : 64;
			const char **more = ARENA_ARRAY(a, const char *, room);
			if (names->n > 0)
				memcpy(more, names->items, names->n * sizeof(*more));
			names->items = more;
		}
		names->items[names->n++] = arena_strdup(a, entry->d_name);
	}
}

static int read_names(int dir, struct arena *a, struct strings *ret, struct err *e)
{
	int copy = fd_open_at(dir, ".", DIRECTORY, 0, e);
	if (copy < 0)
		return -1;
	DIR *d = fdopendir(copy);
	if (!d) {
		close(copy);
		return err_call(e, "fdopendir", NULL);
	}
	*ret = (struct strings){ 0 };
	read_stream(d, a, ret);
	closedir(d);
	if (ret->n > 0)
		qsort(ret->items, ret->n, sizeof(*ret->items), by_name);
	return 0;
}

int layer_list(struct layer_store *s, struct arena *a, struct strings *ret_ids, struct err *e)
{
	return read_names(s->layers, a, ret_ids, e);
}

int layer_is_there(struct layer_store *s, const char *id, struct err *e)
{
	struct stat st;
	TRY(layer_id_check(id, e));
	if (fstatat(s->layers, id, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT ? 0 : err_call(e, "fstatat", id);
}

/* ---- leftovers --------------------------------------------------------------------------------------------- */

/* A name in `gone` that nobody else takes, `i` telling apart those of one call. */
static int rename_to_gone(struct layer_store *s, int dir, const char *id, size_t i, char *name, size_t size, struct err *e)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(name, size, "%lld.%09ld.%d.%zu", (long long)now.tv_sec, now.tv_nsec, (int)getpid(), i);
	return renameat(dir, id, s->gone, name) < 0 ? err_call(e, "rename", id) : 0;
}

/* What nobody holds: whoever dies loses his locks.  Each is locked; -1 stands for those that are somebody's. */
struct leftovers {
	struct strings names;
	int *fds;
	size_t n;
};

static int find_leftovers(int dir, struct arena *a, struct leftovers *ret, struct err *e)
{
	*ret = (struct leftovers){ 0 };
	TRY(read_names(dir, a, &ret->names, e));
	ret->fds = ARENA_ARRAY(a, int, ret->names.n + 1);
	for (size_t i = 0; i < ret->names.n; i++) {
		struct err busy;
		ret->fds[i] = open_locked(dir, ret->names.items[i], LOCK_EX, &busy);
		ret->n += ret->fds[i] >= 0;
	}
	return 0;
}

static void close_leftovers(struct leftovers *l)
{
	for (size_t i = 0; i < l->names.n; i++)
		fd_closep(&l->fds[i]);
}

/* A layer that was left unfinished gives its name free at once, however long its removal takes. */
static int give_up_unfinished(struct layer_store *s, struct arena *a, struct err *e)
{
	struct leftovers l;
	char name[96];
	TRY(find_leftovers(s->made, a, &l, e));
	int r = 0;
	for (size_t i = 0; i < l.names.n && r == 0; i++)
		if (l.fds[i] >= 0)
			r = rename_to_gone(s, s->made, l.names.items[i], i, name, sizeof(name), e);
	close_leftovers(&l);
	return r;
}

static int collect(struct layer_store *s, struct arena *a, struct leftovers *ret, struct err *e)
{
	_cleanup_close_ int locked = lock_store(s, e);
	if (locked < 0)
		return -1;
	TRY(give_up_unfinished(s, a, e));
	return find_leftovers(s->gone, a, ret, e);
}

/* Removing takes its time, so the store is not locked meanwhile: the leftovers are.  One that cannot be removed
 * stays: it is in nobody's way. */
static int sweep(struct layer_store *s, struct err *e)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	struct leftovers l;
	struct err ignored;
	TRY(collect(s, &a, &l, e));
	for (size_t i = 0; i < l.names.n; i++)
		if (l.fds[i] >= 0)
			remove_tree(s->gone, l.names.items[i], &ignored);
	close_leftovers(&l);
	return 0;
}

int layer_leftovers(struct layer_store *s, struct arena *a, size_t *ret_n, struct err *e)
{
	struct leftovers made, gone;
	_cleanup_close_ int locked = lock_store(s, e);
	if (locked < 0)
		return -1;
	TRY(find_leftovers(s->made, a, &made, e));
	close_leftovers(&made);
	TRY(find_leftovers(s->gone, a, &gone, e));
	close_leftovers(&gone);
	*ret_n = made.n + gone.n;
	return 0;
}

/* ---- making ------------------------------------------------------------------------------------------------ */

static int claim(struct layer_store *s, const char *id, struct err *e)
{
	_cleanup_close_ int locked = lock_store(s, e);
	if (locked < 0)
		return -1;
	int there = layer_is_there(s, id, e);
	if (there != 0)
		return there < 0 ? -1 : err_rule(e, NULL, "layer \"%s\" already exists", id);
	if (mkdirat(s->made, id, 0700) < 0)
		return errno == EEXIST ? err_rule(e, NULL, "layer \"%s\" is being created", id) :
					 err_call(e, "mkdir", id);
	return open_locked(s->made, id, LOCK_EX, e);
}

int layer_claim(struct layer_store *s, const char *id, struct err *e)
{
	TRY(layer_id_check(id, e));
	TRY(sweep(s, e));
	return claim(s, id, e);
}

/* A crash of the machine is a crash, too: the contents are on the disk before the name is. */
int layer_publish(struct layer_store *s, const char *id, int claimed, struct err *e)
{
	if (syncfs(claimed) < 0)
		return err_call(e, "syncfs", id);
	_cleanup_close_ int locked = lock_store(s, e);
	if (locked < 0)
		return -1;
	if (renameat(s->made, id, s->layers, id) < 0)
		return err_call(e, "rename", id);
	if (fsync(s->layers) == 0)
		return 0;
	err_call(e, "fsync", "layers");
	if (renameat(s->layers, id, s->made, id) < 0) {
		struct err second;
		err_call(&second, "rename", id);
		err_also(e, &second);
	}
	return -1;
}

int layer_abandon(struct layer_store *s, const char *id, struct err *e)
{
	return remove_tree(s->made, id, e);
}

/* ---- using and removing ------------------------------------------------------------------------------------ */

static int absent(const char *id, struct err *e)
{
	return err_rule(e, NULL, "layer \"%s\" does not exist", id);
}

/* With the store locked nobody is half-way through removing it. */
int layer_hold(struct layer_store *s, const char *id, struct err *e)
{
	TRY(layer_id_check(id, e));
	_cleanup_close_ int locked = lock_store(s, e);
	int fd = locked < 0 ? -1 : open_locked(s->layers, id, LOCK_SH, e);
	return fd < 0 && err_is(e, ENOENT) ? absent(id, e) : fd;
}

/* Out of `layers` under a name that nobody else takes; the descriptor holds the lock. */
static int rename_away(struct layer_store *s, const char *id, char *name, size_t size, struct err *e)
{
	_cleanup_close_ int locked = lock_store(s, e);
	if (locked < 0)
		return -1;
	_cleanup_close_ int fd = open_locked(s->layers, id, LOCK_EX, e);
	if (fd < 0 && err_is(e, ENOENT))
		return absent(id, e);
	if (fd < 0 && err_is(e, EBUSY))
		return err_rule(e, NULL, "layer \"%s\" is in use", id);
	if (fd < 0)
		return -1;
	TRY(rename_to_gone(s, s->layers, id, 0, name, size, e));
	return fd_take(&fd);
}

int layer_drop(struct layer_store *s, const char *id, struct err *e)
{
	char name[96];
	TRY(layer_id_check(id, e));
	_cleanup_close_ int fd = rename_away(s, id, name, sizeof(name), e);
	if (fd < 0)
		return -1;
	TRY(remove_tree(s->gone, name, e));
	return sweep(s, e);
}
