/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/label.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "sys/calls.h"

#ifndef __NR_setxattrat
#define __NR_setxattrat 463
#endif

#define NAME "security.selinux"

static bool has_label(const char *path, const char *label)
{
	char now[4096];
	ssize_t n = getxattr(path, NAME, now, sizeof(now) - 1);
	if (n < 0)
		return false;
	now[n] = 0;
	return strcmp(now, label) == 0;
}

/* Linux 6.13 takes a descriptor; before that its name in procfs stands in, which is the host's own at this time.  In a
 * file system that was mounted with a label everything has that, and nothing takes another. */
int label_set(int fd, const char *label, struct err *e)
{
	struct { uint64_t value; uint32_t size, flags; } args = { (uint64_t)(uintptr_t)label,
								   (uint32_t)strlen(label) + 1, 0 };
	const char *call = "setxattrat";
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int r = (int)syscall(__NR_setxattrat, fd, "", AT_EMPTY_PATH, NAME, &args, sizeof(args));
	if (r < 0 && errno == ENOSYS) {
		call = "setxattr";
		r = setxattr(path, NAME, label, strlen(label) + 1, 0);
	}
	int num = r == 0 ? 0 : errno;
	if (num == 0 || (num == EOPNOTSUPP && has_label(path, label)))
		return 0;
	return err_call_num(e, num, call, label);
}
