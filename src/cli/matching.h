/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_CLI_MATCHING_H
#define SOCLE_CLI_MATCHING_H

#include "cli/command.h"

/* Do something to each container whose id matches the POSIX extended regular expression.  An error
 * is told and the others are still done; the exit status is 1 then.  `data` is handed through. */
int matching_each(struct cli *c, const char *root, const char *regex,
		  int (*deed)(const char *root, const char *id, const void *data, struct err *e),
		  const void *data, struct err *e);

#endif
