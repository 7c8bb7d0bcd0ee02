/* SPDX-License-Identifier: Apache-2.0 */

/* Names against numbers that this machine's C library has, and words that are nearly names. */
#include "plan/names.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

static void test_caps(void **state)
{
	(void)state;
	for (int i = 0; i < N_CAPS; i++) {
		assert_non_null(cap_names[i]);
		assert_int_equal(cap_find(cap_names[i]), i);
	}
	assert_int_equal(cap_find("CAP_CHOWN"), 0);
	assert_int_equal(cap_find("CAP_CHECKPOINT_RESTORE"), 40);
	assert_int_equal(cap_find("CHOWN"), -1);
	assert_int_equal(cap_find("cap_chown"), -1);
	assert_int_equal(cap_find(""), -1);
}

static void test_rlimits(void **state)
{
	(void)state;
	for (int i = 0; i < N_RLIMITS; i++) {
		assert_non_null(rlimit_names[i]);
		assert_int_equal(rlimit_find(rlimit_names[i]), i);
	}
	assert_int_equal(rlimit_find("RLIMIT_NOFILE"), RLIMIT_NOFILE);
	assert_int_equal(rlimit_find("RLIMIT_RTTIME"), RLIMIT_RTTIME);
	assert_int_equal(rlimit_find("RLIMIT_"), -1);
	assert_int_equal(rlimit_find("NOFILE"), -1);
}

static void test_signals(void **state)
{
	char name[32];

	(void)state;
	for (int i = 1; i < NSIG; i++) {
		const char *word = sigabbrev_np(i);

		if (!word)
			continue;
		assert_int_equal(signal_find(word), i);
		snprintf(name, sizeof(name), "SIG%s", word);
		assert_int_equal(signal_find(name), i);
		snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(signal_find(name), i);
	}
	assert_int_equal(signal_find("kill"), SIGKILL);
	assert_int_equal(signal_find("SigTerm"), SIGTERM);
	assert_int_equal(signal_find("0"), 0);
	assert_int_equal(signal_find("64"), 64);
	assert_int_equal(signal_find("09"), SIGKILL);
}

static void test_real_time(void **state)
{
	(void)state;
	assert_int_equal(signal_find("RTMIN"), SIGRTMIN);
	assert_int_equal(signal_find("SIGRTMIN+3"), SIGRTMIN + 3);
	assert_int_equal(signal_find("rtmin+30"), SIGRTMAX);
	assert_int_equal(signal_find("RTMAX"), SIGRTMAX);
	assert_int_equal(signal_find("RTMAX-1"), SIGRTMAX - 1);
	assert_int_equal(signal_find("RTMAX-30"), SIGRTMIN);
	assert_int_equal(signal_find("RTMIN+31"), -1);
	assert_int_equal(signal_find("RTMAX-31"), -1);
	assert_int_equal(signal_find("RTMIN-1"), -1);
	assert_int_equal(signal_find("RTMAX+0"), -1);
	assert_int_equal(signal_find("RTMIN+"), -1);
	assert_int_equal(signal_find("RTMIN+a"), -1);
	assert_int_equal(signal_find("RTMIN+3x"), -1);
	assert_int_equal(signal_find("RTMINX"), -1);
}

static void test_no_signals(void **state)
{
	static const char *const words[] = { "",           "SIG", "SIGSIGKILL", "KIL",    "KILLS",
					     "65",         "-9",  "9x",         " 9",     "+9",
					     "4294967305", "999", "1000",       "KILL+1", "SIG9" };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_int_equal(signal_find(words[i]), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_caps),       cmocka_unit_test(test_rlimits),
		cmocka_unit_test(test_signals),    cmocka_unit_test(test_real_time),
		cmocka_unit_test(test_no_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
