/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/affinity.h"

#include <errno.h>
#include <string.h>

#include "sys/calls.h"

#define PER_WORD (8 * sizeof(unsigned long))

/* The raw calls, as the C libraries' type ends at 1,024. */
static int set(const struct affinity *a)
{
	return (int)syscall(__NR_sched_setaffinity, 0, a->size, a->bits);
}

int affinity_set(const uint32_t *cpus, size_t n, struct err *e)
{
	struct affinity a = { .size = sizeof(a.bits) };
	for (size_t i = 0; i < n; i++)
		if (cpus[i] < 8 * sizeof(a.bits))
			a.bits[cpus[i] / PER_WORD] |= 1ul << cpus[i] % PER_WORD;
	return set(&a) < 0 ? err_call(e, "sched_setaffinity", NULL) : 0;
}

void affinity_reset(void)
{
	struct affinity a = { .size = sizeof(a.bits) };
	memset(a.bits, 0xff, sizeof(a.bits));
	set(&a);
}

void affinity_get(struct affinity *ret)
{
	long n = syscall(__NR_sched_getaffinity, 0, sizeof(ret->bits), ret->bits);
	ret->size = n < 0 ? 0 : (size_t)n;
}

void affinity_put(const struct affinity *a)
{
	if (a->size)
		set(a);
}
