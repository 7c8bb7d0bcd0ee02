/* SPDX-License-Identifier: Apache-2.0 */

/* config.json: the top of the document, and what it has on every platform.
 *
 * The objects of other platforms (solaris, windows, vm, zos, freebsd) have no row, so they are
 * unknown members and ignored like any other. */
#include "spec/decode.h"

#include "spec/tables.h"

ROWS(root, struct spec_root) = {
	FIELD(root, path,     "path",	  REQUIRED),
	FIELD(root, readonly, "readonly", OPTIONAL),
};
static TABLE(root);

ROWS(id_mapping, struct spec_id_mapping) = {
	FIELD(id_mapping, container_id, "containerID", REQUIRED),
	FIELD(id_mapping, host_id,	"hostID",      REQUIRED),
	FIELD(id_mapping, size,		"size",	       REQUIRED),
};
TABLE(id_mapping);

ROWS(mount, struct spec_mount) = {
	FIELD(mount, destination,  "destination", REQUIRED),
	FIELD(mount, type,	   "type",	  OPTIONAL),
	FIELD(mount, source,	   "source",	  OPTIONAL),
	FIELD(mount, options,	   "options",	  OPTIONAL),
	ARRAY(mount, uid_mappings, "uidMappings", OPTIONAL, id_mapping),
	ARRAY(mount, gid_mappings, "gidMappings", OPTIONAL, id_mapping),
};
static TABLE(mount);

ROWS(hook, struct spec_hook) = {
	FIELD(hook, path,    "path",	REQUIRED),
	FIELD(hook, args,    "args",	OPTIONAL),
	FIELD(hook, env,     "env",	OPTIONAL),
	FIELD(hook, timeout, "timeout", OPTIONAL),
};
TABLE(hook);

ROWS(hooks, struct spec_hooks) = {
	ARRAY(hooks, prestart,	       "prestart",	  OPTIONAL, hook),
	ARRAY(hooks, create_runtime,   "createRuntime",	  OPTIONAL, hook),
	ARRAY(hooks, create_container, "createContainer", OPTIONAL, hook),
	ARRAY(hooks, start_container,  "startContainer",  OPTIONAL, hook),
	ARRAY(hooks, poststart,	       "poststart",	  OPTIONAL, hook),
	ARRAY(hooks, poststop,	       "poststop",	  OPTIONAL, hook),
};
static TABLE(hooks);

ROWS(spec, struct spec) = {
	FIELD (spec, oci_version, "ociVersion",	 REQUIRED),
	OBJECT(spec, process,	  "process",	 OPTIONAL, process),
	OBJECT(spec, root,	  "root",	 OPTIONAL, root),
	FIELD (spec, hostname,	  "hostname",	 OPTIONAL),
	FIELD (spec, domainname,  "domainname",	 OPTIONAL),
	ARRAY (spec, mounts,	  "mounts",	 OPTIONAL, mount),
	OBJECT(spec, hooks,	  "hooks",	 OPTIONAL, hooks),
	FIELD (spec, annotations, "annotations", OPTIONAL),
	OBJECT(spec, linux_,	  "linux",	 OPTIONAL, linux_),
};
TABLE(spec);

int spec_decode(const char *text, size_t size, struct arena *a, struct spec **ret_spec,
		struct problems *p, struct err *e)
{
	void *object;

	TRY(table_read(&spec_table, text, size, a, &object, p, e));
	*ret_spec = object;
	return 0;
}

int spec_decode_process(const char *text, size_t size, struct arena *a,
			struct spec_process **ret_process, struct problems *p, struct err *e)
{
	void *object;

	TRY(table_read(&process_table, text, size, a, &object, p, e));
	*ret_process = object;
	return 0;
}

int spec_decode_resources(const char *text, size_t size, struct arena *a,
			  struct spec_resources **ret_resources, struct problems *p, struct err *e)
{
	void *object;

	TRY(table_read(&resources_table, text, size, a, &object, p, e));
	*ret_resources = object;
	return 0;
}
