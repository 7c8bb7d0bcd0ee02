/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of containers: one, or all of a state directory.  Each handle holds an arena with all that it tells. */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "plan/op.h"
#include "run/container.h"

struct socle_state {
	struct arena arena; /* unused in one that belongs to a list */
	struct container_info info;
};

struct socle_list {
	struct arena arena;
	size_t n;
	struct socle_state *items;
};

/* ---- one -------------------------------------------------------------------------------------------------- */

static int read_state(const char *root, const char *id, struct socle_state **ret_state, struct err *e)
{
	TRY(api_need_state_root(&root, e));
	TRY(api_need(id, "id", e));
	TRY(api_need(ret_state, "ret_state", e));
	struct socle_state *s = calloc(1, sizeof(*s));
	if (!s)
		return err_call(e, "calloc", NULL);
	if (container_state(root, arena_strdup(&s->arena, id), &s->arena, &s->info, e) < 0) {
		socle_state_free(s);
		return -1;
	}
	*ret_state = s;
	return 0;
}

int socle_container_state(const char *state_root, const char *id, struct socle_state **ret_state,
			  struct socle_error *error)
{
	struct err e = { 0 };
	return api_result(read_state(state_root, id, ret_state, &e), &e, error);
}

void socle_state_free(struct socle_state *s)
{
	if (!s)
		return;
	arena_done(&s->arena);
	free(s);
}

const char *socle_state_id(const struct socle_state *s)
{
	return s->info.state->id;
}

const char *socle_state_status(const struct socle_state *s)
{
	return status_names[s->info.status];
}

pid_t socle_state_pid(const struct socle_state *s)
{
	return s->info.status == STATUS_STOPPED ? 0 : (pid_t)s->info.state->pid;
}

const char *socle_state_bundle(const struct socle_state *s)
{
	return s->info.state->bundle;
}

const char *socle_state_rootfs(const struct socle_state *s)
{
	return s->info.state->rootfs;
}

const char *socle_state_created(const struct socle_state *s)
{
	return s->info.state->created;
}

uid_t socle_state_owner(const struct socle_state *s)
{
	return (uid_t)s->info.state->owner;
}

const char *socle_state_annotation(const struct socle_state *s, const char *key)
{
	const struct string_map *m = &s->info.state->annotations;
	for (size_t i = 0; key && i < m->n; i++)
		if (strcmp(m->items[i].key, key) == 0)
			return m->items[i].value;
	return NULL;
}

char *socle_state_json(const struct socle_state *s)
{
	struct buf out = { 0 };
	state_encode_public(s->info.state, status_names[s->info.status], false, 0, &out);
	return out.data;
}

/* ---- all -------------------------------------------------------------------------------------------------- */

static int read_list(const char *root, struct socle_list **ret_list, struct err *e)
{
	struct container_info *infos;
	TRY(api_need_state_root(&root, e));
	TRY(api_need(ret_list, "ret_list", e));
	struct socle_list *l = calloc(1, sizeof(*l));
	if (!l)
		return err_call(e, "calloc", NULL);
	if (container_list(root, &l->arena, &infos, &l->n, e) < 0) {
		socle_list_free(l);
		return -1;
	}
	l->items = ARENA_ARRAY(&l->arena, struct socle_state, l->n);
	for (size_t i = 0; i < l->n; i++)
		l->items[i].info = infos[i];
	*ret_list = l;
	return 0;
}

int socle_container_list(const char *state_root, struct socle_list **ret_list, struct socle_error *error)
{
	struct err e = { 0 };
	return api_result(read_list(state_root, ret_list, &e), &e, error);
}

void socle_list_free(struct socle_list *l)
{
	if (!l)
		return;
	arena_done(&l->arena);
	free(l);
}

size_t socle_list_size(const struct socle_list *l)
{
	return l->n;
}

const struct socle_state *socle_list_item(const struct socle_list *l, size_t i)
{
	return i < l->n ? &l->items[i] : NULL;
}
