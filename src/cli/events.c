/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/span.h"
#include "cli/command.h"
#include "run/container.h"
#include "sys/fd.h"

struct events_line {
	const char *interval;
	bool stats;
};
OPTIONS_FIT(struct events_line);

static int print_line(void *data, const char *line, size_t size, struct err *e)
{
	(void)data;
	return fd_write_all(STDOUT_FILENO, line, size, "standard output", e);
}

/* One piece of a span of time, "1m" of "1m30s", in milliseconds; returns what follows it, NULL if it is none. */
static const char *read_piece(const char *s, double *ret)
{
	static const struct { const char *unit; double ms; } units[] = { { "h", 3600e3 }, { "m", 60e3 }, { "s", 1e3 }, { "ms", 1 } };
	char *end;
	double n = (*s >= '0' && *s <= '9') || *s == '.' ? strtod(s, &end) : -1;
	size_t size = n < 0 ? 0 : span_of(end, "hms");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (size == strlen(units[i].unit) && strncmp(end, units[i].unit, size) == 0) {
			*ret = n * units[i].ms;
			return end + size;
		}
	return NULL;
}

/* As Go writes it: "5s", "1m30s", "250ms". */
static int read_interval(struct cli *c, const char *text, uint64_t *ret_ms, struct err *e)
{
	double ms = 0, piece = 0;
	const char *s = text;
	while (s && *s) {
		s = read_piece(s, &piece);
		ms += piece;
	}
	if (!s || ms < 1 || ms > 1e12)
		return cli_misuse(c, e, "--interval: \"%s\" is no span of time like 5s, 1m30s or 250ms, of a millisecond "
					"or more", text);
	*ret_ms = (uint64_t)ms;
	return 0;
}

static int events_run(struct cli *c, void *options, struct err *e)
{
	const struct events_line *l = options;
	struct events_options o = { .id = c->args[0], .tell = print_line };

	TRY(read_interval(c, l->interval ? l->interval : "5s", &o.interval, e));
	if (l->stats)
		o.interval = 0;
	TRY(cli_root(c, &o.state_root, e));
	return container_events(&o, e);
}

const struct command command_events = {
	.name = "events",
	.args = "ID",
	.summary = "tell what a container uses, and when it runs out of memory",
	.options = OPTIONS(OPTION(struct events_line, interval, 0, "interval", "TIME",
				  "how often: 5s (the default), 1m30s, 250ms"),
			   OPTION(struct events_line, stats, 0, "stats", NULL, "once, and end")),
	.run = events_run,
};
