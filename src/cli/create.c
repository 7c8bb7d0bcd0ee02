/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/create-options.h"

static int create_run(struct cli *c, void *options, struct err *e)
{
	struct container_options o;

	TRY(create_options_read(c, options, &o, e));
	return container_create(&o, e);
}

const struct command command_create = {
	.name = "create",
	.args = "ID",
	.summary = "create a container, up to the start of its program",
	.options = OPTIONS(CREATE_OPTIONS),
	.run = create_run,
};
