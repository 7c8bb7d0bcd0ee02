/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a container: thin over run/container.h. */
#include "run/container.h"

#include <signal.h>
#include <string.h>

#include "api/api.h"

#define FLAGS                                                                                                  \
	((unsigned)(SOCLE_CONTAINER_NO_PIVOT | SOCLE_CONTAINER_NO_NEW_KEYRING | SOCLE_CONTAINER_DETACH |       \
		    SOCLE_CONTAINER_KEEP | SOCLE_CONTAINER_NO_SUBREAPER))

static int need_container(const char **state_root, const char *id, struct err *e)
{
	TRY(api_need_state_root(state_root, e));
	return api_need(id, "id", e);
}

/* ---- create and run --------------------------------------------------------------------------------------- */

static void warn(void *data, const char *text)
{
	api_tell(data, SOCLE_EVENT_WARNING, text);
}

struct making {
	struct container_options options;
	struct api_listener listener;
	struct problems problems;
	struct arena arena;
};

static int read_options(const struct socle_container_options *given, struct making *m, struct err *e)
{
	struct socle_container_options o;
	TRY(api_options(&o, sizeof(o), sizeof(o), given, "options", e));
	TRY(need_container(&o.state_root, o.id, e));
	TRY(api_need_flags(o.flags, FLAGS, e));
	m->listener = (struct api_listener){ o.event, o.event_data };
	m->options = (struct container_options){
		.state_root = o.state_root, .id = o.id, .bundle = o.bundle, .config = o.config, .pid_file = o.pid_file,
		.console_socket = o.console_socket, .preserve_fds = o.preserve_fds,
		.no_pivot = o.flags & SOCLE_CONTAINER_NO_PIVOT,
		.no_new_keyring = o.flags & SOCLE_CONTAINER_NO_NEW_KEYRING,
		.detach = o.flags & SOCLE_CONTAINER_DETACH, .keep = o.flags & SOCLE_CONTAINER_KEEP,
		.no_subreaper = o.flags & SOCLE_CONTAINER_NO_SUBREAPER,
		.warn = warn, .warn_data = &m->listener, .problems = &m->problems, .arena = &m->arena,
	};
	return 0;
}

static int make(const struct socle_container_options *given, bool run, int *ret_status, struct socle_error *error)
{
	struct err e = { 0 };
	struct making m = { 0 };
	int result = read_options(given, &m, &e);
	if (result == 0) {
		result = run ? container_run(&m.options, ret_status, &e) : container_create(&m.options, &e);
		api_tell_all(&m.listener, SOCLE_EVENT_PROBLEM, &m.problems);
	}
	arena_done(&m.arena);
	return api_result(result, &e, error);
}

int socle_container_create(const struct socle_container_options *options, struct socle_error *error)
{
	return make(options, false, NULL, error);
}

int socle_container_run(const struct socle_container_options *options, int *ret_status, struct socle_error *error)
{
	int status = 0, result = make(options, true, &status, error);
	if (result == 0 && ret_status)
		*ret_status = status;
	return result;
}

/* ---- the rest of its life --------------------------------------------------------------------------------- */

int socle_container_start(const char *state_root, const char *id, struct socle_error *error)
{
	struct err e = { 0 };
	int result = need_container(&state_root, id, &e);
	if (result == 0)
		result = container_start(state_root, id, NULL, NULL, &e);
	return api_result(result, &e, error);
}

int socle_container_kill(const char *state_root, const char *id, int signal, int all, struct socle_error *error)
{
	struct err e = { 0 };
	int result = need_container(&state_root, id, &e);
	if (result == 0 && (signal < 0 || signal >= _NSIG))
		result = api_misuse(&e, "signal is %d", signal);
	if (result == 0)
		result = container_kill(state_root, id, signal, all != 0, &e);
	return api_result(result, &e, error);
}

int socle_container_delete(const char *state_root, const char *id, int force, struct socle_error *error)
{
	struct err e = { 0 };
	int result = need_container(&state_root, id, &e);
	if (result == 0)
		result = container_delete(state_root, id, force != 0, NULL, &e);
	return api_result(result, &e, error);
}
