/* SPDX-License-Identifier: Apache-2.0 */

/* Options in every form in which they are written, and those that are refused. */
#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct values {
	bool detach, force;
	const char *bundle;
	unsigned fds;
};

static const struct option_def *const defs =
	OPTIONS(OPTION(struct values, detach, 'd', "detach", NULL, ""),
		OPTION(struct values, force, 'f', "force", NULL, ""),
		OPTION(struct values, bundle, 'b', "bundle", "DIR", ""),
		OPTION(struct values, fds, 0, "preserve-fds", "N", ""));

#define MAX 8

/* The words of `line`, which are parted by single spaces, as main gets them. */
static struct arguments words(char *line, char *items[MAX + 1])
{
	struct arguments args = { .items = items };

	for (char *s = strtok(line, " "); s; s = strtok(NULL, " "))
		items[args.n++] = s;
	items[args.n] = NULL;
	return args;
}

static void expect(const char *text, struct values want, const char *left)
{
	char line[128], rest[128] = "", *items[MAX + 1];
	struct values v = {};
	struct err e = {};

	strcpy(line, text);
	struct arguments args = words(line, items);
	assert_int_equal(options_read(defs, &v, &args, &e), 0);
	assert_int_equal(v.detach, want.detach);
	assert_int_equal(v.force, want.force);
	assert_int_equal(v.fds, want.fds);
	assert_int_equal(!v.bundle, !want.bundle);
	if (v.bundle)
		assert_string_equal(v.bundle, want.bundle);
	for (int i = 0; i < args.n; i++)
		strcat(strcat(rest, i ? " " : ""), args.items[i]);
	assert_string_equal(rest, left);
	assert_null(args.items[args.n]);
}

static void test_forms(void **state)
{
	(void)state;
	expect("", (struct values){}, "");
	expect("id", (struct values){}, "id");
	expect("-d id", (struct values){ .detach = true }, "id");
	expect("id -d", (struct values){ .detach = true }, "id");
	expect("-df id x", (struct values){ .detach = true, .force = true }, "id x");
	expect("-b /x id", (struct values){ .bundle = "/x" }, "id");
	expect("-b/x id", (struct values){ .bundle = "/x" }, "id");
	expect("-db /x id", (struct values){ .detach = true, .bundle = "/x" }, "id");
	expect("-b -d id", (struct values){ .bundle = "-d" }, "id");
	expect("--bundle /x id", (struct values){ .bundle = "/x" }, "id");
	expect("--bundle=/x=y id", (struct values){ .bundle = "/x=y" }, "id");
	expect("--bundle= id", (struct values){ .bundle = "" }, "id");
	expect("--bundle a --bundle b", (struct values){ .bundle = "b" }, "");
	expect("--detach=true", (struct values){ .detach = true }, "");
	expect("-d --detach=false", (struct values){}, "");
	expect("--preserve-fds 4294967295", (struct values){ .fds = 4294967295 }, "");
	expect("a -- -d --", (struct values){}, "a -d --");
	expect("- -d", (struct values){ .detach = true }, "-");
}

static void refuse(const char *text, const char *why)
{
	char line[128], *items[MAX + 1];
	struct values v = {};
	struct err e = {};

	strcpy(line, text);
	struct arguments args = words(line, items);
	assert_int_equal(options_read(defs, &v, &args, &e), -1);
	assert_string_equal(e.text, why);
}

static void test_refusals(void **state)
{
	(void)state;
	refuse("--nope", "option \"--nope\" is unknown");
	refuse("--nope=1", "option \"--nope\" is unknown");
	refuse("--det", "option \"--det\" is unknown");
	refuse("--detached", "option \"--detached\" is unknown");
	refuse("--=x", "option \"--\" is unknown");
	refuse("-dx", "option \"-x\" is unknown");
	refuse("id --bundle", "option \"--bundle\" needs an argument");
	refuse("-db", "option \"-b\" needs an argument");
	refuse("--detach=yes", "option \"--detach\" is true or false");
	refuse("--preserve-fds x", "option \"--preserve-fds\" takes a number");
	refuse("--preserve-fds=", "option \"--preserve-fds\" takes a number");
	refuse("--preserve-fds -1", "option \"--preserve-fds\" takes a number");
	refuse("--preserve-fds 4294967296", "option \"--preserve-fds\" takes a number");
}

static void test_help(void **state)
{
	static const char *const lines[] = { "-h", "--help", "id -dh", "--help --nope" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char line[128], *items[MAX + 1];
		struct values v = {};
		struct err e = {};

		strcpy(line, lines[i]);
		struct arguments args = words(line, items);
		assert_int_equal(options_read(defs, &v, &args, &e), 0);
		assert_true(args.help);
	}
}

static void test_stop_at(void **state)
{
	char line[] = "-d run -f --nope", *items[MAX + 1];
	struct arguments args = words(line, items);
	struct values v = {};
	struct err e = {};

	(void)state;
	args.stop_at = 1;
	assert_int_equal(options_read(defs, &v, &args, &e), 0);
	assert_true(v.detach && !v.force);
	assert_int_equal(args.n, 3);
	assert_string_equal(args.items[0], "run");
	assert_string_equal(args.items[2], "--nope");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_stop_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
