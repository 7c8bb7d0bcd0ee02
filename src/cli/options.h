/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_CLI_OPTIONS_H
#define SOCLE_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* An option is a row: its names, its help, and the member of the command's struct that it sets.
 * The member's type says what it takes: a bool nothing (or "=true", "=false"), a string any text,
 * an unsigned a number. */
enum option_type { OPTION_SWITCH, OPTION_TEXT, OPTION_NUMBER, OPTION_TEXTS };

/* What an option that can be given again collects; on the heap, for as long as the program runs. */
struct option_list { size_t n; const char **items; };

struct option_def {
	char letter;      /* 0: none */
	const char *name; /* NULL ends the list */
	const char *arg;  /* "DIR"; NULL for a switch */
	const char *help;
	enum option_type type;
	size_t offset;
};

#define OPTION_TYPE(x) \
	_Generic((x), bool: OPTION_SWITCH, const char *: OPTION_TEXT, unsigned: OPTION_NUMBER, \
		 struct option_list: OPTION_TEXTS)
#define OPTION(T, member, letter, name, arg, help) \
	{ letter, name, arg, help, OPTION_TYPE(((T *)0)->member), offsetof(T, member) }
#define OPTIONS(...) ((const struct option_def[]){ __VA_ARGS__, {} })
#define NO_OPTIONS   ((const struct option_def[]){ {} })

/* The arguments of one command while they are read. */
struct arguments {
	char **items; /* options are taken out as they are read: what stays moves to the front */
	int n;
	int stop_at; /* which of those that are no options ends the reading, from 1: it is a command, and what follows is its own; 0: none */
	bool help;       /* -h or --help was there; nothing behind it has been read */
};

/* Read all options into `values`, the struct that the rows speak of. */
int options_read(const struct option_def *defs, void *values, struct arguments *args,
		 struct err *e);

#endif
