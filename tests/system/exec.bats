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
	run -0 socle exec -u 1000:1001 -g 5 -g 6 -e A=b -e C= --cwd /new/dir "$c" \
		sh -c 'id -u; id -g; id -G; echo "$A-$C-$PWD"; pwd'
	same $'1000\n1001\n1001 5 6\nb--/new/dir\n/new/dir' "$output"
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
	detach "$c" --no-new-keyring
	run -1 socle exec "$c" grep "_ses.$c" /proc/keys
	gone "$c"
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
