/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_OPTIONS_H
#define SOCLE_PLAN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "spec/spec.h"

/* Mount options: each is a row.  What no row names goes to the file system as it is. */
enum mount_option_kind {
	OPT_ATTR,    /* an attribute of the mount */
	OPT_SPREAD,  /* propagation */
	OPT_BIND,    /* a bind, and whether it is recursive */
	OPT_SUPER,   /* of the file system: passed on, though it is no word of the file system's own */
	OPT_IGNORED, /* of fstab(5): means nothing to a mount that is being made */
	OPT_EXTRA,   /* something of the runtime's own: set is EXTRA_* */
	OPT_REFUSED, /* known, and of no use to a mount that is being made: named in the error */
};

enum {
	EXTRA_COPY_UP = 1u << 0,
	EXTRA_IDMAP = 1u << 1,
	EXTRA_IDMAP_TREE = 1u << 2,
	EXTRA_COPY_SYMLINK = 1u << 3,
	EXTRA_SOURCE_NOFOLLOW = 1u << 4,
	EXTRA_TARGET_NOFOLLOW = 1u << 5,
	EXTRA_RELABEL_SHARED = 1u << 6,
	EXTRA_RELABEL_PRIVATE = 1u << 7,
};

struct mount_option {
	const char *name;
	enum mount_option_kind kind;
	uint64_t clear, set; /* MOUNT_ATTR_*; OPT_SPREAD: set is MS_*; OPT_BIND: set is recursion */
	bool recursive;
};
extern const struct mount_option mount_options[];
extern const size_t n_mount_options;

const struct mount_option *mount_option_find(const char *name);

/* What a mount's options add up to. */
struct mount_wishes {
	uint64_t set, clear, recursive_set, recursive_clear;
	uint32_t *spread;
	size_t n_spread;
	uint32_t extra;	      /* EXTRA_* */
	bool bind, recursive; /* bind or rbind among them */
	const char **data;    /* what goes to the file system, in order */
	size_t n_data;
	size_t refused; /* index + 1 of the first option that is not carried out; 0: none */
};
void mount_wishes_read(const struct strings *options, struct arena *a, struct mount_wishes *ret);

#endif
