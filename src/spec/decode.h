/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SPEC_DECODE_H
#define SOCLE_SPEC_DECODE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/problem.h"
#include "spec/spec.h"

/* Decode the text of a config.json.  Every problem is collected: syntax errors (with line and
 * column), wrong types, missing required fields, numbers out of range, duplicate keys, embedded
 * NULs.  Unknown members are ignored.  What is returned lives in `a`.  Returns -1 with `e` naming
 * the first problem, if there is any. */
int spec_decode(const char *text, size_t size, struct arena *a, struct spec **ret_spec,
		struct problems *p, struct err *e);

/* One process object (`exec --process FILE`), and one resources object (`update --resources
 * FILE`). */
int spec_decode_process(const char *text, size_t size, struct arena *a,
			struct spec_process **ret_process, struct problems *p, struct err *e);
int spec_decode_resources(const char *text, size_t size, struct arena *a,
			  struct spec_resources **ret_resources, struct problems *p, struct err *e);

/* The rules that the types cannot express (specification's MUSTs that need no host to check):
 * version, absolute and empty paths, args, namespaces twice, enums, mappings, names with slashes,
 * …  All problems are collected. */
int spec_validate(const struct spec *spec, struct arena *a, struct problems *p, struct err *e);

/* The same for one process and one resources object; the pointers are relative to it. */
int spec_validate_process(const struct spec_process *process, struct arena *a, struct problems *p,
			  struct err *e);
int spec_validate_resources(const struct spec_resources *resources, struct arena *a,
			    struct problems *p, struct err *e);

#endif
