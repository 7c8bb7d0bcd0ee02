/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void blocks_are_zeroed_aligned_and_apart(void **state)
{
	struct arena a = {};
	unsigned char *blocks[3000];

	(void)state;
	for (size_t i = 0; i < 3000; i++) {
		size_t size = i % 300;

		blocks[i] = arena_alloc(&a, size);
		assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
		for (size_t j = 0; j < size; j++)
			assert_int_equal(blocks[i][j], 0);
		memset(blocks[i], (int)i, size);
	}
	for (size_t i = 0; i < 3000; i++)
		for (size_t j = 0; j < i % 300; j++)
			assert_int_equal(blocks[i][j], (unsigned char)i);
	arena_done(&a);
	assert_null(a.first);
}

static void large_blocks_leave_the_rest_usable(void **state)
{
	struct arena a = {};
	char *small = arena_alloc(&a, 16), *large = arena_alloc(&a, 10 << 20);

	(void)state;
	memset(large, 1, 10 << 20);
	assert_ptr_equal(arena_alloc(&a, 16), small + 16);
	arena_done(&a);
	arena_done(&a);
	assert_non_null(arena_alloc(&a, 0)); /* and it can be used again */
	arena_done(&a);
}

static void texts(void **state)
{
	struct arena a = {};

	(void)state;
	assert_string_equal(arena_strdup(&a, "abc"), "abc");
	assert_string_equal(arena_strndup(&a, "abc", 2), "ab");
	assert_string_equal(arena_strndup(&a, "abc", 9), "abc");
	assert_string_equal(arena_fmt(&a, "%s-%d", "x", 7), "x-7");
	assert_memory_equal(arena_copy(&a, "a\0b", 3), "a\0b", 3);
	arena_done(&a);
}

static void exhaust_by_size(struct arena *a)
{
	arena_alloc(a, SIZE_MAX);
}

static void exhaust_by_product(struct arena *a)
{
	arena_alloc_array(a, SIZE_MAX / 2, 4);
}

static void exhaust_by_sum(struct arena *a)
{
	for (int i = 0; i < 600; i++)
		arena_alloc(a, 1 << 20);
}

static void too_much_ends_the_process(void **state)
{
	void (*const ways[])(struct arena *) = { exhaust_by_size, exhaust_by_product,
						 exhaust_by_sum };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct arena a = {};
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			close(STDERR_FILENO);
			ways[i](&a);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_zeroed_aligned_and_apart),
		cmocka_unit_test(large_blocks_leave_the_rest_usable),
		cmocka_unit_test(texts),
		cmocka_unit_test(too_much_ends_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
