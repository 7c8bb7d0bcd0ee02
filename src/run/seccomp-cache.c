/* SPDX-License-Identifier: Apache-2.0 */
#include "run/seccomp-cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "run/seccomp.h"
#include "run/statedir.h"
#include "sys/fd.h"

#define MAGIC	 "socle seccomp 1"
#define FILE_MAX (4u << 20)

/* The file: this, the key, the program. */
struct entry { char magic[16]; uint32_t key_size, n_numbers; uint64_t sum; };

/* FNV-1a. */
static uint64_t hash(uint64_t h, const void *bytes, size_t size)
{
	const unsigned char *b = bytes;
	for (size_t i = 0; i < size; i++)
		h = (h ^ b[i]) * 0x100000001b3;
	return h;
}
#define HASH_BEGIN 0xcbf29ce484222325

/* ---- the key: every text ends with a NUL, every list with an empty one ------------------------------------------ */

static void add_text(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s) + 1);
}

static void add_texts(struct buf *b, const struct strings *s)
{
	for (size_t i = 0; i < s->n; i++)
		add_text(b, s->items[i]);
	add_text(b, "");
}

static void add_action(struct buf *b, const char *action, struct opt_u32 number)
{
	add_text(b, action);
	buf_printf(b, "%d %" PRIu32, number.set, number.v);
	add_text(b, "");
}

static void add_args(struct buf *b, const struct spec_syscall_args *args)
{
	for (size_t i = 0; i < args->n; i++) {
		const struct spec_syscall_arg *a = &args->items[i];
		buf_printf(b, "%" PRIu32 " %s %" PRIu64 " %" PRIu64, a->index, a->op, a->value, a->value_two.v);
		add_text(b, "");
	}
	add_text(b, "");
}

struct seccomp_key seccomp_key(const struct spec_seccomp *s, struct arena *a)
{
	struct buf b = { 0 };
	struct seccomp_key key;
	add_text(&b, seccomp_maker(a));
	add_action(&b, s->default_action, s->default_errno_ret);
	add_texts(&b, &s->architectures);
	for (size_t i = 0; i < s->syscalls.n; i++) {
		const struct spec_syscall *rule = &s->syscalls.items[i];
		add_action(&b, rule->action, rule->errno_ret);
		add_args(&b, &rule->args);
		add_texts(&b, &rule->names);
	}
	key.size = b.size;
	key.bytes = arena_copy(a, b.data, b.size);
	snprintf(key.name, sizeof(key.name), "%016" PRIx64, hash(HASH_BEGIN, b.data, b.size));
	buf_done(&b);
	return key;
}

/* ---- finding ------------------------------------------------------------------------------------------------- */

/* Whoever else could write to it could choose the filters of containers. */
static bool is_ours(int fd, mode_t type, off_t *ret_size)
{
	struct stat st;
	if (fstat(fd, &st) < 0 || (st.st_mode & S_IFMT) != type || st.st_uid != geteuid() || st.st_mode & 077)
		return false;
	*ret_size = st.st_size;
	return true;
}

static int open_dir(const char *state_root, bool make)
{
	struct err ignored = { 0 };
	off_t size;
	_cleanup_close_ int top = state_root_open(state_root, make, &ignored);
	if (top < 0 || (make && mkdirat(top, SECCOMP_CACHE_DIR, 0700) < 0 && errno != EEXIST))
		return -1;
	_cleanup_close_ int dir = fd_open_at(top, SECCOMP_CACHE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &ignored);
	return dir >= 0 && is_ours(dir, S_IFDIR, &size) ? fd_take(&dir) : -1;
}

static uint64_t sum(const struct entry *e, const char *behind)
{
	uint64_t h = hash(HASH_BEGIN, &e->key_size, sizeof(e->key_size) + sizeof(e->n_numbers));
	return hash(h, behind, e->key_size + e->n_numbers * sizeof(uint32_t));
}

/* Is this whole, and of this profile? */
static bool is_entry(const char *bytes, size_t size, const struct seccomp_key *key, struct entry *ret)
{
	if (size < sizeof(*ret))
		return false;
	memcpy(ret, bytes, sizeof(*ret));
	const char *behind = bytes + sizeof(*ret);
	return memcmp(ret->magic, MAGIC, sizeof(ret->magic)) == 0 && ret->key_size == key->size &&
	       ret->n_numbers > 0 && ret->n_numbers % 2 == 0 && ret->n_numbers / 2 <= BPF_MAXINSNS &&
	       size == sizeof(*ret) + ret->key_size + ret->n_numbers * sizeof(uint32_t) &&
	       memcmp(behind, key->bytes, key->size) == 0 && ret->sum == sum(ret, behind);
}

bool seccomp_cache_find(const char *state_root, const struct seccomp_key *key, struct arena *a, struct u32s *ret_program)
{
	struct err ignored = { 0 };
	struct entry e;
	off_t size;
	_cleanup_close_ int dir = open_dir(state_root, false);
	_cleanup_close_ int fd = dir < 0 ? -1 : fd_open_at(dir, key->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, &ignored);
	if (fd < 0 || !is_ours(fd, S_IFREG, &size) || size > FILE_MAX)
		return false;
	char *bytes = arena_alloc_raw(a, (size_t)size + 1);
	if (read(fd, bytes, (size_t)size) != size || !is_entry(bytes, (size_t)size, key, &e))
		return false;
	*ret_program = (struct u32s){ e.n_numbers, ARENA_ARRAY(a, uint32_t, e.n_numbers) };
	memcpy(ret_program->items, bytes + sizeof(e) + e.key_size, e.n_numbers * sizeof(uint32_t));
	return true;
}

/* ---- keeping --------------------------------------------------------------------------------------------------- */

static bool is_older(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec != b->st_mtim.tv_sec ? a->st_mtim.tv_sec < b->st_mtim.tv_sec
						       : a->st_mtim.tv_nsec < b->st_mtim.tv_nsec;
}

/* One goes when one comes; what somebody left half written is old some day, too. */
static void make_room(int dir)
{
	struct stat st, oldest = { 0 };
	char name[NAME_MAX + 1] = "";
	size_t n = 0;
	struct err ignored = { 0 };
	int copy = fd_open_at(dir, ".", O_RDONLY | O_DIRECTORY, 0, &ignored);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	if (!d)
		return;
	for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
		if (entry->d_name[0] == '.' || fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (n++ > 0 && !is_older(&st, &oldest))
			continue;
		oldest = st;
		snprintf(name, sizeof(name), "%s", entry->d_name);
	}
	closedir(d);
	if (n >= SECCOMP_CACHE_MAX)
		unlinkat(dir, name, 0);
}

static int write_entry(int dir, const char *name, const struct seccomp_key *key, const struct u32s *program, struct err *e)
{
	struct entry entry = { .key_size = (uint32_t)key->size, .n_numbers = (uint32_t)program->n };
	struct buf b = { 0 };
	_cleanup_close_ int fd = fd_open_at(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600, e);
	if (fd < 0)
		return -1;
	memcpy(entry.magic, MAGIC, sizeof(entry.magic));
	buf_add(&b, &entry, sizeof(entry));
	buf_add(&b, key->bytes, key->size);
	buf_add(&b, program->items, program->n * sizeof(uint32_t));
	entry.sum = sum(&entry, b.data + sizeof(entry));
	memcpy(b.data, &entry, sizeof(entry));
	int r = fd_write_all(fd, b.data, b.size, name, e);
	buf_done(&b);
	return r;
}

/* Under a name of our own first, so nobody reads half of it; of two who write the same the last one's stays. */
void seccomp_cache_keep(const char *state_root, const struct seccomp_key *key, const struct u32s *program)
{
	struct err ignored = { 0 };
	char next[64];
	_cleanup_close_ int dir = open_dir(state_root, true);
	if (dir < 0)
		return;
	make_room(dir);
	snprintf(next, sizeof(next), "%s-%d", key->name, getpid());
	bool written = write_entry(dir, next, key, program, &ignored) == 0 && renameat(dir, next, dir, key->name) == 0;
	if (!written && !err_is(&ignored, EEXIST))
		unlinkat(dir, next, 0);
}
