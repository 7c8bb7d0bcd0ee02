/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "sys/netlink.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "sys/fd.h"

#ifndef SIOCGSKNS
#define SIOCGSKNS 0x894C
#endif
#define ANSWER_SIZE 32768 /* the kernel's own limit for a part of a dump */

void addresses_done(struct addresses *a)
{
	free(a->messages);
	*a = (struct addresses){ 0 };
}

/* ---- sockets ---------------------------------------------------------------------------------------------- */

int netlink_open(struct err *e)
{
	int on = 1;
	_cleanup_close_ int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (s < 0)
		return err_call(e, "socket", "AF_NETLINK");
	/* The kernel's own words, and nothing of ours back with them. */
	setsockopt(s, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(s, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return fd_take(&s);
}

int netlink_open_in(int ns, struct err *e)
{
	_cleanup_close_ int own = fd_open("/proc/thread-self/ns/net", O_RDONLY, e);
	if (own < 0)
		return -1;
	if (setns(ns, CLONE_NEWNET) < 0)
		return err_call(e, "setns", "network");
	_cleanup_close_ int s = netlink_open(e);
	if (setns(own, CLONE_NEWNET) < 0) {
		err_call(e, "setns", "the network namespace that was left");
		return -1;
	}
	return s < 0 ? -1 : fd_take(&s);
}

int netlink_namespace(int socket, struct err *e)
{
	int ns = ioctl(socket, SIOCGSKNS);
	if (ns < 0)
		return err_call(e, "ioctl SIOCGSKNS", NULL);
	fcntl(ns, F_SETFD, FD_CLOEXEC);
	return ns;
}

/* ---- messages --------------------------------------------------------------------------------------------- */

struct request {
	struct nlmsghdr header;
	char body[1024]; /* the family's struct, then attributes */
};

static void request_begin(struct request *q, uint16_t type, uint16_t flags, const void *body, size_t size)
{
	*q = (struct request){ .header = { .nlmsg_type = type, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
					   .nlmsg_len = (uint32_t)NLMSG_LENGTH(size) } };
	memcpy(q->body, body, size);
}

/* False if it does not fit. */
static bool request_add(struct request *q, uint16_t type, const void *data, size_t size)
{
	struct rtattr a = { (uint16_t)RTA_LENGTH(size), type };
	size_t at = NLMSG_ALIGN(q->header.nlmsg_len) - NLMSG_HDRLEN;
	if (RTA_SPACE(size) > sizeof(q->body) - at)
		return false;
	memcpy(q->body + at, &a, sizeof(a));
	memcpy(q->body + at + RTA_LENGTH(0), data, size);
	q->header.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + at + RTA_LENGTH(size));
	return true;
}

static int request_send(int socket, const struct request *q, const char *what, struct err *e)
{
	ssize_t n;
	do
		n = send(socket, q, q->header.nlmsg_len, 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_call(e, "send", what) : 0;
}

static ssize_t receive(int socket, char *buf, size_t size, const char *what, struct err *e)
{
	ssize_t n;
	do
		n = recv(socket, buf, size, MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_call(e, "recv", what);
	return (size_t)n > size ? err_rule(e, NULL, "%s: an answer of %zd bytes is too long", what, n) : n;
}

/* An error's own words stand behind the number, where the kernel has any. */
static int refused(const struct nlmsghdr *m, const char *call, const char *what, struct err *e)
{
	const struct nlmsgerr *answer = NLMSG_DATA(m);
	if (answer->error == 0)
		return 0;
	err_call_num(e, -answer->error, call, what);
	if (!(m->nlmsg_flags & NLM_F_ACK_TLVS))
		return -1;
	int left = (int)(m->nlmsg_len - NLMSG_LENGTH(sizeof(*answer)));
	for (const struct rtattr *a = (const struct rtattr *)(answer + 1); RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == NLMSGERR_ATTR_MSG)
			snprintf(e->kernel, sizeof(e->kernel), "%.*s", (int)RTA_PAYLOAD(a), (const char *)RTA_DATA(a));
	return -1;
}

/* The message at *at, which goes on to the next; NULL at the end. */
static const struct nlmsghdr *next_message(const char *buf, size_t size, size_t *at)
{
	const struct nlmsghdr *m = (const struct nlmsghdr *)(buf + *at);
	if (*at > size || size - *at < sizeof(*m) || m->nlmsg_len < sizeof(*m) || m->nlmsg_len > size - *at)
		return NULL;
	*at += NLMSG_ALIGN(m->nlmsg_len);
	return m;
}

/* What is done with each message of an answer; -1 ends it. */
typedef int see_fn(void *data, const struct nlmsghdr *m, struct err *e);

/* One part of an answer.  Returns 1 at its end. */
static int see_part(const char *buf, size_t size, const char *call, const char *what, see_fn *see, void *data, struct err *e)
{
	size_t at = 0;
	for (const struct nlmsghdr *m; (m = next_message(buf, size, &at)) != NULL;) {
		if (m->nlmsg_type == NLMSG_ERROR)
			return refused(m, call, what, e) < 0 ? -1 : 1;
		if (m->nlmsg_type == NLMSG_DONE)
			return 1;
		TRY(see ? see(data, m, e) : 0);
		if (!(m->nlmsg_flags & NLM_F_MULTI) && see)
			return 1;
	}
	return 0;
}

/* Ask, and see all of the answer; without `see` only whether it was done. */
static int ask(int socket, const struct request *q, const char *call, const char *what, see_fn *see, void *data,
	       struct err *e)
{
	char *buf = malloc(ANSWER_SIZE);
	if (!buf)
		return err_call(e, "malloc", NULL);
	int r = request_send(socket, q, what, e);
	while (r == 0) {
		ssize_t n = receive(socket, buf, ANSWER_SIZE, what, e);
		r = n < 0 ? -1 : see_part(buf, (size_t)n, call, what, see, data, e);
	}
	free(buf);
	return r < 0 ? -1 : 0;
}

/* ---- devices ---------------------------------------------------------------------------------------------- */

static int see_link(void *data, const struct nlmsghdr *m, struct err *e)
{
	const struct ifinfomsg *info = NLMSG_DATA(m);
	(void)e;
	*(struct link *)data = (struct link){ info->ifi_index, info->ifi_flags & IFF_UP };
	return 0;
}

int link_find(int socket, const char *name, struct link *ret, struct err *e)
{
	struct request q;
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	request_begin(&q, RTM_GETLINK, 0, &info, sizeof(info));
	request_add(&q, IFLA_IFNAME, name, strlen(name) + 1);
	return ask(socket, &q, "RTM_GETLINK", name, see_link, ret, e);
}

int link_move(int socket, int index, int ns, const char *name, struct err *e)
{
	struct request q;
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	request_begin(&q, RTM_NEWLINK, NLM_F_ACK, &info, sizeof(info));
	request_add(&q, IFLA_NET_NS_FD, &ns, sizeof(ns));
	request_add(&q, IFLA_IFNAME, name, strlen(name) + 1);
	return ask(socket, &q, "RTM_NEWLINK", name, NULL, NULL, e);
}

int link_set_up(int socket, int index, struct err *e)
{
	struct request q;
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	request_begin(&q, RTM_NEWLINK, NLM_F_ACK, &info, sizeof(info));
	return ask(socket, &q, "RTM_NEWLINK", "up", NULL, NULL, e);
}

/* ---- addresses -------------------------------------------------------------------------------------------- */

struct reading { int index; struct addresses *to; };

static uint32_t address_flags(const struct nlmsghdr *m)
{
	const struct ifaddrmsg *info = NLMSG_DATA(m);
	uint32_t flags = info->ifa_flags;
	int left = (int)IFA_PAYLOAD(m);
	for (const struct rtattr *a = IFA_RTA(info); RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == IFA_FLAGS && RTA_PAYLOAD(a) >= sizeof(flags))
			memcpy(&flags, RTA_DATA(a), sizeof(flags));
	return flags;
}

static int see_address(void *data, const struct nlmsghdr *m, struct err *e)
{
	const struct reading *r = data;
	const struct ifaddrmsg *info = NLMSG_DATA(m);
	size_t size = NLMSG_ALIGN(m->nlmsg_len);
	if (m->nlmsg_type != RTM_NEWADDR || (int)info->ifa_index != r->index || info->ifa_scope != RT_SCOPE_UNIVERSE ||
	    !(address_flags(m) & IFA_F_PERMANENT))
		return 0;
	char *more = realloc(r->to->messages, r->to->size + size);
	if (!more)
		return err_call(e, "realloc", NULL);
	memset(more + r->to->size, 0, size);
	memcpy(more + r->to->size, m, m->nlmsg_len);
	r->to->messages = more;
	r->to->size += size;
	return 0;
}

int addresses_read(int socket, int index, struct addresses *ret, struct err *e)
{
	struct request q;
	struct ifaddrmsg info = { .ifa_family = AF_UNSPEC };
	struct reading r = { index, ret };
	*ret = (struct addresses){ 0 };
	request_begin(&q, RTM_GETADDR, NLM_F_DUMP, &info, sizeof(info));
	if (ask(socket, &q, "RTM_GETADDR", "", see_address, &r, e) == 0)
		return 0;
	addresses_done(ret);
	return -1;
}

/* What makes the address; not its label, which names the device as it was called, nor its age. */
static bool is_carried_over(const struct rtattr *a)
{
	return a->rta_type == IFA_ADDRESS || a->rta_type == IFA_LOCAL || a->rta_type == IFA_BROADCAST ||
	       a->rta_type == IFA_RT_PRIORITY;
}

static int address_add(int socket, int index, const struct nlmsghdr *m, struct err *e)
{
	struct request q;
	struct ifaddrmsg info = *(const struct ifaddrmsg *)NLMSG_DATA(m);
	uint32_t flags = address_flags(m) & (IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE |
					     IFA_F_MCAUTOJOIN);
	bool fits = true;
	info.ifa_index = (uint32_t)index;
	info.ifa_flags = (uint8_t)flags;
	request_begin(&q, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, &info, sizeof(info));
	int left = (int)IFA_PAYLOAD(m);
	for (const struct rtattr *a = IFA_RTA((const struct ifaddrmsg *)NLMSG_DATA(m)); RTA_OK(a, left);
	     a = RTA_NEXT(a, left))
		if (is_carried_over(a))
			fits = fits && request_add(&q, a->rta_type, RTA_DATA(a), RTA_PAYLOAD(a));
	if (!fits || !request_add(&q, IFA_FLAGS, &flags, sizeof(flags)))
		return err_rule(e, NULL, "an address is longer than any");
	return ask(socket, &q, "RTM_NEWADDR", info.ifa_family == AF_INET6 ? "IPv6" : "IPv4", NULL, NULL, e);
}

int addresses_add(int socket, int index, const struct addresses *a, struct err *e)
{
	size_t at = 0;
	for (const struct nlmsghdr *m; (m = next_message(a->messages, a->size, &at)) != NULL;)
		TRY(address_add(socket, index, m, e));
	return 0;
}
