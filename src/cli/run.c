/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/create-options.h"

static int run_run(struct cli *c, void *options, struct err *e)
{
	struct container_options o;
	int status = 0;

	TRY(create_options_read(c, options, &o, e));
	TRY(container_run(&o, &status, e));
	return status;
}

const struct command command_run = {
	.name = "run",
	.args = "ID",
	.summary = "create and start a container, and end as its program ends",
	.options =
		OPTIONS(CREATE_OPTIONS,
			CREATE_OPTION(detach, 'd', "detach", NULL, "return once the program runs"),
			CREATE_OPTION(keep, 0, "keep", NULL, "leave the ended container in place"),
			CREATE_OPTION(no_subreaper, 0, "no-subreaper", NULL,
				      "do not adopt the container's orphans")),
	.run = run_run,
};
