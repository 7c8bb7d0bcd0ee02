/* SPDX-License-Identifier: Apache-2.0 */
/* The container's terminal (R26): a pty of its own devpts, made through descriptors only.  The other end becomes
 * the standard streams, the controlling terminal and /dev/console; the master goes to the host stage. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "ops/channel.h"
#include "ops/run.h"
#include "sys/fd.h"
#include "sys/label.h"
#include "sys/mountfd.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

/* The multiplexer of the devpts that was mounted for the container, checked to be one before it is opened. */
static int open_master(int devpts, struct err *e)
{
	_cleanup_close_ int at = fd_open_at(devpts, "ptmx", O_PATH | O_NOFOLLOW, 0, e);
	struct statfs fs;
	if (at < 0)
		return -1;
	if (!fd_is_char_device(at, 5, 2) || fstatfs(at, &fs) < 0 || fs.f_type != DEVPTS_SUPER_MAGIC)
		return err_rule(e, NULL, "\"ptmx\" in the container's devpts is no pty multiplexer");
	_cleanup_close_ int master = fd_open_at(devpts, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW, 0, e);
	if (master < 0)
		return -1;
	int unlock = 0;
	return ioctl(master, TIOCSPTLCK, &unlock) < 0 ? err_call(e, "ioctl TIOCSPTLCK", "ptmx") : fd_take(&master);
}

static int set_up_peer(int peer, const struct op_console *a, struct err *e)
{
	struct winsize size = { .ws_row = (unsigned short)a->height, .ws_col = (unsigned short)a->width };
	if (a->uid && fchown(peer, a->uid, (gid_t)-1) < 0)
		return err_call(e, "fchown", "console");
	if ((a->height || a->width) && ioctl(peer, TIOCSWINSZ, &size) < 0)
		return err_call(e, "ioctl TIOCSWINSZ", "console");
	return 0;
}

static int bind_console(struct run *r, const struct op_console *a, int peer, struct err *e)
{
	static const char path[] = "/dev/console";
	struct root_want want = { .create = true, .real = true, .file_mode = 0600 };
	struct root_made made = made_recorder(&run_init(r)->made);
	_cleanup_close_ int target = root_open(run_slot(r, a->root), (struct inroot){ path }, want, &made, NULL, e);
	if (target < 0)
		return -1;
	_cleanup_close_ int tree = tree_clone(peer, "", 0, e);
	return tree < 0 ? -1 : tree_attach(tree, target, path, e);
}

static int take_streams(int peer, struct err *e)
{
	for (int fd = 0; fd < 3; fd++)
		if (dup2(peer, fd) < 0)
			return err_call(e, "dup2", "console");
	return ioctl(0, TIOCSCTTY, 0) < 0 ? err_call(e, "ioctl TIOCSCTTY", "console") : 0;
}

int perform_console(struct run *r, const struct op *op, struct err *e)
{
	const struct op_console *a = ARGS(op_console, r, op);
	_cleanup_close_ int own = a->devpts.n < 0 ? fd_open("/dev/pts", O_PATH | O_DIRECTORY | O_NOFOLLOW, e) : -1;
	int devpts = a->devpts.n < 0 ? own : run_slot(r, a->devpts);
	if (devpts < 0)
		return -1;
	_cleanup_close_ int master = open_master(devpts, e);
	if (master < 0)
		return -1;
	_cleanup_close_ int peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (peer < 0)
		return err_call(e, "ioctl TIOCGPTPEER", "ptmx");
	TRY(set_up_peer(peer, a, e));
	if (a->label.at)
		TRY(label_set(peer, run_str(r, a->label), e));
	if (a->root.n >= 0)
		TRY(bind_console(r, a, peer, e));
	TRY(channel_tell(r->channel, SYNC_CONSOLE, master, e));
	return take_streams(peer, e);
}
