/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_CONSOLE_H
#define SOCLE_RUN_CONSOLE_H

#include "base/err.h"

/* Send a descriptor to who listens on this socket, as engines expect it: one message, the name as its text. */
int descriptor_send(const char *socket_path, int fd, const char *name, struct err *e);

/* The caller's terminal while it shows the container's. */
struct relay {
	int master;	/* borrowed; -1: no terminal */
	int saved;	/* the caller's settings are in `settings`, to be put back */
	void *settings;
	char out[4096]; /* read from the master, not yet written */
	unsigned n_out;
	char in[4096];	/* read from stdin, not yet written */
	unsigned n_in;
	int in_closed;
};

/* Raw mode, if stdin is a terminal at all; and its size for the container's. */
int relay_begin(struct relay *l, int master, struct err *e);
/* Whatever happens, the terminal is as it was. */
void relay_end(struct relay *l);
void relay_resize(const struct relay *l);

#endif
