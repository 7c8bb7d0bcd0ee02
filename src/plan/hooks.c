/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks that run while a container is created or started (config.md, "POSIX-platform Hooks").  Those after the start
 * and after the end are kept in the state for the commands that run them. */
#include "base/buf.h"
#include "plan/parts.h"

static const struct spec_hook_list *hooks_of(const struct planner *p, uint32_t kind)
{
	static const struct spec_hook_list none;
	const struct spec_hooks *h = p->spec->hooks;
	if (!h)
		return &none;
	switch (kind) {
	case HOOK_PRESTART:
		return &h->prestart;
	case HOOK_CREATE_RUNTIME:
		return &h->create_runtime;
	case HOOK_CREATE_CONTAINER:
		return &h->create_container;
	default:
		return &h->start_container;
	}
}

/* runtime.md's state object, in two halves around the pid. */
static void state_texts(struct planner *p, uint32_t kind, struct text *before, struct text *after)
{
	struct buf b = { 0 };
	buf_str(&b, "{\"ociVersion\":");
	buf_json_string(&b, p->spec->oci_version);
	buf_str(&b, ",\"id\":");
	buf_json_string(&b, p->request->id);
	buf_printf(&b, ",\"status\":\"%s\",\"pid\":",
		   status_names[kind == HOOK_START_CONTAINER ? STATUS_CREATED : STATUS_CREATING]);
	*before = plan_text(&p->plan, b.data);
	buf_done(&b);
	buf_str(&b, ",\"bundle\":");
	buf_json_string(&b, p->request->bundle);
	for (size_t i = 0; i < p->spec->annotations.n; i++) {
		buf_str(&b, i ? "," : ",\"annotations\":{");
		buf_json_string(&b, p->spec->annotations.items[i].key);
		buf_char(&b, ':');
		buf_json_string(&b, p->spec->annotations.items[i].value);
	}
	buf_str(&b, p->spec->annotations.n ? "}}" : "}");
	*after = plan_text(&p->plan, b.data);
	buf_done(&b);
}

static int open_output(struct planner *p, const char *annotation, const char *name, struct slot *ret)
{
	const char *path = plan_annotation(p, annotation);
	if (!path)
		return 0;
	if (path[0] != '/') {
		err_rule(p->e, NULL, "\"%s\" is no absolute path", path);
		return err_at(p->e, "/annotations/%s", annotation);
	}
	*ret = plan_slot(&p->plan, name);
	struct op_hook_output open = { plan_text(&p->plan, path), plan_fills(*ret) };
	plan_origin(&p->plan, "/annotations/%s", annotation);
	HOST_ADD(p, OP_HOOK_OUTPUT, &open);
	return 0;
}

/* By the host, as their paths are its; not the container's to choose, either. */
int plan_hook_outputs(struct planner *p)
{
	if (!p->spec->hooks)
		return 0;
	TRY(open_output(p, HOOKS_STDOUT, "hooks' output", &p->hook_output));
	return open_output(p, HOOKS_STDERR, "hooks' errors", &p->hook_errors);
}

static void add_hook(struct planner *p, enum stage stage, uint32_t kind, size_t i)
{
	const struct spec_hook *h = &hooks_of(p, kind)->items[i];
	struct op_hook hook = { .kind = { kind }, .path = plan_text(&p->plan, h->path),
				.args = plan_texts(&p->plan, &h->args), .env = plan_texts(&p->plan, &h->env),
				.timeout = h->timeout.v, .output = p->hook_output, .errors = p->hook_errors };
	if (kind != HOOK_START_CONTAINER)
		hook.dir = plan_text(&p->plan, p->request->bundle);
	state_texts(p, kind, &hook.state_before, &hook.state_after);
	plan_origin(&p->plan, "/hooks/%s/%zu", hook_names[kind], i);
	plan_add(&p->plan, stage, OP_HOOK, &hook);
}

static void add_hooks(struct planner *p, enum stage stage, uint32_t kind)
{
	for (size_t i = 0; i < hooks_of(p, kind)->n; i++)
		add_hook(p, stage, kind, i);
}

/* In the runtime's namespaces, when the mounts are there and the root has not changed yet (R27). */
void plan_runtime_hooks(struct planner *p)
{
	if (!hooks_of(p, HOOK_PRESTART)->n && !hooks_of(p, HOOK_CREATE_RUNTIME)->n)
		return;
	plan_origin(&p->plan, "/hooks");
	plan_sync(&p->plan, STAGE_INIT, STAGE_HOST, SYNC_MOUNTED, 300);
	add_hooks(p, STAGE_HOST, HOOK_PRESTART);
	add_hooks(p, STAGE_HOST, HOOK_CREATE_RUNTIME);
	plan_sync(&p->plan, STAGE_HOST, STAGE_INIT, SYNC_HOOKED, 0);
}

/* In the container's namespaces. */
void plan_hooks(struct planner *p, uint32_t kind)
{
	add_hooks(p, STAGE_INIT, kind);
}

/* Only where a hook will be told. */
void plan_host_pid(struct planner *p)
{
	if (!hooks_of(p, HOOK_CREATE_CONTAINER)->n && !hooks_of(p, HOOK_START_CONTAINER)->n)
		return;
	plan_because(&p->plan, "hooks are told");
	INIT_ADD(p, OP_HOST_PID, NULL);
}
