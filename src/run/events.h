/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_EVENTS_H
#define SOCLE_RUN_EVENTS_H

#include "run/container.h"

/* Tell of a container that is there, until it ends: see container_events. */
int events_follow(const struct state *s, const struct events_options *o, struct err *e);

#endif
