/* SPDX-License-Identifier: Apache-2.0 */

/* How containers are shown.
 *
 * Names of users come from /etc/passwd itself: the C library's lookup would load whatever name
 * services the host has configured, and a directory server that does not answer would make `list`
 * wait. */
#include "cli/describe.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "plan/op.h"
#include "spec/state.h"
#include "sys/fd.h"

#define PASSWD_MAX ((size_t)4 << 20)

static int read_passwd(struct buf *out)
{
	struct err ignored;
	_cleanup_close_ int fd = fd_open("/etc/passwd", O_RDONLY, &ignored);
	char part[4096];
	ssize_t n = 1;

	if (fd < 0)
		return -1;
	while (n > 0 && out->size < PASSWD_MAX) {
		n = fd_read_text(fd, part, sizeof(part), "/etc/passwd", &ignored);
		if (n > 0)
			buf_add(out, part, (size_t)n);
	}
	return out->size ? 0 : -1;
}

/* "name:password:uid:…" */
static bool is_line_of(const char *line, uint64_t uid, size_t *ret_size)
{
	char wanted[24];
	size_t name = span_until(line, ":\n"), n;
	const char *field = line + name;

	if (*field != ':' || name == 0)
		return false;
	field += 1 + span_until(field + 1, ":\n");
	n = (size_t)snprintf(wanted, sizeof(wanted), ":%llu:", (unsigned long long)uid);
	*ret_size = name;
	return strncmp(field, wanted, n) == 0;
}

static bool find_name(const char *passwd, uint64_t uid, char buf[OWNER_SIZE])
{
	size_t size;

	for (const char *line = passwd; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (is_line_of(line, uid, &size) && size < OWNER_SIZE) {
			memcpy(buf, line, size);
			buf[size] = '\0';
			return true;
		}
	}
	return false;
}

const char *describe_owner(uint64_t uid, char buf[OWNER_SIZE])
{
	_cleanup_(buf_done) struct buf passwd = {};

	if (uid == 0)
		return "root"; /* the usual one: no file to be read */
	if (read_passwd(&passwd) < 0 || !find_name(passwd.data, uid, buf))
		snprintf(buf, OWNER_SIZE, "#%llu", (unsigned long long)uid);
	return buf;
}

int64_t describe_pid(const struct container_info *info)
{
	return info->status == STATUS_STOPPED ? 0 : info->state->pid;
}

static void write_member(struct writer *w, const char *key, const char *value)
{
	writer_key(w, key);
	writer_string(w, value);
}

void describe_json(const struct container_info *info, struct writer *w)
{
	const struct state *s = info->state;
	char owner[OWNER_SIZE];

	writer_open(w, '{');
	write_member(w, "ociVersion", s->oci_version);
	write_member(w, "id", s->id);
	writer_key(w, "pid");
	writer_i64(w, describe_pid(info));
	write_member(w, "status", status_names[info->status]);
	write_member(w, "bundle", s->bundle);
	write_member(w, "rootfs", s->rootfs);
	write_member(w, "created", s->created);
	if (s->annotations.n > 0) {
		writer_key(w, "annotations");
		writer_open(w, '{');
		for (size_t i = 0; i < s->annotations.n; i++)
			write_member(w, s->annotations.items[i].key, s->annotations.items[i].value);
		writer_close(w, '}');
	}
	write_member(w, "owner", describe_owner(s->owner, owner));
	writer_close(w, '}');
}
