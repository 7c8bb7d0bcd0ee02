/* SPDX-License-Identifier: Apache-2.0 */
/* An entry is "KIND SIZE:VALUE\n", so a value may hold anything and a torn one is recognised. */
#include "run/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "run/statedir.h"
#include "sys/fd.h"

static const char *const kinds[N_JOURNAL] = { "bundle", "cgroup", "unit", "resctrl", "mntns", "mounts" };

int journal_append(int dir, const struct journal *entries, struct err *e)
{
	struct buf text = { 0 };
	for (size_t i = 0; i < entries->n; i++) {
		const struct journal_entry *j = &entries->items[i];
		buf_printf(&text, "%s %zu:%s\n", kinds[j->kind], strlen(j->value), j->value);
	}
	_cleanup_close_ int fd = fd_open_at(dir, JOURNAL, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600, e);
	int r = fd < 0 ? -1 : fd_write_all(fd, text.data, text.size, JOURNAL, e);
	buf_done(&text);
	return r;
}

static int find_kind(const char *word, size_t n)
{
	for (int k = 0; k < N_JOURNAL; k++)
		if (strlen(kinds[k]) == n && memcmp(kinds[k], word, n) == 0)
			return k;
	return -1;
}

/* One entry from *text on; false where it is torn or no entry. */
static bool parse_entry(const char **text, const char *end, struct arena *a, struct journal_entry *ret)
{
	const char *s = *text, *space = memchr(s, ' ', (size_t)(end - s));
	const char *colon = space ? memchr(space, ':', (size_t)(end - space)) : NULL;
	if (!colon || colon - space > 8 || colon == space + 1)
		return false;
	size_t n = 0;
	for (const char *c = space + 1; c < colon; c++) {
		if (*c < '0' || *c > '9')
			return false;
		n = n * 10 + (size_t)(*c - '0');
	}
	int kind = find_kind(s, (size_t)(space - s));
	if (kind < 0 || (size_t)(end - colon - 1) < n + 1 || colon[1 + n] != '\n' || memchr(colon + 1, 0, n))
		return false;
	*ret = (struct journal_entry){ (enum journal_kind)kind, arena_strndup(a, colon + 1, n) };
	*text = colon + 1 + n + 1;
	return true;
}

void journal_parse(const char *text, size_t size, struct arena *a, struct journal *j)
{
	const char *end = text + size;
	size_t room = 0;
	for (const char *c = text; c < end; c++)
		room += *c == '\n';
	*j = (struct journal){ 0, ARENA_ARRAY(a, struct journal_entry, room + 1) };
	while (j->n < room && text < end && parse_entry(&text, end, a, &j->items[j->n]))
		j->n++;
}

int journal_read(int dir, struct arena *a, struct journal *ret_journal, struct err *e)
{
	*ret_journal = (struct journal){ 0 };
	_cleanup_close_ int fd = fd_open_at(dir, JOURNAL, O_RDONLY | O_NOFOLLOW, 0, e);
	struct stat st;
	if (fd < 0 && err_is(e, ENOENT)) {
		memset(e, 0, sizeof(*e));
		return 0; /* killed before there was one, and so before anything was made */
	}
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return err_call(e, "fstat", JOURNAL);
	size_t room = (size_t)(st.st_size < (16 << 20) ? st.st_size : (16 << 20)) + 1;
	char *text = arena_alloc(a, room);
	ssize_t n = fd_read_text(fd, text, room, JOURNAL, e);
	if (n < 0)
		return -1;
	journal_parse(text, (size_t)n, a, ret_journal);
	return 0;
}
