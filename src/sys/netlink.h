/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_NETLINK_H
#define SOCLE_SYS_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Network devices, by rtnetlink(7).  A socket speaks of the network namespace that it was opened in, wherever its
 * owner goes later, and keeps that namespace alive. */

#define LINK_NAME 16 /* IFNAMSIZ */

struct link { int index; bool up; };
struct addresses { size_t size; char *messages; }; /* as the kernel sent them */
void addresses_done(struct addresses *a);

/* A socket of our own network namespace; of that of a namespace's descriptor or of a pidfd. */
int netlink_open(struct err *e);
int netlink_open_in(int ns, struct err *e);

/* The namespace of a socket, as a descriptor. */
int netlink_namespace(int socket, struct err *e);

/* ENODEV: there is none. */
int link_find(int socket, const char *name, struct link *ret, struct err *e);

/* Into another namespace, under a name that is free there.  What was up is down then, and has no addresses. */
int link_move(int socket, int index, int ns, const char *name, struct err *e);
int link_set_up(int socket, int index, struct err *e);

/* The addresses of a device that are meant to stay and to be seen from outside: permanent, of global scope. */
int addresses_read(int socket, int index, struct addresses *ret, struct err *e);
int addresses_add(int socket, int index, const struct addresses *a, struct err *e);

#endif
