/* SPDX-License-Identifier: Apache-2.0 */
/* Copying a tree.
 *
 * The walk holds each directory of the source and, as its twin, the copy of it.  A directory is made 0700 and
 * gets what it is to have when all is in it: its times then stay, a default ACL does not reach what is copied
 * into it, and nobody else enters before.  Of everything else: contents, owner, mode, attributes, times, in that
 * order, since each takes away something of those behind it (a new owner the setuid bit and capabilities, a
 * write the times).
 *
 * Of a file with several names the first is copied, and where it stands is remembered; the others are linked to
 * it, from the top of the copy down if they are in another directory.  So nothing but the tree's own names ever
 * appears in the copy. */
#define _GNU_SOURCE
#include "sys/copytree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "sys/attrs.h"
#include "sys/calls.h"
#include "sys/fd.h"
#include "sys/walk.h"

#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif
#define ATTRS_MAX (64 << 10) /* of a value and of the list of names alike: the kernel's own limits */
#define RANGE_MIN (64 << 10) /* below this, reading and writing is as fast as anything */
#define ACL_ACCESS  "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"

/* The first name of a file that has others; an empty one has ino and dev 0. */
struct link {
	dev_t dev;
	ino_t ino;
	uint32_t node;
};

struct copy {
	const struct copytree_options *o;
	int to; /* the top of the copy */
	struct stat to_st;
	bool no_clone, no_range, no_noatime, no_chmodat; /* found not to work here */
	struct xattrs xattrs;

	struct link *links; /* open addressing; n_room is a power of two */
	size_t n_links, n_room;
	struct walk_vec chain; /* the way down to a directory of the copy */
	int linked_dir;	       /* the last one that was gone down to */
	uint32_t linked_node;

	struct walk walk;
	char names[ATTRS_MAX], value[ATTRS_MAX];
	char data[128 << 10];
};

/* What is being copied: an open file, or a name in a directory where it cannot be opened. */
struct place {
	int from, to;
	const char *name; /* NULL: the descriptors are those of the file itself */
};

static struct copy *copy_of(struct walk *w)
{
	return w->data;
}

/* For an error about what `name` calls: NULL in the directory that is being visited. */
static int fail(struct copy *c, const char *call, const char *name, struct err *e)
{
	return walk_fail(&c->walk, call, name, e);
}

static int broken(struct copy *c, const char *name, const char *rule, struct err *e)
{
	err_rule(e, NULL, "%s", rule);
	return walk_fail_at(&c->walk, name, e);
}

/* ---- ids --------------------------------------------------------------------------------------------------- */

static int shift(struct copy *c, enum id_kind kind, uint32_t *id, const char *what, struct err *e)
{
	uint32_t old = *id;
	if (!c->o->shift || c->o->shift(c->o->data, kind, id) >= 0)
		return 0;
	err_rule(e, NULL, "%s %u has no place in the id mapping", kind == ID_USER ? "user" : "group", old);
	return walk_fail_at(&c->walk, what, e);
}

/* Numbers in attributes are little-endian and need not be aligned. */
static uint32_t get_le32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;
	return (uint32_t)u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;
}

static void put_le32(char *p, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		p[i] = (char)(n >> (8 * i));
}

/* A header of 4 bytes, then entries of a tag, permissions and an id. */
static int shift_acl(struct copy *c, char *value, size_t size, const char *what, struct err *e)
{
	enum { HEADER = 4, ENTRY = 8, TAG_USER = 0x02, TAG_GROUP = 0x08 };
	for (size_t at = HEADER; at + ENTRY <= size; at += ENTRY) {
		uint32_t tag = get_le32(value + at) & 0xffff, id = get_le32(value + at + 4);
		if (tag != TAG_USER && tag != TAG_GROUP)
			continue;
		TRY(shift(c, tag == TAG_USER ? ID_USER : ID_GROUP, &id, what, e));
		put_le32(value + at + 4, id);
	}
	return 0;
}

/* Capabilities count in the user namespaces of one root user.  Version 2 means the source's root 0 without naming
 * it; where that becomes another, version 3 is needed to name it. */
static int shift_capability(struct copy *c, char *value, size_t *size, const char *what, struct err *e)
{
	uint32_t magic = get_le32(value), root = 0;
	if (*size == XATTR_CAPS_SZ_3)
		root = get_le32(value + XATTR_CAPS_SZ_2);
	TRY(shift(c, ID_USER, &root, what, e));
	if (*size != XATTR_CAPS_SZ_3 && (*size != XATTR_CAPS_SZ_2 || root == 0))
		return 0;
	put_le32(value, (magic & ~(uint32_t)VFS_CAP_REVISION_MASK) | VFS_CAP_REVISION_3);
	put_le32(value + XATTR_CAPS_SZ_2, root);
	*size = XATTR_CAPS_SZ_3;
	return 0;
}

static int shift_value(struct copy *c, const char *attr, size_t *size, const char *what, struct err *e)
{
	if (!c->o->shift)
		return 0;
	if (strcmp(attr, ACL_ACCESS) == 0 || strcmp(attr, ACL_DEFAULT) == 0)
		return shift_acl(c, c->value, *size, what, e);
	if (strcmp(attr, "security.capability") == 0 && *size >= 4)
		return shift_capability(c, c->value, size, what, e);
	return 0;
}

/* ---- attributes -------------------------------------------------------------------------------------------- */

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool is_label(const char *attr)
{
	return strcmp(attr, "security.selinux") == 0 || begins(attr, "security.SMACK64");
}

/* May it be left out where the target's file system does not know it?  ACLs and capabilities never: without
 * them, permissions would be others. */
static bool is_dispensable(const char *attr)
{
	if (is_label(attr))
		return true;
	return !begins(attr, "security.") && !begins(attr, "trusted.") && !begins(attr, "system.posix_acl_");
}

static int copy_xattr(struct copy *c, struct place p, const char *attr, const char *what, struct err *e)
{
	if (c->o->no_labels && is_label(attr))
		return 0;
	ssize_t n = xattr_get(&c->xattrs, p.from, p.name, attr, c->value, sizeof(c->value));
	if (n < 0 && errno == ENODATA)
		return 0; /* removed since it was listed */
	size_t size = (size_t)n;
	if (n < 0)
		fail(c, "getxattr", what, e);
	else if (shift_value(c, attr, &size, what, e) < 0)
		n = -1;
	else if (xattr_set(&c->xattrs, p.to, p.name, attr, c->value, size) < 0 &&
		 !(errno == EOPNOTSUPP && is_dispensable(attr)))
		n = fail(c, "setxattr", what, e);
	return n < 0 ? err_note(e, "attribute \"%.100s\"", attr) : 0;
}

static int copy_xattrs(struct copy *c, struct place p, const char *what, struct err *e)
{
	ssize_t n = xattr_list(&c->xattrs, p.from, p.name, c->names, sizeof(c->names));
	if (n < 0)
		return errno == EOPNOTSUPP || errno == ENOSYS ? 0 : fail(c, "listxattr", what, e);
	for (const char *attr = c->names; attr < c->names + n; attr += strlen(attr) + 1)
		TRY(copy_xattr(c, p, attr, what, e));
	return 0;
}

/* Before 6.6 no system call changes the mode of a name without following it; this one was made by us a moment
 * ago, in a directory that is still closed to others. */
static int change_mode(struct copy *c, struct place p, mode_t mode)
{
	if (!p.name)
		return fchmod(p.to, mode);
	if (!c->no_chmodat) {
		if (syscall(__NR_fchmodat2, p.to, p.name, mode, AT_SYMLINK_NOFOLLOW) == 0)
			return 0;
		if (errno != ENOSYS)
			return -1;
		c->no_chmodat = true;
	}
	return fchmodat(p.to, p.name, mode, 0);
}

/* Owner, mode, extended attributes, times; `what` is the name for errors. */
static int copy_attributes(struct copy *c, struct place p, const struct stat *st, const char *what, struct err *e)
{
	uint32_t uid = st->st_uid, gid = st->st_gid;
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	TRY(shift(c, ID_USER, &uid, what, e));
	TRY(shift(c, ID_GROUP, &gid, what, e));
	int r = p.name ? fchownat(p.to, p.name, uid, gid, AT_SYMLINK_NOFOLLOW) : fchown(p.to, uid, gid);
	if (r < 0)
		return fail(c, "chown", what, e);
	if (!S_ISLNK(st->st_mode) && change_mode(c, p, st->st_mode & 07777) < 0)
		return fail(c, "chmod", what, e);
	TRY(copy_xattrs(c, p, what, e));
	r = p.name ? utimensat(p.to, p.name, times, AT_SYMLINK_NOFOLLOW) : futimens(p.to, times);
	return r < 0 ? fail(c, "utimensat", what, e) : 0;
}

/* ---- contents ---------------------------------------------------------------------------------------------- */

static int write_all(struct copy *c, int to, const char *data, size_t size, const char *name, struct err *e)
{
	while (size > 0) {
		ssize_t n = write(to, data, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(c, "write", name, e);
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

/* As much as the kernel copies by itself.  That it does not is no error: what is left is read and written. */
static off_t copy_range(struct copy *c, int from, int to, off_t size)
{
	off_t done = 0;
	while (done < size && !c->no_range) {
		ssize_t n = copy_file_range(from, NULL, to, NULL, (size_t)(size - done), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			c->no_range = true;
		if (n <= 0)
			break;
		done += n;
	}
	return done;
}

/* From where both are, up to `size` bytes or the end. */
static int copy_bytes(struct copy *c, int from, int to, off_t size, const char *name, struct err *e)
{
	if (size >= RANGE_MIN)
		size -= copy_range(c, from, to, size);
	while (size > 0) {
		size_t want = size < (off_t)sizeof(c->data) ? (size_t)size : sizeof(c->data);
		ssize_t n = read(from, c->data, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(c, "read", name, e);
		if (n == 0)
			break;
		TRY(write_all(c, to, c->data, (size_t)n, name, e));
		size -= n;
	}
	return 0;
}

/* The parts that hold data; what is between them stays a hole. */
static int copy_sparse(struct copy *c, int from, int to, off_t size, const char *name, struct err *e)
{
	off_t at = 0;
	while (at < size) {
		off_t data = lseek(from, at, SEEK_DATA);
		if (data < 0 && errno == ENXIO)
			break; /* a hole to the end */
		off_t hole = data < 0 ? -1 : lseek(from, data, SEEK_HOLE);
		if (data < 0 || hole < 0) { /* this file system cannot tell */
			data = at;
			hole = size;
		}
		if (lseek(from, data, SEEK_SET) < 0 || lseek(to, data, SEEK_SET) < 0)
			return fail(c, "lseek", name, e);
		TRY(copy_bytes(c, from, to, hole - data, name, e));
		at = hole;
	}
	return ftruncate(to, size) < 0 ? fail(c, "ftruncate", name, e) : 0;
}

/* A file that has no size may have contents all the same: those of procfs do. */
static int copy_contents(struct copy *c, int from, int to, const struct stat *st, const char *name, struct err *e)
{
	if (st->st_size == 0)
		return copy_bytes(c, from, to, SSIZE_MAX, name, e);
	if (!c->no_clone) {
		if (ioctl(to, FICLONE, from) == 0)
			return 0;
		c->no_clone = true;
	}
	if (st->st_blocks < st->st_size / 512)
		return copy_sparse(c, from, to, st->st_size, name, e);
	return copy_bytes(c, from, to, st->st_size, name, e);
}

/* ---- files with several names ------------------------------------------------------------------------------ */

static struct link *find_link(const struct copy *c, dev_t dev, ino_t ino)
{
	size_t i = (size_t)((ino * 0x9e3779b97f4a7c15u) >> 20) + (size_t)dev;
	for (;; i++) {
		struct link *l = &c->links[i & (c->n_room - 1)];
		if ((l->ino == ino && l->dev == dev) || (l->ino == 0 && l->dev == 0))
			return l;
	}
}

static int grow_links(struct copy *c, struct err *e)
{
	struct link *old = c->links;
	size_t n_old = c->n_room;
	if (c->n_links * 2 < c->n_room)
		return 0;
	size_t room = n_old ? n_old * 2 : 256;
	struct link *links = calloc(room, sizeof(*links));
	if (!links)
		return err_call_num(e, ENOMEM, "calloc", NULL);
	c->links = links;
	c->n_room = room;
	for (size_t i = 0; i < n_old; i++)
		if (old[i].ino || old[i].dev)
			*find_link(c, old[i].dev, old[i].ino) = old[i];
	free(old);
	return 0;
}

static int remember_link(struct copy *c, const struct stat *st, const char *name, struct err *e)
{
	if (S_ISDIR(st->st_mode) || st->st_nlink < 2)
		return 0;
	TRY(grow_links(c, e));
	struct link *l = find_link(c, st->st_dev, st->st_ino);
	if (l->ino == 0 && l->dev == 0)
		c->n_links++;
	*l = (struct link){ .dev = st->st_dev, .ino = st->st_ino };
	return walk_pin(&c->walk, name, &l->node, e);
}

/* The directory of the copy that `node` stands for, gone down to from the top; borrowed until the next call. */
static int linked_directory(struct copy *c, uint32_t node, struct err *e)
{
	if (node == 0)
		return c->to;
	if (c->linked_dir >= 0 && c->linked_node == node)
		return c->linked_dir;
	c->chain.n = 0;
	for (uint32_t n = node; n != 0; n = walk_node(&c->walk, n)->parent) {
		TRY(walk_vec_grow(&c->chain, 1, sizeof(uint32_t), e));
		((uint32_t *)c->chain.items)[c->chain.n++] = n;
	}
	_cleanup_close_ int dir = -1;
	while (c->chain.n > 0) {
		const char *name = walk_name(&c->walk, ((uint32_t *)c->chain.items)[--c->chain.n]);
		int next = openat(dir < 0 ? c->to : dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return err_call(e, "open", name);
		fd_closep(&dir);
		dir = next;
	}
	fd_closep(&c->linked_dir);
	c->linked_node = node;
	return c->linked_dir = fd_take(&dir);
}

/* Link `name` to the copy that there is already.  Returns 1, or 0 if there is none, or if it has as many names as
 * its file system allows. */
static int link_known(struct copy *c, const struct walk_dir *d, const struct stat *st, const char *name, struct err *e)
{
	if (S_ISDIR(st->st_mode) || st->st_nlink < 2 || c->n_room == 0)
		return 0;
	const struct link *l = find_link(c, st->st_dev, st->st_ino);
	if (l->ino == 0 && l->dev == 0)
		return 0;
	uint32_t parent = walk_node(&c->walk, l->node)->parent;
	int dir = parent == d->node ? d->twin : linked_directory(c, parent, e);
	if (dir < 0)
		return walk_fail_at(&c->walk, name, e);
	if (linkat(dir, walk_name(&c->walk, l->node), d->twin, name, 0) < 0)
		return errno == EMLINK ? 0 : fail(c, "linkat", name, e);
	return 1;
}

/* ---- one thing --------------------------------------------------------------------------------------------- */

/* Reading need not leave a trace in the source, but only its owner may ask for that. */
static int open_source(struct copy *c, int dir, const char *name)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	if (!c->no_noatime) {
		int fd = openat(dir, name, flags | O_NOATIME);
		if (fd >= 0 || errno != EPERM)
			return fd;
		c->no_noatime = true;
	}
	return openat(dir, name, flags);
}

static int copy_file(struct copy *c, const struct walk_dir *d, const char *name, struct err *e)
{
	struct stat st;
	_cleanup_close_ int from = open_source(c, d->fd, name);
	if (from < 0 || fstat(from, &st) < 0)
		return fail(c, "open", name, e);
	if (!S_ISREG(st.st_mode))
		return broken(c, name, "it became another kind of file meanwhile", e);
	int linked = link_known(c, d, &st, name, e);
	if (linked != 0)
		return linked < 0 ? -1 : 0;
	_cleanup_close_ int to = openat(d->twin, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return fail(c, "create", name, e);
	TRY(copy_contents(c, from, to, &st, name, e));
	TRY(copy_attributes(c, (struct place){ from, to, NULL }, &st, name, e));
	return remember_link(c, &st, name, e);
}

static int copy_symlink(struct copy *c, const struct walk_dir *d, const char *name, struct err *e)
{
	ssize_t n = readlinkat(d->fd, name, c->data, sizeof(c->data) - 1);
	if (n < 0)
		return fail(c, "readlinkat", name, e);
	c->data[n] = 0;
	return symlinkat(c->data, d->twin, name) < 0 ? fail(c, "symlinkat", name, e) : 0;
}

/* A symlink, device, fifo or socket: what is never opened. */
static int copy_special(struct copy *c, const struct walk_dir *d, const char *name, struct err *e)
{
	struct stat st;
	if (fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(c, "fstatat", name, e);
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return broken(c, name, "it became another kind of file meanwhile", e);
	int linked = link_known(c, d, &st, name, e);
	if (linked != 0)
		return linked < 0 ? -1 : 0;
	if (S_ISLNK(st.st_mode))
		TRY(copy_symlink(c, d, name, e));
	else if (mknodat(d->twin, name, (st.st_mode & S_IFMT) | 0600, st.st_rdev) < 0)
		return fail(c, "mknodat", name, e);
	TRY(copy_attributes(c, (struct place){ d->fd, d->twin, name }, &st, name, e));
	return remember_link(c, &st, name, e);
}

static int copy_entry(struct walk *w, const struct walk_dir *d, const char *name, unsigned type, struct err *e)
{
	return type == DT_REG ? copy_file(copy_of(w), d, name, e) : copy_special(copy_of(w), d, name, e);
}

/* ---- directories ------------------------------------------------------------------------------------------- */

/* A default ACL would reach everything that is made below. */
static int drop_acl(struct copy *c, int dir, const char *attr, struct err *e)
{
	if (fremovexattr(dir, attr) < 0 && errno != ENODATA && errno != EOPNOTSUPP)
		return fail(c, "removexattr", NULL, e);
	return 0;
}

static int copy_enter(struct walk *w, const struct walk_dir *parent, const char *name, struct walk_dir *d, struct err *e)
{
	struct copy *c = copy_of(w);
	if (d->st.st_dev == c->to_st.st_dev && d->st.st_ino == c->to_st.st_ino)
		return broken(c, parent ? name : NULL, "the tree would be copied into itself", e);
	if (!parent && c->o->keep_top)
		return 0;
	if (!parent) {
		TRY(drop_acl(c, d->twin, ACL_DEFAULT, e));
		return drop_acl(c, d->twin, ACL_ACCESS, e);
	}
	if (mkdirat(parent->twin, name, 0700) < 0)
		return fail(c, "mkdirat", name, e);
	d->twin = openat(parent->twin, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return d->twin < 0 ? fail(c, "open the copy of", name, e) : 0;
}

static int copy_leave(struct walk *w, const struct walk_dir *parent, const char *name, struct walk_dir *d, struct err *e)
{
	struct copy *c = copy_of(w);
	(void)name;
	if (!parent && c->o->keep_top)
		return 0;
	return copy_attributes(c, (struct place){ d->fd, d->twin, NULL }, &d->st, NULL, e);
}

/* ---- the whole --------------------------------------------------------------------------------------------- */

static const struct walk_ops copy_ops = { .enter = copy_enter, .entry = copy_entry, .leave = copy_leave };

static int copy_all(struct copy *c, int from, int to, struct err *e)
{
	if (fstat(to, &c->to_st) < 0)
		return err_call(e, "fstat", ".");
	return walk_tree(&c->walk, from, to, &copy_ops, c, e);
}

static int copy_finish(struct copy *c, int r, struct err *e)
{
	struct err second = { 0 };
	if (xattrs_done(&c->xattrs) < 0)
		err_call(&second, "fchdir", "the working directory");
	fd_closep(&c->linked_dir);
	walk_vec_done(&c->chain);
	free(c->links);
	if (r < 0)
		err_also(e, &second);
	else if (err_is_set(&second)) {
		*e = second;
		r = -1;
	}
	return r;
}

int copytree(int from_dir, int to_dir, const struct copytree_options *o, struct err *e)
{
	struct copy *c = malloc(sizeof(*c)); /* not zeroed: most of it is room that is never touched */
	if (!c)
		return err_call_num(e, ENOMEM, "malloc", NULL);
	memset(c, 0, offsetof(struct copy, walk));
	c->o = o;
	c->to = to_dir;
	c->linked_dir = -1;
	c->xattrs = (struct xattrs)XATTRS_INIT;
	int r = copy_finish(c, copy_all(c, from_dir, to_dir, e), e);
	free(c);
	return r < 0 ? err_note(e, "while %s", o->doing ? o->doing : "copying up") : 0;
}

/* ---- labels ------------------------------------------------------------------------------------------------ */

struct relabel {
	const char *label;
	struct xattrs xattrs;
	struct walk walk;
};

/* `name` NULL: of the open directory `dir`.  What is gone by now needs no label. */
static int relabel_one(struct walk *w, int dir, const char *name, struct err *e)
{
	struct relabel *r = w->data;
	if (xattr_set(&r->xattrs, dir, name, "security.selinux", r->label, strlen(r->label) + 1) == 0)
		return 0;
	return name && errno == ENOENT ? 0 : walk_fail(w, "setxattr security.selinux", name, e);
}

static int relabel_entry(struct walk *w, const struct walk_dir *d, const char *name, unsigned type, struct err *e)
{
	(void)type;
	return relabel_one(w, d->fd, name, e);
}

static int relabel_leave(struct walk *w, const struct walk_dir *parent, const char *name, struct walk_dir *d, struct err *e)
{
	(void)parent;
	(void)name;
	return relabel_one(w, d->fd, NULL, e);
}

int relabel_tree(int dir, const char *label, struct err *e)
{
	static const struct walk_ops ops = { .entry = relabel_entry, .leave = relabel_leave };
	struct relabel *r = malloc(sizeof(*r));
	if (!r)
		return err_call_num(e, ENOMEM, "malloc", NULL);
	r->label = label;
	r->xattrs = (struct xattrs)XATTRS_INIT;
	int status = walk_tree(&r->walk, dir, -1, &ops, r, e);
	if (xattrs_done(&r->xattrs) < 0 && status == 0)
		status = err_call(e, "fchdir", "the working directory");
	free(r);
	return status < 0 ? err_note(e, "while labelling") : 0;
}

/* ---- removal ----------------------------------------------------------------------------------------------- */

static int remove_entry(struct walk *w, const struct walk_dir *d, const char *name, unsigned type, struct err *e)
{
	(void)type;
	if (unlinkat(d->fd, name, 0) < 0 && errno != ENOENT)
		return walk_fail(w, "unlink", name, e);
	return 0;
}

static int remove_leave(struct walk *w, const struct walk_dir *parent, const char *name, struct walk_dir *d, struct err *e)
{
	(void)d;
	if (parent && unlinkat(parent->fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return walk_fail(w, "rmdir", NULL, e);
	return 0;
}

int remove_tree(int dir, const char *name, struct err *e)
{
	static const struct walk_ops ops = { .one_mount = true, .entry = remove_entry, .leave = remove_leave };
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return err_call(e, "unlink", name);
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_NO_XDEV };
	_cleanup_close_ int top = sys_openat2(dir, name, &how);
	if (top < 0)
		return errno == ENOENT ? 0 : err_call(e, "open", name);
	struct walk *w = malloc(sizeof(*w));
	if (!w)
		return err_call_num(e, ENOMEM, "malloc", NULL);
	int r = walk_tree(w, top, -1, &ops, NULL, e);
	free(w);
	if (r < 0)
		return err_note(e, "while removing \"%.200s\"", name);
	return unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? err_call(e, "rmdir", name) : 0;
}
