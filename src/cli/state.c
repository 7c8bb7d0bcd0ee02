/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "cli/describe.h"
#include "run/container.h"

static int state_run(struct cli *c, void *options, struct err *e)
{
	_cleanup_(buf_done) struct buf out = {};
	struct writer w = { .out = &out, .indent = 2, .wrap = WRITER_ALL };
	struct container_info info;
	const char *root;

	(void)options;
	TRY(cli_root(c, &root, e));
	TRY(container_state(root, c->args[0], &c->arena, &info, e));
	describe_json(&info, &w);
	buf_char(&out, '\n');
	return cli_print(&out, e);
}

const struct command command_state = {
	.name = "state",
	.args = "ID",
	.summary = "print the state of a container as JSON",
	.options = NO_OPTIONS,
	.run = state_run,
};
