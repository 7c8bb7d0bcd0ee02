# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Limits: read back, felt, refused; on whatever version of cgroups the host has each controller in.

load helpers
load limits

setup_file() { make_base; }
setup() { begin; }
teardown() {
	[ ! -d "$root/$c" ] || gone "$c"
	finish
}

# limits JSON: /linux/resources, beside the device rules
limits() { config '.linux.resources += $r' --argjson r "$1"; }

# starts JSON: a container that sleeps, with these limits
starts() {
	limits "$1"
	program 'exec sleep 1000'
	create "$c"
}

unlimited_v1=$(mounted=$(awk '$0 ~ / - cgroup .*[ ,]memory(,|$)/ { print $5; exit }' /proc/self/mountinfo); cat "$mounted/memory.limit_in_bytes" 2>/dev/null || true)

# ---- read back

@test "limits: memory" {
	needs memory
	starts '{"memory": {"limit": 67108864, "reservation": 33554432}}'
	has_limit "$c" memory.limit_in_bytes 67108864 memory.max 67108864
	has_limit "$c" memory.soft_limit_in_bytes 33554432 memory.low 33554432
}

@test "limits: memory and swap together" {
	needs memory
	starts '{"memory": {"limit": 67108864, "swap": 100663296}}'
	dir=$(cgroup_of "$c" memory)
	[ -e "$dir/memory.memsw.limit_in_bytes" ] || [ -e "$dir/memory.swap.max" ] || skip "this kernel does not count swap"
	has_limit "$c" memory.limit_in_bytes 67108864 memory.max 67108864
	has_limit "$c" memory.memsw.limit_in_bytes 100663296 memory.swap.max 33554432
}

@test "limits: no limit of memory, and none of swap with it" {
	needs memory
	starts '{"memory": {"limit": -1, "reservation": -1}}'
	has_limit "$c" memory.limit_in_bytes "$unlimited_v1" memory.max max
	has_limit "$c" memory.soft_limit_in_bytes "$unlimited_v1" memory.low max
}

@test "limits: what only version 1 has of memory" {
	v1_has memory || skip "version 2"
	starts '{"memory": {"limit": 67108864, "kernelTCP": 4194304, "swappiness": 30, "disableOOMKiller": true, "useHierarchy": true}}'
	dir=$(cgroup_of "$c" memory)
	same 4194304 "$(<"$dir/memory.kmem.tcp.limit_in_bytes")"
	same 30 "$(<"$dir/memory.swappiness")"
	grep -q "oom_kill_disable 1" "$dir/memory.oom_control"
}

@test "limits: what version 2 does not have of memory is refused, or a warning says so" {
	v1_has memory && skip "version 1"
	needs memory
	program 'echo good'
	limits '{"memory": {"swappiness": 30, "kernelTCP": 4194304}}'
	run -0 --separate-stderr inside
	same good
	says "/linux/resources/memory/swappiness: ignored" "/linux/resources/memory/kernelTCP: ignored"
	limits '{"memory": {"disableOOMKiller": true}}'
	refused inside
	says "/linux/resources/memory/disableOOMKiller" "OOM killer"
}

@test "limits: memory of the kernel by itself is a thing of the past, and a warning says so" {
	program 'echo good'
	limits '{"memory": {"kernel": 4194304}}'
	run -0 --separate-stderr inside
	same good
	says "warning: /linux/resources/memory/kernel: ignored"
	limits '{"memory": {"kernel": -1}}'
	run -0 --separate-stderr inside
	same "" "$stderr"
}

@test "limits: shares" {
	needs cpu
	starts '{"cpu": {"shares": 512}}'
	has_limit "$c" cpu.shares 512 cpu.weight 59
}

@test "limits: quota, period and burst" {
	needs cpu
	starts '{"cpu": {"quota": 60000, "period": 120000, "burst": 20000}}'
	has_limit "$c" cpu.cfs_quota_us 60000 cpu.max "60000 120000"
	has_limit "$c" cpu.cfs_period_us 120000 cpu.max "60000 120000"
	has_limit "$c" cpu.cfs_burst_us 20000 cpu.max.burst 20000
}

@test "limits: no quota" {
	needs cpu
	starts '{"cpu": {"quota": -1, "period": 50000}}'
	has_limit "$c" cpu.cfs_quota_us -1 cpu.max "max 50000"
}

@test "limits: idle" {
	needs cpu
	starts '{"cpu": {"idle": 1}}'
	has_limit "$c" cpu.idle 1 cpu.idle 1
}

@test "limits: a share of realtime, where the kernel gives any" {
	v1_has cpu || skip "version 2 has none"
	[ -e "$(mounted cgroup cpu)/cpu.rt_runtime_us" ] || skip "this kernel has none"
	program 'exec sleep 1000'
	limits '{"cpu": {"realtimeRuntime": 1000, "realtimePeriod": 500000}}'
	if ! create "$c"; then # it is not divided by itself: whoever runs the tests may have none
		grep -q "the cgroup above has not that much of realtime" "$c.out"
		return
	fi
	dir=$(cgroup_of "$c" cpu)
	same 500000 "$(<"$dir/cpu.rt_period_us")"
	same 1000 "$(<"$dir/cpu.rt_runtime_us")"
}

@test "limits: processors and memory nodes" {
	needs cpuset
	starts '{"cpu": {"cpus": "0", "mems": "0"}}'
	has_limit "$c" cpuset.cpus 0 cpuset.cpus 0
	has_limit "$c" cpuset.mems 0 cpuset.mems 0
	grep -qE '^Cpus_allowed_list:\s0$' "/proc/$(pid "$c")/status"
}

@test "limits: without a cpuset of its own, that of the cgroup above" {
	v1_has cpuset || skip "version 2 needs no copy"
	starts '{}'
	dir=$(cgroup_of "$c" cpuset)
	same "$(<"$dir/../cpuset.cpus")" "$(<"$dir/cpuset.cpus")"
	same "$(<"$dir/../cpuset.mems")" "$(<"$dir/cpuset.mems")"
}

@test "limits: processes" {
	needs pids
	starts '{"pids": {"limit": 20}}'
	has_limit "$c" pids.max 20 pids.max 20
	gone "$c"
	unconfigured
	starts '{"pids": {"limit": -1}}'
	has_limit "$c" pids.max max pids.max max
}

@test "limits: block I/O" {
	needs blkio io
	device=$(lsblk -dnro MAJ:MIN,TYPE,SIZE | awk '$2 == "disk" && $3 != "0B" { print $1; exit }')
	[ -n "$device" ] || skip "no disk here"
	starts "$(jq -n --arg d "$device" '($d | split(":") | map(tonumber)) as $n | {major: $n[0], minor: $n[1]} as $d |
		{blockIO: {throttleReadBpsDevice: [$d + {rate: 1048576}], throttleWriteIOPSDevice: [$d + {rate: 120}]}}')"
	if v1_has blkio; then
		dir=$(cgroup_of "$c" blkio)
		same "$device 1048576" "$(<"$dir/blkio.throttle.read_bps_device")"
		same "$device 120" "$(<"$dir/blkio.throttle.write_iops_device")"
	else
		same "$device rbps=1048576 wbps=max riops=max wiops=120" "$(<"$(cgroup_of "$c" blkio)/io.max")"
	fi
}

@test "limits: weight of block I/O, whatever the kernel calls it" {
	needs blkio io
	program 'exec sleep 1000'
	limits '{"blockIO": {"weight": 300}}'
	create "$c" || true
	if ! grep -q . "$c.out"; then
		dir=$(cgroup_of "$c" blkio)
		grep -qxE '(default )?(300|2930)' "$dir"/blkio{,.bfq}.weight "$dir"/io{,.bfq}.weight 2>/dev/null
	else
		grep -qE "go(es)? by weights" "$c.out"
	fi
}

@test "limits: huge pages" {
	needs hugetlb
	starts '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}' ||
		{ grep -q "holds processes itself" "$c.out" && skip "the tests' own cgroup cannot hand the controller down"; }
	has_limit "$c" hugetlb.2MB.limit_in_bytes 4194304 hugetlb.2MB.max 4194304
	has_limit "$c" hugetlb.2MB.rsvd.limit_in_bytes 4194304 hugetlb.2MB.rsvd.max 4194304
}

@test "limits: the class of packets and their priorities" {
	v1_has net_cls && v1_has net_prio || skip "no net_cls and net_prio on this host"
	starts '{"network": {"classID": 1048577, "priorities": [{"name": "lo", "priority": 7}]}}'
	same 1048577 "$(<"$(cgroup_of "$c" net_cls)/net_cls.classid")"
	grep -qx "lo 7" "$(cgroup_of "$c" net_prio)/net_prio.ifpriomap"
}

@test "limits: keys of version 2, as they are" {
	v2_has memory || skip "version 2 does not have the controllers"
	starts '{"unified": {"memory.high": "67108864", "cpu.weight": "321", "cgroup.max.depth": "3", "pids.max": "77"}, "pids": {"limit": 20}}'
	dir=$(cgroup_of "$c" no-such-controller)
	same 67108864 "$(<"$dir/memory.high")"
	same 321 "$(<"$dir/cpu.weight")"
	same 3 "$(<"$dir/cgroup.max.depth")"
	same 77 "$(<"$dir/pids.max")"
}

@test "limits: what every cgroup of version 2 has can be set by its key, without any controller" {
	[ "$(layout)" != v1 ] || skip "no version 2"
	starts '{"unified": {"cgroup.max.descendants": "5"}}'
	same 5 "$(<"$(mounted cgroup2 '')$(sed -n 's/^0:://p' "/proc/$(pid "$c")/cgroup")/cgroup.max.descendants")"
}

@test "limits: controllers of version 2 are handed down to a path that is new" {
	v2_has memory || skip "version 2 does not have the controllers"
	config '.linux.cgroupsPath = $p' --arg p "/$c-a/b/c"
	starts '{"memory": {"limit": 67108864}, "pids": {"limit": 30}, "cpu": {"shares": 100}}'
	dir=$(cgroup_of "$c" no-such-controller)
	[[ $dir == */$c-a/b/c ]]
	same 67108864 "$(<"$dir/memory.max")"
	same 17 "$(<"$dir/cpu.weight")"
	gone "$c"
	[ -z "$(host_cgroups | grep -F "$c-a")" ]
}

@test "limits: a cgroup that has processes hands nothing down, and the error says so" {
	v2_has memory || skip "version 2 does not have the controllers"
	top=$(mounted cgroup2 '')
	mkdir "$top/$c-busy"
	background sleep 1000
	other=$!
	echo "$other" >"$top/$c-busy/cgroup.procs"
	program 'true'
	config '.linux.cgroupsPath = $p' --arg p "/$c-busy/x"
	limits '{"memory": {"limit": 67108864}}'
	refused inside
	says "holds processes itself" "$c-busy" '"memory"'
	kill -KILL "$other"
	wait "$other" || true
	eventually rmdir "$top/$c-busy"
}

# ---- felt

@test "limits: no more processes than allowed" {
	needs pids
	limits '{"pids": {"limit": 5}}'
	program 'for i in 1 2 3 4 5 6 7 8; do sleep 1000 & done; echo unreached'
	run ! inside
	[[ $output == *"an't fork"* ]]
}

@test "limits: no process at all beside the first" {
	needs pids
	limits '{"pids": {"limit": 0}}'
	program 'echo alone; (true); echo unreached'
	run ! inside
	[[ $output == *alone*"an't fork"* ]]
}

@test "limits: who takes more memory than allowed is killed" {
	needs memory
	limits '{"memory": {"limit": 16777216, "swap": 16777216}}'
	v1_has memory && [ ! -e "$(mounted cgroup memory)/memory.memsw.limit_in_bytes" ] && limits '{"memory": {"limit": 16777216, "swap": 0}}'
	program 'head -c 64m /dev/zero | tail -c 64m | wc -c; echo good'
	run -0 inside
	[[ $output != *67108864* && $output == *good* ]]
	program 'a=x; while :; do a=$a$a; done'
	run -137 inside
}

@test "limits: a container that has too little memory to begin says so" {
	needs memory
	limits '{"memory": {"limit": 4096}}'
	program 'true'
	refused socle create -b "$bundle" "$c"
	says "memory limit too low"
}

# A loop's own time, of which a tenth is allowed, against the clock.
@test "limits: processor time" {
	needs cpu
	limits '{"cpu": {"quota": 10000, "period": 100000}}'
	program 'exec sh -c "while :; do :; done"'
	detach "$c"
	dir=$(cgroup_of "$c" cpu)
	eventually awk '/^nr_throttled/ { exit !($2 > 2) }' "$dir/cpu.stat"
}

# ---- update

@test "update: each limit" {
	needs memory && needs cpu && needs pids && needs cpuset
	starts '{}'
	socle update --memory 64m --memory-reservation 32m --cpu-share 512 --cpu-quota 60000 --cpu-period 120000 \
		--cpu-burst 20000 --cpuset-cpus 0 --cpuset-mems 0 --pids-limit 20 "$c"
	has_limit "$c" memory.limit_in_bytes 67108864 memory.max 67108864
	has_limit "$c" memory.soft_limit_in_bytes 33554432 memory.low 33554432
	has_limit "$c" cpu.shares 512 cpu.weight 59
	has_limit "$c" cpu.cfs_quota_us 60000 cpu.max "60000 120000"
	has_limit "$c" cpu.cfs_burst_us 20000 cpu.max.burst 20000
	has_limit "$c" cpuset.cpus 0 cpuset.cpus 0
	has_limit "$c" pids.max 20 pids.max 20
	socle update --cpu-idle 1 "$c"
	has_limit "$c" cpu.idle 1 cpu.idle 1
}

@test "update: what is not named stays" {
	needs cpu
	starts '{"cpu": {"quota": 60000, "period": 120000}}'
	socle update --cpu-quota 30000 "$c"
	has_limit "$c" cpu.cfs_quota_us 30000 cpu.max "30000 120000"
	socle update --cpu-period 240000 "$c"
	has_limit "$c" cpu.cfs_period_us 240000 cpu.max "30000 240000"
	socle update --cpu-quota -1 "$c"
	has_limit "$c" cpu.cfs_quota_us -1 cpu.max "max 240000"
}

@test "update: memory and swap, up and down" {
	needs memory
	starts '{"memory": {"limit": 67108864, "swap": 67108864}}' || skip "this kernel does not count swap"
	[ -e "$(cgroup_of "$c" memory)/memory.swap.max" ] || v1_has memory || skip "this kernel does not count swap"
	for sizes in "128m 256m" "32m 40m" "33m 300m" "16m 16m"; do
		socle update --memory "${sizes% *}" --memory-swap "${sizes#* }" "$c"
		mib=${sizes% *} all=${sizes#* } mib=${mib%m} all=${all%m}
		has_limit "$c" memory.limit_in_bytes $((mib << 20)) memory.max $((mib << 20))
		has_limit "$c" memory.memsw.limit_in_bytes $((all << 20)) memory.swap.max $(((all - mib) << 20))
	done
	socle update --memory -1 "$c"
	has_limit "$c" memory.limit_in_bytes "$unlimited_v1" memory.max max
	has_limit "$c" memory.memsw.limit_in_bytes "$unlimited_v1" memory.swap.max max
	refused socle update --memory 64m --memory-swap 32m "$c"
	says "/linux/resources/memory/swap" "is below the limit of memory"
}

@test "update: one that fails leaves all as it was" {
	needs cpu && needs pids && needs memory
	starts '{"cpu": {"quota": 60000, "period": 120000, "shares": 500}, "memory": {"limit": 67108864}}'
	refused socle update --memory 32m --memory-swap 48m --cpu-share 600 --cpu-quota 1 --cpu-period 100000 --pids-limit 5 "$c"
	says /linux/resources/cpu/quota
	has_limit "$c" memory.limit_in_bytes 67108864 memory.max 67108864
	has_limit "$c" cpu.shares 500 cpu.weight 58
	has_limit "$c" cpu.cfs_quota_us 60000 cpu.max "60000 120000"
	has_limit "$c" cpu.cfs_period_us 120000 cpu.max "60000 120000"
	has_limit "$c" pids.max max pids.max max
	socle update --cpu-quota 30000 "$c" # what counts is what counted before
	has_limit "$c" cpu.cfs_quota_us 30000 cpu.max "30000 120000"
	[ ! -e "$(cgroup_of "$c" memory)/memory.memsw.limit_in_bytes" ] ||
		same "$unlimited_v1" "$(<"$(cgroup_of "$c" memory)/memory.memsw.limit_in_bytes")"
}

@test "update: from a file and from standard input, with options laid over" {
	needs pids && needs cpu
	starts '{}'
	echo '{"pids": {"limit": 30}, "cpu": {"shares": 100}}' >resources
	socle update -r resources "$c"
	has_limit "$c" pids.max 30 pids.max 30
	has_limit "$c" cpu.shares 100 cpu.weight 17
	echo '{"pids": {"limit": 31}}' | socle update --resources - "$c"
	has_limit "$c" pids.max 31 pids.max 31
	socle update --resources resources --pids-limit=-1 "$c"
	has_limit "$c" pids.max max pids.max max
}

@test "update: memory below what is used" {
	needs memory
	limits '{"memory": {"checkBeforeUpdate": true}}'
	program 'a=0123456789abcdef; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do a=$a$a; done; echo ready; while :; do sleep 1; done'
	detach "$c"
	eventually says_in "$c.out" ready
	refused socle update --memory 256k "$c"
	says /linux/resources/memory "used"
	same running "$(status "$c")"
}

@test "update: device rules" {
	config '.root.readonly = false | .process.capabilities[] |= . + ["CAP_MKNOD"]'
	program 'cd /tmp; mknod none c 60 1; while :; do for i in 1 2 3; do (: <none) 2>&1; done; (: </dev/null) && echo null; sleep 0.1; done'
	detach "$c"
	eventually says_in "$c.out" "Operation not permitted"
	same 0 "$(grep -c "No such device or address" "$c.out" || true)"
	echo '{"devices": [{"allow": false}, {"allow": true, "type": "c", "major": 60, "minor": 1, "access": "r"}]}' | socle update -r - "$c"
	eventually says_in "$c.out" "No such device or address"
	echo '{"devices": [{"allow": false}]}' | socle update -r - "$c"
	: >"$c.out"
	eventually says_in "$c.out" "Operation not permitted"
	eventually says_in "$c.out" null
}

@test "update: a container that is paused, and one that has ended" {
	needs pids
	starts '{}'
	socle pause "$c"
	socle update --pids-limit 12 "$c"
	has_limit "$c" pids.max 12 pids.max 12
	socle resume "$c"
	socle kill "$c" KILL
	becomes "$c" stopped
	refused socle update --pids-limit 13 "$c"
	says "container is not running"
	refused socle update --pids-limit 13 none-of-these
	says "container does not exist"
}

@test "update: what is no limit is refused" {
	starts '{}'
	for option in --memory=1x --memory=-2 --pids-limit=-2 --cpu-share=-1 --memory=99999999999999999999 --memory=9000p \
		--cpu-quota= --pids-limit=1k; do
		refused socle update "$option" "$c"
	done
	refused socle update --l3-cache-schema L3:0=f "$c"
	says /linux/intelRdt
	echo '{"pids": {"limit": "many"}}' >resources
	refused socle update -r resources "$c"
	says "resources" "/pids/limit"
	refused socle update -r absent "$c"
	says absent
}

# ---- bad input

@test "limits: negative, overflowing, and below each other" {
	program 'true'
	bad_limit() {
		unconfigured
		program 'true'
		limits "$1"
		refused inside
		says "$2" "$3"
	}
	bad_limit '{"memory": {"limit": -2}}' /linux/resources/memory/limit "neither a limit nor -1"
	bad_limit '{"memory": {"limit": 9223372036854775808}}' /linux/resources/memory/limit "expected an integer"
	bad_limit '{"memory": {"limit": 2000, "swap": 1999}}' /linux/resources/memory/swap "below the limit of memory"
	bad_limit '{"memory": {"swap": 1999}}' /linux/resources/memory/swap memory/limit
	bad_limit '{"cpu": {"quota": 1000, "burst": 1001}}' /linux/resources/cpu/burst "above the quota"
	bad_limit '{"cpu": {"shares": 9223372036854775808}}' /linux/resources/cpu/shares "too large"
	bad_limit '{"pids": {"limit": -5}}' /linux/resources/pids/limit "neither a limit nor -1"
	bad_limit '{"blockIO": {"weight": 1001}}' /linux/resources/blockIO/weight "larger than 1000"
	bad_limit '{"unified": {"../x": "1"}}' "/linux/resources/unified/..~1x" "no name of a file"
	bad_limit '{"unified": {"nothing.max": "1"}}' /linux/resources/unified/nothing.max 'controller "nothing" is not available'
	bad_limit '{"devices": [{"allow": true, "type": "x"}]}' /linux/resources/devices/0/type "none of a b c"
}

@test "limits: processors that the machine lacks" {
	needs cpuset
	program 'true'
	limits '{"cpu": {"cpus": "0-100000"}}'
	refused inside
	says /linux/resources/cpu/cpus "lacks" "0-100000"
	limits '{"cpu": {"cpus": "x"}}'
	refused inside
	says /linux/resources/cpu/cpus '"x"'
}

@test "limits: a device that the machine lacks" {
	needs blkio io
	program 'true'
	limits '{"blockIO": {"throttleReadBpsDevice": [{"major": 3, "minor": 250, "rate": 1}]}}'
	refused inside
	says /linux/resources/blockIO/throttleReadBpsDevice/0 "no such block device" "3:250"
}

@test "limits: no limit where the host has no cgroups at all" {
	cat >probe <<'EOF2'
		umount -R /sys/fs/cgroup
		"$SOCLE" --root "$root" run -b bundle "$c" </dev/null
EOF2
	config 'del(.mounts[] | select(.type == "cgroup"))'
	program 'true'
	limits '{"pids": {"limit": 5}}'
	refused env root="$root" c="$c" SOCLE="$SOCLE" unshare -m --propagation private sh probe
	says /linux/resources/pids/limit '"pids"'
}

# ---- version 2 alone, as far as a mount namespace can show it

@test "limits: with version 2 alone, device rules are replaced at once" {
	v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$v2" ] || skip "no cgroup version 2 here"
	cat >probe <<'EOF2'
		mkdir only && mount --bind "$v2" only && umount -R /sys/fs/cgroup && mount --move only /sys/fs/cgroup || exit 9
		"$SOCLE" --root "$root" run -d -b bundle "$c" </dev/null >>out 2>&1
		until grep -q "No such device" out; do sleep 0.05; done
		echo '{"devices": [{"allow": false}]}' | "$SOCLE" --root "$root" update -r - "$c"
		: >out
		until grep -q "not permitted" out && grep -q null out; do sleep 0.05; done
		cat out
		echo '{"devices": [{"allow": true}]}' | "$SOCLE" --root "$root" update -r - "$c"
		: >out
		until grep -q "No such device" out; do sleep 0.05; done
		"$SOCLE" --root "$root" delete --force "$c"
EOF2
	config '.root.readonly = false | .process.capabilities[] |= . + ["CAP_MKNOD"] |
		.linux.resources.devices = [{"allow": false}, {"allow": true, "type": "c", "major": 60, "minor": 1}]'
	program 'cd /tmp; mknod none c 60 1; while :; do (: <none); (: </dev/null) && echo null; sleep 0.1; done'
	run -0 timeout "${SOCLE_PATIENCE:-30}" env v2="$v2" root="$root" c="$c" SOCLE="$SOCLE" unshare -m --propagation private sh probe
	[[ $output == *"can't open none: Operation not permitted"* ]]
}
