/* SPDX-License-Identifier: Apache-2.0 */

/* The tables of /linux/seccomp. */
#include "spec/tables.h"

#define ACTION_WORDS \
	"SCMP_ACT_KILL SCMP_ACT_KILL_PROCESS SCMP_ACT_KILL_THREAD SCMP_ACT_TRAP SCMP_ACT_ERRNO " \
	"SCMP_ACT_TRACE SCMP_ACT_ALLOW SCMP_ACT_LOG SCMP_ACT_NOTIFY"

ROWS(syscall_arg, struct spec_syscall_arg) = {
	FIELD(syscall_arg, index,     "index",	  REQUIRED),
	FIELD(syscall_arg, value,     "value",	  REQUIRED),
	FIELD(syscall_arg, value_two, "valueTwo", OPTIONAL),
	WORD (syscall_arg, op,	      "op",	  REQUIRED,
	      "SCMP_CMP_NE SCMP_CMP_LT SCMP_CMP_LE SCMP_CMP_EQ SCMP_CMP_GE SCMP_CMP_GT "
	      "SCMP_CMP_MASKED_EQ"),
};
static TABLE(syscall_arg);

ROWS(syscall, struct spec_syscall) = {
	FIELD(syscall, names,	  "names",    REQUIRED),
	WORD (syscall, action,	  "action",   REQUIRED, ACTION_WORDS),
	FIELD(syscall, errno_ret, "errnoRet", OPTIONAL),
	ARRAY(syscall, args,	  "args",     OPTIONAL, syscall_arg),
};
static TABLE(syscall);

ROWS(seccomp, struct spec_seccomp) = {
	WORD (seccomp, default_action,	  "defaultAction",    REQUIRED, ACTION_WORDS),
	FIELD(seccomp, default_errno_ret, "defaultErrnoRet",  OPTIONAL),
	WORD (seccomp, architectures,	  "architectures",    OPTIONAL,
	      "SCMP_ARCH_X86 SCMP_ARCH_X86_64 SCMP_ARCH_X32 SCMP_ARCH_ARM SCMP_ARCH_AARCH64 "
	      "SCMP_ARCH_LOONGARCH64 SCMP_ARCH_M68K SCMP_ARCH_MIPS SCMP_ARCH_MIPS64 "
	      "SCMP_ARCH_MIPS64N32 SCMP_ARCH_MIPSEL SCMP_ARCH_MIPSEL64 SCMP_ARCH_MIPSEL64N32 "
	      "SCMP_ARCH_PPC SCMP_ARCH_PPC64 SCMP_ARCH_PPC64LE SCMP_ARCH_S390 SCMP_ARCH_S390X "
	      "SCMP_ARCH_SH SCMP_ARCH_SHEB SCMP_ARCH_PARISC SCMP_ARCH_PARISC64 "
	      "SCMP_ARCH_RISCV64"),
	WORD (seccomp, flags,		  "flags",	      OPTIONAL,
	      "SECCOMP_FILTER_FLAG_TSYNC SECCOMP_FILTER_FLAG_LOG SECCOMP_FILTER_FLAG_SPEC_ALLOW "
	      "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"),
	FIELD(seccomp, listener_path,	  "listenerPath",     OPTIONAL),
	FIELD(seccomp, listener_metadata, "listenerMetadata", OPTIONAL),
	ARRAY(seccomp, syscalls,	  "syscalls",	      OPTIONAL, syscall),
};
TABLE(seccomp);
