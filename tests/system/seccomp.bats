# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The seccomp filter, felt in the container.

load helpers

setup_file() {
	local static=(gcc -static)
	make_base
	! command -v musl-gcc >/dev/null || static=(musl-gcc -static)
	"${static[@]}" -o "$BATS_FILE_TMPDIR/base/rootfs/bin/syscall" "$BATS_TEST_DIRNAME/syscall.c"
	"${CC:-cc}" -o "$BATS_FILE_TMPDIR/agent" "$BATS_TEST_DIRNAME/seccomp-agent.c"
}
setup() {
	begin
	config '.root.readonly = false'
	config '.mounts += [{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"}]'
}
teardown() { finish; }

# profile DEFAULT RULE…: jq's objects
profile() {
	local default=$1
	shift
	config '.linux.seccomp = {"defaultAction": $default, "syscalls": $rules}' \
		--arg default "SCMP_ACT_$default" --argjson rules "[$(IFS=,; echo "$*")]"
}

# rule ACTION NAME…
rule() {
	local action=$1
	shift
	jq -cn '{"names": $ARGS.positional, "action": ("SCMP_ACT_" + $a)}' --arg a "$action" --args "$@"
}

# kinds COMMAND…: with noNewPrivileges and without
kinds() {
	local kind
	for kind in true false; do
		config ".process.noNewPrivileges = $kind"
		"$@"
	done
}

# number NAME: of a system call
number() { echo "#include <sys/syscall.h>
SYS_$1" | "${CC:-cc}" -E -P - | tail -n 1; }

makes_a_directory() {
	run "-$1" --separate-stderr inside
	[[ $stderr == *"${2-}"* ]] || { echo "$stderr"; false; }
}

@test "seccomp: every action is felt" {
	config '.process.args = ["/bin/mkdir", "/tmp/made"]'
	profile ALLOW "$(rule ALLOW mkdir mkdirat)"
	kinds makes_a_directory 0
	profile ALLOW "$(rule LOG mkdir mkdirat)"
	kinds makes_a_directory 0
	profile ALLOW "$(rule ERRNO mkdir mkdirat)"
	kinds makes_a_directory 1 "Operation not permitted"
	profile ALLOW "$(rule ERRNO mkdir mkdirat | jq '.errnoRet = 28')"
	kinds makes_a_directory 1 "No space left on device"
	profile ALLOW "$(rule TRACE mkdir mkdirat)" # nobody traces it
	kinds makes_a_directory 1 "Function not implemented"
	for action in KILL KILL_THREAD KILL_PROCESS TRAP; do
		profile ALLOW "$(rule $action mkdir mkdirat)"
		kinds makes_a_directory 159
	done
}

@test "seccomp: the default action is an errno, and what is not named fails with it" {
	names=$(sed -n 's/^#define __NR_\([a-z0-9_]*\) .*/\1/p' /usr/include/*/asm/unistd_64.h /usr/include/asm-generic/unistd.h 2>/dev/null |
		sort -u | grep -vxE 'mkdir|mkdirat')
	config '.process.args = ["/bin/mkdir", "/tmp/made"]'
	profile ERRNO "$(rule ALLOW $names)"
	kinds makes_a_directory 1 "Operation not permitted"
	config '.linux.seccomp.defaultErrnoRet = 13'
	kinds makes_a_directory 1 "Permission denied"
	config '.process.args = ["/bin/true"]'
	kinds makes_a_directory 0
}

one_filter() {
	run -0 inside
	same $'Seccomp:\t2\nSeccomp_filters:\t1'
	create "$c"
	socle start "$c"
	becomes "$c" stopped
	same $'Seccomp:\t2\nSeccomp_filters:\t1' "$(cat "$c.out")"
	socle delete "$c"
}

@test "seccomp: one filter, with noNewPrivileges and without, at once and by create and start" {
	config '.process.args = ["/bin/grep", "^Seccomp", "/proc/self/status"]'
	profile ALLOW "$(rule ERRNO mkdir)"
	kinds one_filter
	config 'del(.linux.seccomp.syscalls)'
	kinds one_filter
	config '.process.user = {"uid": 1000, "gid": 1000}'
	kinds one_filter
}

@test "seccomp: arguments, by every operator" {
	read -ra row <<<"$(number personality)"
	config '.process.args = ["/bin/sh", "-c", "for n in 4 5 6; do syscall $0 $n; done", $n]' --arg n "${row[0]}"
	for row in NE:4,6 LT:4 LE:4,5 EQ:5 GE:5,6 GT:6; do
		profile ALLOW "$(rule ERRNO personality |
			jq '.errnoRet = 95 | .args = [{"index": 0, "value": 5, "op": $op}]' --arg op "SCMP_CMP_${row%:*}")"
		run -0 inside
		felt=
		for i in 0 1 2; do
			[ "${lines[i]}" != -95 ] || felt+=,$((4 + i))
		done
		same "${row#*:}" "${felt#,}"
	done
	profile ALLOW "$(rule ERRNO personality |
		jq '.errnoRet = 95 | .args = [{"index": 0, "value": 6, "valueTwo": 4, "op": "SCMP_CMP_MASKED_EQ"}]')"
	run -0 inside
	same -95 "${lines[0]}"
	same -95 "${lines[1]}"
	[ "${lines[2]}" != -95 ]
}

@test "seccomp: a system call newer than the profile is not there, one that is older is refused" {
	config '.process.args = ["/bin/sh", "-c", "syscall $0; syscall 1000; syscall $1 /tmp", $last, $other]' \
		--arg last "$(($(number close_range) + 1))" --arg other "$(number mkdirat)"
	names=$(sed -n 's/^#define __NR_\([a-z0-9_]*\) *\([0-9]*\)$/\2 \1/p' /usr/include/*/asm/unistd_64.h /usr/include/asm-generic/unistd.h 2>/dev/null |
		awk -v last="$(number close_range)" '$1 <= last { print $2 }' | sort -u | grep -vx mkdirat)
	profile ERRNO "$(rule ALLOW $names)"
	run -0 inside
	same $'-38\n-38\n-1'
}

@test "seccomp: architectures: the native one without being named, others only if they are" {
	[ "$(uname -m)" = x86_64 ] || skip "32-bit system calls are made in the way of x86"
	config '.process.args = ["/bin/syscall", "-3", "20"]' # getpid
	run inside
	[ "$status" = 0 ] || skip "this kernel has no 32-bit system calls"
	profile ALLOW "$(rule ERRNO getpid | jq '.errnoRet = 95')"
	run -159 inside
	config '.linux.seccomp.architectures = ["SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_MIPS64", "SCMP_ARCH_LOONGARCH64"]'
	run -0 inside
	same -95
	config '.process.args = ["/bin/syscall", "39"]'
	run -0 inside
	same -95
}

@test "seccomp: flags" {
	config '.process.args = ["/bin/true"]'
	profile ALLOW "$(rule ERRNO mkdir)"
	for flag in TSYNC LOG SPEC_ALLOW WAIT_KILLABLE_RECV; do
		config '.linux.seccomp.flags = [$flag]' --arg flag "SECCOMP_FILTER_FLAG_$flag"
		run -0 inside
	done
	config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"]'
	run -0 socle plan -b "$bundle"
	[[ $output == *"how=tsync,log,spec-allow"* ]]
	run -0 inside
}

@test "seccomp: the plan tells how long the filter is and what it answers" {
	profile KILL_PROCESS "$(rule ALLOW read)" "$(rule ERRNO write)" "$(rule TRACE close)"
	run -0 socle plan -b "$bundle"
	grep -qE ' seccomp +[0-9]+ instructions: .*/linux/seccomp$' <<<"$output"
	for answer in kill-process allow 'errno(EPERM)' 'trace(EPERM)'; do
		grep -F " instructions: " <<<"$output" | grep -qF "$answer"
	done
	[ ! -e "$root/.seccomp" ]
}

# ---- the listener

agent() {
	rm -f agent.socket
	background "$BATS_FILE_TMPDIR/agent" "$PWD/agent.socket"
	eventually test -S agent.socket
	mv background.out agent.out
}

listens() {
	agent
	create "$c"
	eventually test -s agent.out
	same "$(jq -cn '{"ociVersion": "1.3.0", "fds": ["seccompFd"], "pid": $pid, "metadata": "for the agent",
		"state": {"ociVersion": $version, "id": $id, "status": "creating", "pid": $pid, "bundle": $bundle,
		"annotations": {"a": "b"}}}' --argjson pid "$(pid "$c")" --arg id "$c" --arg bundle "$bundle" \
		--arg version "$(jq -r .ociVersion "$bundle/config.json")")" "$(head -n 1 agent.out)"
	socle start "$c"
	becomes "$c" stopped
	[[ $(<"$c.out") == *"cross-device link"* ]]
	eventually grep -q "^call " agent.out
	socle delete "$c"
}

@test "seccomp: the listener goes to the agent, with the state of the process" {
	config '.process.args = ["/bin/mkdir", "/tmp/made"] | .annotations = {"a": "b"}'
	profile ALLOW "$(rule NOTIFY mkdir mkdirat)"
	config '.linux.seccomp += {"listenerPath": $path, "listenerMetadata": "for the agent"}' --arg path "$PWD/agent.socket"
	kinds listens
	config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'
	kinds listens
}

@test "seccomp: what the set-up calls afterwards the agent may be asked about" {
	config '.process.args = ["/bin/true"]'
	profile ALLOW "$(rule NOTIFY capset sendmsg recvmsg poll)"
	config '.linux.seccomp.listenerPath = $path' --arg path "$PWD/agent.socket"
	config '.process.noNewPrivileges = false'
	agent
	refused inside
	says capset "cross-device link"
	grep -qx "call $(number capset) of .*" agent.out
}

@test "seccomp: the listener of a further process, and by the annotation" {
	config '.process.args = ["/bin/sleep", "1000"] | .annotations = {"run.oci.seccomp.receiver": $path}' \
		--arg path "$PWD/agent.socket"
	profile ALLOW "$(rule NOTIFY mkdir mkdirat)"
	agent
	detach "$c"
	run -1 socle exec "$c" mkdir /tmp/made
	[[ $output == *"cross-device link"* ]]
	same "running $(pid "$c")" "$(sed -n 2p agent.out | jq -r '"\(.state.status) \(.state.pid)"')"
	[ "$(sed -n 2p agent.out | jq .pid)" != "$(pid "$c")" ]
	gone "$c"
}

@test "seccomp: without an agent the container fails, and nothing is left" {
	config '.process.args = ["/bin/true"]'
	profile ALLOW "$(rule NOTIFY mkdir)"
	refused inside
	says /linux/seccomp/syscalls/0/action listenerPath
	config '.linux.seccomp.listenerPath = "/nobody/there"'
	kinds refused inside
	says /linux/seccomp/listenerPath 'connect "/nobody/there": No such file'
	kinds refused socle create -b "$bundle" "$c"
	config '.linux.seccomp.syscalls[0].action = "SCMP_ACT_LOG"' # then nobody is needed
	run -0 inside
}

@test "seccomp: a state that is longer than a socket holds at once goes to the agent whole" {
	config '.process.args = ["/bin/true"] | .annotations = {"long": ("x" * 400000)}'
	profile ALLOW "$(rule NOTIFY mkdir)"
	config '.linux.seccomp.listenerPath = $path' --arg path "$PWD/agent.socket"
	agent
	run -0 inside
	same 400000 "$(head -n 1 agent.out | jq -r '.state.annotations.long | length')"
}

@test "seccomp: an agent that is gone leaves nobody waiting" {
	config '.process.args = ["/bin/mkdir", "/tmp/made"]'
	profile ALLOW "$(rule NOTIFY mkdir mkdirat execve)"
	config '.linux.seccomp.listenerPath = $path' --arg path "$PWD/agent.socket"
	gone_agent() {
		agent
		create "$c"
		kill -KILL "${ENDS[-1]}"
		refused socle start "$c"
		says 'execve "/bin/mkdir": Function not implemented'
		socle delete "$c"
	}
	kinds gone_agent
}

@test "seccomp: in a user namespace" {
	config '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	config '.process.args = ["/bin/mkdir", "/tmp/made"]'
	profile ALLOW "$(rule ERRNO mkdir mkdirat)"
	kinds makes_a_directory 1 "Operation not permitted"
	profile ALLOW "$(rule NOTIFY mkdir mkdirat)"
	config '.linux.seccomp.listenerPath = $path' --arg path "$PWD/agent.socket"
	agent
	kinds makes_a_directory 1 "cross-device link"
}

# ---- exec

@test "SEC-62 seccomp: a further process has the container's filter" {
	config '.process.args = ["/bin/sleep", "1000"]'
	profile ALLOW "$(rule ERRNO mkdir mkdirat | jq '.errnoRet = 28')"
	detach "$c"
	config 'del(.linux.seccomp)' # too late
	run -1 socle exec "$c" mkdir /tmp/made
	[[ $output == *"No space left on device"* ]]
	run -0 socle exec --no-new-privs "$c" grep ^Seccomp: /proc/self/status
	same $'Seccomp:\t2'
	echo '{"args": ["mkdir", "/tmp/made"], "cwd": "/", "user": {"uid": 0, "gid": 0}, "noNewPrivileges": false}' >process
	run -1 socle exec --process process "$c"
	[[ $output == *"No space left on device"* ]]
	gone "$c"
}

@test "seccomp: startContainer hooks have the filter, too" {
	config '.process.args = ["/bin/cat", "/tmp/told"] | .hooks.startContainer =
		[{"path": "/bin/sh", "args": ["sh", "-c", "grep ^Seccomp: /proc/self/status >/tmp/told"]}]'
	profile ALLOW "$(rule ERRNO mkdir)"
	felt() { run -0 inside; same $'Seccomp:\t2'; }
	kinds felt
}

# ---- the cache

@test "seccomp: what was compiled is kept, compared, and made anew if it is damaged" {
	config '.process.args = ["/bin/mkdir", "/tmp/made"]'
	profile ALLOW "$(rule ERRNO mkdir mkdirat)"
	makes_a_directory 1 "Operation not permitted"
	same 700 "$(stat -c %a "$root/.seccomp")"
	file=$(echo "$root"/.seccomp/*)
	same 600 "$(stat -c %a "$file")"
	cp "$file" whole
	inode=$(stat -c %i "$file")
	makes_a_directory 1 "Operation not permitted"
	same "$inode" "$(stat -c %i "$file")"
	same '' "$(socle list -q)"
	printf 'x' | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") - 5)) conv=notrunc status=none
	makes_a_directory 1 "Operation not permitted"
	cmp whole "$file"
	: >"$file"
	makes_a_directory 1 "Operation not permitted"
	cmp whole "$file"
	config '.linux.seccomp.syscalls[0].errnoRet = 28'
	makes_a_directory 1 "No space left on device"
	same 2 "$(ls "$root/.seccomp" | wc -l)"
}

@test "seccomp: a cache that is somebody else's is not used" {
	[ "$(id -u)" = 0 ] || skip "needs a second owner"
	config '.process.args = ["/bin/mkdir", "/tmp/made"]'
	profile ALLOW
	makes_a_directory 0
	allowing=$(echo "$root"/.seccomp/*)
	profile ALLOW "$(rule ERRNO mkdir mkdirat)"
	makes_a_directory 1 "Operation not permitted"
	for file in "$root"/.seccomp/*; do
		[ "$file" = "$allowing" ] || cp "$allowing" "$file"
	done
	makes_a_directory 1 "Operation not permitted"
	chmod 777 "$root/.seccomp"
	makes_a_directory 1 "Operation not permitted"
}

# ---- bad input

@test "seccomp: rules that contradict each other" {
	config '.process.args = ["/bin/mkdir", "/tmp/made"]'
	condition='{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}'
	profile ALLOW "$(rule ERRNO mkdir | jq ".args = [$condition]")" "$(rule KILL mkdir | jq ".args = [$condition]")"
	refused inside
	says contradicts mkdir /linux/seccomp/syscalls/1
	profile ALLOW "$(rule ERRNO mkdir mkdirat)" "$(rule KILL mkdir mkdirat)" # the first counts
	makes_a_directory 1 "Operation not permitted"
	profile ALLOW "$(rule ALLOW mkdir mkdirat)" "$(rule ERRNO mkdir mkdirat)" # the default's is none
	makes_a_directory 1 "Operation not permitted"
}

@test "seccomp: a system call that nobody knows is left out, or refused if the annotation asks" {
	config '.process.args = ["/bin/true"]'
	profile ALLOW "$(rule ERRNO mkdir no_such_call)"
	run -0 inside
	config '.annotations = {"run.oci.seccomp_fail_unknown_syscall": "1"}'
	refused inside
	says no_such_call /linux/seccomp/syscalls/0/names/1
}

@test "seccomp: the program cannot be executed: start says so" {
	config '.process.args = ["/bin/true"]'
	profile ALLOW "$(rule ERRNO execve)"
	cannot() {
		create "$c"
		refused socle start "$c"
		says 'execve "/bin/true": Operation not permitted'
		socle delete "$c"
	}
	kinds cannot
}

@test "seccomp: a filter that kills the set-up is named" {
	config '.process.args = ["/bin/true"] | .process.noNewPrivileges = false'
	profile KILL "$(rule ALLOW read)"
	run ! inside
	refused socle create -b "$bundle" "$c"
	says "seccomp filter killed the set-up"
}

@test "seccomp: with noNewPrivileges the set-up needs nothing but execve" {
	config '.process.args = ["/bin/syscall", $n, "7"] | .process.noNewPrivileges = true' --arg n "$(number exit_group)"
	# The others are what a static program of either C library begins with.
	profile KILL "$(rule ALLOW execve exit_group arch_prctl set_tid_address set_robust_list rseq prlimit64 readlinkat \
		getrandom brk mprotect)"
	run -7 inside
	create "$c"
	socle start "$c"
	becomes "$c" stopped
	socle delete "$c"
}

@test "seccomp: a large profile, with every name of the headers and many that are none" {
	names=$(sed -n 's/^#define __NR_\([a-z0-9_]*\) .*/\1/p' /usr/include/*/asm/unistd*.h /usr/include/asm-generic/unistd.h 2>/dev/null | sort -u)
	[ "$(wc -w <<<"$names")" -gt 400 ]
	config '.process.args = ["/bin/mkdir", "/tmp/made"]'
	profile ERRNO "$(rule ALLOW $names none_{1..200})"
	config '.linux.seccomp.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]'
	kinds makes_a_directory 0
	run -0 socle plan -b "$bundle"
	n=$(sed -n 's/.* seccomp *\([0-9]*\) instructions.*/\1/p' <<<"$output")
	[ "$n" -lt 1000 ]
}

@test "seccomp: features tell what is known" {
	run -0 socle features
	for list in actions:9 operators:7 archs:23 knownFlags:4; do
		same "${list#*:}" "$(jq ".linux.seccomp.${list%:*} | length" <<<"$output")"
	done
	jq -e '.linux.seccomp.enabled and (.linux.seccomp.supportedFlags - .linux.seccomp.knownFlags == [])' <<<"$output"
	jq -e '.potentiallyUnsafeConfigAnnotations | index("run.oci.seccomp.receiver")' <<<"$output"
}
