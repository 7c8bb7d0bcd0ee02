/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp filter: when it is loaded, and who is handed its listener.
 *
 * As late as can be, so that a profile has to allow little beside what the program needs:
 *
 *	with no_new_privs	just before the program, when all else that init does is done
 *	without it		while CAP_SYS_ADMIN is held, so before the credentials are changed
 *	with a listener		in any case before the host goes on, which hands it to the agent
 *
 * The listener comes to the host by one write(2) of its number, so a profile that would have that call answered by an
 * agent who has no listener yet is refused; whatever init calls later the agent can answer. */
#include <string.h>

#include "plan/names.h"
#include "plan/parts.h"

/* How long the host waits for the listener, in seconds. */
#define LIMIT 300

static bool is_notify(const char *action)
{
	return strcmp(action, "SCMP_ACT_NOTIFY") == 0;
}

static bool has_listener(const struct spec_seccomp *s)
{
	for (size_t i = 0; i < s->syscalls.n; i++)
		if (is_notify(s->syscalls.items[i].action))
			return true;
	return false;
}

/* The specification's field goes before the annotation. */
static const char *receiver(const struct planner *p, const char **ret_origin)
{
	const struct spec_seccomp *s = p->linux_->seccomp;
	*ret_origin = s->listener_path ? "/linux/seccomp/listenerPath" : "/annotations/" SECCOMP_RECEIVER;
	return s->listener_path ? s->listener_path : plan_annotation(p, SECCOMP_RECEIVER);
}

static int check_notify(struct planner *p, size_t i)
{
	const struct spec_syscall *c = &p->linux_->seccomp->syscalls.items[i];
	const char *origin;
	if (!receiver(p, &origin)) {
		err_rule(p->e, NULL, "SCMP_ACT_NOTIFY needs a \"listenerPath\": nobody would answer");
		return err_at(p->e, "/linux/seccomp/syscalls/%zu/action", i);
	}
	for (size_t k = 0; k < c->names.n; k++) {
		if (strcmp(c->names.items[k], "write") != 0)
			continue;
		err_rule(p->e, NULL, "SCMP_ACT_NOTIFY cannot be used for the write syscall: it hands over the listener");
		return err_at(p->e, "/linux/seccomp/syscalls/%zu/names/%zu", i, k);
	}
	return 0;
}

int plan_seccomp_check(struct planner *p)
{
	const struct spec_seccomp *s = p->linux_->seccomp;
	const char *origin;
	if (!s)
		return 0;
	if (is_notify(s->default_action))
		return err_rule(p->e, "/linux/seccomp/defaultAction", "SCMP_ACT_NOTIFY cannot be used as default action: "
								      "the set-up itself would wait for an answer");
	for (size_t i = 0; i < s->syscalls.n; i++)
		if (is_notify(s->syscalls.items[i].action))
			TRY(check_notify(p, i));
	const char *to = has_listener(s) ? receiver(p, &origin) : NULL;
	if (to && to[0] != '/')
		return err_rule(p->e, origin, "\"%s\" is no absolute path", to);
	return 0;
}

/* The kernel takes WAIT_KILLABLE_RECV with a listener only, and TSYNC beside a listener with TSYNC_ESRCH only. */
static uint32_t load_flags(const struct spec_seccomp *s)
{
	uint32_t flags = 0;
	for (size_t i = 0; i < s->flags.n; i++)
		for (size_t k = 0; k < N_SECCOMP_FLAGS; k++)
			if (strcmp(seccomp_flags[k].name, s->flags.items[i]) == 0)
				flags |= seccomp_flags[k].bit;
	if (!has_listener(s))
		return flags & ~SECCOMP_WAIT_KILLABLE_RECV;
	return flags | SECCOMP_LISTENER | (flags & SECCOMP_TSYNC ? SECCOMP_TSYNC_ESRCH : 0);
}

static void plan_listener(struct planner *p)
{
	const char *origin, *to = receiver(p, &origin);
	struct op_listener op = { plan_text(&p->plan, to), plan_text(&p->plan, p->linux_->seccomp->listener_metadata),
				  LIMIT };
	plan_origin(&p->plan, "%s", origin);
	HOST_ADD(p, OP_LISTENER, &op);
}

void plan_seccomp(struct planner *p, enum seccomp_moment now)
{
	const struct spec_seccomp *s = p->linux_->seccomp;
	if (!s)
		return;
	enum seccomp_moment when = !p->spec->process->no_new_privileges.v ? SECCOMP_WHILE_PRIVILEGED
				   : has_listener(s)			? SECCOMP_BEFORE_READY
									: SECCOMP_BEFORE_PROGRAM;
	if (when != now)
		return;
	const struct text origin = p->plan.origin, because = p->plan.because;
	struct op_seccomp op = { plan_filter(&p->plan, p->seccomp.items, p->seccomp.n), { load_flags(s) } };
	plan_origin(&p->plan, "/linux/seccomp");
	INIT_ADD(p, OP_SECCOMP, &op);
	if (has_listener(s))
		plan_listener(p);
	p->plan.origin = origin; /* it comes in between what belongs together */
	p->plan.because = because;
}
