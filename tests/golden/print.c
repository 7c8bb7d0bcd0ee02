/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of one golden case: `print FOLDER [json|bytes]`.
 *
 * FOLDER holds config.json, facts.json and, where the case is about what the command line asks for, request.json.
 * The plan goes to stdout with the warnings in front.  An error goes there too, and the status is 3 then. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "plan/create.h"
#include "plan/print.h"

#define FILE_MAX (1u << 20)

ROWS(request, struct create_request) = {
	FIELD(request, id, "id", OPTIONAL),
	FIELD(request, state_root, "stateRoot", OPTIONAL),
	FIELD(request, bundle, "bundle", OPTIONAL),
	FIELD(request, run, "run", OPTIONAL),
	FIELD(request, no_pivot, "noPivot", OPTIONAL),
	FIELD(request, no_new_keyring, "noNewKeyring", OPTIONAL),
	FIELD(request, preserve_fds, "preserveFds", OPTIONAL),
	FIELD(request, seccomp, "seccomp", OPTIONAL), /* as it was compiled */
	FIELD(request, env, "env", OPTIONAL),
	FIELD(request, notify, "notify", OPTIONAL),
};
static TABLE(request);

static int read_file(const char *folder, const char *name, struct arena *a, char **ret_text, size_t *ret_size,
		     struct err *e)
{
	char path[PATH_MAX];
	TRY(buf_fmt(path, sizeof(path), e, "%s/%s", folder, name));
	FILE *f = fopen(path, "re");
	if (!f)
		return err_call(e, "fopen", path);
	*ret_text = arena_alloc(a, FILE_MAX);
	*ret_size = fread(*ret_text, 1, FILE_MAX, f);
	fclose(f);
	return 0;
}

static int read_request(const char *folder, struct arena *a, struct create_request *ret, struct err *e)
{
	struct problems p = { 0 };
	struct err absent = { 0 };
	char *text = "{}";
	size_t size = 2;
	void *read;
	if (read_file(folder, "request.json", a, &text, &size, &absent) < 0)
		text = "{}";
	TRY(table_read(&request_table, text, size, a, &read, &p, e));
	*ret = *(struct create_request *)read;
	ret->id = ret->id ? ret->id : "c1";
	ret->state_root = ret->state_root ? ret->state_root : "/run/socle";
	ret->bundle = ret->bundle ? ret->bundle : "/bundle";
	return 0;
}

static void print(const struct plan_header *plan, const char *format, struct buf *out)
{
	if (strcmp(format, "json") == 0)
		plan_print_json(plan, out);
	else if (strcmp(format, "bytes") == 0)
		buf_add(out, plan, plan->size);
	else
		plan_print_text(plan, out);
}

static int make(const char *folder, const char *format, struct arena *a, struct buf *out, struct err *e)
{
	struct problems problems = { 0 }, warnings = { 0 };
	struct create_request request;
	const struct plan_header *plan;
	struct facts *facts;
	struct spec *spec;
	char *text;
	size_t size;

	TRY(read_file(folder, "facts.json", a, &text, &size, e));
	TRY(facts_read(text, size, a, &facts, e));
	TRY(read_request(folder, a, &request, e));
	TRY(read_file(folder, "config.json", a, &text, &size, e));
	TRY(spec_decode(text, size, a, &spec, &problems, e));
	TRY(spec_validate(spec, a, &problems, e));
	TRY(plan_create(spec, &request, facts, a, &warnings, &plan, e));
	for (const struct problem *w = warnings.first; w && !format[0]; w = w->next)
		buf_printf(out, "warning: %s: %s\n", w->pointer, w->text);
	print(plan, format, out);
	return 0;
}

int main(int argc, char **argv)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	_cleanup_(buf_done) struct buf out = { 0 };
	struct err e = { 0 };
	char line[2048];

	if (argc < 2) {
		fprintf(stderr, "usage: %s FOLDER [json|bytes]\n", argv[0]);
		return 2;
	}
	if (make(argv[1], argc > 2 ? argv[2] : "", &a, &out, &e) < 0) {
		printf("%s\n", err_line(&e, line, sizeof(line)));
		return 3;
	}
	return fwrite(out.data, 1, out.size, stdout) == out.size ? 0 : 2;
}
