/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "sys/attrs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/xattr.h>

#include "sys/calls.h"
#include "sys/fd.h"

#ifndef __NR_setxattrat
#define __NR_setxattrat	 463
#define __NR_getxattrat	 464
#define __NR_listxattrat 465
#endif

struct xattr_value {
	uint64_t value;
	uint32_t size, flags;
};

/* To where `name` can be used alone.  A caller without the system calls is remembered as such. */
static int change_to(struct xattrs *x, int dir)
{
	x->by_cwd = true;
	if (x->home < 0)
		x->home = openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return x->home < 0 ? -1 : fchdir(dir);
}

static bool is_missing(long r)
{
	return r < 0 && errno == ENOSYS;
}

ssize_t xattr_list(struct xattrs *x, int dir, const char *name, char *list, size_t size)
{
	if (!name)
		return flistxattr(dir, list, size);
	if (!x->by_cwd) {
		long r = syscall(__NR_listxattrat, dir, name, AT_SYMLINK_NOFOLLOW, list, size);
		if (!is_missing(r))
			return r;
	}
	return change_to(x, dir) < 0 ? -1 : llistxattr(name, list, size);
}

ssize_t xattr_get(struct xattrs *x, int dir, const char *name, const char *attr, void *value, size_t size)
{
	if (!name)
		return fgetxattr(dir, attr, value, size);
	if (!x->by_cwd) {
		struct xattr_value v = { .value = (uintptr_t)value, .size = (uint32_t)size };
		long r = syscall(__NR_getxattrat, dir, name, AT_SYMLINK_NOFOLLOW, attr, &v, sizeof(v));
		if (!is_missing(r))
			return r;
	}
	return change_to(x, dir) < 0 ? -1 : lgetxattr(name, attr, value, size);
}

int xattr_set(struct xattrs *x, int dir, const char *name, const char *attr, const void *value, size_t size)
{
	if (!name)
		return fsetxattr(dir, attr, value, size, 0);
	if (!x->by_cwd) {
		struct xattr_value v = { .value = (uintptr_t)value, .size = (uint32_t)size };
		long r = syscall(__NR_setxattrat, dir, name, AT_SYMLINK_NOFOLLOW, attr, &v, sizeof(v));
		if (!is_missing(r))
			return (int)r;
	}
	return change_to(x, dir) < 0 ? -1 : lsetxattr(name, attr, value, size, 0);
}

int xattrs_done(struct xattrs *x)
{
	if (x->home < 0)
		return 0;
	int r = fchdir(x->home);
	fd_closep(&x->home);
	return r;
}
