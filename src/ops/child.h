/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_OPS_CHILD_H
#define SOCLE_OPS_CHILD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A program that somebody else asked for: a hook, a command around a mount.  It gets its arguments and environment as
 * given and nothing more: three streams, a directory, a session of its own. */
struct child {
	const char *path;
	char *const *argv, *const *envp; /* NULL-terminated */
	const char *dir;		 /* NULL: as it is */
	const char *input;		 /* its stdin, as a file: who does not read it does no harm; NULL: empty */
	int output, errors;		 /* its stdout and stderr, no standard streams of ours; 0 or -1: for the error */
	int64_t timeout;		 /* seconds; 0: none */
	int interrupt;			 /* it is killed once this can be read; -1: none */
};

/* Run it to its end.  What it wrote last is part of the error if it fails; beyond the timeout it is killed, with all
 * that it started in its session. */
int child_run(const struct child *c, struct err *e);

#endif
