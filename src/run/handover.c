/* SPDX-License-Identifier: Apache-2.0 */
#include "run/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops/channel.h"
#include "run/init-image.h"
#include "sys/affinity.h"
#include "sys/calls.h"
#include "sys/fd.h"
#include "sys/mountfd.h"
#include "sys/spawn.h"

int preserved_check(unsigned n, struct err *e)
{
	for (unsigned i = 0; i < n; i++)
		if (fcntl((int)(3 + i), F_GETFD) < 0)
			return err_rule(e, NULL, "--preserve-fds %u: descriptor %u is not open", n, 3 + i);
	return 0;
}

/* A read-only mount of the file alone, attached nowhere: not even root in the container can reach behind it. */
static int installed_program(struct err *e)
{
	_cleanup_close_ int tree = tree_clone(AT_FDCWD, SOCLE_INIT_PATH, 0, e);
	struct mount_change c = { .set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, .clear = MOUNT_ATTR_NOEXEC };
	if (tree < 0 || tree_change(tree, &c, e) < 0)
		return err_note(e, "executable memfds are forbidden here (vm.memfd_noexec), so the installed socle-init is "
				   "needed");
	return fd_take(&tree);
}

static int sealed_program(struct err *e)
{
	static const char name[] = "socle-init";
	struct err ignored = { 0 };
	off_t at;
	_cleanup_close_ int file = init_image_open(&at, &ignored);
	int fd = file < 0 ? -1 : fd_sealed_copy(name, file, at, init_image_size(), true, &ignored);
	struct iovec image = { (void *)(uintptr_t)socle_init_image, init_image_size() };
	return fd >= 0 ? fd : fd_sealed(name, &image, 1, true, e);
}

int init_program(struct err *e)
{
	int fd = sealed_program(e);
	if (fd >= 0 || !err_is(e, EACCES))
		return fd;
	memset(e, 0, sizeof(*e));
	return installed_program(e);
}

/* Mark the slots that the bridge's and init's operations use. */
static void mark_used(const struct plan_header *p, bool *used)
{
	for (uint32_t i = p->lists[STAGE_HOST].n; i < p->n_ops; i++) {
		const struct op *op = plan_op_at(p, i);
		for (const struct op_field *f = op_defs[op->kind].fields; f && f->name; f++) {
			int32_t n;
			if (f->type != T_SLOT)
				continue;
			memcpy(&n, (const char *)plan_at(p, op->args) + f->offset, sizeof(n));
			if (n >= 0)
				used[n] = true;
		}
	}
}

/* The plan as the child gets it, with the numbers of the descriptors that it inherits: its header and its slots are
 * copies, all else goes as it is. */
static int write_plan(const struct plan_header *p, struct plan_header *header, struct plan_slot *slots, struct err *e)
{
	char *bytes = (char *)(uintptr_t)p;
	size_t n_slots = p->n_slots * sizeof(*slots), behind = p->slots + n_slots;
	struct iovec pieces[] = {
		{ header, sizeof(*header) },
		{ bytes + sizeof(*header), n_slots ? p->slots - sizeof(*header) : p->size - sizeof(*header) },
		{ slots, n_slots },
		{ bytes + behind, n_slots ? p->size - behind : 0 },
	};
	return fd_sealed("plan", pieces, 4, false, e);
}

static int seal_plan(struct run *r, int channel, int program, int *pass, size_t *n_pass, struct err *e)
{
	const struct plan_header *p = r->plan;
	struct plan_header header = *p;
	struct plan_slot *slots = malloc((p->n_slots + 1) * sizeof(*slots));
	bool *used = calloc(p->n_slots + 1, sizeof(*used));
	int fd = -1;
	if (slots && used) {
		mark_used(p, used);
		for (uint32_t i = 0; i < p->n_slots; i++) {
			slots[i] = *plan_slot_at(p, i);
			slots[i].fd = used[i] ? r->slots[i] : -1;
			if (slots[i].fd >= 0)
				pass[(*n_pass)++] = slots[i].fd;
		}
		header.channel = channel;
		header.program = program;
		fd = write_plan(p, &header, slots, e);
	} else {
		err_call(e, "malloc", NULL);
	}
	free(slots);
	free(used);
	return fd;
}

/* All signals stay blocked while the child shares our memory; it unblocks them for itself. */
static int spawn_blocked(const struct spawn *s, int *ret_pidfd, struct err *e)
{
	sigset_t all, old;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	int pid = spawn(s, ret_pidfd, e);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return pid;
}

/* The processors that the child begins on are ours for the moment: it must never run on others in our cgroup. */
static int spawn_on(const struct run *r, const struct op_clone *a, const struct spawn *s, int *ret_pidfd, struct err *e)
{
	struct affinity own;
	if (a->cpus.n == 0)
		return spawn_blocked(s, ret_pidfd, e);
	affinity_get(&own);
	TRY(affinity_set(plan_at(r->plan, a->cpus.at), a->cpus.n, e));
	int pid = spawn_blocked(s, ret_pidfd, e);
	affinity_put(&own);
	return pid;
}

/* The kernel's words for user namespaces that are not to be had are those of a full disk and of a missing privilege. */
static void explain_clone(bool userns, struct err *e)
{
	if (userns && (err_is(e, ENOSPC) || err_is(e, EUSERS)))
		err_note(e, "no more user namespaces are allowed here (/proc/sys/user/max_user_namespaces), or they are nested "
			    "too deep");
	else if (userns && err_is(e, EPERM))
		err_note(e, "this host, or what confines us, forbids new user namespaces");
}

int handover_clone(struct run *r, const struct op_clone *a, int *child_channel, int *ret_pidfd, struct err *e)
{
	int pair[2], pass[PLAN_SLOTS + 3];
	size_t n = 0;
	bool bridge = a->stage.v == STAGE_BRIDGE;
	TRY(channel_pair(pair, e));
	fd_closep(&r->channel); /* of an attempt that failed */
	r->channel = pair[0];
	*child_channel = pair[1];
	_cleanup_close_ int program = init_program(e);
	if (program < 0)
		return -1;
	_cleanup_close_ int plan = seal_plan(r, pair[1], bridge ? program : -1, pass, &n, e);
	if (plan < 0)
		return -1;
	char number[16], channel[16];
	snprintf(number, sizeof(number), "%d", plan);
	snprintf(channel, sizeof(channel), "%d", pair[1]);
	char *argv[] = { "socle-init", number, bridge ? "bridge" : "init", channel, NULL }, *envp[] = { NULL };
	pass[n++] = pair[1];
	pass[n++] = plan;
	if (bridge)
		pass[n++] = program;
	bool gated = a->namespaces.v & CLONE_NEWUSER;
	struct spawn s = { .gate = gated ? pair[1] : -1, .as_caller = a->how.v & CLONE_AS_CALLER,
			   .keep_groups = a->how.v & CLONE_KEEP_GROUPS, .failed = channel_spawn_failed,
			   .data = &pair[1], .program = program, .argv = argv, .envp = envp, .namespaces = a->namespaces.v,
			   .gate_other = pair[0],
			   .cgroup = run_slot(r, a->cgroup), .pass = pass, .n_pass = n };
	int pid = spawn_on(r, a, &s, ret_pidfd, e);
	if (pid < 0)
		explain_clone(gated, e);
	fd_closep(child_channel);
	return pid;
}
