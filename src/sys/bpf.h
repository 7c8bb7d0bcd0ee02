/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_BPF_H
#define SOCLE_SYS_BPF_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Let this program (struct bpf_insn, as plan/devprog makes them) decide about devices in the
 * cgroup, in place of the one that was attached here before, at once, and beside those of others:
 * what one of them denies is denied.  It lives as long as the cgroup. */
int bpf_attach_device_filter(int cgroup_fd, const uint64_t *insns, size_t n, struct err *e);

#endif
