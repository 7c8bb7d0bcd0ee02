/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_RDT_H
#define SOCLE_RUN_RDT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/types.h"
#include "base/writer.h"
#include "ops/run.h"

/* Groups of resctrl, directories on the host. */

/* A class of service with these schemata.  One of the container's own must not be there yet; one that is there already
 * must have them (`lines` is not written then). */
int rdt_group_make(const char *dir, const char *monitor, const struct strings *lines, unsigned how, struct err *e);

/* Write lines of the schemata; an error has the kernel's words. */
int rdt_write(const char *dir, const struct strings *lines, struct err *e);

/* The process, and what it will start, into a group (NULL: none). */
int rdt_enter(const char *dir, int64_t pid, struct err *e);

/* Its processes go back to the group above.  Glad to find nothing. */
int rdt_remove(const char *dir, struct err *e);

/* Does a schemata file's text have all that the line has?  "L3:0=f;1=00f" is what "  L3:0=f;1=f" has. */
bool rdt_has(const char *text, const char *line);

/* The members of "intel_rdt" in the events. */
void rdt_stats(const char *dir, const char *monitor, struct writer *w);

perform_fn perform_rdt_group, perform_rdt_enter;

#endif
