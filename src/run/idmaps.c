/* SPDX-License-Identifier: Apache-2.0 */
#include "run/idmaps.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "sys/calls.h"
#include "sys/fd.h"
#include "sys/mountfd.h"
#include "sys/process.h"
#include "sys/procfs.h"
#include "sys/spawn.h"

int process_file_write(int64_t pid, const char *name, const char *text, struct err *e)
{
	char path[64];
	_cleanup_close_ int proc = fd_open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW, e);
	if (proc < 0)
		return -1;
	if (!fd_is_procfs(proc))
		return err_rule(e, NULL, "\"/proc\" is no procfs");
	snprintf(path, sizeof(path), "%lld/%s", (long long)pid, name);
	return procfs_write(proc, path, text, e);
}

int idmaps_write(int64_t pid, const char *uid, const char *gid, struct err *e)
{
	TRY(process_file_write(pid, "uid_map", uid, e));
	return process_file_write(pid, "gid_map", gid, e);
}

/* A child in a new user namespace does nothing but wait for its end, while its namespace is mapped and opened. */
int idmaps_namespace(const char *uid, const char *gid, struct err *e)
{
	char path[64];
	_cleanup_close_ int pidfd = -1;
	int pid = spawn_waiting(CLONE_NEWUSER, &pidfd, e);
	if (pid < 0)
		return -1;
	int fd = idmaps_write(pid, uid, gid, e);
	if (fd == 0) {
		snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
		fd = fd_open(path, O_RDONLY, e);
	}
	pidfd_kill_and_reap(pidfd);
	return fd;
}
