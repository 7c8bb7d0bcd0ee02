# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Joined namespaces: by path, of each type, and in combinations.

load helpers

setup_file() { make_base; }
setup() { begin; }
teardown() { finish; }

# hold TYPE…: a process in new namespaces, as $holder
hold() {
	local type args=()
	for type; do
		args+=("--$type")
	done
	background unshare "${args[@]}" sh -c 'echo ready; exec sleep 1000'
	holder=$!
	eventually says_in background.out ready
}

# links TYPE-FILE…: the program's namespaces
links() {
	program "for n in $*; do readlink /proc/self/ns/\$n; done"
	run -0 inside
}

@test "namespaces: each type is joined by its path" {
	hold net ipc uts cgroup
	for row in network:net ipc:ipc uts:uts cgroup:cgroup; do
		unconfigured
		join "${row%:*}" "/proc/$holder/ns/${row#*:}"
		links "${row#*:}"
		same "$(readlink "/proc/$holder/ns/${row#*:}")"
	done
}

@test "namespaces: a joined one of a bind mount, as ip netns makes it" {
	hold net
	touch net
	program 'readlink /proc/self/ns/net'
	join network "$BATS_TEST_TMPDIR/net"
	cat >probe <<'EOF2'
		mount --bind "/proc/$1/ns/net" net
		"$SOCLE" --root "$root" run -b bundle "$c"
EOF2
	run -0 env root="$root" c="$c" SOCLE="$SOCLE" unshare -m sh probe "$holder"
	same "$(readlink "/proc/$holder/ns/net")"
}

@test "namespaces: a joined network namespace's lo is left as it is" {
	hold net
	join network "/proc/$holder/ns/net"
	program 'cat /sys/class/net/lo/flags'
	run -0 inside
	same 0x8
}

@test "namespaces: a joined uts namespace gets the host name" {
	hold uts
	join uts "/proc/$holder/ns/uts"
	program 'hostname'
	run -0 inside
	same "$(jq -r .hostname "$bundle/config.json")"
	same "$output" "$(nsenter -t "$holder" -u hostname)"
}

@test "namespaces: a joined pid namespace: the program is among the others" {
	program 'exec sleep 1000'
	first=${c}a
	detach "$first"
	join pid "/proc/$(pid "$first")/ns/pid"
	program 'cat /proc/1/comm; echo $$; readlink /proc/self/ns/pid; grep -c . /proc/1/status >/dev/null'
	run -0 inside
	same sleep "${lines[0]}"
	[ "${lines[1]}" -gt 1 ]
	same "$(readlink "/proc/$(pid "$first")/ns/pid")" "${lines[2]}"
	gone "$first"
}

@test "namespaces: a container in a joined pid namespace is killed and deleted alone" {
	program 'exec sleep 1000'
	first=${c}a
	detach "$first"
	join pid "/proc/$(pid "$first")/ns/pid"
	program 'sleep 1001 & exec sleep 1002'
	create "$c"
	same created "$(status "$c")"
	socle start "$c"
	gone "$c"
	same running "$(status "$first")"
	gone "$first"
}

@test "namespaces: run in a joined pid namespace ends with the program's status" {
	program 'exec sleep 1000'
	first=${c}a
	detach "$first"
	join pid "/proc/$(pid "$first")/ns/pid"
	program 'exit 7'
	run -7 inside
	gone "$first"
}

@test "namespaces: all namespaces of another container but mount" {
	program 'exec sleep 1000'
	first=${c}a
	detach "$first"
	its=$(pid "$first")
	for row in pid:pid network:net ipc:ipc uts:uts cgroup:cgroup; do
		join "${row%:*}" "/proc/$its/ns/${row#*:}"
	done
	links pid net ipc uts cgroup
	same "$(for n in pid net ipc uts cgroup; do readlink "/proc/$its/ns/$n"; done)"
	gone "$first"
}

@test "namespaces: two joined and the others new, in every pair" {
	program 'exec sleep 1000'
	first=${c}a
	detach "$first"
	its=$(pid "$first")
	rows=(pid:pid network:net ipc:ipc uts:uts cgroup:cgroup)
	for a in "${rows[@]}"; do
		for b in "${rows[@]}"; do
			[[ $a < $b ]] || continue
			unconfigured
			join "${a%:*}" "/proc/$its/ns/${a#*:}"
			join "${b%:*}" "/proc/$its/ns/${b#*:}"
			links pid net ipc uts cgroup
			same=0
			for row in "${rows[@]}"; do
				[[ $output != *"$(readlink "/proc/$its/ns/${row#*:}")"* ]] || same=$((same + 1))
			done
			[ "$same" = 2 ] || { echo "$a $b: $output"; false; }
		done
	done
	gone "$first"
}

@test "namespaces: a joined mount namespace: the root is one of its paths" {
	cat >holder.sh <<'EOF2'
		mount -t tmpfs tmpfs host
		mkdir host/rootfs
		cp -a bundle/rootfs/. host/rootfs/
		echo there >host/rootfs/marker
		echo ready
		exec sleep 1000
EOF2
	mkdir host
	background unshare -m sh holder.sh
	holder=$!
	eventually says_in background.out ready
	join mount "/proc/$holder/ns/mnt"
	config '.root.path = $p' --arg p "$BATS_TEST_TMPDIR/host/rootfs"
	program 'cat /marker; readlink /proc/self/ns/mnt; echo $$; hostname'
	run -0 inside
	same there "${lines[0]}"
	same "$(readlink "/proc/$holder/ns/mnt")" "${lines[1]}"
	same 1 "${lines[2]}"
	[ ! -e host/rootfs ]
}

@test "namespaces: a joined mount namespace that shares mounts with others: none of the container's reaches them" {
	mkdir host
	cat >probe <<'EOF2'
		mount -t tmpfs tmpfs host
		mount --make-shared host
		mkdir host/rootfs
		cp -a bundle/rootfs/. host/rootfs/
		unshare -m --propagation unchanged sleep 1000 & holder=$!
		while [ "$(readlink /proc/$holder/ns/mnt)" = "$(readlink /proc/self/ns/mnt)" ]; do sleep 0.02; done
		jq --arg path "/proc/$holder/ns/mnt" --arg root "$PWD/host/rootfs" '.root.path = $root |
			.linux.namespaces |= map(if .type == "mount" then .path = $path else . end)' bundle/config.json >next
		mv next bundle/config.json
		cut -d' ' -f5 /proc/self/mountinfo >mounts
		"$SOCLE" --root "$root" run -b bundle "$c"
		cut -d' ' -f5 /proc/self/mountinfo | diff mounts -
		kill "$holder"
EOF2
	program 'echo good'
	run -0 env root="$root" c="$c" SOCLE="$SOCLE" unshare -m --propagation private sh probe
	same good
}

@test "namespaces: joined pid, mount and network at once" {
	cat >holder.sh <<'EOF2'
		mount -t tmpfs tmpfs host
		mkdir host/rootfs
		cp -a bundle/rootfs/. host/rootfs/
		echo ready
		exec sleep 1000
EOF2
	mkdir host
	background unshare -m -n --pid --fork --kill-child sh holder.sh
	eventually says_in background.out ready
	holder=$(pgrep -P "$!")
	for row in mount:mnt network:net pid:pid; do
		join "${row%:*}" "/proc/$holder/ns/${row#*:}"
	done
	config '.root.path = $p' --arg p "$BATS_TEST_TMPDIR/host/rootfs"
	links mnt net pid
	same "$(for n in mnt net pid; do readlink "/proc/$holder/ns/$n"; done)"
}

@test "namespaces: a path of another type, of no namespace, of nothing" {
	program 'true'
	for row in network pid ipc uts cgroup mount; do
		unconfigured
		join "$row" /proc/self/ns/user
		refused inside
		says "/linux/namespaces/" "is a user namespace, not a"
		join "$row" /etc/passwd
		refused inside
		says "/linux/namespaces/" "\"/etc/passwd\" is no namespace"
		join "$row" /nowhere/ns
		refused inside
		says "/linux/namespaces/" "/nowhere/ns" "No such file or directory"
	done
}

@test "namespaces: a fifo or a device as a path is not waited for" {
	mkfifo fifo
	program 'true'
	join network "$BATS_TEST_TMPDIR/fifo"
	refused inside
	says "is no namespace"
	join network /dev/null
	refused inside
	says "is no namespace"
}

@test "namespaces: a relative path, one twice, and one that is unknown" {
	program 'true'
	join network ns/net
	refused inside
	says "/linux/namespaces/" "absolute"
	unconfigured
	config '.linux.namespaces += [{"type": "pid"}]'
	refused inside
	says "/linux/namespaces/6/type" "second time"
	config '.linux.namespaces[6].type = "bogus"'
	refused inside
	says "/linux/namespaces/6/type" "bogus"
}
