/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SPEC_SYSCTL_H
#define SOCLE_SPEC_SYSCTL_H

#include "base/arena.h"

/* The path below /proc/sys of a kernel parameter's name as sysctl.d(5) reads it:
 * "net.ipv4.ip_forward" and "net/ipv4/ip_forward" are the same, and of
 * "net.ipv4.conf.eth0/1.forwarding" the slash is a dot of the device's name.  NULL if it is no
 * such name: then no part of it can be trusted to be a path. */
const char *sysctl_path(const char *key, struct arena *a);

/* The type of namespace ("network") that a parameter belongs to; NULL: to the host alone. */
const char *sysctl_namespace(const char *path);

#endif
