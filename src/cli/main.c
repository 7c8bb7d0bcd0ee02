/* SPDX-License-Identifier: Apache-2.0 */

/* The program: global options, then one command.
 *
 * Every call of an engine pays for what happens here, so nothing is looked up, opened or allocated
 * that the command does not ask for. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "base/span.h"
#include "sys/fd.h"
#include "version.h"

extern const struct command command_create, command_delete, command_events, command_exec, command_features, command_kill,
	command_layer, command_list, command_pause, command_plan, command_ps,
	command_resume, command_run, command_spec, command_start, command_state, command_update;

const struct command *const commands[] = {
	&command_create,
	&command_delete,
	&command_events,
	&command_exec,
	&command_features,
	&command_kill,
	&command_layer,
	&command_list,
	&command_pause,
	&command_plan,
	&command_ps,
	&command_resume,
	&command_run,
	&command_spec,
	&command_start,
	&command_state,
	&command_update,
	NULL,
};

#define GLOBAL(member, letter, name, arg, help) \
	OPTION(struct global_options, member, letter, name, arg, help)

const struct option_def *const global_options = OPTIONS(
	GLOBAL(root, 0, "root", "DIR", "where the state of containers is kept"),
	GLOBAL(log, 0, "log", "FILE", "append messages to FILE, or to syslog:ID, or journald:ID"),
	GLOBAL(log_format, 0, "log-format", "FORMAT", "of the log: text or json"),
	GLOBAL(log_level, 0, "log-level", "LEVEL", "up to which to tell: error, warning or debug"),
	GLOBAL(debug, 0, "debug", NULL, "the same as --log-level debug"),
	GLOBAL(systemd_cgroup, 0, "systemd-cgroup", NULL,
	       "the same as --cgroup-manager systemd"),
	GLOBAL(cgroup_manager, 0, "cgroup-manager", "MANAGER", "who makes cgroups: cgroupfs, systemd, or nobody: disabled"),
	GLOBAL(rootless, 0, "rootless", "VALUE",
	       "go without cgroups that cannot be made: true, false or auto"),
	GLOBAL(version, 'v', "version", NULL, "the version"));

/* ---- what commands have in common ------------------------------------------------------------ */

int cli_print(const struct buf *out, struct err *e)
{
	return fd_write_all(STDOUT_FILENO, out->data, out->size, "standard output", e);
}

int cli_misuse(struct cli *c, struct err *e, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->misused = true;
	return err_rule(e, NULL, "%s%s%s", c->command ? c->command->name : "",
			c->command ? ": " : "", text);
}

int cli_choice(struct cli *c, const char *option, const char *value, const char *const *names,
	       struct err *e)
{
	for (int i = 0; names[i]; i++)
		if (!value || strcmp(value, names[i]) == 0)
			return i;
	return cli_misuse(c, e, "%s \"%s\" is unknown", option, value);
}

/* Root of a user namespace only: the machine's root has /run, and one who became root with sudo may
 * still have another's XDG_RUNTIME_DIR. */
static bool is_rootless_root(void)
{
	const char *user = getenv("USER");
	char map[64];
	struct err ignored;

	if (user && strcmp(user, "root") == 0)
		return false;
	if (fd_read_file_at(AT_FDCWD, "/proc/self/uid_map", map, sizeof(map), &ignored) < 0)
		return false;
	return strcmp(map, "         0          0 4294967295\n") != 0;
}

int cli_absolute(struct cli *c, const char *path, const char **ret_path, struct err *e)
{
	char cwd[4096];

	*ret_path = path;
	if (path[0] == '/')
		return 0;
	if (!getcwd(cwd, sizeof(cwd)))
		return err_call(e, "getcwd", NULL);
	*ret_path = arena_fmt(&c->arena, "%s/%s", cwd, path);
	return 0;
}

int cli_root(struct cli *c, const char **ret_root, struct err *e)
{
	const char *given = c->global.root, *xdg = getenv("XDG_RUNTIME_DIR");
	bool has_xdg = xdg && xdg[0] == '/';

	if (given && !given[0])
		return cli_misuse(c, e, "--root is empty");
	if (given)
		return cli_absolute(c, given, ret_root, e);
	if (geteuid() == 0 && (!has_xdg || !is_rootless_root())) {
		*ret_root = "/run/socle";
		return 0;
	}
	if (!has_xdg)
		return err_rule(
			e, NULL,
			"without root privileges, either --root or XDG_RUNTIME_DIR has to name a "
			"directory for the state");
	*ret_root = arena_fmt(&c->arena, "%s/socle", xdg);
	return 0;
}

/* ---- one call -------------------------------------------------------------------------------- */

static int print_version(struct err *e)
{
	static const char text[] = "socle version " SOCLE_VERSION "\ncommit: " SOCLE_COMMIT
				   "\nspec: " OCI_VERSION "\n";

	return fd_write_all(STDOUT_FILENO, text, sizeof(text) - 1, "standard output", e);
}

static int print_help(const struct command *command, struct err *e)
{
	_cleanup_(buf_done) struct buf out = {};

	help_write(command, &out);
	return cli_print(&out, e);
}

/* Where messages go is settled first, so that an error in another option is logged, too. */
static int apply_log_options(struct cli *c, struct err *e)
{
	static const char *const formats[] = { "text", "json", NULL };
	const struct global_options *g = &c->global;
	const char *level = g->log_level ? g->log_level : g->debug ? "debug" : "warning";
	int format, number;

	if (g->log)
		TRY(log_check_target(g->log, e));
	c->log.target = g->log;
	format = cli_choice(c, "--log-format", g->log_format, formats, e);
	TRY(format);
	c->log.json = format == 1;
	number = cli_choice(c, "--log-level", level, log_level_names, e);
	TRY(number);
	c->log.level = (enum log_level)number;
	return 0;
}

static int apply_global_options(struct cli *c, struct err *e)
{
	static const char *const managers[] = { "cgroupfs", "systemd", "disabled", NULL };
	static const char *const rootless[] = { "auto", "true", "false", NULL };
	const struct global_options *g = &c->global;
	int manager;

	TRY(apply_log_options(c, e));
	manager = cli_choice(c, "--cgroup-manager", g->cgroup_manager, managers, e);
	TRY(manager);
	c->rootless = cli_choice(c, "--rootless", g->rootless, rootless, e);
	TRY(c->rootless);
	if (g->systemd_cgroup && g->cgroup_manager && manager != 1)
		return cli_misuse(c, e, "--systemd-cgroup and --cgroup-manager %s are two managers", g->cgroup_manager);
	c->no_cgroups = manager == 2;
	c->systemd_cgroup = g->systemd_cgroup || manager == 1;
	return 0;
}

static const struct command *find_command(const char *name)
{
	for (const struct command *const *c = commands; *c; c++)
		if (strcmp((*c)->name, name) == 0)
			return *c;
	return NULL;
}

/* The words of `args` against the arguments; one in brackets may be left out. */
static int check_arguments(struct cli *c, struct err *e)
{
	const char *word = c->command->args;
	int n = 0;

	for (; *word; n++) {
		size_t size = span_until(word, " ");

		if (size > 3 && strncmp(word + size - 3, "...", 3) == 0)
			return 0;

		if (n >= c->n_args && *word != '[')
			return cli_misuse(c, e, "%.*s is missing", (int)size, word);
		word += size + (word[size] == ' ');
	}
	if (c->n_args > n)
		return cli_misuse(c, e, "argument \"%s\" is one too many", c->args[n]);
	return 0;
}

static int run_command(struct cli *c, struct arguments *args, struct err *e)
{
	_Alignas(max_align_t) char options[COMMAND_OPTIONS_SIZE] = {};

	if (options_read(c->command->options, options, args, e) < 0)
		return cli_misuse(c, e, "%s", e->text);
	if (args->help)
		return print_help(c->command, e);
	c->args = args->items;
	c->n_args = args->n;
	TRY(check_arguments(c, e));
	log_text(&c->log, LOG_DEBUG, "socle " SOCLE_VERSION " (" SOCLE_COMMIT "): %s %s",
		 c->command->name, c->n_args ? c->args[0] : "");
	return c->command->run(c, options, e);
}

static int help_command(struct cli *c, const char *topic, struct err *e)
{
	if (topic && !find_command(topic))
		return cli_misuse(c, e, "command \"%s\" is unknown", topic);
	return print_help(topic ? find_command(topic) : NULL, e);
}

static int call(struct cli *c, int argc, char **argv, struct err *e)
{
	struct arguments args = { .items = argv + (argc > 0),
				  .n = argc - (argc > 0),
				  .stop_at = 1 };
	struct err ignored;

	if (options_read(global_options, &c->global, &args, e) < 0) {
		/* The error goes to the log, if that option was read before. */
		apply_log_options(c, &ignored);
		return cli_misuse(c, e, "%s", e->text);
	}
	if (args.help)
		return print_help(NULL, e);
	if (c->global.version)
		return print_version(e);
	TRY(apply_global_options(c, e));
	if (args.n == 0)
		return cli_misuse(c, e, "a command is missing");
	if (strcmp(args.items[0], "help") == 0)
		return help_command(c, args.items[1], e);
	c->command = find_command(args.items[0]);
	if (!c->command)
		return cli_misuse(c, e, "command \"%s\" is unknown", args.items[0]);
	return run_command(c, &(struct arguments){ .items = args.items + 1, .n = args.n - 1, .stop_at = c->command->stop_at },
			   e);
}

static void print_usage(const struct command *command)
{
	_cleanup_(buf_done) struct buf out = {};
	struct err ignored;

	usage_write(command, &out);
	fd_write_all(STDERR_FILENO, out.data, out.size, "stderr", &ignored);
}

static void cli_done(struct cli *c)
{
	arena_done(&c->arena);
}

int main(int argc, char **argv)
{
	_cleanup_(cli_done) struct cli c = { .log.level = LOG_WARNING };
	struct err e = {};

	fd_fill_standard();
	int status = call(&c, argc, argv, &e);

	if (status >= 0)
		return status;
	log_error(&c.log, &e, &c.problems);
	if (c.misused)
		print_usage(c.command);
	return c.command && c.command->failure && !c.misused ? c.command->failure : EXIT_FAILURE;
}
