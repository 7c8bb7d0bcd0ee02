/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_CONTAINER_H
#define SOCLE_RUN_CONTAINER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "spec/decode.h"
#include "spec/state.h"

/* The life of a container: what each command does.  Nothing here prints; warnings go to the callback. */

struct container_options {
	const char *state_root; /* "/run/socle": made if missing, 0700 */
	const char *id;
	const char *bundle;	/* NULL: the working directory */
	const char *config;	/* NULL: config.json in the bundle; a relative one is the caller's */
	const char *pid_file;	/* NULL: none */
	const char *console_socket;
	const char *pidfd_socket;
	bool systemd_cgroup;	/* systemd makes the cgroups */
	enum { ROOTLESS_AUTO, ROOTLESS_YES, ROOTLESS_NO } rootless; /* go without a cgroup where none can be made? auto: if
								      * we are not the host's root */
	bool no_cgroups; /* make none at all */
	bool no_pivot;
	bool no_new_keyring;
	bool detach;		/* run: return once the program runs */
	bool keep;		/* run: leave the container in place when it has ended */
	bool no_subreaper;
	unsigned preserve_fds;	/* descriptors 3 … 3 + n - 1 stay open in the container */
	unsigned listen_fds;	/* the first so many of them are sockets to listen on, as sd_listen_fds(3) has it … */
	const char *listen_names; /* … with these names; NULL: none */
	const char *notify_socket; /* where the program's readiness is told: a path or "@name"; NULL: nowhere */

	void (*warn)(void *data, const char *text); /* "… , ignoring"; NULL: silent */
	void *warn_data;
	struct problems *problems; /* all problems of the configuration, in `arena`; NULL: only the first, in the error */
	struct arena *arena;	   /* not NULL; must outlive the problems */
};

/* Where warnings go when there are no options to say it. */
struct container_warn {
	void (*warn)(void *data, const char *text);
	void *data;
	void (*debug)(void *data, const char *text); /* what is worth knowing only when looked for; NULL: silent */
};

/* What one container looks like to others. */
struct container_info {
	struct state *state;
	int status; /* STATUS_* of plan/op.h */
};

/* `create`: assemble everything, up to the program itself, which waits for `start`. */
int container_create(const struct container_options *o, struct err *e);

/* `run`: create and start.  In the foreground it returns the program's status (128 + n after signal n) in
 * *ret_status, having passed on the signals that it got, and removes the container unless `keep`. */
int container_run(const struct container_options *o, int *ret_status, struct err *e);

/* A further process in a container. */
struct exec_options {
	const char *state_root, *id;
	struct strings args, env, caps; /* env and caps: beside the container's own */
	const char *process_text;	/* a process object as JSON, in place of all that; NULL: none */
	const char *cwd, *console_socket, *pid_file;
	const char *apparmor, *process_label; /* NULL: the container's own */
	bool has_user;
	uint32_t uid, gid;
	struct u32s additional_gids;
	struct string_map cgroups; /* below the container's: controller ("": any) and path */
	bool tty, detach, no_new_privs, ignore_paused;
	unsigned preserve_fds;
	struct container_warn warn;
	struct arena *arena; /* not NULL */
};

/* Run it: *ret_status becomes its status in the foreground, and EXEC_FAILED if it could not be started. */
#define EXEC_FAILED 255
int container_exec(const struct exec_options *o, int *ret_status, struct err *e);

/* Start the program of a created container, and run the poststart hooks.  A program that cannot be executed is an
 * error.  With a socket for it (NULL: none), it waits until the program says that it is ready, or ends.  `w` may be
 * NULL. */
int container_start(const char *state_root, const char *id, const char *notify_socket, const struct container_warn *w,
		    struct err *e);

/* The pids of all processes of the container, as the host has them, in ascending order. */
int container_pids(const char *state_root, const char *id, struct arena *a, int **ret_pids, size_t *ret_n,
		   struct err *e);

/* Stop all processes of the container where they are, or let them go on. */
int container_pause(const char *state_root, const char *id, bool pause, struct err *e);

/* What happens to a container, as lines of JSON that `tell` gets: every `interval` milliseconds what its cgroups have
 * counted, and each time that it ran out of memory; until it ends.  0: the figures once, at once. */
struct events_options {
	const char *state_root, *id;
	uint64_t interval;
	int (*tell)(void *data, const char *line, size_t size, struct err *e);
	void *data;
};
int container_events(const struct events_options *o, struct err *e);

/* Change the limits of a container.  What `now` does not name stays. */
struct update_options {
	const char *state_root, *id;
	const struct spec_resources *now;
	const char *l3_cache_schema, *mem_bw_schema; /* NULL: as they are */
	struct container_warn warn;
	struct arena *arena; /* not NULL */
};
int container_update(const struct update_options *o, struct err *e);

/* Send `signal` to the init process, or to every process of the container. */
int container_kill(const char *state_root, const char *id, int signal, bool all, struct err *e);

/* Remove what is left of a stopped container, or of a `create` that was killed; with `force` a running one is
 * killed first and one that does not exist is no error.  Runs the poststop hooks. */
int container_delete(const char *state_root, const char *id, bool force, const struct container_warn *w,
		     struct err *e);

int container_state(const char *state_root, const char *id, struct arena *a, struct container_info *ret_info,
		    struct err *e);

/* All containers in the order of their ids; an absent root directory is an empty list. */
int container_list(const char *state_root, struct arena *a, struct container_info **ret_infos, size_t *ret_n,
		   struct err *e);

/* Only the configuration, decoded and validated, and the bundle by an absolute path; both live in the arena. */
int container_load(const struct container_options *o, struct spec **ret_spec, const char **ret_bundle, struct err *e);

/* What `create` would do, printed; nothing is changed and no privilege is needed. */
int container_plan(const struct container_options *o, bool json, struct buf *out, struct err *e);

#endif
