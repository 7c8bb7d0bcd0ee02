# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Bad input: an error that names what is wrong, status 1, and nothing left on the host.  Each is tried with `create`
# and with `run`.

load helpers

setup_file() { make_base; }
setup() { begin; }
teardown() { finish; }

# bad TEXT…: create and run are refused, and say all of these
bad() {
	local command
	for command in create "run -d" run; do
		# shellcheck disable=SC2086
		refused timeout -k 1 20 "$SOCLE" --root "$root" $command -b "$bundle" "$c" </dev/null
		says "$@"
		is_unchanged || host_unchanged
	done
}

# ---- the bundle

@test "bad: no bundle" {
	bundle=$BATS_TEST_TMPDIR/nowhere bad "$BATS_TEST_TMPDIR/nowhere" "No such file or directory" "bundle"
}

@test "bad: a bundle that is a file" {
	touch file
	bundle=$BATS_TEST_TMPDIR/file bad "file" "Not a directory"
}

@test "bad: no config.json" {
	rm "$bundle/config.json"
	bad "$bundle/config.json" "No such file or directory"
}

@test "bad: a config.json that is a directory, a fifo, a device" {
	rm "$bundle/config.json"
	mkdir "$bundle/config.json"
	bad "config.json\" is no regular file"
	rmdir "$bundle/config.json"
	mkfifo "$bundle/config.json"
	bad "config.json\" is no regular file"
	ln -sf /dev/zero "$bundle/config.json"
	bad "config.json\" is no regular file"
}

# ---- JSON

# json TEXT: the configuration's text
json() {
	rm -f "$bundle/config.json"
	printf '%s' "$1" >"$bundle/config.json"
}

@test "bad: broken JSON: line and column" {
	json '{
  "ociVersion": "1.3.0",
  "process": {,
'
	bad "line 3" "column"
	json ''
	bad "line 1"
	json '{"ociVersion": "1.3.0"} x'
	bad "line 1"
	json '[]'
	bad "error: "
	json '{"ociVersion": "1.3.0'
	bad "line 1"
}

@test "bad: an embedded NUL, a key twice, nesting without end" {
	json '{"ociVersion": "1.3.0\u0000"}'
	bad "line 1, column 22" NUL
	json '{"ociVersion": "1.3.0", "hostname": "a", "hostname": "b"}'
	bad "hostname"
	json "$(printf '{"a":%.0s' $(seq 100000))"
	bad "error: "
	json "{\"x\": $(printf '[%.0s' $(seq 100000))"
	bad "error: "
}

@test "bad: a file of 100 MB" {
	rm "$bundle/config.json"
	truncate -s 100M "$bundle/config.json"
	bad "config.json" "bytes"
}

@test "bad: wrong types, each with its pointer" {
	config '.process.cwd = 1 | .mounts[1].options = "ro" | .process.user.uid = -1 | .hostname = null'
	bad /process/cwd /mounts/1/options /process/user/uid
}

@test "bad: all problems are told, not only the first" {
	config '.process.cwd = "relative" | .process.args = [] | .linux.maskedPaths[0] = "x" | .root.path = ""'
	bad /process/cwd /process/args /linux/maskedPaths/0 /root/path
}

@test "bad: the log has the whole error in its last line" {
	config '.process.cwd = "relative"'
	refused "$SOCLE" --root "$root" --log log --log-format json run -b bundle "$c"
	same error "$(tail -n 1 log | jq -r .level)"
	[[ $(tail -n 1 log | jq -r .msg) == *"no absolute path"* ]]
	[ "$(tail -n 1 log | jq -r .pointer)" = /process/cwd ]
}

# ---- ociVersion

@test "bad: ociVersion missing, of another major, none" {
	config 'del(.ociVersion)'
	bad /ociVersion "missing"
	for version in 2.0.0 0.9.0 10.0.0 1 1.0 "" one 1.0.0.0; do
		config '.ociVersion = $v' --arg v "$version"
		bad /ociVersion
	done
}

# ---- the program

@test "bad: args missing, empty, with an empty program" {
	config 'del(.process.args)'
	bad /process/args
	config '.process.args = []'
	bad /process/args "must name a program"
	config '.process.args = [""]'
	bad /process/args/0
}

@test "bad: no process" {
	config 'del(.process)'
	bad /process
}

@test "bad: a relative program that is not there" {
	config '.process.args = ["bin/nowhere"]'
	bad /process/args/0 "bin/nowhere" "No such file or directory"
}

@test "bad: a program that is missing" {
	config '.process.args = ["/bin/nowhere"]'
	bad /process/args/0 "/bin/nowhere" "No such file or directory"
	config '.process.args = ["nowhere"]'
	bad /process/args/0 '"nowhere"' "executable file not found in \$PATH"
	config '.process.args = ["/bin/busybox/x"]'
	bad "/bin/busybox/x" "Not a directory"
}

@test "bad: a program that is not executable" {
	config '.process.args = ["/etc/passwd"]'
	bad /process/args/0 /etc/passwd "Permission denied"
}

@test "bad: a program that is a directory" {
	config '.process.args = ["/etc"]'
	bad /process/args/0 /etc "Permission denied" "directory"
}

@test "bad: a program that only others may execute" {
	printf '#!/bin/sh\n' >"$bundle/rootfs/script"
	chmod 700 "$bundle/rootfs/script"
	config '.process.args = ["/script"] | .process.user.uid = 1000 | .process.capabilities = {}'
	bad /process/args/0 /script "Permission denied"
}

@test "bad: an interpreter that does not exist" {
	printf '#!/bin/nowhere\n' >"$bundle/rootfs/script"
	chmod +x "$bundle/rootfs/script"
	config '.process.args = ["/script"]'
	for command in "run" "run -d"; do
		# shellcheck disable=SC2086
		refused "$SOCLE" --root "$root" $command -b "$bundle" "$c" </dev/null
		says "/script" "No such file or directory" /process/args
		host_unchanged
	done
	create "$c"
	refused socle start "$c"
	says "/script" "No such file or directory" /process/args
	becomes "$c" stopped
	socle delete "$c"
}

@test "bad: a program that is of no format the kernel knows" {
	head -c 1000 /dev/zero >"$bundle/rootfs/zeros"
	chmod +x "$bundle/rootfs/zeros"
	config '.process.args = ["/zeros"]'
	refused inside
	says "/zeros" "Exec format error" /process/args
	create "$c"
	refused socle start "$c"
	says "Exec format error"
	becomes "$c" stopped
	socle delete "$c"
}

@test "bad: arguments that are too long" {
	config '.process.args = ["/bin/true", ("x" * 200000)]'
	refused inside
	says "Argument list too long"
}

# ---- the root

@test "bad: a root that is missing, a file, a loop of symlinks, a symlink" {
	config 'del(.root)'
	bad /root
	unconfigured
	config '.root.path = "nowhere"'
	bad /root/path "$bundle/nowhere" "No such file or directory"
	config '.root.path = "config.json"'
	bad /root/path "config.json" "Not a directory"
	ln -s loop2 "$bundle/loop1"
	ln -s loop1 "$bundle/loop2"
	config '.root.path = "loop1/rootfs"'
	bad /root/path loop1 "Too many levels of symbolic links"
	ln -s /etc/passwd "$bundle/link"
	config '.root.path = "link"'
	bad /root/path
}

# ---- mounts

# mount JSON: one more mount, the eighth
mount_of() {
	config '.mounts[7] = $m' --argjson m "$1"
}

@test "bad: a mount whose source does not exist" {
	mount_of '{"destination": "/tmp", "type": "bind", "source": "/nowhere/at/all", "options": ["rbind"]}'
	bad /mounts/7 /nowhere/at/all "No such file or directory"
	mount_of '{"destination": "/tmp", "type": "bind", "source": "relative", "options": ["bind"]}'
	bad /mounts/7 "$bundle/relative" "No such file or directory"
	mount_of '{"destination": "/tmp", "options": ["bind"]}'
	bad /mounts/7 source
}

@test "bad: a mount whose type the kernel does not know" {
	mount_of '{"destination": "/tmp", "type": "nonsensefs", "source": "x"}'
	bad /mounts/7 nonsensefs "No such device"
	mount_of '{"destination": "/tmp", "source": "x"}'
	bad /mounts/7/type
}

@test "bad: a mount option that the file system refuses: the kernel's own words" {
	mount_of '{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nonsense=1"]}'
	bad /mounts/7 "Invalid argument" "kernel: " "nonsense"
	mount_of '{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["size=much"]}'
	bad /mounts/7 "Invalid argument" "kernel: " "size"
	mount_of '{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nonsense"]}'
	bad /mounts/7 "kernel: " "nonsense"
}

@test "bad: a mount target through a symlink that leaves the root: it stays inside" {
	mkdir outside
	ln -s "$BATS_TEST_TMPDIR/outside" "$bundle/rootfs/absolute"
	ln -s ../../../../../../../../../../etc "$bundle/rootfs/relative"
	# both lead to places inside the root, where nothing is
	mount_of '{"destination": "/absolute/x", "type": "tmpfs", "source": "tmpfs"}'
	config '.root.readonly = false'
	program 'cut -d" " -f2 /proc/mounts'
	run -0 inside
	[[ $output == *"$BATS_TEST_TMPDIR/outside/x"* ]]
	[ -z "$(ls outside)" ]
	mount_of '{"destination": "/relative/x", "type": "tmpfs", "source": "tmpfs"}'
	run -0 inside
	[[ $output == *"/etc/x"* ]]
	[ ! -e /etc/x ]
	ln -s /proc/self/root/tmp "$bundle/rootfs/magic"
	mount_of '{"destination": "/magic/x", "type": "tmpfs", "source": "tmpfs"}'
	bad /mounts/7 magic
}

@test "bad: a mount target that is a loop of symlinks, or leads upwards" {
	ln -s b "$bundle/rootfs/a"
	ln -s a "$bundle/rootfs/b"
	mount_of '{"destination": "/a/x", "type": "tmpfs", "source": "tmpfs"}'
	bad /mounts/7 "/a/x" "Too many levels of symbolic links"
	mount_of '{"destination": "/tmp/../../x", "type": "tmpfs", "source": "tmpfs"}'
	bad /mounts/7/destination ".."
	mount_of '{"destination": "/", "type": "tmpfs", "source": "tmpfs"}'
	bad /mounts/7/destination
}

@test "bad: a mount over /proc or into it" {
	mount_of '{"destination": "/proc", "type": "tmpfs", "source": "tmpfs"}'
	bad /mounts/7 /proc
	mount_of '{"destination": "/proc/sys", "type": "tmpfs", "source": "tmpfs"}'
	bad /mounts/7 /proc
	mount_of '{"destination": "/proc", "type": "bind", "source": "/tmp", "options": ["bind"]}'
	bad /mounts/7 /proc
	ln -s /proc/sys "$bundle/rootfs/link"
	mount_of '{"destination": "/link", "type": "tmpfs", "source": "tmpfs"}'
	bad /mounts/7 procfs
	rm "$bundle/rootfs/link"
	unconfigured
	rmdir "$bundle/rootfs/proc"
	ln -s tmp "$bundle/rootfs/proc"
	bad /mounts/0 symlink
}

@test "bad: a file over a directory, a directory over a file" {
	mount_of '{"destination": "/tmp", "type": "bind", "source": "/etc/passwd", "options": ["bind"]}'
	bad /mounts/7 "directory"
	mount_of '{"destination": "/etc/passwd", "type": "bind", "source": "/etc", "options": ["bind"]}'
	bad /mounts/7 "/etc/passwd"
	mount_of '{"destination": "/etc/passwd/x", "type": "tmpfs", "source": "tmpfs"}'
	bad /mounts/7 "/etc/passwd" "Not a directory"
}

@test "bad: a read-only root file system where a mount point is missing" {
	cat >probe <<'EOF2'
		mount --bind bundle/rootfs bundle/rootfs
		mount -o remount,bind,ro bundle/rootfs
		"$SOCLE" --root "$root" run -b bundle "$c"
EOF2
	mount_of '{"destination": "/missing", "type": "tmpfs", "source": "tmpfs"}'
	refused env root="$root" c="$c" SOCLE="$SOCLE" unshare -m sh probe
	says /mounts/7 /missing "Read-only file system"
	unconfigured
	program 'echo good'
	run -0 env root="$root" c="$c" SOCLE="$SOCLE" unshare -m sh probe
	same good
}

# ---- devices, capabilities, what is not carried out

@test "bad: a device where something else is" {
	config '.linux.devices = [{"path": "/dev/shm", "type": "c", "major": 1, "minor": 3}]'
	bad /linux/devices/0 /dev/shm
	config '.linux.devices = [{"path": "/etc/passwd", "type": "c", "major": 1, "minor": 3}]'
	bad /linux/devices/0 /etc/passwd
	same "$(cat "$BATS_FILE_TMPDIR/base/rootfs/etc/passwd")" "$(cat "$bundle/rootfs/etc/passwd")"
}

@test "bad: the image has something else as /dev/null" {
	config 'del(.mounts[] | select(.destination | startswith("/dev")))'
	mkdir -p "$bundle/rootfs/dev"
	echo mine >"$bundle/rootfs/dev/null"
	bad /dev/null "something else"
	same mine "$(cat "$bundle/rootfs/dev/null")"
}

@test "bad: a class of service on a host without resctrl, and the schemata of a container without one" {
	! grep -qw resctrl /proc/mounts || skip "resctrl is mounted on this host"
	config '.linux.intelRdt = {"closID": "x"}'
	bad /linux/intelRdt "no resctrl file system is mounted"
	config 'del(.linux.intelRdt)'
	program 'exec sleep 1000'
	detach "$c"
	refused socle update --l3-cache-schema L3:0=f "$c"
	says "has no class of service"
	gone "$c"
}

@test "bad: a cgroup path upwards, and the root of all" {
	config '.linux.cgroupsPath = "/../x"'
	bad /linux/cgroupsPath
	config '.linux.cgroupsPath = "/"'
	bad /linux/cgroupsPath
}

@test "bad: an image that swaps its files for symlinks to the host's" {
	mkdir -p outside/dev
	rmdir "$bundle/rootfs/dev"
	ln -s "$BATS_TEST_TMPDIR/outside/dev" "$bundle/rootfs/dev"
	config '.root.readonly = false'
	program 'echo good; ls /dev/null'
	run inside
	[ -z "$(ls outside/dev)" ]
}

# ---- the host

@test "bad: a state directory that is full" {
	mkdir small
	cat >probe <<'EOF2'
		mount -t tmpfs -o size=4k,nr_inodes="$1" tmpfs small
		[ -z "$2" ] || { head -c 4096 /dev/zero >small/full; }
		"$SOCLE" --root "$PWD/small/state" run -b bundle "$c"
		status=$?
		ls -A small/state 2>/dev/null | sed 's/^/left over: /'
		exit $status
EOF2
	program true
	for inodes in 1 2 3 4 5 6; do
		run --separate-stderr env c="$c" SOCLE="$SOCLE" unshare -m sh probe "$inodes" ""
		[ "$status" = 0 ] || says "No space left on device"
		same ""
		[ "$inodes" -gt 3 ] || [ "$status" = 1 ]
	done
	refused env c="$c" SOCLE="$SOCLE" unshare -m sh probe 100 full
	says "No space left on device"
}

@test "bad: a state directory that others may write to, that is a file, or cannot be made" {
	program true
	mkdir -m 777 "$root"
	refused inside
	says "$root" "not ours alone"
	rmdir "$root"
	touch "$root"
	refused inside
	says "$root" "Not a directory"
	refused socle list
	rm "$root"
	refused "$SOCLE" --root /proc/nowhere run -b bundle "$c"
	says "/proc/nowhere" "No such file or directory"
}

@test "bad: no privileges" {
	program true
	chmod -R a+rX "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
	cp "$SOCLE" socle
	mkdir -m 777 mine
	for command in create run; do
		refused setpriv --reuid 65534 --regid 65534 --clear-groups ./socle --root mine/state "$command" -b bundle "$c"
		says "privilege" "root"
		[ -z "$(ls -A mine/state 2>/dev/null)" ]
	done
	refused setpriv --bounding-set -sys_admin ./socle --root "$root" run -b bundle "$c"
	says "CAP_SYS_ADMIN"
}

@test "bad: a cgroup file system that is read-only" {
	program true
	cat >probe <<'EOF2'
		for m in /sys/fs/cgroup /sys/fs/cgroup/*/; do
			! mountpoint -q "$m" || mount -o remount,bind,ro "$m"
		done
		"$SOCLE" --root "$root" run -b bundle "$c"
EOF2
	refused env root="$root" c="$c" SOCLE="$SOCLE" unshare -m sh probe
	says "cgroup" "$c" "Read-only file system"
}

@test "a systemd that is not there is asked for" {
	[ ! -d /run/systemd/system ] || skip "it is there"
	refused socle --systemd-cgroup create -b "$bundle" "$c"
	says 'systemd is not what this host runs (there is no "/run/systemd/system")'
}

@test "bad: a limit above its hard one, an unknown limit, scheduler, execution domain and its flag" {
	config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 11, "hard": 10}]'
	bad /process/rlimits/0/soft
	config '.process.rlimits = [{"type": "RLIMIT_NONE", "soft": 1, "hard": 1}]'
	bad /process/rlimits/0/type
	unconfigured
	config '.process.scheduler = {"policy": "SCHED_NONE"}'
	bad /process/scheduler/policy
	unconfigured
	config '.linux.personality = {"domain": "LINUX64"}'
	bad /linux/personality/domain
	config '.linux.personality = {"domain": "LINUX32", "flags": ["ADDR_NO_RANDOMIZE"]}'
	bad /linux/personality/flags
}

@test "bad: a hard limit that the kernel does not grant to the caller" {
	config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 99999999999, "hard": 99999999999}]'
	bad "rlimit NOFILE" prlimit /process/rlimits/0
}

@test "bad: an unknown signal" {
	program 'exec sleep 1000'
	detach "$c"
	for signal in SIGNONE 0x9 -1 65 RTMAX+1 ''; do
		refused socle kill "$c" "$signal"
		becomes "$c" running
	done
	gone "$c"
}
