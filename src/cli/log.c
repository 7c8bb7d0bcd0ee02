/* SPDX-License-Identifier: Apache-2.0 */

/* Errors and warnings, printed.
 *
 * On stderr an error is a line with its details below it.  A log file gets the whole of it as one
 * line, appended in one write: engines read the last line of the file and show its "msg".  A log
 * that cannot be written is said on stderr and changes nothing else. */
#include "cli/log.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "base/buf.h"
#include "base/timestamp.h"
#include "sys/fd.h"

const char *const log_level_names[N_LOG_LEVELS + 1] = { "error", "warning", "debug", NULL };

#define DEV_LOG "/dev/log"
#define JOURNAL "/run/systemd/journal/socket"

/* What the kernel and the configuration say may hold anything: no newline or escape of theirs
 * reaches the terminal. */
static void add_plain(struct buf *b, const char *s)
{
	for (; *s; s++)
		buf_char(b, (unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s);
}

struct record {
	enum log_level level;
	const char *message;
	const struct err *error; /* or NULL */
	struct buf line;	 /* the whole of it, as text or JSON */
};

/* ---- where to -------------------------------------------------------------------------------- */

static const char *after(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

int log_check_target(const char *target, struct err *e)
{
	const char *colon = strchr(target, ':');
	bool is_kind = after(target, "file:") || after(target, "syslog:") || after(target, "journald:");

	if (!target[0] || (is_kind && !colon[1]))
		return err_rule(e, NULL, "--log \"%s\": a name is missing", target);
	return 0;
}

static const int severity[] = { [LOG_ERROR] = 3, [LOG_WARNING] = 4, [LOG_DEBUG] = 7 };

static int send_datagram(const char *socket_path, const struct buf *b, struct err *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_call(e, "socket", NULL);
	TRY(buf_fmt(to.sun_path, sizeof(to.sun_path), e, "%s", socket_path));
	if (sendto(fd, b->data, b->size, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof(to)) < 0)
		return err_call(e, "sendto", socket_path);
	return 0;
}

static int send_syslog(const char *id, const struct record *r, struct err *e)
{
	_cleanup_(buf_done) struct buf b = {};

	buf_printf(&b, "<%d>%s: %s", 3 << 3 | severity[r->level], id, r->line.data); /* 3: a daemon */
	return send_datagram(DEV_LOG, &b, e);
}

/* A line a field; what is on several lines would be another field, so it is put on one. */
static void add_field(struct buf *b, const char *name, const char *value)
{
	if (!value[0])
		return;
	buf_printf(b, "%s=", name);
	add_plain(b, value);
	buf_char(b, '\n');
}

/* The journal keeps the parts of an error as fields of their own: `journalctl SOCLE_CALL=fsconfig`. */
static int send_journal(const char *id, const struct record *r, struct err *e)
{
	_cleanup_(buf_done) struct buf b = {};

	add_field(&b, "MESSAGE", r->message);
	add_field(&b, "SYSLOG_IDENTIFIER", id);
	buf_printf(&b, "PRIORITY=%d\n", severity[r->level]);
	if (r->error) {
		add_field(&b, "SOCLE_OPERATION", r->error->step);
		add_field(&b, "SOCLE_POINTER", r->error->field);
		add_field(&b, "SOCLE_CALL", r->error->call);
		add_field(&b, "SOCLE_PATH", r->error->path);
		add_field(&b, "SOCLE_KERNEL", r->error->kernel);
		add_field(&b, "SOCLE_ALSO", r->error->also);
		if (r->error->num)
			buf_printf(&b, "ERRNO=%d\n", r->error->num);
	}
	return send_datagram(JOURNAL, &b, e);
}

static int append_file(const char *path, struct record *r, struct err *e)
{
	_cleanup_close_ int fd =
		fd_open_at(AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY, 0644, e);

	if (fd < 0)
		return -1;
	buf_char(&r->line, '\n');
	return fd_write_all(fd, r->line.data, r->line.size, path, e);
}

/* Nothing can be done about a stderr that takes no more. */
static void say(struct buf *text)
{
	struct err ignored;

	fd_write_all(STDERR_FILENO, text->data, text->size, "stderr", &ignored);
}

static int hand_over(const struct log *l, struct record *r, struct err *e)
{
	const char *syslog = after(l->target, "syslog:"), *journal = after(l->target, "journald:");
	const char *file = after(l->target, "file:");

	if (syslog)
		return send_syslog(syslog, r, e);
	if (journal)
		return send_journal(journal, r, e);
	return append_file(file ? file : l->target, r, e);
}

static void deliver(const struct log *l, struct record *r)
{
	_cleanup_(buf_done) struct buf complaint = {};
	char text[1024];
	struct err e;

	if (hand_over(l, r, &e) == 0)
		return;
	buf_printf(&complaint, "warning: log: %s, ignoring\n", err_line(&e, text, sizeof(text)));
	say(&complaint);
}

/* ---- one line for a machine ------------------------------------------------------------------ */

static void add_time(struct buf *b)
{
	struct timespec now;
	char text[TIMESTAMP_SIZE];

	clock_gettime(CLOCK_REALTIME, &now);
	timestamp_format(text, now.tv_sec, now.tv_nsec);
	buf_printf(b, "\"%.19sZ\"", text); /* whole seconds, as other runtimes log them */
}

/* The start of a member: `"key":` or `key=`. */
static void add_key(struct buf *b, bool json, const char *key)
{
	if (json)
		buf_printf(b, "%s\"%s\":", b->size ? "," : "{", key);
	else
		buf_printf(b, "%s%s=", b->size ? " " : "", key);
}

static void add_member(struct buf *b, bool json, const char *key, const char *value)
{
	if (!value[0])
		return;
	add_key(b, json, key);
	buf_json_string(b, value);
}

static void add_head(struct buf *b, bool json, enum log_level level, const char *message)
{
	add_key(b, json, "time");
	add_time(b);
	add_key(b, json, "level");
	buf_printf(b, json ? "\"%s\"" : "%s", log_level_names[level]);
	add_key(b, json, "msg");
	buf_json_string(b, message);
}

static void add_parts(struct buf *b, bool json, const struct err *e)
{
	add_member(b, json, "operation", e->step);
	add_member(b, json, "pointer", e->field);
	add_member(b, json, "call", e->call);
	add_member(b, json, "path", e->path);
	if (e->num) {
		add_key(b, json, "errno");
		buf_printf(b, "%d", e->num);
	}
	add_member(b, json, "kernel", e->kernel);
	add_member(b, json, "also", e->also);
}

static void record(const struct log *l, enum log_level level, const char *message,
		   const struct err *e)
{
	struct record r = { .level = level, .message = message, .error = e };

	if (!l->target)
		return;
	add_head(&r.line, l->json, level, message);
	if (e)
		add_parts(&r.line, l->json, e);
	if (l->json)
		buf_char(&r.line, '}');
	deliver(l, &r);
	buf_done(&r.line);
}

/* ---- some lines for a person ----------------------------------------------------------------- */

static void add_detail(struct buf *b, const char *what, const char *text)
{
	if (!text[0])
		return;
	buf_printf(b, "  %s: ", what);
	add_plain(b, text);
	buf_char(b, '\n');
}

/* One that concerns the document as a whole has no pointer. */
static void add_problem(struct buf *b, const struct problem *p)
{
	buf_str(b, "  config.json: ");
	add_plain(b, p->pointer);
	buf_str(b, p->pointer[0] ? ": " : "");
	add_plain(b, p->text);
	buf_char(b, '\n');
}

/* The first problem is the error itself. */
static const struct problem *others(const struct problems *more)
{
	return more && more->first ? more->first->next : NULL;
}

static void print_error(const struct err *e, const struct problems *more)
{
	_cleanup_(buf_done) struct buf b = {};
	struct err bare = *e;
	char line[2048];

	bare.field[0] = bare.kernel[0] = bare.also[0] = '\0';
	buf_printf(&b, "error: %s\n", err_line(&bare, line, sizeof(line)));
	add_detail(&b, "config.json", e->field);
	add_detail(&b, "kernel", e->kernel);
	add_detail(&b, "also", e->also);
	for (const struct problem *p = others(more); p; p = p->next)
		add_problem(&b, p);
	say(&b);
}

void log_error(const struct log *l, const struct err *e, const struct problems *more)
{
	_cleanup_(buf_done) struct buf message = {};
	char line[2048];

	print_error(e, more);
	buf_str(&message, err_message(e, line, sizeof(line)));
	for (const struct problem *p = others(more); p; p = p->next)
		buf_printf(&message, "; %s%s%s", p->pointer, p->pointer[0] ? ": " : "", p->text);
	record(l, LOG_ERROR, message.data, e);
}

void log_text(const struct log *l, enum log_level level, const char *fmt, ...)
{
	_cleanup_(buf_done) struct buf message = {}, b = {};
	va_list ap;

	if (level > l->level)
		return;
	va_start(ap, fmt);
	buf_vprintf(&message, fmt, ap);
	va_end(ap);
	buf_printf(&b, "%s: ", log_level_names[level]);
	add_plain(&b, message.data);
	buf_char(&b, '\n');
	say(&b);
	record(l, level, message.data, NULL);
}
