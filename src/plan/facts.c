/* SPDX-License-Identifier: Apache-2.0 */
/* Facts as JSON, for those who plan for another host than their own: the golden tests. */
#include "plan/facts.h"

#include <string.h>

#include "base/table.h"

/* "" are the controllers of version 2, so nothing of a hierarchy can be left out. */
ROWS(hierarchy, struct hierarchy) = {
	FIELD(hierarchy, controllers, "controllers", REQUIRED),
	FIELD(hierarchy, mount, "mount", REQUIRED),
	FIELD(hierarchy, own, "own", REQUIRED),
	FIELD(hierarchy, available, "available", OPTIONAL),
	FIELD(hierarchy, closed, "closed", OPTIONAL),
	FIELD(hierarchy, inside, "inside", OPTIONAL),
};
static TABLE(hierarchy);

ROWS(facts_systemd, struct facts_systemd) = {
	FIELD(facts_systemd, user, "user", REQUIRED),
	FIELD(facts_systemd, control_group, "controlGroup", REQUIRED),
};
static TABLE(facts_systemd);

ROWS(facts, struct facts) = {
	FIELD(facts, uid, "uid", REQUIRED),
	FIELD(facts, gid, "gid", OPTIONAL),
	WORD(facts, caller, "caller", OPTIONAL, "root namespace-root user"),
	FIELD(facts, foreign_mounts, "foreignMounts", OPTIONAL),
	WORD(facts, cgroup_layout, "cgroupLayout", REQUIRED, "none v1 hybrid v2"),
	ARRAY(facts, hierarchies, "hierarchies", OPTIONAL, hierarchy),
	FIELD(facts, kcore, "kcore", OPTIONAL),
	FIELD(facts, resctrl, "resctrl", OPTIONAL),
	FIELD(facts, capabilities, "capabilities", OPTIONAL),
	FIELD(facts, selinux, "selinux", OPTIONAL),
	FIELD(facts, apparmor, "apparmor", OPTIONAL),
	OBJECT(facts, systemd, "systemd", OPTIONAL, facts_systemd),
};
static TABLE(facts);

bool facts_is_host_root(const struct facts *f)
{
	return !f->caller || strcmp(f->caller, "root") == 0;
}

bool facts_is_user(const struct facts *f)
{
	return f->caller && strcmp(f->caller, "user") == 0;
}

bool facts_can_copy_mounts(const struct facts *f)
{
	return !facts_is_user(f) && !f->foreign_mounts;
}

int facts_read(const char *text, size_t size, struct arena *a, struct facts **ret_facts, struct err *e)
{
	struct problems p = { 0 };
	void *object;
	if (table_read(&facts_table, text, size, a, &object, &p, e) < 0)
		return err_note(e, "reading facts");
	*ret_facts = object;
	return 0;
}

void facts_write(const struct facts *f, struct buf *out)
{
	struct writer w = { .out = out, .indent = 1, .wrap = 2 };
	table_write(&facts_table, f, &w);
	buf_char(out, '\n');
}
