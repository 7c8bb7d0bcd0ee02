/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts: new file systems, and trees that were opened before.
 *
 * A target is resolved when it is used, since an earlier mount may change what it means; and what is attached to
 * is the descriptor that was checked, so there is nothing to swap in between. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/run.h"
#include "sys/copytree.h"
#include "sys/fd.h"
#include "sys/label.h"
#include "sys/mountfd.h"
#include "sys/overlay.h"

#define PROC_ROOT_INO 1
#define UNMAPPED      65534 /* how a user namespace shows an id that it has no number for */

/* /proc/net is a symlink of the kernel's own.  Resolved with procfs for a root, no symlink of the image has a say.  The
 * new handle takes the place of `target`, as each look-up of what is in there ends those before. */
static bool is_reached_by_procfs(const struct run *r, const struct op_mount *a, int root, int *target)
{
	struct err ignored = { 0 };
	struct stat st;
	_cleanup_close_ int proc = root_find(root, (struct inroot){ "/proc" }, false, &ignored);
	if (proc < 0 || fstat(proc, &st) < 0 || !fd_is_procfs(proc) || st.st_ino != PROC_ROOT_INO)
		return false;
	_cleanup_close_ int file = root_find(proc, (struct inroot){ run_str(r, a->target) + strlen("/proc") }, true, &ignored);
	if (file < 0 || !fd_is_same(file, *target))
		return false;
	fd_closep(target);
	*target = fd_take(&file);
	return true;
}

/* The guard of /proc (R5), on the handle that is attached to.  What the planner could see in the path alone it
 * has refused already; here is what symlinks and earlier mounts of the image make of that path. */
static int guard_proc(const struct run *r, const struct op_mount *a, int root, int *target, bool crossed, struct err *e)
{
	const char *why = NULL;
	if (fd_is_procfs(*target)) {
		if (!(a->how.v & (MOUNT_PROCFS | MOUNT_PROC_FILE)) ||
		    (crossed && a->how.v & MOUNT_PROC_FILE && !is_reached_by_procfs(r, a, root, target)))
			why = "the target is inside procfs, where only a few files may be covered";
	} else if (crossed && !(a->how.v & MOUNT_PROCFS)) {
		struct err ignored = { 0 };
		_cleanup_close_ int proc = root_find(root, (struct inroot){ "/proc" }, true, &ignored);
		if (proc >= 0 && fd_is_same(proc, *target))
			why = "the target leads to /proc, where only procfs may be mounted";
	}
	return why ? err_rule(e, NULL, "%s", why) : 0;
}

/* On /proc itself only the root of a procfs may be bound. */
static int guard_proc_source(const struct op_mount *a, int tree, struct err *e)
{
	struct stat st;
	if (!(a->how.v & MOUNT_PROCFS))
		return 0;
	if (fstat(tree, &st) < 0)
		return err_call(e, "fstat", "source");
	if (!fd_is_procfs(tree) || st.st_ino != PROC_ROOT_INO)
		return err_rule(e, NULL, "only a procfs may be mounted on /proc");
	return 0;
}

static int open_target(struct run *r, const struct op_mount *a, bool directory, bool *ret_missing, struct err *e)
{
	int root = run_slot(r, a->root);
	struct inroot path = run_path(r, a->target);
	struct root_want want = { .directory = directory, .create = true,
				  .real = a->how.v & MOUNT_REAL_DIR, .nofollow = a->how.v & MOUNT_NOFOLLOW };
	struct root_got got;
	struct root_made made = made_recorder(&run_init(r)->made);
	_cleanup_close_ int target = root_open(root, path, want, &made, &got, e);
	if (target < 0) {
		snprintf(e->path, sizeof(e->path), "%s", path.s);
		return want.real && err_is(e, ELOOP) ? err_note(e, "the target may not be a symlink") : -1;
	}
	if (guard_proc(r, a, root, &target, got.crossed, e) < 0) {
		snprintf(e->path, sizeof(e->path), "%s", path.s);
		return -1;
	}
	*ret_missing = got.missing;
	return fd_take(&target);
}

/* The kernel says no more than ENOTDIR of a target of the wrong kind. */
static int explain_kind(int target, bool directory, const char *path, struct err *e)
{
	struct stat st;
	if (fstat(target, &st) < 0)
		return -1;
	if (S_ISLNK(st.st_mode))
		return err_note(e, "the target is a symlink");
	if ((bool)S_ISDIR(st.st_mode) != directory)
		return err_note(e, "the target \"%s\" is %s directory, the source is %s", path,
				directory ? "no" : "a", directory ? "one" : "none");
	return -1;
}

/* ---- a new file system ------------------------------------------------------------------------------------ */

static bool has_option(const struct run *r, const struct op_mount *a, const char *key)
{
	for (uint32_t i = 0; i < a->options.n; i++)
		if (strcmp(run_str(r, plan_param_at(r->plan, a->options, i)->key), key) == 0)
			return true;
	return false;
}

static int set_number(const struct run *r, const struct op_mount *a, int fs, const char *key, unsigned number,
		      const char *format, struct err *e)
{
	char text[16];
	if (has_option(r, a, key))
		return 0;
	snprintf(text, sizeof(text), format[0] == 'o' ? "%o" : "%u", number);
	return fs_set(fs, key, text, e);
}

/* A tmpfs over a directory that was there looks like that directory, unless its options say otherwise (R8). */
static int take_mode(const struct run *r, const struct op_mount *a, int fs, int target, struct err *e)
{
	struct stat st;
	if (fstat(target, &st) < 0)
		return err_call(e, "fstat", run_str(r, a->target));
	TRY(set_number(r, a, fs, "mode", st.st_mode & 07777, "o", e));
	if (st.st_uid && st.st_uid != UNMAPPED)
		TRY(set_number(r, a, fs, "uid", st.st_uid, "u", e));
	return st.st_gid && st.st_gid != UNMAPPED ? set_number(r, a, fs, "gid", st.st_gid, "u", e) : 0;
}

static int set_options(const struct run *r, const struct op_mount *a, struct overlay *o, int fs, struct err *e)
{
	if (a->source.at)
		TRY(fs_set(fs, "source", run_str(r, a->source), e));
	for (uint32_t i = 0; i < a->options.n; i++) {
		const struct param *m = plan_param_at(r->plan, a->options, i);
		const char *key = run_str(r, m->key), *value = run_str(r, m->value);
		TRY(overlay_is_long(run_str(r, a->type), key, value) ? overlay_set(o, fs, key, value, e)
								     : fs_set(fs, key, value, e));
	}
	return 0;
}

/* Filled while nobody can see it; a failure leaves nothing behind but the error (R9). */
static int copy_up(const struct run *r, const struct op_mount *a, int target, int tree, struct err *e)
{
	bool own = has_option(r, a, "mode") || has_option(r, a, "uid") || has_option(r, a, "gid");
	struct copytree_options o = { .keep_top = own };
	_cleanup_close_ int from = fd_open_at(target, ".", O_RDONLY | O_DIRECTORY, 0, e);
	_cleanup_close_ int to = from < 0 ? -1 : fd_open_at(tree, ".", O_RDONLY | O_DIRECTORY, 0, e);
	if (to < 0 || copytree(from, to, &o, e) < 0)
		return err_note(e, "tmpcopyup of \"%s\"", (const char *)plan_at(r->plan, a->target.at));
	return 0;
}

static int mount_filled(const struct run *r, const struct op_mount *a, int fs, int target, struct err *e)
{
	_cleanup_close_ int tree = fs_mount(fs, a->set.v & ~(uint64_t)MOUNT_ATTR_RDONLY, e);
	if (tree < 0 || copy_up(r, a, target, tree, e) < 0)
		return -1;
	struct mount_change c = { .set = a->set.v & MOUNT_ATTR_RDONLY };
	if (c.set)
		TRY(tree_change(tree, &c, e));
	return fd_take(&tree);
}

/* It may neither show the processes of others, nor what somebody has covered. */
static int explain_procfs(const struct op_mount *a, struct err *e)
{
	if (!(a->how.v & MOUNT_PROCFS) || !err_is(e, EPERM))
		return -1;
	return err_note(e, "in a user namespace the kernel mounts procfs only for a pid namespace that belongs to it, and where "
			   "another is fully visible");
}

static int make_tree(const struct run *r, const struct op_mount *a, int target, bool missing, struct err *e)
{
	_cleanup_(overlay_done) struct overlay overlay = { 0 };
	_cleanup_close_ int fs = fs_open(run_str(r, a->type), e);
	if (fs < 0)
		return -1;
	TRY(set_options(r, a, &overlay, fs, e));
	if (a->how.v & MOUNT_TAKE_MODE && !missing)
		TRY(take_mode(r, a, fs, target, e));
	if (fs_create(fs, e) < 0)
		return explain_procfs(a, e);
	if (a->how.v & MOUNT_COPY_UP && !missing)
		return mount_filled(r, a, fs, target, e);
	int tree = fs_mount(fs, a->set.v, e);
	return tree < 0 ? explain_procfs(a, e) : tree;
}

/* ---- both ------------------------------------------------------------------------------------------------- */

static int spread(const struct run *r, const struct op_mount *a, int tree, struct err *e)
{
	for (uint32_t i = 0; i < a->spread.n; i++) {
		uint32_t flag = plan_number_at(r->plan, a->spread.at, i);
		struct mount_change c = { .spread = flag & ~(uint32_t)MS_REC, .recursive = flag & MS_REC };
		TRY(tree_change(tree, &c, e));
	}
	return 0;
}

static int attach(struct run *r, const struct op_mount *a, int *tree, int target, bool directory, struct err *e)
{
	struct mount_change c = { .set = a->recursive_set.v, .clear = a->recursive_clear.v, .recursive = true };
	if (c.set || c.clear)
		TRY(tree_change(*tree, &c, e));
	TRY(spread(r, a, *tree, e));
	if (tree_attach(*tree, target, run_str(r, a->target), e) < 0)
		return explain_kind(target, directory, run_str(r, a->target), e);
	fd_closep(&run_init(r)->dir);
	if (a->label.at)
		TRY(label_set(*tree, run_str(r, a->label), e));
	run_fill(r, a->keep, tree);
	return 0;
}

int perform_mount(struct run *r, const struct op *op, struct err *e)
{
	const struct op_mount *a = ARGS(op_mount, r, op);
	bool missing;
	_cleanup_close_ int target = open_target(r, a, true, &missing, e);
	if (target < 0)
		return -1;
	_cleanup_close_ int tree = make_tree(r, a, target, missing, e);
	if (tree >= 0 && a->idmap.n >= 0)
		TRY(tree_idmap(tree, run_slot(r, a->idmap), a->how.v & MOUNT_IDMAP_TREE, e));
	return tree < 0 ? -1 : attach(r, a, &tree, target, true, e);
}

#define ATIME ((uint64_t)MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME)

/* In a user namespace the source may have flags that cannot be taken from it; they are kept then (R12). */
static int change_bind(const struct op_mount *a, int tree, struct err *e)
{
	struct mount_change c = { .set = a->set.v, .clear = a->clear.v };
	if (!c.set && !c.clear)
		return 0;
	if (tree_change(tree, &c, e) == 0)
		return 0;
	if (!err_is(e, EPERM) || !(c.clear || c.set & ATIME))
		return -1;
	memset(e, 0, sizeof(*e));
	c.clear = 0;
	c.set &= ~ATIME;
	return c.set ? tree_change(tree, &c, e) : 0;
}

/* The symlink is made again at the target; one that says the same is left as it is. */
static int copy_symlink(struct run *r, const struct op_mount *a, int link, struct err *e)
{
	char name[NAME_MAX + 1], text[PATH_MAX], there[PATH_MAX];
	const char *path = run_str(r, a->target);
	ssize_t n = readlinkat(link, "", text, sizeof(text) - 1);
	if (n < 0)
		return err_call(e, "readlinkat", run_str(r, a->source));
	text[n] = 0;
	_cleanup_close_ int dir = root_open_parent(run_slot(r, a->root), run_path(r, a->target), true, name, e);
	if (dir < 0)
		return -1;
	if (symlinkat(text, dir, name) == 0)
		return 0;
	if (errno != EEXIST)
		return err_call(e, "symlinkat", path);
	ssize_t k = readlinkat(dir, name, there, sizeof(there) - 1);
	if (k != n || memcmp(text, there, (size_t)n) != 0)
		return err_rule(e, NULL, "\"%s\" is there already and is not the symlink to \"%s\"", path, text);
	return 0;
}

int perform_bind(struct run *r, const struct op *op, struct err *e)
{
	const struct op_mount *a = ARGS(op_mount, r, op);
	_cleanup_close_ int tree = fd_take(&r->slots[a->tree.n]);
	struct stat st;
	if (tree < 0)
		return err_rule(e, NULL, "the kernel refuses a new one here, and the host has none to bind");
	if (fstat(tree, &st) < 0)
		return err_call(e, "fstat", run_str(r, a->source));
	bool missing, directory = S_ISDIR(st.st_mode);
	TRY(guard_proc_source(a, tree, e));
	if (a->how.v & MOUNT_COPY_SYMLINK && S_ISLNK(st.st_mode))
		return copy_symlink(r, a, tree, e);
	_cleanup_close_ int target = open_target(r, a, directory, &missing, e);
	if (target < 0)
		return -1;
	TRY(change_bind(a, tree, e));
	return attach(r, a, &tree, target, directory, e);
}

/* Something may hold a file open for writing for a moment longer: tried again, 100 ms apart (R32). */
int perform_attributes(struct run *r, const struct op *op, struct err *e)
{
	const struct op_attributes *a = ARGS(op_attributes, r, op);
	struct mount_change c = { .set = a->set.v };
	for (uint32_t i = 0; tree_change(run_slot(r, a->mount), &c, e) < 0; i++) {
		if (!err_is(e, EBUSY) || i >= a->retries)
			return -1;
		memset(e, 0, sizeof(*e));
		poll(NULL, 0, 100);
	}
	return 0;
}
