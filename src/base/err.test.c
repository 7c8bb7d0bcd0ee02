/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *line(const struct err *e)
{
	static char buf[2048];

	return err_line(e, buf, sizeof(buf));
}

static void a_call_with_everything(void **state)
{
	struct err e = {};

	(void)state;
	errno = EINVAL;
	assert_int_equal(err_call(&e, "move_mount", "/run/lock"), -1);
	strcpy(e.step, "mount tmpfs");
	strcpy(e.field, "/mounts/3");
	strcpy(e.kernel, "tmpfs: Bad value for 'size'");
	assert_string_equal(line(&e), "mount tmpfs: move_mount \"/run/lock\": Invalid argument "
				      "(/mounts/3; kernel: tmpfs: Bad value for 'size')");
	assert_true(err_is(&e, EINVAL));
	assert_false(err_is(&e, EPERM));
}

static void engines_read_small_letters(void **state)
{
	char buf[256];
	struct err e;

	(void)state;
	err_call_num(&e, EACCES, "execve", "/Etc");
	assert_string_equal(err_message(&e, buf, sizeof(buf)), "execve \"/Etc\": permission denied");
	err_call_num(&e, EDOTDOT, "x", NULL);
	assert_string_equal(err_message(&e, buf, sizeof(buf)), "x: RFS specific error");
	err_rule(&e, NULL, "As it is");
	assert_string_equal(err_message(&e, buf, sizeof(buf)), "As it is");
}

static void parts_may_be_absent(void **state)
{
	struct err e;

	(void)state;
	err_call_num(&e, ENOENT, "fork", NULL);
	assert_string_equal(line(&e), "fork: No such file or directory");
	err_call_num(&e, ENOENT, NULL, NULL);
	assert_string_equal(line(&e), "No such file or directory");
	err_rule(&e, NULL, "container \"%s\" does not exist", "a");
	assert_string_equal(line(&e), "container \"a\" does not exist");
	err_rule(&e, "/process/cwd", "is relative");
	assert_string_equal(line(&e), "is relative (/process/cwd)");
	assert_string_equal(line(&(struct err){}), "");
}

static void notes_come_first(void **state)
{
	struct err e;

	(void)state;
	err_call_num(&e, EIO, "read", "/etc/x");
	assert_int_equal(err_note(&e, "while copying up %s", "/etc"), -1);
	assert_int_equal(err_note(&e, "while mounting"), -1);
	assert_string_equal(
		line(&e),
		"while mounting: while copying up /etc: read \"/etc/x\": Input/output error");
	assert_true(err_is(&e, EIO));
}

static void what_went_wrong_later_is_added(void **state)
{
	struct err first, second, none = {};

	(void)state;
	err_rule(&first, NULL, "first");
	err_call_num(&second, EBUSY, "umount", "/run/lock");
	err_also(&first, &none);
	assert_string_equal(line(&first), "first");
	err_also(&first, &second);
	err_also(&first, &second);
	assert_string_equal(line(&first),
			    "first (also: umount \"/run/lock\": Device or resource busy; "
			    "umount \"/run/lock\": Device or resource busy)");
}

static void what_is_too_long_is_cut(void **state)
{
	char path[1000], small[20];
	struct err e;

	(void)state;
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	err_call_num(&e, EIO, "open", path);
	assert_int_equal(strlen(e.path), sizeof(e.path) - 1);
	assert_string_equal(e.path + sizeof(e.path) - 4, "...");
	for (int i = 0; i < 10; i++)
		err_note(&e, "%.200s", path);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	assert_int_equal(strlen(err_line(&e, small, sizeof(small))), sizeof(small) - 1);
	assert_string_equal(err_line(&e, small, 1), "");
}

static void a_line_is_one_line(void **state)
{
	struct err e;

	(void)state;
	err_call_num(&e, EIO, "open", "/a\nlevel=info msg=\x1b[2J");
	assert_null(strpbrk(line(&e), "\n\x1b"));
}

static void an_error_may_be_made_from_itself(void **state)
{
	struct err e;

	(void)state;
	err_rule(&e, "/a", "inner");
	err_rule(&e, e.field, "outer: %s", e.text);
	assert_string_equal(line(&e), "outer: inner (/a)");
}

static void unknown_numbers_have_words(void **state)
{
	(void)state;
	assert_string_equal(err_words(EPERM), "Operation not permitted");
	assert_string_equal(err_words(99999), "unknown error");
	assert_true(err_is_set(&(struct err){ .num = 1 }));
	assert_false(err_is(&(struct err){}, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_with_everything),
		cmocka_unit_test(engines_read_small_letters),
		cmocka_unit_test(parts_may_be_absent),
		cmocka_unit_test(notes_come_first),
		cmocka_unit_test(what_went_wrong_later_is_added),
		cmocka_unit_test(what_is_too_long_is_cut),
		cmocka_unit_test(a_line_is_one_line),
		cmocka_unit_test(an_error_may_be_made_from_itself),
		cmocka_unit_test(unknown_numbers_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
