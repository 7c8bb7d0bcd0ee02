/* SPDX-License-Identifier: Apache-2.0 */
/* A tree with one of everything is described as text, as is its copy; the texts must be the same.  That the
 * description would show a difference is a test, too. */
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "sys/copytree.h"
#include "sys/fd.h"
#include "sys/walk.h"

static const struct copytree_options plain = { 0 };

/* ---- a place to work in: the directories "from" and "to" below a temporary one ------------------------------- */

struct place {
	char path[64];
	int top, from, to;
};

static int directory(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static int make_directory(int at, const char *name)
{
	assert_return_code(mkdirat(at, name, 0755), errno);
	return directory(at, name);
}

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	umask(077); /* has no say */
	if (!p)
		return -1;
	snprintf(p->path, sizeof(p->path), "/tmp/copytree.XXXXXX");
	if (!mkdtemp(p->path))
		return -1;
	p->top = directory(AT_FDCWD, p->path);
	p->from = make_directory(p->top, "from");
	p->to = make_directory(p->top, "to");
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	struct err e = { 0 };
	close(p->from);
	close(p->to);
	close(p->top);
	_cleanup_close_ int tmp = directory(AT_FDCWD, "/tmp");
	int r = remove_tree(tmp, strrchr(p->path, '/') + 1, &e);
	free(p);
	return r;
}

static void put(int dir, const char *name, const char *text, mode_t mode)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_return_code(fchmod(fd, mode), errno);
	close(fd);
}

/* False where this file system or our privileges do not allow it. */
static bool give(int dir, const char *name, const char *attr, const void *value, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	int r = fsetxattr(fd, attr, value, size, 0);
	close(fd);
	return r == 0;
}

static void date(int dir, const char *name, time_t seconds, long ns)
{
	struct timespec times[2] = { { seconds, ns }, { seconds + 1, ns + 1 } };
	assert_return_code(utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW), errno);
}

/* ---- a tree as text ------------------------------------------------------------------------------------------ */

struct seen {
	ino_t ino;
	char path[256];
};

struct describe {
	struct buf out;
	struct seen seen[64];
	size_t n_seen;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void describe_attrs(struct describe *d, int parent, const char *name)
{
	char names[4096], value[4096], *list[32];
	size_t n_list = 0;
	_cleanup_close_ int home = open(".", O_PATH | O_CLOEXEC);
	assert_return_code(fchdir(parent), errno);
	ssize_t n = llistxattr(name, names, sizeof(names));
	for (char *a = names; n > 0 && a < names + n; a += strlen(a) + 1)
		list[n_list++] = a;
	qsort(list, n_list, sizeof(list[0]), by_name);
	for (size_t i = 0; i < n_list; i++) {
		ssize_t size = lgetxattr(name, list[i], value, sizeof(value));
		buf_printf(&d->out, " %s=", list[i]);
		for (ssize_t k = 0; k < size; k++)
			buf_printf(&d->out, "%02x", (unsigned char)value[k]);
	}
	assert_return_code(fchdir(home), errno);
}

/* Contents, and where they lie. */
static void describe_file(struct describe *d, int fd, off_t size)
{
	uint64_t sum = 14695981039346656037u;
	unsigned char data[4096];
	ssize_t n;
	while ((n = read(fd, data, sizeof(data))) > 0)
		for (ssize_t i = 0; i < n; i++)
			sum = (sum ^ data[i]) * 1099511628211u;
	buf_printf(&d->out, " sum=%016llx data=", (unsigned long long)sum);
	for (off_t at = 0; at < size;) {
		off_t from = lseek(fd, at, SEEK_DATA);
		if (from < 0)
			break;
		at = lseek(fd, from, SEEK_HOLE);
		buf_printf(&d->out, "%lld-%lld,", (long long)from, (long long)at);
	}
}

static void describe_names(struct describe *d, const struct stat *st, const char *path)
{
	if (S_ISDIR(st->st_mode) || st->st_nlink < 2)
		return;
	size_t i = 0;
	while (i < d->n_seen && d->seen[i].ino != st->st_ino)
		i++;
	assert_true(i < sizeof(d->seen) / sizeof(d->seen[0]));
	if (i == d->n_seen) {
		d->seen[d->n_seen++].ino = st->st_ino;
		snprintf(d->seen[i].path, sizeof(d->seen[i].path), "%s", path);
	}
	buf_printf(&d->out, " links=%u same-as=%s", (unsigned)st->st_nlink, d->seen[i].path);
}

static void describe_one(struct describe *d, int parent, const char *name, const char *path)
{
	char text[4096];
	struct stat st;
	assert_return_code(fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW), errno);
	buf_printf(&d->out, "%s %06o %u:%u", path, st.st_mode, st.st_uid, st.st_gid);
	buf_printf(&d->out, " mtime=%lld.%09ld", (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	if (!S_ISLNK(st.st_mode)) /* reading one would change it here and now */
		buf_printf(&d->out, " atime=%lld.%09ld", (long long)st.st_atim.tv_sec, st.st_atim.tv_nsec);
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		buf_printf(&d->out, " device=%u:%u", major(st.st_rdev), minor(st.st_rdev));
	ssize_t n = readlinkat(parent, name, text, sizeof(text) - 1);
	if (n >= 0)
		buf_printf(&d->out, " -> %.*s", (int)n, text);
	describe_names(d, &st, path);
	describe_attrs(d, parent, name);
	if (S_ISREG(st.st_mode)) {
		_cleanup_close_ int fd = openat(parent, name, O_RDONLY | O_NOATIME | O_CLOEXEC);
		buf_printf(&d->out, " size=%lld", (long long)st.st_size);
		describe_file(d, fd, st.st_size);
	}
	buf_char(&d->out, '\n');
}

static void describe_below(struct describe *d, int dir, const char *path)
{
	char *names[256], below[512];
	size_t n = 0;
	DIR *stream = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_NOATIME | O_CLOEXEC));
	assert_non_null(stream);
	for (struct dirent *entry; (entry = readdir(stream));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
			assert_true(n < sizeof(names) / sizeof(names[0]));
			names[n++] = strdup(entry->d_name);
		}
	closedir(stream);
	qsort(names, n, sizeof(names[0]), by_name);
	for (size_t i = 0; i < n; i++) {
		snprintf(below, sizeof(below), "%s/%s", path, names[i]);
		describe_one(d, dir, names[i], below);
		int sub = openat(dir, names[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC);
		if (sub >= 0) {
			describe_below(d, sub, below);
			close(sub);
		}
		free(names[i]);
	}
}

/* The caller's to free. */
static char *describe(int dir)
{
	struct describe *d = calloc(1, sizeof(*d));
	assert_non_null(d);
	describe_one(d, dir, ".", ".");
	describe_below(d, dir, ".");
	char *text = d->out.data;
	free(d);
	return text;
}

static void copied(int from, int to)
{
	struct err e = { 0 };
	char line[1024];
	if (copytree(from, to, &plain, &e) < 0)
		fail_msg("%s", err_line(&e, line, sizeof(line)));
}

/* Described before, since reading may change what is read. */
static void copies_the_same(struct place *p)
{
	char *before = describe(p->from);
	copied(p->from, p->to);
	char *after = describe(p->to);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

/* ---- one of everything --------------------------------------------------------------------------------------- */

static const char acl[] = "\2\0\0\0"
			  "\1\0\6\0\377\377\377\377" /* user::rw- */
			  "\2\0\7\0\350\3\0\0"	     /* user:1000:rwx */
			  "\4\0\4\0\377\377\377\377" /* group::r-- */
			  "\20\0\7\0\377\377\377\377" /* mask::rwx */
			  "\40\0\4\0\377\377\377\377"; /* other::r-- */
#define ACL_SIZE (sizeof(acl) - 1)
static const char capability[] = "\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0"; /* cap_net_bind_service=ep */
#define CAP_SIZE (sizeof(capability) - 1)

static void make_sparse(int dir, const char *name)
{
	_cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(pwrite(fd, "begin", 5, 0), 5);
	assert_int_equal(pwrite(fd, "middle", 6, 5 << 20), 6);
	assert_return_code(ftruncate(fd, 10 << 20), errno);
}

static void make_large(int dir, const char *name)
{
	_cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	char block[4096];
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (char)(i * 7);
	for (int i = 0; i < 200; i++) {
		block[0] = (char)i;
		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	}
	assert_int_equal(write(fd, "tail", 4), 4);
}

static void make_tree(int top)
{
	_cleanup_close_ int etc = make_directory(top, "etc"), sub = make_directory(etc, "sub"),
			    other = make_directory(top, "zother"), empty = make_directory(top, "empty");
	put(etc, "passwd", "root:x:0:0\n", 0644);
	put(etc, "empty", "", 0);
	put(etc, "a\nname, with: \\ all \377", "x", 0604);
	put(sub, "hard", "one file\n", 0640);
	assert_return_code(linkat(sub, "hard", sub, "hard-here", 0), errno);
	assert_return_code(linkat(sub, "hard", other, "hard-there", 0), errno);
	assert_return_code(linkat(sub, "hard", top, "hard-top", 0), errno);
	assert_return_code(symlinkat("/etc/passwd", etc, "absolute"), errno);
	assert_return_code(symlinkat("../../nowhere", sub, "dangling"), errno);
	assert_return_code(linkat(sub, "dangling", other, "dangling-there", 0), errno);
	assert_return_code(symlinkat("sub", etc, "directory"), errno);
	assert_return_code(mkfifoat(etc, "fifo", 0600), errno);
	assert_return_code(mknodat(etc, "socket", S_IFSOCK | 0755, 0), errno);
	put(top, "setuid", "#!/bin/sh\n", 04755);
	make_sparse(top, "sparse");
	make_large(top, "large");
	date(etc, "absolute", 1000000001, 123456789);
	date(etc, "fifo", 1000000002, 999999998);
	date(etc, "passwd", 1000000003, 1);
	date(top, "empty", -5, 7);
	assert_return_code(fchmodat(etc, "fifo", 0666, 0), errno);
	assert_return_code(fchmod(empty, 01777), errno);
	assert_return_code(fchmod(other, 02575), errno);
	date(top, "zother", 1000000004, 5);
	date(etc, "sub", 1000000005, 6);
	date(top, "etc", 1000000006, 8);
	date(top, ".", 1000000007, 9);
}

static void test_everything(void **state)
{
	struct place *p = *state;
	make_tree(p->from);
	copies_the_same(p);
}

static void test_times_of_symlink(void **state)
{
	struct place *p = *state;
	struct stat st;
	assert_return_code(symlinkat("x", p->from, "l"), errno);
	date(p->from, "l", 123456789, 987654321);
	copied(p->from, p->to);
	assert_return_code(fstatat(p->to, "l", &st, AT_SYMLINK_NOFOLLOW), errno);
	assert_true(st.st_atim.tv_sec == 123456789 && st.st_atim.tv_nsec == 987654321);
	assert_true(st.st_mtim.tv_sec == 123456790 && st.st_mtim.tv_nsec == 987654322);
}

/* Another file system may have other holes at most: compared are those of files with none but large ones. */
static void test_to_tmpfs(void **state)
{
	struct place *p = *state;
	char path[] = "/dev/shm/copytree.XXXXXX";
	struct err e = { 0 };
	make_tree(p->from);
	if (!mkdtemp(path))
		skip();
	_cleanup_close_ int shm = directory(AT_FDCWD, "/dev/shm"), to = directory(AT_FDCWD, path);
	char *before = describe(p->from);
	copied(p->from, to);
	char *after = describe(to);
	assert_return_code(remove_tree(shm, strrchr(path, '/') + 1, &e), 0);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void test_description_sees_all(void **state)
{
	struct place *p = *state;
	_cleanup_close_ int d = make_directory(p->from, "d");
	put(d, "f", "text", 0644);
	put(d, "g", "text", 0644);
	assert_return_code(symlinkat("x", d, "l"), errno);
	date(d, "f", 1, 1);
	char *last = describe(p->from);
	for (int change = 0; change < 7; change++) {
		switch (change) {
		case 0: assert_return_code(fchmodat(d, "f", 0600, 0), errno); break;
		case 1: date(d, "f", 1, 2); break;
		case 2: assert_true(give(d, "f", "user.x", "y", 1)); break;
		case 3: date(d, "l", 3, 3); break;
		case 4: date(p->from, "d", 3, 3); break;
		case 5:
			unlinkat(d, "g", 0);
			assert_return_code(linkat(d, "f", d, "g", 0), errno);
			date(p->from, "d", 3, 3);
			break;
		case 6: {
			_cleanup_close_ int fd = openat(d, "f", O_WRONLY | O_CLOEXEC);
			assert_int_equal(write(fd, "tex!", 4), 4);
			date(d, "f", 1, 2);
		}
		}
		char *now = describe(p->from);
		if (strcmp(last, now) == 0)
			fail_msg("change %d is not seen", change);
		free(last);
		last = now;
	}
	free(last);
}

static void test_attributes(void **state)
{
	struct place *p = *state;
	_cleanup_close_ int d = make_directory(p->from, "d");
	put(d, "f", "text", 0644);
	put(d, "second", "text", 0644);
	assert_return_code(linkat(d, "f", p->from, "f-too", 0), errno);
	if (!give(d, "f", "user.\303\244 name", "value\0with", 10) || !give(p->from, ".", "user.top", "", 0))
		skip();
	if (!give(d, "f", "system.posix_acl_access", acl, ACL_SIZE) ||
	    !give(p->from, "d", "system.posix_acl_default", acl, ACL_SIZE) ||
	    !give(p->from, ".", "system.posix_acl_default", acl, ACL_SIZE))
		skip();
	copies_the_same(p);
}

static void test_attributes_of_root(void **state)
{
	struct place *p = *state;
	static const char label[] = "system_u:object_r:etc_t:s0";
	put(p->from, "f", "text", 0755);
	assert_return_code(symlinkat("x", p->from, "l"), errno);
	assert_return_code(mkfifoat(p->from, "p", 0644), errno);
	if (!give(p->from, "f", "security.capability", capability, CAP_SIZE) || !give(p->from, "f", "trusted.x", "y", 1))
		skip();
	assert_return_code(fchdir(p->from), errno);
	assert_return_code(lsetxattr("l", "trusted.of-link", "z", 1, 0), errno);
	assert_return_code(lsetxattr("p", "system.posix_acl_access", acl, ACL_SIZE, 0), errno);
	if (lsetxattr("l", "security.selinux", label, sizeof(label), 0) < 0)
		print_message("no labels on this file system\n");
	copies_the_same(p);
}

static void test_devices_and_owners(void **state)
{
	struct place *p = *state;
	if (mknodat(p->from, "null", S_IFCHR | 0666, makedev(1, 3)) < 0 || fchownat(p->from, "null", 12, 34, 0) < 0)
		skip();
	assert_return_code(mknodat(p->from, "block", S_IFBLK | 0640, makedev(259, 70000)), errno);
	assert_return_code(mknodat(p->from, "whiteout", S_IFCHR, makedev(0, 0)), errno);
	put(p->from, "suid", "x", 0755);
	assert_return_code(fchownat(p->from, "suid", 1000, 1001, 0), errno);
	assert_return_code(fchmodat(p->from, "suid", 06711, 0), errno);
	assert_return_code(symlinkat("x", p->from, "link"), errno);
	assert_return_code(fchownat(p->from, "link", 5, 6, AT_SYMLINK_NOFOLLOW), errno);
	close(make_directory(p->from, "d"));
	assert_return_code(fchownat(p->from, "d", 70000, 4000000000u, 0), errno);
	assert_return_code(fchown(p->from, 7, 8), errno);
	copies_the_same(p);
}

/* ---- ids ------------------------------------------------------------------------------------------------------ */

static int by_hundred_thousand(void *data, enum id_kind kind, uint32_t *id)
{
	const uint32_t *n = data;
	if (*id >= *n)
		return -1;
	*id += kind == ID_USER ? 100000 : 200000;
	return 0;
}

static void test_shift(void **state)
{
	struct place *p = *state;
	uint32_t n = 65536;
	const struct copytree_options o = { .shift = by_hundred_thousand, .data = &n };
	struct err e = { 0 };
	char value[64], shifted[ACL_SIZE];
	struct stat st;
	put(p->from, "f", "x", 0755);
	assert_return_code(symlinkat("f", p->from, "l"), errno);
	if (fchownat(p->from, "f", 10, 20, 0) < 0 || !give(p->from, "f", "security.capability", capability, CAP_SIZE) ||
	    !give(p->from, ".", "system.posix_acl_default", acl, ACL_SIZE))
		skip();
	assert_return_code(copytree(p->from, p->to, &o, &e), 0);
	assert_return_code(fstatat(p->to, "f", &st, 0), errno);
	assert_true(st.st_uid == 100010 && st.st_gid == 200020);
	assert_return_code(fstatat(p->to, "l", &st, AT_SYMLINK_NOFOLLOW), errno);
	assert_true(st.st_uid == 100000 && st.st_gid == 200000);
	assert_return_code(fstat(p->to, &st), errno);
	assert_true(st.st_uid == 100000 && st.st_gid == 200000);

	_cleanup_close_ int f = openat(p->to, "f", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fgetxattr(f, "security.capability", value, sizeof(value)), 24);
	assert_memory_equal(value, "\1\0\0\3\0\4\0\0", 8);
	assert_memory_equal(value + 20, "\240\206\1\0", 4);
	memcpy(shifted, acl, ACL_SIZE);
	memcpy(shifted + 16, "\210\212\1\0", 4); /* user 1000 has become 101000 */
	assert_int_equal(fgetxattr(p->to, "system.posix_acl_default", value, sizeof(value)), ACL_SIZE);
	assert_memory_equal(value, shifted, ACL_SIZE);
}

static void test_shift_refused(void **state)
{
	struct place *p = *state;
	uint32_t n = 0;
	const struct copytree_options o = { .shift = by_hundred_thousand, .data = &n, .doing = "testing" };
	struct err e = { 0 };
	char line[512], expected[128];
	_cleanup_close_ int etc = make_directory(p->from, "etc");
	put(etc, "passwd", "x", 0644);
	assert_int_equal(copytree(p->from, p->to, &o, &e), -1);
	assert_string_equal(e.path, "etc/passwd");
	snprintf(expected, sizeof(expected), "while testing: user %u has no place in the id mapping: etc/passwd", geteuid());
	assert_string_equal(err_line(&e, line, sizeof(line)), expected);
}

/* ---- what is said of an error --------------------------------------------------------------------------------- */

static void fails(int from, int to, const char *call, const char *path, int num)
{
	struct err e = { 0 };
	assert_int_equal(copytree(from, to, &plain, &e), -1);
	assert_string_equal(e.path, path);
	assert_string_equal(e.call, call);
	assert_int_equal(e.num, num);
	assert_true(strncmp(e.text, "while copying up", 16) == 0);
}

static void test_not_empty(void **state)
{
	struct place *p = *state;
	_cleanup_close_ int a = make_directory(p->from, "etc");
	close(make_directory(p->to, "etc"));
	fails(p->from, p->to, "mkdirat", "etc", EEXIST);
	put(p->from, "f", "x", 0644);
	put(p->to, "f", "mine", 0600);
	fails(p->from, p->to, "create", "f", EEXIST);
	assert_return_code(unlinkat(p->to, "etc", AT_REMOVEDIR), errno);
	assert_return_code(unlinkat(p->from, "f", 0), errno);
	put(a, "g", "x", 0644);
	assert_return_code(symlinkat("/tmp", p->to, "etc"), errno); /* not followed */
	fails(p->from, p->to, "mkdirat", "etc", EEXIST);
}

static void test_into_itself(void **state)
{
	struct place *p = *state;
	struct err e = { 0 };
	_cleanup_close_ int a = make_directory(p->from, "a"), b = make_directory(a, "b");
	assert_int_equal(copytree(p->from, b, &plain, &e), -1);
	assert_string_equal(e.path, "a/b");
	assert_int_equal(e.num, 0);
	memset(&e, 0, sizeof(e));
	assert_int_equal(copytree(p->from, p->from, &plain, &e), -1);
	assert_string_equal(e.path, ".");
}

static void test_long_path(void **state)
{
	struct place *p = *state;
	char name[] = "123456789012345678901234567890-0";
	int dir = dup(p->from), twin;
	struct err e = { 0 };
	for (int i = 0; i < 12; i++) {
		int next = make_directory(dir, name);
		close(dir);
		dir = next;
	}
	put(dir, "last", "x", 0644);
	uint32_t n = 0;
	const struct copytree_options o = { .shift = by_hundred_thousand, .data = &n };
	assert_int_equal(copytree(p->from, p->to, &o, &e), -1);
	assert_true(strlen(e.path) > 200 && strlen(e.path) < sizeof(e.path));
	assert_true(strncmp(e.path, "...", 3) == 0);
	twin = (int)strlen(e.path);
	assert_string_equal(e.path + twin - 7, "-0/last");
	close(dir);
}

/* In a mount namespace of its own; ends the child with 77 where that is not allowed. */
static void small_tmpfs(const char *path)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", path, "tmpfs", 0, "size=64k,nr_inodes=64") < 0)
		_exit(77);
}

/* The test in a child of its own: a failed assertion there ends it with 1. */
static void in_child(void (*test)(struct place *p), struct place *p)
{
	int status;
	pid_t pid = fork();
	assert_return_code(pid, errno);
	if (pid == 0) {
		test(p);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define MUST(x)                                                       \
	do {                                                          \
		if (!(x)) {                                           \
			fprintf(stderr, "%d: not so: %s\n", __LINE__, #x); \
			_exit(1);                                     \
		}                                                     \
	} while (0)

static void full(struct place *p)
{
	struct err e = { 0 };
	char line[512], to[128];
	snprintf(to, sizeof(to), "%s/to", p->path);
	small_tmpfs(to);
	int fd = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	MUST(copytree(p->from, fd, &plain, &e) < 0);
	MUST(strcmp(err_line(&e, line, sizeof(line)),
		    "while copying up: write \"var/large\": No space left on device") == 0);
}

static void test_full(void **state)
{
	struct place *p = *state;
	_cleanup_close_ int var = make_directory(p->from, "var");
	make_large(var, "large");
	in_child(full, p);
}

static void mounted(struct place *p)
{
	struct err e = { 0 };
	char path[128];
	snprintf(path, sizeof(path), "%s/from/mnt", p->path);
	small_tmpfs(path);
	/* Those that were opened before see the mounts of before. */
	int top = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), from = openat(top, "from", O_RDONLY | O_CLOEXEC);
	int mnt = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	MUST(mkdirat(mnt, "below", 0711) == 0);
	MUST(mknodat(mnt, "below/seen", S_IFREG | 0644, 0) == 0);
	MUST(copytree(from, p->to, &plain, &e) == 0);
	MUST(faccessat(p->to, "mnt/below/seen", F_OK, 0) == 0);
	MUST(faccessat(p->to, "mnt/covered", F_OK, 0) < 0);
	MUST(remove_tree(top, "from", &e) < 0 && e.num == EXDEV);
	MUST(strcmp(e.path, "mnt") == 0);
	MUST(faccessat(mnt, "below/seen", F_OK, 0) == 0);
}

static void test_mount_below(void **state)
{
	struct place *p = *state;
	_cleanup_close_ int mnt = make_directory(p->from, "mnt");
	put(mnt, "covered", "x", 0644);
	in_child(mounted, p);
}

/* ---- depth, and many --------------------------------------------------------------------------------------------- */

#define DEPTH 2500

static int deepest(int top, bool make)
{
	int dir = dup(top);
	for (int i = 0; i < DEPTH; i++) {
		if (make)
			assert_return_code(mkdirat(dir, "d", 0755), errno);
		int next = directory(dir, "d");
		close(dir);
		dir = next;
	}
	return dir;
}

/* Longer than any path may be, deeper than there are descriptors.  Links reach from top to bottom and back. */
static void test_deep(void **state)
{
	struct place *p = *state;
	struct rlimit old, few = { 64, 64 };
	struct err e = { 0 };
	struct stat a, b;
	int bottom = deepest(p->from, true);
	put(bottom, "file", "down here", 0640);
	assert_return_code(linkat(bottom, "file", p->from, "up", 0), errno);
	put(p->from, "top", "x", 0640);
	assert_return_code(linkat(p->from, "top", bottom, "down", 0), errno);
	close(make_directory(p->from, "e"));
	close(bottom);
	getrlimit(RLIMIT_NOFILE, &old);
	few.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_NOFILE, &few);
	int r = copytree(p->from, p->to, &plain, &e);
	setrlimit(RLIMIT_NOFILE, &old);
	assert_int_equal(r, 0);
	bottom = deepest(p->to, false);
	assert_return_code(fstatat(bottom, "file", &a, 0), errno);
	assert_return_code(fstatat(p->to, "up", &b, 0), errno);
	assert_true(a.st_ino == b.st_ino && a.st_nlink == 2 && a.st_size == 9);
	assert_return_code(fstatat(bottom, "down", &a, 0), errno);
	assert_return_code(fstatat(p->to, "top", &b, 0), errno);
	assert_true(a.st_ino == b.st_ino && a.st_nlink == 2);
	close(bottom);
	assert_return_code(faccessat(p->to, "e", F_OK, 0), errno);
}

/* More than a buffer of names holds, and more links than the table begins with. */
static void test_many(void **state)
{
	struct place *p = *state;
	char name[64];
	struct stat a, b;
	_cleanup_close_ int x = make_directory(p->from, "x"), y = make_directory(p->from, "y");
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "a file with a rather long name, number %d", i);
		assert_return_code(mknodat(x, name, S_IFREG | 0644, 0), errno);
		assert_return_code(linkat(x, name, y, name, 0), errno);
		snprintf(name, sizeof(name), "d%d", i);
		assert_return_code(mkdirat(i % 2 ? x : y, name, 0700), errno);
	}
	copied(p->from, p->to);
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "x/a file with a rather long name, number %d", i);
		assert_return_code(fstatat(p->to, name, &a, 0), errno);
		name[0] = 'y';
		assert_return_code(fstatat(p->to, name, &b, 0), errno);
		assert_true(a.st_ino == b.st_ino && a.st_nlink == 2);
		snprintf(name, sizeof(name), "%c/d%d", i % 2 ? 'x' : 'y', i);
		assert_return_code(fstatat(p->to, name, &a, 0), errno);
	}
}

/* ---- other kernels, and calls that fail -------------------------------------------------------------------------- */

/* From now on these system calls of the process fail with this error. */
static bool refuse_calls(const int *numbers, size_t n, int num)
{
	struct sock_filter filter[40] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)) };
	struct sock_fprog program = { .filter = filter };
	unsigned short at = 1;
	for (size_t i = 0; i < n; i++) {
		filter[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)numbers[i], 0, 1);
		filter[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)num);
	}
	filter[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = at;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* setxattrat and its like, fchmodat2, copy_file_range, FICLONE: none of them is there. */
static void on_old_kernel(struct place *p)
{
	static const int missing[] = { 463, 464, 465, 466, 452, SYS_copy_file_range, SYS_ioctl };
	struct err e = { 0 };
	char before[4096], after[4096];
	MUST(chdir("/usr") == 0 && getcwd(before, sizeof(before)));
	MUST(refuse_calls(missing, sizeof(missing) / sizeof(missing[0]), ENOSYS));
	MUST(copytree(p->from, p->to, &plain, &e) == 0);
	MUST(getcwd(after, sizeof(after)) && strcmp(before, after) == 0);
}

static void test_old_kernel(void **state)
{
	struct place *p = *state;
	make_tree(p->from);
	_cleanup_close_ int etc = directory(p->from, "etc");
	assert_return_code(fchdir(etc), errno);
	if (lsetxattr("absolute", "trusted.of-link", "z", 1, 0) < 0 || lsetxattr("fifo", "trusted.x", "z", 1, 0) < 0)
		print_message("without privileges, links have no attributes\n");
	char *before = describe(p->from);
	in_child(on_old_kernel, p);
	char *after = describe(p->to);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static int failing_call;

static size_t open_descriptors(void)
{
	size_t n = 0;
	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void with_failing_call(struct place *p)
{
	struct err e = { 0 };
	size_t before = open_descriptors();
	MUST(refuse_calls(&failing_call, 1, EIO));
	MUST(copytree(p->from, p->to, &plain, &e) < 0);
	MUST(e.num == EIO && e.call[0] && e.path[0]);
	MUST(strncmp(e.text, "while copying up", 16) == 0);
	MUST(open_descriptors() == before);
}

static void test_each_call_fails(void **state)
{
	struct place *p = *state;
	static const int calls[] = { SYS_openat, SYS_getdents64, SYS_newfstatat, SYS_read,  SYS_write,	   SYS_lseek,
				     SYS_ftruncate, SYS_fchown, SYS_fchownat, SYS_fchmod, SYS_mkdirat, SYS_mknodat,
				     SYS_symlinkat, SYS_readlinkat, SYS_linkat, SYS_utimensat, SYS_flistxattr, 465 };
	struct err e = { 0 };
	make_tree(p->from);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		failing_call = calls[i];
		in_child(with_failing_call, p);
		close(p->to);
		assert_return_code(remove_tree(p->top, "to", &e), 0);
		p->to = make_directory(p->top, "to");
	}
	copied(p->from, p->to); /* with none that fails */
}

/* ---- options, labels, removal ------------------------------------------------------------------------------------ */

static void test_keep_top(void **state)
{
	struct place *p = *state;
	const struct copytree_options o = { .keep_top = true };
	struct err e = { 0 };
	struct stat st;
	put(p->from, "f", "x", 0644);
	assert_return_code(fchmod(p->from, 0700), errno);
	assert_return_code(fchmod(p->to, 01777), errno);
	assert_return_code(copytree(p->from, p->to, &o, &e), 0);
	assert_return_code(fstat(p->to, &st), errno);
	assert_int_equal(st.st_mode & 07777, 01777);
	assert_return_code(faccessat(p->to, "f", F_OK, 0), errno);
}

static bool has_label(int dir, const char *name, const char *label)
{
	char value[128] = "";
	assert_return_code(fchdir(dir), errno);
	lgetxattr(name, "security.selinux", value, sizeof(value) - 1);
	return strcmp(value, label) == 0;
}

static void test_labels(void **state)
{
	struct place *p = *state;
	static const char label[] = "system_u:object_r:container_file_t:s0:c1,c2";
	static const char *const names[] = { ".", "d", "d/f", "d/link", "fifo" };
	const struct copytree_options o = { .no_labels = true };
	struct err e = { 0 };
	_cleanup_close_ int d = make_directory(p->from, "d");
	put(d, "f", "x", 0644);
	put(p->top, "outside", "x", 0644);
	assert_return_code(symlinkat("../../outside", d, "link"), errno);
	assert_return_code(mkfifoat(p->from, "fifo", 0644), errno);
	if (relabel_tree(p->from, label, &e) < 0) {
		assert_true(err_is(&e, EOPNOTSUPP) || err_is(&e, EPERM) || err_is(&e, EINVAL));
		skip();
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_true(has_label(p->from, names[i], label));
	assert_false(has_label(p->top, "outside", label));
	assert_return_code(copytree(p->from, p->to, &o, &e), 0);
	assert_false(has_label(p->to, "d/link", label));
}

static void test_label_of_what_has_none(void **state)
{
	struct err e = { 0 };
	(void)state;
	_cleanup_close_ int proc = directory(AT_FDCWD, "/proc/self/fdinfo");
	assert_int_equal(relabel_tree(proc, "x", &e), -1);
	assert_true(strncmp(e.text, "while labelling", 15) == 0);
	assert_true(e.num != 0 && e.path[0]);
}

static void test_remove(void **state)
{
	struct place *p = *state;
	struct err e = { 0 };
	make_tree(p->from);
	put(p->top, "outside", "x", 0644);
	assert_return_code(symlinkat("../outside", p->from, "to-file"), errno);
	assert_return_code(symlinkat("../to", p->from, "to-directory"), errno);
	assert_return_code(symlinkat("from", p->top, "link"), errno);
	assert_return_code(remove_tree(p->top, "link", &e), 0);
	assert_return_code(faccessat(p->from, "etc", F_OK, 0), errno);
	assert_return_code(remove_tree(p->top, "from", &e), 0);
	assert_int_equal(faccessat(p->top, "from", F_OK, 0), -1);
	assert_return_code(faccessat(p->top, "outside", F_OK, 0), errno);
	assert_return_code(faccessat(p->top, "to", F_OK, 0), errno);
	assert_return_code(remove_tree(p->top, "none", &e), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_everything),
		TEST(test_times_of_symlink),
		TEST(test_to_tmpfs),
		TEST(test_description_sees_all),
		TEST(test_attributes),
		TEST(test_attributes_of_root),
		TEST(test_devices_and_owners),
		TEST(test_shift),
		TEST(test_shift_refused),
		TEST(test_not_empty),
		TEST(test_into_itself),
		TEST(test_long_path),
		TEST(test_full),
		TEST(test_mount_below),
		TEST(test_deep),
		TEST(test_many),
		TEST(test_old_kernel),
		TEST(test_each_call_fails),
		TEST(test_keep_top),
		TEST(test_labels),
		TEST(test_label_of_what_has_none),
		TEST(test_remove),
	};

	return cmocka_run_group_tests_name("copytree", tests, NULL, NULL);
}
