/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_RESOURCES_H
#define SOCLE_PLAN_RESOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/problem.h"
#include "plan/facts.h"
#include "spec/spec.h"

/* The limits of /linux/resources (all but the device rules): a field is a row of one table, which `create` and `update`
 * go by on every layout, and docs/cgroups.md is made from.
 *
 * A field goes to version 1 if a hierarchy there has the controller, otherwise to version 2 if that has it. */

/* What is asked for: by this call, and by this and all earlier ones.  `create` has both the same. */
struct resources_asked { const struct spec_resources *now, *all; struct arena *arena; };

/* What one field asks for, or one item of a list. */
struct resource_value {
	const char *name;   /* of an item: "8:0", "eth0", "2MB" */
	const char *text;   /* a field that is a text */
	uint64_t n;	    /* a field that is a number, … */
	bool unlimited;	    /* … or -1 */
	bool optional;	    /* nothing is lost where the kernel does not have the file */
};

struct resource_row;
/* The `i`th thing that a field asks for.  No more: false. */
typedef bool resource_get_fn(const struct resource_row *row, const struct resources_asked *r, size_t i,
			     struct resource_value *ret);
/* What is written for it; NULL: nothing, as that is how it is anyway, or another row has it. */
typedef const char *resource_text_fn(const struct resources_asked *r, struct resource_value *v);

/* Where a field goes in one version. */
struct resource_file {
	const char *controller; /* NULL: this version has nothing like it, see `lacks` */
	const char *file;	/* '*' is the item's name; NULL: nothing needs to be written */
	resource_text_fn *text;
};

enum {
	RESOURCE_ZERO = 1u << 0,    /* 0 is a value; elsewhere it is the same as absent, as engines in Go have it */
	RESOURCE_ADVANCE = 1u << 1, /* a first try at a field of which the kernel may want another one first */
	RESOURCE_IGNORED = 1u << 2, /* what a version lacks is told in a warning, not refused: engines ask for it */
	RESOURCE_MORE = 1u << 3,    /* a second file of the same field, which not every kernel has */
	RESOURCE_KEYED = 1u << 4,   /* the items are members of an object */
};

struct resource_row {
	const char *field; /* below /linux/resources: "memory/limit"; '*' is any item of a list */
	resource_get_fn *get;
	uint16_t object, member; /* for `get`: offsets in struct spec_resources and in that member */
	uint8_t type, how;
	struct resource_file v1, v1_else; /* else: where the kernel does not have the first */
	struct resource_file v2, v2_else;
	const char *lacks; /* why one version does not have it */
	const char *note;  /* for the document: what becomes of the value */
};
extern const struct resource_row resource_rows[];
extern const size_t n_resource_rows;

/* docs/cgroups.md's table. */
void resources_document(struct buf *out);

/* One file to be written. */
struct resource_setting {
	const struct resource_row *row;
	struct resource_value value;
	size_t hierarchy;	 /* of the facts */
	const char *origin;	 /* JSON pointer */
	const char *file, *else_file;
	const char *text, *else_text; /* a line of it is one write */
};
struct resource_settings { size_t n, room; struct resource_setting *items; };

/* A number of the specification's own type: 0 where it is absent, which is as good. */
static inline int64_t resources_number(struct opt_i64 v)
{
	return v.set ? v.v : 0;
}

/* ---- settle.c */

/* All that is to be written, in its order.  What the host cannot do is an error or a warning, each with its pointer. */
int resources_settle(const struct resources_asked *r, const struct facts *f, struct problems *warnings,
		     struct resource_settings *ret, struct err *e);

/* The hierarchy that has a controller; SIZE_MAX: none. */
size_t resources_hierarchy(const struct facts *f, const char *controller, bool v2);

/* Is `word` one of "cpu,cpuacct", or of "cpuset cpu io"? */
bool resources_has_word(const char *list, const char *word);


#endif
