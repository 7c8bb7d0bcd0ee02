/* SPDX-License-Identifier: Apache-2.0 */
/* The process itself: limits, credentials, streams, working directory. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/run.h"
#include "sys/calls.h"
#include "sys/cred.h"
#include "sys/fd.h"
#include "sys/mountfd.h"
#include "sys/procfs.h"

int perform_procfs(struct run *r, const struct op *op, struct err *e)
{
	int fd = procfs_open(e);
	if (fd < 0)
		return -1;
	run_fill(r, ARGS(op_procfs, r, op)->keep, &fd);
	return 0;
}

int perform_sysctl(struct run *r, const struct op *op, struct err *e)
{
	const struct op_sysctl *a = ARGS(op_sysctl, r, op);
	return procfs_write(run_slot(r, a->procfs), run_str(r, a->path), run_str(r, a->value), e);
}

int perform_rlimit(struct run *r, const struct op *op, struct err *e)
{
	const struct op_rlimit *a = ARGS(op_rlimit, r, op);
	struct { uint64_t soft, hard; } limit = { a->soft, a->hard };
	return syscall(__NR_prlimit64, 0, a->resource.v, &limit, NULL) < 0 ? err_call(e, "prlimit", NULL) : 0;
}

int perform_umask(struct run *r, const struct op *op, struct err *e)
{
	(void)e;
	umask(ARGS(op_umask, r, op)->mask.v);
	return 0;
}

int perform_no_new_privs(struct run *r, const struct op *op, struct err *e)
{
	(void)r, (void)op;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? err_call(e, "prctl PR_SET_NO_NEW_PRIVS", NULL) : 0;
}

/* ---- standard streams (R29) ------------------------------------------------------------------------------- */

/* The container's null device, opened only once it is known to be one: an image may have a fifo there. */
static int open_null(struct err *e)
{
	_cleanup_close_ int at = fd_open("/dev/null", O_PATH | O_NOFOLLOW, e);
	if (at < 0)
		return -1;
	if (!fd_is_char_device(at, 1, 3))
		return err_rule(e, NULL, "\"/dev/null\" in the container is not the null device");
	_cleanup_close_ int fd = fd_open("/dev/null", O_RDWR | O_NOFOLLOW | O_NONBLOCK, e);
	if (fd >= 0 && !fd_is_char_device(fd, 1, 3))
		return err_rule(e, NULL, "\"/dev/null\" in the container was swapped");
	return fd < 0 ? -1 : fd_take(&fd);
}

int perform_stdio(struct run *r, const struct op *op, struct err *e)
{
	(void)r, (void)op;
	_cleanup_close_ int null = -1;
	for (int fd = 0; fd < 3; fd++) {
		if (!fd_is_char_device(fd, 1, 3))
			continue;
		if (null < 0)
			null = open_null(e);
		if (null < 0 && err_is(e, ENOENT)) {
			memset(e, 0, sizeof(*e));
			return 0; /* a container without /dev keeps what it was given */
		}
		if (null < 0)
			return -1;
		if (dup2(null, fd) < 0)
			return err_call(e, "dup2", "/dev/null");
	}
	return 0;
}

/* ---- credentials ------------------------------------------------------------------------------------------ */

/* A user namespace that denies the call lets no group in, and none out. */
static int set_groups(const struct run *r, const struct numbers *groups, struct err *e)
{
	if (cred_set_groups(plan_at(r->plan, groups->at), groups->n, e) == 0)
		return 0;
	if (!err_is(e, EPERM))
		return -1;
	if (groups->n)
		return err_note(e, "setting additional groups, which the user namespace may deny");
	memset(e, 0, sizeof(*e));
	return 0;
}

/* Bounding set first, while there still is the right to; then the user, keeping the permitted set over the
 * change; then the sets exactly as they are asked for. */
int perform_credentials(struct run *r, const struct op *op, struct err *e)
{
	const struct op_credentials *a = ARGS(op_credentials, r, op);
	bool caps = a->how.v & CRED_CAPABILITIES;
	if (caps) {
		TRY(cred_bound(a->bounding.v, e));
		TRY(cred_keep_caps(e));
	}
	if (a->how.v & CRED_GROUPS)
		TRY(set_groups(r, &a->groups, e));
	TRY(cred_set_user(a->uid, a->gid, e));
	if (!caps)
		return 0;
	TRY(cred_set_caps(a->effective.v, a->permitted.v, a->inheritable.v, e));
	return cred_set_ambient(a->ambient.v, e);
}

/* ---- working directory (R30) ------------------------------------------------------------------------------ */

/* Made, unless it has to be there, and opened inside the root, entered by its descriptor.  A directory that root may not enter (a network
 * file system may say so) is tried again as the container's user, by perform_exec. */
int perform_cwd(struct run *r, const struct op *op, struct err *e)
{
	const struct op_cwd *a = ARGS(op_cwd, r, op);
	const char *path = run_str(r, a->path);
	struct root_want want = { .directory = true, .create = !(a->how.v & CWD_THERE) };
	_cleanup_close_ int slash = fd_open("/", O_PATH | O_DIRECTORY, e);
	_cleanup_close_ int dir = slash < 0 ? -1 : root_open(slash, run_path(r, a->path), want, NULL, NULL, e);
	if (dir < 0) {
		snprintf(e->path, sizeof(e->path), "%s", path);
		return -1;
	}
	if (fchdir(dir) == 0)
		return 0;
	if (errno != EACCES && errno != EPERM)
		return err_call(e, "fchdir", path);
	run_init(r)->cwd = fd_take(&dir);
	return 0;
}
