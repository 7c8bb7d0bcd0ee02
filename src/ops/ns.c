/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces, cgroups, and what is set up in them before the root file system. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ops/run.h"
#include "sys/calls.h"
#include "sys/cred.h"
#include "sys/fd.h"
#include "sys/procfs.h"

int perform_join(struct run *r, const struct op *op, struct err *e)
{
	const struct op_ns *a = ARGS(op_ns, r, op);
	if (run_slot(r, a->ns) < 0)
		return 0; /* an earlier one was allowed */
	if (setns(run_slot(r, a->ns), (int)a->type.v) < 0) {
		err_call(e, "setns", ns_flag_name(a->type.v));
		if (err_is(e, EPERM) && a->how.v & NS_IF_ALLOWED) {
			memset(e, 0, sizeof(*e));
			return 0;
		}
		/* A process that is about to end has none any more. */
		return err_is(e, ESRCH) ? err_note(e, "the container is not running: its process is ending") : -1;
	}
	if (a->type.v == CLONE_NEWNS)
		run_init(r)->joined_mounts = true;
	run_empty(r, a->ns);
	return 0;
}

int perform_unshare(struct run *r, const struct op *op, struct err *e)
{
	const struct op_ns *a = ARGS(op_ns, r, op);
	return unshare((int)a->type.v) < 0 ? err_call(e, "unshare", ns_flag_name(a->type.v)) : 0;
}

/* "0" is whoever writes it.  The host opened the file, so its rights count, not ours. */
int perform_cgroup_enter(struct run *r, const struct op *op, struct err *e)
{
	const struct op_cgroup_enter *a = ARGS(op_cgroup_enter, r, op);
	if (write(run_slot(r, a->procs), "0", 1) < 0)
		return err_call(e, "write", "cgroup.procs");
	run_empty(r, a->procs);
	return 0;
}

/* The kernel says ERANGE of a clock that would be negative, or too close to the end of time. */
int perform_time_offset(struct run *r, const struct op *op, struct err *e)
{
	const struct op_time_offset *a = ARGS(op_time_offset, r, op);
	char line[64];
	snprintf(line, sizeof(line), "%s %lld %u\n", a->clock.v == 0 ? "monotonic" : "boottime", (long long)a->secs,
		 a->nanosecs);
	if (procfs_write(run_slot(r, a->procfs), "self/timens_offsets", line, e) == 0)
		return 0;
	return err_is(e, ERANGE) ? err_note(e, "the clock would run below zero or past what the kernel can count") : -1;
}

/* Since Linux 6.3 the program's exec would do it, too; here the offsets count from now on, on every kernel. */
int perform_clocks(struct run *r, const struct op *op, struct err *e)
{
	_cleanup_close_ int ns = procfs_open_namespace(run_slot(r, ARGS(op_clocks, r, op)->procfs), "time_for_children", e);
	if (ns < 0)
		return -1;
	return setns(ns, CLONE_NEWTIME) < 0 ? err_call(e, "setns", "time") : 0;
}

/* The caller's user until here, or nobody; the namespace's root from here on.  Where setgroups is denied, as it is
 * with a map of one's own group alone, the caller's groups stay.  A change of user takes back the signal that ends us
 * with the host, so that is asked for again. */
int perform_namespace_root(struct run *r, const struct op *op, struct err *e)
{
	bool keep = ARGS(op_namespace_root, r, op)->how.v & NAMESPACE_ROOT_KEEP_GROUPS;
	if (!keep && cred_set_groups(NULL, 0, e) < 0 && !err_is(e, EPERM))
		return -1;
	memset(e, 0, sizeof(*e));
	TRY(cred_set_user(0, 0, e));
	TRY(cred_pass_no_caps(e));
	return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? err_call(e, "prctl PR_SET_PDEATHSIG", NULL) : 0;
}

int perform_session(struct run *r, const struct op *op, struct err *e)
{
	(void)r, (void)op;
	return setsid() < 0 ? err_call(e, "setsid", NULL) : 0;
}

/* A keyring of the container's own, so that it does not hold the caller's keys; `exec` joins it by its name, which
 * takes the right to search it.  Kernels without keys, and sandboxes that refuse the call altogether, have none to
 * hide. */
int perform_keyring(struct run *r, const struct op *op, struct err *e)
{
	enum { POSSESSOR_ALL = 0x3f000000, USER_VIEW_READ_SEARCH_LINK = 0x001b0000 };
	const char *name = run_str(r, ARGS(op_name, r, op)->name);
	long id = syscall(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);
	if (id < 0)
		return errno == ENOSYS || errno == EPERM ? 0 : err_call(e, "keyctl KEYCTL_JOIN_SESSION_KEYRING", name);
	/* One that another user of the container joins is not ours to change. */
	if (syscall(__NR_keyctl, KEYCTL_SETPERM, id, POSSESSOR_ALL | USER_VIEW_READ_SEARCH_LINK) < 0 && errno != EACCES &&
	    errno != EPERM)
		return err_call(e, "keyctl KEYCTL_SETPERM", name);
	return 0;
}

int perform_loopback(struct run *r, const struct op *op, struct err *e)
{
	(void)r, (void)op;
	_cleanup_close_ int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		return err_call(e, "socket", "AF_INET");
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	return ioctl(s, SIOCSIFFLAGS, &request) < 0 ? err_call(e, "ioctl SIOCSIFFLAGS", "lo") : 0;
}

int perform_hostname(struct run *r, const struct op *op, struct err *e)
{
	const char *name = run_str(r, ARGS(op_name, r, op)->name);
	return sethostname(name, strlen(name)) < 0 ? err_call(e, "sethostname", name) : 0;
}

int perform_domainname(struct run *r, const struct op *op, struct err *e)
{
	const char *name = run_str(r, ARGS(op_name, r, op)->name);
	return syscall(__NR_setdomainname, name, strlen(name)) < 0 ? err_call(e, "setdomainname", name) : 0;
}
