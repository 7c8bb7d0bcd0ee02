/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_FREEZE_H
#define SOCLE_RUN_FREEZE_H

#include <stdbool.h>

#include "base/err.h"
#include "spec/state.h"

bool container_is_frozen(const struct state *s);

/* Freeze or thaw all processes of the container, and wait until they are. */
int container_freeze(const struct state *s, bool freeze, struct err *e);

#endif
