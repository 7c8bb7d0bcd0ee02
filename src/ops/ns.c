/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces, cgroups, and what is set up in them before the root file system. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
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

int perform_join(struct run *r, const struct op *op, struct err *e)
{
	const struct op_ns *a = ARGS(op_ns, r, op);
	if (setns(run_slot(r, a->ns), (int)a->type.v) < 0)
		return err_call(e, "setns", ns_flag_name(a->type.v));
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

int perform_time_offset(struct run *r, const struct op *op, struct err *e)
{
	const struct op_time_offset *a = ARGS(op_time_offset, r, op);
	char line[64];
	TRY(snprintf(line, sizeof(line), "%s %lld %u\n", a->clock.v == 0 ? "monotonic" : "boottime",
		     (long long)a->secs, a->nanosecs));
	return fd_write_file_at(AT_FDCWD, "/proc/self/timens_offsets", line, e);
}

/* Unmapped until the host has written the maps; its root from here on.  A change of user takes back the signal that
 * ends us with the host, so that is asked for again. */
int perform_namespace_root(struct run *r, const struct op *op, struct err *e)
{
	(void)r, (void)op;
	TRY(cred_set_groups(NULL, 0, e));
	TRY(cred_set_user(0, 0, e));
	return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? err_call(e, "prctl PR_SET_PDEATHSIG", NULL) : 0;
}

int perform_session(struct run *r, const struct op *op, struct err *e)
{
	(void)r, (void)op;
	return setsid() < 0 ? err_call(e, "setsid", NULL) : 0;
}

/* A keyring of the container's own, so that it does not hold the caller's keys.  Kernels without keys, and
 * sandboxes that refuse the call altogether, have none to hide. */
int perform_keyring(struct run *r, const struct op *op, struct err *e)
{
	const char *name = run_str(r, ARGS(op_name, r, op)->name);
	if (syscall(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name) < 0 && errno != ENOSYS && errno != EPERM)
		return err_call(e, "keyctl KEYCTL_JOIN_SESSION_KEYRING", name);
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
