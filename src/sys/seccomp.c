/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/seccomp.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "sys/calls.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

static int set_filter(uint32_t flags, const struct sock_fprog *program)
{
	return (int)syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
}

/* In the words of seccomp(2), where the errno's own say little. */
static void explain(int num, struct err *e)
{
	if (num == EACCES)
		err_note(e, "needs CAP_SYS_ADMIN or no_new_privs");
	else if (num == EBUSY)
		err_note(e, "there is a listener already, of a filter around socle");
	else if (num == EINVAL || num == ENOSYS)
		err_note(e, "this kernel has no filters, or not these flags");
	else if (num == ENOMEM)
		err_note(e, "the filters loaded already and this one are too long together");
}

int seccomp_filter_load(const void *program, size_t n, uint32_t flags, struct err *e)
{
	const struct sock_fprog p = { (unsigned short)n, (struct sock_filter *)(uintptr_t)program };
	int r = set_filter(flags, &p);
	if (r >= 0)
		return r;
	int num = errno;
	err_call(e, "seccomp", NULL);
	explain(num, e);
	return -1;
}

/* A program at no address: a flag that is known gets as far as EFAULT. */
bool seccomp_filter_knows(uint32_t flag)
{
	if (flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
		flag |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	return set_filter(flag, NULL) < 0 && errno == EFAULT;
}
