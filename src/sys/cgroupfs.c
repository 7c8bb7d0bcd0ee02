/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/cgroupfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/buf.h"
#include "base/span.h"
#include "sys/calls.h"
#include "sys/fd.h"
#include "sys/freezer.h"
#include "sys/walk.h"

/* How long processes that were killed may take to be gone. */
#define REMOVE_TRIES 1000
#define REMOVE_PAUSE 10 /* ms */

/* Make the parent of `path`, telling `before` of each one that is missing.  `path` is put back as it was. */
static int make_parents(char *path, int (*before)(void *, const char *, struct err *), void *data, struct err *e)
{
	char *slash = strrchr(path, '/');
	if (!slash || slash == path)
		return err_call_num(e, ENOENT, "mkdir", path);
	*slash = 0;
	int r = 0;
	if (access(path, F_OK) < 0) {
		r = make_parents(path, before, data, e);
		if (r == 0)
			r = before(data, path, e);
		if (r == 0 && mkdir(path, 0755) < 0 && errno != EEXIST)
			r = err_call(e, "mkdir", path);
	}
	*slash = '/';
	return r;
}

int cgroup_make(const char *path, int (*before)(void *data, const char *path, struct err *e), void *data,
		bool *ret_existed, struct err *e)
{
	int r = mkdir(path, 0755);
	if (r < 0 && errno == ENOENT) {
		char copy[PATH_MAX];
		TRY(buf_fmt(copy, sizeof(copy), e, "%s", path));
		TRY(make_parents(copy, before, data, e));
		r = mkdir(path, 0755);
	}
	*ret_existed = r < 0 && errno == EEXIST;
	if (r < 0 && errno != EEXIST)
		return err_call(e, "mkdir", path);
	return fd_open(path, O_RDONLY | O_DIRECTORY, e);
}

/* ---- cpuset ----------------------------------------------------------------------------------------------- */

static int copy_setting(int dir, const char *name, struct err *e)
{
	char own[4096], above[4096], up[64];
	snprintf(up, sizeof(up), "../%s", name);
	if (fd_read_file_at(dir, name, own, sizeof(own), e) < 0)
		return -1;
	if (own[0] && own[0] != '\n')
		return 0;
	if (fd_read_file_at(dir, up, above, sizeof(above), e) < 0)
		return -1;
	if (above[0] == 0 || above[0] == '\n') {
		_cleanup_close_ int parent = fd_open_at(dir, "..", O_RDONLY | O_DIRECTORY, 0, e);
		if (parent < 0 || copy_setting(parent, name, e) < 0 ||
		    fd_read_file_at(dir, up, above, sizeof(above), e) < 0)
			return -1;
	}
	return fd_write_file_at(dir, name, above, e);
}

int cgroup_copy_cpuset(int dir, const char *path, struct err *e)
{
	if (copy_setting(dir, "cpuset.cpus", e) < 0 || copy_setting(dir, "cpuset.mems", e) < 0)
		return err_note(e, "copying the cpuset of the cgroup above \"%s\"", path);
	return 0;
}

/* ---- processes -------------------------------------------------------------------------------------------- */

/* Each process listed in cgroup.procs is handed to `see`, until it says no. */
static int each_process(int dir, int (*see)(void *data, pid_t pid), void *data, struct err *e)
{
	_cleanup_close_ int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENODEV ? 0 : err_call(e, "open", "cgroup.procs");
	FILE *f = fdopen(fd, "r");
	if (!f)
		return err_call(e, "fdopen", "cgroup.procs");
	fd_take(&fd);
	int pid, r = 0;
	while (r == 0 && fscanf(f, "%d", &pid) == 1)
		r = see(data, pid);
	fclose(f);
	return r < 0 ? -1 : 0;
}

static int see_any(void *data, pid_t pid)
{
	(void)pid;
	*(bool *)data = true;
	return 1;
}

int cgroup_is_populated(int dir, bool *ret_yes, struct err *e)
{
	*ret_yes = false;
	return each_process(dir, see_any, ret_yes, e);
}

/* ---- whose it is ------------------------------------------------------------------------------------------ */

#define OWNER "trusted.socle"

void cgroup_mark(int dir, const char *owner)
{
	fsetxattr(dir, OWNER, owner, strlen(owner), 0);
}

bool cgroup_is_somebody_elses(const char *path, const char *owner)
{
	char mark[PATH_MAX];
	ssize_t n = getxattr(path, OWNER, mark, sizeof(mark));
	return n > 0 && ((size_t)n != strlen(owner) || memcmp(mark, owner, (size_t)n) != 0);
}

/* The kernel's list, since Linux 4.15; before, it was this one. */
#define DELEGATED      "/sys/kernel/cgroup/delegate"
#define DELEGATED_ONCE "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\nmemory.oom.group\n"

int cgroup_set_owner(int dir, uint32_t uid, struct err *e)
{
	char list[4096];
	struct err ignored = { 0 };
	if (fd_read_file_at(AT_FDCWD, DELEGATED, list, sizeof(list), &ignored) <= 0)
		snprintf(list, sizeof(list), "%s", DELEGATED_ONCE);
	for (char *name = list, *end; *name; name = end) {
		end = name + span_until(name, "\n");
		if (*end)
			*end++ = 0;
		if (fchownat(dir, name, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
			return err_call(e, "fchownat", name);
	}
	return fchown(dir, uid, (gid_t)-1) < 0 ? err_call(e, "fchown", NULL) : 0;
}

/* ---- trees of cgroups ------------------------------------------------------------------------------------- */

typedef int leave_fn(struct walk *w, const struct walk_dir *parent, const char *name, struct walk_dir *d, struct err *e);

static int no_directory(struct walk *w, const struct walk_dir *d, const char *name, unsigned type, struct err *e)
{
	(void)w, (void)d, (void)name, (void)type, (void)e;
	return 0;
}

/* Call `leave` for every cgroup below `path` and then for that; children first.  A container that may write to its
 * cgroups nests them as deep as it likes, so few of them are held open.  One that vanishes ends the walk. */
static int each_cgroup(const char *path, leave_fn *leave, void *data, struct err *e)
{
	const struct walk_ops ops = { .entry = no_directory, .leave = leave };
	struct walk w;
	_cleanup_close_ int top = fd_open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, e);
	if (top >= 0 && walk_tree(&w, top, -1, &ops, data, e) == 0)
		return 0;
	if (!err_is(e, ENOENT) && !err_is(e, ENODEV))
		return -1;
	memset(e, 0, sizeof(*e));
	return 0;
}

struct seeing { int (*see)(void *data, int pid); void *data; };

static int see_cgroup(struct walk *w, const struct walk_dir *parent, const char *name, struct walk_dir *d, struct err *e)
{
	(void)parent, (void)name;
	const struct seeing *s = w->data;
	return each_process(d->fd, s->see, s->data, e);
}

int cgroup_each_process(const char *path, int (*see)(void *data, int pid), void *data, struct err *e)
{
	struct seeing s = { see, data };
	return each_cgroup(path, see_cgroup, &s, e);
}

struct signalling { int signal; unsigned sent; };

static int send_one(void *data, pid_t pid)
{
	struct signalling *s = data;
	if (pid > 1 && kill(pid, s->signal) == 0)
		s->sent++;
	return 0;
}

static int signal_cgroup(struct walk *w, const struct walk_dir *parent, const char *name, struct walk_dir *d, struct err *e)
{
	(void)parent, (void)name, (void)e;
	struct err ignored = { 0 };
	each_process(d->fd, send_one, w->data, &ignored);
	return 0;
}

/* cgroup.kill, where there is one: atomic, frozen or not, with all below. */
static bool kill_at_once(const struct strings *dirs)
{
	struct err ignored = { 0 };
	for (size_t i = 0; i < dirs->n; i++) {
		_cleanup_close_ int dir = fd_open(dirs->items[i], O_PATH | O_DIRECTORY, &ignored);
		if (dir >= 0 && fd_write_file_at(dir, "cgroup.kill", "1", &ignored) == 0)
			return true;
	}
	return false;
}

/* All hierarchies list the same processes, unless somebody has moved one: a second signal harms those alone that
 * count them, so the first hierarchy that has any will do. */
static int signal_each(const struct strings *dirs, int signal, unsigned *ret_sent, struct err *e)
{
	struct signalling s = { signal, 0 };
	for (size_t i = 0; i < dirs->n && s.sent == 0; i++)
		TRY(each_cgroup(dirs->items[i], signal_cgroup, &s, e));
	*ret_sent = s.sent;
	return 0;
}

/* Without any freezer: as long as there is somebody to kill.  Whoever has got it makes no more of them. */
static int kill_each(const struct strings *dirs, struct err *e)
{
	unsigned sent = 1;
	for (int i = 0; i < REMOVE_TRIES && sent > 0; i++) {
		TRY(signal_each(dirs, SIGKILL, &sent, e));
		poll(NULL, 0, i < 10 ? 0 : 1);
	}
	return 0;
}

static int remove_below(struct walk *w, const struct walk_dir *parent, const char *name, struct walk_dir *d, struct err *e)
{
	(void)d;
	if (!parent || unlinkat(parent->fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT || errno == EBUSY)
		return 0;
	return walk_fail(w, "rmdir", name, e);
}

static int thaw_one(struct walk *w, const struct walk_dir *parent, const char *name, struct walk_dir *d, struct err *e)
{
	(void)w, (void)parent, (void)name, (void)e;
	struct err ignored = { 0 };
	fd_write_file_at(d->fd, "freezer.state", "THAWED", &ignored);
	return 0;
}

void cgroup_thaw(const char *path)
{
	struct err ignored = { 0 };
	each_cgroup(path, thaw_one, NULL, &ignored);
}

/* What version 1 holds does not die, and a cgroup below may be frozen by itself. */
static int thaw_all(const struct strings *dirs)
{
	for (size_t i = 0; i < dirs->n; i++)
		cgroup_thaw(dirs->items[i]);
	return 0;
}

int cgroup_signal(const struct strings *dirs, int signal, struct err *e)
{
	unsigned sent;
	struct err ignored = { 0 };
	if (signal == SIGKILL && kill_at_once(dirs))
		return thaw_all(dirs);
	bool was_frozen = freezer_is_frozen(dirs);
	bool frozen = was_frozen || (freezer_exists(dirs) && freezer_freeze(dirs, &ignored) == 0);
	if (!frozen && signal == SIGKILL)
		return kill_each(dirs, e);
	int r = signal_each(dirs, signal, &sent, e);
	if (frozen && (!was_frozen || signal == SIGKILL))
		freezer_thaw(dirs, &ignored);
	if (signal == SIGKILL)
		thaw_all(dirs);
	return r;
}

int cgroup_remove(const char *path, struct err *e)
{
	for (int i = 0; i < REMOVE_TRIES; i++) {
		if (rmdir(path) == 0 || errno == ENOENT)
			return 0;
		if (errno == EROFS && access(path, F_OK) < 0)
			return 0; /* a read-only file system does not look whether it is there */
		if (errno != EBUSY && errno != ENOTEMPTY)
			return err_call(e, "rmdir", path);
		if (i > 0)
			cgroup_thaw(path);
		TRY(cgroup_signal(&(struct strings){ 1, &path }, SIGKILL, e));
		TRY(each_cgroup(path, remove_below, NULL, e));
		poll(NULL, 0, i == 0 ? 1 : REMOVE_PAUSE);
	}
	return err_call_num(e, EBUSY, "rmdir", path);
}

bool cgroup_remove_empty(const char *path)
{
	return rmdir(path) == 0 || errno == ENOENT;
}

int cgroup_open_below(int dir, const char *path, struct err *e)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	int fd = sys_openat2(dir, path, &how);
	return fd < 0 ? err_call(e, "openat2", path) : fd;
}

bool cgroup_is_for_children(int dir)
{
	char text[256];
	struct err ignored = { 0 };
	return fd_read_file_at(dir, "cgroup.subtree_control", text, sizeof(text), &ignored) > 1;
}

int cgroup_of_process(int64_t pid, char *buf, size_t size, struct err *e)
{
	char path[64], text[8192];
	TRY(buf_fmt(path, sizeof(path), e, "/proc/%lld/cgroup", (long long)pid));
	TRY((int)fd_read_file_at(AT_FDCWD, path, text, sizeof(text), e));
	for (char *line = text, *end; *line; line = end) {
		end = line + span_until(line, "\n");
		if (*end)
			*end++ = 0;
		if (strncmp(line, "0::", 3) == 0)
			return buf_fmt(buf, size, e, "%s", line + 3);
	}
	return err_rule(e, NULL, "process %lld has no cgroup of version 2", (long long)pid);
}
