/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_IDMAPS_H
#define SOCLE_RUN_IDMAPS_H

#include <stdint.h>

#include "base/err.h"

/* The maps of a user namespace: lines as /proc/PID/uid_map takes them, and who writes them (MAPS_* of plan/op.h). */
struct idmaps { const char *uid, *gid; uint32_t how; };

/* Give them to a process in a new user namespace. */
int idmaps_write(int64_t pid, const struct idmaps *maps, struct err *e);

/* A user namespace that has these maps and nobody in it, for id-mapped mounts. */
int idmaps_namespace(const struct idmaps *maps, struct err *e);

/* Write a file of a process in the host's procfs, which is checked to be one. */
int process_file_write(int64_t pid, const char *name, const char *text, struct err *e);

#endif
