/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_LAYER_VFS_H
#define SOCLE_LAYER_VFS_H

#include "layer/ids.h"
#include "layer/store.h"

/* The `vfs` driver: every layer is a whole tree, copied from its parent's (R39).  It needs nothing of the kernel
 * and works on every file system.
 *
 *	layers/ID/tree		the layer
 *	layers/ID/parent	its parent's id, where it had one
 *
 * The directory ID is 0700, what is in it is the layer's owner's. */

struct vfs_request {
	const char *id;
	const char *parent;	    /* NULL: an empty layer */
	const char *label;	    /* SELinux label for all of it; NULL: the one that files get there */
	struct strings options;	    /* "name" or "name=value"; the driver knows none */
	struct layer_owner owner;   /* of the directory and of an empty layer */
};

struct vfs_layer {
	int fd;	    /* its tree */
	int hold;   /* it is not removed while this is open */
	char *path; /* of its tree */
};

struct vfs_status {
	const char *id, *parent, *path; /* parent: NULL if it had none */
	struct layer_owner owner;
	unsigned mode;
};

int vfs_open(struct layer_store *s, const char *path, bool make, struct err *e);

/* The parent's tree is copied with hard links, attributes, holes, devices, times and ids as they are.  The layer is
 * there when this returns 0 and not before; after a failure or a crash there is none. */
int vfs_create(struct layer_store *s, const struct vfs_request *r, struct err *e);

/* For use: it cannot be removed until vfs_put, or the end of the process. */
int vfs_get(struct layer_store *s, const char *id, struct vfs_layer *ret, struct err *e);
void vfs_put(struct vfs_layer *l);

int vfs_remove(struct layer_store *s, const char *id, struct err *e);
int vfs_status(struct layer_store *s, const char *id, struct arena *a, struct vfs_status *ret, struct err *e);

#endif
