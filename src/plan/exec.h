/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_EXEC_H
#define SOCLE_PLAN_EXEC_H

#include "base/arena.h"
#include "base/err.h"
#include "plan/facts.h"
#include "plan/op.h"
#include "spec/decode.h"
#include "spec/spec.h"

/* A further process in a container that is there. */
struct exec_request {
	const char *id;		/* of the container */
	bool keyring;		/* the container has a session keyring of its own, which is joined */
	int64_t pid;		/* the container's init … */
	uint64_t pid_start;	/* … and its start time */
	struct strings cgroups; /* the container's own, one a hierarchy, in the order of the facts */
	const char *user_unit;	/* of the user's systemd, that they belong to; NULL: none */
	struct string_map below; /* where it is to be under them: controller ("": any) and path */
	unsigned preserve_fds;
	struct u32s seccomp; /* as for `create` */
};

/* The plan of `exec`: another plan, not other code.  `spec` is the container's configuration as it was created, for
 * its namespaces; `process` is what is to be run.  The bridge joins the namespaces of the container's init and starts
 * the process in them. */
int plan_exec(const struct spec *spec, const struct spec_process *process, const struct exec_request *request,
	      const struct facts *facts, struct arena *a, struct problems *warnings,
	      const struct plan_header **ret_plan, struct err *e);

#endif
