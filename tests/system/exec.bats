# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A further process in a container.

load helpers

setup_file() { make_base; }
setup() {
	begin
	program 'exec sleep 1000'
}
teardown() { finish; }

@test "exec: it is in the container: pids, root, host name, mounts, cgroup, capabilities" {
	detach "$c"
	run -0 socle exec "$c" sh -c 'cat /proc/1/comm; hostname; ls /; for n in pid net ipc uts mnt cgroup; do
		[ "$(readlink /proc/1/ns/$n)" = "$(readlink /proc/self/ns/$n)" ] || echo "another $n"; done'
	[[ $output == sleep$'\n'socle$'\n'* && $output != *another* ]]
	same "$(socle exec "$c" sh -c 'grep Cap /proc/1/status; cat /proc/1/cgroup')" \
		"$(socle exec "$c" sh -c 'grep Cap /proc/self/status; cat /proc/self/cgroup')"
	gone "$c"
}

@test "exec: on the host it is in the container's cgroup" {
	detach "$c"
	socle exec -d --pid-file pid "$c" sleep 1000 </dev/null
	same "$(cat "/proc/$(pid "$c")/cgroup")" "$(cat "/proc/$(cat pid)/cgroup")"
	gone "$c"
}

@test "exec: nothing but the three streams goes along, and what --preserve-fds says" {
	detach "$c"
	run -0 socle exec "$c" sh -c 'ls /proc/self/fd' </dev/null 7</etc 8</
	same $'0\n1\n2\n3' "$output" # 3 is ls's own
	run -0 socle exec --preserve-fds 1 "$c" cat /proc/self/fd/3 3<<<"handed on"
	same "handed on" "$output"
	gone "$c"
}

@test "exec: its status is the process's; 255 if it could not be started" {
	detach "$c"
	run -7 socle exec "$c" sh -c 'exit 7'
	run -143 socle exec "$c" sh -c 'kill -TERM $$'
	run -255 --separate-stderr socle exec "$c" /none
	[[ $stderr == *'"/none": No such file or directory'* ]]
	run -255 --separate-stderr socle exec "$c" none
	[[ $stderr == *"executable file not found"* ]]
	run -255 --separate-stderr socle exec "$c" /proc
	[[ $stderr == *"Permission denied"* ]]
	gone "$c"
}

@test "exec: user, groups, environment, directory, capabilities, privileges" {
	config '.root.readonly = false'
	detach "$c"
	run -0 socle exec -u 1000:1001 -g 5 -g 6 -e A=b -e C= --cwd /tmp "$c" \
		sh -c 'id -u; id -g; id -G; echo "$A-$C-$PWD"; pwd'
	same $'1000\n1001\n1001 5 6\nb--/tmp\n/tmp' "$output"
	run -0 socle exec -c CAP_NET_RAW --no-new-privs "$c" sh -c 'grep -E "Cap(Inh|Prm|Eff|Bnd|Amb)|NoNew" /proc/self/status'
	same $'CapInh:\t0000000000000000\nCapPrm:\t0000000020002420\nCapEff:\t0000000020002420
CapBnd:\t0000000020002420\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1' "$output"
	gone "$c"
}

@test "SEC-47 SEC-48 exec: a user is a number and nothing else, and never becomes root" {
	config '.root.readonly = false'
	mkdir -p "$bundle/rootfs/etc"
	echo '1000:x:0:0::/:' >"$bundle/rootfs/etc/passwd"
	detach "$c"
	run -0 socle exec -u 1000 "$c" sh -c 'grep ^Uid /proc/self/status'
	same $'Uid:\t1000\t1000\t1000\t1000' "$output"
	for user in '' -1 1: :1 4294967295 4294967296 1x ' 1' +1 99999999999999999999 root; do
		run ! socle exec -u "$user" "$c" true
	done
	gone "$c"
}

@test "exec: a process object, and a broken one" {
	detach "$c"
	echo '{"args": ["sh", "-c", "echo $A; pwd; id -u"], "env": ["A=b", "PATH=/bin"], "cwd": "/proc",
		"user": {"uid": 3, "gid": 4}}' >process
	run -0 socle exec --process process "$c"
	same $'b\n/proc\n3' "$output"
	echo '{"args": [], "cwd": "x"}' >process
	run -255 --separate-stderr socle exec -p process "$c"
	[[ $stderr == */cwd* || $stderr == */args* ]]
	run -255 --separate-stderr socle exec -p none "$c"
	[[ $stderr == *'"none": No such file or directory'* ]]
	gone "$c"
}

@test "exec: a terminal of its own" {
	detach "$c"
	run -4 script -qec "'$SOCLE' --root '$root' exec -t '$c' sh -c 'tty; exit 4'" /dev/null
	[[ $output == */dev/pts/* ]]
	gone "$c"
}

@test "exec: what is configured counts as it was when the container was created" {
	detach "$c"
	config '.process.capabilities = {"bounding": ["CAP_SYS_ADMIN"], "permitted": ["CAP_SYS_ADMIN"]}'
	run -0 socle exec "$c" grep CapBnd /proc/self/status
	same $'CapBnd:\t0000000020000420' "$output"
	gone "$c"
}

@test "exec: not in a container that has ended, nor in none" {
	run -255 --separate-stderr socle exec "$c" true
	[[ $stderr == *"container does not exist"* ]]
	detach "$c"
	socle kill "$c" KILL
	becomes "$c" stopped
	run -255 --separate-stderr socle exec "$c" true
	[[ $stderr == *"container is not running"* ]]
	socle delete "$c"
}

@test "exec: in a user namespace" {
	config '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	detach "$c"
	run -0 socle exec "$c" sh -c 'id -u; cat /proc/self/uid_map; [ "$(readlink /proc/self/ns/user)" = "$(readlink /proc/1/ns/user)" ]; echo $?'
	same $'0\n         0     100000      65536\n0' "$output"
	gone "$c"
}

@test "exec: options behind the command are the command's" {
	detach "$c"
	run -0 socle exec "$c" echo -d --tty
	same "-d --tty" "$output"
	gone "$c"
}

@test "exec: the session keyring is the container's, and the caller's where create was told so" {
	[ -e /proc/keys ] || skip "the kernel has no keys"
	config '.linux.maskedPaths = []'
	program 'grep "_ses.'"$c"'" /proc/keys | cut -d" " -f1; exec sleep 1000'
	detach "$c"
	eventually test -s "$c.out"
	run -0 socle exec "$c" sh -c 'grep "_ses.'"$c"'" /proc/keys | cut -d" " -f1'
	same "$(head -1 "$c.out")"
	gone "$c"
	detach "$c-none" --no-new-keyring
	run -1 socle exec "$c-none" grep "_ses.$c-none" /proc/keys
	gone "$c-none"
}

# cpus: a list of those that are there
cpus() { sed -n 's/^Cpus_allowed_list:\s*//p' /proc/self/status; }

@test "exec: processors before and in the container's cgroup" {
	[ "$(cpus)" = "$(cat /sys/devices/system/cpu/online)" ] && [ "$(nproc)" -gt 1 ] || skip "needs two processors"
	last=$(($(nproc) - 1))
	config '.process.execCPUAffinity = {"final": "0"}'
	detach "$c"
	run -0 socle exec "$c" grep Cpus_allowed_list /proc/self/status
	same $'Cpus_allowed_list:\t0'
	run -0 grep Cpus_allowed_list "/proc/$(pid "$c")/status"
	same $'Cpus_allowed_list:\t'"$(cpus)"
	for row in "{\"initial\": \"$last\", \"final\": \" 0 , $last\"}:0-$last" "{\"initial\": \"0\", \"final\": \"$last\"}:$last"; do
		echo "{\"args\": [\"grep\", \"Cpus_allowed_list\", \"/proc/self/status\"], \"cwd\": \"/\", \"user\": {\"uid\": 0, \"gid\": 0},
			\"env\": [\"PATH=/bin\"], \"execCPUAffinity\": ${row%:*}}" >process
		run -0 socle exec --process process "$c"
		same "$(printf 'Cpus_allowed_list:\t%s' "${row##*:}")"
	done
	same "$(cpus)" "$(cat /sys/devices/system/cpu/online)"
	gone "$c"
}

@test "exec: lists of processors that are none, or name none that is there" {
	detach "$c"
	for list in a 3-1 0- 1,x 8192 ,; do
		echo '{}' | jq '{args: ["true"], cwd: "/", user: {uid: 0, gid: 0}, execCPUAffinity: {final: $list}}' --arg list "$list" >process
		run -255 --separate-stderr socle exec --process process "$c"
		[[ $stderr == *"/execCPUAffinity/final"* ]]
	done
	for when in initial final; do
		jq '.execCPUAffinity = {($when): "8191"}' --arg when "$when" process >next
		run -255 --separate-stderr socle exec --process next "$c"
		[[ $stderr == *"sched_setaffinity: Invalid argument"* && $stderr == *"/process/execCPUAffinity/$when"* ]]
	done
	gone "$c"
}

@test "exec, run: the caller's processors are not the container's" {
	[ "$(cpus)" = "$(cat /sys/devices/system/cpu/online)" ] && [ "$(nproc)" -gt 1 ] || skip "needs two processors"
	all=$(cpus)
	detach "$c"
	run -0 taskset 1 "$SOCLE" --root "$root" exec "$c" grep Cpus_allowed_list /proc/self/status
	same $'Cpus_allowed_list:\t'"$all"
	gone "$c"
	program 'grep Cpus_allowed_list /proc/self/status'
	run -0 taskset 1 "$SOCLE" --root "$root" run -b "$bundle" "$c"
	same $'Cpus_allowed_list:\t'"$all"
}

# below NAME…: cgroups below the container's, wherever there is a hierarchy
below() {
	local name dir
	for name; do
		for dir in $(jq -r '.cgroups[]' "$root/$c/state.json"); do
			mkdir "$dir/$name"
			[ ! -e "$dir/$name/cpuset.cpus" ] || cat "$dir/cpuset.cpus" >"$dir/$name/cpuset.cpus"
			[ ! -e "$dir/$name/cpuset.mems" ] || cat "$dir/cpuset.mems" >"$dir/$name/cpuset.mems"
		done
	done
}

cgroups_of() { cut -d: -f2- "/proc/$1/cgroup" | grep "/$c"; }

@test "exec: a cgroup below the container's" {
	detach "$c"
	[ -n "$(cgroups_of "$(pid "$c")")" ] || skip "no cgroups here"
	below a a/b other
	for path in a /a/b/ ./other; do
		socle exec -d --cgroup "$path" --pid-file pid "$c" sleep 1000 </dev/null
		want=${path#.} want=/${want#/}
		same "$(cgroups_of "$(pid "$c")" | sed "s|\$|${want%/}|")" "$(cgroups_of "$(cat pid)")"
	done
	run -0 socle exec --cgroup / "$c" true
	gone "$c"
}

@test "exec: a cgroup of one controller, and of several" {
	[ -d /sys/fs/cgroup/memory ] && [ -d /sys/fs/cgroup/pids ] && [ -d /sys/fs/cgroup/freezer ] || skip "needs version 1"
	detach "$c"
	below a b
	socle exec -d --cgroup memory,pids:a --cgroup freezer:b --pid-file pid "$c" sleep 1000 </dev/null
	for row in memory:a pids:a freezer:b; do
		grep -q "^[0-9]*:${row%:*}:.*/$c/${row#*:}\$" "/proc/$(cat pid)/cgroup"
	done
	same 3 "$(cgroups_of "$(cat pid)" | grep -c "/$c/[ab]\$")"
	gone "$c"
}

@test "SEC-42 exec: a cgroup that is not the container's, or none, is refused" {
	detach "$c"
	[ -n "$(cgroups_of "$(pid "$c")")" ] || skip "no cgroups here"
	below a
	for path in .. ../ a/.. /../x a/../../x "../$c-evil"; do
		run -255 --separate-stderr socle exec --cgroup "$path" "$c" true
		[[ $stderr == *'within the container'* ]]
	done
	run -255 --separate-stderr socle exec --cgroup none "$c" true
	[[ $stderr == *'has no "none" in it'* ]]
	run -255 --separate-stderr socle exec --cgroup nothing:a "$c" true
	[[ $stderr == *'no hierarchy of this host has the controller "nothing"'* ]]
	for options in ":a" "memory,:a" "a --cgroup b" "memory:a --cgroup memory:b" "a --cgroup memory:a"; do
		# shellcheck disable=SC2086 # words
		run -255 --separate-stderr socle exec --cgroup $options "$c" true
		[[ $stderr == *"--cgroup"* ]]
	done
	gone "$c"
}

# Controllers that a version 2 cgroup hands on keep processes out of it.
@test "exec: beside an init that has made cgroups of its own" {
	v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$v2" ] && grep -qw pids "$v2/cgroup.controllers" || skip "no controller in version 2"
	config '.linux.resources.pids.limit = 100'
	detach "$c"
	dir=$v2$(sed -n 's/^0:://p' "/proc/$(pid "$c")/cgroup")
	mkdir "$dir/init"
	pid "$c" >"$dir/init/cgroup.procs"
	echo +pids >"$dir/cgroup.subtree_control"
	run -0 --separate-stderr "$SOCLE" --root "$root" --debug exec "$c" cat /proc/self/cgroup
	[[ $output == *"0::"*/init* && $stderr == *"takes no process"* ]]
	run -255 --separate-stderr socle exec --cgroup / "$c" true
	gone "$c"
}

@test "SEC-62 exec: what a process object leaves out is the container's" {
	config '.process.noNewPrivileges = true | .process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 77, "hard": 78}]
		| .process.oomScoreAdj = 321 | .process.ioPriority = {"class": "IOPRIO_CLASS_BE", "priority": 6}'
	detach "$c"
	echo '{"args": ["sh", "-c", "grep -E \"^(Cap|NoNew)\" /proc/self/status; ulimit -n; cat /proc/self/oom_score_adj; ionice"],
		"cwd": "/", "user": {"uid": 0, "gid": 0}, "env": ["PATH=/bin"]}' >process
	run -0 socle exec --process process "$c"
	same "$(grep -E '^(Cap|NoNew)' "/proc/$(pid "$c")/status")"$'\n77\n321\nbest-effort: prio 6'
	jq '.noNewPrivileges = false | .capabilities = {}' process >next
	run -0 socle exec --process next "$c"
	[[ $output == *$'CapBnd:\t0000000000000000'* && $output == *$'NoNewPrivs:\t0'* ]]
	gone "$c"
}
