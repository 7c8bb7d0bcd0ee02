# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The container's own cgroup, on whatever hierarchies the host has.

load helpers

setup_file() { make_base; }
setup() { begin; }
teardown() { finish; }

# its_cgroups ID: the directories that are named for it
its_cgroups() { host_cgroups | grep -F "$1" || true; }

# everywhere PID NAME: is its cgroup in every hierarchy called so?
everywhere() {
	! grep -vE "(^|[:/])$2\$" "/proc/$1/cgroup"
}

@test "cgroups: a container is in a cgroup of its own in every hierarchy, named for its id" {
	program 'exec sleep 1000'
	create "$c"
	run everywhere "$(pid "$c")" "$c"
	same ""
	[ -n "$(its_cgroups "$c")" ]
	gone "$c"
	same "" "$(its_cgroups "$c")"
}

@test "cgroups: all processes of a container are, from the first instruction of each" {
	without cgroup
	program '(cat /proc/self/cgroup); cat /proc/1/cgroup'
	run -0 inside
	run -1 grep -v "/$c\$" <<<"$output"
}

@test "cgroups: the cgroup namespace's root is the container's cgroup" {
	program 'cat /proc/self/cgroup'
	run -0 inside
	run -1 grep -v ':/$' <<<"$output"
}

@test "cgroups: a path from the root, and one from the caller's cgroup" {
	program 'exec sleep 1000'
	config '.linux.cgroupsPath = $p' --arg p "/$c-a/b/c"
	create "$c"
	run grep -vE ":/$c-a/b/c\$" "/proc/$(pid "$c")/cgroup"
	same ""
	gone "$c"
	same "" "$(its_cgroups "$c-a")" # the parents that were made for it are gone as well
	config '.linux.cgroupsPath = $p' --arg p "$c-d/e"
	create "$c"
	run everywhere "$(pid "$c")" "$c-d/e"
	same ""
	gone "$c"
	same "" "$(its_cgroups "$c-d")"
}

@test "cgroups: parents that others use by now stay" {
	program 'exec sleep 1000'
	config '.linux.cgroupsPath = $p' --arg p "/$c-p/one"
	create "${c}1"
	config '.linux.cgroupsPath = $p' --arg p "/$c-p/two"
	create "${c}2"
	gone "${c}1"
	same created "$(status "${c}2")"
	[ -n "$(its_cgroups "$c-p/two")" ]
	gone "${c}2"
	for dir in $(its_cgroups "$c-p"); do # the first one made them, and could not remove them
		rmdir "$dir"
	done
}

@test "cgroups: one that exists and is empty is used, and removed" {
	program 'true'
	for h in /sys/fs/cgroup/cpu /sys/fs/cgroup/unified /sys/fs/cgroup; do
		[ ! -e "$h/cgroup.procs" ] || mkdir "$h/$c-x"
	done
	config '.linux.cgroupsPath = $p' --arg p "/$c-x"
	run -0 inside
	same "" "$(its_cgroups "$c-x")"
}

@test "cgroups: one that holds processes is refused, and its processes live on" {
	for h in /sys/fs/cgroup/pids /sys/fs/cgroup/memory /sys/fs/cgroup/unified /sys/fs/cgroup; do
		[ ! -e "$h/cgroup.procs" ] || break
	done
	mkdir "$h/$c-x"
	background sleep 1000
	other=$!
	echo "$other" >"$h/$c-x/cgroup.procs"
	program 'true'
	config '.linux.cgroupsPath = $p' --arg p "/$c-x"
	refused inside
	says "holds processes already" "$c-x"
	kill -0 "$other"
	same "$h/$c-x" "$(its_cgroups "$c-x")"
	kill -KILL "$other"
	wait "$other" || true
	eventually rmdir "$h/$c-x"
}

# In a hierarchy of version 2, with or without controllers: where there are threaded cgroups, others take no process.
@test "cgroups: one among threads is refused, and the error says why" {
	for h in /sys/fs/cgroup/unified /sys/fs/cgroup; do
		[ ! -e "$h/cgroup.subtree_control" ] || break
	done
	[ -e "$h/cgroup.subtree_control" ] || skip "no version 2"
	mkdir -p "$h/$c-x/thread" "$h/$c-x/other"
	echo threaded >"$h/$c-x/thread/cgroup.type"
	same "domain invalid" "$(<"$h/$c-x/other/cgroup.type")"
	program 'true'
	config '.linux.cgroupsPath = $p' --arg p "/$c-x/other"
	refused inside
	says "domain invalid" "takes no such process"
	rmdir "$h/$c-x/thread" "$h/$c-x"
	same "" "$(its_cgroups "$c-x")"
}

# frozen DIR…, thawed DIR…: by whichever freezer there is
frozen() { local d; for d; do echo FROZEN >"$d/freezer.state" || echo 1 >"$d/cgroup.freeze"; done 2>/dev/null; }
thawed() { local d; for d; do echo THAWED >"$d/freezer.state" || echo 0 >"$d/cgroup.freeze"; done 2>/dev/null; }

@test "cgroups: one that is frozen is refused, and so is one below it; nothing waits for them" {
	for h in /sys/fs/cgroup/freezer /sys/fs/cgroup/unified /sys/fs/cgroup; do
		[ -e "$h/cgroup.procs" ] || continue
		unconfigured
		program 'true'
		mkdir "$h/$c-x"
		frozen "$h/$c-x"
		for path in "/$c-x" "/$c-x/below"; do
			config '.linux.cgroupsPath = $p' --arg p "$path"
			refused timeout 20 "$SOCLE" --root "$root" run -b bundle "$c"
			says "frozen" "$c-x"
		done
		thawed "$h/$c-x"
		rmdir "$h/$c-x"
	done
	same "" "$(its_cgroups "$c-x")"
}

@test "cgroups: what the container made in its cgroup goes with it" {
	config '(.mounts[] | select(.destination == "/sys/fs/cgroup")).options |= map(select(. != "ro"))'
	program 'for d in /sys/fs/cgroup /sys/fs/cgroup/*/; do [ ! -e $d/cgroup.procs ] || mkdir -p $d/sub/sub && made=1; done; echo $made; exec sleep 1000'
	detach "$c"
	eventually says_in "$c.out" 1
	its_cgroups "$c/sub/sub" | grep -q .
	gone "$c"
	same "" "$(its_cgroups "$c")"
}

@test "cgroups: the mount shows the container's cgroup and nothing above" {
	program 'for d in /sys/fs/cgroup /sys/fs/cgroup/*/; do [ ! -e $d/cgroup.procs ] || cat $d/cgroup.procs; done | sort -u'
	run -0 inside
	grep -qx 1 <<<"$output"
	run -1 grep -vE '^[0-9]{1,2}$' <<<"$output"
}

@test "cgroups: the hierarchies have the host's names, and links to their parts" {
	[ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ] || skip "version 2 alone"
	program 'ls /sys/fs/cgroup'
	run -0 inside
	expected=$(sed -n 's|^[^ ]* [^ ]* [^ ]* [^ ]* /sys/fs/cgroup/\([^ /]*\) .* - cgroup2\? .*|\1|p' /proc/self/mountinfo | sort)
	[ -z "$(comm -23 <(echo "$expected") <(sort <<<"$output"))" ]
}

@test "cgroups: the mount cannot be written" {
	program 'for d in /sys/fs/cgroup /sys/fs/cgroup/*/; do [ -e $d/cgroup.procs ] || continue; mkdir $d/x; done'
	run inside
	[ -n "$output" ]
	run -1 grep -v "Read-only file system" <<<"$output"
}

# Only version 2, as far as a mount namespace can show it: the host's own mount, as a new one would change its options.
only_v2='
	mkdir -p only && mount --bind "$v2" only && umount -R /sys/fs/cgroup && mount --move only /sys/fs/cgroup || exit 9
	"$SOCLE" --root "$root" run -b bundle "$c" </dev/null'

has_v2() {
	v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$v2" ] || skip "no cgroup version 2 here"
}

# with_only_v2: the container there
with_only_v2() {
	env v2="$v2" root="$root" c="$c" SOCLE="$SOCLE" unshare -m --propagation private sh -c "$only_v2"
}

@test "cgroups: with version 2 alone" {
	has_v2
	program 'grep " /sys/fs/cgroup" /proc/mounts; sed -n "s/^0:://p" /proc/self/cgroup; cat /sys/fs/cgroup/cgroup.procs | head -n 1'
	run -0 with_only_v2
	[ "${#lines[@]}" = 3 ]
	[[ ${lines[0]} == "cgroup /sys/fs/cgroup cgroup2 ro,"* ]]
	same / "${lines[1]}"
	same 1 "${lines[2]}"
	same "" "$(its_cgroups "$c")"
}

@test "cgroups: with version 2 alone, devices that nobody allowed cannot be opened" {
	has_v2
	config '.root.readonly = false | .process.capabilities[] |= . + ["CAP_MKNOD"] | .process.noNewPrivileges = false'
	program 'cd /tmp; mknod none c 60 1; (: <none); mknod null c 1 3; (: <null) && echo null; (: </dev/full) && echo full'
	run with_only_v2
	same "/bin/sh: can't open none: Operation not permitted
null
full"
}

# with_userns: the container has a user namespace, and may write to its cgroups
with_userns() {
	config '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
		| .linux.gidMappings = .linux.uidMappings | .mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
}

# What belongs to the container's root says 0 there, and what is the host's 65534.
@test "cgroups: with version 2 alone, one that can be written belongs to the root of the user namespace" {
	has_v2
	with_userns
	program 'cd /sys/fs/cgroup; stat -c "%n %u" . cgroup.procs cgroup.subtree_control cgroup.max.depth
		mkdir a b && echo 0 >a/cgroup.procs && echo 0 >b/cgroup.procs && sed -n "s/^0:://p" /proc/self/cgroup'
	run -0 with_only_v2
	same ". 0
cgroup.procs 0
cgroup.subtree_control 0
cgroup.max.depth 65534
/b"
	same "" "$(its_cgroups "$c")"
}

@test "cgroups: with version 2 alone, one that cannot be written stays the host's, and so without a cgroup namespace" {
	has_v2
	with_userns
	program 'cd /sys/fs/cgroup; stat -c "%n %u" . cgroup.procs'
	config '.mounts |= map(if .type == "cgroup" then .options += ["ro"] else . end)'
	run -0 with_only_v2
	same ". 65534
cgroup.procs 65534"
	config '.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
	without cgroup
	run -0 with_only_v2
	same ". 65534
cgroup.procs 65534"
}

@test "cgroups: with version 2 alone, run.oci.delegate-cgroup is one below the container's, which its process is in" {
	has_v2
	with_userns
	config '.annotations = {"run.oci.delegate-cgroup": "payload"}'
	program 'sed -n "s/^0:://p" /proc/self/cgroup; cd /sys/fs/cgroup; cat cgroup.procs; stat -c "%n %u" . cgroup.procs payload payload/cgroup.procs
		mkdir payload/x && echo 0 >payload/x/cgroup.procs && sed -n "s/^0:://p" /proc/self/cgroup
		mkdir y 2>/dev/null || echo none
		cmp cgroup.controllers payload/cgroup.controllers && echo handed down'
	run -0 with_only_v2
	same "/payload
. 65534
cgroup.procs 65534
payload 0
payload/cgroup.procs 0
/payload/x
none
handed down"
	same "" "$(its_cgroups "$c")"
}

@test "cgroups: run.oci.delegate-cgroup is a name, in a hierarchy of version 2 of whatever host, or an error" {
	program 'sed -n "s/^0:://p" /proc/self/cgroup'
	config '.annotations = {"run.oci.delegate-cgroup": "../x"}'
	refused inside
	says '"../x" cannot be the name of a cgroup' "/annotations/run.oci.delegate-cgroup"
	config '.annotations = {"run.oci.delegate-cgroup": ""}'
	has_v2
	run -0 inside
	same /
	config '.annotations = {"run.oci.delegate-cgroup": "payload"}'
	run -0 inside
	same /payload
	same "" "$(its_cgroups "$c")"
}

@test "cgroups: with version 1 alone" {
	[ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ] || skip "version 2 alone"
	cat >probe <<'EOF2'
		! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified
		"$SOCLE" --root "$root" run -b bundle "$c" </dev/null
EOF2
	program 'grep -c " cgroup2 " /proc/mounts; ls /sys/fs/cgroup'
	run -0 env root="$root" c="$c" SOCLE="$SOCLE" unshare -m --propagation private sh probe
	same 0 "${lines[0]}"
	[ "${#lines[@]}" -gt 1 ]
}

@test "cgroups: with none at all" {
	cat >probe <<'EOF2'
		umount -R /sys/fs/cgroup
		"$SOCLE" --root "$root" run -b bundle "$c" </dev/null
EOF2
	program 'echo good'
	refused env root="$root" c="$c" SOCLE="$SOCLE" unshare -m --propagation private sh probe
	says "/mounts/6" "cgroup"
	config 'del(.mounts[6])'
	run -0 env root="$root" c="$c" SOCLE="$SOCLE" unshare -m --propagation private sh probe
	same good
}

# There is no device 60:1: who may open it hears just that.
@test "cgroups: devices that nobody allowed cannot be opened, those of the default can" {
	config '.root.readonly = false | .process.capabilities[] |= . + ["CAP_MKNOD"]'
	program 'cd /tmp; mknod none c 60 1; (: <none); mknod null c 1 3; (: <null) && echo null; (: </dev/full) && echo full'
	run inside
	same "/bin/sh: can't open none: Operation not permitted
null
full"
}

@test "cgroups: an allowed device can be opened, for what it is allowed for" {
	config '.root.readonly = false | .process.capabilities[] |= . + ["CAP_MKNOD"] | .linux.resources.devices =
		[{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 60, "minor": 1, "access": "r"}]'
	program 'cd /tmp; mknod none c 60 1; (: <none); (: >>none); mknod other c 60 2; (: <other)'
	run inside
	same "/bin/sh: can't open none: No such device or address
/bin/sh: can't create none: Operation not permitted
/bin/sh: can't open other: Operation not permitted"
}
