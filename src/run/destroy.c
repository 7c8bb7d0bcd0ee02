/* SPDX-License-Identifier: Apache-2.0 */
#include "run/destroy.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <linux/nsfs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "run/journal.h"
#include "run/rdt.h"
#include "run/statedir.h"
#include "run/unit.h"
#include "sys/cgroupfs.h"
#include "sys/fd.h"
#include "sys/mountfd.h"
#include "sys/oldroot.h"
#include "sys/process.h"
#include "sys/spawn.h"

const char *container_owner(const char *state_root, const char *id, struct arena *a)
{
	return arena_fmt(a, "%s/%s", state_root, id);
}

/* The container's own cgroups stand first in the journal; parents that had to be made for them follow, and others
 * may use those by now. */
static bool is_parent(const struct journal *j, size_t i)
{
	size_t n = strlen(j->items[i].value);
	for (size_t k = 0; k < i; k++)
		if (strncmp(j->items[k].value, j->items[i].value, n) == 0 && j->items[k].value[n] == '/')
			return true;
	return false;
}

/* The container's own, as far as there is something left of them. */
static struct strings remaining_cgroups(const struct journal *j, const char *owner, struct arena *a)
{
	struct strings own = { 0, ARENA_ARRAY(a, const char *, j->n) };
	for (size_t i = 0; i < j->n; i++)
		if (j->items[i].kind == JOURNAL_CGROUP && !is_parent(j, i) &&
		    !cgroup_is_somebody_elses(j->items[i].value, owner) && !cgroup_remove_empty(j->items[i].value))
			own.items[own.n++] = j->items[i].value;
	return own;
}

static void remove_parents(const struct journal *j)
{
	for (size_t i = j->n; i-- > 0;)
		if (j->items[i].kind == JOURNAL_CGROUP && is_parent(j, i))
			cgroup_remove_empty(j->items[i].value);
}

/* First what is the container's own, then the parents, the last made first.  Whatever is still alive is killed all at
 * once, as not each of the cgroups has the means to hold it or to kill it. */
static int undo_cgroups(const struct journal *j, const char *owner, struct arena *a, struct err *e)
{
	struct strings own = remaining_cgroups(j, owner, a);
	int r = own.n ? cgroup_signal(&own, SIGKILL, e) : 0;
	for (size_t i = 0; i < own.n; i++) {
		struct err one = { 0 };
		if (cgroup_remove(own.items[i], &one) == 0)
			continue;
		if (r == 0)
			*e = one;
		r = -1;
	}
	if (r == 0)
		remove_parents(j);
	return r;
}

/* One that holds something stays, whosever it is. */
static void remove_empty_cgroups(const struct journal *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->items[i].kind == JOURNAL_CGROUP && !is_parent(j, i))
			cgroup_remove_empty(j->items[i].value);
	remove_parents(j);
}

static const char *find_unit(const struct journal *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->items[i].kind == JOURNAL_UNIT)
			return j->items[i].value;
	return NULL;
}

/* The cgroups of a unit that is somebody else's are theirs, too, but for those that it does not use: systemd has none in
 * some hierarchies of version 1.  What can be killed is killed even if systemd does not answer. */
static int undo_unit(const struct journal *j, const char *owner, struct arena *a, struct err *e)
{
	const char *name = find_unit(j);
	struct err second = { 0 };
	if (!name)
		return undo_cgroups(j, owner, a, e);
	_cleanup_(unit_done) struct unit unit = { 0 };
	int found = unit_find(name, owner, a, &unit, e);
	if (found == 0 && unit.foreign) {
		remove_empty_cgroups(j);
		return 0;
	}
	int r = undo_cgroups(j, owner, a, &second);
	if (found < 0) {
		err_also(e, &second);
		return -1;
	}
	if (r < 0)
		*e = second;
	return r < 0 || unit_remove(&unit, e) < 0 ? -1 : 0;
}

struct joined { int ns; const char *rootfs; };

/* Who has no rights in it may have them in the user namespace that owns it. */
static int enter_mounts(int ns)
{
	if (setns(ns, CLONE_NEWNS) == 0)
		return 0;
	if (errno != EPERM)
		return -1;
	_cleanup_close_ int owner = ioctl(ns, NS_GET_USERNS);
	return owner < 0 || setns(owner, CLONE_NEWUSER) < 0 ? -1 : setns(ns, CLONE_NEWNS);
}

/* Only what is a mount of its own: the image may lie on the root of a file system. */
static int detach_root(void *data)
{
	const struct joined *j = data;
	struct err ignored = { 0 };
	bool mounted = false;
	if (enter_mounts(j->ns) < 0)
		return errno != EINVAL; /* no mount namespace: create was refused for it, and mounted nothing there */
	_cleanup_close_ int root = fd_open(j->rootfs, O_PATH | O_DIRECTORY | O_NOFOLLOW, &ignored);
	if (root < 0 || fd_is_mount_root(root, &mounted, &ignored) < 0 || !mounted)
		return 0;
	return fchdir(root) < 0 || old_root_detach() < 0;
}

/* A process of its own, as one cannot come back from somebody else's mount namespace as one was. */
static int leave_mounts(const char *ns, const char *rootfs, struct err *e)
{
	int status;
	struct err absent = { 0 };
	_cleanup_close_ int pidfd = -1, fd = fd_open(ns, O_RDONLY, &absent);
	if (fd < 0)
		return 0; /* gone, and all mounts with it */
	int pid = spawn_function(detach_root, &(struct joined){ fd, rootfs }, &pidfd, e);
	if (pid < 0)
		return -1;
	TRY(pidfd_wait(pidfd, &status, e));
	return status ? err_rule(e, NULL, "the root's mount in the mount namespace \"%s\" could not be detached", ns) : 0;
}

struct restored { int ns; const struct made_list *made; const char *rootfs; };

static int restore_in(void *data)
{
	const struct restored *r = data;
	if (setns(r->ns, CLONE_NEWNS) < 0)
		return 1;
	made_undo(r->made, r->rootfs);
	return 0;
}

void image_restore(const struct made_list *made, const char *ns, const char *rootfs)
{
	int status;
	struct err ignored = { 0 };
	if (!ns || made->n == 0) {
		made_undo(made, rootfs);
		return;
	}
	_cleanup_close_ int pidfd = -1, fd = fd_open(ns, O_RDONLY, &ignored);
	struct restored r = { fd, made, rootfs };
	if (fd >= 0 && spawn_function(restore_in, &r, &pidfd, &ignored) >= 0)
		pidfd_wait(pidfd, &status, &ignored);
}

static int undo_mounts(const struct journal *j, struct err *e)
{
	for (size_t i = 1; i < j->n; i++)
		if (j->items[i].kind == JOURNAL_MOUNTS && j->items[i - 1].kind == JOURNAL_NAMESPACE)
			TRY(leave_mounts(j->items[i - 1].value, j->items[i].value, e));
	return 0;
}

/* The last made first. */
static int undo_rdt(const struct journal *j, struct err *e)
{
	for (size_t i = j->n; i-- > 0;)
		if (j->items[i].kind == JOURNAL_RDT)
			TRY(rdt_remove(j->items[i].value, e));
	return 0;
}

int container_destroy(const char *state_root, const char *id, int dir, struct arena *a, struct err *e)
{
	struct journal j;
	TRY(journal_read(dir, a, &j, e));
	TRY(undo_unit(&j, container_owner(state_root, id, a), a, e));
	TRY(undo_rdt(&j, e));
	TRY(undo_mounts(&j, e));
	return statedir_remove(state_root, id, dir, e);
}

int pid_file_write(const char *path, int64_t pid, struct err *e)
{
	char next[4096], text[32];
	TRY(buf_fmt(next, sizeof(next), e, "%s.next", path));
	snprintf(text, sizeof(text), "%lld", (long long)pid);
	/* A name that somebody else may have made before: removed, not followed. */
	unlink(next);
	_cleanup_close_ int fd = fd_open_at(AT_FDCWD, next, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644, e);
	if (fd < 0)
		return err_note(e, "writing the pid file");
	int r = fd_write_all(fd, text, strlen(text), path, e);
	if (r == 0 && rename(next, path) < 0)
		r = err_call(e, "rename", path);
	if (r < 0)
		unlink(next);
	return r < 0 ? err_note(e, "writing the pid file") : 0;
}
