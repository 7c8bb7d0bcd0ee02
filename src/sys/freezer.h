/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_FREEZER_H
#define SOCLE_SYS_FREEZER_H

#include <stdbool.h>

#include "base/err.h"
#include "base/types.h"

/* Both kinds of freezer.  `dirs` are the cgroups of one container, one a hierarchy: version 2's freezer is used where
 * there is one, else version 1's.  A host may have both, and somebody may have used the other. */

/* Does it stand still, by whichever freezer, and be it that a cgroup above is frozen? */
bool freezer_is_frozen(const struct strings *dirs);
/* The same of one cgroup, which may have no freezer at all. */
bool freezer_holds(int dir);

/* Freeze, and wait until every process is: 0; -1 if they did not get there in time, and then they go on. */
int freezer_freeze(const struct strings *dirs, struct err *e);

/* Let go on whatever any freezer holds, and wait until it does. */
int freezer_thaw(const struct strings *dirs, struct err *e);

/* Is there a freezer at all? */
bool freezer_exists(const struct strings *dirs);

#endif
