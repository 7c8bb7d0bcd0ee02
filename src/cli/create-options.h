/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_CLI_CREATE_OPTIONS_H
#define SOCLE_CLI_CREATE_OPTIONS_H

#include "cli/command.h"
#include "run/container.h"

/* What create, run and plan are told in common, and where run and plan want more. */
struct create_options {
	const char *bundle, *config, *console_socket, *pidfd_socket, *pid_file;
	bool no_pivot, no_new_keyring;
	unsigned preserve_fds;

	bool detach, keep, no_subreaper; /* run */
	const char *format;		 /* plan */
};
OPTIONS_FIT(struct create_options);

#define CREATE_OPTION(member, letter, name, arg, help) \
	OPTION(struct create_options, member, letter, name, arg, help)

#define CREATE_OPTIONS                                                                              \
	CREATE_OPTION(bundle, 'b', "bundle", "DIR", "the bundle; otherwise the working directory"), \
	CREATE_OPTION(config, 'f', "config", "FILE", "in place of the bundle's config.json"),       \
	CREATE_OPTION(console_socket, 0, "console-socket", "SOCK", "send the terminal's master there"), \
	CREATE_OPTION(pidfd_socket, 0, "pidfd-socket", "SOCK", "send a pidfd of the init there"),   \
	CREATE_OPTION(pid_file, 0, "pid-file", "FILE", "write the init's pid there"),               \
	CREATE_OPTION(no_pivot, 0, "no-pivot", NULL, "change the root without pivot_root"),         \
	CREATE_OPTION(no_new_keyring, 0, "no-new-keyring", NULL, "keep the caller's session keyring"), \
	CREATE_OPTION(preserve_fds, 0, "preserve-fds", "N", "hand on N descriptors from 3 on")

/* The library's view of all that.  The id is the first argument; `ret` refers to `c` and `o`. */
int create_options_read(struct cli *c, const struct create_options *o, struct container_options *ret,
			struct err *e);

#endif
