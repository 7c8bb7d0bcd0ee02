# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Labels where SELinux is on, under a policy that has container_t and container_file_t; tests/vm/guest/policy.cil is one.

load helpers

process=system_u:system_r:container_t:s0:c1,c2
file=system_u:object_r:container_file_t:s0

setup_file() {
	[ -e /sys/fs/selinux/enforce ] || return 0
	make_base
	find "$base/rootfs" -exec setfattr -h -n security.selinux -v "$file" {} +
}

setup() {
	[ -e /sys/fs/selinux/enforce ] || skip "SELinux is off here"
	begin
	find bundle/rootfs -type d -exec setfattr -n security.selinux -v "$file" {} +
	volume=$BATS_TEST_TMPDIR/volume
	mkdir -p "$volume/dir"
	echo text >"$volume/dir/file"
	ln -s "$BATS_TEST_TMPDIR/other" "$volume/link"
	echo other >other
}

teardown() { [ -n "$BATS_TEST_SKIPPED" ] || finish; }

# label_of PATH: its own, if it is a link
label_of() { getfattr -h --absolute-names --only-values -n security.selinux "$1" | tr -d '\0'; }

labelled() { same "$1" "$(label_of "$2")"; }

# labels PROCESS FILE: in the configuration
labels() { config '.process.selinuxLabel = $p | .linux.mountLabel = $f' --arg p "$1" --arg f "$2"; }

mount_label() { config '.linux.mountLabel = $f' --arg f "$1"; }

# bound SOURCE DESTINATION [OPTION]
bound() {
	config '.mounts += [{destination: $at, source: $source, type: "bind", options: ["rbind", $option]}]' \
		--arg source "$1" --arg at "$2" --arg option "${3:-rw}"
}

@test "selinux: R20 what is mounted has the mount label, the kernel's own file systems have theirs" {
	mount_label "$file:c1,c2"
	program 'exec sleep 1000'
	create "$c"
	its=/proc/$(pid "$c")/root
	for path in /dev /dev/shm /dev/pts /dev/null; do
		labelled "$file:c1,c2" "$its$path" || { echo "$path"; false; }
	done
	for path in /proc /sys; do
		[ "$(label_of "$its$path")" != "$file:c1,c2" ] || { echo "$path"; false; }
	done
	gone "$c"
}

@test "selinux: R7 a message queue file system has the mount label" {
	mount_label "$file:c1,c2"
	program 'exec sleep 1000'
	create "$c"
	labelled "$file:c1,c2" "/proc/$(pid "$c")/root/dev/mqueue"
	gone "$c"
}

@test "selinux: a masked directory has the mount label" {
	mkdir bundle/rootfs/secret
	: >bundle/rootfs/secret/file
	config '.linux.maskedPaths = ["/secret"]'
	mount_label "$file:c1,c2"
	program 'exec sleep 1000'
	create "$c"
	labelled "$file:c1,c2" "/proc/$(pid "$c")/root/secret"
	gone "$c"
	labelled "$file" bundle/rootfs/secret
}

@test "selinux: the console has the mount label" {
	mount_label "$file:c1,c2"
	config '.process.terminal = true'
	program 'exec sleep 1000'
	background "$SOCLE_BUILD/recvtty" socket
	eventually test -S socket
	create "$c" --console-socket socket
	labelled "$file:c1,c2" "/proc/$(pid "$c")/root/dev/console"
	gone "$c"
}

@test "selinux: R13 Z gives the volume the mount label with its categories, z without" {
	mount_label "$file:c1,c2"
	before=$(label_of other)
	bound "$volume" /volume Z
	program true
	run -0 inside
	for path in "$volume" "$volume/dir" "$volume/dir/file" "$volume/link"; do
		labelled "$file:c1,c2" "$path"
	done
	labelled "$before" other # a link is labelled, what it names is not
	config '.mounts[-1].options = ["rbind", "z"]'
	run -0 inside
	for path in "$volume" "$volume/dir" "$volume/dir/file" "$volume/link"; do
		labelled "$file" "$path"
	done
}

@test "selinux: R13 a single file is relabelled as well" {
	mount_label "$file:c1"
	bound "$volume/dir/file" /file Z
	program true
	run -0 inside
	labelled "$file:c1" "$volume/dir/file"
	[ "$(label_of "$volume/dir")" != "$file:c1" ]
}

@test "selinux: without z or Z a volume keeps its label" {
	mount_label "$file:c1"
	before=$(label_of "$volume/dir/file")
	bound "$volume" /volume
	program true
	run -0 inside
	labelled "$before" "$volume/dir/file"
}

@test "selinux: a mount label that the policy does not know is an error that names it" {
	mount_label "system_u:object_r:nobody_knows_t:s0"
	program true
	refused inside
	says "nobody_knows_t" "Invalid argument"
	bound "$volume" /volume Z
	refused inside
	says "nobody_knows_t" "Invalid argument"
}

@test "selinux: the program has the process label, with no_new_privs and without" {
	labels "$process" "$file:c1,c2"
	program 'cat /proc/self/attr/current'
	for nnp in true false; do
		config ".process.noNewPrivileges = $nnp"
		run -0 inside
		same "$process" "$(tr -d '\0' <<<"$output")"
	done
}

@test "selinux: a further process has it, too, or the one that exec is told" {
	labels "$process" "$file:c1,c2"
	program 'exec sleep 1000'
	detach "$c"
	run -0 socle exec "$c" cat /proc/self/attr/current
	same "$process" "$(tr -d '\0' <<<"$output")"
	run -0 socle exec --process-label system_u:system_r:container_t:s0:c3 "$c" cat /proc/self/attr/current
	same system_u:system_r:container_t:s0:c3 "$(tr -d '\0' <<<"$output")"
	gone "$c"
}

@test "selinux: a process label that the policy does not know is an error that names it, and nothing runs" {
	labels system_u:system_r:nobody_knows_t:s0 "$file:c1,c2"
	program 'echo it runs'
	refused inside
	says "nobody_knows_t" /process/selinuxLabel
}

@test "selinux: it is enforced: files of the host, and a volume that is another container's" {
	labels "$process" "$file:c1,c2"
	bound "$volume" /volume
	program 'cat /volume/dir/file'
	run inside
	[[ $status != 0 && $output == *"Permission denied"* ]]

	config '.mounts[-1].options = ["rbind", "Z"]'
	run -0 inside
	same text

	labels system_u:system_r:container_t:s0:c3 "$file:c3"
	config '.mounts[-1].options = ["rbind"]'
	run inside
	[[ $status != 0 && $output == *"Permission denied"* ]]

	config '.mounts[-1].options = ["rbind", "z"]'
	run -0 inside
	same text
}

@test "selinux: the container's own tmpfs can be written to under its label" {
	labels "$process" "$file:c1,c2"
	program 'echo text >/dev/shm/file && cat /dev/shm/file'
	run -0 inside
	same text
}
