/* SPDX-License-Identifier: Apache-2.0 */
/* The state directory, in a root of the test's own. */
#include "run/statedir.h"

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
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/fd.h"

struct fixture { char top[64], root[96]; struct arena arena; };

static int setup(void **state)
{
	static struct fixture f;
	f = (struct fixture){ .top = "/tmp/socle-state-XXXXXX" };
	umask(022);
	assert_non_null(mkdtemp(f.top));
	snprintf(f.root, sizeof(f.root), "%s/run/socle", f.top);
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

static int teardown(void **state)
{
	struct fixture *f = *state;
	arena_done(&f->arena);
	return nftw(f->top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void ids(void **state)
{
	static const char *const good[] = { "a", "A9", "_", "-", "+", "a.b", "a..", "0", "a-b_c+d.e" };
	static const char *const bad[] = { "", ".", "..", ".a", "a/b", "/", "a b", "a\n", "\xc3\xa9", "a\\", "*", "a:b",
					   "a\x7f", "~", "a@b", "\xff" };
	char name[NAME_MAX + 2];
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct err e = { 0 };
		if (container_id_check(good[i], &e) < 0)
			fail_msg("%s", e.text);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = { 0 };
		if (container_id_check(bad[i], &e) == 0)
			fail_msg("\"%s\" is let through", bad[i]);
		assert_true(e.text[0]);
	}
	struct err e = { 0 };
	memset(name, 'a', sizeof(name));
	name[NAME_MAX] = 0;
	assert_int_equal(container_id_check(name, &e), 0);
	name[NAME_MAX] = 'a';
	name[NAME_MAX + 1] = 0;
	assert_int_equal(container_id_check(name, &e), -1);
}

static void roots(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	struct stat st;
	assert_int_equal(state_root_open(f->root, false, &e), -1);
	assert_true(err_is(&e, ENOENT));
	_cleanup_close_ int made = state_root_open(f->root, true, &e);
	assert_true(made >= 0);
	assert_int_equal(fstat(made, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	_cleanup_close_ int again = state_root_open(f->root, true, &e);
	assert_true(again >= 0);

	/* What others can write to could be exchanged under our feet. */
	assert_int_equal(fchmod(made, 0777), 0);
	memset(&e, 0, sizeof(e));
	assert_int_equal(state_root_open(f->root, true, &e), -1);
	assert_non_null(strstr(e.text, "not ours alone"));
	assert_int_equal(fchmod(made, 0720), 0);
	assert_int_equal(state_root_open(f->root, true, &e), -1);
	assert_int_equal(fchmod(made, 01777), 0);
	_cleanup_close_ int sticky = state_root_open(f->root, true, &e);
	assert_true(sticky >= 0);
}

static void root_is_a_file(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	char path[128];
	snprintf(path, sizeof(path), "%s/file", f->top);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(state_root_open(path, true, &e), -1);
	assert_true(err_is(&e, ENOTDIR));
	strcat(path, "/below");
	assert_int_equal(state_root_open(path, true, &e), -1);
}

static void claimed_once(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	_cleanup_close_ int dir = statedir_claim(f->root, "a", &e);
	assert_true(dir >= 0);
	assert_int_equal(statedir_claim(f->root, "a", &e), -1);
	assert_string_equal(e.text, "container with id \"a\" already exists");
	memset(&e, 0, sizeof(e));
	_cleanup_close_ int other = statedir_claim(f->root, "b", &e);
	assert_true(other >= 0);

	/* The winner has the lock. */
	_cleanup_close_ int seen = statedir_open(f->root, "a", &e);
	assert_true(seen >= 0);
	assert_int_equal(statedir_lock(seen, LOCK_TRY, &e), 0);
	assert_int_equal(statedir_unlock(dir, &e), 0);
	assert_int_equal(statedir_lock(seen, LOCK_TRY, &e), 1);

	/* What was removed is nobody's. */
	_cleanup_close_ int late = statedir_open(f->root, "a", &e);
	assert_int_equal(statedir_remove(f->root, "a", seen, &e), 0);
	assert_int_equal(statedir_unlock(seen, &e), 0);
	assert_int_equal(statedir_lock(late, LOCK_WAIT, &e), 0);
	_cleanup_close_ int again = statedir_claim(f->root, "a", &e);
	assert_true(again >= 0);
}

static void opened(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	assert_int_equal(statedir_open(f->root, "a", &e), -1); /* not even the root is there */
	assert_true(err_is(&e, ENOENT));
	assert_non_null(strstr(e.text, "container does not exist"));
	_cleanup_close_ int dir = statedir_claim(f->root, "a", &e);
	assert_true(dir >= 0);
	static const char *const bad[] = { "..", ".", "", "a/../a", "/" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&e, 0, sizeof(e));
		assert_int_equal(statedir_open(f->root, bad[i], &e), -1);
		assert_false(err_is(&e, ENOENT));
	}
	/* A link in its place is no container. */
	char path[128];
	snprintf(path, sizeof(path), "%s/l", f->root);
	assert_int_equal(symlink("a", path), 0);
	assert_int_equal(statedir_open(f->root, "l", &e), -1);
}

static const struct state sample = {
	.version = STATE_VERSION, .oci_version = "1.3.0", .id = "a", .bundle = "/b", .rootfs = "/b/r", .created = "now",
	.owner = 5, .pid = 7, .pid_start = 9,
};

static void written_and_read(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	struct state *s, second = sample;
	_cleanup_close_ int dir = statedir_claim(f->root, "a", &e);
	assert_int_equal(statedir_read(dir, &f->arena, &s, &e), 0);
	assert_null(s); /* there is none yet */
	assert_int_equal(statedir_write(dir, &sample, &e), 0);
	assert_int_equal(statedir_read(dir, &f->arena, &s, &e), 0);
	assert_int_equal(s->pid, 7);
	second.pid = 8;
	assert_int_equal(statedir_write(dir, &second, &e), 0);
	assert_int_equal(statedir_read(dir, &f->arena, &s, &e), 0);
	assert_int_equal(s->pid, 8);
	assert_int_equal(faccessat(dir, STATE_FILE ".next", F_OK, 0), -1);

	/* Left over by somebody who was killed between writing and renaming, and longer than ours. */
	char junk[4096];
	memset(junk, 'x', sizeof(junk));
	_cleanup_close_ int next = openat(dir, STATE_FILE ".next", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(next, junk, sizeof(junk)), sizeof(junk));
	assert_int_equal(statedir_write(dir, &sample, &e), 0);
	assert_int_equal(statedir_read(dir, &f->arena, &s, &e), 0);
	assert_int_equal(s->pid, 7);
}

static void damaged(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	struct state *s;
	_cleanup_close_ int dir = statedir_claim(f->root, "a", &e);
	_cleanup_close_ int fd = openat(dir, STATE_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "{\"version\": 1,", 14), 14);
	assert_int_equal(statedir_read(dir, &f->arena, &s, &e), -1);
	assert_non_null(strstr(e.text, "state.json"));
	memset(&e, 0, sizeof(e));
	assert_int_equal(ftruncate(fd, 17 << 20), 0);
	assert_int_equal(statedir_read(dir, &f->arena, &s, &e), -1);
	assert_non_null(strstr(e.text, "bytes"));
	assert_int_equal(unlinkat(dir, STATE_FILE, 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", dir, STATE_FILE), 0);
	assert_int_equal(statedir_read(dir, &f->arena, &s, &e), -1);
}

static void removed(void **state)
{
	static const char *const ours[] = { STATE_FILE, STATE_FILE ".next", JOURNAL, START_FIFO, START_ERROR };
	struct fixture *f = *state;
	struct err e = { 0 };
	_cleanup_close_ int dir = statedir_claim(f->root, "a", &e);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		close(openat(dir, ours[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(statedir_remove(f->root, "a", dir, &e), 0);
	assert_int_equal(statedir_open(f->root, "a", &e), -1);
	memset(&e, 0, sizeof(e));
	assert_int_equal(statedir_remove(f->root, "a", dir, &e), 0); /* glad to find nothing */

	/* The directory is ours: what strays into it does not keep it. */
	_cleanup_close_ int other = statedir_claim(f->root, "b", &e);
	close(openat(other, "stranger", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(statedir_remove(f->root, "b", other, &e), 0);
	assert_int_equal(statedir_open(f->root, "b", &e), -1);
}

/* ---- several at once -------------------------------------------------------------------------------------- */

#define RACERS 4

/* Starts the racers together; returns the sum of their exit statuses, each below 64. */
static int race(struct fixture *f, int (*racer)(const char *root))
{
	int gate[2], sum = 0, status;
	pid_t pids[RACERS];
	assert_int_equal(pipe(gate), 0);
	for (int i = 0; i < RACERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			char byte;
			close(gate[1]);
			_exit(read(gate[0], &byte, 1) == 0 ? racer(f->root) : 63);
		}
		assert_true(pids[i] > 0);
	}
	close(gate[0]);
	close(gate[1]);
	for (int i = 0; i < RACERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		sum += WEXITSTATUS(status) + (WEXITSTATUS(status) == 63 ? 1000 : 0);
	}
	return sum;
}

static int already_there(const struct err *e)
{
	return strstr(e->text, "already exists") != NULL;
}

static int claim(const char *root)
{
	struct err e = { 0 };
	int dir = statedir_claim(root, "a", &e);
	return dir >= 0 ? 1 : already_there(&e) ? 0 : 63;
}

static void one_winner(void **state)
{
	struct fixture *f = *state;
	for (int round = 0; round < 50; round++) {
		struct err e = { 0 };
		assert_int_equal(race(f, claim), 1);
		_cleanup_close_ int dir = statedir_open(f->root, "a", &e);
		assert_int_equal(statedir_remove(f->root, "a", dir, &e), 0);
	}
}

/* Claims, and removes what it finds unclaimed, as a `delete` does after a crash.  A claim is had by one alone: a file
 * that may be there once marks it. */
static int claim_and_remove(const char *root)
{
	for (int i = 0; i < 300; i++) {
		struct err e = { 0 };
		_cleanup_close_ int dir = i % 2 ? statedir_claim(root, "a", &e) : statedir_open(root, "a", &e);
		if (dir < 0 && !already_there(&e) && !err_is(&e, ENOENT))
			return 63;
		if (dir < 0 && i % 2 && !already_there(&e))
			return 62; /* a claim that neither won nor lost */
		if (dir < 0 || (i % 2 == 0 && statedir_lock(dir, LOCK_TRY, &e) != 1))
			continue;
		int fd = openat(dir, START_FIFO, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0)
			return 61; /* somebody else holds it, too */
		close(fd);
		if (statedir_remove(root, "a", dir, &e) < 0)
			return 60;
	}
	return 0;
}

static void claims_and_removals(void **state)
{
	assert_int_equal(race(*state, claim_and_remove), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids),	TEST(roots),	       TEST(root_is_a_file), TEST(claimed_once), TEST(opened),
		TEST(written_and_read), TEST(damaged),	       TEST(removed),	     TEST(one_winner),
		TEST(claims_and_removals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
