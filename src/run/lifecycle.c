/* SPDX-License-Identifier: Apache-2.0 */
/* What may happen to a container when: the matrix, and the commands that go by it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan/op.h"
#include "run/container.h"
#include "run/destroy.h"
#include "run/events.h"
#include "run/hooks.h"
#include "run/journal.h"
#include "run/members.h"
#include "run/notify.h"
#include "run/statedir.h"
#include "run/update.h"
#include "sys/calls.h"
#include "sys/cgroupfs.h"
#include "sys/fd.h"
#include "sys/freezer.h"
#include "sys/process.h"

enum command { COMMAND_START, COMMAND_KILL, COMMAND_DELETE, COMMAND_PAUSE, COMMAND_RESUME, COMMAND_EVENTS, COMMAND_UPDATE,
	       N_COMMANDS };

static const char *const command_names[N_COMMANDS] = { "start", "kill", "delete", "pause", "resume",
							"tell the events of", "update" };

static const bool allowed[N_STATUS][N_COMMANDS] = {
	/*                    start  kill   delete pause  resume events update */
	[STATUS_CREATING] = { false, false, false, false, false, false, false },
	[STATUS_CREATED]  = { true,  true,  false, true,  false, true, true },
	[STATUS_RUNNING]  = { false, true,  false, true,  false, true, true },
	[STATUS_STOPPED]  = { false, false, true,  false, false, false, false },
	[STATUS_PAUSED]	  = { false, true,  false, false, true,  true, true },
};

/* Why not, in words that engines look for. */
static int check_allowed(const char *id, int status, enum command command, struct err *e)
{
	if (allowed[status][command])
		return 0;
	const char *why = status == STATUS_STOPPED    ? "container is not running"
			  : command == COMMAND_RESUME ? "container is not paused"
			  : status == STATUS_PAUSED   ? "container is paused"
			  : command == COMMAND_START  ? "container has been started already"
						      : "container is not stopped";
	if (status == STATUS_CREATING)
		why = "container is being created";
	return err_rule(e, NULL, "cannot %s container \"%s\": %s (its status is \"%s\")", command_names[command], id, why,
			status_names[status]);
}

/* ---- finding out ------------------------------------------------------------------------------------------ */

/* One container, opened. */
struct container {
	const char *root, *id;
	int dir;
	bool locked;
	bool tolerant; /* of a state that cannot be read */
	struct state *state; /* never NULL: a stand-in where there is none yet */
	int status;
};

static void container_close(struct container *c)
{
	fd_closep(&c->dir);
}

/* No process yet: somebody is at it and has the lock, or was killed. */
static int status_without_process(int dir, bool locked, struct err *e)
{
	if (locked)
		return STATUS_STOPPED;
	int r = statedir_lock(dir, LOCK_TRY, e);
	if (r <= 0)
		return r < 0 ? -1 : STATUS_CREATING;
	return statedir_unlock(dir, e) < 0 ? -1 : STATUS_STOPPED;
}

/* Whoever cannot tell must not take it for dead: `delete` would kill it. */
static int is_alive(const struct state *s, struct err *e)
{
	struct process_stat st;
	if (process_stat(s->pid, &st, e) == 0)
		return st.start == s->pid_start && st.state != 'Z' && st.state != 'X';
	if (!err_is(e, ENOENT) && !err_is(e, ESRCH))
		return -1;
	memset(e, 0, sizeof(*e));
	return 0;
}

static int find_status(const struct container *c, struct err *e)
{
	const struct state *s = c->state;
	if (s->pid == 0 || s->pid_start == 0)
		return status_without_process(c->dir, c->locked, e);
	int alive = is_alive(s, e);
	if (alive <= 0)
		return alive < 0 ? -1 : STATUS_STOPPED;
	if (!c->locked && statedir_is_creating(c->dir))
		return STATUS_CREATING;
	if (freezer_is_frozen(&s->cgroups))
		return STATUS_PAUSED;
	/* Init reads the fifo until its exec.  A `start` that was killed may have left the name behind. */
	_cleanup_close_ int fifo = fd_open_at(c->dir, START_FIFO, O_WRONLY | O_NONBLOCK | O_NOFOLLOW, 0, e);
	if (fifo < 0 && !err_is(e, ENOENT) && !err_is(e, ENXIO))
		return -1;
	if (fifo < 0)
		memset(e, 0, sizeof(*e));
	return fifo >= 0 ? STATUS_CREATED : STATUS_RUNNING;
}

/* There is no state before there is a process.  What the journal's first entry tells stands in for it. */
static int read_journal(struct container *c, struct arena *a, struct err *e)
{
	struct journal j;
	TRY(journal_read(c->dir, a, &j, e));
	c->state = ARENA_NEW(a, struct state);
	*c->state = (struct state){ .version = STATE_VERSION, .oci_version = OCI_VERSION, .id = c->id, .bundle = "",
				    .rootfs = "", .created = "", .owner = geteuid() };
	if (j.n > 0 && j.items[0].kind == JOURNAL_BUNDLE)
		c->state->bundle = j.items[0].value;
	return 0;
}

/* A state that is damaged is an error, but not for who only wants to list or to force it away: the journal tells what
 * there is to remove. */
static int read_container(struct container *c, struct arena *a, struct err *e)
{
	if (statedir_read(c->dir, a, &c->state, e) < 0) {
		if (!c->tolerant)
			return -1;
		memset(e, 0, sizeof(*e));
		c->state = NULL;
	}
	if (!c->state)
		TRY(read_journal(c, a, e));
	c->status = find_status(c, e);
	return c->status < 0 ? -1 : 0;
}

static int open_container(const char *root, const char *id, struct arena *a, struct container *c, struct err *e)
{
	*c = (struct container){ .root = root, .id = id, .dir = -1, .tolerant = c->tolerant };
	c->dir = statedir_open(root, id, e);
	return c->dir < 0 ? -1 : read_container(c, a, e);
}

static int does_not_exist(const char *id, struct err *e)
{
	err_rule(e, NULL, "container \"%s\": container does not exist", id);
	e->num = ENOENT;
	return -1;
}

/* No process yet, or none any more: then a `delete` is at its end and done in a moment.  Is it? */
static bool lock_soon(int dir, int *ret_locked, struct err *e)
{
	for (int i = 0; i < 20; i++) {
		poll(NULL, 0, 5);
		*ret_locked = statedir_lock(dir, LOCK_TRY, e);
		if (*ret_locked != 0 || statedir_is_gone(dir))
			return *ret_locked >= 0;
	}
	return false;
}

/* For commands that change it.  One that is being created is not waited for. */
static int open_locked(const char *root, const char *id, enum command command, struct arena *a, struct container *c,
		       struct err *e)
{
	*c = (struct container){ .root = root, .id = id, .dir = -1, .tolerant = c->tolerant };
	c->dir = statedir_open(root, id, e);
	if (c->dir < 0)
		return -1;
	int r = statedir_lock(c->dir, LOCK_TRY, e);
	if (r == 0) {
		TRY(read_container(c, a, e));
		bool ending = c->status == STATUS_CREATING && c->state->pid == 0;
		if (c->status == STATUS_CREATING && !(ending && lock_soon(c->dir, &r, e)))
			return r < 0 ? -1 : check_allowed(id, c->status, command, e);
		if (!ending)
			r = statedir_lock(c->dir, LOCK_WAIT, e); /* another command, which will be done soon */
	}
	if (r <= 0)
		return r < 0 ? -1 : does_not_exist(id, e);
	c->locked = true;
	return read_container(c, a, e);
}

int container_state(const char *root, const char *id, struct arena *a, struct container_info *ret_info, struct err *e)
{
	_cleanup_(container_close) struct container c = { .dir = -1 };
	TRY(open_container(root, id, a, &c, e));
	*ret_info = (struct container_info){ c.state, c.status };
	return 0;
}

/* ---- start ------------------------------------------------------------------------------------------------ */

/* The error of a program that could not be executed, which init left for us. */
static int read_start_error(int dir, struct err *e)
{
	struct err error;
	_cleanup_close_ int fd = fd_open_at(dir, START_ERROR, O_RDONLY | O_NOFOLLOW, 0, e);
	if (fd < 0)
		return -1;
	ssize_t n = read(fd, &error, sizeof(error));
	if (n == 0)
		return 0;
	if (n < 0)
		return err_call(e, "read", START_ERROR);
	if (n != sizeof(error))
		return err_rule(e, NULL, "\"" START_ERROR "\" is cut short");
	error.call[sizeof(error.call) - 1] = error.path[sizeof(error.path) - 1] = 0;
	error.field[sizeof(error.field) - 1] = error.step[sizeof(error.step) - 1] = 0;
	error.text[sizeof(error.text) - 1] = error.kernel[sizeof(error.kernel) - 1] = 0;
	error.also[sizeof(error.also) - 1] = 0;
	*e = error;
	return -1;
}

/* Seconds that startContainer hooks without a timeout of their own may take. */
#define START_LIMIT 600

/* Init's ends of the fifo are closed by its exec, or by its end. */
static int await_exec(int fifo, struct err *e)
{
	struct pollfd p = { fifo, 0, 0 };
	int r;
	do
		r = poll(&p, 1, START_LIMIT * 1000);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_call(e, "poll", START_FIFO);
	return r == 0 ? err_rule(e, NULL, "waited %d seconds for the program to be executed, in vain", START_LIMIT) : 0;
}

static int start(struct container *c, struct err *e)
{
	TRY(check_allowed(c->id, c->status, COMMAND_START, e));
	_cleanup_close_ int fifo = fd_open_at(c->dir, START_FIFO, O_WRONLY | O_NONBLOCK | O_NOFOLLOW, 0, e);
	if (fifo < 0)
		return err_is(e, ENXIO) ? err_note(e, "the container's init is gone: container is not running") : -1;
	if (write(fifo, "", 1) != 1)
		return err_call(e, "write", START_FIFO);
	TRY(await_exec(fifo, e));
	if (unlinkat(c->dir, START_FIFO, 0) < 0)
		return err_call(e, "unlink", START_FIFO);
	return read_start_error(c->dir, e);
}

/* Not locked: whoever wants to kill or delete it meanwhile is not to wait for its readiness. */
static int await_ready(struct container *c, struct notify *n, const struct container_warn *w, struct err *e)
{
	if (n->socket < 0)
		return 0;
	struct err gone = { 0 };
	_cleanup_close_ int pidfd = process_open(c->state->pid, c->state->pid_start, &gone);
	TRY(statedir_unlock(c->dir, e));
	if (pidfd >= 0)
		notify_until_ready(n, pidfd, (long)c->state->pid, w);
	return 0;
}

int container_start(const char *root, const char *id, const char *notify_socket, const struct container_warn *w,
		    struct err *e)
{
	struct arena a = { 0 };
	struct notify n = { -1, notify_socket };
	_cleanup_(container_close) struct container c = { .dir = -1 };
	int r = open_locked(root, id, COMMAND_START, &a, &c, e);
	if (r == 0 && notify_socket && notify_is_wanted(c.dir))
		r = notify_listen(c.dir, &n, e);
	if (r == 0)
		r = start(&c, e);
	if (r == 0)
		hooks_run("poststart", &c.state->poststart, c.state, STATUS_RUNNING, w);
	if (r == 0)
		r = await_ready(&c, &n, w, e);
	notify_done(&n);
	arena_done(&a);
	return r;
}

/* ---- kill ------------------------------------------------------------------------------------------------- */

static int kill_init(const struct container *c, int signal, struct err *e)
{
	_cleanup_close_ int pidfd = process_open(c->state->pid, c->state->pid_start, e);
	if (pidfd < 0)
		return err_note(e, "container is not running");
	return sys_pidfd_send_signal(pidfd, signal) < 0 ? err_call(e, "pidfd_send_signal", NULL) : 0;
}

/* Without a cgroup, one by one: init last, as with a pid namespace of its own all others end with it. */
static int kill_members(const struct container *c, int signal, struct arena *a, struct err *e)
{
	struct members m;
	TRY(members_list(c->state, a, &m, e));
	for (size_t i = 0; i < m.n; i++)
		if (m.pids[i] != c->state->pid)
			kill(m.pids[i], signal);
	return kill_init(c, signal, e);
}

/* Those of its cgroups that are there and still its own. */
static struct strings own_cgroups(const struct container *c, struct arena *a)
{
	const char *owner = container_owner(c->root, c->id, a);
	struct strings own = { 0, ARENA_ARRAY(a, const char *, c->state->cgroups.n) };
	for (size_t i = 0; i < c->state->cgroups.n; i++)
		if (access(c->state->cgroups.items[i], F_OK) == 0 &&
		    !cgroup_is_somebody_elses(c->state->cgroups.items[i], owner))
			own.items[own.n++] = c->state->cgroups.items[i];
	return own;
}

static int kill_all(const struct container *c, int signal, struct arena *a, struct err *e)
{
	struct strings own = own_cgroups(c, a);
	return own.n ? cgroup_signal(&own, signal, e) : kill_members(c, signal, a, e);
}

/* Not locked: a signal must get through whatever else goes on.  With `all` a stopped container may still have
 * processes, where it shares a pid namespace. */
int container_kill(const char *root, const char *id, int signal, bool all, struct err *e)
{
	struct arena a = { 0 };
	_cleanup_(container_close) struct container c = { .dir = -1 };
	int r = open_container(root, id, &a, &c, e);
	if (r == 0 && !(all && c.status == STATUS_STOPPED))
		r = check_allowed(id, c.status, COMMAND_KILL, e);
	if (r == 0)
		r = all ? kill_all(&c, signal, &a, e) : kill_init(&c, signal, e);
	if (r == 0 && signal == SIGKILL && c.status == STATUS_PAUSED)
		r = freezer_thaw(&c.state->cgroups, e);
	arena_done(&a);
	return r;
}

/* ---- ps --------------------------------------------------------------------------------------------------- */

int container_pids(const char *root, const char *id, struct arena *a, int **ret_pids, size_t *ret_n, struct err *e)
{
	_cleanup_(container_close) struct container c = { .dir = -1 };
	struct members m;
	TRY(open_container(root, id, a, &c, e));
	TRY(members_list(c.state, a, &m, e));
	*ret_pids = m.pids;
	*ret_n = m.n;
	return 0;
}

/* ---- pause, resume ---------------------------------------------------------------------------------------- */

int container_pause(const char *root, const char *id, bool pause, struct err *e)
{
	struct arena a = { 0 };
	_cleanup_(container_close) struct container c = { .dir = -1 };
	enum command command = pause ? COMMAND_PAUSE : COMMAND_RESUME;
	int r = open_locked(root, id, command, &a, &c, e);
	if (r == 0)
		r = check_allowed(id, c.status, command, e);
	if (r == 0)
		r = pause ? freezer_freeze(&c.state->cgroups, e) : freezer_thaw(&c.state->cgroups, e);
	arena_done(&a);
	return r;
}

/* ---- events ----------------------------------------------------------------------------------------------- */

int container_events(const struct events_options *o, struct err *e)
{
	struct arena a = { 0 };
	_cleanup_(container_close) struct container c = { .dir = -1 };
	int r = open_container(o->state_root, o->id, &a, &c, e);
	if (r == 0)
		r = check_allowed(o->id, c.status, COMMAND_EVENTS, e);
	if (r == 0)
		r = events_follow(c.state, o, e);
	arena_done(&a);
	return r;
}

/* ---- update ----------------------------------------------------------------------------------------------- */

int container_update(const struct update_options *o, struct err *e)
{
	_cleanup_(container_close) struct container c = { .dir = -1 };
	TRY(open_locked(o->state_root, o->id, COMMAND_UPDATE, o->arena, &c, e));
	TRY(check_allowed(o->id, c.status, COMMAND_UPDATE, e));
	return update_limits(o, c.dir, c.state, e);
}

/* ---- delete ----------------------------------------------------------------------------------------------- */

static int kill_and_wait(const struct container *c, struct arena *a, struct err *e)
{
	struct err ignored = { 0 };
	_cleanup_close_ int pidfd = process_open(c->state->pid, c->state->pid_start, &ignored);
	if (pidfd < 0)
		return 0;
	if (!members_have_cgroup(c->state))
		TRY(kill_members(c, SIGKILL, a, e));
	if (sys_pidfd_send_signal(pidfd, SIGKILL) < 0 && errno != ESRCH)
		return err_call(e, "pidfd_send_signal", NULL);
	struct pollfd p = { pidfd, POLLIN, 0 };
	/* One that is frozen by version 1 does not die, and somebody may freeze it again. */
	for (int i = 0; i < 100; i++) {
		int r = poll(&p, 1, 100);
		if (r > 0)
			return 0;
		for (size_t k = 0; r == 0 && k < c->state->cgroups.n; k++)
			cgroup_thaw(c->state->cgroups.items[k]);
	}
	return err_rule(e, NULL, "killed the container's init, and it is still there after 10 seconds%s",
			freezer_is_frozen(&c->state->cgroups) ? ": it is frozen, with a cgroup above its own" : "");
}

static int delete_locked(struct container *c, bool force, struct arena *a, struct err *e)
{
	if (force && c->status != STATUS_CREATING)
		TRY(kill_and_wait(c, a, e));
	else
		TRY(check_allowed(c->id, c->status, COMMAND_DELETE, e));
	return container_destroy(c->root, c->id, c->dir, a, e);
}

int container_delete(const char *root, const char *id, bool force, const struct container_warn *w, struct err *e)
{
	struct arena a = { 0 };
	_cleanup_(container_close) struct container c = { .dir = -1, .tolerant = force };
	int r = open_locked(root, id, COMMAND_DELETE, &a, &c, e);
	bool absent = r < 0 && force && err_is(e, ENOENT);
	if (r == 0)
		r = delete_locked(&c, force, &a, e);
	if (r == 0)
		hooks_run("poststop", &c.state->poststop, c.state, STATUS_STOPPED, w);
	if (absent) {
		memset(e, 0, sizeof(*e));
		r = 0;
	}
	arena_done(&a);
	return r;
}

/* ---- list ------------------------------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int read_ids(int top, struct arena *a, const char ***ret_ids, size_t *ret_n, struct err *e)
{
	size_t n = 0, room = 64;
	const char **ids = ARENA_ARRAY(a, const char *, room);
	int copy = fd_open_at(top, ".", O_RDONLY | O_DIRECTORY, 0, e);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	if (!d)
		return copy < 0 ? -1 : err_call(e, "fdopendir", NULL);
	struct err ignored = { 0 };
	for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
		if (container_id_check(entry->d_name, &ignored) < 0)
			continue;
		if (n == room) {
			const char **more = ARENA_ARRAY(a, const char *, room *= 2);
			memcpy(more, ids, n * sizeof(*ids));
			ids = more;
		}
		ids[n++] = arena_strdup(a, entry->d_name);
	}
	closedir(d);
	qsort(ids, n, sizeof(*ids), by_id);
	*ret_ids = ids;
	*ret_n = n;
	return 0;
}

int container_list(const char *root, struct arena *a, struct container_info **ret_infos, size_t *ret_n, struct err *e)
{
	const char **ids = NULL;
	size_t n = 0;
	*ret_n = 0;
	*ret_infos = NULL;
	_cleanup_close_ int top = state_root_open(root, false, e);
	if (top < 0) {
		bool absent = err_is(e, ENOENT);
		if (absent)
			memset(e, 0, sizeof(*e));
		return absent ? 0 : -1;
	}
	TRY(read_ids(top, a, &ids, &n, e));
	*ret_infos = ARENA_ARRAY(a, struct container_info, n);
	for (size_t i = 0; i < n; i++) {
		/* One that vanishes meanwhile does not hide the others. */
		struct err ignored = { 0 };
		_cleanup_(container_close) struct container c = { .dir = -1, .tolerant = true };
		if (open_container(root, ids[i], a, &c, &ignored) == 0)
			(*ret_infos)[(*ret_n)++] = (struct container_info){ c.state, c.status };
	}
	return 0;
}
