/* SPDX-License-Identifier: Apache-2.0 */
/* The host stage's operations of `exec`: the container that is there, as descriptors. */
#include <errno.h>
#include <fcntl.h>

#include "run/host.h"
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

int perform_open_cgroup(struct run *r, const struct op *op, struct err *e)
{
	const struct op_open_cgroup *a = ARGS(op_open_cgroup, r, op);
	_cleanup_close_ int dir = fd_open(run_str(r, a->dir), O_RDONLY | O_DIRECTORY, e);
	if (dir < 0)
		return -1;
	return host_keep_cgroup(r, a->cgroup, a->procs, &dir, e);
}
