/* SPDX-License-Identifier: Apache-2.0 */

/* The rules of the specification that types cannot express and that need no host.
 *
 * This file has the top of the document and what the other validate-*.c share.  The rules on words
 * ("type": "bogus") are not here: they are in the rows of the tables. */
#include <inttypes.h>
#include <string.h>

#include "base/table.h"
#include "base/span.h"
#include "spec/check.h"
#include "spec/decode.h"

/* --- shared ----------------------------------------------------------------------------------- */

bool has_namespace(const struct check *c, const char *type)
{
	for (size_t i = 0; c->linux_ && i < c->linux_->namespaces.n; i++)
		if (strcmp(c->linux_->namespaces.items[i].type, type) == 0)
			return true;
	return false;
}

bool is_repeated(uint64_t *seen, const char *words, const char *word)
{
	int which = words_find(words, word);
	uint64_t bit = which < 0 ? 0 : UINT64_C(1) << which;
	bool repeated = *seen & bit;

	*seen |= bit;
	return repeated;
}

void check_absolute(struct check *c, const struct place *at, const char *path)
{
	if (path && path[0] != '/')
		wrong(c, at, "\"%s\" is no absolute path", path);
}

void check_absolute_all(struct check *c, const struct place *at, const struct strings *paths)
{
	for (size_t i = 0; i < paths->n; i++)
		check_absolute(c, PLACE_ITEM(at, i), paths->items[i]);
}

void check_environment(struct check *c, const struct place *at, const struct strings *env)
{
	for (size_t i = 0; i < env->n; i++) {
		size_t n_name = span_until(env->items[i], "=");

		if (n_name == 0 || env->items[i][n_name] == '\0')
			wrong(c, PLACE_ITEM(at, i), "\"%.64s\" is not of the form NAME=VALUE",
			      env->items[i]);
	}
}

/* To the kernel it is -1, "leave it as it is": a process would keep the id of the runtime. */
void check_id(struct check *c, const struct place *at, uint32_t id)
{
	if (id == UINT32_MAX)
		wrong(c, at, "%" PRIu32 " is no valid id", id);
}

void check_single_line(struct check *c, const struct place *at, const char *s)
{
	if (s && strchr(s, '\n'))
		wrong(c, at, "must not contain a newline");
}

static bool overlaps(uint32_t a, uint32_t b, uint32_t size_a, uint32_t size_b)
{
	return a < (uint64_t)b + size_b && b < (uint64_t)a + size_a;
}

static void check_mapping(struct check *c, const struct place *at, const struct spec_id_mapping *m)
{
	if (m->size == 0)
		wrong(c, PLACE_KEY(at, "size"), "maps no id");
	if ((uint64_t)m->container_id + m->size > UINT32_MAX)
		wrong(c, PLACE_KEY(at, "containerID"), "the mapping goes beyond the largest id");
	if ((uint64_t)m->host_id + m->size > UINT32_MAX)
		wrong(c, PLACE_KEY(at, "hostID"), "the mapping goes beyond the largest id");
}

/* With what the kernel has against it, which says no more than EINVAL. */
void check_mappings(struct check *c, const struct place *at,
		    const struct spec_id_mappings *mappings)
{
	const struct spec_id_mapping *m = mappings->items;

	if (mappings->n > 340) {
		wrong(c, at, "more than 340 mappings");
		return;
	}
	for (size_t i = 0; i < mappings->n; i++) {
		check_mapping(c, PLACE_ITEM(at, i), &m[i]);
		for (size_t j = 0; j < i; j++) {
			if (overlaps(m[i].container_id, m[j].container_id, m[i].size, m[j].size))
				wrong(c, PLACE_ITEM(at, i),
				      "ids of the container that mapping %zu has already", j);
			if (overlaps(m[i].host_id, m[j].host_id, m[i].size, m[j].size))
				wrong(c, PLACE_ITEM(at, i),
				      "ids of the host that mapping %zu has already", j);
		}
	}
}

/* --- ociVersion ------------------------------------------------------------------------------- */

static bool semver_number(const char **p)
{
	size_t n = span_of(*p, "0123456789");
	bool good = n > 0 && (n == 1 || **p != '0');

	*p += n;
	return good;
}

/* Identifiers with dots between them, of a pre-release or a build. */
static bool semver_identifiers(const char **p)
{
	static const char allowed[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-";
	size_t n;

	do {
		(*p)++;
		n = span_of(*p, allowed);
		*p += n;
	} while (n > 0 && **p == '.');
	return n > 0;
}

static bool is_semver(const char *p)
{
	for (int i = 0; i < 3; i++)
		if ((i > 0 && *p++ != '.') || !semver_number(&p))
			return false;
	if (*p == '-' && !semver_identifiers(&p))
		return false;
	if (*p == '+' && !semver_identifiers(&p))
		return false;
	return *p == '\0';
}

static void check_version(struct check *c, const struct place *at, const char *version)
{
	if (!is_semver(version))
		wrong(c, at, "\"%.64s\" is no version of the form 1.2.3", version);
	else if (strncmp(version, "1.", 2) != 0)
		wrong(c, at, "version %.64s of the specification is not supported, 1.x is",
		      version);
}

/* --- the rest of the top ---------------------------------------------------------------------- */

static void check_root(struct check *c, const struct place *at, const struct spec_root *root)
{
	if (!root)
		wrong(c, at, "required, but missing");
	else if (root->path[0] == '\0')
		wrong(c, PLACE_KEY(at, "path"), "must not be empty");
}

static bool has_idmap_option(const struct spec_mount *m)
{
	for (size_t i = 0; i < m->options.n; i++)
		if (strcmp(m->options.items[i], "idmap") == 0 ||
		    strcmp(m->options.items[i], "ridmap") == 0)
			return true;
	return false;
}

/* The destination may be relative, to "/": the specification keeps that for old tools. */
static void check_mount(struct check *c, const struct place *at, const struct spec_mount *m)
{
	bool mapped = m->uid_mappings.n > 0 || m->gid_mappings.n > 0;

	if (m->destination[0] == '\0')
		wrong(c, PLACE_KEY(at, "destination"), "must not be empty");
	if (mapped && m->uid_mappings.n == 0)
		wrong(c, PLACE_KEY(at, "uidMappings"), "required where there are gidMappings");
	if (mapped && m->gid_mappings.n == 0)
		wrong(c, PLACE_KEY(at, "gidMappings"), "required where there are uidMappings");
	if (!mapped && has_idmap_option(m) && !has_namespace(c, "user"))
		wrong(c, PLACE_KEY(at, "options"),
		      "an id-mapped mount needs uidMappings and gidMappings, or a user namespace");
	check_mappings(c, PLACE_KEY(at, "uidMappings"), &m->uid_mappings);
	check_mappings(c, PLACE_KEY(at, "gidMappings"), &m->gid_mappings);
}

static void check_hook_list(struct check *c, const struct place *at,
			    const struct spec_hook_list *hooks)
{
	for (size_t i = 0; i < hooks->n; i++) {
		const struct spec_hook *h = &hooks->items[i];
		const struct place *here = PLACE_ITEM(at, i);

		check_absolute(c, PLACE_KEY(here, "path"), h->path);
		check_environment(c, PLACE_KEY(here, "env"), &h->env);
		if (h->timeout.set && h->timeout.v <= 0)
			wrong(c, PLACE_KEY(here, "timeout"), "must be greater than 0");
	}
}

static void check_hooks(struct check *c, const struct place *at, const struct spec_hooks *h)
{
	check_hook_list(c, PLACE_KEY(at, "prestart"), &h->prestart);
	check_hook_list(c, PLACE_KEY(at, "createRuntime"), &h->create_runtime);
	check_hook_list(c, PLACE_KEY(at, "createContainer"), &h->create_container);
	check_hook_list(c, PLACE_KEY(at, "startContainer"), &h->start_container);
	check_hook_list(c, PLACE_KEY(at, "poststart"), &h->poststart);
	check_hook_list(c, PLACE_KEY(at, "poststop"), &h->poststop);
}

/* Setting it without a namespace for it would rename the host. */
static void check_uts_name(struct check *c, const struct place *at, const char *name)
{
	if (!name)
		return;
	if (strlen(name) > 64)
		wrong(c, at, "longer than 64 bytes");
	if (!has_namespace(c, "uts"))
		wrong(c, at, "needs a uts namespace");
}

static void check_annotations(struct check *c, const struct place *at,
			      const struct string_map *annotations)
{
	for (size_t i = 0; i < annotations->n; i++)
		if (annotations->items[i].key[0] == '\0')
			wrong(c, at, "a key must not be empty");
}

static int check_finish(const struct check *c, size_t n_before, struct err *e)
{
	return c->problems->n > n_before ? problems_err(c->problems, e) : 0;
}

int spec_validate(const struct spec *spec, struct arena *a, struct problems *p, struct err *e)
{
	struct check c = { .problems = p, .arena = a, .linux_ = spec->linux_ };
	size_t n_before = p->n;

	check_version(&c, PLACE_KEY(NULL, "ociVersion"), spec->oci_version);
	if (spec->process)
		check_process(&c, PLACE_KEY(NULL, "process"), spec->process);
	check_root(&c, PLACE_KEY(NULL, "root"), spec->root);
	check_uts_name(&c, PLACE_KEY(NULL, "hostname"), spec->hostname);
	check_uts_name(&c, PLACE_KEY(NULL, "domainname"), spec->domainname);
	for (size_t i = 0; i < spec->mounts.n; i++)
		check_mount(&c, PLACE_ITEM(PLACE_KEY(NULL, "mounts"), i), &spec->mounts.items[i]);
	if (spec->hooks)
		check_hooks(&c, PLACE_KEY(NULL, "hooks"), spec->hooks);
	check_annotations(&c, PLACE_KEY(NULL, "annotations"), &spec->annotations);
	if (spec->linux_)
		check_linux(&c, PLACE_KEY(NULL, "linux"), spec->linux_);
	return check_finish(&c, n_before, e);
}

int spec_validate_process(const struct spec_process *process, struct arena *a, struct problems *p,
			  struct err *e)
{
	struct check c = { .problems = p, .arena = a };
	size_t n_before = p->n;

	check_process(&c, NULL, process);
	return check_finish(&c, n_before, e);
}

int spec_validate_resources(const struct spec_resources *resources, struct arena *a,
			    struct problems *p, struct err *e)
{
	struct check c = { .problems = p, .arena = a };
	size_t n_before = p->n;

	check_resources(&c, NULL, resources);
	return check_finish(&c, n_before, e);
}
