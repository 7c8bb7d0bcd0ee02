/* SPDX-License-Identifier: Apache-2.0 */
/* The root file system of a bundle, without its container:
 *
 *	from-config BUNDLE COMMAND [ARGUMENT…]
 *	from-config BUNDLE
 *
 * The first assembles what config.json asks for, changes into it and becomes the command.  The second prints what
 * would be done, which needs no privilege.
 *
 *	cc -o from-config from-config.c $(pkg-config --cflags --libs socle) */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <socle.h>

#define FLAGS (SOCLE_UNSHARE | SOCLE_CHANGE_ROOT)

static int complain(const struct socle_error *error)
{
	char line[2048];
	fprintf(stderr, "from-config: %s\n", socle_error_line(error, line, sizeof(line)));
	return 125;
}

static void tell(void *data, const struct socle_event *event)
{
	(void)data;
	fprintf(stderr, "%s: %s\n", event->kind == SOCLE_EVENT_WARNING ? "warning" : "problem", event->text);
}

static int print_plan(const struct socle_rootfs *rootfs)
{
	struct socle_error e;
	char *text;
	if (socle_rootfs_plan(rootfs, FLAGS, &text, &e) < 0)
		return complain(&e);
	fputs(text, stdout);
	free(text);
	return 0;
}

static int become(const struct socle_rootfs *rootfs, char **argv)
{
	struct socle_error e;
	if (socle_rootfs_assemble(rootfs, FLAGS, NULL, &e) < 0)
		return complain(&e);
	execvp(argv[0], argv);
	perror(argv[0]);
	return 127;
}

int main(int argc, char **argv)
{
	struct socle_rootfs *rootfs = socle_rootfs_new();
	struct socle_error e;
	int status = 125;
	if (argc < 2)
		fprintf(stderr, "usage: from-config BUNDLE [COMMAND [ARGUMENT...]]\n");
	else if (!rootfs)
		perror("from-config");
	else if (socle_rootfs_set_events(rootfs, tell, NULL, &e) < 0 ||
		 socle_rootfs_load_config(rootfs, argv[1], &e) < 0)
		status = complain(&e);
	else
		status = argc > 2 ? become(rootfs, argv + 2) : print_plan(rootfs);
	socle_rootfs_free(rootfs);
	return status;
}
