/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "run/container.h"

static int start_run(struct cli *c, void *options, struct err *e)
{
	const struct container_warn warn = { cli_warn, c };
	const char *root;

	(void)options;
	TRY(cli_root(c, &root, e));
	return container_start(root, c->args[0], cli_notify_socket(), &warn, e);
}

const struct command command_start = {
	.name = "start",
	.args = "ID",
	.summary = "start the program of a created container",
	.options = NO_OPTIONS,
	.run = start_run,
};
