/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_CREATE_H
#define SOCLE_PLAN_CREATE_H

#include "base/arena.h"
#include "base/err.h"
#include "plan/facts.h"
#include "plan/op.h"
#include "spec/decode.h"
#include "spec/spec.h"

/* What the command line adds to the configuration. */
struct create_request {
	const char *id;
	const char *state_root; /* absolute */
	const char *bundle;	/* absolute */
	bool run;		/* go on to the program at once: `run`, not `create` */
	bool terminal_to_socket;
	bool no_pivot;
	bool no_new_keyring;
	unsigned preserve_fds;
	struct u32s seccomp; /* /linux/seccomp, compiled: struct sock_filter as pairs of numbers */
	struct strings env;	/* NAME=VALUE, beside the configuration's and in the place of its */
	const char *notify;	/* absolute: the directory of the socket for readiness; NULL: nobody wants to hear */
};

/* Where that directory is in the container, and the socket in it. */
#define NOTIFY_DIR_INSIDE "/run/notify"
#define NOTIFY_INSIDE	  NOTIFY_DIR_INSIDE "/notify.sock"

/* The plan of `create` and `run`.  A pure function of its arguments; the plan lives in the arena.  Problems that
 * the container can live with are added to `warnings`, with the words that say what goes on regardless.  Whatever
 * of the configuration would change the container and is not carried out is an error that names it. */
int plan_create(const struct spec *spec, const struct create_request *request, const struct facts *facts,
		struct arena *a, struct problems *warnings, const struct plan_header **ret_plan, struct err *e);

/* The directories of the container's own cgroup, one a hierarchy, as plan_create has them made; "" where it gets none. */
struct strings plan_cgroup_paths(const struct spec *spec, const char *id, const struct facts *facts,
				 struct arena *a);

/* The unit of systemd that they belong to; NULL: none. */
const char *plan_unit_name(const struct spec *spec, const char *id, const struct facts *facts, struct arena *a);

/* The annotations that change what is done, by name or beginning: they name programs to run or sockets to talk to, or
 * change what systemd does with the container, so an image must not choose them. */
#define N_PLAN_ANNOTATIONS 7
#define HOOKS_STDOUT   "run.oci.hooks.stdout"
#define HOOKS_STDERR   "run.oci.hooks.stderr"
#define KEEP_GROUPS    "run.oci.keep_original_groups"
#define PIDFD_RECEIVER "run.oci.pidfd_receiver"
extern const char *const plan_annotations[N_PLAN_ANNOTATIONS];

/* The container's directories of resctrl; NULL where it has none. */
const char *plan_rdt_dir(const struct spec *spec, const char *id, const struct facts *f, struct arena *a);
const char *plan_rdt_monitor(const struct spec *spec, const char *id, const struct facts *f, struct arena *a);

#endif
