/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_CLI_COMMAND_H
#define SOCLE_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/problem.h"
#include "cli/log.h"
#include "cli/options.h"
#include "spec/spec.h"


/* The options before the command. */
struct global_options {
	const char *root, *log, *log_format, *log_level, *cgroup_manager, *rootless;
	bool debug, systemd_cgroup, version;
};

/* One call of the program. */
struct cli {
	struct global_options global;
	struct log log;
	char **args; /* the command's arguments without its options, ended by NULL */
	int n_args;
	const struct command *command; /* NULL: none yet */
	bool systemd_cgroup; /* systemd makes cgroups */
	int rootless; /* ROOTLESS_* of run/container.h */
	bool no_cgroups;
	bool misused; /* the error is about how it was called: the usage line helps */
	struct arena arena;
	struct problems problems; /* of a configuration, to be shown with the error */
};

/* A command is a file that declares itself; usage, help and the man page's test come from here. */
struct command {
	const char *name;
	const char *args; /* "ID [SIGNAL]": how many there may be is read from it */
	const char *summary;
	const struct option_def *options;
	int stop_at; /* see struct arguments */
	int failure; /* exit status after an error of ours; 0: 1 */

	/* Returns the program's exit status, or -1.  `options`: the struct that the rows speak of,
	 * zeroed before. */
	int (*run)(struct cli *c, void *options, struct err *e);
};
#define COMMAND_OPTIONS_SIZE 256 /* the largest of those structs */
#define OPTIONS_FIT(T) \
	_Static_assert(sizeof(T) <= COMMAND_OPTIONS_SIZE, "make COMMAND_OPTIONS_SIZE larger")

extern const struct command *const commands[]; /* ended by NULL */
extern const struct option_def *const global_options;

/* help.c */
/* One line, and all of it.  NULL: the program's. */
void usage_write(const struct command *command, struct buf *out);
void help_write(const struct command *command, struct buf *out);

/* main.c: what commands have in common */
int cli_print(const struct buf *out, struct err *e); /* to stdout */
int cli_misuse(struct cli *c, struct err *e, const char *fmt, ...)
	ERR_PRINTF(3, 4); /* returns -1 */

/* The directory that holds the containers' state, absolute. */
int cli_root(struct cli *c, const char **ret_root, struct err *e);

/* `path` as it is from the root; a relative one is relative to the working directory. */
int cli_absolute(struct cli *c, const char *path, const char **ret_path, struct err *e);

/* Is `value` (NULL: `names[0]`) one of the names?  Returns its index; `option` is for the error. */
int cli_choice(struct cli *c, const char *option, const char *value, const char *const *names,
	       struct err *e);

/* Where the caller wants to hear that a program is ready; NULL: nowhere. */
const char *cli_notify_socket(void);

/* A warning of the library's, into the log; `data` is the struct cli. */
void cli_warn(void *data, const char *text);
void cli_debug(void *data, const char *text);

#endif
