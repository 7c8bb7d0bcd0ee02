/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_STATS_H
#define SOCLE_RUN_STATS_H

#include "base/types.h"
#include "base/writer.h"

/* What the container's cgroups have counted, as the object that runc's `events` has under "data".  `dirs` are the
 * container's directories, one a hierarchy, of either version; what none of them has is zero or left out, as there. */
void stats_write(const struct strings *dirs, struct writer *w);

#endif
