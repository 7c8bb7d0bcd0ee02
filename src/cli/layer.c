/* SPDX-License-Identifier: Apache-2.0 */

/* Layers of the vfs driver, an action a row. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/writer.h"
#include "cli/command.h"
#include "layer/vfs.h"

#define STORE "/var/lib/socle"

struct layer_options {
	const char *store, *parent, *label, *option, *uidmap, *gidmap;
};
OPTIONS_FIT(struct layer_options);

/* What an action is given.  `store.dir` is -1 where there is no store yet. */
struct layer_call {
	struct cli *cli;
	const struct layer_options *options;
	const char *id, *path; /* of the layer, or NULL; of the store */
	struct layer_store store;
};

static bool no_store(const struct layer_call *l)
{
	return l->store.dir < 0;
}

static int no_layer(const struct layer_call *l, struct err *e)
{
	return err_rule(e, NULL, "layer \"%s\" does not exist", l->id);
}

/* ---- the actions ------------------------------------------------------------------------------------------- */

/* "a,b=c" into its parts. */
static struct strings split(struct cli *c, const char *list)
{
	struct strings s = { 0 };
	if (!list)
		return s;
	s.items = ARENA_ARRAY(&c->arena, const char *, strlen(list) + 1);
	for (char *at = arena_strdup(&c->arena, list); at;) {
		char *comma = strchr(at, ',');
		if (comma)
			*comma++ = 0;
		s.items[s.n++] = at;
		at = comma;
	}
	return s;
}

static int find_owner(const struct layer_options *o, struct layer_owner *ret, struct err *e)
{
	*ret = (struct layer_owner){ .uid = geteuid(), .gid = getegid() };
	if (o->uidmap)
		TRY(id_map_root(o->uidmap, "--uidmap", &ret->uid, e));
	if (o->gidmap)
		TRY(id_map_root(o->gidmap, "--gidmap", &ret->gid, e));
	return 0;
}

static int do_create(struct layer_call *l, struct err *e)
{
	struct vfs_request r = { .id = l->id, .parent = l->options->parent, .label = l->options->label,
				 .options = split(l->cli, l->options->option) };
	TRY(find_owner(l->options, &r.owner, e));
	return vfs_create(&l->store, &r, e);
}

static int do_get(struct layer_call *l, struct err *e)
{
	_cleanup_(vfs_put) struct vfs_layer layer = { .fd = -1, .hold = -1 };
	_cleanup_(buf_done) struct buf out = { 0 };
	if (no_store(l))
		return no_layer(l, e);
	TRY(vfs_get(&l->store, l->id, &layer, e));
	buf_printf(&out, "%s\n", layer.path);
	return cli_print(&out, e);
}

/* Nothing is kept between two calls of the program, so there is nothing to give back. */
static int do_put(struct layer_call *l, struct err *e)
{
	_cleanup_(vfs_put) struct vfs_layer layer = { .fd = -1, .hold = -1 };
	return no_store(l) ? no_layer(l, e) : vfs_get(&l->store, l->id, &layer, e);
}

static int do_remove(struct layer_call *l, struct err *e)
{
	return no_store(l) ? no_layer(l, e) : vfs_remove(&l->store, l->id, e);
}

static int do_exists(struct layer_call *l, struct err *e)
{
	int there = no_store(l) ? 0 : layer_is_there(&l->store, l->id, e);
	return there < 0 ? -1 : !there;
}

static int read_list(struct layer_call *l, struct strings *ret, struct err *e)
{
	*ret = (struct strings){ 0 };
	return no_store(l) ? 0 : layer_list(&l->store, &l->cli->arena, ret, e);
}

static int do_list(struct layer_call *l, struct err *e)
{
	_cleanup_(buf_done) struct buf out = { 0 };
	struct strings ids;
	TRY(read_list(l, &ids, e));
	for (size_t i = 0; i < ids.n; i++)
		buf_printf(&out, "%s\n", ids.items[i]);
	return cli_print(&out, e);
}

static int write_layer(struct layer_call *l, struct writer *w, struct err *e)
{
	struct vfs_status s;
	char mode[8];
	TRY(vfs_status(&l->store, l->id, &l->cli->arena, &s, e));
	TRY(buf_fmt(mode, sizeof(mode), e, "%04o", s.mode));
	writer_key(w, "id");
	writer_string(w, s.id);
	writer_key(w, "parent");
	writer_string(w, s.parent);
	writer_key(w, "path");
	writer_string(w, s.path);
	writer_key(w, "uid");
	writer_u64(w, s.owner.uid);
	writer_key(w, "gid");
	writer_u64(w, s.owner.gid);
	writer_key(w, "mode");
	writer_string(w, mode);
	return 0;
}

static int write_store(struct layer_call *l, struct writer *w, struct err *e)
{
	struct strings ids;
	size_t leftovers = 0;
	TRY(read_list(l, &ids, e));
	if (!no_store(l))
		TRY(layer_leftovers(&l->store, &l->cli->arena, &leftovers, e));
	writer_key(w, "store");
	writer_string(w, l->path);
	writer_key(w, "layers");
	writer_u64(w, ids.n);
	writer_key(w, "leftovers");
	writer_u64(w, leftovers);
	return 0;
}

static int do_status(struct layer_call *l, struct err *e)
{
	_cleanup_(buf_done) struct buf out = { 0 };
	struct writer w = { .out = &out, .indent = 2, .wrap = WRITER_ALL };
	if (l->id && no_store(l))
		return no_layer(l, e);
	writer_open(&w, '{');
	writer_key(&w, "driver");
	writer_string(&w, "vfs");
	TRY(l->id ? write_layer(l, &w, e) : write_store(l, &w, e));
	writer_close(&w, '}');
	buf_char(&out, '\n');
	return cli_print(&out, e);
}

/* ---- the command ------------------------------------------------------------------------------------------- */

enum needs { NO_ID, MAYBE_ID, AN_ID };

static const struct action {
	const char *name;
	enum needs id;
	bool creates; /* the store, too; and takes the options of a new layer */
	int (*run)(struct layer_call *l, struct err *e);
} actions[] = {
	{ "create", AN_ID,    true,  do_create },
	{ "get",    AN_ID,    false, do_get    },
	{ "put",    AN_ID,    false, do_put    },
	{ "remove", AN_ID,    false, do_remove },
	{ "exists", AN_ID,    false, do_exists },
	{ "status", MAYBE_ID, false, do_status },
	{ "list",   NO_ID,    false, do_list   },
	{ 0 },
};

static int check_call(struct cli *c, const struct action *a, const struct layer_options *o, struct err *e)
{
	const char *id = c->args[1];
	if (!a->name)
		return cli_misuse(c, e, "action \"%s\" is unknown", c->args[0]);
	if (!id && a->id == AN_ID)
		return cli_misuse(c, e, "ID is missing");
	if (id && a->id == NO_ID)
		return cli_misuse(c, e, "argument \"%s\" is one too many", id);
	if (!a->creates && (o->parent || o->label || o->option || o->uidmap || o->gidmap))
		return cli_misuse(c, e, "%s takes no option but --store", a->name);
	return id ? layer_id_check(id, e) : 0;
}

static int open_store(struct layer_call *l, bool make, struct err *e)
{
	if (vfs_open(&l->store, l->path, make, e) == 0)
		return 0;
	if (make || !err_is(e, ENOENT))
		return -1;
	*e = (struct err){ 0 };
	return 0;
}

static int layer_run(struct cli *c, void *options, struct err *e)
{
	struct layer_call l = { .cli = c, .options = options, .id = c->args[1], .store = LAYER_STORE_NONE };
	const struct action *a = actions;
	while (a->name && strcmp(a->name, c->args[0]) != 0)
		a++;
	TRY(check_call(c, a, l.options, e));
	TRY(cli_absolute(c, l.options->store ? l.options->store : STORE, &l.path, e));
	TRY(open_store(&l, a->creates, e));
	int r = a->run(&l, e);
	layer_store_done(&l.store);
	return r;
}

#define LAYER(member, letter, name, arg, help) OPTION(struct layer_options, member, letter, name, arg, help)

const struct command command_layer = {
	.name = "layer",
	.args = "ACTION [ID]",
	.summary = "create, get, put, remove, exists, status or list layers",
	.options = OPTIONS(LAYER(store, 0, "store", "DIR", "where layers are kept, by default " STORE),
			   LAYER(parent, 'p', "parent", "ID", "create: copy this layer"),
			   LAYER(label, 0, "label", "LABEL", "create: the SELinux label of its files"),
			   LAYER(option, 'o', "option", "LIST", "create: options of the driver"),
			   LAYER(uidmap, 0, "uidmap", "MAP", "create: C:HOST:SIZE,...; its root owns the layer"),
			   LAYER(gidmap, 0, "gidmap", "MAP", "create: the same for groups")),
	.run = layer_run,
};
