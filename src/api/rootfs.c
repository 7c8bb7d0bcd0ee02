/* SPDX-License-Identifier: Apache-2.0 */
/* The description of a root file system: a configuration that is put together by calls. */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "run/container.h"

static const char *copy(struct socle_rootfs *r, const char *s)
{
	return s ? arena_strdup(&r->arena, s) : NULL;
}

/* Room for one more behind `n`: the array is moved whenever it has as many as a power of two. */
static void *grow(struct socle_rootfs *r, const void *items, size_t n, size_t size)
{
	if (n & (n - 1))
		return (void *)(uintptr_t)items;
	char *more = arena_alloc_array(&r->arena, n ? 2 * n : 1, size);
	if (n)
		memcpy(more, items, n * size);
	return more;
}

struct socle_rootfs *socle_rootfs_new(void)
{
	struct socle_rootfs *r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->spec.oci_version = OCI_VERSION;
	r->spec.root = &r->root;
	r->spec.linux_ = &r->linux_;
	return r;
}

void socle_rootfs_free(struct socle_rootfs *r)
{
	if (!r)
		return;
	arena_done(&r->arena);
	free(r);
}

int socle_rootfs_set_events(struct socle_rootfs *r, socle_event_fn *event, void *data, struct socle_error *error)
{
	struct err e = { 0 };
	if (api_need(r, "rootfs", &e) < 0)
		return api_result(-1, &e, error);
	r->listener = (struct api_listener){ event, data };
	return 0;
}

/* ---- settings --------------------------------------------------------------------------------------------- */

int socle_rootfs_set_root(struct socle_rootfs *r, const char *path, struct socle_error *error)
{
	struct err e = { 0 };
	if (api_need(r, "rootfs", &e) < 0 || api_need_path(path, "path", &e) < 0)
		return api_result(-1, &e, error);
	r->root.path = copy(r, path);
	return 0;
}

int socle_rootfs_set_readonly(struct socle_rootfs *r, int readonly, struct socle_error *error)
{
	struct err e = { 0 };
	if (api_need(r, "rootfs", &e) < 0)
		return api_result(-1, &e, error);
	r->root.readonly = readonly != 0;
	return 0;
}

static int check_propagation(const char *s, struct err *e)
{
	static const char *const known[] = { "private", "slave", "shared", "unbindable" };
	for (size_t i = 0; s && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(s, known[i]) == 0 || (s[0] == 'r' && strcmp(s + 1, known[i]) == 0))
			return 0;
	return s ? api_misuse(e, "propagation \"%s\" is unknown", s) : 0;
}

int socle_rootfs_set_propagation(struct socle_rootfs *r, const char *propagation, struct socle_error *error)
{
	struct err e = { 0 };
	if (api_need(r, "rootfs", &e) < 0 || check_propagation(propagation, &e) < 0)
		return api_result(-1, &e, error);
	r->linux_.rootfs_propagation = copy(r, propagation);
	return 0;
}

static int check_files(const char *resolv_conf, const char *hostname, const char *hosts, struct err *e)
{
	if (resolv_conf)
		TRY(api_need_path(resolv_conf, "resolv_conf", e));
	if (hostname)
		TRY(api_need_path(hostname, "hostname", e));
	return hosts ? api_need_path(hosts, "hosts", e) : 0;
}

int socle_rootfs_add_network_files(struct socle_rootfs *r, const char *resolv_conf, const char *hostname,
				   const char *hosts, struct socle_error *error)
{
	struct err e = { 0 };
	if (api_need(r, "rootfs", &e) < 0 || check_files(resolv_conf, hostname, hosts, &e) < 0)
		return api_result(-1, &e, error);
	r->request.resolv_conf = copy(r, resolv_conf);
	r->request.hostname = copy(r, hostname);
	r->request.hosts = copy(r, hosts);
	return 0;
}

int socle_rootfs_add_ipc(struct socle_rootfs *r, uint64_t shm_size, struct socle_error *error)
{
	struct err e = { 0 };
	if (api_need(r, "rootfs", &e) < 0)
		return api_result(-1, &e, error);
	r->request.ipc = true;
	r->request.shm_size = shm_size;
	return 0;
}

/* ---- lists ------------------------------------------------------------------------------------------------ */

static void append_mount(struct socle_rootfs *r, const struct spec_mount *m)
{
	struct spec_mounts *l = &r->spec.mounts;
	l->items = grow(r, l->items, l->n, sizeof(*l->items));
	l->items[l->n++] = *m;
}

static void append_device(struct socle_rootfs *r, const struct spec_device *d)
{
	struct spec_devices *l = &r->linux_.devices;
	l->items = grow(r, l->items, l->n, sizeof(*l->items));
	l->items[l->n++] = *d;
}

static void append_string(struct socle_rootfs *r, struct strings *l, const char *s)
{
	l->items = grow(r, l->items, l->n, sizeof(*l->items));
	l->items[l->n++] = copy(r, s);
}

static bool is_bind(const struct spec_mount *m)
{
	bool bind = m->type && (strcmp(m->type, "bind") == 0 || strcmp(m->type, "rbind") == 0);
	for (size_t i = 0; i < m->options.n; i++)
		bind |= strcmp(m->options.items[i], "bind") == 0 || strcmp(m->options.items[i], "rbind") == 0;
	return bind;
}

int socle_rootfs_add_mount(struct socle_rootfs *r, const char *destination, const char *type, const char *source,
			   const char *const *options, struct socle_error *error)
{
	struct err e = { 0 };
	struct spec_mount m = { 0 };
	if (api_need(r, "rootfs", &e) < 0 || api_need_path(destination, "destination", &e) < 0)
		return api_result(-1, &e, error);
	m.destination = copy(r, destination);
	m.type = copy(r, type);
	m.source = copy(r, source);
	for (; options && *options; options++)
		append_string(r, &m.options, *options);
	if (!is_bind(&m) && !(type && type[0]))
		return api_result(api_misuse(&e, "type is needed for a mount that is no bind"), &e, error);
	if (is_bind(&m) && api_need_path(source, "source", &e) < 0)
		return api_result(-1, &e, error);
	append_mount(r, &m);
	return 0;
}

static int read_device(const struct socle_device *given, struct socle_device *d, struct err *e)
{
	TRY(api_options(d, sizeof(*d), sizeof(*d), given, "device", e));
	TRY(api_need_path(d->path, "device->path", e));
	if (!d->type || !strchr("cubp", d->type))
		return api_misuse(e, "device->type is none of 'c', 'u', 'b' and 'p'");
	return d->mode & ~07777u ? api_misuse(e, "device->mode 0%o has more than permission bits", d->mode) : 0;
}

int socle_rootfs_add_device(struct socle_rootfs *r, const struct socle_device *device, struct socle_error *error)
{
	struct err e = { 0 };
	struct socle_device d;
	if (api_need(r, "rootfs", &e) < 0 || read_device(device, &d, &e) < 0)
		return api_result(-1, &e, error);
	const struct spec_device own = {
		.type = arena_strndup(&r->arena, &d.type, 1), .path = copy(r, d.path), .major = { true, d.major },
		.minor = { true, d.minor }, .file_mode = { true, d.mode }, .uid = { true, d.uid }, .gid = { true, d.gid },
	};
	append_device(r, &own);
	return 0;
}

/* Where it is known that `r` is none, `l` must not be made from it. */
static int add_path(struct socle_rootfs *r, struct strings *l, const char *path, struct socle_error *error)
{
	struct err e = { 0 };
	if (api_need(r, "rootfs", &e) < 0 || api_need_path(path, "path", &e) < 0)
		return api_result(-1, &e, error);
	append_string(r, l, path);
	return 0;
}

int socle_rootfs_mask(struct socle_rootfs *r, const char *path, struct socle_error *error)
{
	return add_path(r, r ? &r->linux_.masked_paths : NULL, path, error);
}

int socle_rootfs_readonly_path(struct socle_rootfs *r, const char *path, struct socle_error *error)
{
	return add_path(r, r ? &r->linux_.readonly_paths : NULL, path, error);
}

/* ---- config.json ------------------------------------------------------------------------------------------ */

static const char *below(struct socle_rootfs *r, const char *bundle, const char *path)
{
	return path && path[0] != '/' ? arena_fmt(&r->arena, "%s/%s", bundle, path) : path;
}

static void take_linux(struct socle_rootfs *r, const struct spec_linux *l)
{
	r->linux_.rootfs_propagation = l->rootfs_propagation;
	r->linux_.mount_label = l->mount_label;
	for (size_t i = 0; i < l->devices.n; i++)
		append_device(r, &l->devices.items[i]);
	for (size_t i = 0; i < l->masked_paths.n; i++)
		append_string(r, &r->linux_.masked_paths, l->masked_paths.items[i]);
	for (size_t i = 0; i < l->readonly_paths.n; i++)
		append_string(r, &r->linux_.readonly_paths, l->readonly_paths.items[i]);
}

static void take_config(struct socle_rootfs *r, const struct spec *s, const char *bundle)
{
	static const struct spec_linux nothing;
	if (s->root) {
		r->root = *s->root;
		r->root.path = below(r, bundle, s->root->path);
	}
	for (size_t i = 0; i < s->mounts.n; i++) {
		struct spec_mount m = s->mounts.items[i];
		if (is_bind(&m))
			m.source = below(r, bundle, m.source);
		append_mount(r, &m);
	}
	r->spec.annotations = s->annotations;
	take_linux(r, s->linux_ ? s->linux_ : &nothing);
}

/* Commands name their mount by its number in the file. */
static int check_commands(const struct socle_rootfs *r, const struct spec *s, struct err *e)
{
	for (size_t i = 0; r->spec.mounts.n && i < s->annotations.n; i++)
		if (strcmp(s->annotations.items[i].key, "io.socle.mount.commands") == 0)
			return err_rule(e, "/annotations/io.socle.mount.commands",
					"a configuration with commands around its mounts has to come before other mounts");
	return 0;
}

int socle_rootfs_load_config(struct socle_rootfs *r, const char *bundle, struct socle_error *error)
{
	struct err e = { 0 };
	struct problems problems = { 0 };
	const char *path;
	struct spec *spec;
	if (api_need(r, "rootfs", &e) < 0 || api_need(bundle, "bundle", &e) < 0)
		return api_result(-1, &e, error);
	struct container_options o = { .bundle = copy(r, bundle), .problems = &problems, .arena = &r->arena };
	int result = container_load(&o, &spec, &path, &e);
	api_tell_all(&r->listener, SOCLE_EVENT_PROBLEM, &problems);
	if (result == 0)
		result = check_commands(r, spec, &e);
	if (result == 0)
		take_config(r, spec, path);
	return api_result(result, &e, error);
}
