/* SPDX-License-Identifier: Apache-2.0 */
/* The cache as a crash, a stranger or another libseccomp may have left it. */
#include "run/seccomp-cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/copytree.h"
#include "sys/fd.h"

static struct arena arena;
static char root[64];
static const char *names[] = { "read", "write" };
static struct spec_syscall rule = { .names = { 2, names }, .action = "SCMP_ACT_ERRNO" };
static struct spec_seccomp profile;
static uint32_t numbers[] = { 32, 0, 6, 0x7fff0000 };
static const struct u32s program = { 4, numbers };

static int setup(void **state)
{
	(void)state;
	profile = (struct spec_seccomp){ .default_action = "SCMP_ACT_ALLOW", .syscalls = { 1, &rule } };
	snprintf(root, sizeof(root), "/tmp/socle-cache-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
	struct err e = { 0 };
	(void)state;
	arena_done(&arena);
	return remove_tree(AT_FDCWD, root, &e);
}

static const char *file_of(const struct seccomp_key *key)
{
	return arena_fmt(&arena, "%s/" SECCOMP_CACHE_DIR "/%s", root, key->name);
}

static bool is_found(const struct seccomp_key *key)
{
	struct u32s found;
	if (!seccomp_cache_find(root, key, &arena, &found))
		return false;
	assert_int_equal(found.n, program.n);
	assert_memory_equal(found.items, program.items, program.n * sizeof(uint32_t));
	return true;
}

static unsigned count_files(void)
{
	unsigned n = 0;
	DIR *d = opendir(arena_fmt(&arena, "%s/" SECCOMP_CACHE_DIR, root));
	assert_non_null(d);
	for (struct dirent *entry; (entry = readdir(d)) != NULL;)
		n += entry->d_name[0] != '.';
	closedir(d);
	return n;
}

static void kept_and_found(void **state)
{
	struct stat st;
	(void)state;
	struct seccomp_key key = seccomp_key(&profile, &arena);
	assert_false(is_found(&key));
	seccomp_cache_keep(root, &key, &program);
	assert_true(is_found(&key));
	assert_int_equal(stat(file_of(&key), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(count_files(), 1);
	seccomp_cache_keep(root, &key, &program);
	assert_int_equal(count_files(), 1);
}

/* Whatever the program depends on makes another key; what it does not, the same. */
static void keys(void **state)
{
	(void)state;
	struct spec_syscall_arg arg = { .index = 1, .op = "SCMP_CMP_EQ" };
	const char *archs[] = { "SCMP_ARCH_X86" };
	struct seccomp_key keys[12], first = seccomp_key(&profile, &arena);
	size_t n = 0;
	keys[n++] = first;
	profile.default_errno_ret = (struct opt_u32){ true, 0 };
	keys[n++] = seccomp_key(&profile, &arena);
	profile.architectures = (struct strings){ 1, archs };
	keys[n++] = seccomp_key(&profile, &arena);
	struct spec_syscall other = rule;
	profile.syscalls.items = &other;
	other.args = (struct spec_syscall_args){ 1, &arg };
	keys[n++] = seccomp_key(&profile, &arena);
	arg.value = 1;
	keys[n++] = seccomp_key(&profile, &arena);
	arg.value_two = (struct opt_u64){ true, 1 };
	keys[n++] = seccomp_key(&profile, &arena);
	other.names.n = 1;
	keys[n++] = seccomp_key(&profile, &arena);
	other.errno_ret = (struct opt_u32){ true, 1 };
	keys[n++] = seccomp_key(&profile, &arena);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			assert_true(keys[i].size != keys[k].size || memcmp(keys[i].bytes, keys[k].bytes, keys[i].size) != 0);
	profile = (struct spec_seccomp){ .default_action = "SCMP_ACT_ALLOW", .syscalls = { 1, &rule }, .listener_path = "/x" };
	assert_string_equal(seccomp_key(&profile, &arena).name, first.name);
}

/* The hash alone decides nothing. */
static void same_name_other_profile(void **state)
{
	(void)state;
	struct seccomp_key key = seccomp_key(&profile, &arena), other = key;
	seccomp_cache_keep(root, &key, &program);
	char *bytes = arena_copy(&arena, key.bytes, key.size);
	bytes[3] ^= 1;
	other.bytes = bytes;
	assert_false(is_found(&other));
}

static void damaged(void **state)
{
	(void)state;
	struct seccomp_key key = seccomp_key(&profile, &arena);
	struct err e = { 0 };
	seccomp_cache_keep(root, &key, &program);
	int fd = open(file_of(&key), O_RDWR | O_CLOEXEC);
	char bytes[4096], changed[4096];
	ssize_t size = read(fd, bytes, sizeof(bytes));
	assert_true(size > 0);
	for (ssize_t i = 0; i < size; i++) { /* each byte */
		memcpy(changed, bytes, (size_t)size);
		changed[i] ^= 0x10;
		assert_int_equal(pwrite(fd, changed, (size_t)size, 0), size);
		assert_false(is_found(&key));
	}
	for (ssize_t n = 0; n < size; n += 7) { /* cut short */
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, bytes, (size_t)n, 0), n);
		assert_false(is_found(&key));
	}
	close(fd);
	seccomp_cache_keep(root, &key, &program);
	assert_true(is_found(&key));
	assert_int_equal(remove_tree(AT_FDCWD, file_of(&key), &e), 0);
	assert_int_equal(mkdir(file_of(&key), 0700), 0); /* something else: as good as none, and in nobody's way */
	assert_false(is_found(&key));
	seccomp_cache_keep(root, &key, &program);
	assert_int_equal(count_files(), 1);
}

/* Only what is ours alone to write counts. */
static void writable_by_others(void **state)
{
	(void)state;
	struct seccomp_key key = seccomp_key(&profile, &arena);
	const char *dir = arena_fmt(&arena, "%s/" SECCOMP_CACHE_DIR, root);
	seccomp_cache_keep(root, &key, &program);
	assert_int_equal(chmod(file_of(&key), 0620), 0);
	assert_false(is_found(&key));
	assert_int_equal(chmod(file_of(&key), 0600), 0);
	assert_int_equal(chmod(dir, 0770), 0);
	assert_false(is_found(&key));
	assert_int_equal(chmod(dir, 0700), 0);
	assert_true(is_found(&key));
	if (geteuid() == 0) {
		assert_int_equal(chown(file_of(&key), 1, 0), 0);
		assert_false(is_found(&key));
		assert_int_equal(chown(file_of(&key), 0, 0), 0);
	}
	const char *moved = arena_fmt(&arena, "%s/elsewhere", root);
	assert_int_equal(rename(dir, moved), 0);
	assert_int_equal(symlink("elsewhere", dir), 0);
	assert_false(is_found(&key));
	seccomp_cache_keep(root, &key, &program); /* does nothing */
	assert_false(is_found(&key));
}

static void bounded(void **state)
{
	(void)state;
	char text[32];
	for (int i = 0; i < SECCOMP_CACHE_MAX + 10; i++) {
		snprintf(text, sizeof(text), "call%d", i);
		names[0] = text;
		struct seccomp_key key = seccomp_key(&profile, &arena);
		seccomp_cache_keep(root, &key, &program);
		assert_true(is_found(&key));
		assert_true(count_files() <= SECCOMP_CACHE_MAX);
	}
	names[0] = "read";
	assert_int_equal(count_files(), SECCOMP_CACHE_MAX);
}

/* Eight at once: nobody finds half of it. */
static void many_writers(void **state)
{
	(void)state;
	struct seccomp_key key = seccomp_key(&profile, &arena);
	for (int i = 0; i < 8; i++) {
		pid_t pid = fork();
		for (int k = 0; pid == 0 && k < 50; k++) {
			seccomp_cache_keep(root, &key, &program);
			if (!is_found(&key))
				_exit(1);
		}
		if (pid == 0)
			_exit(0);
	}
	for (int i = 0, status; i < 8; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(count_files(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(kept_and_found, setup, teardown),
		cmocka_unit_test_setup_teardown(keys, setup, teardown),
		cmocka_unit_test_setup_teardown(same_name_other_profile, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(writable_by_others, setup, teardown),
		cmocka_unit_test_setup_teardown(bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(many_writers, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
