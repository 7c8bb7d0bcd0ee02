/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "cli/command.h"
#include "run/container.h"
#include "sys/fd.h"

struct exec_line {
	const char *console_socket, *pid_file, *cwd, *user, *process, *apparmor, *process_label;
	struct option_list env, caps, gids, cgroups;
	bool tty, detach, no_new_privs, ignore_paused;
	unsigned preserve_fds;
};
OPTIONS_FIT(struct exec_line);

/* All digits, and within what an id can be; nothing is ever looked up by name (SEC-47, SEC-48). */
static int read_id(const char *text, size_t n, uint32_t *ret)
{
	uint64_t id = 0;
	if (n == 0 || n > 10)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		id = id * 10 + (uint64_t)(text[i] - '0');
	}
	if (id >= UINT32_MAX)
		return -1;
	*ret = (uint32_t)id;
	return 0;
}

/* "UID" or "UID:GID"; read whole before any of it counts. */
static int read_user(const char *text, struct exec_options *o, struct err *e)
{
	size_t n = span_until(text, ":");
	uint32_t uid, gid = 0;
	if (read_id(text, n, &uid) < 0 || (text[n] && read_id(text + n + 1, strlen(text + n + 1), &gid) < 0))
		return err_rule(e, NULL, "--user \"%s\" is not UID[:GID] in numbers", text);
	o->uid = uid;
	o->gid = gid;
	o->has_user = true;
	return 0;
}

static int read_gids(struct cli *c, const struct option_list *l, struct exec_options *o, struct err *e)
{
	o->additional_gids.items = ARENA_ARRAY(&c->arena, uint32_t, l->n);
	for (size_t i = 0; i < l->n; i++)
		if (read_id(l->items[i], strlen(l->items[i]), &o->additional_gids.items[o->additional_gids.n++]) < 0)
			return err_rule(e, NULL, "--additional-gids \"%s\" is no number of a group", l->items[i]);
	return 0;
}

static int read_process(struct cli *c, const char *path, const char **ret_text, struct err *e)
{
	enum { PROCESS_MAX = 16 << 20 };
	_cleanup_close_ int fd = fd_open(path, O_RDONLY, e);
	char *text = fd < 0 ? NULL : arena_alloc_raw(&c->arena, PROCESS_MAX);
	if (!text || fd_read_text(fd, text, PROCESS_MAX, path, e) < 0)
		return -1;
	*ret_text = text;
	return 0;
}

static bool is_named(const struct string_map *m, const char *key)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->items[i].key, key) == 0)
			return true;
	return false;
}

/* "PATH" for all hierarchies, or "CONTROLLER[,CONTROLLER]...:PATH". */
static int read_cgroup(struct cli *c, const char *text, struct string_map *m, struct err *e)
{
	const char *colon = strchr(text, ':');
	if (!colon && m->n)
		return err_rule(e, NULL, "--cgroup \"%s\" beside others needs a controller in front", text);
	if (!colon)
		m->items[m->n++] = (struct string_pair){ "", text };
	for (const char *s = text; colon && s < colon + 1;) {
		size_t n = span_until(s, ",:");
		const char *name = arena_strndup(&c->arena, s, n);
		if (n == 0)
			return err_rule(e, NULL, "--cgroup \"%s\" has an empty name of a controller", text);
		if (is_named(m, name) || is_named(m, ""))
			return err_rule(e, NULL, "--cgroup \"%s\": \"%s\" for the second time", text, name);
		m->items[m->n++] = (struct string_pair){ name, colon + 1 };
		s += n + 1;
	}
	return 0;
}

static int read_cgroups(struct cli *c, const struct option_list *l, struct exec_options *o, struct err *e)
{
	size_t room = l->n;
	for (size_t i = 0; i < l->n; i++)
		room += strlen(l->items[i]);
	o->cgroups.items = ARENA_ARRAY(&c->arena, struct string_pair, room);
	for (size_t i = 0; i < l->n; i++)
		TRY(read_cgroup(c, l->items[i], &o->cgroups, e));
	return 0;
}

static int exec_run(struct cli *c, void *options, struct err *e)
{
	const struct exec_line *l = options;
	struct exec_options o = {
		.id = c->args[0], .console_socket = l->console_socket, .pid_file = l->pid_file, .cwd = l->cwd, .apparmor = l->apparmor, .process_label = l->process_label,
		.tty = l->tty, .detach = l->detach, .no_new_privs = l->no_new_privs, .ignore_paused = l->ignore_paused, .preserve_fds = l->preserve_fds,
		.env = { l->env.n, l->env.items }, .caps = { l->caps.n, l->caps.items }, .warn = { cli_warn, c, cli_debug },
		.arena = &c->arena,
	};
	int status = 0;
	o.args = (struct strings){ (size_t)c->n_args - 1, (const char **)(uintptr_t)(c->args + 1) };
	TRY(read_cgroups(c, &l->cgroups, &o, e));
	if (l->user)
		TRY(read_user(l->user, &o, e));
	TRY(read_gids(c, &l->gids, &o, e));
	if (l->process)
		TRY(read_process(c, l->process, &o.process_text, e));
	else if (o.args.n == 0)
		return cli_misuse(c, e, "the command, or --process, is missing");
	TRY(cli_root(c, &o.state_root, e));
	TRY(container_exec(&o, &status, e));
	return status;
}

#define EXEC_OPTION(member, letter, name, arg, help) OPTION(struct exec_line, member, letter, name, arg, help)

const struct command command_exec = {
	.name = "exec",
	.args = "ID [COMMAND]...",
	.summary = "run a further process in a container",
	.stop_at = 2,
	.failure = EXEC_FAILED,
	.options = OPTIONS(
		EXEC_OPTION(process, 'p', "process", "FILE", "the process object, in place of a command"),
		EXEC_OPTION(tty, 't', "tty", NULL, "give it a terminal"),
		EXEC_OPTION(cwd, 0, "cwd", "DIR", "its working directory"),
		EXEC_OPTION(env, 'e', "env", "VARIABLE", "one more of its environment, NAME=VALUE; can be given again"),
		EXEC_OPTION(user, 'u', "user", "USER", "as whom it runs: UID or UID:GID"),
		EXEC_OPTION(gids, 'g', "additional-gids", "GID", "one more group; can be given again"),
		EXEC_OPTION(caps, 'c', "cap", "NAME", "one more capability; can be given again"),
		EXEC_OPTION(no_new_privs, 0, "no-new-privs", NULL, "no exec gains it privileges"),
		EXEC_OPTION(detach, 'd', "detach", NULL, "return once it runs"),
		EXEC_OPTION(pid_file, 0, "pid-file", "FILE", "write its pid there"),
		EXEC_OPTION(console_socket, 0, "console-socket", "SOCK", "send the terminal's master there"),
		EXEC_OPTION(preserve_fds, 0, "preserve-fds", "N", "hand on N descriptors from 3 on"),
		EXEC_OPTION(apparmor, 0, "apparmor", "PROFILE", "its AppArmor profile"),
		EXEC_OPTION(process_label, 0, "process-label", "LABEL", "its SELinux label"),
		EXEC_OPTION(cgroups, 0, "cgroup", "PATH", "a cgroup below the container's, [CONTROLLER:]PATH"),
		EXEC_OPTION(ignore_paused, 0, "ignore-paused", NULL, "even if the container is paused")),
	.run = exec_run,
};
