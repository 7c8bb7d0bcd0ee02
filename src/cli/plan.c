/* SPDX-License-Identifier: Apache-2.0 */

/* What create would do.  It runs without privileges and changes nothing. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/create-options.h"

#include "base/span.h"

/* The name of the bundle's directory, with what an id may not have replaced. */
static const char *default_id(struct cli *c, const char *bundle)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.";
	char path[PATH_MAX];
	const char *name;
	char *id;

	if (!realpath(bundle ? bundle : ".", path))
		return "container"; /* the bundle will be missed in a moment */
	name = strrchr(path, '/') + 1;
	if (!name[0])
		return "container";
	id = arena_strdup(&c->arena, name);
	for (char *s = id + span_of(id, good); *s; s += span_of(s, good))
		*s = '-';
	return id;
}

static int plan_run(struct cli *c, void *options, struct err *e)
{
	static const char *const formats[] = { "text", "json", NULL };
	const struct create_options *o = options;
	_cleanup_(buf_done) struct buf out = {};
	struct container_options request;
	int format = cli_choice(c, "--format", o->format, formats, e);

	TRY(format);
	if (create_options_read(c, o, &request, e) < 0) {
		if (c->global.root)
			return -1;
		request.state_root = "/run/socle"; /* nothing will be kept there */
	}
	if (!request.id)
		request.id = default_id(c, request.bundle);
	TRY(container_plan(&request, format == 1, &out, e));
	return cli_print(&out, e);
}

const struct command command_plan = {
	.name = "plan",
	.args = "[ID]",
	.summary = "print what create would do, and change nothing",
	.options = OPTIONS(CREATE_OPTIONS,
			   CREATE_OPTION(format, 0, "format", "FORMAT", "text or json")),
	.run = plan_run,
};
