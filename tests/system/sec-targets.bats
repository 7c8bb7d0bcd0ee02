# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# SEC-10 to SEC-21: mount targets, and what is made inside the root file system.

load security

setup_file() { secure_file; }
setup() { secure; }
teardown() { secured; }

up=../../../../../../../../../..

# Where the mounts of the auditor's line are.
points() { found '.mountinfo[]' | tr -d '"' | cut -d' ' -f5 | sort; }

mounted_at() {
	points | grep -qxF "$1" || { echo "not mounted: $1"; points; return 1; }
}

@test "SEC-10 a destination through a symlink of the image stays in the image" {
	mkdir source
	writable
	for target in "$canary/dir" "$up$canary/dir" "/$up/$canary/dir/."; do
		unconfigured; writable
		link "$target" etc/x
		bound "$BATS_TEST_TMPDIR/source" /etc/x/made
		audit
		mounted_at "$canary/dir/made"
		[ -d "$rootfs$canary/dir/made" ]
		canary_unchanged
		rm -rf "${rootfs:?}/tmp"
		mkdir "$rootfs/tmp"
	done
}

@test "SEC-10 a link as the last component, and as the first" {
	mkdir source
	writable
	link "$canary/dir" etc/last
	rm -rf "$rootfs/opt"
	link "$canary" opt
	bound "$BATS_TEST_TMPDIR/source" /etc/last
	bound "$BATS_TEST_TMPDIR/source" /opt/dir/new
	audit
	mounted_at "$canary/dir"
	mounted_at "$canary/dir/new"
}

@test "SEC-10 long chains of links are followed as far as the kernel does, loops never" {
	mkdir source
	writable
	mkdir "$rootfs/chain"
	ln -s "$canary/dir" "$rootfs/chain/1"
	for ((n = 2; n <= 41; n++)); do ln -s "$((n - 1))" "$rootfs/chain/$n"; done
	bound "$BATS_TEST_TMPDIR/source" /chain/40
	audit
	mounted_at "$canary/dir"
	unconfigured; writable
	bound "$BATS_TEST_TMPDIR/source" /chain/41
	refused inside
	says "Too many levels of symbolic links" '"/chain/41"' /mounts/7
	unconfigured; writable
	link b etc/a
	link a etc/b
	for at in /etc/a /etc/a/x; do
		unconfigured; writable
		bound "$BATS_TEST_TMPDIR/source" "$at"
		refused inside
		says "Too many levels of symbolic links" "\"$at\"" /mounts/7
	done
}

@test "SEC-10 a second start meets what the first one left in the image" {
	mkdir source
	writable
	bound "$BATS_TEST_TMPDIR/source" /etc/x
	program 'ln -s / /etc/y'
	run -0 inside
	for target in "$canary/dir" "$up$canary/dir" "$canary/nowhere/at/all"; do
		link "$target" etc/x
		audit
		mounted_at "${target#"$up"}"
		canary_unchanged
	done
}

@test "SEC-11 every type of mount stays in the image" {
	mkdir -p lower upper work
	writable
	for type in tmpfs mqueue devpts ramfs overlay cgroup2; do
		unconfigured; writable
		options='[]'
		[ "$type" != overlay ] || options="[\"lowerdir=$PWD/lower\",\"upperdir=$PWD/upper\",\"workdir=$PWD/work\"]"
		for target in "$canary/dir" "$up$canary/dir"; do
			unconfigured; writable
			link "$target" etc/x
			for at in /etc/x /etc/x/deeper; do
				unconfigured; writable
				mounts '{"destination": "'$at'", "type": "'$type'", "source": "none", "options": '"$options"'}'
				settled inside
				canary_unchanged
				audit_or_error=$output$stderr
				none_of "$audit_or_error" "unknown"
			done
		done
	done
}

@test "SEC-11 SEC-28 procfs, sysfs and cgroups are never mounted on a symlink" {
	writable
	for type in proc sysfs cgroup; do
		for target in / "$canary/dir" "$up$canary/dir" tmp /tmp nowhere; do
			unconfigured; writable
			link "$target" kernel
			mounts '{"destination": "/kernel", "type": "'$type'", "source": "x"}'
			refused inside
			says "symlink" '"/kernel"' /mounts/7
		done
	done
}

@test "SEC-12 a file bound on a symlink: the target is found, or made, in the image" {
	echo bound >source
	writable
	mkdir "$rootfs/mnt"
	for target in "$canary/newfile" "$canary/file" "$up$canary/newfile" "$canary/new/dir/file"; do
		unconfigured; writable
		link "$target" mnt/f
		bound "$BATS_TEST_TMPDIR/source" /mnt/f
		program 'cat /mnt/f'
		run -0 inside
		same bound
		[ ! -e "$canary/newfile" ] && [ ! -e "$canary/new" ]
		canary_unchanged
	done
}

@test "SEC-12 a directory and a tmpfs on a symlink that leads nowhere" {
	mkdir source
	touch source/here
	writable
	mkdir "$rootfs/mnt"
	link "$canary/newdir" mnt/d
	link "$canary/newtmp" mnt/t
	bound "$BATS_TEST_TMPDIR/source" /mnt/d
	mounts '{"destination": "/mnt/t", "type": "tmpfs", "source": "x"}'
	program 'ls /mnt/d; touch /mnt/t/written'
	run -0 inside
	same here
	[ ! -e "$canary/newdir" ] && [ ! -e "$canary/newtmp" ]
}

@test "SEC-13 every source is opened before the first target is attached" {
	mkdir volume source
	bound "$BATS_TEST_TMPDIR/volume" /v
	bound "$BATS_TEST_TMPDIR/source" /v/a/b
	bound "$BATS_TEST_TMPDIR/volume" /w
	run -0 socle plan -b "$bundle" "$c"
	last=$(grep -n "^init .* open source " <<<"$output" | tail -n 1 | cut -d: -f1)
	first=$(grep -nE "^init +[0-9]+ +(mount|bind) " <<<"$output" | head -n 1 | cut -d: -f1)
	[ "$first" -gt 0 ] && [ "$last" -gt 0 ]
	[ "$last" -lt "$first" ] || { echo "$output"; false; }
}

@test "SEC-13 SEC-14 a component of fifty destinations is swapped all the time" {
	mkdir -p volume/a "volume$canary/dir" source/s1
	ln -s "$up$canary/dir" volume/a.evil
	bound "$BATS_TEST_TMPDIR/volume" /v
	for ((n = 0; n < 50; n++)); do
		bound "$BATS_TEST_TMPDIR/source" "/v/a/b/c/$n"
	done
	bound "$BATS_TEST_TMPDIR/source/s1" /v/a/f
	config '.process.args = ["/bin/auditor"]'
	"$HARNESS/swapper" "$PWD/volume" a a.evil >swapper.out 2>&1 3>&- &
	swapper=$!
	ENDS+=("$swapper")
	eventually says_in swapper.out swapping
	for ((n = 0; n < 100; n++)); do
		settled inside
		if [ "$status" = 0 ]; then
			same 50 "$(found '[.mountinfo[] | split(" ")[4] | select(contains("/b/c/"))] | length')"
		fi
	done
	kill -TERM "$swapper"
	wait "$swapper" || true
}

@test "SEC-14 a fifo, a socket or a device in the way of a file is not opened" {
	echo bound >source
	writable
	mkdir "$rootfs/mnt"
	mkfifo "$rootfs/mnt/fifo"
	mknod "$rootfs/mnt/null" c 1 3
	for at in fifo null; do
		unconfigured; writable
		bound "$BATS_TEST_TMPDIR/source" "/mnt/$at"
		program "cat /mnt/$at"
		run -0 inside
		same bound
	done
}

@test "SEC-15 nothing is written into the image but what the configuration asks for" {
	find "$rootfs" -printf '%P %y %m %s %T@ %C@ %l\n' | sort >image.before
	for name in .krun_config.json etc/hostname etc/hosts etc/resolv.conf etc/mtab run/.containerenv; do
		link "$canary/file" "$name"
		link "$canary/new" "$name.new"
	done
	find "$rootfs" ! -path "$rootfs" -printf '%P %y %m %s %T@ %C@ %l\n' | sort >image.before
	audit
	find "$rootfs" ! -path "$rootfs" -printf '%P %y %m %s %T@ %C@ %l\n' | sort | diff image.before -
}

# each_dev SCRIPT: for /dev as a symlink that leads out, and no mount on /dev
each_dev() {
	local target readonly
	without_mount /dev /dev/pts /dev/shm /dev/mqueue
	for target in "$canary/dir" "$up$canary/dir" "$canary" "$canary/none" "$canary/file"; do
		for readonly in true false; do
			rm -rf "${rootfs:?}${canary%%/canary}" "$rootfs/dev"
			ln -s "$target" "$rootfs/dev"
			config ".root.readonly = $readonly"
			"$@"
			canary_unchanged || { echo "/dev -> $target, readonly $readonly"; return 1; }
		done
	done
}

try_run() { config '.process.args = ["/bin/auditor"]'; settled inside; }
try_run_no_pivot() { config '.process.args = ["/bin/auditor"]'; settled inside --no-pivot; }
try_create_start() {
	program 'true'
	if create "$c"; then
		socle start "$c"
		becomes "$c" stopped
		socle delete "$c"
	fi
}

@test "SEC-16 /dev is a symlink and nothing is mounted there: run"              { each_dev try_run; }
@test "SEC-16 /dev is a symlink and nothing is mounted there: run --no-pivot"   { each_dev try_run_no_pivot; }
@test "SEC-16 /dev is a symlink and nothing is mounted there: create and start" { each_dev try_create_start; }

@test "SEC-17 the same with devices of the configuration" {
	config '.linux.devices = [
		{"path": "/dev/made", "type": "c", "major": 1, "minor": 3},
		{"path": "/dev/sub/made", "type": "c", "major": 1, "minor": 5, "uid": 5, "gid": 6},
		{"path": "/dev/ptmx2", "type": "p", "fileMode": 438},
		{"path": "/etc/../dev/x", "type": "c", "major": 1, "minor": 3}]'
	settled inside
	config 'del(.linux.devices[3])'
	each_dev try_run
}

@test "SEC-17 a device below a link, and one whose name is a link" {
	writable
	link "$canary/dir" etc/d
	link "$canary/newnode" etc/n
	link "$canary/file" etc/o
	for path in /etc/d/null /etc/n /etc/o; do
		config '.linux.devices = [{"path": $path, "type": "c", "major": 1, "minor": 3}]' --arg path "$path"
		settled inside
		canary_unchanged
	done
	[ ! -e "$canary/newnode" ]
}

@test "SEC-18 SEC-38 /dev/console of the image: a link out, a link in, a directory, a fifo, a file" {
	without_mount /dev /dev/shm /dev/mqueue
	writable
	config '.process.terminal = true | .process.args = ["/bin/auditor"]'
	mkdir -p "$rootfs/dev/pts"
	echo inside >"$rootfs/inside"
	run_terminal() { settled script -qec "$SOCLE --root $root run -b $bundle $c" /dev/null </dev/null; }
	for target in "$canary/newconsole" "$canary/console" "$up$canary/console" /inside nowhere; do
		link "$target" dev/console
		run_terminal
		canary_unchanged
		[ ! -e "$canary/newconsole" ]
		same inside "$(cat "$rootfs/inside")"
	done
	rm "$rootfs/dev/console"
	mkdir "$rootfs/dev/console"
	run_terminal
	rmdir "$rootfs/dev/console"
	mkfifo "$rootfs/dev/console"
	run_terminal
	rm "$rootfs/dev/console"
	echo kept >"$rootfs/dev/console"
	run_terminal
	same kept "$(cat "$rootfs/dev/console")"
}

@test "SEC-19 a read-only root and read-only mounts stay so, whatever the image has at /proc" {
	mkdir source
	without_mount /proc
	config '.linux.maskedPaths = [] | .linux.readonlyPaths = ["/etc"] | .process.args = ["/bin/sh", "-c",
		"for d in / /ro /etc /tmp; do touch $d/x 2>/dev/null && echo $d; done; touch /rw/y && echo done"]'
	bound "$BATS_TEST_TMPDIR/source" /ro ro
	bound "$BATS_TEST_TMPDIR/source" /rw
	for fake in none directory link; do
		rm -rf "$rootfs/proc"
		case $fake in
		none)      mkdir "$rootfs/proc" ;;
		directory) mkdir -p "$rootfs/proc/self/fd" "$rootfs/proc/1/fd" "$rootfs/proc/thread-self/fd"
			   for n in 3 4 5 6 7 8 9 10 11 12; do
				ln -s /rw "$rootfs/proc/self/fd/$n"
				ln -s /rw "$rootfs/proc/1/fd/$n"
				ln -s /rw "$rootfs/proc/thread-self/fd/$n"
			   done ;;
		link)      ln -s "$canary/dir" "$rootfs/proc" ;;
		esac
		for option in "" --no-pivot; do
			# shellcheck disable=SC2086 # none, or one word
			run -0 inside $option
			same done
		done
	done
}

@test "SEC-20 names that somebody made before in the directories that socle writes to" {
	program 'true'
	touch victim
	echo precious >victim
	# the pid file
	for name in pid pid.next; do
		rm -f pid pid.next
		ln -s "$PWD/victim" "$name"
		settled inside --pid-file "$PWD/pid"
		same precious "$(cat victim)"
	done
	# the state directory: a name in it, and a link in its place
	mkdir -m 700 elsewhere
	mkdir -p -m 700 "$root"
	ln -s "$PWD/elsewhere" "$root/$c"
	refused inside
	says "already exists"
	[ -z "$(ls elsewhere)" ]
	rm "$root/$c"
}

@test "SEC-20 a state directory that others may write to, or that is another user's, is refused" {
	program 'true'
	for how in "chmod 777" "chmod 770" "chown 1000"; do
		rm -rf "$root"
		mkdir -m 700 "$root"
		$how "$root"
		refused inside
		says "is not ours alone to write"
		refused socle state "$c"
	done
	rm -rf "$root"
}

@test "SEC-20 a container's directory that another user made is not believed" {
	program 'exec sleep 1000'
	detach "$c"
	its=$(pid "$c")
	chown 1000:1000 "$root/$c"
	for command in state "delete --force" start; do
		# shellcheck disable=SC2086 # a command and its option
		refused socle $command "$c"
		says "is not ours alone to write"
	done
	refused socle kill "$c" KILL
	kill -0 "$its"
	chown 0:0 "$root/$c"
	gone "$c"
}

@test "SEC-21 socle puts nothing of its own into the container" {
	audit
	none_of "$(found .mountinfo)" socle memfd
	same "$(jq '.mounts | length' "$bundle/config.json")" "$(found '[.mountinfo[] | split(" ") | .[4]
		| select(. as $p | ["/proc","/dev","/dev/pts","/dev/shm","/dev/mqueue","/sys","/sys/fs/cgroup"] | index($p))] | length')"
	same '[]' "$(found '[.mountinfo[] | split(" ") | .[4]
		| select(startswith("/proc") or startswith("/sys") or startswith("/dev") or . == "/" | not)]')"
}
