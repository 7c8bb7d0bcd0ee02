/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_API_API_H
#define SOCLE_API_API_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/problem.h"
#include "plan/rootfs.h"
#include "socle.h"
#include "spec/spec.h"

/* What the entry points share: the way from our errors, events and option structs to the public ones. */

/* The end of every entry point: hand out the error of a call that failed (`result` < 0).  Returns `result`. */
int api_result(int result, const struct err *e, struct socle_error *ret_error);

/* A mistake of the caller: EINVAL and the words.  Returns -1. */
int api_misuse(struct err *e, const char *fmt, ...) ERR_PRINTF(2, 3);

/* Each names the argument that is wrong. */
int api_need(const void *argument, const char *name, struct err *e);	/* not NULL */
int api_need_path(const char *path, const char *name, struct err *e); /* absolute */
int api_need_state_root(const char **state_root, struct err *e);	/* absolute; NULL becomes the default */
int api_need_flags(unsigned flags, unsigned known, struct err *e);

/* A struct that carries its size, as a caller passed it that knows an older or a newer one, into `known` bytes of
 * ours.  The first `least` bytes have been there from the beginning; what is behind the caller's is 0; what the caller
 * has behind ours must be 0, or it asks for something that we do not know. */
int api_options(void *ours, size_t known, size_t least, const void *given, const char *name, struct err *e);

/* Tell who listens. */
struct api_listener { socle_event_fn *event; void *data; };
void api_tell(const struct api_listener *l, enum socle_event_kind kind, const char *text);
void api_tell_all(const struct api_listener *l, enum socle_event_kind kind, const struct problems *p);

/* What is described so far.  Everything lives in the arena. */
struct socle_rootfs {
	struct arena arena;
	struct spec spec; /* root, mounts and linux_ point to the members below */
	struct spec_root root;
	struct spec_linux linux_;
	struct rootfs_request request;
	struct api_listener listener;
};

#endif
