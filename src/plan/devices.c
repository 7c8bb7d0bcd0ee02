/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes, the links of /dev, the console. */
#include <errno.h>
#include <string.h>

#include "plan/parts.h"

static const struct { const char *path; uint32_t major, minor; } default_nodes[] = {
	{ "/dev/null", 1, 3 },	 { "/dev/zero", 1, 5 },	   { "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};
static const struct { const char *path, *target; } default_links[] = {
	{ "/dev/fd", "/proc/self/fd" },
	{ "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" },
	{ "/dev/stderr", "/proc/self/fd/2" },
};

static bool configured(const struct planner *p, const char *path)
{
	for (size_t i = 0; i < p->linux_->devices.n; i++)
		if (strcmp(p->linux_->devices.items[i].path, path) == 0)
			return true;
	return false;
}

/* Where mknod is refused the host's node is bound in its place (R23). */
static void add_node(struct planner *p, const struct op_node *node)
{
	static const int refused[] = { EPERM };
	INIT_ADD(p, OP_NODE, node);
	plan_otherwise(&p->plan, STAGE_INIT, OP_BIND_NODE, node, refused, 1);
}

static void plan_default_nodes(struct planner *p)
{
	plan_because(&p->plan, "every container has it");
	for (size_t i = 0; i < sizeof(default_nodes) / sizeof(default_nodes[0]); i++) {
		if (configured(p, default_nodes[i].path))
			continue;
		struct op_node node = { .root = p->root, .path = plan_text(&p->plan, default_nodes[i].path),
					.type = { NODE_CHAR }, .major = default_nodes[i].major,
					.minor = default_nodes[i].minor, .mode = { 0666 } };
		add_node(p, &node);
	}
}

static uint32_t node_type(const char *type)
{
	switch (type[0]) {
	case 'b':
		return NODE_BLOCK;
	case 'p':
		return NODE_FIFO;
	default:
		return NODE_CHAR; /* "c", and "u", its older name */
	}
}

static void plan_configured_nodes(struct planner *p)
{
	for (size_t i = 0; i < p->linux_->devices.n; i++) {
		const struct spec_device *d = &p->linux_->devices.items[i];
		struct op_node node = { .root = p->root, .path = plan_text(&p->plan, d->path),
					.type = { node_type(d->type) }, .major = (uint32_t)d->major.v,
					.minor = (uint32_t)d->minor.v, .uid = d->uid.v, .gid = d->gid.v,
					.mode = { d->file_mode.set ? d->file_mode.v & 07777 : 0666 } };
		plan_origin(&p->plan, "/linux/devices/%zu", i);
		add_node(p, &node);
	}
}

static void add_link(struct planner *p, const char *path, const char *target, uint32_t how)
{
	struct op_symlink link = { p->root, plan_text(&p->plan, path), plan_text(&p->plan, target), { how } };
	INIT_ADD(p, OP_SYMLINK, &link);
}

static void plan_links(struct planner *p)
{
	plan_because(&p->plan, "every container has it");
	add_link(p, "/dev/ptmx", "pts/ptmx", SYMLINK_REPLACE);
	for (size_t i = 0; i < sizeof(default_links) / sizeof(default_links[0]); i++)
		add_link(p, default_links[i].path, default_links[i].target, SYMLINK_KEEP);
	if (p->facts->kcore)
		add_link(p, "/dev/core", "/proc/kcore", SYMLINK_KEEP);
}

static int plan_console(struct planner *p)
{
	const struct spec_process *process = p->spec->process;
	if (!process->terminal)
		return 0;
	plan_origin(&p->plan, "/process/terminal");
	if (p->devpts.n < 0)
		return err_rule(p->e, "/process/terminal",
				"a terminal is made from the container's own devpts, and no devpts is mounted on /dev/pts");
	struct op_console console = { .root = p->root, .devpts = p->devpts, .uid = process->user.uid,
				      .label = plan_text(&p->plan, p->linux_->mount_label) };
	if (process->console_size) {
		console.height = (uint32_t)process->console_size->height;
		console.width = (uint32_t)process->console_size->width;
	}
	INIT_ADD(p, OP_CONSOLE, &console);
	struct op_sync await = { .what = { SYNC_CONSOLE }, .peer = { STAGE_INIT }, .limit = 300 };
	HOST_ADD(p, OP_AWAIT, &await);
	return 0;
}

/* From the devpts that is there; /dev/console stays the init's. */
void plan_exec_console(struct planner *p)
{
	const struct spec_process *process = p->spec->process;
	if (!process->terminal)
		return;
	struct op_console console = { .root = NO_SLOT, .devpts = NO_SLOT, .uid = process->user.uid };
	plan_origin(&p->plan, "/process/terminal");
	if (process->console_size) {
		console.height = (uint32_t)process->console_size->height;
		console.width = (uint32_t)process->console_size->width;
	}
	INIT_ADD(p, OP_CONSOLE, &console);
	struct op_sync await = { .what = { SYNC_CONSOLE }, .peer = { STAGE_INIT }, .limit = 300 };
	HOST_ADD(p, OP_AWAIT, &await);
}

int plan_devices(struct planner *p)
{
	if (!p->dev_is_bound) {
		plan_default_nodes(p);
		plan_configured_nodes(p);
		plan_links(p);
	}
	return plan_console(p);
}
