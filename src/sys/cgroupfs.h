/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_CGROUPFS_H
#define SOCLE_SYS_CGROUPFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/types.h"

/* Directories of cgroup file systems, by absolute host path. */

/* The cgroup `path` below the directory `dir`: symlinks and ".." lead nowhere.  ENOENT: there is none. */
int cgroup_open_below(int dir, const char *path, struct err *e);

/* A cgroup of version 2 that hands controllers on to its children takes no process itself. */
bool cgroup_is_for_children(int dir);

/* The path of a process's cgroup of version 2, from the root of our cgroup namespace. */
int cgroup_of_process(int64_t pid, char *buf, size_t size, struct err *e);

/* Make the directory and what is missing above it; `made` is called before each parent that has to be made.
 * *ret_existed: the last one was there already.  Returns the directory's descriptor. */
int cgroup_make(const char *path, int (*before)(void *data, const char *path, struct err *e), void *data,
		bool *ret_existed, struct err *e);

/* A version 1 cpuset takes no process before it has cpus and mems: they are copied from above. */
int cgroup_copy_cpuset(int dir, const char *path, struct err *e);

/* Signal every process of a container, whose cgroups these are, one a hierarchy, and of those below.  They are made to
 * stand still meanwhile where that can be, so that none is made that would not get it: nobody outruns it by forking. */
int cgroup_signal(const struct strings *dirs, int signal, struct err *e);

/* Call `see` with each process of the cgroup and of those below. */
int cgroup_each_process(const char *path, int (*see)(void *data, int pid), void *data, struct err *e);

/* A cgroup carries the name of whom it was made for, as far as the kernel lets it: a later container may be given the
 * path of one that has ended, and is not to be killed with it. */
void cgroup_mark(int dir, const char *owner);
bool cgroup_is_somebody_elses(const char *path, const char *owner);

/* Give a cgroup of version 2 to `uid`: the directory, and what the kernel names as safe to give away with it. */
int cgroup_set_owner(int dir, uint32_t uid, struct err *e);

/* Does it hold processes, or not exist at all? */
int cgroup_is_populated(int dir, bool *ret_yes, struct err *e);

/* A frozen version 1 cgroup keeps its processes from dying. */
void cgroup_thaw(const char *path);

/* Kill what is in it and remove it with everything below.  Glad to find nothing. */
int cgroup_remove(const char *path, struct err *e);

/* Remove it if it is empty; otherwise somebody uses it, which is no error.  Is it gone? */
bool cgroup_remove_empty(const char *path);

#endif
