/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_PROPERTIES_H
#define SOCLE_PLAN_PROPERTIES_H

#include "base/arena.h"
#include "plan/resources.h"

/* Limits as properties of a unit: systemd writes what it knows of a unit to the unit's cgroup whenever it reloads, and
 * has to know of what is written there by others.  What it has no property for it leaves alone. */
struct unit_properties { size_t n; struct unit_property { const char *name, *value; /* GVariant's text format */ } *items; };

struct unit_properties properties_of(const struct resource_settings *settings, struct arena *a);

#endif
