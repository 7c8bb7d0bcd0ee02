/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One is a copy of the other: a member that is added to ours is added to the public one. */
#define SAME(member)                                                                                   \
	_Static_assert(offsetof(struct socle_error, member) == offsetof(struct err, member) &&         \
			       sizeof(((struct socle_error *)0)->member) ==                            \
				       sizeof(((struct err *)0)->member),                              \
		       #member)
SAME(num);
SAME(call);
SAME(path);
SAME(field);
SAME(step);
SAME(text);
SAME(kernel);
SAME(also);
_Static_assert(sizeof(struct socle_error) == sizeof(struct err), "struct socle_error");

const char *socle_version(void)
{
	return SOCLE_VERSION;
}

const char *socle_error_line(const struct socle_error *error, char *buf, size_t size)
{
	struct err e = { 0 };
	if (error)
		memcpy(&e, error, sizeof(e));
	return err_line(&e, buf, size);
}

int api_result(int result, const struct err *e, struct socle_error *ret_error)
{
	if (result < 0 && ret_error)
		memcpy(ret_error, e, sizeof(*ret_error));
	return result;
}

int api_misuse(struct err *e, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_rule(e, NULL, "%s", text);
	e->num = EINVAL;
	return -1;
}

int api_need(const void *argument, const char *name, struct err *e)
{
	return argument ? 0 : api_misuse(e, "%s is NULL", name);
}

int api_need_path(const char *path, const char *name, struct err *e)
{
	TRY(api_need(path, name, e));
	return path[0] == '/' ? 0 : api_misuse(e, "%s \"%s\" is no absolute path", name, path);
}

int api_need_state_root(const char **state_root, struct err *e)
{
	if (!*state_root)
		*state_root = "/run/socle";
	return api_need_path(*state_root, "state_root", e);
}

int api_need_flags(unsigned flags, unsigned known, struct err *e)
{
	return flags & ~known ? api_misuse(e, "flags 0x%x are unknown", flags & ~known) : 0;
}

int api_options(void *ours, size_t known, size_t least, const void *given, const char *name, struct err *e)
{
	TRY(api_need(given, name, e));
	size_t size;
	memcpy(&size, given, sizeof(size));
	if (size < least || size > 4096)
		return api_misuse(e, "%s->size is %zu, not the size of the struct", name, size);
	for (size_t i = known; i < size; i++)
		if (((const char *)given)[i])
			return api_misuse(e, "%s asks for something that is newer than this library", name);
	memset(ours, 0, known);
	memcpy(ours, given, size < known ? size : known);
	return 0;
}

void api_tell(const struct api_listener *l, enum socle_event_kind kind, const char *text)
{
	const struct socle_event event = { kind, text };
	if (l->event)
		l->event(l->data, &event);
}

void api_tell_all(const struct api_listener *l, enum socle_event_kind kind, const struct problems *p)
{
	char line[1024];
	for (const struct problem *i = p->first; i; i = i->next) {
		snprintf(line, sizeof(line), "%s%s%s", i->pointer, i->pointer[0] ? ": " : "", i->text);
		api_tell(l, kind, line);
	}
}
