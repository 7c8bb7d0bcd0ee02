# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Containers of a user without any privilege, by its own id alone, with ids that it was lent, and as root of a user
# namespace.

load helpers
load rootless

setup_file() { make_user_base; }
setup() { begin_user; }
teardown() { finish_user; }

# ---- as it comes

@test "rootless: what spec --rootless writes runs as it is" {
	program 'id -u; id -g; cat /proc/self/uid_map /proc/self/setgroups; hostname; echo $$'
	run -0 inside_mine
	same "0 0 0 $USER_ID 1 deny socle 1" "$(xargs <<<"$output")"
}

@test "rootless: on a terminal, too" {
	config '.process.terminal = true'
	program 'tty; test -c /dev/console && echo console; stty size'
	printf '%q ' setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups "$SOCLE" run -b "$bundle" "$c" >command
	mkfifo typed
	script -qec "stty rows 30 cols 100; . ./command" /dev/null 0<>typed >shown
	output=$(<shown)
	same "/dev/pts/0 console 30 100" "$(tr -d '\r\0' <<<"$output" | xargs)"
}

@test "rootless: devices can be used, /dev has its links, masks and read-only paths hold" {
	program 'for d in null zero full random urandom tty; do [ -c /dev/$d ] || echo "no $d"; done
		echo gone >/dev/null; head -c 3 /dev/zero | wc -c; readlink /dev/ptmx
		ls /proc/acpi /sys/firmware | grep -c .; wc -c </proc/timer_list
		echo 1 2>/dev/null >/proc/sys/kernel/panic || echo refused; touch /here 2>/dev/null || echo read-only'
	run -0 inside_mine
	[[ ${lines[*]} == "3 pts/ptmx "*" 0 refused read-only" ]] || { echo "${lines[*]}"; false; }
}

@test "rootless: a seccomp filter, with noNewPrivileges and without, its cache, and its listener" {
	"${CC:-cc}" -o agent "$BATS_TEST_DIRNAME/seccomp-agent.c"
	config '.process.args = ["/bin/mkdir", "/tmp/made"]'
	config '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": $path, "syscalls": [{"names": ["mkdir",
		"mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}' --arg path "$PWD/agent.socket"
	for kind in true false; do
		config ".process.noNewPrivileges = $kind"
		run -1 inside_mine
		[[ $output == *"No space left on device"* ]]
	done
	same "$USER_ID 600" "$(stat -c '%u %a' "$root"/.seccomp/*)"
	background "${as_user[@]}" ./agent agent.socket # itself, not a shell around it, as it is killed in the end
	eventually test -S agent.socket
	config '.linux.seccomp.syscalls[0] = {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_NOTIFY"}'
	for kind in true false; do
		config ".process.noNewPrivileges = $kind"
		run -1 inside_mine
		[[ $output == *"cross-device link"* ]]
	done
}

@test "rootless: created, started, looked at, entered, killed and deleted" {
	program 'sleep 1000 & exec sleep 1001'
	user "$SOCLE" create -b "$bundle" "$c" </dev/null >"$c.out" 2>&1
	same created "$(mine state "$c" | jq -r .status)"
	same "$c" "$(mine list -q)"
	mine start "$c"
	same running "$(mine state "$c" | jq -r .status)"
	run -0 mine exec "$c" sh -c 'id -u; echo $PPID; pidof sleep | wc -w'
	same "0 0 2" "${lines[*]}"
	run -0 mine exec -t "$c" tty </dev/null
	[[ $output == /dev/pts/* ]]
	run -0 mine ps "$c"
	[[ $output == *"sleep 1000"*"sleep 1001"* || $output == *"sleep 1001"*"sleep 1000"* ]]
	same 2 "$(mine ps -f json "$c" | jq length)"
	mine kill "$c" KILL
	eventually eval '[ "$(mine state "$c" | jq -r .status)" = stopped ]'
	mine delete "$c"
	same "" "$(mine list -q)"
}

@test "rootless: the state is kept in XDG_RUNTIME_DIR, or where --root says; without both there is an error" {
	program 'exec sleep 1000'
	detach_mine "$c"
	[ -e "$XDG_RUNTIME_DIR/socle/$c/state.json" ]
	mine delete --force "$c"
	user mkdir elsewhere
	user env -u XDG_RUNTIME_DIR "$SOCLE" --root elsewhere run -d -b "$bundle" "$c" </dev/null >"$c.out" 2>&1
	[ -e "elsewhere/$c/state.json" ]
	user env -u XDG_RUNTIME_DIR "$SOCLE" --root elsewhere delete --force "$c"
	refused env -u XDG_RUNTIME_DIR setpriv --reuid "$USER_ID" --clear-groups "$SOCLE" run -b "$bundle" "$c"
	says "XDG_RUNTIME_DIR" "--root"
}

@test "rootless: a root that has privileges alone is refused with what would help" {
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	without user
	refused inside_mine
	says "/linux/namespaces" "user namespace" "spec --rootless"
}

@test "rootless: hooks run as the user" {
	cat >hook <<EOF2
#!/bin/sh
id -u >>$BATS_TEST_TMPDIR/run/hooked
EOF2
	chmod a+rx hook
	config '.hooks = {createRuntime: [{path: $p}], poststart: [{path: $p}], poststop: [{path: $p}]}' --arg p "$PWD/hook"
	program true
	inside_mine
	same "$USER_ID $USER_ID $USER_ID" "$(xargs <run/hooked)"
}

@test "rootless: a program's failure is its status, a missing one an error, and nothing is left" {
	program 'exit 7'
	run -7 inside_mine
	config '.process.args = ["/nowhere"]'
	refused inside_mine
	says "/process/args/0" "No such file or directory"
	refused mine state "$c"
}

# ---- ids

@test "rootless: lent ids are mapped by newuidmap and newgidmap" {
	two_maps
	config '.process.user = {uid: 5, gid: 6, additionalGids: [7, 65000]}'
	program 'id -u; id -g; id -G; cat /proc/self/uid_map /proc/self/setgroups'
	run -0 inside_lent
	same "5 6 6 7 65000 0 $USER_ID 1 1 $SUBIDS $SUBIDS_N allow" "$(xargs <<<"$output")"
}

@test "rootless: ids that nobody lent are refused in newuidmap's own words" {
	map "0:$USER_ID:1" 1:3000000:10
	program true
	refused inside_lent
	says "/linux/uidMappings" newuidmap "uid range [1-11) -> [3000000-3000010) not allowed"
	two_maps
	config '.linux.gidMappings[1].hostID = 3000000'
	refused inside_lent
	says "/linux/gidMappings" newgidmap "gid range"
}

@test "rootless: without newuidmap the error names the package" {
	two_maps
	program true
	refused user env PATH=/nowhere "$SOCLE" run -b "$bundle" "$c"
	says "/linux/uidMappings" newuidmap "PATH" uidmap
}

@test "rootless: newuidmap without its privilege: the error says why" {
	two_maps
	program true
	refused lent setpriv --no-new-privs "$SOCLE" run -b "$bundle" "$c"
	says newuidmap no_new_privs
}

@test "rootless: the caller's own id need not be root, and its closed directories are reached all the same" {
	map "0:$SUBIDS:1000" "1000:$USER_ID:1" "1001:$((SUBIDS + 1000)):1000"
	user mkdir -p closed/of/mine
	user sh -c 'echo mine >closed/of/mine/file'
	user cp -a bundle/rootfs closed/rootfs
	chown -R "$SUBIDS:$SUBIDS" closed/rootfs
	user chmod 700 closed
	config '.root.path = $p' --arg p "$PWD/closed/rootfs"
	config '.root.readonly = false | .mounts += [{destination: "/data", type: "bind", source: $p, options: ["rbind"]}]' \
		--arg p "$PWD/closed/of/mine"
	config '.process.user = {uid: 1000, gid: 1000}'
	program 'id -u; cat /data/file; stat -c %u /data /bin; head -n 1 /proc/self/uid_map'
	run -0 inside_lent
	same "1000 mine 1000 0 0 $SUBIDS 1000" "$(xargs <<<"$output")"
	rmdir closed/rootfs/data
}

@test "rootless: exec into a container whose root is a lent id" {
	map "0:$SUBIDS:1000" "1000:$USER_ID:1"
	chown -R "$SUBIDS:$SUBIDS" bundle/rootfs/dev bundle/rootfs/proc bundle/rootfs/sys
	program 'exec sleep 1000'
	lent "$SOCLE" run -d -b "$bundle" "$c" </dev/null >"$c.out" 2>&1
	run -0 mine exec "$c" id -u
	same 0
	run -0 mine exec -u 1000:1000 "$c" id -u
	same 1000
	run -255 mine exec -u 1001 "$c" id -u
	[[ $output == *"/process/user/uid"*"1001 is not mapped"* || $output == *"1001 is not mapped"*"/process/user/uid"* ]]
	mine delete --force "$c"
}

@test "rootless: a user or group that is not mapped, and groups where there can be none" {
	program true
	config '.process.user.uid = 1'
	refused inside_mine
	says "/process/user/uid" "1 is not mapped"
	config '.process.user = {uid: 0, gid: 5}'
	refused inside_mine
	says "/process/user/gid" "5 is not mapped"
	config '.process.user = {uid: 0, gid: 0, additionalGids: [0]}'
	refused inside_mine
	says "/process/user/additionalGids/0" "additional groups" newgidmap
	two_maps
	config '.process.user.additionalGids = [1, 65537]'
	refused inside_lent
	says "/process/user/additionalGids/1" "65537 is not mapped"
}

@test "rootless: maps without a root, none at all, overlapping, of no size" {
	program true
	map "1:$USER_ID:1"
	refused inside_mine
	says "/linux/uidMappings" "id 0"
	config '.linux.uidMappings = []'
	refused inside_mine
	says "/linux/uidMappings" "needs mappings"
	map "0:$USER_ID:1" "0:$SUBIDS:1"
	refused inside_lent
	says "/linux/uidMappings/1" "mapping 0 has already"
	map "0:$USER_ID:0"
	refused inside_mine
	says "/linux/uidMappings/0/size" "maps no id"
}

# ---- what a user namespace is refused

@test "rootless: a new sysfs, proc and mqueue of the host's namespaces are the host's own" {
	without pid ipc
	config '.mounts |= map(if .destination == "/sys" then {destination: "/sys", type: "sysfs", options: ["ro", "nosuid"]}
		else . end)'
	program 'ls /sys/class/net; readlink /proc/self; stat -f -c %T /proc /sys; grep " /sys sysfs" /proc/mounts | grep -o "ro,nosuid"'
	if [ ! -e /dev/mqueue ]; then
		refused inside_mine
		says /mounts/4 mqueue "the host has none"
		config 'del(.mounts[4])'
	fi
	run -0 inside_mine
	same "$(ls /sys/class/net | xargs)" "$(head -n "$(ls /sys/class/net | wc -l)" <<<"$output" | xargs)"
	[[ $output == *proc*sysfs*ro,nosuid* ]]
}

@test "rootless: the group of terminals may have no number" {
	config '(.mounts[] | select(.type == "devpts")).options += ["gid=5"]'
	program 'grep devpts /proc/mounts'
	run -0 inside_mine
	[[ $output != *gid=* ]]
	two_maps
	run -0 inside_lent
	[[ $output == *"gid=$((SUBIDS + 4))"* || $output == *gid=5* ]]
}

@test "rootless: a bind keeps the flags that are locked on its source" {
	mkdir locked
	config '.mounts += [{destination: "/tmp", type: "bind", source: $p, options: ["bind", "rw", "dev", "suid", "exec"]}]' \
		--arg p "$PWD/locked"
	program 'grep " /tmp " /proc/mounts'
	cat >probe <<'EOF2'
		mount -t tmpfs -o nosuid,nodev,noexec,noatime tmpfs locked
		exec setpriv --reuid "$1" --regid "$1" --clear-groups "$2" run -b bundle "$3"
EOF2
	run -0 unshare -m sh probe "$USER_ID" "$SOCLE" "$c"
	[[ $output == *nosuid,nodev,noexec,noatime* ]]
	config '.mounts[-1].options = ["bind", "relatime", "ro"]'
	run -0 unshare -m sh probe "$USER_ID" "$SOCLE" "$c"
	[[ $output == *ro,nosuid,nodev,noexec,noatime* ]]
}

@test "rootless: the OOM score can be raised, and is left as it is where it would be lowered" {
	program 'cat /proc/self/oom_score_adj'
	config '.process.oomScoreAdj = 500'
	run -0 inside_mine
	same 500
	config '.process.oomScoreAdj = -500'
	run -0 --separate-stderr inside_mine
	same "$(cat /proc/self/oom_score_adj)"
	says "/process/oomScoreAdj" "leaving it"
}

@test "rootless: kernel parameters of its own network" {
	config '.linux.namespaces += [{type: "network"}] | .linux.sysctl = {"net.ipv4.ip_forward": "1"}'
	program 'cat /proc/sys/net/ipv4/ip_forward /sys/class/net/lo/flags; ls /sys/class/net'
	config '.mounts |= map(if .destination == "/sys" then {destination: "/sys", type: "sysfs"} else . end)'
	run -0 inside_mine
	same "1 0x9 lo" "$(xargs <<<"$output")"
}

@test "rootless: no more user namespaces than the kernel allows" {
	program true
	map 0:0:1
	cat >probe <<'EOF2'
		mount -t tmpfs tmpfs run
		echo 0 >/proc/sys/user/max_user_namespaces
		exec "$1" --root "$PWD/run/state" run -b bundle "$2"
EOF2
	refused unshare -Urm sh probe "$SOCLE" "$c"
	says "/linux/namespaces" max_user_namespaces
}

# ---- cgroups

# delegated COMMAND…: as the user, in cgroups that are the user's
delegated() {
	local h
	for h in /sys/fs/cgroup /sys/fs/cgroup/*; do
		[ ! -L "$h" ] && [ -e "$h/cgroup.procs" ] || continue
		mkdir "$h/$c.lent"
		[ ! -e "$h/cpuset.cpus" ] || { cat "$h/cpuset.cpus" >"$h/$c.lent/cpuset.cpus"; cat "$h/cpuset.mems" >"$h/$c.lent/cpuset.mems"; }
		chown "$USER_ID:$USER_ID" "$h/$c.lent" "$h/$c.lent/"{cgroup.procs,tasks,cgroup.subtree_control} 2>/dev/null
	done
	# shellcheck disable=SC2016 # the inner shell's
	sh -c 'for d in /sys/fs/cgroup/"$1".lent /sys/fs/cgroup/*/"$1".lent; do [ ! -e "$d" ] || echo $$ >"$d/cgroup.procs"; done
		id=$2; shift 2; exec setpriv --reuid "$id" --regid "$id" --clear-groups --inh-caps=-all "$@"' - "$c" "$USER_ID" "$@"
}

undelegated() { rmdir /sys/fs/cgroup/"$c.lent" /sys/fs/cgroup/*/"$c.lent" 2>/dev/null || true; }

@test "rootless: in cgroups that are the user's the container has its own, and can be paused" {
	[ -e /sys/fs/cgroup/freezer ] || [ -e /sys/fs/cgroup/cgroup.controllers ] || skip "no freezer on this host"
	program 'exec sleep 1000'
	delegated "$SOCLE" run -d -b "$bundle" "$c" </dev/null >"$c.out" 2>&1 || { cat "$c.out"; false; }
	grep -q "$c.lent/$c\$" "/proc/$(mine state "$c" | jq .pid)/cgroup"
	mine pause "$c"
	same paused "$(mine state "$c" | jq -r .status)"
	mine resume "$c"
	same 1 "$(mine ps -f json "$c" | jq length)"
	mine kill --all "$c" KILL
	eventually eval '[ "$(mine state "$c" | jq -r .status)" = stopped ]'
	mine delete "$c"
	undelegated
	run ! compgen -G "/sys/fs/cgroup/*/$c.lent"
}

@test "rootless: without a cgroup of its own a container cannot be paused, and says so" {
	program 'exec sleep 1000'
	detach_mine "$c"
	same "" "$(jq -r '.cgroups // [] | add // ""' "$root/$c/state.json")"
	refused mine pause "$c"
	says "no cgroup of its own"
	mine delete --force "$c"
}

@test "rootless: a cgroup that is named and cannot be made is an error" {
	program true
	config '.linux.cgroupsPath = "/mine"'
	refused inside_mine
	says "/linux/cgroupsPath" "Permission denied"
	refused mine --rootless=false run -b "$bundle" "$c"
	says "/linux/cgroupsPath" "Permission denied"
}

@test "rootless: a limit without a cgroup is an error" {
	program true
	config '.linux.resources = {pids: {limit: 10}}'
	refused inside_mine
	says "/linux/resources/pids/limit" "a limit needs a cgroup"
}

@test "rootless: all processes are found without a cgroup, in the host's pid namespace too" {
	without pid
	config '.mounts |= map(select(.destination != "/proc")) | del(.linux.maskedPaths, .linux.readonlyPaths)'
	program 'sleep 1000 & sleep 1001 & exec sleep 1002'
	detach_mine "$c"
	eventually eval '[ "$(mine ps -f json "$c" | jq length)" = 3 ]'
	mine delete --force "$c"
}

@test "rootless: kill --all without a cgroup" {
	program 'trap "echo told" USR1; sh -c "trap \"echo told; exit\" USR1; echo ready; while :; do sleep 0.1; done" & wait; wait'
	detach_mine "$c"
	eventually says_in "$c.out" ready
	mine kill --all "$c" USR1
	eventually eval '[ "$(mine state "$c" | jq -r .status)" = stopped ]'
	same 2 "$(grep -c told "$c.out")"
	mine delete "$c"
}

@test "rootless: --cgroup-manager disabled makes no cgroup, for root either" {
	SOCLE=$BATS_FILE_TMPDIR/socle
	config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
	program 'exec sleep 1000'
	"$SOCLE" --root "$BATS_TEST_TMPDIR/state" --cgroup-manager disabled run -d -b "$bundle" "$c" </dev/null >"$c.out" 2>&1
	same "" "$(find /sys/fs/cgroup -type d -name "$c")"
	same 1 "$("$SOCLE" --root "$BATS_TEST_TMPDIR/state" ps -f json "$c" | jq length)"
	"$SOCLE" --root "$BATS_TEST_TMPDIR/state" delete --force "$c"
	config '.linux.resources = {pids: {limit: 10}}'
	refused "$SOCLE" --root "$BATS_TEST_TMPDIR/state" --cgroup-manager disabled run -b "$bundle" "$c"
	says "/linux/resources/pids/limit" "a limit needs a cgroup"
}

# ---- root of a user namespace, as an engine without root makes it

# rootful: no user namespace of the container's own
rootful() { config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'; }

@test "namespace root: a container without a user namespace of its own" {
	rootful
	config '.process.oomScoreAdj = -10'
	program 'id -u; cat /proc/self/uid_map; for d in null zero full random urandom tty; do [ -c /dev/$d ] || echo "no $d"; done; echo gone >/dev/null
		readlink /dev/ptmx; grep -c " /sys/fs/cgroup" /proc/mounts >/dev/null && echo cgroups'
	run -0 --separate-stderr user env -u USER unshare -Urm "$SOCLE" run -b "$bundle" "$c" </dev/null
	same "0 0 $USER_ID 1 pts/ptmx cgroups" "$(xargs <<<"$output")"
	says "/process/oomScoreAdj"
}

@test "namespace root: with a network and processes that are not its own" {
	rootful
	without pid
	config '.linux.namespaces += [{type: "network"}] | .mounts |= map(if .destination == "/sys" then {destination: "/sys", type: "sysfs"} else . end)'
	program 'ls /sys/class/net; stat -f -c %T /proc'
	run -0 user unshare -Urm "$SOCLE" run -b "$bundle" "$c" </dev/null
	same "lo proc" "$(xargs <<<"$output")"
}

@test "namespace root: a user namespace within, with mounts of its own and without" {
	map 0:0:1
	program 'id -u; cat /proc/self/uid_map'
	for option in -Urm -Ur; do
		run -0 user unshare "$option" "$SOCLE" run -b "$bundle" "$c" </dev/null
		same "0 0 0 1" "$(xargs <<<"$output")"
	done
	map 0:1:1
	refused user unshare -Urm "$SOCLE" run -b "$bundle" "$c"
	says "/linux/uidMappings" "Operation not permitted" "/proc/self/uid_map"
}

@test "namespace root: its whole life, with exec" {
	rootful
	program 'exec sleep 1000'
	cat >probe <<'EOF2'
		set -e
		"$1" create -b bundle "$2" </dev/null >out 2>&1
		"$1" start "$2"
		"$1" exec "$2" sh -c 'id -u; echo $$'
		"$1" kill "$2" KILL
		while [ "$("$1" state "$2" | jq -r .status)" != stopped ]; do sleep 0.02; done
		"$1" delete "$2"
		"$1" list -q
EOF2
	user unshare -Urm env -u USER sh probe "$SOCLE" "$c" >shown 3>&-
	[[ $(xargs <shown) == "0 "* ]]
}

@test "namespace root: a procfs that is covered in part allows no new one" {
	rootful
	program true
	cat >probe <<'EOF2'
		mount -t tmpfs tmpfs /proc/bus
		exec setpriv --reuid "$1" --regid "$1" --clear-groups unshare -Urm "$2" run -b bundle "$3"
EOF2
	refused unshare -m sh probe "$USER_ID" "$SOCLE" "$c"
	says /mounts/0 "Operation not permitted" "fully visible"
}

# ---- joined namespaces, with the user namespace that owns them

# hold: all kinds of namespaces, owned by a user namespace of the user's, as $holder
hold() {
	background "${as_user[@]}" unshare -Urmnpiu -C --fork --kill-child sh -c 'echo ready; exec sleep 1000'
	eventually says_in background.out ready
	holder=$(pgrep -P "$!")
}

# joined TYPE…: these are the holder's, the others new
joined() {
	local type
	rootful
	config '.linux.namespaces = [{type: "mount"}]'
	for type in user pid network ipc uts cgroup; do
		if [[ " $* " == *" $type "* ]]; then
			config '.linux.namespaces += [{type: $t, path: $p}]' --arg t "$type" --arg p "/proc/$holder/ns/${files[$type]}"
		else
			config '.linux.namespaces += [{type: $t}]' --arg t "$type"
		fi
	done
}

# same_as_holder TYPE…: of the program's namespaces, listed in $output, these are the holder's and no others
same_as_holder() {
	local type its
	for type in user pid network ipc uts cgroup; do
		its=$(readlink "/proc/$holder/ns/${files[$type]}")
		if [[ " $* " == *" $type "* ]]; then
			[[ $output == *"$its"* ]] || { echo "$*: $type is not the holder's"; return 1; }
		else
			[[ $output != *"$its"* ]] || { echo "$*: $type is the holder's"; return 1; }
		fi
	done
}

declare -gA files=([user]=user [pid]=pid [network]=net [ipc]=ipc [uts]=uts [cgroup]=cgroup)

@test "joined: a user namespace with every combination of what it owns" {
	hold
	program 'for n in user pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done'
	for n in $(seq 0 31); do
		types=(user) k=0
		for type in pid network ipc uts cgroup; do
			[ $((n >> k & 1)) = 0 ] || types+=("$type")
			k=$((k + 1))
		done
		joined "${types[@]}"
		run -0 inside_mine
		same_as_holder "${types[@]}"
	done
}

@test "joined: the same by root, and a network that another user namespace owns" {
	hold
	program 'for n in user pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done'
	for types in user "user network" "user pid ipc" "user pid network ipc uts cgroup"; do
		# shellcheck disable=SC2086 # a list
		joined $types
		run -0 "$SOCLE" --root "$BATS_TEST_TMPDIR/state" run -b bundle "$c" </dev/null
		# shellcheck disable=SC2086
		same_as_holder $types
	done
	joined user
	config '(.linux.namespaces[] | select(.type == "network")).path = $p' --arg p "/proc/$$/ns/net"
	run -0 "$SOCLE" --root "$BATS_TEST_TMPDIR/state" run -b bundle "$c" </dev/null
	same_as_holder user
	[[ $output == *"$(readlink /proc/$$/ns/net)"* ]]
}

@test "joined: a new user namespace beside namespaces that it does not own, by root" {
	background unshare -npiu --fork --kill-child sh -c 'echo ready; exec sleep 1000'
	eventually says_in background.out ready
	holder=$(pgrep -P "$!")
	program 'for n in pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done; cat /proc/self/uid_map'
	config '.mounts |= map(select(.type != "mqueue" and .type != "proc")) | del(.linux.maskedPaths, .linux.readonlyPaths, .hostname)'
	config '.mounts += [{destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]}]'
	for types in network "network uts" "ipc uts" "pid network ipc uts"; do
		# shellcheck disable=SC2086 # a list
		joined $types
		jq '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}] |
			.linux.gidMappings = .linux.uidMappings' bundle/config.json >next
		cat next >bundle/config.json
		run -0 "$SOCLE" --root "$BATS_TEST_TMPDIR/state" run -b bundle "$c" </dev/null
		[[ $output == *"100000"* ]]
		for type in $types; do
			[[ $output == *"$(readlink "/proc/$holder/ns/${files[$type]}")"* ]] || { echo "$types: $type"; false; }
		done
	done
}

@test "joined: a mount namespace with the user namespace that owns it, and what is left of it" {
	cat >holder.sh <<'EOF2'
		mount -t tmpfs tmpfs run
		cp -a bundle/rootfs run/rootfs
		echo there >run/rootfs/marker
		echo ready
		exec sleep 1000
EOF2
	background "${as_user[@]}" unshare -Urm sh holder.sh
	holder=$!
	eventually says_in background.out ready
	user mkdir state
	rootful
	config '.linux.namespaces |= map(if .type == "mount" then .path = $m else . end) + [{type: "user", path: $u}] | .root.path = $r' \
		--arg m "/proc/$holder/ns/mnt" --arg u "/proc/$holder/ns/user" --arg r "$PWD/run/rootfs"
	program 'cat /marker; exec sleep 1000'
	before=$(wc -l <"/proc/$holder/mountinfo")
	user "$SOCLE" --root "$PWD/state" run -d -b bundle "$c" </dev/null >"$c.out" 2>&1 || { cat "$c.out"; false; }
	eventually says_in "$c.out" there
	user "$SOCLE" --root "$PWD/state" delete --force "$c"
	same "$before" "$(wc -l <"/proc/$holder/mountinfo")"
	rmdir state
}

@test "joined: a mount namespace beside a new user namespace is refused" {
	program true
	config '.linux.namespaces |= map(if .type == "mount" then .path = "/proc/self/ns/mnt" else . end)'
	refused inside_mine
	says "/linux/namespaces" "another user namespace"
}
