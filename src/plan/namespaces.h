/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_NAMESPACES_H
#define SOCLE_PLAN_NAMESPACES_H

#include <stddef.h>
#include <stdint.h>

/* A namespace is a row. */
struct namespace_row {
	const char *type; /* the specification's word */
	uint64_t flag;	  /* CLONE_NEW* */
	const char *file; /* under /proc/PID/ns */
};
extern const struct namespace_row namespace_rows[];
extern const size_t n_namespace_rows;
#define N_NAMESPACES 8

const struct namespace_row *namespace_find(const char *type);

#endif
