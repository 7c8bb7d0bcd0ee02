/* SPDX-License-Identifier: Apache-2.0 */

/* All containers, as a table in the widths that runc's has (scripts cut columns), or as JSON. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/describe.h"
#include "plan/op.h"
#include "run/container.h"
#include "spec/state.h"

struct list_options {
	const char *format;
	bool quiet;
};
OPTIONS_FIT(struct list_options);

enum { N_COLUMNS = 6, WIDTH_MIN = 12, GAP = 3 };

struct row {
	const char *cells[N_COLUMNS];
	char pid[24], owner[OWNER_SIZE];
};

static void fill_row(const struct container_info *info, struct row *row)
{
	const struct state *s = info->state;

	snprintf(row->pid, sizeof(row->pid), "%lld", (long long)describe_pid(info));
	row->cells[0] = s->id;
	row->cells[1] = row->pid;
	row->cells[2] = status_names[info->status];
	row->cells[3] = s->bundle;
	row->cells[4] = s->created;
	row->cells[5] = describe_owner(s->owner, row->owner);
}

static void add_row(const struct row *row, const size_t *widths, struct buf *out)
{
	for (int i = 0; i < N_COLUMNS - 1; i++)
		buf_printf(out, "%-*s", (int)widths[i], row->cells[i]);
	buf_printf(out, "%s\n", row->cells[N_COLUMNS - 1]);
}

static void add_table(const struct container_info *infos, size_t n, struct arena *a,
		      struct buf *out)
{
	struct row *rows = ARENA_ARRAY(a, struct row, n + 1);
	size_t widths[N_COLUMNS] = {};

	rows[0] = (struct row){ .cells = { "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" } };
	for (size_t i = 0; i < n; i++)
		fill_row(&infos[i], &rows[i + 1]);
	for (size_t i = 0; i <= n; i++)
		for (int k = 0; k < N_COLUMNS; k++) {
			size_t width = strlen(rows[i].cells[k]) + GAP;

			width = width < WIDTH_MIN ? WIDTH_MIN : width;
			widths[k] = width > widths[k] ? width : widths[k];
		}
	for (size_t i = 0; i <= n; i++)
		add_row(&rows[i], widths, out);
}

static void add_ids(const struct container_info *infos, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s\n", infos[i].state->id);
}

/* An empty list is [], where runc has null: it stays an array to whoever reads it. */
static void add_json(const struct container_info *infos, size_t n, struct buf *out)
{
	struct writer w = { .out = out };

	writer_open(&w, '[');
	for (size_t i = 0; i < n; i++)
		describe_json(&infos[i], &w);
	writer_close(&w, ']');
	buf_char(out, '\n');
}

static int list_run(struct cli *c, void *options, struct err *e)
{
	static const char *const formats[] = { "table", "json", NULL };
	const struct list_options *o = options;
	_cleanup_(buf_done) struct buf out = {};
	struct container_info *infos;
	const char *root;
	size_t n;
	int format = cli_choice(c, "--format", o->format, formats, e);

	TRY(format);
	TRY(cli_root(c, &root, e));
	TRY(container_list(root, &c->arena, &infos, &n, e));
	if (o->quiet)
		add_ids(infos, n, &out);
	else if (format == 1)
		add_json(infos, n, &out);
	else
		add_table(infos, n, &c->arena, &out);
	return cli_print(&out, e);
}

const struct command command_list = {
	.name = "list",
	.args = "",
	.summary = "list the containers",
	.options = OPTIONS(OPTION(struct list_options, format, 'f', "format", "FORMAT",
				  "table or json"),
			   OPTION(struct list_options, quiet, 'q', "quiet", NULL, "the ids alone")),
	.run = list_run,
};
