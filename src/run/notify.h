/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_NOTIFY_H
#define SOCLE_RUN_NOTIFY_H

#include <stdbool.h>

#include "base/err.h"
#include "run/container.h"

/* The readiness of the container's program, told to the caller's service manager (sd_notify(3)).
 *
 * The program writes to a socket of ours in the state directory.  Nothing of what it writes goes further but that it
 * is ready: a message could also name another main process, or leave descriptors. */
struct notify {
	int socket;	  /* ours; -1: none */
	const char *host; /* the caller's: a path, or "@name" */
};
#define NO_NOTIFY ((struct notify){ -1, NULL })

#define NOTIFY_DIR    "notify" /* in the state directory */
#define NOTIFY_SOCKET "notify.sock"

/* Make the directory; the socket in it. */
int notify_make_dir(int state_dir, struct err *e);
int notify_listen(int state_dir, struct notify *n, struct err *e);
/* Was it made when the container was created? */
bool notify_is_wanted(int state_dir);

/* One message of the program's is there.  If it says READY=1 the caller is told, with `pid` as the main process, and
 * our socket is closed.  A failure is a warning: the container runs. */
void notify_pass_on(struct notify *n, long pid, const struct container_warn *w);

/* Wait for that, or for the end of the process behind the pidfd, and for the caller to have taken it in. */
void notify_until_ready(struct notify *n, int pidfd, long pid, const struct container_warn *w);

void notify_done(struct notify *n);

#endif
