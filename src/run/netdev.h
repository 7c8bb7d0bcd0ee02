/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_NETDEV_H
#define SOCLE_RUN_NETDEV_H

#include "ops/run.h"

/* Network devices of the host that become the container's.
 *
 * They end with the container's network namespace: the kernel brings physical ones back to the host's first one and
 * destroys the others, and the specification wants no runtime to be in between.  So nothing about them is journalled.
 * Only while the container is being made can they be brought back by us. */
perform_fn perform_net_device;

struct moved_device;
struct moved_devices { int outside, inside; /* sockets; -1: none */ struct moved_device *first; };
#define NO_MOVED_DEVICES ((struct moved_devices){ -1, -1, NULL })

/* Bring back all that was moved, with its name, addresses and state. */
void moved_devices_undo(struct moved_devices *m, struct err *e);

/* They are the container's.  Its namespace lives no longer than its processes from here on. */
void moved_devices_done(struct moved_devices *m);

#endif
