/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_LAYER_IDS_H
#define SOCLE_LAYER_IDS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* Who owns a layer: the root of the id mapping of those who will use it, in the host's ids. */
struct layer_owner {
	uid_t uid;
	gid_t gid;
};

/* A name for a layer: 1 to 255 bytes, no slash, no "." in front, no control characters.  The error says which rule
 * is broken. */
int layer_id_check(const char *id, struct err *e);

/* The host's id of the mapping's 0.  `map` is "CONTAINER:HOST:SIZE[,CONTAINER:HOST:SIZE]…"; a range that is empty,
 * too large, or overlaps another on either side is an error, as is a mapping without 0.  `what` ("--uidmap") is for
 * the error. */
int id_map_root(const char *map, const char *what, uint32_t *ret_host, struct err *e);

#endif
