/* SPDX-License-Identifier: Apache-2.0 */
/* statx(2) alone, since the kernel's header for it and the C libraries' <sys/stat.h> exclude each other. */
#include <linux/stat.h>

#include "sys/calls.h"
#include "sys/mountfd.h"

int fd_is_mount_root(int fd, bool *ret_yes, struct err *e)
{
	struct statx st;
	if (syscall(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &st) < 0)
		return err_call(e, "statx", NULL);
	*ret_yes = st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	return 0;
}
