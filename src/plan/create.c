/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of `create` and `run`: the order of things, and nothing else.  What each line adds is in its file. */
#define _GNU_SOURCE
#include "plan/create.h"

#include <sched.h>
#include <string.h>
#include <linux/mount.h>

#include "base/env.h"
#include "plan/parts.h"

/* How long one stage waits for another, in seconds.  The death of the other side ends a wait at once; this is for
 * one that lives and does not come to an end. */
#define LIMIT 300

static void plan_host_begin(struct planner *p)
{
	struct op_state_dir dir = { plan_text(&p->plan, p->request->state_root),
				    plan_text(&p->plan, p->request->id) };
	HOST_ADD(p, OP_STATE_DIR, &dir);
}

static void plan_start_fifo(struct planner *p, struct op_await_start *ret_start)
{
	*ret_start = (struct op_await_start){ NO_SLOT, NO_SLOT };
	if (p->request->run)
		return;
	plan_because(&p->plan, "the program waits for `start`");
	ret_start->fifo = plan_slot(&p->plan, "start fifo");
	ret_start->error = plan_slot(&p->plan, "start error");
	struct op_fifo fifo = { plan_fills(ret_start->fifo), plan_fills(ret_start->error) };
	HOST_ADD(p, OP_FIFO, &fifo);
}

static void plan_clone(struct planner *p, enum stage stage, enum stage which, uint64_t namespaces)
{
	struct slot cgroup = NO_SLOT;
	for (size_t i = 0; stage == STAGE_HOST && i < p->facts->hierarchies.n; i++)
		if (p->facts->hierarchies.items[i].controllers[0] == 0)
			cgroup = p->cgroups[i].cgroup;
	bool as_caller = which == STAGE_INIT && plan_root_is_late(p);
	struct op_clone clone = { { namespaces }, { which }, cgroup, { 0 }, { 0 } };
	clone.how.v = (as_caller ? CLONE_AS_CALLER : 0) | (plan_keeps_groups(p) ? CLONE_KEEP_GROUPS : 0);
	plan_add(&p->plan, stage, OP_CLONE, &clone);
}

/* Existing pid namespaces can only be entered by a child of who joins them: a bridge. */
static void plan_clones(struct planner *p)
{
	plan_origin(&p->plan, "/linux/namespaces");
	if (p->first == STAGE_INIT) {
		plan_clone(p, STAGE_HOST, STAGE_INIT, plan_clone_namespaces(p));
		return;
	}
	plan_clone(p, STAGE_HOST, STAGE_BRIDGE, 0);
	struct op_sync pid = { .what = { SYNC_INIT_PID }, .peer = { STAGE_BRIDGE }, .limit = LIMIT };
	HOST_ADD(p, OP_AWAIT, &pid);
}

static void plan_bridge(struct planner *p)
{
	if (p->first != STAGE_BRIDGE)
		return;
	plan_origin(&p->plan, "/linux/namespaces");
	plan_clone(p, STAGE_BRIDGE, STAGE_INIT, plan_clone_namespaces(p));
}

void plan_session(struct planner *p, const char *id, bool keyring)
{
	plan_because(&p->plan, "the container gets a session of its own");
	INIT_ADD(p, OP_SESSION, NULL);
	if (!keyring)
		return;
	plan_key_label(p, p->spec->process->selinux_label);
	plan_because(&p->plan, "the container gets a session of its own");
	struct op_name name = { plan_fmt(&p->plan, "_ses.%s", id) };
	INIT_ADD(p, OP_KEYRING, &name);
	plan_key_label(p, NULL);
}

static uint32_t propagation_flag(const char *name)
{
	static const struct { const char *name; uint32_t flag; } rows[] = {
		{ "shared", MS_SHARED },   { "rshared", MS_SHARED | MS_REC },
		{ "slave", MS_SLAVE },	   { "rslave", MS_SLAVE | MS_REC },
		{ "private", MS_PRIVATE }, { "rprivate", MS_PRIVATE | MS_REC },
		{ "unbindable", MS_UNBINDABLE }, { "runbindable", MS_UNBINDABLE | MS_REC },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (name && strcmp(name, rows[i].name) == 0)
			return rows[i].flag;
	return MS_SLAVE | MS_REC;
}

/* Can the mount that holds the root still be shared when the root is bound?  Only a recursive form has reached it
 * for sure, and nothing was changed in a namespace that is joined. */
static bool parent_may_be_shared(const struct planner *p)
{
	uint32_t flag = propagation_flag(p->linux_->rootfs_propagation);
	return p->join_ns & CLONE_NEWNS || flag & MS_SHARED || !(flag & MS_REC);
}

void plan_propagation(struct planner *p, struct slot at)
{
	uint32_t flag = propagation_flag(p->linux_->rootfs_propagation);
	struct op_propagation spread = { at, { 0 } };
	if (at.n < 0 && flag & MS_UNBINDABLE)
		flag ^= MS_UNBINDABLE | MS_PRIVATE; /* the root and all sources are yet to be bound */
	struct numbers n = plan_numbers(&p->plan, &flag, 1);
	spread.spread = (struct spreads){ n.at, n.n };
	if (p->linux_->rootfs_propagation)
		plan_origin(&p->plan, "/linux/rootfsPropagation");
	else
		plan_because(&p->plan, "no mount of the container reaches the host");
	INIT_ADD(p, OP_PROPAGATION, &spread);
}

/* Without slashes and dots behind it, which would follow a symlink that is the last component (SEC-55). */
static const char *root_path(const struct planner *p)
{
	const char *path = p->spec->root->path;
	size_t n = strlen(path);
	while (n > 1 && (path[n - 1] == '/' || (path[n - 1] == '.' && path[n - 2] == '/')))
		n--;
	if (path[0] == '/')
		return arena_fmt(p->arena, "%.*s", (int)n, path);
	return arena_fmt(p->arena, "%s/%.*s", p->request->bundle, (int)n, path);
}

/* All that is bound is opened before the first target is attached.  The root is bound onto itself by whoever can
 * reach it. */
static int plan_all_sources(struct planner *p)
{
	enum stage stage = plan_source_stage(p);
	TRY(plan_sources(p));
	plan_notify_source(p);
	if (!plan_has_userns(p))
		return 0;
	p->root_tree = plan_slot(&p->plan, "root tree");
	struct op_source source = { plan_text(&p->plan, root_path(p)),
				    { SOURCE_RECURSIVE | SOURCE_NOFOLLOW }, NO_SLOT, plan_fills(p->root_tree) };
	source.how.v |= stage == STAGE_HOST ? SOURCE_SLAVE : 0;
	plan_origin(&p->plan, "/root/path");
	plan_add(&p->plan, stage, OP_SOURCE, &source);
	return 0;
}

/* By init, in its mount namespace. */
static int plan_own_sources(struct planner *p)
{
	if (p->new_ns & CLONE_NEWNS)
		plan_propagation(p, NO_SLOT);
	return plan_source_stage(p) == STAGE_INIT ? plan_all_sources(p) : 0;
}

static int plan_sources_as_caller(struct planner *p)
{
	TRY(plan_own_sources(p));
	plan_late_root(p);
	return 0;
}

void plan_root(struct planner *p)
{
	bool mounts = (p->new_ns | p->join_ns) & CLONE_NEWNS;
	p->root = plan_slot(&p->plan, "root");
	struct op_root root = { plan_text(&p->plan, root_path(p)), p->root_tree, plan_fills(p->root), { 0 } };
	root.how.v = (mounts ? 0 : ROOT_NO_MOUNT) | (mounts && parent_may_be_shared(p) ? ROOT_PRIVATE_PARENT : 0);
	plan_origin(&p->plan, "/root/path");
	INIT_ADD(p, OP_ROOT, &root);
}

void plan_change_root(struct planner *p)
{
	struct op_change_root change = { { ROOT_CHROOT }, p->root };
	plan_origin(&p->plan, "/root/path");
	if (p->new_ns & CLONE_NEWNS)
		change.how.v = p->request->no_pivot ? ROOT_MOVE : ROOT_PIVOT;
	INIT_ADD(p, OP_CHANGE_ROOT, &change);
}

int plan_finishing(struct planner *p)
{
	struct op_attributes attr = { p->dev, { MOUNT_ATTR_RDONLY }, 5 };
	plan_sysctls(p);
	if (p->dev_readonly) {
		plan_because(&p->plan, "a read-only /dev, now that its nodes are made");
		INIT_ADD(p, OP_ATTRIBUTES, &attr);
	}
	if (p->spec->root->readonly) {
		plan_origin(&p->plan, "/root/readonly");
		attr = (struct op_attributes){ p->root, { MOUNT_ATTR_RDONLY }, 0 };
		INIT_ADD(p, OP_ATTRIBUTES, &attr);
	}
	return plan_masks(p);
}

/* Of what is unbindable no more copies can be made, and what is shared cannot be pivoted to. */
static void plan_last_propagation(struct planner *p)
{
	if (p->linux_->rootfs_propagation && p->new_ns & CLONE_NEWNS)
		plan_propagation(p, p->root);
}

/* Bridge and init share the channel: init keeps silent until the bridge has been heard. */
void plan_taken(struct planner *p)
{
	if (p->first != STAGE_BRIDGE)
		return;
	plan_because(&p->plan, "the bridge speaks before init does");
	plan_sync(&p->plan, STAGE_HOST, STAGE_INIT, SYNC_TAKEN, LIMIT);
}

/* Recorded while init is at work, so that neither waits for the other. */
static void plan_record(struct planner *p)
{
	struct op_record record = { { p->request->run ? STATUS_RUNNING : STATUS_CREATED } };
	plan_because(&p->plan, "whatever happens from here on, `delete` knows of it");
	HOST_ADD(p, OP_RECORD, &record);
}

/* Once init has heard "go", nobody else has to live for the container to go on.  `create` ends only when init is
 * ready; `run` hears of the program itself, or of what went wrong, and says "go" beforehand. */
static void plan_hand_over(struct planner *p, const struct op_await_start *start)
{
	plan_because(&p->plan, "the container is recorded and goes on alone");
	INIT_ADD(p, OP_OUTLIVE, NULL);
	plan_seccomp(p, SECCOMP_BEFORE_READY);
	if (!p->request->run)
		plan_sync(&p->plan, STAGE_INIT, STAGE_HOST, SYNC_READY, p->spec->hooks ? 0 : LIMIT);
	plan_sync(&p->plan, STAGE_HOST, STAGE_INIT, SYNC_GO, LIMIT);
	if (!p->request->run)
		INIT_ADD(p, OP_AWAIT_START, start);
	plan_seccomp(p, SECCOMP_BEFORE_PROGRAM);
}

/* What is decided before the first operation: what cannot be carried out is refused here. */
static int plan_decide(struct planner *p)
{
	plan_because(&p->plan, "every container has one");
	TRY(plan_namespaces(p));
	TRY(plan_refuse(p));
	TRY(plan_check_labels(p));
	TRY(plan_seccomp_check(p));
	TRY(plan_settle(p, p->linux_->resources));
	return plan_name_cgroups(p);
}

/* The host's own work, from the state directory to a child whose state is recorded. */
static int plan_until_recorded(struct planner *p, struct op_await_start *ret_start)
{
	plan_host_begin(p);
	if (!p->scope)
		TRY(plan_cgroups(p));
	TRY(plan_rdt_group(p));
	plan_open_namespaces(p);
	plan_start_fifo(p, ret_start);
	plan_notify(p);
	TRY(plan_hook_outputs(p));
	plan_id_namespaces(p);
	if (plan_source_stage(p) == STAGE_HOST)
		TRY(plan_all_sources(p));
	plan_clones(p);
	plan_oom(p);
	TRY(plan_scope(p));
	plan_id_maps(p);
	plan_taken(p);
	plan_placed(p);
	plan_late_resources(p);
	plan_rdt_enter(p, p->request->id);
	plan_record(p);
	plan_net_devices(p);
	return 0;
}

/* Bridge and init: in their cgroups and namespaces, by who they are. */
static int plan_arrival(struct planner *p)
{
	if (!p->scope)
		plan_enter_cgroups(p);
	plan_join(p);
	plan_bridge(p);
	TRY(plan_delegate(p));
	if (plan_root_is_late(p))
		TRY(plan_sources_as_caller(p));
	plan_host_pid(p);
	plan_early_procfs(p);
	plan_clocks(p);
	plan_session(p, p->request->id, !p->request->no_new_keyring);
	plan_identity(p);
	return plan_root_is_late(p) ? 0 : plan_own_sources(p);
}

static int plan_root_file_system(struct planner *p)
{
	plan_unit_sources(p);
	plan_root(p);
	TRY(plan_mounts(p));
	plan_notify_mount(p);
	TRY(plan_devices(p));
	plan_runtime_hooks(p);
	plan_hooks(p, HOOK_CREATE_CONTAINER);
	plan_change_root(p);
	TRY(plan_finishing(p));
	plan_last_propagation(p);
	return 0;
}

static int plan_all(struct planner *p)
{
	struct op_await_start start;
	TRY(plan_decide(p));
	TRY(plan_until_recorded(p, &start));
	TRY(plan_arrival(p));
	TRY(plan_root_file_system(p));
	TRY(plan_limits(p));
	TRY(plan_credentials(p));
	plan_hand_over(p, &start);
	plan_hooks(p, HOOK_START_CONTAINER);
	plan_program(p);
	return 0;
}

void planner_init(struct planner *p, struct arena *a)
{
	static const struct spec_linux nothing;
	struct slot *const slots[] = { &p->root_tree, &p->root, &p->hook_output, &p->hook_errors, &p->notify, &p->own_procfs, &p->proc, &p->devpts, &p->dev,
				       &p->null, &p->host_fs[0], &p->host_fs[1], &p->host_fs[2] };
	p->arena = a;
	p->first = STAGE_INIT;
	if (!p->linux_)
		p->linux_ = p->spec->linux_ ? p->spec->linux_ : &nothing;
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		*slots[i] = NO_SLOT;
	plan_init(&p->plan, a);
}

int plan_create(const struct spec *spec, const struct create_request *request, const struct facts *facts,
		struct arena *a, struct problems *warnings, const struct plan_header **ret_plan, struct err *e)
{
	struct spec own = *spec;
	struct spec_process process;
	struct planner p = { .spec = &own, .request = request, .facts = facts, .warnings = warnings, .e = e };
	if (spec->process && request->env.n) {
		process = *spec->process;
		process.env = env_override(&process.env, &request->env, a);
		own.process = &process;
	}
	planner_init(&p, a);
	p.seccomp = request->seccomp;
	p.plan.preserve_fds = request->preserve_fds;
	if (!spec->root)
		return err_rule(e, "/root", "\"root\" is missing");
	if (!spec->process)
		return err_rule(e, "/process", "\"process\" is missing");
	TRY(plan_all(&p));
	return plan_finish(&p.plan, ret_plan, e);
}
