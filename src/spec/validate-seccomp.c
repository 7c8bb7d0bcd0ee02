/* SPDX-License-Identifier: Apache-2.0 */

/* The rules for /linux/seccomp. */
#include <inttypes.h>
#include <string.h>

#include "spec/check.h"

/* The kernel takes 16 bits of it, and no errno is larger than 4095: 65536 would report success. */
static void check_errno(struct check *c, const struct place *at, const char *action,
			const struct opt_u32 *errno_ret)
{
	bool trace = strcmp(action, "SCMP_ACT_TRACE") == 0;
	uint32_t max = trace ? UINT16_MAX : 4095;

	if (!errno_ret->set)
		return;
	if (!trace && strcmp(action, "SCMP_ACT_ERRNO") != 0)
		wrong(c, at, "%s takes no errno", action);
	else if (errno_ret->v > max)
		wrong(c, at, "%" PRIu32 " is larger than %" PRIu32, errno_ret->v, max);
}

static void check_syscall(struct check *c, const struct place *at, const struct spec_syscall *s)
{
	const struct place *args = PLACE_KEY(at, "args");

	if (s->names.n == 0)
		wrong(c, PLACE_KEY(at, "names"), "must have at least one entry");
	for (size_t i = 0; i < s->names.n; i++)
		if (s->names.items[i][0] == '\0')
			wrong(c, PLACE_ITEM(PLACE_KEY(at, "names"), i), "must not be empty");
	check_errno(c, PLACE_KEY(at, "errnoRet"), s->action, &s->errno_ret);
	for (size_t i = 0; i < s->args.n; i++)
		if (s->args.items[i].index > 5)
			wrong(c, PLACE_KEY(PLACE_ITEM(args, i), "index"),
			      "a system call has arguments 0 to 5");
}

void check_seccomp(struct check *c, const struct place *at, const struct spec_seccomp *s)
{
	check_errno(c, PLACE_KEY(at, "defaultErrnoRet"), s->default_action, &s->default_errno_ret);
	if (s->listener_metadata && !s->listener_path)
		wrong(c, PLACE_KEY(at, "listenerMetadata"), "must not be set without listenerPath");
	for (size_t i = 0; i < s->syscalls.n; i++)
		check_syscall(c, PLACE_ITEM(PLACE_KEY(at, "syscalls"), i), &s->syscalls.items[i]);
}
