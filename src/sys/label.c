/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/label.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "sys/calls.h"

#ifndef __NR_setxattrat
#define __NR_setxattrat 463
#endif

#define NAME "security.selinux"

/* Linux 6.13 takes a descriptor; before that its name in procfs stands in, which is the host's own at this time. */
int label_set(int fd, const char *label, struct err *e)
{
	struct { uint64_t value; uint32_t size, flags; } args = { (uint64_t)(uintptr_t)label,
								   (uint32_t)strlen(label) + 1, 0 };
	char path[64];
	if (syscall(__NR_setxattrat, fd, "", AT_EMPTY_PATH, NAME, &args, sizeof(args)) == 0)
		return 0;
	if (errno != ENOSYS)
		return err_call(e, "setxattrat", label);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return setxattr(path, NAME, label, strlen(label) + 1, 0) < 0 ? err_call(e, "setxattr", label) : 0;
}
