/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "sys/cred.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "sys/calls.h"

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT		 47
#define PR_CAP_AMBIENT_RAISE	 2
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#endif

uint64_t cred_known_caps(void)
{
	unsigned n = 0;
	while (n < 64 && prctl(PR_CAPBSET_READ, n, 0, 0, 0) >= 0)
		n++;
	return n == 64 ? ~0ull : (1ull << n) - 1;
}

int cred_bound(uint64_t keep, struct err *e)
{
	for (unsigned cap = 0; cap < 64; cap++) {
		if (keep >> cap & 1 || prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL)
			return 0; /* the kernel knows no more */
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != 0)
			return err_call(e, "prctl PR_CAPBSET_DROP", NULL);
	}
	return 0;
}

int cred_keep_caps(struct err *e)
{
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 ? err_call(e, "prctl PR_SET_KEEPCAPS", NULL) : 0;
}

/* The raw calls: the C libraries' functions of these names signal every thread, and there is but one. */
int cred_set_groups(const uint32_t *groups, size_t n, struct err *e)
{
	return syscall(__NR_setgroups, n, groups) < 0 ? err_call(e, "setgroups", NULL) : 0;
}

int cred_set_user(uint32_t uid, uint32_t gid, struct err *e)
{
	if (syscall(__NR_setresgid, gid, gid, gid) < 0)
		return err_call(e, "setresgid", NULL);
	if (syscall(__NR_setresuid, uid, uid, uid) < 0)
		return err_call(e, "setresuid", NULL);
	return 0;
}

int cred_set_caps(uint64_t effective, uint64_t permitted, uint64_t inheritable, struct err *e)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32) },
	};
	return syscall(__NR_capset, &header, data) < 0 ? err_call(e, "capset", NULL) : 0;
}

int cred_get_caps(uint64_t *ret_effective, uint64_t *ret_permitted, uint64_t *ret_inheritable, struct err *e)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	if (syscall(__NR_capget, &header, data) < 0)
		return err_call(e, "capget", NULL);
	*ret_effective = data[0].effective | (uint64_t)data[1].effective << 32;
	*ret_permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	*ret_inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

/* Exactly what is permitted: a program that gains anything more by being executed forgets the death signal. */
int cred_pass_caps(struct err *e)
{
	uint64_t effective, permitted, inheritable;
	TRY(cred_get_caps(&effective, &permitted, &inheritable, e));
	TRY(cred_set_caps(effective, permitted, permitted, e));
	return cred_set_ambient(permitted, e);
}

int cred_pass_no_caps(struct err *e)
{
	uint64_t effective, permitted, inheritable;
	TRY(cred_get_caps(&effective, &permitted, &inheritable, e));
	TRY(cred_set_caps(effective, permitted, 0, e));
	return cred_set_ambient(0, e);
}

int cred_set_ambient(uint64_t ambient, struct err *e)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_call(e, "prctl PR_CAP_AMBIENT_CLEAR_ALL", NULL);
	for (unsigned cap = 0; cap < 64; cap++)
		if (ambient >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return err_call(e, "prctl PR_CAP_AMBIENT_RAISE", NULL);
	return 0;
}
