# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Published flaws that a further process in a container can bring back: descriptors, working directories, programs,
# identities.

load security

setup_file() { secure_file; }
setup() {
	secure
	program 'exec sleep 1000'
}
teardown() { secured; }

# audited COMMAND…: what the auditor says of a process that socle exec starts
audited() {
	run --separate-stderr -0 "$@"
}

@test "SEC-01 SEC-03 SEC-06 exec: no descriptor, directory or program of the host, with and without a terminal" {
	config '.hooks = {createContainer: [{path: "/bin/true"}], startContainer: [{path: "/bin/true"}], poststart: [{path: "/bin/true"}]}'
	detach "$c"
	audited bash -c 'for ((n = 3; n < 53; n++)); do eval "exec $n</"; done; exec "$@"' - \
		"$SOCLE" --root "$root" exec "$c" /bin/auditor </dev/null
	same '[0,1,2]' "$(found '[.fds[].fd]')"
	same '"/" "/" "/bin/auditor"' "$(found .cwd) $(found .root) $(found .exe)"
	audited bash -c 'exec 3</dev/null 4</dev/null 5</; exec "$@"' - "$SOCLE" --root "$root" exec --preserve-fds 2 "$c" /bin/auditor </dev/null
	same '[0,1,2,3,4]' "$(found '[.fds[].fd]')"
	run -0 script -qec "'$SOCLE' --root '$root' exec -t '$c' /bin/auditor 9</" /dev/null </dev/null
	output=$(grep -o '{.*' <<<"$output" | tr -d '\r')
	same '[0,1,2]' "$(found '[.fds[].fd]')"
	same 1 "$(found '[.fds[].path] | unique | length')"
	gone "$c"
}

@test "SEC-03 create, run, with hooks, handed-on descriptors and a terminal: nothing but what was asked for" {
	config '.hooks = {prestart: [{path: "/bin/true"}], createRuntime: [{path: "/bin/true"}],
		createContainer: [{path: "/bin/true"}], startContainer: [{path: "/bin/true"}]} | .process.args = ["/bin/auditor"]'
	audited bash -c 'exec 3</dev/null 4</ 5</; exec "$@"' - "$SOCLE" --root "$root" run --preserve-fds 1 -b "$bundle" "$c" </dev/null
	same '[0,1,2,3]' "$(found '[.fds[].fd]')"
	same '"/" "/" "/bin/auditor"' "$(found .cwd) $(found .root) $(found .exe)"
	config '.process.terminal = true'
	run -0 script -qec "'$SOCLE' --root '$root' run -b '$bundle' '$c' 9</" /dev/null </dev/null
	output=$(grep -o '{.*' <<<"$output" | tr -d '\r')
	same '[0,1,2]' "$(found '[.fds[].fd]')"
}

@test "SEC-06 exec: a working directory that is a descriptor, or a symlink of the image to one" {
	config '.root.readonly = false'
	link /proc/self/fd/5 work
	detach "$c"
	for path in /proc/self/fd/{3,4,5,6,7,8,9,10,11,12} /proc/self/fd/7/../../.. /proc/thread-self/fd/8 /proc/1/cwd /work; do
		run -255 --separate-stderr bash -c 'for ((n = 3; n < 53; n++)); do eval "exec $n</"; done; exec "$@"' - \
			"$SOCLE" --root "$root" exec --cwd "$path" "$c" /bin/auditor </dev/null
		[[ $stderr == *"working directory"* || $stderr == */process/cwd* ]]
	done
	gone "$c"
}

@test "SEC-06 exec: a program named through a descriptor, a link to what runs" {
	link /proc/self/exe bin/self
	detach "$c"
	for path in /proc/self/fd/{3,4,5,6,7,8,9,10}; do
		run -255 --separate-stderr bash -c 'for ((n = 3; n < 53; n++)); do eval "exec $n</bin/true"; done; exec "$@"' - \
			"$SOCLE" --root "$root" exec "$c" "$path" </dev/null
	done
	# What comes up again is the sealed copy, which says that it is nobody's to start.
	run ! socle exec "$c" /bin/self
	gone "$c"
}

@test "SEC-07 SEC-39 exec: the image's null device does not become a stream" {
	config '.root.readonly = false'
	detach "$c"
	audited socle exec "$c" /bin/auditor </dev/null
	for kind in 'touch /dev/null' 'mkfifo /dev/null' 'mknod /dev/null c 1 5' 'ln -s /proc/1/root /dev/null'; do
		nsenter -m -t "$(pid "$c")" sh -c "rm -f /dev/null; $kind"
		run -255 --separate-stderr timeout 20 "$SOCLE" --root "$root" exec "$c" /bin/auditor </dev/null
		[[ $stderr == *'"/dev/null" in the container is not the null device'* ]]
	done
	gone "$c"
}

@test "SEC-08 exec: the caller's terminal is out of reach" {
	detach "$c"
	cat >session <<-EOF_
		"$SOCLE" --root "$root" exec "$c" /bin/payload inject >out 2>&1
	EOF_
	script -qec "sh session" typescript </dev/null
	same done "$(cat out)"
	run ! grep -q INJECTED typescript
	gone "$c"
}

@test "SEC-22 SEC-24 exec: another file system on the container's /proc takes no label and no identity" {
	config '.root.readonly = false'
	detach "$c"
	nsenter -m -t "$(pid "$c")" sh -c 'mount -t tmpfs none /proc; mkdir -p /proc/self/attr/apparmor; : >/proc/self/attr/exec
		: >/proc/self/attr/apparmor/exec; ln -s self /proc/thread-self'
	audited socle exec -u 1000:1000 "$c" /bin/auditor </dev/null
	same '[1000,1000,1000]' "$(found '.uid[:3]')"
	same '"0000000000000000"' "$(found .CapEff)"
	gone "$c"
}

@test "SEC-45 SEC-46 exec: --cap makes nothing inheritable or ambient, and a user has none" {
	detach "$c"
	audited socle exec -c CAP_NET_RAW "$c" /bin/auditor </dev/null
	same '"0000000000000000" "0000000000000000"' "$(found .CapInh) $(found .CapAmb)"
	audited socle exec -u 1000 -c CAP_NET_RAW "$c" /bin/auditor </dev/null
	same '"0000000000000000"' "$(found .CapAmb)"
	gone "$c"
}

@test "SEC-50 exec: no group of the caller's, nor of the container's other user" {
	config '.process.user.additionalGids = [7]'
	detach "$c"
	audited setpriv --groups 0,10,4242 "$SOCLE" --root "$root" exec -u 1000:1000 "$c" /bin/auditor </dev/null
	same '[]' "$(found .groups)"
	audited setpriv --groups 0,10,4242 "$SOCLE" --root "$root" exec -u 1000:1000 -g 5 "$c" /bin/auditor </dev/null
	same '[5]' "$(found .groups)"
	gone "$c"
}

@test "SEC-62 exec: no more than the container's own confinement" {
	config '.process.noNewPrivileges = true'
	detach "$c"
	echo '{"args": ["/bin/auditor"], "cwd": "/", "user": {"uid": 0, "gid": 0}}' >process
	audited socle exec --process process "$c" </dev/null
	same 1 "$(found .NoNewPrivs)"
	same "\"$(sed -n 's/^CapBnd:\s*//p' "/proc/$(pid "$c")/status")\"" "$(found .CapBnd)"
	same "$(found .cgroups)" "$(socle exec "$c" /bin/auditor </dev/null | jq -c .cgroups)"
	gone "$c"
}
