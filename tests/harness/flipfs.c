/* SPDX-License-Identifier: Apache-2.0 */
/* A file system that lies: it answers differently from one look-up of a name to the next, so that every double
 * resolution is found without luck.
 *
 *	flipfs MOUNTPOINT RULE…
 *
 *	dir  PATH		a directory that is there from the start; parents are made
 *	file PATH TEXT		a file that is there from the start
 *	link PATH TARGET	a symlink that is there from the start
 *	flip PATH N TARGET	a directory for N look-ups, from then on a symlink to TARGET
 *	flop PATH N TARGET	a symlink to TARGET for N look-ups, from then on a directory
 *	gone PATH N TARGET	missing for N look-ups, from then on a symlink to TARGET
 *	turn PATH N TARGET	a directory, but a symlink to TARGET at look-up N alone
 *	fail PATH ERRNO		looking PATH up fails with that errno
 *	stat PATH		a directory when looked up, a character device when its attributes are asked for
 *	hang PATH		looking PATH up is never answered
 *
 * Everything is kept in memory: what is made in it is there until the end.  Nothing is cached by the kernel.
 * It says "mounted" when it is, stays in the foreground, and at SIGTERM says how often each name that lies was
 * looked up ("PATH COUNT"). */
#define FUSE_USE_VERSION 34
#define _GNU_SOURCE
#include <errno.h>
#include <fuse_lowlevel.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NODES_MAX 4096

enum lie { TRUTH, FLIP, FLOP, GONE, TURN, FAIL, STAT, HANG };

static const char *const lies[] = { "", "flip", "flop", "gone", "turn", "fail", "stat", "hang" };

/* Node i has inode number i + FUSE_ROOT_ID. */
struct node {
	char *name, *path, *text; /* text: a symlink's target, a file's content */
	size_t parent, other;	  /* other: the symlink that a name that lies is at times; 0: none */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	dev_t rdev;
	enum lie lie;
	int number;
	long count;
	int removed;
};
static struct node nodes[NODES_MAX];
static size_t n_nodes = 1;

/* ---- the tree --------------------------------------------------------------------------------------------- */

static size_t find(size_t parent, const char *name)
{
	for (size_t i = 1; i < n_nodes; i++)
		if (!nodes[i].removed && nodes[i].name && nodes[i].parent == parent && strcmp(nodes[i].name, name) == 0)
			return i;
	return 0;
}

/* A node without a name is another node's other face. */
static size_t add(size_t parent, const char *name, mode_t mode, const char *text)
{
	if (n_nodes == NODES_MAX)
		return 0;
	struct node *n = &nodes[n_nodes];
	*n = (struct node){ .parent = parent, .mode = mode };
	if (name && !(n->name = strdup(name)))
		return 0;
	if (text && !(n->text = strdup(text)))
		return 0;
	return n_nodes++;
}

/* The node at `path`, its parents made; it itself is made with `mode` if it is missing. */
static size_t make(const char *path, mode_t mode, const char *text)
{
	char copy[PATH_MAX], *rest = copy, *name;
	size_t at = 0;
	snprintf(copy, sizeof(copy), "%s", path);
	while ((name = strsep(&rest, "/"))) {
		if (!*name)
			continue;
		size_t next = find(at, name);
		if (!next)
			next = add(at, name, rest ? S_IFDIR | 0755 : mode, rest ? NULL : text);
		if (!next)
			exit(2);
		at = next;
	}
	return at;
}

/* ---- rules ------------------------------------------------------------------------------------------------ */

static enum lie lie_named(const char *word)
{
	for (size_t i = FLIP; i <= HANG; i++)
		if (strcmp(word, lies[i]) == 0)
			return (enum lie)i;
	return TRUTH;
}

static int errno_named(const char *word)
{
	static const struct { const char *name; int num; } names[] = {
		{ "ENOENT", ENOENT }, { "EACCES", EACCES }, { "ENOTDIR", ENOTDIR }, { "ELOOP", ELOOP }, { "EIO", EIO },
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(word, names[i].name) == 0)
			return names[i].num;
	return EIO;
}

/* One rule from the front of argv; returns how many words it was. */
static int read_rule(char **argv, int argc)
{
	const char *what = argv[0];
	int is_lie = lie_named(what) != TRUTH;
	int words = !strcmp(what, "dir") || !strcmp(what, "stat") || !strcmp(what, "hang") ? 2
		    : !strcmp(what, "file") || !strcmp(what, "link") || !strcmp(what, "fail") ? 3
		    : is_lie ? 4 : 0;
	if (words == 0 || words > argc)
		return -1;
	if (!is_lie) {
		mode_t mode = what[0] == 'd' ? S_IFDIR | 0755 : what[0] == 'f' ? S_IFREG | 0644 : S_IFLNK | 0777;
		make(argv[1], mode, words > 2 ? argv[2] : NULL);
		return words;
	}
	struct node *n = &nodes[make(argv[1], S_IFDIR | 0755, NULL)];
	n->lie = lie_named(what);
	n->path = argv[1];
	n->number = n->lie == FAIL ? errno_named(argv[2]) : words == 4 ? atoi(argv[2]) : 0;
	if (words == 4)
		n->other = add(0, NULL, S_IFLNK | 0777, argv[3]);
	return words;
}

/* ---- answers ---------------------------------------------------------------------------------------------- */

static struct stat attributes(size_t i)
{
	const struct node *n = &nodes[i];
	return (struct stat){ .st_ino = i + FUSE_ROOT_ID, .st_mode = n->mode, .st_uid = n->uid, .st_gid = n->gid,
			      .st_rdev = n->rdev, .st_nlink = S_ISDIR(n->mode) ? 2 : 1,
			      .st_size = n->text ? (off_t)strlen(n->text) : 0 };
}

static size_t node_of(fuse_ino_t ino)
{
	return ino - FUSE_ROOT_ID;
}

static void reply_node(fuse_req_t req, size_t i)
{
	struct fuse_entry_param e = { .ino = i + FUSE_ROOT_ID, .attr = attributes(i) };
	i ? fuse_reply_entry(req, &e) : fuse_reply_err(req, ENOSPC);
}

/* Which face a name shows at its look-up number `k`, counted from 1; 0: none. */
static size_t face(size_t i, long k)
{
	const struct node *n = &nodes[i];
	switch (n->lie) {
	case FLIP: return k <= n->number ? i : n->other;
	case FLOP: return k <= n->number ? n->other : i;
	case GONE: return k <= n->number ? 0 : n->other;
	case TURN: return k == n->number ? n->other : i;
	default:   return i;
	}
}

static void do_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	size_t i = find(node_of(parent), name);
	if (!i) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	nodes[i].count++;
	if (nodes[i].lie == HANG)
		return;
	if (nodes[i].lie == FAIL) {
		fuse_reply_err(req, nodes[i].number);
		return;
	}
	size_t shown = face(i, nodes[i].count);
	shown ? reply_node(req, shown) : (void)fuse_reply_err(req, ENOENT);
}

static void do_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st = attributes(node_of(ino));
	(void)fi;
	if (nodes[node_of(ino)].lie == STAT)
		st.st_mode = S_IFCHR | 0666;
	fuse_reply_attr(req, &st, 0);
}

static void do_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *to, int what, struct fuse_file_info *fi)
{
	struct node *n = &nodes[node_of(ino)];
	if (what & FUSE_SET_ATTR_MODE)
		n->mode = (n->mode & S_IFMT) | (to->st_mode & 07777);
	if (what & FUSE_SET_ATTR_UID)
		n->uid = to->st_uid;
	if (what & FUSE_SET_ATTR_GID)
		n->gid = to->st_gid;
	do_getattr(req, ino, fi);
}

static void do_readlink(fuse_req_t req, fuse_ino_t ino)
{
	const char *text = nodes[node_of(ino)].text;
	text ? fuse_reply_readlink(req, text) : fuse_reply_err(req, EINVAL);
}

static void make_child(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev, const char *text)
{
	if (find(node_of(parent), name)) {
		fuse_reply_err(req, EEXIST);
		return;
	}
	size_t i = add(node_of(parent), name, mode, text);
	if (i)
		nodes[i].rdev = rdev;
	reply_node(req, i);
}

static void do_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	make_child(req, parent, name, S_IFDIR | mode, 0, NULL);
}

static void do_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
	make_child(req, parent, name, mode, rdev, NULL);
}

static void do_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	make_child(req, parent, name, S_IFLNK | 0777, 0, target);
}

static void do_remove(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	size_t i = find(node_of(parent), name);
	if (i)
		nodes[i].removed = 1;
	fuse_reply_err(req, i ? 0 : ENOENT);
}

static void do_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	fuse_reply_open(req, fi);
}

static void do_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
	const char *text = nodes[node_of(ino)].text ? nodes[node_of(ino)].text : "";
	size_t length = strlen(text), from = (size_t)offset < length ? (size_t)offset : length;
	(void)fi;
	fuse_reply_buf(req, text + from, length - from < size ? length - from : size);
}

static void do_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
	char buf[65536];
	size_t used = 0;
	(void)fi;
	if (size > sizeof(buf))
		size = sizeof(buf);
	for (size_t i = (size_t)offset + 1; i < n_nodes; i++) {
		const struct node *n = &nodes[i];
		if (n->removed || !n->name || n->parent != node_of(ino))
			continue;
		struct stat st = attributes(i);
		size_t needs = fuse_add_direntry(req, buf + used, size - used, n->name, &st, (off_t)i);
		if (needs > size - used)
			break;
		used += needs;
	}
	fuse_reply_buf(req, buf, used);
}

static const struct fuse_lowlevel_ops answers = {
	.lookup = do_lookup, .getattr = do_getattr, .setattr = do_setattr, .readlink = do_readlink, .mkdir = do_mkdir,
	.mknod = do_mknod, .symlink = do_symlink, .unlink = do_remove, .rmdir = do_remove, .open = do_open,
	.opendir = do_open, .read = do_read, .readdir = do_readdir,
};

static void init_done(void *data, struct fuse_conn_info *conn)
{
	(void)data, (void)conn;
	puts("mounted");
	fflush(stdout);
}

static void report(void)
{
	for (size_t i = 1; i < n_nodes; i++)
		if (nodes[i].lie)
			printf("%s %ld\n", nodes[i].path, nodes[i].count);
	fflush(stdout);
}

static int serve(const char *at)
{
	char *words[] = { "flipfs", "-o", "allow_other,suid,dev,fsname=flipfs", NULL };
	struct fuse_args args = FUSE_ARGS_INIT(3, words);
	struct fuse_lowlevel_ops with_init = answers;
	with_init.init = init_done;
	struct fuse_session *s = fuse_session_new(&args, &with_init, sizeof(with_init), NULL);
	if (!s || fuse_set_signal_handlers(s) < 0 || fuse_session_mount(s, at) < 0)
		return 1;
	fuse_session_loop(s);
	fuse_session_unmount(s);
	report();
	return 0;
}

int main(int argc, char **argv)
{
	nodes[0] = (struct node){ .mode = S_IFDIR | 0755 };
	for (int i = 2; i < argc;) {
		int words = read_rule(argv + i, argc - i);
		if (words < 0) {
			fprintf(stderr, "flipfs: rule \"%s\" is unknown or incomplete\n", argv[i]);
			return 2;
		}
		i += words;
	}
	if (argc < 2)
		return 2;
	return serve(argv[1]);
}
