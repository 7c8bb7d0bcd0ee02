/* SPDX-License-Identifier: Apache-2.0 */
/* The journal as a crash, a full disk or a stranger may have left it. */
#include "run/journal.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/statedir.h"
#include "sys/fd.h"

struct fixture { char path[64]; int dir; struct arena arena; };

static int setup(void **state)
{
	static struct fixture f;
	f = (struct fixture){ .path = "/tmp/socle-journal-XXXXXX" };
	assert_non_null(mkdtemp(f.path));
	f.dir = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f.dir >= 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	unlinkat(f->dir, JOURNAL, 0);
	close(f->dir);
	arena_done(&f->arena);
	return rmdir(f->path);
}

static void same(const struct journal *a, const struct journal *b, size_t n)
{
	assert_int_equal(a->n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(a->items[i].kind, b->items[i].kind);
		assert_string_equal(a->items[i].value, b->items[i].value);
	}
}

static struct journal_entry entries[] = {
	{ JOURNAL_BUNDLE, "/b" },	      { JOURNAL_CGROUP, "/sys/fs/cgroup/a" }, { JOURNAL_CGROUP, "" },
	{ JOURNAL_CGROUP, "line\ncgroup 1:x\n" }, { JOURNAL_BUNDLE, "9:\xff :\t\"" },
};
static const struct journal sample = { sizeof(entries) / sizeof(entries[0]), entries };
static const char sample_text[] = "bundle 2:/b\ncgroup 16:/sys/fs/cgroup/a\ncgroup 0:\n"
				  "cgroup 16:line\ncgroup 1:x\n\nbundle 7:9:\xff :\t\"\n";

static void written_and_read(void **state)
{
	struct fixture *f = *state;
	struct journal j;
	struct err e = { 0 };
	assert_int_equal(journal_append(f->dir, &sample, &e), 0);
	assert_int_equal(journal_read(f->dir, &f->arena, &j, &e), 0);
	same(&j, &sample, sample.n);

	char text[256];
	assert_int_equal(fd_read_file_at(f->dir, JOURNAL, text, sizeof(text), &e), sizeof(sample_text) - 1);
	assert_string_equal(text, sample_text);

	/* Appended behind what is there. */
	struct journal more = { 1, &(struct journal_entry){ JOURNAL_CGROUP, "/more" } };
	assert_int_equal(journal_append(f->dir, &more, &e), 0);
	assert_int_equal(journal_read(f->dir, &f->arena, &j, &e), 0);
	assert_int_equal(j.n, sample.n + 1);
	assert_string_equal(j.items[sample.n].value, "/more");
}

static void none_yet(void **state)
{
	struct fixture *f = *state;
	struct journal j = { 7, NULL };
	struct err e = { 0 };
	assert_int_equal(journal_read(f->dir, &f->arena, &j, &e), 0);
	assert_int_equal(j.n, 0);
	assert_int_equal(close(openat(f->dir, JOURNAL, O_WRONLY | O_CREAT, 0600)), 0);
	assert_int_equal(journal_read(f->dir, &f->arena, &j, &e), 0);
	assert_int_equal(j.n, 0);
}

/* A link in its place is followed neither for reading nor for writing. */
static void link_in_its_place(void **state)
{
	struct fixture *f = *state;
	struct journal j;
	struct err e = { 0 };
	assert_int_equal(symlinkat("elsewhere", f->dir, JOURNAL), 0);
	assert_int_equal(journal_append(f->dir, &sample, &e), -1);
	assert_int_equal(faccessat(f->dir, "elsewhere", F_OK, 0), -1);
	assert_int_equal(journal_read(f->dir, &f->arena, &j, &e), -1);
	assert_int_equal(j.n, 0);
}

/* However much of it was written, what is whole is read, and no more. */
static void torn(void **state)
{
	struct fixture *f = *state;
	static const size_t ends[] = { 12, 39, 49, 76, sizeof(sample_text) - 1 };
	for (size_t size = 0; size < sizeof(sample_text); size++) {
		char *text = malloc(size ? size : 1); /* of just that size, for the sanitizer */
		struct journal j;
		size_t whole = 0;
		memcpy(text, sample_text, size);
		while (whole < 5 && ends[whole] <= size)
			whole++;
		journal_parse(text, size, &f->arena, &j);
		same(&j, &sample, whole);
		free(text);
	}
}

static void no_entries(void **state)
{
	static const struct { const char *text; size_t size; } rows[] = {
		{ "\n", 1 },		   { "cgroup", 6 },	      { "cgroup 1", 8 },	{ "cgroup 1x:a\n", 12 },
		{ "cgroup -1:a\n", 12 },   { "cgroup 2:a\n", 11 },    { "cgroup 1:ab\n", 12 },	{ "mount 1:a\n", 10 },
		{ "cgroup  1:a\n", 12 },   { " cgroup 1:a\n", 12 },   { "cgroup 1:\0\n", 11 },	{ "Cgroup 1:a\n", 11 },
		{ "cgroup 99999999999999999999:a\n", 30 }, { "cgroup 18446744073709551615:a\n", 30 },
		{ "cgroup 18446744073709551617:a\n", 30 }, { "cgrou 1:a\n", 10 }, { "cgroups 1:a\n", 12 },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct journal j;
		journal_parse(rows[i].text, rows[i].size, &f->arena, &j);
		if (j.n != 0)
			fail_msg("\"%s\" is read as \"%s\"", rows[i].text, j.items[0].value);
	}
}

/* What was read is what stands at the beginning, whatever comes behind. */
static void random_bytes(void **state)
{
	static const char alphabet[] = "cgroup bundle 0123:/\n\0\xff";
	struct fixture *f = *state;
	unsigned seed = 3;
	for (int round = 0; round < 20000; round++) {
		size_t prefix = round % 2 ? sizeof(sample_text) - 1 : 0, n = (size_t)rand_r(&seed) % 64;
		char *text = malloc(prefix + n + 1);
		struct journal j;
		memcpy(text, sample_text, prefix);
		for (size_t i = 0; i < n; i++)
			text[prefix + i] = alphabet[(size_t)rand_r(&seed) % (sizeof(alphabet) - 1)];
		if (prefix && n % 3 == 0)
			text[(size_t)rand_r(&seed) % prefix] ^= (char)(1 + rand_r(&seed) % 255);
		else if (prefix)
			n = n < 8 ? n : 8; /* too short for an entry */
		char *exact = malloc(prefix + n ? prefix + n : 1);
		memcpy(exact, text, prefix + n);
		journal_parse(exact, prefix + n, &f->arena, &j);
		if (prefix && n % 3 != 0)
			same(&j, &sample, sample.n);
		for (size_t i = 0; i < j.n; i++)
			assert_true(j.items[i].kind < N_JOURNAL && strlen(j.items[i].value) <= prefix + n);
		free(exact);
		free(text);
		if (round % 1000 == 0)
			arena_done(&f->arena);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(written_and_read), TEST(none_yet),	   TEST(link_in_its_place),
		TEST(torn),		TEST(no_entries), TEST(random_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
