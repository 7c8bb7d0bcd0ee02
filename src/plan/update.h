/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_UPDATE_H
#define SOCLE_PLAN_UPDATE_H

#include "plan/facts.h"
#include "plan/op.h"
#include "spec/decode.h"

/* What is asked of `update`, and where. */
struct update_request {
	const struct spec_resources *now; /* to be changed */
	struct strings cgroups;		  /* the container's directories */
	const char *unit;		  /* that they belong to; NULL: none */
	bool user_unit;			  /* … of the user's systemd */
};

/* The plan by which the limits of a container are changed: one list, the host's.  `spec` is the container's own, but for
 * the limits, which are all that will count afterwards. */
int plan_update(const struct spec *spec, const struct update_request *request, const struct facts *facts, struct arena *a,
		struct problems *warnings, const struct plan_header **ret_plan, struct err *e);

#endif
