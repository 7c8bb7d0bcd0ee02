/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_SAMPLE_TEST_H
#define SOCLE_PLAN_SAMPLE_TEST_H

#include <string.h>

#include "plan/create.h"
#include "plan/facts.h"

/* Plans for the tests of this folder: a configuration of which each test gives the part that it is about. */

static struct hierarchy sample_v1[] = {
	{ "name=systemd", "/sys/fs/cgroup/systemd", "/" },
	{ "devices", "/sys/fs/cgroup/devices", "/user.slice" },
	{ "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/user.slice" },
	{ "", "/sys/fs/cgroup/unified", "/user.slice/session" },
};
static struct hierarchy sample_v2[] = { { "", "/sys/fs/cgroup", "/user.slice/session" } };

static const struct facts sample_hybrid = { .cgroup_layout = "hybrid", .hierarchies = { 4, sample_v1 }, .selinux = true };
static const struct facts sample_unified = { .cgroup_layout = "v2", .hierarchies = { 1, sample_v2 } };
static const struct facts sample_none = { .cgroup_layout = "none" };

/* The members of a configuration that nearly every operation comes from. */
#define SAMPLE_PROCESS \
	"\"process\": {\"user\": {\"uid\": 5, \"gid\": 6, \"additionalGids\": [7, 8], \"umask\": 18}," \
	"\"args\": [\"sh\", \"-c\", \"a b\"], \"env\": [\"A=1\", \"PATH=/bin\"], \"cwd\": \"/\", \"terminal\": true," \
	"\"oomScoreAdj\": 5, \"noNewPrivileges\": true," \
	"\"capabilities\": {\"bounding\": [\"CAP_CHOWN\"], \"permitted\": [\"CAP_CHOWN\"]}," \
	"\"rlimits\": [{\"type\": \"RLIMIT_NOFILE\", \"soft\": 1, \"hard\": 2}]}"
#define SAMPLE_MOUNTS \
	"\"mounts\": [" \
	"{\"destination\": \"/proc\", \"type\": \"proc\", \"source\": \"proc\"}," \
	"{\"destination\": \"/dev\", \"type\": \"tmpfs\", \"source\": \"tmpfs\", \"options\": [\"ro\", \"mode=755\"]}," \
	"{\"destination\": \"/dev/pts\", \"type\": \"devpts\", \"source\": \"pts\", \"options\": [\"newinstance\"]}," \
	"{\"destination\": \"/sys/fs/cgroup\", \"type\": \"cgroup\", \"source\": \"cgroup\", \"options\": [\"ro\"]}," \
	"{\"destination\": \"/data\", \"source\": \"/srv\", \"options\": [\"rbind\", \"rro\", \"rslave\"]}]"
#define SAMPLE_LINUX \
	"\"linux\": {\"namespaces\": [{\"type\": \"pid\", \"path\": \"/proc/1/ns/pid\"}, {\"type\": \"mount\"}," \
	"{\"type\": \"network\"}, {\"type\": \"uts\"}, {\"type\": \"cgroup\"}]," \
	"\"sysctl\": {\"net.ipv4.ip_forward\": \"1\"}, \"rootfsPropagation\": \"shared\"," \
	"\"devices\": [{\"path\": \"/dev/fuse\", \"type\": \"c\", \"major\": 10, \"minor\": 229}]," \
	"\"maskedPaths\": [\"/proc/kcore\"], \"readonlyPaths\": [\"/proc/sys\"]}"
#define SAMPLE_HEAD "{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"rootfs\", \"readonly\": true}, \"hostname\": \"h\""
#define SAMPLE_FULL \
	SAMPLE_HEAD ", \"domainname\": \"d\", " SAMPLE_PROCESS ", " SAMPLE_MOUNTS ", " SAMPLE_LINUX "}"

/* A small one around some members of "linux" and some mounts, both as JSON. */
#define SAMPLE_SMALL(mounts, linux_members) \
	"{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"rootfs\"}," \
	"\"process\": {\"user\": {\"uid\": 0, \"gid\": 0}, \"args\": [\"sh\"], \"cwd\": \"/\"}," \
	"\"mounts\": [" mounts "], \"linux\": {\"namespaces\": [{\"type\": \"mount\"}]" linux_members "}}"

static inline int sample_plan(const char *config, const struct facts *facts, struct arena *a,
			      const struct plan_header **ret_plan, struct err *e)
{
	const struct create_request request = { .id = "c1", .state_root = "/run/socle", .bundle = "/bundle" };
	struct problems problems = { 0 }, warnings = { 0 };
	struct spec *spec;
	TRY(spec_decode(config, strlen(config), a, &spec, &problems, e));
	TRY(spec_validate(spec, a, &problems, e));
	return plan_create(spec, &request, facts, a, &warnings, ret_plan, e);
}

/* The first operation of a kind, in any stage; NULL if there is none. */
static inline const struct op *sample_find(const struct plan_header *p, enum op_kind kind)
{
	for (uint32_t i = 0; i < p->n_ops; i++)
		if (plan_op_at(p, i)->kind == kind)
			return plan_op_at(p, i);
	return NULL;
}

#endif
