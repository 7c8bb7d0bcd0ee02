/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_HOST_H
#define SOCLE_RUN_HOST_H

#include "ops/run.h"
#include "run/container.h"
#include "run/limits.h"
#include "run/netdev.h"
#include "run/notify.h"

/* What the host stage holds while it carries out its list. */
struct host {
	const struct container_options *options;
	const struct spec *spec;
	const char *config;    /* the text of config.json, for `exec` later; NULL: it is not kept */
	size_t config_size;
	struct state *state;   /* being filled; written by OP_RECORD */
	const struct state *container; /* whose process it is, and its status; NULL: it is the container's first */
	int container_status;
	int dir;	       /* the state directory, locked; -1 until it is claimed */
	int pidfd;	       /* of the child that was started: bridge or init */
	int init_pidfd;	       /* of init; the same one where there is no bridge */
	int console;	       /* master of the terminal; -1: none */
	struct container_warn warn;
	struct moved_devices devices;
	struct notify notify;  /* run: of the program */
	bool pid_file_written; /* removed again if it comes to nothing */
	struct limits_kept *kept; /* NULL: what files held is not kept */
	int child_channel;     /* init's end of the channel, until it was handed over */
};

/* The operations of `exec`. */
perform_fn perform_open_process, perform_open_cgroup;

/* Put a cgroup's directory (taken) and, where a slot wants it, the file by which one enters it into the plan's slots. */
int host_keep_cgroup(struct run *r, struct fills cgroup, struct fills procs, int *dir, struct err *e);

/* Carry out the host's list.  On failure everything is undone again, the state directory included if we made it;
 * what went wrong in that is in e->also. */
int host_run(struct run *r, struct err *e);

/* Undo all that was done: for an error that comes after the list. */
void host_undo(struct run *r, struct err *e);

/* The container has begun: nothing will be undone any more. */
void host_settled(struct run *r);

void host_done(struct run *r);

/* Needs nothing of the host stage: the library carries it out, too. */
perform_fn perform_id_namespace;

#endif
