/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_SCOPE_H
#define SOCLE_PLAN_SCOPE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "plan/facts.h"
#include "spec/spec.h"

/* The unit of systemd that a container's cgroup belongs to, where systemd makes cgroups: a transient scope, or a slice
 * if the configuration asks for one. */
struct scope {
	const char *unit;   /* "socle-c1.scope" */
	const char *slice;  /* "system.slice": what it lies in */
	const char *cgroup; /* the unit's, from a hierarchy's root: "/system.slice/socle-c1.scope" */
	bool is_slice;
	const char *below;   /* the container's own cgroup below the unit's, "/sub"; "" if it is the unit's */
};

/* By /linux/cgroupsPath, "SLICE:PREFIX:NAME", and the annotations; facts->systemd is there. */
int scope_read(const struct spec *spec, const char *id, const struct facts *facts, struct arena *a, struct scope *ret,
	       struct err *e);

/* The cgroup below another that an annotation names: "/NAME", or "" without it; it may also be there and empty. */
int scope_read_below(const struct spec *spec, const char *key, struct arena *a, const char **ret, struct err *e);

/* "a-b.slice" is at /a.slice/a-b.slice; "-.slice" at "".  NULL if it is no slice's name. */
const char *scope_slice_path(const char *slice, struct arena *a);

/* What tells a container's unit from others of the same name: a URL among its documentation. */
const char *scope_mark(const char *owner, struct arena *a);

#endif
