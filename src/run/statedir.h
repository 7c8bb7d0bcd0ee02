/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_STATEDIR_H
#define SOCLE_RUN_STATEDIR_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "spec/state.h"

/* The state directory of one container, ROOT/ID:
 *
 *	state.json	struct state, replaced by renaming, so nobody reads half of it
 *	config.json	the configuration as it was when the container was created
 *	resources.json	its limits since the last `update`; before, they are those of config.json
 *	journal		what outlives the processes, written before it is made
 *	start		the fifo that the program waits at, gone once it was started
 *	notify/		the socket by which the program says that it is ready, where the caller wants to hear it
 *	start-error	what became of a program that could not be executed
 *
 * Whoever changes the container holds a lock on the directory.  Making the directory is what claims an id: of two
 * who try, one finds it there. */

#define STATE_FILE  "state.json"
#define CONFIG_FILE "config.json"
#define CONFIG_NEXT "config.json.next" /* its name while the container is being created */
#define RESOURCES_FILE "resources.json"
#define JOURNAL	    "journal"
#define START_FIFO  "start"
#define START_ERROR "start-error"

/* May this be a container's id?  The error says why not. */
int container_id_check(const char *id, struct err *e);

/* The directory of all containers, made if it is missing and wanted (0700).  One that others can write to is
 * refused.  Without `make`, a missing one is -1 with ENOENT in `e`. */
int state_root_open(const char *path, bool make, struct err *e);

/* Claim an id: make the directory and lock it.  Fails if it is there, saying whether that container is being
 * created or exists. */
int statedir_claim(const char *root, const char *id, struct err *e);

/* Open an existing one.  ENOENT: "container does not exist". */
int statedir_open(const char *root, const char *id, struct err *e);

enum lock_how { LOCK_TRY, LOCK_WAIT };
/* Lock it.  Returns 1 if it is locked, 0 if somebody else has it (LOCK_TRY) or it was removed meanwhile. */
int statedir_lock(int dir, enum lock_how how, struct err *e);
int statedir_unlock(int dir, struct err *e);
/* Was it removed, while we have it open? */
bool statedir_is_gone(int dir);

/* Keep the configuration: `exec` goes by it, whatever the bundle's becomes. */
int statedir_write_config(int dir, const char *text, size_t size, struct err *e);
/* The container is there: from now on its configuration goes by its own name. */
int statedir_finish(int dir, struct err *e);
/* Has somebody locked it who has not finished creating it? */
bool statedir_is_creating(int dir);
int statedir_read_config(int dir, struct arena *a, char **ret_text, size_t *ret_size, struct err *e);

/* The limits that `update` left; *ret_text is NULL if there was none. */
int statedir_write_resources(int dir, const char *text, size_t size, struct err *e);
int statedir_read_resources(int dir, struct arena *a, char **ret_text, size_t *ret_size, struct err *e);

int statedir_write(int dir, const struct state *s, struct err *e);
/* *ret_state is NULL if there is no state yet: somebody is creating the container, or was killed doing so. */
int statedir_read(int dir, struct arena *a, struct state **ret_state, struct err *e);

/* Remove it, with everything of ours in it. */
int statedir_remove(const char *root, const char *id, int dir, struct err *e);

#endif
