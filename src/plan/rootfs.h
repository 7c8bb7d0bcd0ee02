/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_ROOTFS_H
#define SOCLE_PLAN_ROOTFS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/problem.h"
#include "plan/facts.h"
#include "plan/op.h"
#include "spec/spec.h"

/* What a caller adds to the description of a root file system. */
struct rootfs_request {
	bool new_namespace; /* the mount namespace was made for it, so all of it may be changed */
	bool change_root;
	bool no_pivot;
	/* Bound over /etc/resolv.conf, /etc/hostname, /etc/hosts (R37): absolute, NULL where there is none. */
	const char *resolv_conf, *hostname, *hosts;
	bool ipc;	    /* /dev/shm and /dev/mqueue, unless something is mounted there (R38) */
	uint64_t shm_size;  /* of /dev/shm, in bytes; 0: as the kernel has it */
};

/* The plan of a root file system without a container: what `spec` says of root, mounts, devices, masked and
 * read-only paths and propagation, in the order in which `create` has it.  Its process, hooks, namespaces and
 * resources have no say.  One process carries out the host's list and then init's.  A pure function; the plan lives
 * in the arena. */
int plan_rootfs(const struct spec *spec, const struct rootfs_request *request, const struct facts *facts,
		struct arena *a, struct problems *warnings, const struct plan_header **ret_plan, struct err *e);

#endif
