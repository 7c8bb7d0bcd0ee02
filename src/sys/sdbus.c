/* SPDX-License-Identifier: Apache-2.0 */
/* All waits are one, `pump`: sd-bus handles a message at a time until somebody has what he waits for, the time is up,
 * or the caller is told to stop.  sd-bus' own waits are never used: they know no interruption, and some no end. */
#define _GNU_SOURCE
#include "sys/sdbus.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "sys/fd.h"

#define LIBRARY	  "libsystemd.so.0"
#define NAME	  "org.freedesktop.systemd1"
#define PATH	  "/org/freedesktop/systemd1"
#define INTERFACE "org.freedesktop.systemd1.Manager"
#define PRIVATE	  "/run/systemd/private"

/* What of libsystemd is used.  Its header is not, so that it is no dependency of the build either. */
struct sd_bus;
struct message; /* sd_bus_message */
struct slot;	/* sd_bus_slot */
struct bus_error { const char *name, *message; int owned; };
typedef int handler_fn(struct message *m, void *data, struct bus_error *e);

#define FUNCTIONS(X)                                                                                         \
	X(new, (struct sd_bus **))                                                                           \
	X(set_address, (struct sd_bus *, const char *))                                                      \
	X(set_bus_client, (struct sd_bus *, int))                                                            \
	X(start, (struct sd_bus *))                                                                          \
	X(is_ready, (struct sd_bus *))                                                                       \
	X(get_fd, (struct sd_bus *))                                                                         \
	X(get_events, (struct sd_bus *))                                                                     \
	X(get_timeout, (struct sd_bus *, uint64_t *))                                                        \
	X(process, (struct sd_bus *, struct message **))                                                     \
	X(call_async, (struct sd_bus *, struct slot **, struct message *, handler_fn *, void *, uint64_t))   \
	X(match_signal_async, (struct sd_bus *, struct slot **, const char *, const char *, const char *,    \
			       const char *, handler_fn *, handler_fn *, void *))                            \
	X(message_new_method_call, (struct sd_bus *, struct message **, const char *, const char *,          \
				    const char *, const char *))                                             \
	X(message_append_basic, (struct message *, char, const void *))                                      \
	X(message_open_container, (struct message *, char, const char *))                                    \
	X(message_close_container, (struct message *))                                                       \
	X(message_enter_container, (struct message *, char, const char *))                                   \
	X(message_peek_type, (struct message *, char *, const char **))                                      \
	X(message_read_basic, (struct message *, char, void *))
#define OTHERS(X)                                                                                            \
	X(close_unref, struct sd_bus *, (struct sd_bus *))                                                   \
	X(message_ref, struct message *, (struct message *))                                                 \
	X(message_unref, struct message *, (struct message *))                                               \
	X(message_get_error, const struct bus_error *, (struct message *))

struct sdbus {
	void *library;
	struct sd_bus *bus;
	struct sdbus_wait wait;
	bool daemon; /* a bus daemon is between: messages name their senders */
	char whose[40]; /* for errors: "systemd", "the user's systemd" */
	struct message *reply;
	const char *job; /* that is waited for; NULL: none */
	char result[32]; /* of it */
	bool done;
#define MEMBER(name, args) int(*name) args;
#define OTHER_MEMBER(name, type, args) type(*name) args;
	FUNCTIONS(MEMBER)
	OTHERS(OTHER_MEMBER)
};

/* ---- the library ------------------------------------------------------------------------------------------ */

static int find_functions(struct sdbus *b, struct err *e)
{
	const struct { const char *name; void *member; } rows[] = {
#define ROW(name, args) { "sd_bus_" #name, &b->name },
#define OTHER_ROW(name, type, args) { "sd_bus_" #name, &b->name },
		FUNCTIONS(ROW) OTHERS(OTHER_ROW)
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		void *found = dlsym(b->library, rows[i].name);
		if (!found)
			return err_rule(e, NULL, LIBRARY " has no %s: it is too old", rows[i].name);
		memcpy(rows[i].member, &found, sizeof(found));
	}
	return 0;
}

/* It stays loaded: threads may hold what it keeps for them. */
static int load(struct sdbus *b, struct err *e)
{
	b->library = dlopen(LIBRARY, RTLD_NOW | RTLD_NODELETE);
	if (!b->library)
		return err_rule(e, NULL, "systemd's library cannot be loaded: %s (Debian has it in libsystemd0)", dlerror());
	return find_functions(b, e);
}

/* ---- waiting ---------------------------------------------------------------------------------------------- */

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Milliseconds until the deadline, or until sd-bus wants to look at its own. */
static int time_left(struct sdbus *b, int64_t deadline)
{
	uint64_t own = UINT64_MAX;
	int64_t left = deadline - now();
	b->get_timeout(b->bus, &own);
	int64_t bus = own == UINT64_MAX ? left : (int64_t)(own / 1000) - now() + 1;
	return (int)(left < 0 || bus < 0 ? 0 : left < bus ? left : bus);
}

static int wait_readable(struct sdbus *b, const char *what, int64_t deadline, int limit, struct err *e)
{
	int fd = b->get_fd(b->bus), events = b->get_events(b->bus);
	if (fd < 0 || events < 0)
		return err_call_num(e, fd < 0 ? -fd : -events, "sd_bus_get_events", what);
	struct pollfd p[] = { { fd, (short)events, 0 }, { b->wait.interrupt, POLLIN, 0 } };
	int r = poll(p, 2, time_left(b, deadline));
	if (r < 0 && errno != EINTR)
		return err_call(e, "poll", what);
	if (p[1].revents)
		return err_rule(e, NULL, "interrupted by a signal while waiting for %s (%s)", b->whose, what);
	if (r != 0 || now() < deadline)
		return 0;
	err_rule(e, NULL, "%s did not answer within %d seconds (%s)", b->whose, (limit + 999) / 1000, what);
	e->num = ETIMEDOUT;
	return -1;
}

static int pump(struct sdbus *b, const char *what, int limit, bool (*done)(struct sdbus *), struct err *e)
{
	int64_t deadline = now() + limit;
	while (!done(b)) {
		int r = b->process(b->bus, NULL);
		if (r < 0) {
			err_call_num(e, -r, "sd_bus_process", what);
			return err_note(e, "the connection to %s broke", b->whose);
		}
		if (r == 0 && !done(b))
			TRY(wait_readable(b, what, deadline, limit, e));
	}
	return 0;
}

/* ---- connections ------------------------------------------------------------------------------------------ */

static bool is_ready(struct sdbus *b)
{
	return b->is_ready(b->bus) > 0;
}

void sdbus_close(struct sdbus **b)
{
	if (!*b)
		return;
	if ((*b)->reply)
		(*b)->message_unref((*b)->reply);
	if ((*b)->bus)
		(*b)->close_unref((*b)->bus);
	if ((*b)->library)
		dlclose((*b)->library);
	free(*b);
	*b = NULL;
}

static int connect_to(struct sdbus *b, const char *address, struct err *e)
{
	int r = b->new(&b->bus);
	if (r >= 0)
		r = b->set_address(b->bus, address);
	if (r >= 0)
		r = b->set_bus_client(b->bus, b->daemon);
	if (r >= 0)
		r = b->start(b->bus);
	if (r < 0) {
		err_call_num(e, -r, "connect", address);
		return err_note(e, "%s cannot be reached", b->whose);
	}
	return pump(b, address, b->wait.answer, is_ready, e);
}

static int open_connection(const char *whose, const char *address, bool daemon, const struct sdbus_wait *w,
			   struct sdbus **ret, struct err *e)
{
	_cleanup_(sdbus_close) struct sdbus *b = calloc(1, sizeof(*b));
	if (!b)
		return err_call(e, "calloc", NULL);
	b->wait = *w;
	b->daemon = daemon;
	snprintf(b->whose, sizeof(b->whose), "%s", whose);
	TRY(load(b, e));
	TRY(connect_to(b, address, e));
	*ret = b;
	b = NULL;
	return 0;
}

int sdbus_open_address(const char *address, const struct sdbus_wait *w, struct sdbus **ret, struct err *e)
{
	return open_connection("systemd", address, false, w, ret, e);
}

/* systemd itself, as systemctl does it: for root, without a bus daemon.  Who names another bus means it. */
static int open_system(const struct sdbus_wait *w, struct sdbus **ret, struct err *e)
{
	const char *given = getenv("DBUS_SYSTEM_BUS_ADDRESS");
	if (given && given[0])
		return open_connection("systemd", given, true, w, ret, e);
	if (access(PRIVATE, W_OK) == 0)
		return sdbus_open_address("unix:path=" PRIVATE, w, ret, e);
	return open_connection("systemd", "unix:path=/run/dbus/system_bus_socket", true, w, ret, e);
}

static int open_user(const struct sdbus_wait *w, struct sdbus **ret, struct err *e)
{
	const char *given = getenv("DBUS_SESSION_BUS_ADDRESS"), *run = getenv("XDG_RUNTIME_DIR");
	char path[4096];
	static const char whose[] = "the user's systemd";
	if (run && run[0] == '/') {
		TRY(buf_fmt(path, sizeof(path), e, "unix:path=%s/systemd/private", run));
		if (access(path + strlen("unix:path="), W_OK) == 0)
			return open_connection(whose, path, false, w, ret, e);
	}
	if (given && given[0])
		return open_connection(whose, given, true, w, ret, e);
	if (!run || run[0] != '/')
		return err_rule(e, NULL, "neither XDG_RUNTIME_DIR nor DBUS_SESSION_BUS_ADDRESS says where the user's systemd is "
					 "to be found");
	TRY(buf_fmt(path, sizeof(path), e, "unix:path=%s/bus", run));
	return open_connection(whose, path, true, w, ret, e);
}

int sdbus_open(bool user, const struct sdbus_wait *w, struct sdbus **ret, struct err *e)
{
	return user ? open_user(w, ret, e) : open_system(w, ret, e);
}

/* ---- messages --------------------------------------------------------------------------------------------- */

static bool has_reply(struct sdbus *b)
{
	return b->reply;
}

static int take_reply(struct message *m, void *data, struct bus_error *unused)
{
	struct sdbus *b = data;
	(void)unused;
	b->reply = b->message_ref(m);
	return 1;
}

/* systemd's own words, and the number that its name stands for where somebody asks for it. */
static int refused(const char *member, const char *unit, const struct bus_error *error, struct err *e)
{
	static const struct { const char *name; int num; } rows[] = {
		{ NAME ".UnitExists", EEXIST },
		{ NAME ".NoSuchUnit", ENOENT },
		{ "org.freedesktop.DBus.Error.AccessDenied", EACCES },
		{ "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", EACCES },
		{ "org.freedesktop.DBus.Error.NoReply", ETIMEDOUT },
	};
	err_call_num(e, 0, member, unit);
	for (size_t i = 0; error->name && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, error->name) == 0)
			e->num = rows[i].num;
	return err_note(e, "%s", error->message ? error->message : error->name);
}

static int no_message(int r, const char *member, struct err *e)
{
	return r < 0 ? err_call_num(e, -r, "sd_bus_message", member) : 0;
}

/* Send it and wait for the answer, which stays in b->reply until the next. */
static int call(struct sdbus *b, struct message *m, const char *member, const char *unit, struct err *e)
{
	if (b->reply)
		b->reply = b->message_unref(b->reply);
	TRY(no_message(b->call_async(b->bus, NULL, m, take_reply, b, UINT64_MAX), member, e));
	TRY(pump(b, member, b->wait.answer, has_reply, e));
	const struct bus_error *error = b->message_get_error(b->reply);
	return error && error->name ? refused(member, unit, error, e) : 0;
}

struct writing { struct sdbus *b; struct message *m; };

static void writing_done(struct writing *w)
{
	if (w->m)
		w->b->message_unref(w->m);
}

static int new_call(struct writing *w, const char *path, const char *interface, const char *member, struct err *e)
{
	return no_message(w->b->message_new_method_call(w->b->bus, &w->m, NAME, path, interface, member), member, e);
}

static int put_text(struct writing *w, const char *text)
{
	return w->b->message_append_basic(w->m, 's', text);
}

/* ---- properties, written ---------------------------------------------------------------------------------- */

static int put_number(struct writing *w, char type, const char *word)
{
	union { uint8_t y; int16_t n; uint16_t q; int32_t i; uint32_t u; int64_t x; uint64_t t; double d; } v = { 0 };
	switch (type) {
	case 'y':
		v.y = (uint8_t)strtoul(word, NULL, 10);
		break;
	case 'n':
	case 'q':
		v.q = (uint16_t)strtol(word, NULL, 10);
		break;
	case 'b':
	case 'i':
	case 'u':
		v.u = (uint32_t)strtoll(word, NULL, 10);
		break;
	case 'x':
		v.x = strtoll(word, NULL, 10);
		break;
	case 't':
		v.t = strtoull(word, NULL, 10);
		break;
	default:
		v.d = strtod(word, NULL);
	}
	return w->b->message_append_basic(w->m, type, &v);
}

/* The length of the first complete type. */
static size_t type_size(const char *signature)
{
	size_t n = 1;
	if (signature[0] == 'a')
		return 1 + type_size(signature + 1);
	for (int open = signature[0] == '('; open > 0; n++)
		open += (signature[n] == '(') - (signature[n] == ')');
	return n;
}

static int put_value(struct writing *w, const char *signature, const char *const **words)
{
	char inner[64];
	size_t size = type_size(signature);
	bool array = signature[0] == 'a';
	if (!array && signature[0] != '(') {
		const char *word = *(*words)++;
		return strchr("sog", signature[0]) ? w->b->message_append_basic(w->m, signature[0], word)
						   : put_number(w, signature[0], word);
	}
	snprintf(inner, sizeof(inner), "%.*s", (int)(size - (array ? 1 : 2)), signature + 1);
	TRY(w->b->message_open_container(w->m, array ? 'a' : 'r', inner));
	if (array)
		for (unsigned long n = strtoul(*(*words)++, NULL, 10); n > 0; n--)
			TRY(put_value(w, inner, words));
	else
		for (const char *s = inner; *s; s += type_size(s))
			TRY(put_value(w, s, words));
	return w->b->message_close_container(w->m);
}

static int put_property(struct writing *w, const struct sdbus_property *p)
{
	const char *const *words = p->words;
	TRY(w->b->message_open_container(w->m, 'r', "sv"));
	TRY(put_text(w, p->name));
	TRY(w->b->message_open_container(w->m, 'v', p->signature));
	TRY(put_value(w, p->signature, &words));
	TRY(w->b->message_close_container(w->m));
	return w->b->message_close_container(w->m);
}

static int put_properties(struct writing *w, const struct sdbus_unit *unit, int pid)
{
	char number[16];
	const char *const words[] = { "1", number };
	const struct sdbus_property pids = { "PIDs", "au", words, 2 };
	snprintf(number, sizeof(number), "%d", pid);
	TRY(w->b->message_open_container(w->m, 'a', "(sv)"));
	for (size_t i = 0; i < unit->n_properties; i++)
		TRY(put_property(w, &unit->properties[i]));
	if (pid)
		TRY(put_property(w, &pids));
	return w->b->message_close_container(w->m);
}

/* ---- properties, read ------------------------------------------------------------------------------------- */

static int read_text(struct sdbus *b, const char **ret)
{
	char type;
	const char *contents;
	TRY(b->message_peek_type(b->reply, &type, &contents));
	TRY(b->message_enter_container(b->reply, 'v', contents));
	if (contents[0] == 'a')
		TRY(b->message_enter_container(b->reply, 'a', contents + 1));
	int r = b->message_read_basic(b->reply, 's', ret);
	if (r == 0)
		*ret = ""; /* the end of the array */
	return r;
}

static int get_text(struct sdbus *b, const char *path, const char *interface, const char *property, char *buf,
		    size_t size, struct err *e)
{
	_cleanup_(writing_done) struct writing w = { b, NULL };
	const char *text = "";
	TRY(new_call(&w, path, "org.freedesktop.DBus.Properties", "Get", e));
	TRY(no_message(put_text(&w, interface), property, e));
	TRY(no_message(put_text(&w, property), property, e));
	TRY(call(b, w.m, property, NULL, e));
	TRY(no_message(read_text(b, &text), property, e));
	return buf_fmt(buf, size, e, "%s", text);
}

int sdbus_manager_text(struct sdbus *b, const char *property, char *buf, size_t size, struct err *e)
{
	return get_text(b, PATH, INTERFACE, property, buf, size, e);
}

/* A unit's name as a part of an object's path: what is no letter or digit is "_" and two hexadecimal digits. */
static void unit_path(const char *unit, char path[1200])
{
	size_t n = (size_t)snprintf(path, 1200, PATH "/unit/");
	for (size_t i = 0; unit[i] && n + 4 < 1200; i++) {
		char c = unit[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (i > 0 && c >= '0' && c <= '9');
		n += (size_t)snprintf(path + n, 1200 - n, plain ? "%c" : "_%02x", (unsigned char)c);
	}
}

int sdbus_unit_text(struct sdbus *b, const char *unit, const char *interface, const char *property, char *buf,
		    size_t size, struct err *e)
{
	char path[1200], full[64];
	unit_path(unit, path);
	snprintf(full, sizeof(full), NAME ".%s", interface);
	return get_text(b, path, full, property, buf, size, e);
}

/* ---- jobs ------------------------------------------------------------------------------------------------- */

/* JobRemoved: a number, the job, its unit, the result. */
static int see_job(struct message *m, void *data, struct bus_error *unused)
{
	struct sdbus *b = data;
	uint32_t id;
	const char *job, *unit, *result;
	(void)unused;
	if (b->message_read_basic(m, 'u', &id) > 0 && b->message_read_basic(m, 'o', &job) > 0 &&
	    b->message_read_basic(m, 's', &unit) > 0 && b->message_read_basic(m, 's', &result) > 0 && b->job &&
	    strcmp(b->job, job) == 0) {
		snprintf(b->result, sizeof(b->result), "%s", result);
		b->done = true;
	}
	return 0;
}

static bool is_done(struct sdbus *b)
{
	return b->done;
}

/* Call a method that answers with a job, and see the job's end.  systemd answers before it goes to work, so none is
 * missed. */
static int run_job(struct sdbus *b, struct message *m, const char *member, const char *unit, struct err *e)
{
	TRY(no_message(b->match_signal_async(b->bus, NULL, b->daemon ? NAME : NULL, PATH, INTERFACE, "JobRemoved", see_job,
					     NULL, b),
		       member, e));
	TRY(call(b, m, member, unit, e));
	b->done = false;
	TRY(no_message(b->message_read_basic(b->reply, 'o', &b->job), member, e));
	int r = pump(b, member, b->wait.job, is_done, e);
	b->job = NULL;
	if (r < 0)
		return -1;
	if (strcmp(b->result, "done") == 0)
		return 0;
	return err_rule(e, NULL, "%s could not carry out %s of \"%s\": the job's result is \"%s\"", b->whose, member, unit,
			b->result);
}

int sdbus_start(struct sdbus *b, const struct sdbus_unit *unit, int pid, struct err *e)
{
	_cleanup_(writing_done) struct writing w = { b, NULL };
	static const char member[] = "StartTransientUnit";
	TRY(new_call(&w, PATH, INTERFACE, member, e));
	TRY(no_message(put_text(&w, unit->name), member, e));
	TRY(no_message(put_text(&w, "replace"), member, e));
	TRY(no_message(put_properties(&w, unit, pid), member, e));
	TRY(no_message(b->message_open_container(w.m, 'a', "(sa(sv))"), member, e));
	TRY(no_message(b->message_close_container(w.m), member, e));
	return run_job(b, w.m, member, unit->name, e);
}

static int forget_failure(struct sdbus *b, const char *unit, struct err *e)
{
	_cleanup_(writing_done) struct writing w = { b, NULL };
	static const char member[] = "ResetFailedUnit";
	TRY(new_call(&w, PATH, INTERFACE, member, e));
	TRY(no_message(put_text(&w, unit), member, e));
	return call(b, w.m, member, unit, e);
}

static int stop(struct sdbus *b, const char *unit, struct err *e)
{
	_cleanup_(writing_done) struct writing w = { b, NULL };
	static const char member[] = "StopUnit";
	TRY(new_call(&w, PATH, INTERFACE, member, e));
	TRY(no_message(put_text(&w, unit), member, e));
	TRY(no_message(put_text(&w, "replace"), member, e));
	return run_job(b, w.m, member, unit, e);
}

/* One that was never loaded is not there, and so is one that ended by itself. */
int sdbus_stop(struct sdbus *b, const char *unit, struct err *e)
{
	int r = stop(b, unit, e);
	if (r == 0)
		r = forget_failure(b, unit, e);
	if (r == 0 || !err_is(e, ENOENT))
		return r;
	memset(e, 0, sizeof(*e));
	return 0;
}

int sdbus_set(struct sdbus *b, const struct sdbus_unit *unit, struct err *e)
{
	_cleanup_(writing_done) struct writing w = { b, NULL };
	static const char member[] = "SetUnitProperties";
	int runtime = 1;
	TRY(new_call(&w, PATH, INTERFACE, member, e));
	TRY(no_message(put_text(&w, unit->name), member, e));
	TRY(no_message(b->message_append_basic(w.m, 'b', &runtime), member, e));
	TRY(no_message(put_properties(&w, unit, 0), member, e));
	return call(b, w.m, member, unit->name, e);
}

int sdbus_attach(struct sdbus *b, const char *unit, const char *below, int pid, struct err *e)
{
	_cleanup_(writing_done) struct writing w = { b, NULL };
	static const char member[] = "AttachProcessesToUnit";
	uint32_t number = (uint32_t)pid;
	TRY(new_call(&w, PATH, INTERFACE, member, e));
	TRY(no_message(put_text(&w, unit), member, e));
	TRY(no_message(put_text(&w, below), member, e));
	TRY(no_message(b->message_open_container(w.m, 'a', "u"), member, e));
	TRY(no_message(b->message_append_basic(w.m, 'u', &number), member, e));
	TRY(no_message(b->message_close_container(w.m), member, e));
	return call(b, w.m, member, unit, e);
}
