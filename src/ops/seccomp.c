/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp filter.  What init calls once it is loaded is what a profile has to allow beside the program's own:
 *
 *	execve						with no_new_privs, where the filter comes last
 *	prctl setgroups setresgid setresuid capset	without: credentials, …
 *	geteuid openat openat2 stat faccessat2 close	… the program and its user's home are looked for, …
 *	sendmsg poll recvmsg read			… the host is told and `start` awaited, …
 *	getcwd close_range brk mmap execve		… and the program
 *	write close					with a listener, to tell the host its number
 *
 * and what startContainer hooks need.  A call that fails ends the set-up with an error as any other does. */
#include "ops/channel.h"
#include "ops/run.h"
#include "sys/seccomp.h"

int perform_seccomp(struct run *r, const struct op *op, struct err *e)
{
	const struct op_seccomp *a = ARGS(op_seccomp, r, op);
	if (run_init(r)->program[0]) /* it was looked for already: the filter comes last */
		TRY(exec_prepare(r, e));
	int loaded = seccomp_filter_load(plan_at(r->plan, a->program.at), a->program.n, a->how.v, e);
	if (loaded < 0)
		return -1;
	if (!(a->how.v & SECCOMP_LISTENER))
		return 0;
	run_init(r)->listener = loaded;
	return channel_tell_number(r->channel, SYNC_LISTENER, (uint32_t)loaded, e);
}
