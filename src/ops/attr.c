/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of the process: written into its own files of a procfs that nobody else sees, so that nothing in the
 * container takes the write for the kernel, and read back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ops/run.h"
#include "sys/procfs.h"

#define LABEL_MAX 4096

/* What each is written to, what stands before the label, and what the kernel's refusal of one means. */
static const struct attribute {
	const char *path, *before;
	int num;
	const char *unknown;
} attributes[] = {
	[ATTR_SELINUX_EXEC] = { "self/attr/exec", "", EINVAL, "SELinux's policy does not know the label" },
	[ATTR_SELINUX_KEYS] = { "self/attr/keycreate", "", EINVAL, "SELinux's policy does not know the label" },
	[ATTR_APPARMOR_EXEC] = { "self/attr/apparmor/exec", "exec ", ENOENT, "AppArmor has no such profile loaded" },
};

/* Some label is there now: which way the kernel writes it is its own affair. */
static int read_back(int procfs, const struct attribute *at, const char *label, struct err *e)
{
	char text[LABEL_MAX];
	ssize_t n = procfs_read(procfs, at->path, text, sizeof(text), e);
	if (n < 0)
		return -1;
	return n == 0 || text[0] == 0 ? err_rule(e, NULL, "\"%s\" did not take the label \"%s\"", at->path, label) : 0;
}

int perform_attribute(struct run *r, const struct op *op, struct err *e)
{
	const struct op_attribute *a = ARGS(op_attribute, r, op);
	const struct attribute *at = &attributes[a->which.v];
	const char *label = run_str(r, a->label);
	char text[LABEL_MAX];
	if (!label) /* a newline is none; nothing at all would not reach the kernel */
		return procfs_write(run_slot(r, a->procfs), at->path, "\n", e);
	if ((size_t)snprintf(text, sizeof(text), "%s%s", at->before, label) >= sizeof(text))
		return err_rule(e, NULL, "a label of %zu bytes is too long", strlen(label));
	if (procfs_write(run_slot(r, a->procfs), at->path, text, e) == 0)
		return read_back(run_slot(r, a->procfs), at, label, e);
	/* Not the kernel's words: engines would take them for those of a missing program. */
	return err_is(e, at->num) ? err_rule(e, NULL, "%s: \"%s\"", at->unknown, label) : -1;
}
