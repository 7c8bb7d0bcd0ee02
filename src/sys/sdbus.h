/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_SDBUS_H
#define SOCLE_SYS_SDBUS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* systemd, by D-Bus: units as a container's cgroup needs them.  libsystemd is loaded when a connection is opened, and
 * not before: nobody else pays for it.  Every wait has an end. */

struct sdbus;

struct sdbus_wait {
	int answer, job; /* how long an answer may take, and a job, in milliseconds */
	int interrupt;	 /* a descriptor that ends any wait by becoming readable; -1: none */
};
#define SDBUS_WAIT(fd) (&(struct sdbus_wait){ 25 * 1000, 30 * 1000, fd })

/* A unit's property: what to send, as a message takes it (see base/variant.h). */
struct sdbus_property { const char *name, *signature, *const *words; size_t n_words; };
struct sdbus_unit { const char *name; const struct sdbus_property *properties; size_t n_properties; };

/* The machine's systemd, or the user's.  -1 with ENOENT or ECONNREFUSED: there is none. */
int sdbus_open(bool user, const struct sdbus_wait *w, struct sdbus **ret, struct err *e);
/* By a bus address: a connection without a bus daemon between. */
int sdbus_open_address(const char *address, const struct sdbus_wait *w, struct sdbus **ret, struct err *e);
void sdbus_close(struct sdbus **b);

/* A text among the properties of the manager itself, or of a unit under one of its interfaces ("Unit", "Scope"); of
 * an array the first.  Of a unit that is not there all are what they are without one: "". */
int sdbus_manager_text(struct sdbus *b, const char *property, char *buf, size_t size, struct err *e);
int sdbus_unit_text(struct sdbus *b, const char *unit, const char *interface, const char *property, char *buf,
		    size_t size, struct err *e);

/* Make and start a transient unit (`pid`: of the process that it is to start with; 0: none), and wait until it is
 * there. -1 with EEXIST: there is one of that name. */
int sdbus_start(struct sdbus *b, const struct sdbus_unit *unit, int pid, struct err *e);

/* Stop it, forget that it failed.  Glad to find nothing. */
int sdbus_stop(struct sdbus *b, const char *unit, struct err *e);

/* Have a process moved to the unit's cgroup, or to `below` it: "/sub". */
int sdbus_attach(struct sdbus *b, const char *unit, const char *below, int pid, struct err *e);

/* Change properties of a unit that is there, until the next boot. */
int sdbus_set(struct sdbus *b, const struct sdbus_unit *unit, struct err *e);

#endif
