/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "run/container.h"

static int resume_run(struct cli *c, void *options, struct err *e)
{
	const char *root;

	(void)options;
	TRY(cli_root(c, &root, e));
	return container_pause(root, c->args[0], false, e);
}

const struct command command_resume = {
	.name = "resume",
	.args = "ID",
	.summary = "let a paused container go on",
	.options = NO_OPTIONS,
	.run = resume_run,
};
