/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "sys/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "sys/calls.h"
#include "sys/fd.h"
#include "sys/mountfd.h"

static int open_detached(struct err *e)
{
	_cleanup_close_ int fs = fs_open("proc", e);
	if (fs < 0)
		return -1;
	TRY(fs_create(fs, e));
	return fs_mount(fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, e);
}

int procfs_open(struct err *e)
{
	int fd = open_detached(e);
	if (fd >= 0)
		return fd;
	memset(e, 0, sizeof(*e));
	_cleanup_close_ int host = fd_open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW, e);
	if (host >= 0 && !fd_is_procfs(host))
		return err_rule(e, NULL, "\"/proc\" is no procfs");
	return host < 0 ? -1 : fd_take(&host);
}

int procfs_write(int procfs, const char *path, const char *text, struct err *e)
{
	char name[256];
	bool self = strncmp(path, "self/", 5) == 0;
	/* By number, so that not even procfs's own symlink has to be followed. */
	if (self)
		snprintf(name, sizeof(name), "%d/%s", (int)getpid(), path + 5);
	struct open_how how = {
		.flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	_cleanup_close_ int fd = sys_openat2(procfs, self ? name : path, &how);
	if (fd < 0)
		return err_call(e, "openat2", path);
	if (!fd_is_procfs(fd))
		return err_rule(e, NULL, "\"%s\" is not on procfs", path);
	return fd_write_all(fd, text, strlen(text), path, e);
}
