/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_FOREGROUND_H
#define SOCLE_RUN_FOREGROUND_H

#include <signal.h>

#include "base/err.h"
#include "run/container.h"
#include "run/notify.h"

/* Stay with a process until it ends: pass on the signals that we get, show its terminal. */
struct foreground {
	int pidfd;   /* of the container's init, our child */
	int console; /* master of its terminal; -1: none */
	struct notify *notify; /* of its readiness, for which we are the main process */
	const struct container_warn *warn;
};

/* Block every signal from now on, so that none is lost between here and foreground_wait. */
int foreground_block(sigset_t *ret_old, struct err *e);

/* A descriptor that can be read once one of the signals came that ask a program to end; they stay pending. */
int foreground_interrupt(struct err *e);

/* *ret_status: its exit status, or 128 + the signal that ended it. */
int foreground_wait(const struct foreground *f, int *ret_status, struct err *e);

#endif
