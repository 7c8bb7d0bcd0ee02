/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_SPAWN_H
#define SOCLE_SYS_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Start a program in new namespaces.  The caller's memory is lent to the child until it has executed, as vfork
 * does, so the cost does not grow with the caller and a threaded caller is safe: between clone and exec the
 * child makes system calls and nothing else. */
struct spawn {
	int program;	       /* descriptor of the executable; closed in the child by its close-on-exec */
	char *const *argv;
	char *const *envp;
	uint64_t namespaces;   /* CLONE_NEW* */
	uint64_t flags;	       /* CLONE_PARENT, or 0 */
	int cgroup;	       /* version 2 directory that the child is born in; -1: the caller's */
	/* A child in a new user namespace is nobody until its maps are written, and an exec would leave it without
	 * capabilities.  So it waits for a message on the socket `gate` (-1: it does not wait), becomes root in its
	 * namespace, and only then executes.  It has a copy of our memory then, and tells of a failure itself. */
	int gate;
	int gate_other; /* the gate's other end, which the child does not keep; -1: it has none */
	/* Instead of its root it stays who the caller is there, and keeps all its rights over the exec. */
	bool as_caller;
	bool keep_groups;      /* root there keeps the caller's groups */
	void (*failed)(void *data, const char *call, int num);
	void *data;
	const int *pass;       /* descriptors that stay open across the exec, under their numbers */
	size_t n_pass;
};

/* Returns the child's pid as the caller sees it, and its pidfd (the caller's).  The child's signal mask is the
 * caller's; its death signal is SIGKILL, should the caller die before it has executed. */
int spawn(const struct spawn *s, int *ret_pidfd, struct err *e);

/* A child with a copy of our memory that runs a function and ends with what it returns. */
int spawn_function(int (*function)(void *data), void *data, int *ret_pidfd, struct err *e);

/* A child in new namespaces that does nothing until it is killed, or its parent dies. */
int spawn_waiting(uint64_t namespaces, int *ret_pidfd, struct err *e);

/* The same for an ordinary program (hooks, helpers): no namespaces, the three standard streams as given. */
struct spawn_plain {
	const char *path;
	char *const *argv;
	char *const *envp;
	int stdio[3];
	const char *cwd; /* NULL: as it is */
};
int spawn_plain(const struct spawn_plain *s, int *ret_pidfd, struct err *e);

#endif
