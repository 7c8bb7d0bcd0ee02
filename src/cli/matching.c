/* SPDX-License-Identifier: Apache-2.0 */

/* Containers by a regular expression: kill --regex and delete --regex. */
#include "cli/matching.h"

#include <regex.h>

#include "run/container.h"

static int compile(regex_t *r, const char *regex, struct err *e)
{
	char why[128];
	int code = regcomp(r, regex, REG_EXTENDED | REG_NOSUB);

	if (code == 0)
		return 0;
	regerror(code, r, why, sizeof(why));
	return err_rule(e, NULL, "regular expression \"%s\": %s", regex, why);
}

int matching_each(struct cli *c, const char *root, const char *regex,
		  int (*deed)(const char *root, const char *id, const void *data, struct err *e),
		  const void *data, struct err *e)
{
	struct container_info *infos;
	size_t n;
	regex_t r;
	int status = 0;

	TRY(container_list(root, &c->arena, &infos, &n, e));
	TRY(compile(&r, regex, e));
	for (size_t i = 0; i < n; i++) {
		const char *id = infos[i].state->id;
		struct err one = {};

		if (regexec(&r, id, 0, NULL, 0) != 0 || deed(root, id, data, &one) == 0)
			continue;
		err_note(&one, "container \"%s\"", id);
		log_error(&c->log, &one, NULL);
		status = 1;
	}
	regfree(&r);
	return status;
}
