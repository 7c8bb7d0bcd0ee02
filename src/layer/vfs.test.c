/* SPDX-License-Identifier: Apache-2.0 */
/* R39.  What the copy of a tree keeps is sys/copytree.test.c's; here it is that there is a whole layer or none,
 * whatever happens, and who may do what with it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "layer/vfs.h"
#include "sys/copytree.h"
#include "sys/fd.h"

struct place {
	char path[64]; /* a temporary directory, the store in it */
	char store[80];
	struct layer_store s;
};

/* In memory where there is such a place: what is written out costs nothing there. */
static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	struct err e = { 0 };
	if (!p)
		return -1;
	umask(0);
	snprintf(p->path, sizeof(p->path), "%s/vfs.XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(p->path))
		return -1;
	snprintf(p->store, sizeof(p->store), "%s/var/store", p->path);
	p->s = (struct layer_store)LAYER_STORE_NONE;
	*state = p;
	return vfs_open(&p->s, p->store, true, &e);
}

static int teardown(void **state)
{
	struct place *p = *state;
	struct err e = { 0 };
	char *slash = strrchr(p->path, '/');
	layer_store_done(&p->s);
	*slash = 0;
	_cleanup_close_ int dir = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = remove_tree(dir, slash + 1, &e);
	free(p);
	return r;
}

static int create(struct place *p, const char *id, const char *parent, struct err *e)
{
	struct vfs_request r = { .id = id, .parent = parent, .owner = { geteuid(), getegid() } };
	memset(e, 0, sizeof(*e));
	return vfs_create(&p->s, &r, e);
}

static void created(struct place *p, const char *id, const char *parent)
{
	struct err e;
	char line[1024];
	if (create(p, id, parent, &e) < 0)
		fail_msg("%s", err_line(&e, line, sizeof(line)));
}

static bool there(struct place *p, const char *id)
{
	struct err e = { 0 };
	int r = layer_is_there(&p->s, id, &e);
	assert_true(r >= 0);
	return r;
}

static size_t entries(int dir)
{
	size_t n = 0;
	DIR *d = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void nothing_else(struct place *p)
{
	assert_int_equal(entries(p->s.made), 0);
	assert_int_equal(entries(p->s.gone), 0);
}

static unsigned mode_of(int dir, const char *name)
{
	struct stat st;
	assert_return_code(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW), errno);
	return st.st_mode & 07777;
}

/* A layer "base" with something of everything that needs no privileges. */
static void make_base(struct place *p)
{
	struct vfs_layer l;
	struct err e = { 0 };
	created(p, "base", NULL);
	assert_return_code(vfs_get(&p->s, "base", &l, &e), 0);
	assert_return_code(mkdirat(l.fd, "etc", 0755), errno);
	assert_return_code(mkdirat(l.fd, "usr", 0711), errno);
	assert_return_code(fchmodat(l.fd, "usr", 02711, 0), errno);
	_cleanup_close_ int f = openat(l.fd, "etc/passwd", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(f, "root\n", 5), 5);
	assert_return_code(fchmod(f, 04644), errno);
	assert_return_code(linkat(l.fd, "etc/passwd", l.fd, "usr/same", 0), errno);
	assert_return_code(symlinkat("etc", l.fd, "link"), errno);
	fsetxattr(f, "user.x", "y", 1, 0);
	vfs_put(&l);
}

static bool is_copy_of_base(struct place *p, const char *id)
{
	struct vfs_layer l;
	struct err e = { 0 };
	struct stat a, b;
	char text[16] = "";
	if (vfs_get(&p->s, id, &l, &e) < 0)
		return false;
	int f = openat(l.fd, "etc/passwd", O_RDONLY | O_CLOEXEC);
	bool same = f >= 0 && read(f, text, sizeof(text)) == 5 && strcmp(text, "root\n") == 0 && fstat(f, &a) == 0 &&
		    fstatat(l.fd, "usr/same", &b, 0) == 0 && a.st_ino == b.st_ino && (a.st_mode & 07777) == 04644 &&
		    mode_of(l.fd, "usr") == 02711 && mode_of(l.fd, ".") == 0755 && readlinkat(l.fd, "link", text, 4) == 3;
	fd_closep(&f);
	vfs_put(&l);
	return same;
}

/* ---- what it does -------------------------------------------------------------------------------------------- */

static void test_modes(void **state)
{
	struct place *p = *state;
	struct vfs_layer l;
	struct err e = { 0 };
	char expected[256];
	umask(0777);
	created(p, "a", NULL);
	umask(0);
	assert_return_code(vfs_get(&p->s, "a", &l, &e), 0);
	snprintf(expected, sizeof(expected), "%s/vfs/layers/a/tree", p->store);
	assert_string_equal(l.path, expected);
	assert_int_equal(mode_of(AT_FDCWD, l.path), 0755);
	assert_int_equal(mode_of(l.fd, "."), 0755);
	assert_int_equal(mode_of(l.fd, ".."), 0700);
	vfs_put(&l);
	assert_int_equal(mode_of(p->s.layers, "."), 0700);
	assert_int_equal(mode_of(p->s.dir, "."), 0700);
	assert_int_equal(mode_of(AT_FDCWD, p->store), 0700);
	nothing_else(p);
}

static void test_owner(void **state)
{
	struct place *p = *state;
	struct vfs_request r = { .id = "a", .owner = { 100000, 200000 } };
	struct vfs_status s;
	struct arena a = { 0 };
	struct err e = { 0 };
	struct stat st;
	if (geteuid() != 0)
		skip();
	assert_return_code(vfs_create(&p->s, &r, &e), 0);
	assert_return_code(vfs_status(&p->s, "a", &a, &s, &e), 0);
	assert_true(s.owner.uid == 100000 && s.owner.gid == 200000 && s.mode == 0755 && !s.parent);
	assert_return_code(fstatat(p->s.layers, "a", &st, 0), errno);
	assert_true(st.st_uid == 100000 && st.st_gid == 200000 && (st.st_mode & 07777) == 0700);
	/* The parent's ids stay as they are, its root's too. */
	r = (struct vfs_request){ .id = "b", .parent = "a", .owner = { 5, 6 } };
	assert_return_code(vfs_create(&p->s, &r, &e), 0);
	assert_return_code(vfs_status(&p->s, "b", &a, &s, &e), 0);
	assert_true(s.owner.uid == 100000 && s.owner.gid == 200000);
	assert_string_equal(s.parent, "a");
	arena_done(&a);
}

static void test_parent(void **state)
{
	struct place *p = *state;
	struct err e = { 0 };
	make_base(p);
	created(p, "child", "base");
	assert_true(is_copy_of_base(p, "child"));
	assert_return_code(vfs_remove(&p->s, "base", &e), 0);
	assert_false(there(p, "base"));
	assert_true(is_copy_of_base(p, "child"));
	nothing_else(p);
}

static void test_list(void **state)
{
	struct place *p = *state;
	struct arena a = { 0 };
	struct strings ids;
	struct err e = { 0 };
	assert_return_code(layer_list(&p->s, &a, &ids, &e), 0);
	assert_int_equal(ids.n, 0);
	created(p, "b", NULL);
	created(p, "a", NULL);
	created(p, "c", "a");
	assert_return_code(layer_list(&p->s, &a, &ids, &e), 0);
	assert_int_equal(ids.n, 3);
	assert_string_equal(ids.items[0], "a");
	assert_string_equal(ids.items[1], "b");
	assert_string_equal(ids.items[2], "c");
	arena_done(&a);
}

static void test_label(void **state)
{
	struct place *p = *state;
	static const char label[] = "system_u:object_r:container_file_t:s0:c1,c2";
	struct vfs_request r = { .id = "a", .parent = "base", .label = label, .owner = { geteuid(), getegid() } };
	struct vfs_layer l;
	struct err e = { 0 };
	char value[64] = "";
	make_base(p);
	if (vfs_create(&p->s, &r, &e) < 0) {
		assert_true(err_is(&e, EOPNOTSUPP) || err_is(&e, EPERM) || err_is(&e, EINVAL));
		assert_false(there(p, "a"));
		nothing_else(p);
		skip();
	}
	assert_return_code(vfs_get(&p->s, "a", &l, &e), 0);
	_cleanup_close_ int f = openat(l.fd, "usr/same", O_RDONLY | O_CLOEXEC);
	assert_true(fgetxattr(f, "security.selinux", value, sizeof(value)) > 0);
	assert_string_equal(value, label);
	assert_true(fgetxattr(l.fd, "security.selinux", value, sizeof(value)) > 0);
	assert_string_equal(value, label);
	vfs_put(&l);
}

/* ---- what it refuses ----------------------------------------------------------------------------------------- */

static void refused(struct place *p, const char *id, const char *parent, const char *words)
{
	struct err e;
	assert_int_equal(create(p, id, parent, &e), -1);
	if (!strstr(e.text, words))
		fail_msg("\"%s\" does not say \"%s\"", e.text, words);
	nothing_else(p);
}

static void test_refused(void **state)
{
	struct place *p = *state;
	created(p, "a", NULL);
	refused(p, "a", NULL, "layer \"a\" already exists");
	refused(p, "b", "none", "layer \"none\" does not exist");
	refused(p, "b", "b", "layer \"b\" does not exist");
	refused(p, "b", "../layers/a", "begins with \".\"");
	refused(p, "..", NULL, "begins with \".\"");
	refused(p, "x/y", NULL, "slash");
	assert_int_equal(entries(p->s.layers), 1);
}

static void test_options(void **state)
{
	struct place *p = *state;
	const char *options[] = { "size=10G", "other" };
	struct vfs_request r = { .id = "a", .options = { 2, options }, .owner = { geteuid(), getegid() } };
	struct err e = { 0 };
	assert_int_equal(vfs_create(&p->s, &r, &e), -1);
	assert_string_equal(e.text, "the vfs driver does not know the option \"size\"");
	assert_false(there(p, "a"));
	nothing_else(p);
}

static void test_absent(void **state)
{
	struct place *p = *state;
	struct vfs_layer l;
	struct vfs_status s;
	struct arena a = { 0 };
	struct err e = { 0 };
	assert_int_equal(vfs_get(&p->s, "a", &l, &e), -1);
	assert_string_equal(e.text, "layer \"a\" does not exist");
	assert_int_equal(vfs_remove(&p->s, "a", &e), -1);
	assert_string_equal(e.text, "layer \"a\" does not exist");
	assert_int_equal(vfs_status(&p->s, "a", &a, &s, &e), -1);
	assert_int_equal(vfs_remove(&p->s, "../layers", &e), -1);
	arena_done(&a);
}

static void test_in_use(void **state)
{
	struct place *p = *state;
	struct vfs_layer one, two;
	struct err e = { 0 };
	created(p, "a", NULL);
	assert_return_code(vfs_get(&p->s, "a", &one, &e), 0);
	assert_return_code(vfs_get(&p->s, "a", &two, &e), 0);
	vfs_put(&one);
	assert_int_equal(vfs_remove(&p->s, "a", &e), -1);
	assert_string_equal(e.text, "layer \"a\" is in use");
	assert_true(there(p, "a"));
	vfs_put(&two);
	memset(&e, 0, sizeof(e));
	assert_return_code(vfs_remove(&p->s, "a", &e), 0);
	assert_false(there(p, "a"));
	nothing_else(p);
}

/* A lock of somebody in the tree, say a container's on its root, is no hold. */
static void test_locked_inside(void **state)
{
	struct place *p = *state;
	struct vfs_layer l;
	struct err e = { 0 };
	created(p, "a", NULL);
	assert_return_code(vfs_get(&p->s, "a", &l, &e), 0);
	_cleanup_close_ int root = openat(l.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_return_code(flock(root, LOCK_EX), errno);
	vfs_put(&l);
	assert_return_code(vfs_get(&p->s, "a", &l, &e), 0);
	vfs_put(&l);
	assert_return_code(vfs_remove(&p->s, "a", &e), 0);
}

static void test_not_ours_alone(void **state)
{
	struct place *p = *state;
	struct layer_store s = LAYER_STORE_NONE;
	struct err e = { 0 };
	chmod(p->store, 0770);
	assert_int_equal(vfs_open(&s, p->store, true, &e), -1);
	assert_non_null(strstr(e.text, "is not ours alone"));
	chmod(p->store, 0755); /* others may look there, not below */
	assert_return_code(vfs_open(&s, p->store, false, &e), 0);
	layer_store_done(&s);
	fchmod(p->s.layers, 0711);
	assert_int_equal(vfs_open(&s, p->store, true, &e), -1);
	assert_non_null(strstr(e.text, "\"layers\" is not ours alone"));
	assert_int_equal(s.dir, -1);
	fchmod(p->s.layers, 0700);
}

static void test_links_below(void **state)
{
	struct place *p = *state;
	struct layer_store s = LAYER_STORE_NONE;
	struct err e = { 0 };
	assert_return_code(renameat(p->s.dir, "layers", p->s.dir, "elsewhere"), errno);
	assert_return_code(symlinkat("elsewhere", p->s.dir, "layers"), errno);
	assert_int_equal(vfs_open(&s, p->store, true, &e), -1);
	assert_true(err_is(&e, ELOOP) || err_is(&e, ENOTDIR));
}

static void test_no_store(void **state)
{
	struct place *p = *state;
	struct layer_store s = LAYER_STORE_NONE;
	struct err e = { 0 };
	char path[128];
	snprintf(path, sizeof(path), "%s/none", p->path);
	assert_int_equal(vfs_open(&s, path, false, &e), -1);
	assert_true(err_is(&e, ENOENT));
	assert_int_equal(access(path, F_OK), -1);
}

/* ---- several at once ----------------------------------------------------------------------------------------- */

#define WORKERS 8

/* How many of so many processes succeed; each does `work` with its number. */
static int at_once(struct place *p, int (*work)(struct place *p, int i))
{
	pid_t pids[WORKERS];
	int done = 0;
	for (int i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		assert_return_code(pids[i], errno);
		if (pids[i] == 0)
			_exit(work(p, i) < 0);
	}
	for (int i = 0; i < WORKERS; i++) {
		int status;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		done += WEXITSTATUS(status) == 0;
	}
	return done;
}

static int same_id(struct place *p, int i)
{
	struct err e;
	(void)i;
	return create(p, "same", "base", &e);
}

static int remove_same(struct place *p, int i)
{
	struct err e;
	(void)i;
	return vfs_remove(&p->s, "same", &e);
}

/* Three layers on top of each other, and away again; others do the same beside it. */
static int pile(struct place *p, int i)
{
	struct err e;
	char ids[3][32];
	for (int round = 0; round < 5; round++) {
		for (int k = 0; k < 3; k++) {
			snprintf(ids[k], sizeof(ids[k]), "%d-%d", i, k);
			TRY(create(p, ids[k], k > 0 ? ids[k - 1] : "base", &e));
		}
		if (!is_copy_of_base(p, ids[2]))
			return -1;
		for (int k = 0; k < 3; k++)
			TRY(vfs_remove(&p->s, ids[k], &e));
	}
	return 0;
}

static void test_at_once(void **state)
{
	struct place *p = *state;
	make_base(p);
	assert_int_equal(at_once(p, same_id), 1);
	assert_true(is_copy_of_base(p, "same"));
	assert_int_equal(at_once(p, remove_same), 1);
	assert_int_equal(at_once(p, pile), WORKERS);
	assert_int_equal(entries(p->s.layers), 1);
	nothing_else(p);
}

static void test_being_created(void **state)
{
	struct place *p = *state;
	struct err e = { 0 };
	_cleanup_close_ int claimed = layer_claim(&p->s, "a", &e);
	assert_true(claimed >= 0);
	assert_false(there(p, "a"));
	assert_int_equal(create(p, "a", NULL, &e), -1);
	assert_string_equal(e.text, "layer \"a\" is being created");
	created(p, "b", NULL); /* which leaves the other's work alone */
	assert_int_equal(entries(p->s.made), 1);
	assert_return_code(layer_publish(&p->s, "a", claimed, &e), 0);
	assert_true(there(p, "a"));
}

/* ---- crashes ------------------------------------------------------------------------------------------------- */

static void test_leftovers(void **state)
{
	struct place *p = *state;
	struct arena a = { 0 };
	struct err e = { 0 };
	size_t n;
	make_base(p);
	/* What a killed one leaves behind is whatever nobody holds. */
	assert_return_code(mkdirat(p->s.made, "half", 0700), errno);
	assert_return_code(mkdirat(p->s.made, "half/tree", 0755), errno);
	assert_return_code(mkdirat(p->s.made, "half/tree/etc", 0), errno);
	assert_return_code(mkdirat(p->s.gone, "1.2.3", 0700), errno);
	assert_return_code(layer_leftovers(&p->s, &a, &n, &e), 0);
	assert_int_equal(n, 2);
	assert_false(there(p, "half"));
	created(p, "half", "base");
	assert_true(is_copy_of_base(p, "half"));
	assert_return_code(layer_leftovers(&p->s, &a, &n, &e), 0);
	assert_int_equal(n, 0);
	nothing_else(p);
	arena_done(&a);
}

/* Kill the process at its nth stop at a system call's begin or end.  Returns false if it ended before. */
static bool killed_at(struct place *p, int (*work)(struct place *p, int i), unsigned n)
{
	int status;
	pid_t pid = fork();
	assert_return_code(pid, errno);
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(77);
		raise(SIGSTOP);
		_exit(work(p, 0) < 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (unsigned i = 0; i < n && WIFSTOPPED(status); i++) {
		assert_return_code(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), errno);
		assert_int_equal(waitpid(pid, &status, 0), pid);
	}
	bool stopped = WIFSTOPPED(status);
	if (stopped) {
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
	} else if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		skip();
	} else {
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	return stopped;
}

/* At every system call of a creation: the layer is not there, or all of it; and the next creation finds nothing in
 * its way and leaves nothing. */
static void test_killed_creating(void **state)
{
	struct place *p = *state;
	struct err e;
	unsigned n = 1, absent = 0, present = 0;
	make_base(p);
	for (; killed_at(p, same_id, n); n++) {
		if (there(p, "same")) {
			present++;
			assert_true(is_copy_of_base(p, "same"));
			assert_int_equal(vfs_remove(&p->s, "same", &e), 0);
		} else {
			absent++;
		}
		created(p, "same", "base");
		assert_true(is_copy_of_base(p, "same"));
		nothing_else(p);
		assert_int_equal(vfs_remove(&p->s, "same", &e), 0);
	}
	assert_true(absent > 100 && present > 2);
}

static void test_killed_removing(void **state)
{
	struct place *p = *state;
	unsigned absent = 0, present = 0;
	make_base(p);
	created(p, "same", "base");
	for (unsigned n = 1; killed_at(p, remove_same, n); n++) {
		bool still = there(p, "same");
		present += still;
		absent += !still;
		if (still)
			assert_true(is_copy_of_base(p, "same"));
		else
			created(p, "same", "base");
	}
	assert_false(there(p, "same"));
	created(p, "other", NULL);
	nothing_else(p);
	assert_true(absent > 10 && present > 5);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_modes),
		TEST(test_owner),
		TEST(test_parent),
		TEST(test_list),
		TEST(test_label),
		TEST(test_refused),
		TEST(test_options),
		TEST(test_absent),
		TEST(test_in_use),
		TEST(test_locked_inside),
		TEST(test_not_ours_alone),
		TEST(test_links_below),
		TEST(test_no_store),
		TEST(test_at_once),
		TEST(test_being_created),
		TEST(test_leftovers),
		TEST(test_killed_creating),
		TEST(test_killed_removing),
	};

	return cmocka_run_group_tests_name("vfs", tests, NULL, NULL);
}
