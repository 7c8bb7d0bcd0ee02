/* SPDX-License-Identifier: Apache-2.0 */

/* What the program was built to do, as the specification's features structure.  Names come from the
 * tables that do the work, so what is listed here is what is recognised. */
#include <stdlib.h>
#include <string.h>

#include "base/writer.h"
#include "cli/command.h"
#include "plan/create.h"
#include "plan/names.h"
#include "plan/namespaces.h"
#include "plan/op.h"
#include "plan/options.h"
#include "spec/tables.h"
#include "sys/seccomp.h"

static void write_strings(struct writer *w, const char *key, const char *const *names, size_t n)
{
	writer_key(w, key);
	writer_open(w, '[');
	for (size_t i = 0; i < n; i++)
		writer_string(w, names[i]);
	writer_close(w, ']');
}

static void write_switch(struct writer *w, const char *key, bool on)
{
	writer_key(w, key);
	writer_bool(w, on);
}

/* `key: { "enabled": on }`, as most of these objects are. */
static void write_enabled(struct writer *w, const char *key, bool on)
{
	writer_key(w, key);
	writer_open(w, '{');
	write_switch(w, "enabled", on);
	writer_close(w, '}');
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void write_mount_options(struct writer *w, struct arena *a)
{
	const char **names = ARENA_ARRAY(a, const char *, n_mount_options);
	size_t n = 0;

	for (size_t i = 0; i < n_mount_options; i++)
		if (mount_options[i].kind != OPT_REFUSED)
			names[n++] = mount_options[i].name;
	qsort(names, n, sizeof(*names), compare);
	write_strings(w, "mountOptions", names, n);
}

static void write_namespaces(struct writer *w, struct arena *a)
{
	const char **names = ARENA_ARRAY(a, const char *, n_namespace_rows);
	size_t n = 0;

	for (size_t i = 0; i < n_namespace_rows; i++)
		names[n++] = namespace_rows[i].type;
	qsort(names, n, sizeof(*names), compare);
	write_strings(w, "namespaces", names, n);
}

static void write_cgroup(struct writer *w)
{
	writer_key(w, "cgroup");
	writer_open(w, '{');
	write_switch(w, "v1", true);
	write_switch(w, "v2", true);
	write_switch(w, "systemd", true);
	write_switch(w, "systemdUser", true);
	write_switch(w, "rdma", true);
	writer_close(w, '}');
}

/* The words of a member of /linux/seccomp, from its table. */
struct member_words { const char *path, *words; };

static void find_words(const struct table_row *row, void *arg)
{
	struct member_words *m = arg;
	if (strcmp(row->path, m->path) == 0)
		m->words = row->field->words;
}

static void write_words(struct writer *w, const char *key, const char *path, struct arena *a)
{
	struct member_words m = { .path = path };
	const char *names[32];
	size_t n = 0;

	table_walk(&seccomp_table, find_words, &m);
	for (char *rest = arena_strdup(a, m.words), *word; n < 32 && (word = strsep(&rest, " ")) != NULL;)
		names[n++] = word;
	qsort(names, n, sizeof(*names), compare);
	write_strings(w, key, names, n);
}

static void write_seccomp(struct writer *w, struct arena *a)
{
	const char *flags[N_SECCOMP_FLAGS];
	size_t n = 0;

	for (size_t i = 0; i < N_SECCOMP_FLAGS; i++)
		if (seccomp_filter_knows(seccomp_flags[i].bit))
			flags[n++] = seccomp_flags[i].name;
	qsort(flags, n, sizeof(*flags), compare);
	writer_key(w, "seccomp");
	writer_open(w, '{');
	write_switch(w, "enabled", true);
	write_words(w, "actions", "/defaultAction", a);
	write_words(w, "operators", "/syscalls/*/args/*/op", a);
	write_words(w, "archs", "/architectures", a);
	write_words(w, "knownFlags", "/flags", a);
	write_strings(w, "supportedFlags", flags, n);
	writer_close(w, '}');
}

static void write_linux(struct writer *w, struct arena *a)
{
	writer_key(w, "linux");
	writer_open(w, '{');
	write_namespaces(w, a);
	write_strings(w, "capabilities", cap_names, N_CAPS);
	write_cgroup(w);
	write_seccomp(w, a);
	write_enabled(w, "apparmor", true);
	write_enabled(w, "selinux", true);
	writer_key(w, "intelRdt");
	writer_open(w, '{');
	for (size_t i = 0; i < 3; i++) {
		writer_key(w, (const char *const[]){ "enabled", "schemata", "monitoring" }[i]);
		writer_bool(w, true);
	}
	writer_close(w, '}');
	writer_key(w, "mountExtensions");
	writer_open(w, '{');
	write_enabled(w, "idmap", true);
	writer_close(w, '}');
	write_enabled(w, "netDevices", true);
	writer_close(w, '}');
}

static int features_run(struct cli *c, void *options, struct err *e)
{
	_cleanup_(buf_done) struct buf out = {};
	struct writer w = { .out = &out, .indent = 4, .wrap = WRITER_ALL };

	(void)options;
	writer_open(&w, '{');
	writer_key(&w, "ociVersionMin");
	writer_string(&w, "1.0.0");
	writer_key(&w, "ociVersionMax");
	writer_string(&w, OCI_VERSION);
	write_strings(&w, "hooks", hook_names, N_HOOKS);
	write_mount_options(&w, &c->arena);
	write_linux(&w, &c->arena);
	write_strings(&w, "potentiallyUnsafeConfigAnnotations", plan_annotations, N_PLAN_ANNOTATIONS);
	writer_close(&w, '}');
	buf_char(&out, '\n');
	return cli_print(&out, e);
}

const struct command command_features = {
	.name = "features",
	.args = "",
	.summary = "print what is supported, as the specification's features structure",
	.options = NO_OPTIONS,
	.run = features_run,
};
