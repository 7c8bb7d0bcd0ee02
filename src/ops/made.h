/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_OPS_MADE_H
#define SOCLE_OPS_MADE_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

#include "sys/root.h"

/* What was made in the image so that something could be mounted on it.  It is taken away again if the container fails
 * to start (R41): by the host, which still sees the image as it was, and only if it is the very same inode and empty. */
struct made {
	uint32_t what; /* SYNC_MADE: it crosses the channel as it is */
	uint32_t directory;
	uint64_t dev, ino;
	char path[PATH_MAX]; /* as the host's procfs has it */
};

struct made_list { struct made **items; size_t n, room; dev_t image; };

/* The recorder for root_open; things on another file system than the image's own go by themselves. */
struct root_made made_recorder(struct made_list *l);

/* Tell the host, in their order. */
void made_tell(const struct made_list *l, int channel);

/* Read what init tells until it ends, at most `limit` ms each.  What there is no memory for stays in the image. */
void made_hear(struct made_list *l, int channel, int limit);

/* Take it away again, in a mount namespace that sees the image as it was.  `rootfs` is the root's path there. */
void made_undo(const struct made_list *l, const char *rootfs);

void made_done(struct made_list *l);

#endif
