/* SPDX-License-Identifier: Apache-2.0 */
/* Paths inside a root that is full of traps.  Each test has a directory of its own: "root" in it is the root, and
 * all else is out of bounds. */
#include "sys/root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/fd.h"

struct fixture {
	char top[64];
	char path[PATH_MAX]; /* of the root, as the kernel has it */
	int top_fd, root;
};

static void link_to(const struct fixture *f, const char *name, const char *target)
{
	assert_int_equal(symlinkat(target, f->root, name), 0);
}

static void directory(const struct fixture *f, const char *name)
{
	assert_int_equal(mkdirat(f->root, name, 0755), 0);
}

static void file(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static int setup(void **state)
{
	static struct fixture f;
	umask(0);
	snprintf(f.top, sizeof(f.top), "/tmp/socle-root-XXXXXX");
	assert_non_null(mkdtemp(f.top));
	f.top_fd = open(f.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	file(f.top_fd, "secret");
	assert_int_equal(mkdirat(f.top_fd, "root", 0755), 0);
	f.root = openat(f.top_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(f.root >= 0);
	char real[PATH_MAX];
	assert_non_null(realpath(f.top, real));
	snprintf(f.path, sizeof(f.path), "%.4000s/root", real);
	*state = &f;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int count_entries(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

/* After every test: nothing came to be beside the root, and nothing went. */
static int teardown(void **state)
{
	struct fixture *f = *state;
	int n = count_entries(f->top);
	int secret = faccessat(f->top_fd, "secret", F_OK, 0);
	close(f->root);
	close(f->top_fd);
	nftw(f->top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return n == 4 && secret == 0 ? 0 : -1; /* with "." and ".." */
}

/* Where a descriptor is, as a path inside the root; whatever is not in it fails the test. */
static const char *inside(const struct fixture *f, int fd)
{
	static char path[PATH_MAX];
	char name[64];
	size_t n = strlen(f->path);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	ssize_t size = readlink(name, path, sizeof(path) - 1);
	assert_true(size > 0);
	path[size] = 0;
	if (strncmp(path, f->path, n) != 0 || (path[n] && path[n] != '/'))
		fail_msg("\"%s\" is out of the root", path);
	return path[n] ? path + n : "/";
}

static const struct root_want look = { 0 };
static const struct root_want make_dir = { .directory = true, .create = true };
static const struct root_want make_file = { .create = true };

/* `expected` inside the root. */
static void opens(const struct fixture *f, const char *path, struct root_want want, const char *expected)
{
	struct err e = { 0 };
	_cleanup_close_ int fd = root_open(f->root, (struct inroot){ path }, want, NULL, NULL, &e);
	if (fd < 0)
		fail_msg("%s: %s %s: %s", path, e.call, e.path, strerror(e.num));
	assert_string_equal(inside(f, fd), expected);
	assert_true(fcntl(fd, F_GETFL) & O_PATH);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void refuses(const struct fixture *f, const char *path, struct root_want want, int num)
{
	struct err e = { 0 };
	_cleanup_close_ int fd = root_open(f->root, (struct inroot){ path }, want, NULL, NULL, &e);
	if (fd >= 0)
		fail_msg("\"%s\" leads to \"%s\"", path, inside(f, fd));
	assert_int_equal(e.num, num);
}

static void what_exists(void **state)
{
	struct fixture *f = *state;
	directory(f, "a");
	directory(f, "a/b");
	file(f->root, "a/b/c");
	opens(f, "/", look, "/");
	opens(f, "", make_dir, "/");
	opens(f, "/a/b", look, "/a/b");
	opens(f, "a//b/.", look, "/a/b");
	opens(f, "/a/b/c", look, "/a/b/c");
	opens(f, "/a/b/c", make_file, "/a/b/c");
	opens(f, "/a/../a/b", look, "/a/b");
	refuses(f, "/a/b/c/d", look, ENOTDIR);
	refuses(f, "/a/b/c/d", make_dir, ENOTDIR);
	refuses(f, "/a/x", look, ENOENT);
}

static void above_the_root(void **state)
{
	struct fixture *f = *state;
	directory(f, "a");
	opens(f, "..", look, "/");
	opens(f, "/../../..", look, "/");
	opens(f, "/a/../../../a", look, "/a");
	refuses(f, "/../secret", look, ENOENT);
	opens(f, "/../../made", make_dir, "/made");
	opens(f, "/a/../../x/../../y", make_file, "/y");
}

static void links(void **state)
{
	struct fixture *f = *state;
	directory(f, "a");
	directory(f, "a/b");
	link_to(f, "relative", "a/b");
	link_to(f, "absolute", "/a/b");
	link_to(f, "a/up", "../../../a");
	link_to(f, "twice", "absolute");
	opens(f, "/relative", look, "/a/b");
	opens(f, "/absolute", look, "/a/b");
	opens(f, "/a/up/b", look, "/a/b");
	opens(f, "/twice/..", look, "/a");
	opens(f, "/twice/new", make_dir, "/a/b/new");
	opens(f, "/a/up/up/up/x/y", make_file, "/a/x/y");
}

/* What a dangling link names is made inside the root, never where the host would find it. */
static void dangling_links(void **state)
{
	struct fixture *f = *state;
	directory(f, "a");
	link_to(f, "one", "a/new");
	link_to(f, "two", "/deep/er/new");
	link_to(f, "three", "../../../../../../../../tmp/socle-root-none");
	link_to(f, "a/four", "/one/below");
	refuses(f, "/one", look, ENOENT);
	opens(f, "/one", make_dir, "/a/new");
	opens(f, "/two", make_file, "/deep/er/new");
	opens(f, "/three/x", make_dir, "/tmp/socle-root-none/x");
	opens(f, "/a/four", make_file, "/a/new/below");
	assert_int_equal(access("/tmp/socle-root-none", F_OK), -1);
}

static void loops(void **state)
{
	struct fixture *f = *state;
	link_to(f, "self", "self");
	link_to(f, "a", "b");
	link_to(f, "b", "/a");
	link_to(f, "grows", "grows/x");
	refuses(f, "/self", look, ELOOP);
	refuses(f, "/self", make_dir, ELOOP);
	refuses(f, "/a/x", make_dir, ELOOP);
	refuses(f, "/grows", make_file, ELOOP);
	refuses(f, "/missing/../self/x", make_dir, ELOOP);
}

/* Each link leads to the next, and the last to nothing. */
static void many_links(void **state)
{
	struct fixture *f = *state;
	char name[32], target[32];
	for (int i = 0; i < 45; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		snprintf(target, sizeof(target), i ? "l%d" : "end", i - 1);
		link_to(f, name, target);
	}
	refuses(f, "/l44", make_dir, ELOOP);
	refuses(f, "/missing/../l44", make_dir, ELOOP);
	opens(f, "/l30", make_dir, "/end");
}

static void real_ones_only(void **state)
{
	const struct root_want real_dir = { .directory = true, .create = true, .real = true };
	struct fixture *f = *state;
	struct stat st;
	struct err e = { 0 };
	directory(f, "a");
	link_to(f, "link", "a");
	link_to(f, "dangling", "/gone");
	opens(f, "/a", real_dir, "/a");
	opens(f, "/link/new", real_dir, "/a/new"); /* on the way it may be one */
	/* The link itself or an error, and never what it leads to. */
	static const char *const last[] = { "/link", "/dangling" };
	for (size_t i = 0; i < 2; i++) {
		_cleanup_close_ int fd = root_open(f->root, (struct inroot){ last[i] }, real_dir, NULL, NULL, &e);
		if (fd >= 0) {
			assert_int_equal(fstat(fd, &st), 0);
			assert_true(S_ISLNK(st.st_mode));
		}
	}
	assert_int_equal(faccessat(f->root, "gone", F_OK, 0), -1);
}

/* The links of procfs lead out of every root. */
static void magic_links(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	_cleanup_close_ int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	(void)f;
	assert_true(proc >= 0);
	static const char *const rows[] = { "/self/root", "/self/cwd/x", "/self/exe", "/thread-self/root/etc" };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&e, 0, sizeof(e));
		assert_int_equal(root_open(proc, (struct inroot){ rows[i] }, look, NULL, NULL, &e), -1);
		assert_int_equal(e.num, ELOOP);
		assert_int_equal(root_find(proc, (struct inroot){ rows[i] }, true, &e), -1);
	}
}

static void deep(void **state)
{
	struct fixture *f = *state;
	char path[PATH_MAX + 64] = "";
	for (int i = 0; i < 100; i++)
		strcat(path, "/d");
	opens(f, path, make_dir, path);
	strcat(path, "/d/d");
	opens(f, path, make_file, path);
	for (int i = 0; i < 100; i++)
		strcat(path, "/e");
	refuses(f, path, make_file, ENOTDIR);
	while (strlen(path) < PATH_MAX)
		strcat(path, "/e");
	refuses(f, path, make_dir, ENAMETOOLONG);
}

/* More components than the walk has room for are refused where they would have to be made, and not half-way. */
static void too_deep_to_make(void **state)
{
	struct fixture *f = *state;
	char path[PATH_MAX] = "";
	for (int i = 0; i < 300; i++)
		strcat(path, "/d");
	refuses(f, path, make_dir, ENAMETOOLONG);
}

static void odd_names(void **state)
{
	static const char *const rows[] = { "/ ", "/a b", "/\n", "/\xff\xfe", "/...", "/..a", "/-", "/\"", "/*", "/~",
					    "/\xc3\xa9/\x01" };
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		opens(f, rows[i], make_dir, rows[i]);
}

static void long_names(void **state)
{
	struct fixture *f = *state;
	char path[1024] = "/missing/";
	memset(path + strlen(path), 'n', NAME_MAX + 1);
	refuses(f, path, make_dir, ENAMETOOLONG);
	refuses(f, path + strlen("/missing"), make_dir, ENAMETOOLONG);
	strcat(path, "/x");
	refuses(f, path, make_file, ENAMETOOLONG);
	path[strlen(path) - 3] = 0; /* one character less */
	opens(f, path, make_dir, path);
}

struct seen { int n; char names[8][16]; bool directories[8]; };

static void see(void *data, int dir, const char *name, bool is_directory)
{
	struct seen *s = data;
	struct stat st;
	assert_true(s->n < 8);
	assert_int_equal(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	snprintf(s->names[s->n], sizeof(s->names[0]), "%s", name);
	s->directories[s->n++] = is_directory;
}

/* Whoever must take away what was made hears of each piece, and of no other. */
static void what_was_made(void **state)
{
	struct fixture *f = *state;
	struct seen s = { 0 };
	const struct root_made made = { see, &s };
	struct root_got got;
	struct err e = { 0 };
	directory(f, "a");
	link_to(f, "l", "/a/b");
	int fd = root_open(f->root, (struct inroot){ "/l/c/d" }, make_file, &made, &got, &e);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(s.n, 3);
	static const char *const names[] = { "b", "c", "d" };
	for (int i = 0; i < 3; i++) {
		assert_string_equal(s.names[i], names[i]);
		assert_int_equal(s.directories[i], i < 2);
	}
	assert_true(got.crossed);
	assert_true(got.missing);

	s.n = 0;
	fd = root_open(f->root, (struct inroot){ "/a/b/c" }, make_dir, &made, &got, &e);
	close(fd);
	assert_int_equal(s.n, 0);
	assert_false(got.crossed);
	assert_false(got.missing);
	fd = root_open(f->root, (struct inroot){ "/a/b/x" }, make_dir, &made, &got, &e);
	close(fd);
	assert_int_equal(s.n, 1);
	assert_true(got.missing);
}

static void modes(void **state)
{
	const struct root_want private_file = { .create = true, .file_mode = 0600 };
	struct fixture *f = *state;
	static const struct { const char *name; mode_t mode; } rows[] = {
		{ "d", S_IFDIR | 0755 }, { "d/f", S_IFREG | 0644 }, { "p", S_IFREG | 0600 },
	};
	struct stat st;
	opens(f, "/d/f", make_file, "/d/f");
	opens(f, "/p", private_file, "/p");
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(fstatat(f->root, rows[i].name, &st, 0), 0);
		assert_int_equal(st.st_mode, rows[i].mode);
	}
}

static void parents(void **state)
{
	static const char *const none[] = { "/", "", "/.", "/a/.", "..", "/a/.." };
	struct fixture *f = *state;
	struct err e = { 0 };
	char name[NAME_MAX + 1];
	directory(f, "a");
	link_to(f, "l", "/a");
	link_to(f, "a/end", "/secret");
	static const struct { const char *path, *parent, *name; bool create; } rows[] = {
		{ "/x", "/", "x", false },	{ "x", "/", "x", false },  { "/a/end", "/a", "end", false },
		{ "/l/end//", "/a", "end", false }, { "/a/b/c", "/a/b", "c", true }, { "/../../y", "/", "y", false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_close_ int fd =
			root_open_parent(f->root, (struct inroot){ rows[i].path }, rows[i].create, name, &e);
		assert_true(fd >= 0);
		assert_string_equal(inside(f, fd), rows[i].parent);
		assert_string_equal(name, rows[i].name);
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(root_open_parent(f->root, (struct inroot){ none[i] }, true, name, &e), -1);
	assert_int_equal(root_open_parent(f->root, (struct inroot){ "/z/y" }, false, name, &e), -1);
}

static void finding(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	struct stat st;
	directory(f, "a");
	link_to(f, "l", "a");
	_cleanup_close_ int followed = root_find(f->root, (struct inroot){ "/l" }, true, &e);
	_cleanup_close_ int itself = root_find(f->root, (struct inroot){ "/l" }, false, &e);
	_cleanup_close_ int a = root_find(f->root, (struct inroot){ "/a" }, false, &e);
	assert_true(fd_is_same(followed, a));
	assert_false(fd_is_same(itself, a));
	assert_int_equal(fstat(itself, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(root_find(f->root, (struct inroot){ "/nothing" }, true, &e), -1);
	assert_true(err_is(&e, ENOENT));
	assert_int_equal(faccessat(f->root, "nothing", F_OK, 0), -1);
}

/* Random trees of directories, files and links in all directions, and random paths through them: whatever comes out
 * is inside, and nothing else was touched (see teardown). */
static void random_paths(void **state)
{
	static const char *const words[] = { "a", "b", "c", "..", ".", "", "d" };
	struct fixture *f = *state;
	unsigned seed = 7;
	int opened = 0;
	for (int round = 0; round < 3000; round++) {
		char path[128] = "", target[128] = "";
		for (int i = rand_r(&seed) % 6; i >= 0; i--) {
			strcat(path, "/");
			strcat(path, words[rand_r(&seed) % 7]);
			strcat(target, rand_r(&seed) % 2 ? "../" : "/");
			strcat(target, words[rand_r(&seed) % 7]);
		}
		struct root_want want = { .directory = rand_r(&seed) % 2, .real = rand_r(&seed) % 4 == 0,
					  .create = rand_r(&seed) % 4 };
		struct err e = { 0 };
		char name[NAME_MAX + 1];
		if (rand_r(&seed) % 8 == 0) {
			_cleanup_close_ int dir = root_open_parent(f->root, (struct inroot){ path }, false, name, &e);
			if (dir >= 0)
				inside(f, dir);
			/* An existing name keeps what it has. */
			if (dir >= 0 && symlinkat(target, dir, name) < 0)
				assert_int_equal(errno, EEXIST);
			continue;
		}
		_cleanup_close_ int fd = root_open(f->root, (struct inroot){ path }, want, NULL, NULL, &e);
		if (fd < 0)
			continue;
		inside(f, fd);
		opened++;
	}
	assert_true(opened > 300);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_exists),    TEST(above_the_root), TEST(links),	 TEST(dangling_links),
		TEST(loops),	      TEST(many_links),	    TEST(real_ones_only), TEST(magic_links),
		TEST(deep),	      TEST(too_deep_to_make), TEST(odd_names),	 TEST(long_names),
		TEST(what_was_made),  TEST(modes),	    TEST(parents),	 TEST(finding),
		TEST(random_paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
