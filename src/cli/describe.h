/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_CLI_DESCRIBE_H
#define SOCLE_CLI_DESCRIBE_H

#include <stdint.h>

#include "base/writer.h"
#include "run/container.h"

/* A container as `state` and `list` show it: the members, names and order of runc. */
void describe_json(const struct container_info *info, struct writer *w);

/* Its pid as runc shows it: 0 once it has stopped. */
int64_t describe_pid(const struct container_info *info);

/* Who created it, by name; "#UID" where /etc/passwd has none. */
#define OWNER_SIZE 64
const char *describe_owner(uint64_t uid, char buf[OWNER_SIZE]);

#endif
