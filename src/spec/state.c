/* SPDX-License-Identifier: Apache-2.0 */

/* The state file, and what others get to see of it.
 *
 * The file is written and read by one table.  Another version of socle may find it: a version that
 * it does not know is refused rather than half understood. */
#include "spec/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/table.h"
#include "spec/tables.h"

ROWS(state, struct state) = {
	FIELD(state, version, "version", REQUIRED),
	FIELD(state, oci_version, "ociVersion", REQUIRED),
	FIELD(state, id, "id", REQUIRED),
	FIELD(state, bundle, "bundle", REQUIRED),
	FIELD(state, rootfs, "rootfs", REQUIRED),
	FIELD(state, created, "created", REQUIRED),
	FIELD(state, owner, "owner", REQUIRED),
	FIELD(state, pid, "pid", REQUIRED),
	FIELD(state, pid_start, "pidStart", REQUIRED),
	FIELD(state, started, "started", REQUIRED),
	FIELD(state, no_new_keyring, "noNewKeyring", OPTIONAL),
	FIELD(state, annotations, "annotations", OPTIONAL),
	ARRAY(state, poststart, "poststart", OPTIONAL, hook),
	ARRAY(state, poststop, "poststop", OPTIONAL, hook),
	FIELD(state, cgroups, "cgroups", OPTIONAL),
	FIELD(state, unit, "unit", OPTIONAL),
	FIELD(state, user_unit, "userUnit", OPTIONAL),
	FIELD(state, rdt, "rdt", OPTIONAL),
	FIELD(state, rdt_monitor, "rdtMonitor", OPTIONAL),
	FIELD(state, namespaces, "namespaces", OPTIONAL),
};
static TABLE(state);

const char *state_annotation(const struct state *s, const char *key)
{
	for (size_t i = 0; i < s->annotations.n; i++)
		if (strcmp(s->annotations.items[i].key, key) == 0)
			return s->annotations.items[i].value;
	return NULL;
}

void state_encode(const struct state *s, struct buf *out)
{
	struct writer w = { .out = out, .indent = 1, .wrap = 1 };

	table_write(&state_table, s, &w);
	buf_char(out, '\n');
}

/* The version alone: if it is another, the other rows may not fit, and it is the better reason to
 * give. */
ROWS(version, struct state) = {
	FIELD(version, version, "version", REQUIRED),
};
static TABLE(version);

static int read_as(const struct table *t, const char *text, size_t size, struct arena *a,
		   struct state **ret_state, struct err *e)
{
	struct problems p = {};
	void *object;

	if (table_read(t, text, size, a, &object, &p, e) < 0)
		return err_rule(e, NULL, "state file: %s%s%s", p.first->pointer,
				p.first->pointer[0] ? ": " : "", p.first->text);
	*ret_state = object;
	return 0;
}

int state_decode(const char *text, size_t size, struct arena *a, struct state **ret_state,
		 struct err *e)
{
	struct state *s;
	struct err unused;
	bool read = read_as(&state_table, text, size, a, &s, e) == 0;

	if (read && s->version == STATE_VERSION) {
		*ret_state = s;
		return 0;
	}
	if (read || read_as(&version_table, text, size, a, &s, &unused) == 0)
		if (s->version != STATE_VERSION)
			return err_rule(e, NULL, "state file: version %u, but this socle reads %d",
					s->version, STATE_VERSION);
	return -1;
}

static void write_pair(struct writer *w, const char *key, const char *value)
{
	writer_key(w, key);
	writer_string(w, value);
}

static void write_annotations(struct writer *w, const struct string_map *annotations)
{
	writer_key(w, "annotations");
	writer_open(w, '{');
	for (size_t i = 0; i < annotations->n; i++)
		write_pair(w, annotations->items[i].key, annotations->items[i].value);
	writer_close(w, '}');
}

/* A string, as runc has it; other names than root's would have to be looked up. */
static void write_owner(struct writer *w, uint64_t owner)
{
	char text[24];

	snprintf(text, sizeof(text), "#%" PRIu64, owner);
	write_pair(w, "owner", owner ? text : "root");
}

void state_encode_public(const struct state *s, const char *status, bool extended, int indent,
			 struct buf *out)
{
	struct writer w = { .out = out, .indent = indent, .wrap = indent ? WRITER_ALL : 0 };

	writer_open(&w, '{');
	write_pair(&w, "ociVersion", s->oci_version);
	write_pair(&w, "id", s->id);
	write_pair(&w, "status", status);
	if (strcmp(status, "stopped") != 0) {
		writer_key(&w, "pid");
		writer_i64(&w, s->pid);
	}
	write_pair(&w, "bundle", s->bundle);
	if (extended) {
		write_pair(&w, "rootfs", s->rootfs);
		write_pair(&w, "created", s->created);
		write_owner(&w, s->owner);
	}
	if (s->annotations.n > 0)
		write_annotations(&w, &s->annotations);
	writer_close(&w, '}');
}
