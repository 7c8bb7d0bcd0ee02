/* SPDX-License-Identifier: Apache-2.0 */

/* From options to what the library is asked for. */
#include "cli/create-options.h"

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
		.no_pivot = o->no_pivot,
		.no_new_keyring = o->no_new_keyring,
		.detach = o->detach,
		.keep = o->keep,
		.no_subreaper = o->no_subreaper,
		.preserve_fds = o->preserve_fds,
		.warn = cli_warn,
		.warn_data = c,
		.problems = &c->problems,
		.arena = &c->arena,
	};
	return cli_root(c, &ret->state_root, e);
}
