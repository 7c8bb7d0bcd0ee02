/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SPEC_TABLES_H
#define SOCLE_SPEC_TABLES_H

#include "base/table.h"
#include "spec/spec.h"

/* The tables of config.json that more than one file names.  What is REQUIRED in a row is what the
 * specification's text requires, whatever the host. */
TABLE_DECLARE(spec, struct spec);
TABLE_DECLARE(process, struct spec_process);
TABLE_DECLARE(linux_, struct spec_linux);
TABLE_DECLARE(resources, struct spec_resources);
TABLE_DECLARE(seccomp, struct spec_seccomp);
TABLE_DECLARE(id_mapping, struct spec_id_mapping);
TABLE_DECLARE(hook, struct spec_hook);

/* Names of which one must not occur twice: the validation counts them by their position here. */
#define NAMESPACE_WORDS "mount pid network uts ipc user cgroup time"
#define RLIMIT_WORDS \
	"RLIMIT_AS RLIMIT_CORE RLIMIT_CPU RLIMIT_DATA RLIMIT_FSIZE RLIMIT_LOCKS RLIMIT_MEMLOCK " \
	"RLIMIT_MSGQUEUE RLIMIT_NICE RLIMIT_NOFILE RLIMIT_NPROC RLIMIT_RSS RLIMIT_RTPRIO " \
	"RLIMIT_RTTIME RLIMIT_SIGPENDING RLIMIT_STACK"

#endif
