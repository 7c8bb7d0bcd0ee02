/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of the process.  One that the host cannot enforce is an error, never left out. */
#include <string.h>

#include "plan/parts.h"

/* Where nothing confines, "unconfined" is what everybody is. */
static const char *apparmor_profile(const struct planner *p)
{
	const char *profile = p->spec->process->apparmor_profile;
	return profile && !p->facts->apparmor && strcmp(profile, "unconfined") == 0 ? NULL : profile;
}

int plan_check_labels(struct planner *p)
{
	if (apparmor_profile(p) && !p->facts->apparmor)
		return err_rule(p->e, "/process/apparmorProfile", "the profile \"%s\" needs AppArmor, which is off on this "
				"host", p->spec->process->apparmor_profile);
	if (p->spec->process->selinux_label && !p->facts->selinux)
		return err_rule(p->e, "/process/selinuxLabel", "the label \"%s\" needs SELinux, which is off on this host",
				p->spec->process->selinux_label);
	return 0;
}

/* A procfs that nobody else sees, made before anything of the container's is mounted. */
struct slot plan_own_procfs(struct planner *p)
{
	if (p->own_procfs.n < 0) {
		p->own_procfs = plan_slot(&p->plan, "procfs of its own");
		struct op_procfs procfs = { plan_fills(p->own_procfs) };
		INIT_ADD(p, OP_PROCFS, &procfs);
	}
	return p->own_procfs;
}

void plan_key_label(struct planner *p, const char *label)
{
	if (!p->spec->process->selinux_label)
		return;
	plan_origin(&p->plan, "/process/selinuxLabel");
	struct op_attribute keys = { plan_own_procfs(p), { ATTR_SELINUX_KEYS }, plan_text(&p->plan, label) };
	INIT_ADD(p, OP_ATTRIBUTE, &keys);
}

void plan_exec_labels(struct planner *p)
{
	const char *profile = apparmor_profile(p), *label = p->spec->process->selinux_label;
	if (profile) {
		plan_origin(&p->plan, "/process/apparmorProfile");
		struct op_attribute exec = { plan_own_procfs(p), { ATTR_APPARMOR_EXEC }, plan_text(&p->plan, profile) };
		INIT_ADD(p, OP_ATTRIBUTE, &exec);
	}
	if (label) {
		plan_origin(&p->plan, "/process/selinuxLabel");
		struct op_attribute exec = { plan_own_procfs(p), { ATTR_SELINUX_EXEC }, plan_text(&p->plan, label) };
		INIT_ADD(p, OP_ATTRIBUTE, &exec);
	}
}

/* The slots are there before the container has a /proc to put in their place. */
void plan_early_procfs(struct planner *p)
{
	if (apparmor_profile(p)) {
		plan_origin(&p->plan, "/process/apparmorProfile");
		plan_own_procfs(p);
	} else if (p->spec->process->selinux_label) {
		plan_origin(&p->plan, "/process/selinuxLabel");
		plan_own_procfs(p);
	}
}
