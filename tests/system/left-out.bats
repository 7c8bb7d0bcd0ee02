# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The default configuration with each of its parts left out.

load helpers

setup_file() { make_base; }
setup() { begin; }
teardown() { finish; }

# shares NAMESPACE-FILE: the container is in the host's namespace
shares() {
	config '.process.args = ["/bin/readlink", "/proc/self/ns/" + $n]' --arg n "$1"
	run -0 inside
	same "$(readlink "/proc/self/ns/$1")"
}

# ---- namespaces

@test "left out: the pid namespace" {
	without pid
	shares pid
	program 'echo $$; exec sleep 1000'
	detach "$c"
	eventually says_in "$c.out" "$(pid "$c")"
	gone "$c"
}

@test "left out: the network namespace" {
	without network
	shares net
	program 'ls /sys/class/net'
	run -0 inside
	same "$(ls /sys/class/net)"
}

@test "left out: a kernel parameter of a namespace that is left out would be the host's" {
	program 'true'
	without network
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1"}'
	refused inside
	says "/linux/sysctl/net.ipv4.ip_forward" "network namespace"
	without ipc
	config '.linux.sysctl = {"kernel.msgmax": "1000"}'
	refused inside
	says "/linux/sysctl/kernel.msgmax" "ipc namespace"
}

@test "left out: the ipc namespace" {
	without ipc
	shares ipc
}

@test "left out: the uts namespace, and with it the host name" {
	program 'true'
	without uts
	refused inside
	says "/hostname" "uts namespace"
	config 'del(.hostname)'
	shares uts
}

@test "left out: the host name" {
	config 'del(.hostname)'
	program 'hostname'
	run -0 inside
	same "$(hostname)"
}

@test "left out: the cgroup namespace" {
	without cgroup
	shares cgroup
	program 'cat /proc/self/cgroup
		for d in /sys/fs/cgroup/* "/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)"; do cat "$d/cgroup.procs"; done 2>/dev/null; true'
	run -0 inside
	grep -q "/$c\$" <<<"$output"
	[ "$(grep -c '^1$' <<<"$output")" -ge 1 ] # its own are seen, of which it is the first
}

@test "left out: the mount namespace, and with it all that would mount" {
	program 'echo here; cat /file; echo inside >/new; readlink /proc/self/ns/mnt'
	without mount
	refused inside
	says "/mounts" "mount namespace"
	config '.mounts = []'
	refused inside
	says "/linux/maskedPaths"
	config '.linux.maskedPaths = []'
	refused inside
	says "/linux/readonlyPaths"
	config '.linux.readonlyPaths = []'
	refused inside
	says "/root/readonly"
	config '.root.readonly = false'
	echo file >"$bundle/rootfs/file"
	run inside
	[ "${lines[0]}" = here ]
	[ "${lines[1]}" = file ]
	same inside "$(cat "$bundle/rootfs/new")"
}

@test "left out: the mount namespace does not take the root from the program" {
	without mount
	config '.mounts = [] | .linux.maskedPaths = [] | .linux.readonlyPaths = [] | .root.readonly = false'
	mkdir -p "$bundle/rootfs/a"
	program 'cd /; ls ../../../../; ls /work'
	run inside
	[[ $output == *"/work: No such file or directory"* ]]
	[[ $output == *busybox* || $output == *bin* ]]
}

@test "left out: all namespaces but mount" {
	config '.linux.namespaces = [{"type": "mount"}] | del(.hostname)'
	for n in pid net ipc uts cgroup; do
		shares "$n"
	done
	program 'echo good'
	run -0 inside
	same good
}

@test "left out: all namespaces" {
	config 'del(.linux, .mounts, .hostname) | .root.readonly = false | .process.args = ["/bin/echo", "good"]'
	run -0 inside
	same good
}

# ---- mounts

@test "left out: each mount by itself" {
	for target in /proc /dev /dev/pts /dev/shm /dev/mqueue /sys /sys/fs/cgroup; do
		unconfigured
		config 'del(.mounts[] | select(.destination == $t))' --arg t "$target"
		config 'if $t == "/dev" then .root.readonly = false else . end' --arg t "$target"
		program 'echo good; [ ! -e /proc/mounts ] || cut -d" " -f2 /proc/mounts'
		run -0 inside
		[ "${lines[0]}" = good ]
		run -1 grep -qx "$target" <<<"$output"
	done
}

@test "left out: all mounts" {
	config '.mounts = [] | .root.readonly = false'
	program 'ls -A /proc /sys; stat -c "%n %t:%T" /dev/null'
	run -0 inside
	[[ ${lines[-1]} == "/dev/null 1:3" ]]
	same $'/proc:\n\n/sys:\n/dev/null 1:3'
	# with no mount on /dev the nodes are the image's from now on
	[ -c "$bundle/rootfs/dev/null" ]
	run -0 inside
}

@test "left out: a /dev mount where the root is read-only and lacks its nodes" {
	config 'del(.mounts[] | select(.destination | startswith("/dev")))'
	program 'stat -c %t:%T /dev/null; touch /dev/a'
	run -1 inside
	[[ $output == *"1:3"*"Read-only file system"* ]]
}

@test "left out: read-only and masked paths" {
	config '.linux.maskedPaths = [] | .linux.readonlyPaths = []'
	program 'grep -cE " /(proc|sys/firmware)/?[a-z]" /proc/mounts; ls /proc/irq | wc -l'
	run -0 inside
	same 0 "${lines[0]}"
	config 'del(.linux.maskedPaths, .linux.readonlyPaths)'
	run -0 inside
	same 0 "${lines[0]}"
}

@test "left out: the read-only root" {
	config '.root.readonly = false'
	program 'echo inside >/file'
	run -0 inside
	same inside "$(cat "$bundle/rootfs/file")"
	config 'del(.root.readonly)'
	run -0 inside
}

# ---- the process

@test "left out: capabilities: none at all" {
	config 'del(.process.capabilities)'
	program 'grep Cap /proc/self/status'
	run -0 inside
	[ "${#lines[@]}" = 5 ]
	run -1 grep -vE '\s0{16}$' <<<"$output"
}

@test "left out: each capability set" {
	for set in bounding effective permitted; do
		unconfigured
		config 'del(.process.capabilities[$set])' --arg set "$set"
		program 'echo good'
		run inside
		[ "$status" = 0 ] || [[ $output == *capset* ]] || { echo "$set: $output"; false; }
	done
}

@test "left out: limits, environment, no_new_privs, resources" {
	config 'del(.process.rlimits, .process.env, .process.noNewPrivileges, .linux.resources)
		| .process.args = ["/bin/cat", "/proc/self/limits"]'
	run -0 inside
	same "$(grep "open files" /proc/self/limits)" "$(grep "open files" <<<"$output")"
}

@test "left out: a root's /proc, /sys and /dev that do not exist are made" {
	rmdir "$bundle"/rootfs/{proc,sys,dev}
	program 'ls -d /proc/1 /sys/kernel /dev/null'
	run -0 inside
	[ "${#lines[@]}" = 3 ]
}
