/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a caller when nobody, a mute or a babbler sits where systemd should.  A systemd that answers is in
 * tests/system/systemd.bats. */
#include "sys/sdbus.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64], address[128];
static struct sockaddr_un place = { .sun_family = AF_UNIX };

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/sdbus-test-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(place.sun_path, sizeof(place.sun_path), "%s/socket", dir);
	snprintf(address, sizeof(address), "unix:path=%s", place.sun_path);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(place.sun_path);
	return rmdir(dir);
}

static int listen_there(void)
{
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(s >= 0);
	assert_int_equal(bind(s, (struct sockaddr *)&place, sizeof(place)), 0);
	assert_int_equal(listen(s, 1), 0);
	return s;
}

static int try_it(const struct sdbus_wait *w, struct err *e)
{
	struct sdbus *b = NULL;
	int r = sdbus_open_address(address, w, &b, e);
	sdbus_close(&b);
	return r;
}

static void nobody(void **state)
{
	struct err e = {};
	int s;
	(void)state;
	assert_int_equal(try_it(SDBUS_WAIT(-1), &e), -1);
	assert_int_equal(e.num, ENOENT);
	assert_string_equal(e.text, "systemd cannot be reached");
	s = listen_there();
	close(s);
	assert_int_equal(try_it(SDBUS_WAIT(-1), &e), -1);
	assert_int_equal(e.num, ECONNREFUSED);
}

static void a_mute(void **state)
{
	struct err e = {};
	int s = listen_there();
	char expected[256];
	(void)state;
	assert_int_equal(try_it(&(struct sdbus_wait){ 20, 20, -1 }, &e), -1);
	snprintf(expected, sizeof(expected), "systemd did not answer within 1 seconds (%s)", address);
	assert_string_equal(e.text, expected);
	assert_int_equal(e.num, ETIMEDOUT);
	close(s);
}

/* Whoever is told to stop does not wait for the end of the limit. */
static void an_interruption(void **state)
{
	struct err e = {};
	int s = listen_there(), stop[2];
	(void)state;
	assert_int_equal(pipe(stop), 0);
	assert_int_equal(write(stop[1], "", 1), 1);
	assert_int_equal(try_it(SDBUS_WAIT(stop[0]), &e), -1);
	assert_int_equal(strncmp(e.text, "interrupted by a signal while waiting for systemd (", 51), 0);
	close(s);
	close(stop[0]);
	close(stop[1]);
}

static void a_babbler(void **state)
{
	static const char *const says[] = { "", "\r\n", "REJECTED EXTERNAL\r\n", "DATA\r\nOK nonsense\r\n", "ERROR\r\n" };
	(void)state;
	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++) {
		struct err e = {};
		int s = listen_there();
		pid_t pid = fork();
		if (pid == 0) {
			int c = accept(s, NULL, NULL);
			size_t n = strlen(says[i]);
			_exit(c < 0 || write(c, says[i], n) != (ssize_t)n);
		}
		close(s);
		assert_int_equal(try_it(SDBUS_WAIT(-1), &e), -1);
		/* It depends on who is faster whether the end comes while the first word is sent. */
		assert_true(strcmp(e.text, "the connection to systemd broke") == 0 ||
			    strcmp(e.text, "systemd cannot be reached") == 0);
		assert_int_not_equal(e.num, 0);
		unlink(place.sun_path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_mute, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_interruption, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_babbler, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
