/* SPDX-License-Identifier: Apache-2.0 */
/* socle-init: carries out one list of a plan inside the container, and becomes the container's program.
 *
 *	socle-init PLAN-FD bridge|init CHANNEL-FD
 *
 * The channel is named beside the plan, for errors that come before the plan is known.
 *
 * It is executed from a sealed memfd, so nothing in the container can reach a program of the host through it.
 * The plan is a sealed memfd too; it is checked whole before anything else of it is read. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/channel.h"
#include "ops/run.h"
#include "sys/affinity.h"
#include "sys/calls.h"
#include "sys/fd.h"
#include "sys/oldroot.h"

#define MANY_SLOTS 200 /* out of the 1,024 that a process usually may have */

static perform_fn *const table[N_OPS] = {
	[OP_SOURCE] = perform_source,
	[OP_RELABEL] = perform_relabel,
	[OP_COMMAND] = perform_command,
	[OP_HOOK] = perform_hook,
	[OP_HOST_PID] = perform_host_pid,
	[OP_TELL] = perform_tell,
	[OP_AWAIT] = perform_await,
	[OP_JOIN] = perform_join,
	[OP_UNSHARE] = perform_unshare,
	[OP_CGROUP_ENTER] = perform_cgroup_enter,
	[OP_TIME_OFFSET] = perform_time_offset,
	[OP_CLOCKS] = perform_clocks,
	[OP_CLONE] = perform_bridge_clone,
	[OP_NAMESPACE_ROOT] = perform_namespace_root,
	[OP_SESSION] = perform_session,
	[OP_ATTRIBUTE] = perform_attribute,
	[OP_KEYRING] = perform_keyring,
	[OP_LOOPBACK] = perform_loopback,
	[OP_HOSTNAME] = perform_hostname,
	[OP_DOMAINNAME] = perform_domainname,
	[OP_PROPAGATION] = perform_propagation,
	[OP_ROOT] = perform_root,
	[OP_PROCFS] = perform_procfs,
	[OP_MOUNT] = perform_mount,
	[OP_BIND] = perform_bind,
	[OP_NODE] = perform_node,
	[OP_BIND_NODE] = perform_bind_node,
	[OP_SYMLINK] = perform_symlink,
	[OP_CONSOLE] = perform_console,
	[OP_CHANGE_ROOT] = perform_change_root,
	[OP_SYSCTL] = perform_sysctl,
	[OP_ATTRIBUTES] = perform_attributes,
	[OP_READONLY] = perform_readonly,
	[OP_MASK] = perform_mask,
	[OP_RLIMIT] = perform_rlimit,
	[OP_AFFINITY] = perform_affinity,
	[OP_SCHEDULER] = perform_scheduler,
	[OP_IO_PRIORITY] = perform_io_priority,
	[OP_MEMORY_POLICY] = perform_memory_policy,
	[OP_PERSONALITY] = perform_personality,
	[OP_UMASK] = perform_umask,
	[OP_STDIO] = perform_stdio,
	[OP_CREDENTIALS] = perform_credentials,
	[OP_CWD] = perform_cwd,
	[OP_NO_NEW_PRIVS] = perform_no_new_privs,
	[OP_SECCOMP] = perform_seccomp,
	[OP_FIND] = perform_find,
	[OP_OUTLIVE] = perform_outlive,
	[OP_AWAIT_START] = perform_await_start,
	[OP_EXEC] = perform_exec,
};

static int parse_number(const char *s)
{
	int n = 0;
	if (!*s)
		return -1;
	for (; *s; s++) {
		if (*s < '0' || *s > '9' || n > 100000)
			return -1;
		n = n * 10 + (*s - '0');
	}
	return n;
}

static int map_plan(int fd, const struct plan_header **ret_plan, struct err *e)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_call(e, "fstat", "plan");
	int seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || !(seals & F_SEAL_WRITE))
		return err_rule(e, NULL, "the plan is not sealed");
	size_t size = (size_t)st.st_size;
	void *p = size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	if (p == MAP_FAILED)
		return err_call(e, "mmap", "plan");
	TRY(plan_check_shape(p, size, e));
	*ret_plan = p;
	return 0;
}

/* Take over the descriptors that the host handed on; they go no further than this process. */
static int take_slots(struct run *r, struct err *e)
{
	uint32_t n = r->plan->n_slots;
	r->slots = malloc((n + 1) * sizeof(int));
	if (!r->slots)
		return err_call(e, "malloc", NULL);
	r->channel = r->plan->channel;
	for (uint32_t i = 0; i < n; i++) {
		int fd = plan_slot_at(r->plan, i)->fd;
		/* A bridge has used up some of them. */
		bool gone = fd >= 0 && r->plan->program >= 0 && fcntl(fd, F_GETFD) < 0;
		r->slots[i] = gone ? -1 : fd;
	}
	return fd_close_on_exec_from(3 + r->plan->preserve_fds, e);
}

/* A configuration of a thousand binds holds a thousand descriptors, until the root changes. */
static void raise_nofile(struct init *i, uint32_t n_slots)
{
	struct rlimit limit;
	if (n_slots < MANY_SLOTS || getrlimit(RLIMIT_NOFILE, &i->nofile) < 0)
		return;
	limit = i->nofile;
	limit.rlim_cur = limit.rlim_max;
	i->nofile_raised = setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/* Whatever the caller ignored or blocked, the program starts with everything at its default.  Real-time signals
 * are the kernel's call's, as the C libraries keep some of them to themselves. */
static void reset_signals(void)
{
	static const uint64_t by_default[4]; /* the kernel's struct sigaction, whatever its order */
	for (int s = 1; s <= 64; s++)
		if (s != SIGKILL && s != SIGSTOP)
			syscall(__NR_rt_sigaction, s, by_default, NULL, sizeof(by_default[0]));
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A mount namespace that others share keeps what is mounted in it; the root's mount takes all below with it. */
static void leave_joined_mounts(struct run *r)
{
	struct plan_list l = r->plan->lists[STAGE_INIT];
	for (uint32_t i = l.first; i < l.first + l.n; i++) {
		const struct op *op = plan_op_at(r->plan, i);
		int root = op->kind == OP_ROOT ? r->slots[ARGS(op_root, r, op)->keep.n] : -1;
		if (root < 0 || fchdir(root) < 0)
			continue;
		old_root_detach();
	}
}

/* The last word: to the host while it listens, later into the file that `start` reads. */
static int report(struct run *r, const struct init *i, const struct err *e)
{
	struct err ignored = { 0 };
	if (i->joined_mounts)
		leave_joined_mounts(r);
	if (r->channel >= 0) {
		channel_tell_error(r->channel, e);
		made_tell(&i->made, r->channel);
	} else if (i->start_error >= 0) {
		fd_write_all(i->start_error, e, sizeof(*e), "start error", &ignored);
	}
	return 1;
}

static int carry_out(struct run *r, int plan_fd, enum stage stage, struct err *e)
{
	r->plan_fd = plan_fd;
	TRY(map_plan(plan_fd, &r->plan, e));
	TRY(take_slots(r, e));
	raise_nofile(r->own, r->plan->n_slots);
	umask(0);
	reset_signals();
	/* Nor do its processors come from the caller: the cgroup alone narrows them down. */
	if (stage == STAGE_INIT && !r->plan->keep_cpus)
		affinity_reset();
	return run_list(r, stage, table, e);
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	struct init i;
	struct run r = { .channel = -1, .interrupt = -1, .plan_fd = -1, .own = &i };
	init_begin(&i);
	int plan_fd = argc == 4 ? parse_number(argv[1]) : -1;
	r.channel = argc == 4 ? parse_number(argv[3]) : -1;
	if (plan_fd < 0 || r.channel < 0) {
		static const char usage[] = "socle-init is started by socle and by nobody else\n";
		return write(2, usage, sizeof(usage) - 1) < 0 ? 2 : 1;
	}
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	enum stage stage = strcmp(argv[2], "bridge") == 0 ? STAGE_BRIDGE : STAGE_INIT;
	return carry_out(&r, plan_fd, stage, &e) < 0 ? report(&r, &i, &e) : 0;
}
