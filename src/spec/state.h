/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SPEC_STATE_H
#define SOCLE_SPEC_STATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "spec/spec.h"

/* What the state file keeps of a container.  One table writes and reads it.  The status is not
 * kept: it is found out each time from the process (see run/status). */
struct state {
	uint32_t version;	   /* of this file; STATE_VERSION */
	const char *oci_version;   /* of the config.json */
	const char *id;
	const char *bundle;	   /* absolute */
	const char *rootfs;	   /* absolute */
	const char *created;	   /* RFC 3339, UTC, nanoseconds */
	uint64_t owner;		   /* uid of who created it */
	int64_t pid;		   /* of the container's init on the host; 0: not there yet */
	uint64_t pid_start;	   /* its start time in clock ticks: the two name one process */
	bool started;		   /* false until `start` */
	bool no_new_keyring;	   /* its processes keep the session keyring of their caller */
	struct string_map annotations;
	struct spec_hook_list poststart, poststop;
	struct strings cgroups;	   /* directories of the own cgroup, one a hierarchy */
	const char *unit;	   /* of systemd, that they belong to: "socle-c1.scope"; NULL: none */
	bool user_unit;		   /* of the user's systemd */
	const char *rdt, *rdt_monitor; /* its directories of resctrl */
	struct strings namespaces; /* those with a path of their own: "net:/run/netns/a" */
};

#define STATE_VERSION 1

/* The value of an annotation, or NULL. */
const char *state_annotation(const struct state *s, const char *key);

/* Append the state as JSON, one line a member. */
void state_encode(const struct state *s, struct buf *out);

/* Read it back.  What is returned lives in `a`. */
int state_decode(const char *text, size_t size, struct arena *a, struct state **ret_state,
		 struct err *e);

/* What `socle state` and hooks see: runtime.md's state object ("ociVersion", "id", "status", "pid"
 * unless stopped, "bundle", "annotations"), `extended` as runc prints it too ("rootfs", "created",
 * "owner": "root" or "#1000").  `indent` 0: one line; otherwise pretty with that many spaces. */
void state_encode_public(const struct state *s, const char *status, bool extended, int indent,
			 struct buf *out);

#endif
