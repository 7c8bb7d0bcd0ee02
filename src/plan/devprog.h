/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_DEVPROG_H
#define SOCLE_PLAN_DEVPROG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/* Who may open which device: the rules of linux.resources.devices as a program for cgroup version 2
 * (BPF_PROG_TYPE_CGROUP_DEVICE) and as lines for version 1.
 *
 * Rules count in their order.  Each of reading, writing and mknod is decided by the last rule that
 * matches the device and names that access; none matching, it is denied.  A request for several at
 * once is allowed if each of them is.  Absent members match everything, and so does -1 as a
 * number. */

#define DEVPROG_RULES_MAX 4096 /* keeps every jump of the program within its 16 bits */

/* Append what every container may do: mknod of anything, the usual nodes, terminals; and all access
 * to the nodes of linux.devices for which the configuration has no rule of their own.  (`--device
 * /dev/sda:r` is a node and a rule for reading: the rule has the last word.)  `ret_rules` holds the
 * configuration's rules first. */
void devprog_default_rules(const struct spec_device_rules *config, const struct spec_devices *nodes,
			   struct arena *a, struct spec_device_rules *ret_rules);

/* The program: `ret_insns` are struct bpf_insn as the kernel takes them, in `a`.  A rule that makes
 * no sense is an error at /linux/resources/devices/N. */
int devprog_build(const struct spec_device_rule *rules, size_t n, struct arena *a,
		  uint64_t **ret_insns, size_t *ret_n, struct err *e);

/* The same for version 1: an answer for everything, and lines for devices.allow (or, after allowing everything, for
 * devices.deny) that are the exceptions.  What that cannot express is an error. */
struct devprog_v1 { bool allow_all; struct strings exceptions; };
int devprog_v1(const struct spec_device_rules *rules, struct arena *a, struct devprog_v1 *ret, struct err *e);

#endif
