/* SPDX-License-Identifier: Apache-2.0 */
#include "run/seccomp.h"

#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/table.h"
#include "run/seccomp-cache.h"
#include "run/seccomp-tree.h"
#include "sys/fd.h"

#define UNKNOWN_ANNOTATION "run.oci.seccomp_fail_unknown_syscall"
#define RAW_MAX		   (1u << 20) /* instructions, before they are made fewer */

struct compiler {
	const struct spec_seccomp *s;
	scmp_filter_ctx ctx;
	uint32_t default_action;
	uint32_t tokens[8]; /* libseccomp's for the architectures */
	size_t n_tokens;
	struct arena *arena;
	struct err *e;
};

/* ---- words ------------------------------------------------------------------------------------------------ */

static const struct action { const char *name; uint32_t value; bool number; } actions[] = {
	{ "SCMP_ACT_KILL", SCMP_ACT_KILL, false },
	{ "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS, false },
	{ "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD, false },
	{ "SCMP_ACT_TRAP", SCMP_ACT_TRAP, false },
	{ "SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0), true },
	{ "SCMP_ACT_TRACE", SCMP_ACT_TRACE(0), true },
	{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW, false },
	{ "SCMP_ACT_LOG", SCMP_ACT_LOG, false },
	{ "SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY, false },
};

/* The validation has found it to be one of them. */
static uint32_t action_value(const char *name, struct opt_u32 number)
{
	const struct action *a = actions;
	while (strcmp(a->name, name) != 0)
		a++;
	return a->value | (a->number ? (number.set ? number.v : EPERM) : 0);
}

static const struct { const char *name; enum scmp_compare value; } operators[] = {
	{ "SCMP_CMP_NE", SCMP_CMP_NE }, { "SCMP_CMP_LT", SCMP_CMP_LT }, { "SCMP_CMP_LE", SCMP_CMP_LE },
	{ "SCMP_CMP_EQ", SCMP_CMP_EQ }, { "SCMP_CMP_GE", SCMP_CMP_GE }, { "SCMP_CMP_GT", SCMP_CMP_GT },
	{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
};

static enum scmp_compare operator_value(const char *name)
{
	size_t i = 0;
	while (strcmp(operators[i].name, name) != 0)
		i++;
	return operators[i].value;
}

/* ---- architectures ---------------------------------------------------------------------------------------- */

/* Those that one kernel can run together.  Others of a profile can do no harm, and no good. */
static const char *const families[] = {
	"X86_64 X86 X32",   "AARCH64 ARM",  "MIPS MIPS64 MIPS64N32", "MIPSEL MIPSEL64 MIPSEL64N32",
	"PPC64 PPC",	    "PPC64LE",	    "S390X S390",	     "PARISC64 PARISC",
	"RISCV64",	    "LOONGARCH64",  "M68K",		     "SH",
	"SHEB",
};

/* The names are libseccomp's own in capitals.  0: it has none like that. */
static uint32_t arch_token(const char *name)
{
	char lower[32] = "";
	for (size_t i = 0; name[i] && i < sizeof(lower) - 1; i++)
		lower[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] - 'A' + 'a') : name[i];
	return seccomp_arch_resolve_name(lower);
}

/* The names of the native one and its relatives. */
static const char *native_family(void)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		char words[64], *rest = words;
		snprintf(words, sizeof(words), "%s", families[i]);
		for (char *word; (word = strsep(&rest, " ")) != NULL;)
			if (arch_token(word) == seccomp_arch_native())
				return families[i];
	}
	return "";
}

static int add_architectures(struct compiler *c)
{
	const char *family = native_family();
	c->tokens[c->n_tokens++] = seccomp_arch_native();
	for (size_t i = 0; i < c->s->architectures.n; i++) {
		const char *name = c->s->architectures.items[i] + strlen("SCMP_ARCH_");
		uint32_t token = words_find(family, name) < 0 ? 0 : arch_token(name);
		if (!token || seccomp_arch_exist(c->ctx, token) == 0)
			continue;
		int r = seccomp_arch_add(c->ctx, token);
		if (r < 0) {
			err_call_num(c->e, -r, "seccomp_arch_add", name);
			return err_at(c->e, "/linux/seccomp/architectures/%zu", i);
		}
		c->tokens[c->n_tokens++] = token;
	}
	return 0;
}

/* What the kernel calls it: x32 is told from x86_64 by a bit of the number alone. */
static uint32_t kernel_arch(uint32_t token)
{
	return token == SCMP_ARCH_X32 ? SCMP_ARCH_X86_64 : token;
}

/* ---- rules ------------------------------------------------------------------------------------------------ */

static uint32_t rule_action(const struct compiler *c, size_t i)
{
	const struct spec_syscall *rule = &c->s->syscalls.items[i];
	return action_value(rule->action, rule->errno_ret);
}

static bool is_left_out(const struct compiler *c, size_t i)
{
	return rule_action(c, i) == c->default_action;
}

static int add(struct compiler *c, size_t i, size_t k, int number, const struct scmp_arg_cmp *args, unsigned n)
{
	const char *name = c->s->syscalls.items[i].names.items[k];
	int r = seccomp_rule_add_array(c->ctx, rule_action(c, i), number, n, args);
	if (r == 0)
		return 0;
	if (r == -EEXIST)
		err_rule(c->e, NULL, "contradicts an earlier rule: \"%s\" with the same arguments has another action",
			 name);
	else
		err_call_num(c->e, -r, "seccomp_rule_add", name);
	return err_at(c->e, "/linux/seccomp/syscalls/%zu", i);
}

static bool has_argument_twice(const struct spec_syscall_args *args)
{
	unsigned seen = 0, twice = 0;
	for (size_t i = 0; i < args->n; i++) {
		twice |= seen & 1u << args->items[i].index;
		seen |= 1u << args->items[i].index;
	}
	return twice;
}

static int add_conditional(struct compiler *c, size_t i, size_t k, int number)
{
	const struct spec_syscall_args *args = &c->s->syscalls.items[i].args;
	struct scmp_arg_cmp *all = ARENA_ARRAY(c->arena, struct scmp_arg_cmp, args->n);
	for (size_t m = 0; m < args->n; m++) {
		const struct spec_syscall_arg *a = &args->items[m];
		all[m] = (struct scmp_arg_cmp){ a->index, operator_value(a->op), a->value, a->value_two.v };
	}
	if (!has_argument_twice(args))
		return add(c, i, k, number, all, (unsigned)args->n);
	for (size_t m = 0; m < args->n; m++)
		TRY(add(c, i, k, number, &all[m], 1));
	return 0;
}

static int add_rule(struct compiler *c, size_t i)
{
	const struct spec_syscall *rule = &c->s->syscalls.items[i];
	for (size_t k = 0; k < rule->names.n; k++) {
		int number = seccomp_syscall_resolve_name(rule->names.items[k]);
		if (number != __NR_SCMP_ERROR)
			TRY(rule->args.n ? add_conditional(c, i, k, number) : add(c, i, k, number, NULL, 0));
	}
	return 0;
}

/* ---- libseccomp's program, and ours ------------------------------------------------------------------------ */

static int export(struct compiler *c, struct sock_filter **ret, size_t *ret_n)
{
	struct stat st;
	_cleanup_close_ int fd = memfd_create("seccomp", MFD_CLOEXEC);
	if (fd < 0)
		return err_call(c->e, "memfd_create", "seccomp");
	int r = seccomp_export_bpf(c->ctx, fd);
	if (r < 0)
		return err_call_num(c->e, -r, "seccomp_export_bpf", NULL), err_at(c->e, "/linux/seccomp");
	if (fstat(fd, &st) < 0 || st.st_size > (off_t)(RAW_MAX * sizeof(**ret)))
		return err_rule(c->e, "/linux/seccomp", "the filter is too long");
	*ret = arena_alloc_raw(c->arena, (size_t)st.st_size + 1);
	*ret_n = (size_t)st.st_size / sizeof(**ret);
	ssize_t n = pread(fd, *ret, (size_t)st.st_size, 0);
	return n == st.st_size ? 0 : err_call(c->e, "pread", "seccomp");
}

/* How far the profile goes on one architecture, and what libseccomp knows up to there. */
static struct seccomp_arch describe(struct compiler *c, uint32_t token)
{
	struct seccomp_arch arch = { .kernel = kernel_arch(token), .base = token == SCMP_ARCH_X32 ? SECCOMP_X32 : 0 };
	for (size_t i = 0; i < c->s->syscalls.n; i++) {
		const struct strings *names = &c->s->syscalls.items[i].names;
		for (size_t k = 0; k < names->n; k++) {
			int number = seccomp_syscall_resolve_name_arch(token, names->items[k]);
			if (number >= 0 && (uint32_t)number - arch.base >= arch.end)
				arch.end = (uint32_t)number - arch.base + 1;
		}
	}
	arch.known = ARENA_ARRAY(c->arena, bool, arch.end);
	for (uint32_t n = 0; n < arch.end; n++) {
		char *name = seccomp_syscall_resolve_num_arch(token, (int)(arch.base + n));
		arch.known[n] = name != NULL;
		free(name);
	}
	return arch;
}

static int make_program(struct compiler *c, struct u32s *ret)
{
	struct seccomp_profile p = { .n_archs = c->n_tokens };
	uint32_t errno_default = c->default_action & SECCOMP_RET_ACTION_FULL;
	TRY(export(c, &p.raw, &p.n_raw));
	p.newer = errno_default == SCMP_ACT_ERRNO(0);
	for (size_t i = 0; i < c->n_tokens; i++)
		p.archs[i] = describe(c, c->tokens[i]);
	TRY(seccomp_tree(&p, c->arena, ret, c->e));
	if (ret->n / 2 > BPF_MAXINSNS)
		return err_rule(c->e, "/linux/seccomp", "the filter has %zu instructions, the kernel takes %d",
				ret->n / 2, BPF_MAXINSNS);
	return 0;
}

static int compile(struct compiler *c, struct u32s *ret)
{
	TRY(add_architectures(c));
	for (size_t i = 0; i < c->s->syscalls.n; i++)
		if (!is_left_out(c, i))
			TRY(add_rule(c, i));
	return make_program(c, ret);
}

int seccomp_compile(const struct spec_seccomp *s, struct arena *a, struct u32s *ret_program, struct err *e)
{
	struct compiler c = { .s = s, .arena = a, .e = e,
			      .default_action = action_value(s->default_action, s->default_errno_ret) };
	/* All that Linux 5.14 can do; without it libseccomp would try it out. */
	seccomp_api_set(6);
	c.ctx = seccomp_init(c.default_action);
	if (!c.ctx)
		return err_rule(e, "/linux/seccomp/defaultAction", "libseccomp refuses %s", s->default_action);
	int r = compile(&c, ret_program);
	seccomp_release(c.ctx);
	return r;
}

const char *seccomp_maker(struct arena *a)
{
	const struct scmp_version *v = seccomp_version();
	return arena_fmt(a, "libseccomp %u.%u.%u %08x", v->major, v->minor, v->micro, seccomp_arch_native());
}

/* ---- for who creates a container ---------------------------------------------------------------------------- */

static int check_names(const struct spec_seccomp *s, struct err *e)
{
	for (size_t i = 0; i < s->syscalls.n; i++) {
		const struct strings *names = &s->syscalls.items[i].names;
		for (size_t k = 0; k < names->n; k++) {
			if (seccomp_syscall_resolve_name(names->items[k]) != __NR_SCMP_ERROR)
				continue;
			err_rule(e, NULL, "libseccomp does not know a system call \"%s\"", names->items[k]);
			return err_at(e, "/linux/seccomp/syscalls/%zu/names/%zu", i, k);
		}
	}
	return 0;
}

static bool must_know_names(const struct spec *spec)
{
	for (size_t i = 0; i < spec->annotations.n; i++)
		if (strcmp(spec->annotations.items[i].key, UNKNOWN_ANNOTATION) == 0)
			return strcmp(spec->annotations.items[i].value, "0") != 0;
	return false;
}

int seccomp_program(const struct spec *spec, const char *state_root, struct arena *a, struct u32s *ret_program,
		    struct err *e)
{
	const struct spec_seccomp *s = spec->linux_ ? spec->linux_->seccomp : NULL;
	if (!s)
		return 0;
	if (must_know_names(spec))
		TRY(check_names(s, e));
	struct seccomp_key key = seccomp_key(s, a);
	if (state_root && seccomp_cache_find(state_root, &key, a, ret_program))
		return 0;
	TRY(seccomp_compile(s, a, ret_program, e));
	if (state_root)
		seccomp_cache_keep(state_root, &key, ret_program);
	return 0;
}
