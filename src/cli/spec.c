/* SPDX-License-Identifier: Apache-2.0 */

/* A config.json to begin with: the same as runc's, by content, with a cgroup namespace whatever the
 * host has.
 *
 * It is kept as it is written, but for ' in place of ", in pieces: some are there only for a
 * container with root privileges, others only for one without. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/command.h"
#include "sys/fd.h"

struct spec_options {
	const char *bundle, *file;
	bool rootless;
};
OPTIONS_FIT(struct spec_options);

/* The last two are ROOTLESS, and a number comes after them. */
enum part { BOTH, ROOTFUL, ROOTLESS, CALLER_UID, CALLER_GID };

static const struct piece { enum part part; const char *text; } pieces[] = {
	{ BOTH, "{\n"
		"	'ociVersion': '" OCI_VERSION "',\n"
		"	'process': {\n"
		"		'terminal': true,\n"
		"		'user': {\n"
		"			'uid': 0,\n"
		"			'gid': 0\n"
		"		},\n"
		"		'args': [\n"
		"			'sh'\n"
		"		],\n"
		"		'env': [\n"
		"			'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',\n"
		"			'TERM=xterm'\n"
		"		],\n"
		"		'cwd': '/',\n"
		"		'capabilities': {\n"
		"			'bounding': [\n"
		"				'CAP_AUDIT_WRITE',\n"
		"				'CAP_KILL',\n"
		"				'CAP_NET_BIND_SERVICE'\n"
		"			],\n"
		"			'effective': [\n"
		"				'CAP_AUDIT_WRITE',\n"
		"				'CAP_KILL',\n"
		"				'CAP_NET_BIND_SERVICE'\n"
		"			],\n"
		"			'permitted': [\n"
		"				'CAP_AUDIT_WRITE',\n"
		"				'CAP_KILL',\n"
		"				'CAP_NET_BIND_SERVICE'\n"
		"			]\n"
		"		},\n"
		"		'rlimits': [\n"
		"			{\n"
		"				'type': 'RLIMIT_NOFILE',\n"
		"				'hard': 1024,\n"
		"				'soft': 1024\n"
		"			}\n"
		"		],\n"
		"		'noNewPrivileges': true\n"
		"	},\n"
		"	'root': {\n"
		"		'path': 'rootfs',\n"
		"		'readonly': true\n"
		"	},\n"
		"	'hostname': 'socle',\n"
		"	'mounts': [\n"
		"		{\n"
		"			'destination': '/proc',\n"
		"			'type': 'proc',\n"
		"			'source': 'proc'\n"
		"		},\n"
		"		{\n"
		"			'destination': '/dev',\n"
		"			'type': 'tmpfs',\n"
		"			'source': 'tmpfs',\n"
		"			'options': [\n"
		"				'nosuid',\n"
		"				'strictatime',\n"
		"				'mode=755',\n"
		"				'size=65536k'\n"
		"			]\n"
		"		},\n"
		"		{\n"
		"			'destination': '/dev/pts',\n"
		"			'type': 'devpts',\n"
		"			'source': 'devpts',\n"
		"			'options': [\n"
		"				'nosuid',\n"
		"				'noexec',\n"
		"				'newinstance',\n"
		"				'ptmxmode=0666',\n" },
	{ ROOTFUL, "				'mode=0620',\n"
		   "				'gid=5'\n" },
	{ ROOTLESS, "				'mode=0620'\n" }, /* the mapping has no group 5 */
	{ BOTH, "			]\n"
		"		},\n"
		"		{\n"
		"			'destination': '/dev/shm',\n"
		"			'type': 'tmpfs',\n"
		"			'source': 'shm',\n"
		"			'options': [\n"
		"				'nosuid',\n"
		"				'noexec',\n"
		"				'nodev',\n"
		"				'mode=1777',\n"
		"				'size=65536k'\n"
		"			]\n"
		"		},\n"
		"		{\n"
		"			'destination': '/dev/mqueue',\n"
		"			'type': 'mqueue',\n"
		"			'source': 'mqueue',\n"
		"			'options': [\n"
		"				'nosuid',\n"
		"				'noexec',\n"
		"				'nodev'\n"
		"			]\n"
		"		},\n"
		"		{\n"
		"			'destination': '/sys',\n" },
	{ ROOTFUL, "			'type': 'sysfs',\n"
		   "			'source': 'sysfs',\n"
		   "			'options': [\n" },
	/* A new sysfs belongs to a network namespace, which the caller shares. */
	{ ROOTLESS, "			'type': 'none',\n"
		    "			'source': '/sys',\n"
		    "			'options': [\n"
		    "				'rbind',\n" },
	{ BOTH, "				'nosuid',\n"
		"				'noexec',\n"
		"				'nodev',\n"
		"				'ro'\n"
		"			]\n"
		"		},\n"
		"		{\n"
		"			'destination': '/sys/fs/cgroup',\n"
		"			'type': 'cgroup',\n"
		"			'source': 'cgroup',\n"
		"			'options': [\n"
		"				'nosuid',\n"
		"				'noexec',\n"
		"				'nodev',\n"
		"				'relatime',\n"
		"				'ro'\n"
		"			]\n"
		"		}\n"
		"	],\n"
		"	'linux': {\n" },
	{ CALLER_UID, "		'uidMappings': [\n"
		      "			{\n"
		      "				'containerID': 0,\n"
		      "				'hostID': " },
	{ CALLER_GID, ",\n"
		      "				'size': 1\n"
		      "			}\n"
		      "		],\n"
		      "		'gidMappings': [\n"
		      "			{\n"
		      "				'containerID': 0,\n"
		      "				'hostID': " },
	{ ROOTLESS, ",\n"
		    "				'size': 1\n"
		    "			}\n"
		    "		],\n" },
	{ ROOTFUL, "		'resources': {\n"
		   "			'devices': [\n"
		   "				{\n"
		   "					'allow': false,\n"
		   "					'access': 'rwm'\n"
		   "				}\n"
		   "			]\n"
		   "		},\n" },
	{ BOTH, "		'namespaces': [\n"
		"			{\n"
		"				'type': 'pid'\n"
		"			},\n" },
	{ ROOTFUL, "			{\n"
		   "				'type': 'network'\n"
		   "			},\n" },
	{ BOTH, "			{\n"
		"				'type': 'ipc'\n"
		"			},\n"
		"			{\n"
		"				'type': 'uts'\n"
		"			},\n"
		"			{\n"
		"				'type': 'mount'\n"
		"			},\n"
		"			{\n"
		"				'type': 'cgroup'\n"
		"			}" },
	{ ROOTLESS, ",\n"
		    "			{\n"
		    "				'type': 'user'\n"
		    "			}" },
	{ BOTH, "\n"
		"		],\n"
		"		'maskedPaths': [\n"
		"			'/proc/acpi',\n"
		"			'/proc/asound',\n"
		"			'/proc/kcore',\n"
		"			'/proc/keys',\n"
		"			'/proc/latency_stats',\n"
		"			'/proc/timer_list',\n"
		"			'/proc/timer_stats',\n"
		"			'/proc/sched_debug',\n"
		"			'/sys/firmware',\n"
		"			'/proc/scsi',\n"
		"			'/sys/devices/virtual/tpm'\n"
		"		],\n"
		"		'readonlyPaths': [\n"
		"			'/proc/bus',\n"
		"			'/proc/fs',\n"
		"			'/proc/irq',\n"
		"			'/proc/sys',\n"
		"			'/proc/sysrq-trigger'\n"
		"		]\n"
		"	}\n"
		"}\n" },
};

static void add_quoted(struct buf *out, const char *text)
{
	for (; *text; text++)
		buf_char(out, *text == '\'' ? '"' : *text);
}

static void make_spec(bool rootless, struct buf *out)
{
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		enum part part = pieces[i].part;

		if (part != BOTH && (part == ROOTFUL) == rootless)
			continue;
		add_quoted(out, pieces[i].text);
		if (part == CALLER_UID)
			buf_printf(out, "%u", geteuid());
		if (part == CALLER_GID)
			buf_printf(out, "%u", getegid());
	}
}

/* A file that is there is somebody's work. */
static int write_new(const char *path, const struct buf *text, struct err *e)
{
	_cleanup_close_ int fd = fd_open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0666, e);

	if (fd < 0 && err_is(e, EEXIST))
		return err_rule(e, NULL, "\"%s\" already exists, remove it first", path);
	if (fd < 0)
		return -1;
	if (fd_write_all(fd, text->data, text->size, path, e) < 0) {
		unlink(path); /* half a configuration would be in the way of the next attempt */
		return -1;
	}
	return 0;
}

static int spec_run(struct cli *c, void *options, struct err *e)
{
	const struct spec_options *o = options;
	_cleanup_(buf_done) struct buf text = {};
	const char *path = "config.json";

	if (o->file && o->file[0])
		path = o->file;
	else if (o->bundle && o->bundle[0])
		path = arena_fmt(&c->arena, "%s/config.json", o->bundle);
	make_spec(o->rootless, &text);
	return write_new(path, &text, e);
}

const struct command command_spec = {
	.name = "spec",
	.args = "",
	.summary = "write a config.json to begin with",
	.options = OPTIONS(OPTION(struct spec_options, bundle, 'b', "bundle", "DIR", "where to write it"),
			   OPTION(struct spec_options, file, 'f', "file", "FILE", "what to write it to"),
			   OPTION(struct spec_options, rootless, 0, "rootless", NULL,
				  "for the caller in a user namespace")),
	.run = spec_run,
};
