/* SPDX-License-Identifier: Apache-2.0 */
#include "run/netdev.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "run/host.h"
#include "sys/fd.h"
#include "sys/netlink.h"

struct moved_device {
	struct moved_device *next;
	char outside[LINK_NAME], inside[LINK_NAME];
	bool was_up;
	struct addresses addresses;
};

/* ---- both sides ------------------------------------------------------------------------------------------- */

static int is_same_namespace(int a, int b, struct err *e)
{
	struct stat one, other;
	if (fstat(a, &one) < 0 || fstat(b, &other) < 0)
		return err_call(e, "fstat", "network namespace");
	return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* `ns`: the joined one, or a pidfd of the container's init. */
static int open_sides(struct moved_devices *m, int ns, struct err *e)
{
	if (m->inside >= 0)
		return 0;
	m->outside = netlink_open(e);
	m->inside = m->outside < 0 ? -1 : netlink_open_in(ns, e);
	if (m->inside < 0)
		return -1;
	_cleanup_close_ int here = netlink_namespace(m->outside, e);
	_cleanup_close_ int there = here < 0 ? -1 : netlink_namespace(m->inside, e);
	int same = there < 0 ? -1 : is_same_namespace(here, there, e);
	if (same > 0)
		return err_rule(e, "/linux/netDevices", "the container's network namespace is the caller's own");
	return same;
}

/* ---- names ------------------------------------------------------------------------------------------------ */

/* Is there such a device?  1, 0 or an error. */
static int exists(int socket, const char *name, struct err *e)
{
	struct link l;
	if (link_find(socket, name, &l, e) == 0)
		return 1;
	if (!err_is(e, ENODEV))
		return -1;
	memset(e, 0, sizeof(*e));
	return 0;
}

/* The first number that is free, for "eth%d". */
static int fill_template(int socket, const char *template, char name[LINK_NAME], struct err *e)
{
	enum { MOST = 32768 }; /* as many as the kernel tries */
	int before = (int)(strchr(template, '%') - template), there = 1;
	for (int i = 0; there > 0 && i < MOST; i++) {
		if (snprintf(name, LINK_NAME, "%.*s%d%s", before, template, i, template + before + 2) >= LINK_NAME)
			break;
		there = exists(socket, name, e);
	}
	return there > 0 ? err_rule(e, NULL, "no name for \"%s\" is free in the container", template) : there;
}

static int choose_name(int inside, const char *wanted, char name[LINK_NAME], struct err *e)
{
	if (strchr(wanted, '%'))
		return fill_template(inside, wanted, name, e);
	snprintf(name, LINK_NAME, "%s", wanted);
	int there = exists(inside, name, e);
	return there > 0 ? err_rule(e, NULL, "the container's network namespace already has a device \"%s\"", name) : there;
}

/* ---- moving ----------------------------------------------------------------------------------------------- */

static int move(int from, int to, int index, const char *name, struct err *e)
{
	_cleanup_close_ int ns = netlink_namespace(to, e);
	return ns < 0 ? -1 : link_move(from, index, ns, name, e);
}

/* What the kernel took away when it moved. */
static int set_up(int to, const char *name, const struct addresses *a, bool up, struct err *e)
{
	struct link l;
	TRY(link_find(to, name, &l, e));
	TRY(addresses_add(to, l.index, a, e));
	return up ? link_set_up(to, l.index, e) : 0;
}

static int move_in(struct moved_devices *m, struct moved_device *d, const char *wanted, struct err *e)
{
	struct link l;
	if (link_find(m->outside, d->outside, &l, e) < 0)
		return err_is(e, ENODEV) ? err_rule(e, NULL, "there is no network device \"%s\"", d->outside) : -1;
	TRY(choose_name(m->inside, wanted, d->inside, e));
	TRY(addresses_read(m->outside, l.index, &d->addresses, e));
	d->was_up = l.up;
	TRY(move(m->outside, m->inside, l.index, d->inside, e));
	d->next = m->first;
	m->first = d;
	return set_up(m->inside, d->inside, &d->addresses, true, e);
}

static void moved_device_free(struct moved_device *d)
{
	addresses_done(&d->addresses);
	free(d);
}

int perform_net_device(struct run *r, const struct op *op, struct err *e)
{
	const struct op_net_device *a = ARGS(op_net_device, r, op);
	struct host *h = r->own;
	struct moved_devices *m = &h->devices;
	struct moved_device *d = calloc(1, sizeof(*d));
	if (!d)
		return err_call(e, "calloc", NULL);
	snprintf(d->outside, sizeof(d->outside), "%s", run_str(r, a->name));
	int ns = run_slot(r, a->ns);
	int done = open_sides(m, ns >= 0 ? ns : h->init_pidfd, e);
	if (done == 0)
		done = move_in(m, d, run_str(r, a->inside), e);
	if (m->first != d)
		moved_device_free(d);
	return done;
}

/* ---- bringing back ---------------------------------------------------------------------------------------- */

static int move_back(const struct moved_devices *m, const struct moved_device *d, struct err *e)
{
	struct link l;
	TRY(link_find(m->inside, d->inside, &l, e));
	TRY(move(m->inside, m->outside, l.index, d->outside, e));
	return set_up(m->outside, d->outside, &d->addresses, d->was_up, e);
}

void moved_devices_undo(struct moved_devices *m, struct err *e)
{
	for (const struct moved_device *d = m->first; d; d = d->next) {
		struct err second = { 0 };
		if (move_back(m, d, &second) < 0) {
			err_note(&second, "bringing back the network device \"%s\"", d->outside);
			err_also(e, &second);
		}
	}
	moved_devices_done(m);
}

void moved_devices_done(struct moved_devices *m)
{
	while (m->first) {
		struct moved_device *d = m->first;
		m->first = d->next;
		moved_device_free(d);
	}
	fd_closep(&m->outside);
	fd_closep(&m->inside);
}
