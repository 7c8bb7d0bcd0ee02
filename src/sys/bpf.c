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

/* By its name a program is known as ours. */
#define NAME "socle_devices"
_Static_assert(sizeof(NAME) <= BPF_OBJ_NAME_LEN, "a program's name is short");

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
	memcpy(attr.prog_name, NAME, sizeof(NAME));
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

/* The program with this number, if it is ours; -1 otherwise. */
static int open_ours(uint32_t id)
{
	union bpf_attr attr;
	struct bpf_prog_info info;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	_cleanup_close_ int program = sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr);
	if (program < 0)
		return -1;
	memset(&info, 0, sizeof(info));
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)program;
	attr.info.info_len = sizeof(info);
	attr.info.info = pointer(&info);
	if (sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) < 0 || strcmp(info.name, NAME) != 0)
		return -1;
	return fd_take(&program);
}

/* Ours among those that are attached to the cgroup itself; -1: none. */
static int find_ours(int cgroup_fd)
{
	uint32_t ids[64];
	union bpf_attr attr;
	int program = -1;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (uint32_t)cgroup_fd;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = pointer(ids);
	attr.query.prog_cnt = sizeof(ids) / sizeof(ids[0]);
	if (sys_bpf(BPF_PROG_QUERY, &attr) < 0)
		return -1;
	for (uint32_t i = 0; i < attr.query.prog_cnt && program < 0; i++)
		program = open_ours(ids[i]);
	return program;
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
	_cleanup_close_ int old = find_ours(cgroup_fd);
	if (old >= 0) {
		attr.attach_flags |= BPF_F_REPLACE;
		attr.replace_bpf_fd = (uint32_t)old;
	}
	if (sys_bpf(BPF_PROG_ATTACH, &attr) < 0)
		return err_call(e, "bpf BPF_PROG_ATTACH", NULL);
	return 0;
}
