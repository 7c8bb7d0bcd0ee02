/* SPDX-License-Identifier: Apache-2.0 */
/* The host stage's operations, and their undoing. */
#include "run/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/channel.h"
#include "plan/create.h"
#include "run/console.h"
#include "run/destroy.h"
#include "run/handover.h"
#include "run/hooks.h"
#include "run/idmaps.h"
#include "run/journal.h"
#include "run/limits.h"
#include "run/listener.h"
#include "run/rdt.h"
#include "run/statedir.h"
#include "run/unit.h"
#include "sys/bpf.h"
#include "sys/cgroupfs.h"
#include "sys/controllers.h"
#include "sys/fd.h"
#include "sys/freezer.h"
#include "sys/oom.h"
#include "sys/process.h"

/* How long init may take to say what it made, in milliseconds, before it is killed. */
#define UNDO_WAIT 2000

static struct host *host_of(struct run *r)
{
	return r->own;
}

/* ---- state directory and journal -------------------------------------------------------------------------- */

/* Whoever enters it stops there, and is waited for in vain. */
static int check_thawed(int dir, const char *path, struct err *e)
{
	if (freezer_holds(dir))
		return err_rule(e, NULL, "container's cgroup unexpectedly frozen: \"%s\", by itself or with one above; nothing "
				"would come to run in it", path);
	return 0;
}

/* Processes that are there already would be killed with the container: somebody else's cgroup is refused. */
static int check_unused(int dir, const char *path, struct err *e)
{
	bool populated;
	TRY(check_thawed(dir, path, e));
	TRY(cgroup_is_populated(dir, &populated, e));
	if (populated)
		return err_rule(e, NULL, "container's cgroup is not empty: \"%s\" holds processes already, and a container gets "
				"one of its own", path);
	return 0;
}

/* Before anything is journalled: what is in the journal will be killed and removed, whoever it belongs to. */
static int check_cgroups(struct run *r, struct err *e)
{
	struct plan_list l = r->plan->lists[STAGE_HOST];
	struct err absent = { 0 };
	for (uint32_t i = l.first; i < l.first + l.n; i++) {
		const struct op *op = plan_op_at(r->plan, i);
		const char *path = op->kind == OP_CGROUP ? run_str(r, ARGS(op_cgroup, r, op)->dir) : NULL;
		_cleanup_close_ int dir = path ? fd_open(path, O_RDONLY | O_DIRECTORY, &absent) : -1;
		if (path && dir < 0 && !err_is(&absent, ENOENT)) {
			*e = absent;
			return -1;
		}
		const char *origin = run_str(r, op->origin);
		if (dir >= 0 && check_unused(dir, path, e) < 0)
			return origin ? err_at(e, "%s", origin) : -1;
	}
	return 0;
}

/* A class of service goes with the container if it is its own; the group that is monitored does always. */
static void journal_rdt(struct run *r, struct journal *j)
{
	struct plan_list l = r->plan->lists[STAGE_HOST];
	for (uint32_t i = l.first; i < l.first + l.n; i++) {
		const struct op *op = plan_op_at(r->plan, i);
		const struct op_rdt_group *a = op->kind == OP_RDT_GROUP ? ARGS(op_rdt_group, r, op) : NULL;
		if (a && a->how.v & RDT_OWN)
			j->items[j->n++] = (struct journal_entry){ JOURNAL_RDT, run_str(r, a->dir) };
		if (a && a->monitor.at)
			j->items[j->n++] = (struct journal_entry){ JOURNAL_RDT, run_str(r, a->monitor) };
	}
}

/* What is there already belongs to somebody else, and would be removed with the container. */
static int check_rdt(struct run *r, struct err *e)
{
	struct plan_list l = r->plan->lists[STAGE_HOST];
	for (uint32_t i = l.first; i < l.first + l.n; i++) {
		const struct op *op = plan_op_at(r->plan, i);
		const struct op_rdt_group *a = op->kind == OP_RDT_GROUP ? ARGS(op_rdt_group, r, op) : NULL;
		const char *dir = a && a->how.v & RDT_OWN ? run_str(r, a->dir) : NULL;
		const char *monitor = a ? run_str(r, a->monitor) : NULL;
		const char *there = dir && access(dir, F_OK) == 0 ? dir : monitor && access(monitor, F_OK) == 0 ? monitor : NULL;
		if (there)
			return err_rule(e, "/linux/intelRdt", "the group \"%s\" is there already; a container gets one of its own",
					there);
	}
	return 0;
}

/* The plan tells all that will have to be undone, so all of it is journalled at once, before the first deed. */
static int journal_plan(struct run *r, struct err *e)
{
	struct host *h = host_of(r);
	struct plan_list l = r->plan->lists[STAGE_HOST];
	struct journal j = { 0, ARENA_ARRAY(h->options->arena, struct journal_entry, l.n + 3) };
	j.items[j.n++] = (struct journal_entry){ JOURNAL_BUNDLE, h->state->bundle };
	for (uint32_t i = l.first; i < l.first + l.n; i++) {
		const struct op *op = plan_op_at(r->plan, i);
		if (op->kind == OP_CGROUP)
			j.items[j.n++] = (struct journal_entry){ JOURNAL_CGROUP,
								 run_str(r, ARGS(op_cgroup, r, op)->dir) };
		if (op->kind == OP_UNIT)
			j.items[j.n++] = (struct journal_entry){ JOURNAL_UNIT, unit_journal(r, ARGS(op_unit, r, op),
											  h->options->arena) };
	}
	journal_rdt(r, &j);
	for (uint32_t i = l.first; i < l.first + l.n; i++) {
		const struct op *op = plan_op_at(r->plan, i);
		if (op->kind != OP_OPEN_NS || ARGS(op_open_ns, r, op)->type.v != CLONE_NEWNS)
			continue;
		j.items[j.n++] = (struct journal_entry){ JOURNAL_NAMESPACE, run_str(r, ARGS(op_open_ns, r, op)->path) };
		j.items[j.n++] = (struct journal_entry){ JOURNAL_MOUNTS, h->state->rootfs };
	}
	return journal_append(h->dir, &j, e);
}

static int perform_state_dir(struct run *r, const struct op *op, struct err *e)
{
	const struct op_state_dir *a = ARGS(op_state_dir, r, op);
	struct host *h = host_of(r);
	h->dir = statedir_claim(run_str(r, a->root), run_str(r, a->id), e);
	if (h->dir < 0)
		return -1;
	TRY(check_cgroups(r, e));
	TRY(check_rdt(r, e));
	return journal_plan(r, e);
}

/* Init holds both ends of the fifo, so it waits for a byte and never for an end. */
static int perform_fifo(struct run *r, const struct op *op, struct err *e)
{
	const struct op_fifo *a = ARGS(op_fifo, r, op);
	int dir = host_of(r)->dir;
	if (mkfifoat(dir, START_FIFO, 0600) < 0)
		return err_call(e, "mkfifo", START_FIFO);
	int fifo = fd_open_at(dir, START_FIFO, O_RDWR | O_NOFOLLOW, 0, e);
	if (fifo < 0)
		return -1;
	run_fill(r, a->fifo, &fifo);
	int error = fd_open_at(dir, START_ERROR, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600, e);
	if (error < 0)
		return -1;
	run_fill(r, a->error, &error);
	return 0;
}

static int perform_hook_output(struct run *r, const struct op *op, struct err *e)
{
	const struct op_hook_output *a = ARGS(op_hook_output, r, op);
	_cleanup_close_ int fd = hook_output_open(run_str(r, a->path), e);
	if (fd < 0)
		return -1;
	run_fill(r, a->keep, &fd);
	return 0;
}

static int perform_notify(struct run *r, const struct op *op, struct err *e)
{
	struct host *h = host_of(r);
	TRY(notify_make_dir(h->dir, e));
	return ARGS(op_notify, r, op)->how.v & NOTIFY_LISTEN ? notify_listen(h->dir, &h->notify, e) : 0;
}

static int perform_record(struct run *r, const struct op *op, struct err *e)
{
	(void)op;
	struct host *h = host_of(r);
	struct process_stat st;
	TRY(process_stat(h->state->pid, &st, e));
	h->state->pid_start = st.start;
	TRY(statedir_write(h->dir, h->state, e));
	TRY(statedir_write_config(h->dir, h->config, h->config_size, e));
	const char *receiver = h->options->pidfd_socket;
	if (!receiver)
		receiver = state_annotation(h->state, PIDFD_RECEIVER);
	if (receiver)
		TRY(descriptor_send(receiver, h->init_pidfd, "pidfd", e));
	if (!h->options->pid_file)
		return 0;
	TRY(pid_file_write(h->options->pid_file, h->state->pid, e));
	h->pid_file_written = true;
	return 0;
}

/* ---- cgroups ---------------------------------------------------------------------------------------------- */

static int before_parent(void *data, const char *path, struct err *e)
{
	struct host *h = data;
	struct journal_entry entry = { JOURNAL_CGROUP, path };
	struct journal j = { 1, &entry };
	return journal_append(h->dir, &j, e);
}

/* A single-threaded process enters a version 1 cgroup by "tasks", which does not wait for every processor as
 * "cgroup.procs" does: 20 microseconds in place of 5 milliseconds. */
int host_keep_cgroup(struct run *r, struct fills cgroup, struct fills procs, int *dir, struct err *e)
{
	if (procs.n >= 0) {
		int tasks = fd_open_at(*dir, "tasks", O_WRONLY, 0, e);
		if (tasks < 0 && err_is(e, ENOENT))
			tasks = fd_open_at(*dir, "cgroup.procs", O_WRONLY, 0, e);
		if (tasks < 0)
			return -1;
		run_fill(r, procs, &tasks);
	}
	run_fill(r, cgroup, dir);
	return 0;
}

/* Version 2 and one hierarchy of version 1: to ask the others is in vain. */
static bool can_freeze(const char *controllers)
{
	return !controllers || strstr(controllers, "freezer");
}

static int perform_cgroup(struct run *r, const struct op *op, struct err *e)
{
	const struct op_cgroup *a = ARGS(op_cgroup, r, op);
	const char *path = run_str(r, a->dir);
	bool existed;
	_cleanup_close_ int dir = cgroup_make(path, before_parent, host_of(r), &existed, e);
	if (dir < 0)
		return -1;
	if (existed && !(a->how.v & CGROUP_UNIT))
		TRY(check_unused(dir, path, e));
	else if (can_freeze(run_str(r, a->controllers)))
		TRY(check_thawed(dir, path, e));
	struct host *h = host_of(r);
	cgroup_mark(dir, container_owner(h->options->state_root, h->options->id, h->options->arena));
	if (a->how.v & CGROUP_CPUSET)
		TRY(cgroup_copy_cpuset(dir, path, e));
	return host_keep_cgroup(r, a->cgroup, a->procs, &dir, e);
}

/* Init, which waits, is put into a cgroup. */
static int perform_host_cgroup_enter(struct run *r, const struct op *op, struct err *e)
{
	char number[16];
	int n = snprintf(number, sizeof(number), "%d", (int)host_of(r)->state->pid);
	if (write(run_slot(r, ARGS(op_cgroup_enter, r, op)->procs), number, (size_t)n) < 0)
		return err_call(e, "write", "cgroup.procs");
	return 0;
}

static int perform_cgroup_owner(struct run *r, const struct op *op, struct err *e)
{
	const struct op_cgroup_owner *a = ARGS(op_cgroup_owner, r, op);
	if (cgroup_set_owner(run_slot(r, a->cgroup), a->uid, e) < 0)
		return err_note(e, "the cgroup \"%s\" is to belong to uid %u, the container's root", run_str(r, a->dir), a->uid);
	return 0;
}

static int perform_device_filter(struct run *r, const struct op *op, struct err *e)
{
	const struct op_device_filter *a = ARGS(op_device_filter, r, op);
	size_t n = a->program.n / 2;
	uint64_t *insns = ARENA_ARRAY(host_of(r)->options->arena, uint64_t, n);
	memcpy(insns, plan_at(r->plan, a->program.at), n * sizeof(*insns));
	return bpf_attach_device_filter(run_slot(r, a->cgroup), insns, n, e);
}

/* ---- namespaces and the child ----------------------------------------------------------------------------- */

static int perform_open_ns(struct run *r, const struct op *op, struct err *e)
{
	const struct op_open_ns *a = ARGS(op_open_ns, r, op);
	const char *path = run_str(r, a->path);
	_cleanup_close_ int fd = fd_open(path, O_RDONLY | O_NONBLOCK, e);
	if (fd < 0)
		return -1;
	int type = ioctl(fd, NS_GET_NSTYPE);
	if (type < 0)
		return err_rule(e, NULL, "\"%s\" is no namespace", path);
	if ((uint64_t)type != a->type.v)
		return err_rule(e, NULL, "\"%s\" is a %s namespace, not a %s namespace", path,
				ns_flag_name((uint64_t)type), ns_flag_name(a->type.v));
	run_fill(r, a->keep, &fd);
	return 0;
}

static int perform_clone(struct run *r, const struct op *op, struct err *e)
{
	const struct op_clone *a = ARGS(op_clone, r, op);
	struct host *h = host_of(r);
	int pid = handover_clone(r, a, &h->child_channel, &h->pidfd, e);
	if (pid < 0)
		return a->cgroup.n < 0 ? -1 : controllers_explain_entry(run_slot(r, a->cgroup), e);
	if (a->stage.v == STAGE_INIT) {
		h->state->pid = r->pid = pid;
		h->init_pidfd = h->pidfd;
	}
	return 0;
}

/* The bridge hands over init, which is our child now, and is reaped. */
static int take_init(struct run *r, const struct op_sync *a, struct err *e)
{
	struct host *h = host_of(r);
	int status;
	/* Init has the channel too by then: a bridge that dies before it has said who init is leaves it open. */
	const struct channel_wait w = { r->channel, r->interrupt, a->limit, stage_names[a->peer.v], &h->pidfd };
	TRY(channel_await(&w, SYNC_INIT_PID, sync_names[SYNC_INIT_PID], &h->init_pidfd, e));
	TRY(pidfd_wait(h->pidfd, &status, e));
	fd_closep(&h->pidfd);
	h->pidfd = h->init_pidfd;
	h->state->pid = r->pid = pidfd_pid(h->init_pidfd, e);
	return h->state->pid < 0 ? -1 : 0;
}

static int perform_id_maps(struct run *r, const struct op *op, struct err *e)
{
	const struct op_id_maps *a = ARGS(op_id_maps, r, op);
	const struct idmaps maps = { run_str(r, a->uid), run_str(r, a->gid), a->how.v };
	TRY(idmaps_write(host_of(r)->state->pid, &maps, e));
	return channel_tell(r->channel, SYNC_MAPPED, -1, e);
}

int perform_id_namespace(struct run *r, const struct op *op, struct err *e)
{
	const struct op_id_namespace *a = ARGS(op_id_namespace, r, op);
	const struct idmaps maps = { run_str(r, a->uid), run_str(r, a->gid), a->how.v };
	int fd = idmaps_namespace(&maps, e);
	if (fd < 0 && strcmp(e->field, "/linux/gidMappings") == 0)
		e->field[0] = 0; /* they are a mount's */
	if (fd < 0)
		return -1;
	run_fill(r, a->keep, &fd);
	return 0;
}

static int perform_oom(struct run *r, const struct op *op, struct err *e)
{
	char text[16];
	const struct op_oom *a = ARGS(op_oom, r, op);
	struct host *h = host_of(r);
	snprintf(text, sizeof(text), "%d", a->score);
	if (process_file_write(h->state->pid, "oom_score_adj", text, e) == 0)
		return 0;
	if (!(a->how.v & OOM_IF_ALLOWED) || !err_is(e, EACCES))
		return -1;
	memset(e, 0, sizeof(*e));
	if (h->warn.warn)
		h->warn.warn(h->warn.data, "/process/oomScoreAdj: only the host's root may lower it, leaving it as it is");
	return 0;
}

static int take_console(struct run *r, const struct op_sync *a, struct err *e)
{
	struct host *h = host_of(r);
	const struct channel_wait w = { r->channel, r->interrupt, a->limit, stage_names[a->peer.v] };
	TRY(channel_await(&w, SYNC_CONSOLE, sync_names[SYNC_CONSOLE], &h->console, e));
	if (!h->options->console_socket)
		return 0;
	TRY(descriptor_send(h->options->console_socket, h->console, "/dev/ptmx", e));
	fd_closep(&h->console);
	return 0;
}

static int await_word(struct run *r, const struct op *op, struct err *e)
{
	const struct op_sync *a = ARGS(op_sync, r, op);
	switch (a->what.v) {
	case SYNC_INIT_PID:
		return take_init(r, a, e);
	case SYNC_CONSOLE:
		return take_console(r, a, e);
	default:
		return perform_await(r, op, e);
	}
}

/* Whoever was killed could not say so. */
static int say_killed(struct run *r, struct err *e)
{
	int signal = pidfd_killed_by(host_of(r)->pidfd);
	if (signal)
		err_note(e, "killed by signal %d", signal);
	return -1;
}

static int perform_host_await(struct run *r, const struct op *op, struct err *e)
{
	return await_word(r, op, e) < 0 ? say_killed(r, e) : 0;
}

static int perform_host_tell(struct run *r, const struct op *op, struct err *e)
{
	return perform_tell(r, op, e) < 0 ? say_killed(r, e) : 0;
}

static perform_fn *const table[N_OPS] = {
	[OP_STATE_DIR] = perform_state_dir,
	[OP_FIFO] = perform_fifo,
	[OP_UNIT] = perform_unit,
	[OP_UNIT_SET] = perform_unit_set,
	[OP_UNIT_ATTACH] = perform_unit_attach,
	[OP_RDT_GROUP] = perform_rdt_group,
	[OP_RDT_ENTER] = perform_rdt_enter,
	[OP_CGROUP] = perform_cgroup,
	[OP_CGROUP_CONTROLLERS] = perform_cgroup_controllers,
	[OP_CGROUP_SET] = perform_cgroup_set,
	[OP_CGROUP_CHECK] = perform_cgroup_check,
	[OP_CGROUP_OWNER] = perform_cgroup_owner,
	[OP_CGROUP_ENTER] = perform_host_cgroup_enter,
	[OP_DEVICE_FILTER] = perform_device_filter,
	[OP_OPEN_NS] = perform_open_ns,
	[OP_OPEN_PROCESS] = perform_open_process,
	[OP_OPEN_CGROUP] = perform_open_cgroup,
	[OP_CLONE] = perform_clone,
	[OP_ID_MAPS] = perform_id_maps,
	[OP_ID_NAMESPACE] = perform_id_namespace,
	[OP_NET_DEVICE] = perform_net_device,
	[OP_NOTIFY] = perform_notify,
	[OP_HOOK_OUTPUT] = perform_hook_output,
	[OP_OOM] = perform_oom,
	[OP_SOURCE] = perform_source,
	[OP_RELABEL] = perform_relabel,
	[OP_RECORD] = perform_record,
	[OP_HOOK] = perform_hook,
	[OP_LISTENER] = perform_listener,
	[OP_TELL] = perform_host_tell,
	[OP_AWAIT] = perform_host_await,
};

/* ---- all of it -------------------------------------------------------------------------------------------- */

void host_settled(struct run *r)
{
	moved_devices_done(&host_of(r)->devices);
}

void host_done(struct run *r)
{
	struct host *h = host_of(r);
	for (uint32_t i = 0; i < r->plan->n_slots; i++)
		fd_closep(&r->slots[i]);
	free(r->slots);
	fd_closep(&r->channel);
	fd_closep(&h->child_channel);
	if (h->init_pidfd != h->pidfd)
		fd_closep(&h->init_pidfd);
	fd_closep(&h->pidfd);
	fd_closep(&h->console);
	moved_devices_done(&h->devices);
	notify_done(&h->notify);
	fd_closep(&h->dir);
}

/* The path of the mount namespace that the container joins; NULL if it has one of its own. */
static const char *joined_mounts(const struct run *r)
{
	struct plan_list l = r->plan->lists[STAGE_HOST];
	for (uint32_t i = l.first; i < l.first + l.n; i++) {
		const struct op *op = plan_op_at(r->plan, i);
		if (op->kind == OP_OPEN_NS && ARGS(op_open_ns, r, op)->type.v == CLONE_NEWNS)
			return run_str(r, ARGS(op_open_ns, r, op)->path);
	}
	return NULL;
}

void host_undo(struct run *r, struct err *e)
{
	struct host *h = host_of(r);
	struct err second = { 0 };
	struct made_list made = { 0 };
	if (r->channel >= 0 && h->pidfd >= 0)
		made_hear(&made, r->channel, UNDO_WAIT);
	fd_closep(&r->channel);
	if (pidfd_kill_and_reap(h->pidfd) == 128 + SIGSYS)
		err_note(e, "the seccomp filter killed the set-up, by a call that the profile does not allow");
	if (h->init_pidfd != h->pidfd)
		pidfd_kill_and_reap(h->init_pidfd);
	moved_devices_undo(&h->devices, e);
	if (h->pid_file_written)
		unlink(h->options->pid_file);
	if (h->dir >= 0 && container_destroy(h->options->state_root, h->options->id, h->dir,
				 h->options->arena, &second) < 0)
		err_also(e, &second);
	image_restore(&made, joined_mounts(r), h->state->rootfs);
	made_done(&made);
	if (h->dir >= 0 && h->state->pid)
		hooks_run("poststop", &h->state->poststop, h->state, STATUS_STOPPED, &h->warn);
}

static bool was_killed_for_memory(const struct state *s)
{
	struct err ignored = { 0 };
	for (size_t i = 0; i < s->cgroups.n; i++) {
		_cleanup_close_ int dir = fd_open(s->cgroups.items[i], O_PATH | O_DIRECTORY, &ignored);
		if (dir >= 0 && oom_count_kills(dir))
			return true;
	}
	return false;
}

static bool has_memory_limit(const struct spec *spec)
{
	const struct spec_linux *l = spec ? spec->linux_ : NULL;
	return l && l->resources && l->resources->memory && l->resources->memory->limit.v > 0;
}

/* A child that is gone without a word may have had too little memory to speak; version 2 does not let it begin. */
static void explain_silence(const struct host *h, struct err *e)
{
	if (!e->call[0] && was_killed_for_memory(h->state))
		err_note(e, "the container's init was OOM-killed (memory limit too low?)");
	else if (err_is(e, ENOMEM) && has_memory_limit(h->spec))
		err_note(e, "the container's init has no memory to begin with (memory limit too low?)");
}

int host_run(struct run *r, struct err *e)
{
	if (run_list(r, STAGE_HOST, table, e) == 0)
		return 0;
	explain_silence(host_of(r), e);
	host_undo(r, e);
	return -1;
}
