/* SPDX-License-Identifier: Apache-2.0 */

/* From options to what the library is asked for. */
#include "cli/create-options.h"

#include <stdlib.h>
#include <unistd.h>

void cli_warn(void *data, const char *text)
{
	const struct cli *c = data;

	log_text(&c->log, LOG_WARNING, "%s", text);
}

void cli_debug(void *data, const char *text)
{
	const struct cli *c = data;

	log_text(&c->log, LOG_DEBUG, "%s", text);
}

/* Scripts write `--pid-file "$FILE"` whether or not there is one. */
static const char *unless_empty(const char *s)
{
	return s && s[0] ? s : NULL;
}

const char *cli_notify_socket(void)
{
	return unless_empty(getenv("NOTIFY_SOCKET"));
}

/* The sockets that sd_listen_fds(3) hands to this very process; 0 if they are somebody else's, or what is said of them
 * is no number. */
static unsigned listen_fds(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	char *end;
	if (!pid || !n || strtol(pid, &end, 10) != (long)getpid() || *end)
		return 0;
	long count = strtol(n, &end, 10);
	return *end || count < 0 || count > 65536 ? 0 : (unsigned)count;
}

int create_options_read(struct cli *c, const struct create_options *o,
			struct container_options *ret, struct err *e)
{
	*ret = (struct container_options){
		.id = c->args[0],
		.bundle = unless_empty(o->bundle),
		.config = unless_empty(o->config),
		.pid_file = unless_empty(o->pid_file),
		.console_socket = unless_empty(o->console_socket),
		.pidfd_socket = unless_empty(o->pidfd_socket),
		.systemd_cgroup = c->systemd_cgroup,
		.rootless = c->rootless,
		.no_cgroups = c->no_cgroups,
		.no_pivot = o->no_pivot,
		.no_new_keyring = o->no_new_keyring,
		.detach = o->detach,
		.keep = o->keep,
		.no_subreaper = o->no_subreaper,
		.listen_fds = listen_fds(),
		.listen_names = getenv("LISTEN_FDNAMES"),
		.notify_socket = cli_notify_socket(),
		.warn = cli_warn,
		.warn_data = c,
		.problems = &c->problems,
		.arena = &c->arena,
	};
	ret->preserve_fds = o->preserve_fds + ret->listen_fds;
	return cli_root(c, &ret->state_root, e);
}
