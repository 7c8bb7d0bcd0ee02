/* SPDX-License-Identifier: Apache-2.0 */

/* Two calls of bpf(2), each with a whole zeroed union: older kernels look at what they do not know
 * and want it zero.  The verifier's log costs more than the check, so it is asked for only once a
 * program was refused. */
#include "sys/bpf.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "sys/calls.h"
#include "sys/fd.h"

static int sys_bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(__NR_bpf, command, attr, sizeof(*attr));
}

static uint64_t pointer(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static int load(const uint64_t *insns, size_t n, char *log, size_t log_size)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = pointer(insns);
	attr.insn_cnt = (uint32_t)n;
	attr.license = pointer("Apache");
	if (log) {
		attr.log_buf = pointer(log);
		attr.log_size = (uint32_t)log_size;
		attr.log_level = 1;
	}
	return sys_bpf(BPF_PROG_LOAD, &attr);
}

/* The reason is the last line before the verifier's statistics. */
static void keep_reason(char *log, struct err *e)
{
	char *end = strstr(log, "\nprocessed "), *line;

	if (!end)
		end = log + strlen(log);
	while (end > log && end[-1] == '\n')
		end--;
	*end = '\0';
	line = strrchr(log, '\n');
	snprintf(e->kernel, sizeof(e->kernel), "%.200s", line ? line + 1 : log);
}

static int load_failed(const uint64_t *insns, size_t n, struct err *e)
{
	char log[8192] = "";

	err_call(e, "bpf BPF_PROG_LOAD", NULL);
	int second = load(insns, n, log, sizeof(log));
	fd_closep(&second);
	log[sizeof(log) - 1] = '\0';
	keep_reason(log, e);
	return -1;
}

int bpf_attach_device_filter(int cgroup_fd, const uint64_t *insns, size_t n, struct err *e)
{
	union bpf_attr attr;
	_cleanup_close_ int program = load(insns, n, NULL, 0);

	/* EAGAIN: a signal came while the verifier ran. */
	for (int i = 0; program < 0 && errno == EAGAIN && i < 5; i++)
		program = load(insns, n, NULL, 0);
	if (program < 0)
		return load_failed(insns, n, e);

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup_fd;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	if (sys_bpf(BPF_PROG_ATTACH, &attr) < 0)
		return err_call(e, "bpf BPF_PROG_ATTACH", NULL);
	return 0;
}
