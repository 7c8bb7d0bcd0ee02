/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_UPDATE_H
#define SOCLE_RUN_UPDATE_H

#include "run/container.h"

/* Change the limits of the container whose state directory this is, and keep them for the next `update`.  Locked. */
int update_limits(const struct update_options *o, int dir, const struct state *state, struct err *e);

#endif
