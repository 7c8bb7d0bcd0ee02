/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_CRED_H
#define SOCLE_SYS_CRED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* User, groups and capabilities of the calling thread, which is the only one. */

/* Drop from the bounding set what is not in `keep`. */
int cred_bound(uint64_t keep, struct err *e);
/* Keep the permitted set over the change of user. */
int cred_keep_caps(struct err *e);
int cred_set_groups(const uint32_t *groups, size_t n, struct err *e);
int cred_set_user(uint32_t uid, uint32_t gid, struct err *e);
int cred_set_caps(uint64_t effective, uint64_t permitted, uint64_t inheritable, struct err *e);
/* What the thread holds. */
int cred_get_caps(uint64_t *ret_effective, uint64_t *ret_permitted, uint64_t *ret_inheritable, struct err *e);
/* Pass all that is permitted on to the next program, whoever we are; and take that back. */
int cred_pass_caps(struct err *e);
int cred_pass_no_caps(struct err *e);
int cred_set_ambient(uint64_t ambient, struct err *e);
/* The capabilities that this kernel knows. */
uint64_t cred_known_caps(void);

#endif
