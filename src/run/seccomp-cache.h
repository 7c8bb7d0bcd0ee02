/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_SECCOMP_CACHE_H
#define SOCLE_RUN_SECCOMP_CACHE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/types.h"
#include "spec/spec.h"

/* Compiled filters beside the state: STATE-ROOT/.seccomp/NAME, a file a profile.
 *
 * A file holds all that its program was made from, and that is what is compared: the name is a hash, but no hash alone
 * decides.  A file that is not ours alone to write, that is damaged, or that another libseccomp made is as good as
 * none.  Nothing here can fail: who finds nothing compiles, and what cannot be kept is made again. */

#define SECCOMP_CACHE_DIR ".seccomp" /* no container's id begins with a dot */
#define SECCOMP_CACHE_MAX 64	     /* files; then the oldest gives way */

struct seccomp_key { char name[17]; const char *bytes; size_t size; };

/* What the program depends on, and nothing else of the profile. */
struct seccomp_key seccomp_key(const struct spec_seccomp *s, struct arena *a);

bool seccomp_cache_find(const char *state_root, const struct seccomp_key *key, struct arena *a, struct u32s *ret_program);
void seccomp_cache_keep(const char *state_root, const struct seccomp_key *key, const struct u32s *program);

#endif
