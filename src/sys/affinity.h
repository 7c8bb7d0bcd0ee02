/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_AFFINITY_H
#define SOCLE_SYS_AFFINITY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The processors that the calling thread may run on. */
struct affinity { unsigned long bits[8192 / (8 * sizeof(unsigned long))]; size_t size; /* in bytes; 0: not known */ };

/* On these alone. */
int affinity_set(const uint32_t *cpus, size_t n, struct err *e);
/* On all that the cgroup allows.  Where the kernel will not, they stay as they are. */
void affinity_reset(void);
/* As they are now, and as they were then. */
void affinity_get(struct affinity *ret);
void affinity_put(const struct affinity *a);

#endif
