/* SPDX-License-Identifier: Apache-2.0 */
/* The host stage's operations of `exec`: the container that is there, as descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "run/host.h"
#include "sys/cgroupfs.h"
#include "sys/fd.h"
#include "sys/process.h"

/* By pid and start time: a number that was used again is somebody else's. */
int perform_open_process(struct run *r, const struct op *op, struct err *e)
{
	const struct op_open_process *a = ARGS(op_open_process, r, op);
	int fd = process_open(a->pid, a->start, e);
	if (fd < 0)
		return err_note(e, "container is not running");
	run_fill(r, a->keep, &fd);
	return 0;
}

/* Another one below `dir`, or `dir` itself where that is as good. */
static int open_below(int *dir, const char *below, bool or_above, struct err *e)
{
	struct err absent = { 0 };
	int fd = cgroup_open_below(*dir, below, &absent);
	if (fd < 0 && err_is(&absent, ENOENT) && or_above)
		return 0;
	if (fd < 0 && err_is(&absent, ENOENT))
		return err_rule(e, NULL, "the container's cgroup has no \"%s\" in it", below);
	if (fd < 0) {
		*e = absent;
		return -1;
	}
	fd_closep(dir);
	*dir = fd;
	return 0;
}

/* The init of a container that manages cgroups itself has made room by going into one of its own: that is where the
 * container's processes are. */
static int open_inits(struct run *r, const struct op_open_cgroup *a, int *dir, struct err *e)
{
	char at[PATH_MAX];
	const char *path = run_str(r, a->dir), *own = path + strlen(run_str(r, a->mount));
	const struct container_warn *w = &((struct host *)r->own)->warn;
	TRY(cgroup_of_process(a->pid, at, sizeof(at), e));
	size_t n = strlen(own);
	if (strncmp(at, own, n) != 0 || at[n] != '/')
		return err_rule(e, NULL, "the cgroup \"%s\" has children and takes no process, and the container's init is "
				"in \"%s\"", path, at);
	TRY(open_below(dir, at + n + 1, false, e));
	if (w->debug)
		w->debug(w->data, arena_fmt(((struct host *)r->own)->options->arena,
					    "the cgroup \"%s\" has children and takes no process, so it goes to the "
					    "container's init: \"%s\"", path, at));
	return 0;
}

int perform_open_cgroup(struct run *r, const struct op *op, struct err *e)
{
	const struct op_open_cgroup *a = ARGS(op_open_cgroup, r, op);
	const char *below = run_str(r, a->below);
	_cleanup_close_ int dir = fd_open(run_str(r, a->dir), O_RDONLY | O_DIRECTORY, e);
	if (dir < 0)
		return -1;
	if (below)
		TRY(open_below(&dir, below, a->how.v & OPEN_CGROUP_OR_ABOVE, e));
	if (a->mount.at && cgroup_is_for_children(dir))
		TRY(open_inits(r, a, &dir, e));
	return host_keep_cgroup(r, a->cgroup, a->procs, &dir, e);
}
