/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/span.h"
#include "cli/command.h"
#include "run/container.h"
#include "sys/fd.h"
#include "sys/process.h"
#include "sys/spawn.h"

struct ps_options {
	const char *format;
};
OPTIONS_FIT(struct ps_options);

struct pids { int *items; size_t n; };

static bool has_pid(const struct pids *p, long pid)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i] == pid)
			return true;
	return false;
}

static int print_json(const struct pids *p, struct err *e)
{
	_cleanup_(buf_done) struct buf out = {};

	buf_char(&out, '[');
	for (size_t i = 0; i < p->n; i++)
		buf_printf(&out, "%s%d", i ? "," : "", p->items[i]);
	buf_str(&out, "]\n");
	return cli_print(&out, e);
}

/* ps prints every process of the host: its PID column says which lines are ours. */
static int start_ps(char *const *argv, int *ret_pidfd, struct err *e)
{
	static char *envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	int pipe_fds[2];
	struct spawn_plain s = { .path = "/bin/ps", .argv = argv, .envp = envp };

	if (pipe2(pipe_fds, 02000000 /* O_CLOEXEC */) < 0)
		return err_call(e, "pipe2", NULL);
	_cleanup_close_ int out = pipe_fds[0], in = pipe_fds[1];
	s.stdio[1] = in;
	s.stdio[2] = STDERR_FILENO;
	TRY(spawn_plain(&s, ret_pidfd, e));
	return fd_take(&out);
}

/* Which word of the header is "PID", from 0; -1: none. */
static int pid_column(char *header)
{
	int n = 0;

	for (char *s = header + span_of(header, " "); *s && *s != '\n'; n++) {
		size_t size = span_until(s, " \n");

		if (size == 3 && strncmp(s, "PID", 3) == 0)
			return n;
		s += size;
		s += span_of(s, " ");
	}
	return -1;
}

static long word_number(const char *line, int column)
{
	line += span_of(line, " ");
	while (column-- > 0) {
		line += span_until(line, " \n");
		line += span_of(line, " ");
	}
	return strtol(line, NULL, 10);
}

static int filter(FILE *f, const struct pids *p, struct err *e)
{
	_cleanup_(buf_done) struct buf out = {};
	char *line = NULL;
	size_t room = 0;
	int column = -1;

	for (bool header = true; getline(&line, &room, f) > 0; header = false) {
		if (header)
			column = pid_column(line);
		if (header || (column >= 0 && has_pid(p, word_number(line, column))))
			buf_str(&out, line);
	}
	free(line);
	if (column < 0)
		return err_rule(e, NULL, "ps: its output has no column \"PID\", so ours cannot be told");
	return cli_print(&out, e);
}

static int print_table(struct cli *c, const struct pids *p, struct err *e)
{
	char **argv = ARENA_ARRAY(&c->arena, char *, (size_t)c->n_args + 3);
	_cleanup_close_ int pidfd = -1;
	int status;

	argv[0] = "ps";
	for (int i = 1; i < c->n_args; i++)
		argv[i] = c->args[i];
	if (c->n_args == 1)
		argv[1] = "-ef";
	else
		argv[c->n_args] = "-e";
	int out = start_ps(argv, &pidfd, e);
	if (out < 0)
		return -1;
	FILE *f = fdopen(out, "r");
	int r = f ? filter(f, p, e) : err_call(e, "fdopen", "ps");
	if (f)
		fclose(f);
	TRY(pidfd_wait(pidfd, &status, e));
	return status ? err_rule(e, NULL, "ps ended with status %d", status) : r;
}

static int ps_run(struct cli *c, void *options, struct err *e)
{
	static const char *const formats[] = { "table", "json", NULL };
	const struct ps_options *o = options;
	struct pids p;
	const char *root;
	int format = cli_choice(c, "--format", o->format, formats, e);

	TRY(format);
	TRY(cli_root(c, &root, e));
	TRY(container_pids(root, c->args[0], &c->arena, &p.items, &p.n, e));
	return format == 1 ? print_json(&p, e) : print_table(c, &p, e);
}

const struct command command_ps = {
	.name = "ps",
	.args = "ID [OPTION]...",
	.summary = "show the processes of a container",
	.stop_at = 1,
	.options = OPTIONS(OPTION(struct ps_options, format, 'f', "format", "FORMAT",
				  "table or json")),
	.run = ps_run,
};
