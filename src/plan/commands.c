/* SPDX-License-Identifier: Apache-2.0 */
/* Commands around a mount (R19).  The specification has no field for them, so they come in an annotation:
 *
 *	"annotations": {
 *		"io.socle.mount.commands": "[{\"mount\": 3, \"before\": {\"path\": \"/sbin/x\", \"args\": [\"x\"]}}]"
 *	}
 *
 * They run in the container's namespaces with the host's root, while the container's is being put together. */
#include <string.h>

#include "base/table.h"
#include "plan/parts.h"

struct command_program { const char *path, *dir; struct strings args, env; };
struct mount_commands { uint32_t mount; struct command_program *before, *after; };
struct mount_commands_list { size_t n; struct mount_commands *items; };
struct commands_document { struct mount_commands_list commands; };

ROWS(command_program, struct command_program) = {
	FIELD(command_program, path, "path", REQUIRED),
	FIELD(command_program, args, "args", OPTIONAL),
	FIELD(command_program, env, "env", OPTIONAL),
	FIELD(command_program, dir, "dir", OPTIONAL),
};
static TABLE(command_program);

ROWS(mount_commands, struct mount_commands) = {
	FIELD(mount_commands, mount, "mount", REQUIRED),
	OBJECT(mount_commands, before, "before", OPTIONAL, command_program),
	OBJECT(mount_commands, after, "after", OPTIONAL, command_program),
};
static TABLE(mount_commands);

ROWS(commands_document, struct commands_document) = {
	ARRAY(commands_document, commands, "commands", REQUIRED, mount_commands),
};
static TABLE(commands_document);

#define ANNOTATION "io.socle.mount.commands"
#define POINTER	   "/annotations/" ANNOTATION

const char *const plan_annotations[N_PLAN_ANNOTATIONS] = { ANNOTATION, "org.systemd.property.", SECCOMP_RECEIVER,
							    HOOKS_STDOUT, HOOKS_STDERR, KEEP_GROUPS, PIDFD_RECEIVER };

const char *plan_annotation(const struct planner *p, const char *key)
{
	for (size_t i = 0; i < p->spec->annotations.n; i++)
		if (strcmp(p->spec->annotations.items[i].key, key) == 0)
			return p->spec->annotations.items[i].value;
	return NULL;
}

/* The document's tables are for objects, so the list gets one around it. */
int plan_read_commands(struct planner *p)
{
	struct problems problems = { 0 };
	const char *value = plan_annotation(p, ANNOTATION);
	void *document = NULL;
	if (!value)
		return 0;
	const char *text = arena_fmt(p->arena, "{\"commands\":%s}", value);
	if (table_read(&commands_document_table, text, strlen(text), p->arena, &document, &problems, p->e) < 0)
		return err_at(p->e, POINTER);
	const struct commands_document *d = p->commands = document;
	for (size_t k = 0; k < d->commands.n; k++)
		if (d->commands.items[k].mount >= p->spec->mounts.n)
			return err_rule(p->e, POINTER, "there is no mount %u", d->commands.items[k].mount);
	return 0;
}

static int add_command(struct planner *p, const struct command_program *c)
{
	struct op_command op = { plan_text(&p->plan, c->path), plan_texts(&p->plan, &c->args),
				 plan_texts(&p->plan, &c->env), plan_text(&p->plan, c->dir) };
	if (c->path[0] != '/')
		return err_rule(p->e, POINTER, "\"%s\" is no absolute path", c->path);
	plan_origin(&p->plan, POINTER);
	INIT_ADD(p, OP_COMMAND, &op);
	return 0;
}

int plan_commands(struct planner *p, size_t i, bool before)
{
	const struct commands_document *d = p->commands;
	for (size_t k = 0; d && k < d->commands.n; k++) {
		const struct mount_commands *m = &d->commands.items[k];
		const struct command_program *c = before ? m->before : m->after;
		if (m->mount == i && c)
			TRY(add_command(p, c));
	}
	return 0;
}
