/* SPDX-License-Identifier: Apache-2.0 */

/* Usage and help, written from the commands' own tables. */
#include <string.h>

#include "cli/command.h"

#define TEXT_COLUMN 32

static bool any(const struct option_def *options)
{
	return options && options->name;
}

void usage_write(const struct command *command, struct buf *out)
{
	if (!command) {
		buf_str(out, "usage: socle [OPTION]... COMMAND [ARGUMENT]...\n");
		return;
	}
	buf_printf(out, "usage: socle %s%s%s%s\n", command->name,
		   any(command->options) ? " [OPTION]..." : "", command->args[0] ? " " : "",
		   command->args);
}

/* The text in its column, on a line of its own if what stands before is too long. */
static void add_text(struct buf *out, size_t line_start, const char *text)
{
	size_t width = out->size - line_start;

	if (width >= TEXT_COLUMN) {
		buf_char(out, '\n');
		width = 0;
	}
	buf_printf(out, "%*s%s\n", (int)(TEXT_COLUMN - width), "", text);
}

static void add_option(struct buf *out, char letter, const char *name, const char *arg,
		       const char *help)
{
	size_t start = out->size;

	buf_str(out, "  ");
	if (letter)
		buf_printf(out, "-%c, ", letter);
	else
		buf_str(out, "    ");
	buf_printf(out, "--%s%s%s", name, arg ? " " : "", arg ? arg : "");
	add_text(out, start, help);
}

static void add_commands(struct buf *out)
{
	buf_str(out, "\ncommands:\n");
	for (const struct command *const *c = commands; *c; c++) {
		size_t start = out->size;

		buf_printf(out, "  %s%s%s", (*c)->name, (*c)->args[0] ? " " : "", (*c)->args);
		add_text(out, start, (*c)->summary);
	}
}

void help_write(const struct command *command, struct buf *out)
{
	const struct option_def *options = command ? command->options : global_options;

	usage_write(command, out);
	buf_printf(out, "\n%s\n", command ? command->summary : "run containers from OCI bundles");
	if (!command)
		add_commands(out);
	buf_str(out, "\noptions:\n");
	for (const struct option_def *o = options; any(o); o++)
		add_option(out, o->letter, o->name, o->arg, o->help);
	add_option(out, 'h', "help", NULL, "this text");
}
