/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SPEC_CHECK_H
#define SOCLE_SPEC_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/problem.h"
#include "spec/spec.h"

/* Shared by the files that validate parts of config.json: a check looks at one object and notes
 * what is wrong with it, at its place in the document. */
struct check {
	struct problems *problems;
	struct arena *arena;
	const struct spec_linux *linux_; /* to look namespaces up in; may be NULL */
};

#define wrong(c, at, ...) problem_at((c)->problems, (c)->arena, at, __VA_ARGS__)

/* validate.c */
bool has_namespace(const struct check *c, const char *type);
bool is_repeated(uint64_t *seen, const char *words, const char *word); /* notes it in `seen` */
void check_absolute(struct check *c, const struct place *at, const char *path);
void check_absolute_all(struct check *c, const struct place *at, const struct strings *paths);
void check_environment(struct check *c, const struct place *at, const struct strings *env);
void check_id(struct check *c, const struct place *at, uint32_t id);
void check_mappings(struct check *c, const struct place *at,
		    const struct spec_id_mappings *mappings);
void check_single_line(struct check *c, const struct place *at, const char *s);

/* validate-process.c, -linux.c, -resources.c, -seccomp.c */
void check_process(struct check *c, const struct place *at, const struct spec_process *process);
void check_linux(struct check *c, const struct place *at, const struct spec_linux *linux_);
void check_resources(struct check *c, const struct place *at,
		     const struct spec_resources *resources);
void check_seccomp(struct check *c, const struct place *at, const struct spec_seccomp *seccomp);

#endif
