/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "sys/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
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

/* Who we are in this procfs, which may be that of another pid namespace.  Its own symlink is read, not followed. */
static int own_path(int procfs, const char *path, char *buf, size_t size, struct err *e)
{
	struct open_how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV };
	char pid[32];
	_cleanup_close_ int self = sys_openat2(procfs, "self", &how);
	if (self < 0)
		return err_call(e, "openat2", "self");
	ssize_t n = fd_is_procfs(self) ? readlinkat(self, "", pid, sizeof(pid) - 1) : 0;
	if (n <= 0 || pid[0] < '1' || pid[0] > '9')
		return err_rule(e, NULL, "\"self\" of procfs names no process");
	snprintf(buf, size, "%.*s/%s", (int)n, pid, path);
	return 0;
}

static int open_file(int procfs, const char *path, uint64_t flags, struct err *e)
{
	char name[256];
	bool self = strncmp(path, "self/", 5) == 0;
	if (self)
		TRY(own_path(procfs, path + 5, name, sizeof(name), e));
	struct open_how how = {
		.flags = flags | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	_cleanup_close_ int fd = sys_openat2(procfs, self ? name : path, &how);
	if (fd < 0)
		return err_call(e, "openat2", path);
	if (!fd_is_procfs(fd))
		return err_rule(e, NULL, "\"%s\" is not on procfs", path);
	return fd_take(&fd);
}

int procfs_write(int procfs, const char *path, const char *text, struct err *e)
{
	_cleanup_close_ int fd = open_file(procfs, path, O_WRONLY, e);
	return fd < 0 ? -1 : fd_write_all(fd, text, strlen(text), path, e);
}

ssize_t procfs_read(int procfs, const char *path, char *buf, size_t size, struct err *e)
{
	_cleanup_close_ int fd = open_file(procfs, path, O_RDONLY, e);
	return fd < 0 ? -1 : fd_read_text(fd, buf, size, path, e);
}

/* The last step is procfs's own magic, in a directory that is known to be its. */
int procfs_open_namespace(int procfs, const char *name, struct err *e)
{
	_cleanup_close_ int dir = open_file(procfs, "self/ns", O_PATH | O_DIRECTORY, e);
	return dir < 0 ? -1 : fd_open_at(dir, name, O_RDONLY, 0, e);
}
