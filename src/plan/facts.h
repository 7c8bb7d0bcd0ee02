/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_FACTS_H
#define SOCLE_PLAN_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* What the planner is told of the host.  run/facts.c finds it out, a test reads it from a file: with the facts of
 * a SELinux host with cgroup v1, that host's plan is made on any laptop. */

enum cgroup_layout { CGROUP_NONE, CGROUP_V1, CGROUP_HYBRID, CGROUP_V2 };

struct hierarchy {
	const char *controllers; /* "cpu,cpuacct", "name=systemd"; "" is version 2 */
	const char *mount;	 /* "/sys/fs/cgroup/memory" */
	const char *own;	 /* the caller's cgroup in it: "/user.slice" */
	const char *available;	 /* version 2: what its root can give to others, "cpu io memory"; NULL: nothing */
	bool closed;		 /* the caller may make no cgroup in it */
	bool inside;		 /* only below its own, not beside it */
};
struct hierarchies { size_t n; struct hierarchy *items; };

/* The systemd that makes cgroups: the machine's, or the caller's own. */
struct facts_systemd {
	bool user;
	const char *control_group; /* its own, below which all its units' lie: "" or "/user.slice/…/user@1000.service" */
};

struct facts {
	uint32_t uid, gid;	/* effective */
	const char *caller;	/* with rights on the host: "root", or NULL; only in a user namespace of its own: "namespace-root";
				 * nowhere: "user" */
	bool foreign_mounts;	/* the caller's mount namespace belongs to another user namespace: it can copy no mount */
	const char *cgroup_layout; /* "none", "v1", "hybrid", "v2" */
	struct hierarchies hierarchies;
	bool selinux;		   /* on, permissive or enforcing */
	bool apparmor;		   /* on */
	const char *resctrl;	/* where it is mounted; found out only for who asks for it */
	bool kcore;		/* /proc/kcore exists */
	uint64_t capabilities;	/* that the caller can pass on, a bit each; 0: not known */
	struct facts_systemd *systemd; /* NULL: socle makes cgroups itself */
};

bool facts_is_host_root(const struct facts *f);
bool facts_is_user(const struct facts *f);
/* May the caller copy mounts of its mount namespace? */
bool facts_can_copy_mounts(const struct facts *f);

/* From JSON and to JSON; every member by its name, "cgroupLayout".  What is read lives in `a`. */
int facts_read(const char *text, size_t size, struct arena *a, struct facts **ret_facts, struct err *e);
void facts_write(const struct facts *f, struct buf *out);

#endif
