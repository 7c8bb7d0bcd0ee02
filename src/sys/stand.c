/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "sys/stand.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/fd.h"

#define OWN_NS "/proc/thread-self/ns/mnt"

int stand_take(struct stand *s, struct err *e)
{
	*s = STAND_NONE;
	if (unshare(CLONE_FS) < 0)
		return err_call(e, "unshare", "CLONE_FS");
	s->cwd = fd_open(".", O_PATH | O_DIRECTORY, e);
	s->root = s->cwd < 0 ? -1 : fd_open("/", O_PATH | O_DIRECTORY, e);
	s->umask = umask(0);
	if (s->root >= 0)
		return 0;
	stand_done(s);
	return -1;
}

int stand_leave(struct stand *s, struct err *e)
{
	_cleanup_close_ int ns = fd_open(OWN_NS, O_RDONLY, e);
	if (ns < 0)
		return -1;
	if (unshare(CLONE_NEWNS) < 0)
		return err_call(e, "unshare", "CLONE_NEWNS");
	s->ns = fd_take(&ns);
	return 0;
}

/* Joining a mount namespace makes its root ours; the one that we had may have been another. */
static int return_root(const struct stand *s, struct err *e)
{
	if (s->ns >= 0 && setns(s->ns, CLONE_NEWNS) < 0)
		return err_call(e, "setns", "the mount namespace that was left");
	if (s->ns >= 0 || s->new_root) {
		if (fchdir(s->root) < 0)
			return err_call(e, "fchdir", "the root that was left");
		if (chroot(".") < 0)
			return err_call(e, "chroot", "the root that was left");
	}
	return fchdir(s->cwd) < 0 ? err_call(e, "fchdir", "the working directory that was left") : 0;
}

int stand_return(struct stand *s, struct err *e)
{
	int r = return_root(s, e);
	stand_done(s);
	return r;
}

void stand_done(struct stand *s)
{
	umask(s->umask);
	fd_closep(&s->root);
	fd_closep(&s->cwd);
	fd_closep(&s->ns);
}

bool mount_namespace_is_common(void)
{
	struct stat own, first;
	return getpid() != 1 && stat(OWN_NS, &own) == 0 && stat("/proc/1/ns/mnt", &first) == 0 &&
	       own.st_dev == first.st_dev && own.st_ino == first.st_ino;
}
