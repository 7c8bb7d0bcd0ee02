/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_LAYER_STORE_H
#define SOCLE_LAYER_STORE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/types.h"

/* Where layers are kept, whatever the driver:
 *
 *	STORE/DRIVER/layers/ID	layers that are complete
 *	STORE/DRIVER/new/ID	those that are being made
 *	STORE/DRIVER/gone/…	those that are being removed
 *
 * A layer becomes one, and ceases to be, by being renamed from one of these directories to another.  So whatever
 * lies in `layers` is complete, after a crash too; and what lies in the others is somebody's work or a leftover.
 * Each entry is locked (flock) by whom works at or with it: an entry of `new` or `gone` that nobody holds is a
 * leftover, and is removed by the next who makes or removes a layer.
 *
 * The directory DRIVER is locked for the moments in which entries are claimed, found and renamed, so an entry is
 * never seen between being made and being locked. */

struct layer_store {
	int dir, layers, made, gone; /* "made": the directory `new` */
	char *path;		     /* of `layers`, as it was given */
};
#define LAYER_STORE_NONE { .dir = -1, .layers = -1, .made = -1, .gone = -1 }

/* Open the store of `driver` in the directory `path`.  It and what is below is made if it is missing and wanted
 * (0700); without that a missing one is -1 with ENOENT.  A directory that is not ours, or that others can write to,
 * is refused.  `s` must have been LAYER_STORE_NONE. */
int layer_store_open(struct layer_store *s, const char *path, const char *driver, bool make, struct err *e);
void layer_store_done(struct layer_store *s);

/* Claim `id`, which must not be there: a new, locked, empty directory, 0700.  What a crash has left of it, or of any
 * other, is removed first.  Returns its descriptor. */
int layer_claim(struct layer_store *s, const char *id, struct err *e);
/* The claimed directory is complete: it is written out, then becomes a layer. */
int layer_publish(struct layer_store *s, const char *id, int claimed, struct err *e);
/* It failed: take it away again. */
int layer_abandon(struct layer_store *s, const char *id, struct err *e);

/* Hold a layer so that it is not removed; the descriptor is that of its directory, closing it ends the hold. */
int layer_hold(struct layer_store *s, const char *id, struct err *e);
/* Remove a layer; one that somebody holds is refused. */
int layer_drop(struct layer_store *s, const char *id, struct err *e);

/* Returns 1 or 0. */
int layer_is_there(struct layer_store *s, const char *id, struct err *e);
/* The ids of all layers, sorted. */
int layer_list(struct layer_store *s, struct arena *a, struct strings *ret_ids, struct err *e);
/* How many leftovers of crashes there are. */
int layer_leftovers(struct layer_store *s, struct arena *a, size_t *ret_n, struct err *e);

#endif
