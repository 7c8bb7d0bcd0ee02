/* SPDX-License-Identifier: Apache-2.0 */

/* Capabilities, resource limits and signals by name.
 *
 * The numbers are the kernel's own, from its headers: several differ between architectures. */
#include "plan/names.h"

#include <asm/resource.h>
#include <asm/signal.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/span.h"

#define CAP(name) [name] = #name

const char *const cap_names[N_CAPS] = {
	CAP(CAP_CHOWN),
	CAP(CAP_DAC_OVERRIDE),
	CAP(CAP_DAC_READ_SEARCH),
	CAP(CAP_FOWNER),
	CAP(CAP_FSETID),
	CAP(CAP_KILL),
	CAP(CAP_SETGID),
	CAP(CAP_SETUID),
	CAP(CAP_SETPCAP),
	CAP(CAP_LINUX_IMMUTABLE),
	CAP(CAP_NET_BIND_SERVICE),
	CAP(CAP_NET_BROADCAST),
	CAP(CAP_NET_ADMIN),
	CAP(CAP_NET_RAW),
	CAP(CAP_IPC_LOCK),
	CAP(CAP_IPC_OWNER),
	CAP(CAP_SYS_MODULE),
	CAP(CAP_SYS_RAWIO),
	CAP(CAP_SYS_CHROOT),
	CAP(CAP_SYS_PTRACE),
	CAP(CAP_SYS_PACCT),
	CAP(CAP_SYS_ADMIN),
	CAP(CAP_SYS_BOOT),
	CAP(CAP_SYS_NICE),
	CAP(CAP_SYS_RESOURCE),
	CAP(CAP_SYS_TIME),
	CAP(CAP_SYS_TTY_CONFIG),
	CAP(CAP_MKNOD),
	CAP(CAP_LEASE),
	CAP(CAP_AUDIT_WRITE),
	CAP(CAP_AUDIT_CONTROL),
	CAP(CAP_SETFCAP),
	CAP(CAP_MAC_OVERRIDE),
	CAP(CAP_MAC_ADMIN),
	CAP(CAP_SYSLOG),
	CAP(CAP_WAKE_ALARM),
	CAP(CAP_BLOCK_SUSPEND),
	CAP(CAP_AUDIT_READ),
	CAP(CAP_PERFMON),
	CAP(CAP_BPF),
	CAP(CAP_CHECKPOINT_RESTORE),
};

#define LIMIT(name) [RLIMIT_##name] = "RLIMIT_" #name

const char *const rlimit_names[N_RLIMITS] = {
	LIMIT(CPU),	 LIMIT(FSIZE),	LIMIT(DATA),   LIMIT(STACK),
	LIMIT(CORE),	 LIMIT(RSS),	LIMIT(NPROC),  LIMIT(NOFILE),
	LIMIT(MEMLOCK),	 LIMIT(AS),	LIMIT(LOCKS),  LIMIT(SIGPENDING),
	LIMIT(MSGQUEUE), LIMIT(NICE),	LIMIT(RTPRIO), LIMIT(RTTIME),
};

const struct seccomp_flag seccomp_flags[N_SECCOMP_FLAGS] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", 1u << 0 },
	{ "SECCOMP_FILTER_FLAG_LOG", 1u << 1 },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", 1u << 2 },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 1u << 5 },
};

static int find(const char *const *names, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (names[i] && strcmp(names[i], name) == 0)
			return i;
	return -1;
}

int cap_find(const char *name)
{
	return find(cap_names, N_CAPS, name);
}

int rlimit_find(const char *name)
{
	return find(rlimit_names, N_RLIMITS, name);
}

/* ---- signals --------------------------------------------------------------------------------- */

/* The kernel's last one.  The C libraries keep the first two real-time signals for themselves, so
 * RTMIN is what glibc's programs call so, whichever library this is built with. */
enum { SIGNAL_MAX = 64, SIGNAL_RTMIN = 34 };

#define SIGNAL(name) { #name, SIG##name }

static const struct { const char *name; int number; } signals[] = {
	SIGNAL(HUP),   SIGNAL(INT),   SIGNAL(QUIT),   SIGNAL(ILL),    SIGNAL(TRAP), SIGNAL(ABRT),
	SIGNAL(IOT),   SIGNAL(BUS),   SIGNAL(FPE),    SIGNAL(KILL),   SIGNAL(USR1), SIGNAL(SEGV),
	SIGNAL(USR2),  SIGNAL(PIPE),  SIGNAL(ALRM),   SIGNAL(TERM),   SIGNAL(CHLD), SIGNAL(CONT),
	SIGNAL(STOP),  SIGNAL(TSTP),  SIGNAL(TTIN),   SIGNAL(TTOU),   SIGNAL(URG),  SIGNAL(XCPU),
	SIGNAL(XFSZ),  SIGNAL(PROF),  SIGNAL(WINCH),  SIGNAL(IO),     SIGNAL(POLL), SIGNAL(PWR),
	SIGNAL(SYS),   { "VTALRM", SIGVTALRM },	      { "CLD", SIGCHLD },
	{ "RTMIN", SIGNAL_RTMIN },		      { "RTMAX", SIGNAL_MAX },
#ifdef SIGSTKFLT
	SIGNAL(STKFLT),
#endif
};

/* Up to three digits and nothing else. */
static int read_number(const char *s)
{
	int n = 0;
	size_t digits = span_of(s, "0123456789");

	if (digits == 0 || digits > 3 || s[digits])
		return -1;
	for (; *s; s++)
		n = n * 10 + (*s - '0');
	return n;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* What follows `word` in `s`, in any case of its letters; NULL if something else is there. */
static const char *skip_word(const char *s, const char *word)
{
	for (; *word; s++, word++)
		if (lower(*s) != lower(*word))
			return NULL;
	return s;
}

static bool is_real_time(int number)
{
	return number >= SIGNAL_RTMIN && number <= SIGNAL_MAX;
}

/* "+3" behind RTMIN, "-1" behind RTMAX. */
static int real_time(int number, const char *rest)
{
	int offset = read_number(rest + 1);

	if (!is_real_time(number) || offset < 0 || *rest != (number == SIGNAL_RTMIN ? '+' : '-'))
		return -1;
	number += *rest == '+' ? offset : -offset;
	return is_real_time(number) ? number : -1;
}

int signal_find(const char *name)
{
	const char *bare = skip_word(name, "SIG");
	int number = read_number(name);

	if (number >= 0)
		return number <= SIGNAL_MAX ? number : -1;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		const char *rest = skip_word(bare ? bare : name, signals[i].name);

		if (rest && !*rest)
			return signals[i].number;
		if (rest && is_real_time(signals[i].number))
			return real_time(signals[i].number, rest);
	}
	return -1;
}
