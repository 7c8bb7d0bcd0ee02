/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "sys/calls.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#define MFD_EXEC	0x0010U
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

int fd_open(const char *path, int flags, struct err *e)
{
	return fd_open_at(AT_FDCWD, path, flags, 0, e);
}

int fd_open_at(int dir, const char *name, int flags, unsigned mode, struct err *e)
{
	int fd = openat(dir, name, flags | O_CLOEXEC, mode);
	return fd < 0 ? err_call(e, "open", name) : fd;
}

int fd_write_all(int fd, const void *data, size_t size, const char *what, struct err *e)
{
	const char *p = data;
	while (size > 0) {
		ssize_t n = write(fd, p, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_call(e, "write", what);
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

int fd_write_file_at(int dir, const char *name, const char *text, struct err *e)
{
	_cleanup_close_ int fd = fd_open_at(dir, name, O_WRONLY, 0, e);
	if (fd < 0)
		return -1;
	ssize_t n;
	do
		n = write(fd, text, strlen(text));
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_call(e, "write", name) : 0;
}

ssize_t fd_read_text(int fd, char *buf, size_t size, const char *what, struct err *e)
{
	size_t used = 0;
	while (used < size - 1) {
		ssize_t n = read(fd, buf + used, size - 1 - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_call(e, "read", what);
		if (n == 0)
			break;
		used += (size_t)n;
	}
	buf[used] = 0;
	return (ssize_t)used;
}

ssize_t fd_read_file_at(int dir, const char *name, char *buf, size_t size, struct err *e)
{
	_cleanup_close_ int fd = fd_open_at(dir, name, O_RDONLY, 0, e);
	return fd < 0 ? -1 : fd_read_text(fd, buf, size, name, e);
}

void fd_fill_standard(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return;
}

int fd_close_on_exec_from(unsigned first, struct err *e)
{
	return sys_close_range(first, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? err_call(e, "close_range", NULL) : 0;
}

/* Kernels before 6.3 know neither MFD_EXEC nor MFD_NOEXEC_SEAL and refuse them. */
static int memfd(const char *name, bool executable)
{
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create(name, flags | (executable ? MFD_EXEC : MFD_NOEXEC_SEAL));
	return fd < 0 && errno == EINVAL ? memfd_create(name, flags) : fd;
}

static int seal(int fd, const char *name, struct err *e)
{
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return err_call(e, "fcntl F_ADD_SEALS", name);
	return 0;
}

int fd_sealed(const char *name, const struct iovec *pieces, int n, bool executable, struct err *e)
{
	_cleanup_close_ int fd = memfd(name, executable);
	if (fd < 0)
		return err_call(e, "memfd_create", name);
	for (int i = 0; i < n; i++)
		TRY(fd_write_all(fd, pieces[i].iov_base, pieces[i].iov_len, name, e));
	TRY(seal(fd, name, e));
	return fd_take(&fd);
}

int fd_sealed_copy(const char *name, int from, off_t at, size_t size, bool executable, struct err *e)
{
	_cleanup_close_ int fd = memfd(name, executable);
	if (fd < 0)
		return err_call(e, "memfd_create", name);
	while (size > 0) {
		ssize_t n = sendfile(fd, from, &at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_call_num(e, n < 0 ? errno : EIO, "sendfile", name);
		size -= (size_t)n;
	}
	TRY(seal(fd, name, e));
	return fd_take(&fd);
}

const char *fd_path(int fd, char *buf, size_t size)
{
	char name[32];
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(name, buf, size - 1);
	buf[n < 0 ? 0 : n] = 0;
	return buf;
}

bool fd_is_char_device(int fd, unsigned major, unsigned minor)
{
	struct stat st;
	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(major, minor);
}
