/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "cli/matching.h"
#include "run/container.h"

struct delete_options {
	bool force, regex;
};
OPTIONS_FIT(struct delete_options);

struct deletion { bool force; struct container_warn warn; };

static int delete_one(const char *root, const char *id, const void *data, struct err *e)
{
	const struct deletion *d = data;

	return container_delete(root, id, d->force, &d->warn, e);
}

static int delete_run(struct cli *c, void *options, struct err *e)
{
	const struct delete_options *o = options;
	const struct deletion d = { o->force, { cli_warn, c } };
	const char *root;

	TRY(cli_root(c, &root, e));
	if (o->regex)
		return matching_each(c, root, c->args[0], delete_one, &d, e);
	return delete_one(root, c->args[0], &d, e);
}

const struct command command_delete = {
	.name = "delete",
	.args = "ID",
	.summary = "remove what is left of a stopped container",
	.options = OPTIONS(OPTION(struct delete_options, force, 'f', "force", NULL,
				  "kill it first if it runs; no error if there is none"),
			   OPTION(struct delete_options, regex, 'r', "regex", NULL,
				  "all containers whose id matches ID")),
	.run = delete_run,
};
