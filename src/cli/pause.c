/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "run/container.h"

static int pause_run(struct cli *c, void *options, struct err *e)
{
	const char *root;

	(void)options;
	TRY(cli_root(c, &root, e));
	return container_pause(root, c->args[0], true, e);
}

const struct command command_pause = {
	.name = "pause",
	.args = "ID",
	.summary = "stop all processes of a container where they are",
	.options = NO_OPTIONS,
	.run = pause_run,
};
