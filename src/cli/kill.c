/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>

#include "cli/command.h"
#include "cli/matching.h"
#include "plan/names.h"
#include "run/container.h"

struct kill_options {
	bool all, regex;
};
OPTIONS_FIT(struct kill_options);

struct kill {
	int signal;
	bool all;
};

static int kill_one(const char *root, const char *id, const void *data, struct err *e)
{
	const struct kill *k = data;

	return container_kill(root, id, k->signal, k->all, e);
}

static int kill_run(struct cli *c, void *options, struct err *e)
{
	const struct kill_options *o = options;
	struct kill k = { .signal = SIGTERM, .all = o->all };
	const char *root;

	if (c->n_args > 1)
		k.signal = signal_find(c->args[1]);
	if (k.signal < 0)
		return cli_misuse(c, e, "signal \"%s\" is unknown", c->args[1]);
	TRY(cli_root(c, &root, e));
	if (o->regex)
		return matching_each(c, root, c->args[0], kill_one, &k, e);
	return kill_one(root, c->args[0], &k, e);
}

const struct command command_kill = {
	.name = "kill",
	.args = "ID [SIGNAL]",
	.summary = "send a signal, by default TERM, to the container's init",
	.options = OPTIONS(OPTION(struct kill_options, all, 'a', "all", NULL,
				  "to every process of the container"),
			   OPTION(struct kill_options, regex, 'r', "regex", NULL,
				  "to all containers whose id matches ID")),
	.run = kill_run,
};
