/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_OVERLAY_H
#define SOCLE_SYS_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* The kernel takes at most 255 bytes for an option.  Is this one of overlay's that can be given in pieces? */
bool overlay_is_long(const char *type, const char *key, const char *value);

/* Directories that an overlay is told of by descriptor, open until it is made. */
struct overlay { int held[16]; size_t n; };
void overlay_done(struct overlay *o);

/* Give it: lowerdir layer by layer ("lowerdir+", Linux 6.8), a directory whose own path is too long by descriptor
 * (Linux 6.13).  Before those there are the descriptors' names in procfs, which is the host's own at this time. */
int overlay_set(struct overlay *o, int fs, const char *key, const char *value, struct err *e);

#endif
