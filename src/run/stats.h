/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_STATS_H
#define SOCLE_RUN_STATS_H

#include "base/types.h"
#include "base/writer.h"

/* What the container's cgroups, and its groups of resctrl (NULL: none), have counted, as the object that runc's `events` has under "data".  `dirs` are the
 * container's directories, one a hierarchy, of either version; what none of them has is zero or left out, as there. */
void stats_write(const struct strings *dirs, const char *rdt, const char *rdt_monitor, struct writer *w);

#endif
