/* SPDX-License-Identifier: Apache-2.0 */
#include "layer/vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/span.h"
#include "sys/copytree.h"
#include "sys/fd.h"

#define TREE	  "tree"
#define PARENT	  "parent"
#define DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW)

int vfs_open(struct layer_store *s, const char *path, bool make, struct err *e)
{
	return layer_store_open(s, path, "vfs", make, e);
}

/* ---- create ------------------------------------------------------------------------------------------------ */

static int check_options(const struct strings *options, struct err *e)
{
	if (options->n == 0)
		return 0;
	const char *o = options->items[0];
	return err_rule(e, NULL, "the vfs driver does not know the option \"%.*s\"", (int)span_until(o, "="), o);
}

/* The umask has no say. */
static int give(int dir, const char *what, unsigned mode, const struct layer_owner *owner, struct err *e)
{
	if (fchown(dir, owner->uid, owner->gid) < 0)
		return err_call(e, "fchown", what);
	return fchmod(dir, mode) < 0 ? err_call(e, "fchmod", what) : 0;
}

/* The parent cannot be removed while it is copied. */
static int copy_parent(struct layer_store *s, const char *parent, int tree, bool labelled, struct err *e)
{
	const struct copytree_options o = { .no_labels = labelled, .doing = "copying the parent layer" };
	struct vfs_layer from;
	if (vfs_get(s, parent, &from, e) < 0)
		return err_note(e, "parent");
	int r = copytree(from.fd, tree, &o, e);
	vfs_put(&from);
	return r;
}

static int write_parent(int dir, const char *parent, struct err *e)
{
	_cleanup_close_ int fd = fd_open_at(dir, PARENT, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600, e);
	return fd < 0 ? -1 : fd_write_all(fd, parent, strlen(parent), PARENT, e);
}

static int build(struct layer_store *s, const struct vfs_request *r, int dir, struct err *e)
{
	if (mkdirat(dir, TREE, 0700) < 0)
		return err_call(e, "mkdir", TREE);
	_cleanup_close_ int tree = fd_open_at(dir, TREE, DIRECTORY, 0, e);
	if (tree < 0)
		return -1;
	TRY(give(tree, TREE, 0755, &r->owner, e));
	if (r->parent) {
		TRY(copy_parent(s, r->parent, tree, r->label, e));
		TRY(write_parent(dir, r->parent, e));
	}
	if (r->label)
		TRY(relabel_tree(tree, r->label, e));
	return give(dir, r->id, 0700, &r->owner, e);
}

int vfs_create(struct layer_store *s, const struct vfs_request *r, struct err *e)
{
	TRY(check_options(&r->options, e));
	TRY(layer_id_check(r->id, e));
	if (r->parent)
		TRY(layer_id_check(r->parent, e));
	_cleanup_close_ int dir = layer_claim(s, r->id, e);
	if (dir < 0)
		return -1;
	if (build(s, r, dir, e) == 0 && layer_publish(s, r->id, dir, e) == 0)
		return 0;
	struct err second = { 0 };
	layer_abandon(s, r->id, &second);
	err_also(e, &second);
	return -1;
}

/* ---- get, put, remove -------------------------------------------------------------------------------------- */

int vfs_get(struct layer_store *s, const char *id, struct vfs_layer *ret, struct err *e)
{
	*ret = (struct vfs_layer){ .fd = -1, .hold = layer_hold(s, id, e) };
	if (ret->hold < 0)
		return -1;
	ret->fd = fd_open_at(ret->hold, TREE, DIRECTORY, 0, e);
	if (ret->fd < 0) {
		vfs_put(ret);
		return -1;
	}
	struct buf path = { 0 };
	buf_printf(&path, "%s/%s/" TREE, s->path, id);
	ret->path = path.data;
	return 0;
}

void vfs_put(struct vfs_layer *l)
{
	fd_closep(&l->fd);
	fd_closep(&l->hold);
	free(l->path);
	l->path = NULL;
}

int vfs_remove(struct layer_store *s, const char *id, struct err *e)
{
	return layer_drop(s, id, e);
}

/* ---- status ------------------------------------------------------------------------------------------------ */

static int read_parent(int dir, struct arena *a, const char **ret, struct err *e)
{
	char text[NAME_MAX + 2];
	*ret = NULL;
	_cleanup_close_ int fd = fd_open_at(dir, PARENT, O_RDONLY | O_NOFOLLOW, 0, e);
	if (fd < 0) {
		bool none = err_is(e, ENOENT);
		if (none)
			*e = (struct err){ 0 };
		return none ? 0 : -1;
	}
	TRY(fd_read_text(fd, text, sizeof(text), PARENT, e));
	*ret = arena_strdup(a, text);
	return 0;
}

int vfs_status(struct layer_store *s, const char *id, struct arena *a, struct vfs_status *ret, struct err *e)
{
	_cleanup_(vfs_put) struct vfs_layer l = { .fd = -1, .hold = -1 };
	struct stat st;
	TRY(vfs_get(s, id, &l, e));
	if (fstat(l.fd, &st) < 0)
		return err_call(e, "fstat", id);
	*ret = (struct vfs_status){ .id = id, .path = arena_strdup(a, l.path), .mode = st.st_mode & 07777 };
	ret->owner = (struct layer_owner){ .uid = st.st_uid, .gid = st.st_gid };
	return read_parent(l.hold, a, &ret->parent, e);
}
