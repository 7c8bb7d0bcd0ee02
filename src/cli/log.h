/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_CLI_LOG_H
#define SOCLE_CLI_LOG_H

#include <stdbool.h>

#include "base/err.h"
#include "base/problem.h"

/* What the program says: to a person on stderr, and with --log to an engine as one line a message.
 * Nothing is opened until there is something to say. */
enum log_level { LOG_ERROR, LOG_WARNING, LOG_DEBUG, N_LOG_LEVELS };
extern const char *const log_level_names[N_LOG_LEVELS + 1];

struct log {
	const char *target; /* "FILE", "file:FILE", "syslog:ID", "journald:ID"; NULL: stderr alone */
	bool json;
	enum log_level level; /* up to which one messages are shown */
};

/* Can messages go there at all?  The file itself is not looked at. */
int log_check_target(const char *target, struct err *e);

/* The whole error; `more` are the problems of a configuration of which the error is the first, or
 * NULL. */
void log_error(const struct log *l, const struct err *e, const struct problems *more);
void log_text(const struct log *l, enum log_level level, const char *fmt, ...) ERR_PRINTF(3, 4);

#endif
