/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_BASE_ERR_H
#define SOCLE_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* One error, whole (R40).  Plain data of fixed size: making one needs no memory and cannot fail,
 * and it crosses a socket between two processes as it is.  Every string is NUL-terminated; empty
 * means "not known". */
struct err {
	int  num;	  /* errno of the call; 0: a rule was broken, no call failed */
	char call[32];	  /* "move_mount" */
	char path[256];	  /* what the call was about */
	char field[128];  /* JSON pointer into config.json: "/mounts/3/options/1" */
	char step[64];	  /* the operation being carried out: "mount tmpfs" */
	char text[512];	  /* the rule, or "while copying up /etc: …" */
	char kernel[256]; /* what the kernel wrote to the mount's log */
	char also[256];	  /* what then went wrong while undoing; never hides the first */
};

#define ERR_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Record that `call` failed on `path` (either may be NULL) with the current errno.  Returns -1. */
int err_call(struct err *e, const char *call, const char *path);

/* The same with the error number given; for calls that return it.  Returns -1. */
int err_call_num(struct err *e, int num, const char *call, const char *path);

/* Record that a rule was broken: `field` is a JSON pointer, or NULL.  Returns -1. */
int err_rule(struct err *e, const char *field, const char *fmt, ...) ERR_PRINTF(3, 4);

/* Say which field of the configuration an error is about; printf.  Returns -1. */
int err_at(struct err *e, const char *fmt, ...) ERR_PRINTF(2, 3);

/* Prepend context to the text of an error that is already set.  Returns -1. */
int err_note(struct err *e, const char *fmt, ...) ERR_PRINTF(2, 3);

/* Append what went wrong in a clean-up; does nothing if `second` is unset.  The first error stays
 * first. */
void err_also(struct err *e, const struct err *second);

/* Does the error come from a call that failed with `num`? */
bool err_is(const struct err *e, int num);

/* Has anything been recorded? */
bool err_is_set(const struct err *e);

/* The error in one line, without the lines of detail, into `buf`; always NUL-terminated.  It is
 * "step: text: call "path": errno's words".  Returns `buf`. */
const char *err_line(const struct err *e, char *buf, size_t size);

/* The same with errno's words in small letters ("permission denied"): Docker's client tells failures apart by them,
 * letter by letter. */
const char *err_message(const struct err *e, char *buf, size_t size);

/* errno's words as strerror(3) of the C locale has them, without the lock that strerror may take.
 */
const char *err_words(int num);

/* Run `f` on the variable when it leaves its scope: `_cleanup_(arena_done) struct arena a = {};` */
#define _cleanup_(f) __attribute__((cleanup(f)))

#define TRY(call)                  \
	do {                       \
		if ((call) < 0)    \
			return -1; \
	} while (0)

#endif
