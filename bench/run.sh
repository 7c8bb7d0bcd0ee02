#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# `run.sh BUILD [ROUNDS]`: measures BUILD/socle against bench/floor.c and whichever of runc, crun
# and bwrap is there, in one run, and says what came of the goals.  Needs root.
#
# All get the same bundle: busybox as root file system, bench/config.json (what `runc spec` writes,
# with a cgroup namespace, without a terminal and without ambient capabilities, which need inheritable ones), and
# keep their state on a tmpfs, as /run is one.  What a program cannot do here it is not asked to
# do, and that is said:
#   bwrap  has no cgroups, no masked paths, no resource limits
#   crun   of Debian 12 refuses a host with both versions of cgroups: it then runs in a mount namespace where
#          /sys/fs/cgroup is version 2 alone (less work: one hierarchy, not ten), and without the device rules if
#          it may not raise the limit of locked memory for them

here=$(cd "$(dirname "$0")" && pwd)
build=$(realpath "${1:?usage: run.sh BUILD [ROUNDS]}") || exit 1
rounds=${2:-${ROUNDS:-100}}

if [ "$(id -u)" != 0 ]; then
	echo "bench: containers with the default configuration need root" >&2
	exit 1
fi

tmp=$(mktemp -d) bundle=$tmp/bundle out=$tmp/out holders=() id=socle-bench-$$
shm=$(mktemp -d -p /dev/shm socle-bench.XXXXXX) || exit 1
bin=$build/bench
mkdir -p "$bin" "$bundle"/rootfs/{bin,dev,proc,sys,many} "$tmp"/{source,few,thousands} "$shm"/{floor,socle,runc,crun,pid}

there() { command -v "$1" >/dev/null; }

# shellcheck disable=SC2317 # by trap
clean() {
	for name in socle runc crun; do
		[ -n "${call[$name]}" ] && in_ns "$name" ${call[$name]} delete --force "$id-$name" &>/dev/null
	done
	for holder in "${holders[@]}"; do
		kill "$holder" 2>/dev/null
	done
	find /sys/fs/cgroup -depth -type d -name 'socle-bench-*' -exec rmdir {} + 2>/dev/null
	rm -rf "$tmp" "$shm"
}
declare -A call ns note
trap clean EXIT

# --- programs and bundle
# ----------------------------------------------------------------------------------

compile() {
	local cc=(gcc)
	if there musl-gcc; then
		cc=(musl-gcc -idirafter /usr/include -idirafter "/usr/include/$(gcc -print-multiarch)")
	fi
	local name=$1
	shift
	"${cc[@]}" -std=gnu17 -D_GNU_SOURCE= -Os -static -no-pie -fno-pie -s -o "$bin/$name" "$here/$name.c" "$@" || exit 1
}

compile floor
compile run
compile host
src=$here/../src
compile copyup -I"$src" "$src"/sys/{copytree,walk,attrs,fd}.c "$src/base/err.c"
echo 'int main(void) { return 0; }' | gcc -O2 -x c -o "$bin/empty" - || exit 1

cp "$(command -v busybox)" "$bundle/rootfs/bin/busybox" || exit 1
ln -s busybox "$bundle/rootfs/bin/true"
cp "$here/config.json" "$bundle/config.json"

# --- who takes part
# ----------------------------------------------------------------------------------------

# in_ns NAME COMMAND…: where that candidate runs
in_ns() {
	local file=${ns[$1]#@}
	shift
	if [ -n "$file" ]; then
		nsenter --mount="$file" "$@"
	else
		"$@"
	fi
}

# probe NAME COMMAND…: takes part if it can run the bundle
probe() {
	local name=$1
	shift
	in_ns "$name" "$@" run --bundle "$bundle" "$id-probe" >"$tmp/probe" 2>&1 </dev/null && call[$name]=$*
}

# A mount namespace that has version 2 alone, held by a sleeping process.
cgroup2_alone() {
	coproc HOLD { exec unshare -m sh -c 'umount -R /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup && echo ready; exec sleep 3600'; }
	holders+=("$HOLD_PID")
	read -r -t 5 _ <&"${HOLD[0]}" && ns[$1]="@/proc/$HOLD_PID/ns/mnt"
}

probe_crun() {
	probe crun crun --root "$shm/crun" && return
	cgroup2_alone crun || return
	note[crun]="crun runs with cgroup2 alone"
	probe crun crun --root "$shm/crun" && return
	in_ns crun crun --root "$shm/crun" delete --force "$id-probe" &>/dev/null
	cp "$bundle/config.json" "$tmp/all.json"
	sed '/"resources": {/,/^\t\t},/d' "$tmp/all.json" >"$tmp/bundle/config-crun.json"
	note[crun]+=", and without the device rules"
	probe crun crun --root "$shm/crun" || probe_crun_config
}

# Debian 12's crun takes the configuration by name.
probe_crun_config() {
	in_ns crun crun --root "$shm/crun" delete --force "$id-probe" &>/dev/null
	in_ns crun crun --root "$shm/crun" run --config "$bundle/config-crun.json" --bundle "$bundle" "$id-probe" \
		>"$tmp/probe" 2>&1 </dev/null && call[crun]="crun --root $shm/crun" && extra=" --config $bundle/config-crun.json"
}

absent() {
	echo "  $1: not run: $(tail -n 1 "$tmp/probe" 2>/dev/null | cut -c 1-150)"
}

extra=
echo "kernel $(uname -r), $(nproc) processors, cgroup hierarchies: $(wc -l </proc/self/cgroup); $rounds rounds"
if [ -x "$build/socle" ]; then
	probe socle "$build/socle" --root "$shm/socle" || absent socle
fi
if there runc; then
	probe runc runc --root "$shm/runc" || absent runc
fi
if there crun; then
	probe_crun || absent crun
fi
for name in socle runc crun; do
	[ -n "${call[$name]}" ] && echo "  $(${call[$name]} --version | head -n 1)${note[$name]:+ (${note[$name]})}"
done

bwrap="bwrap --unshare-pid --unshare-net --unshare-ipc --unshare-uts --hostname bench --ro-bind $bundle/rootfs /
	--proc /proc --dev /dev --tmpfs /dev/shm --mqueue /dev/mqueue --ro-bind /sys /sys --cap-drop ALL /bin/true"
bwrap=$(echo $bwrap) # on one line
if there bwrap; then
	if $bwrap >"$tmp/probe" 2>&1; then
		echo "  $(bwrap --version) (no cgroups, no masked paths)"
	else
		absent bwrap
		bwrap=
	fi
else
	bwrap=
fi

# --- the three measurements
# --------------------------------------------------------------------------------

config_of() { [ "$1" = crun ] && echo "$extra"; }

# measure TITLE OPTIONS… -- NAME STEPS…: prints the table and keeps it for the verdict
measure() {
	local title=$1
	shift
	echo
	echo "$title"
	"$bin/run" "$@" | tee "$out.${title%% *}"
}

candidates=(floor "$bin/floor run $bundle/rootfs /bin/true")
for name in socle runc crun; do
	[ -n "${call[$name]}" ] &&
		candidates+=("$name" "${ns[$name]} ${call[$name]} run$(config_of "$name") --bundle $bundle %i")
done
[ -n "$bwrap" ] && candidates+=(bwrap "$bwrap")
measure "run /bin/true" -n "$rounds" "${candidates[@]}"

candidates=(floor "$bin/floor create $shm/floor/%i $bundle/rootfs /bin/true ; $bin/floor start $shm/floor/%i ;
	wait $shm/floor/%i/pid ; $bin/floor delete $shm/floor/%i")
candidates[1]=$(echo ${candidates[1]})
for name in socle runc crun; do
	[ -n "${call[$name]}" ] || continue
	c="${ns[$name]} ${call[$name]}" pid=$shm/pid/$name
	candidates+=("$name" "$c create$(config_of "$name") --bundle $bundle --pid-file $pid %i ; $c start %i ; wait $pid ; $c delete %i")
done
measure "create + start + delete" -n "$rounds" "${candidates[@]}"

candidates=(empty "$bin/empty")
for name in socle runc crun; do
	[ -n "${call[$name]}" ] || continue
	# shellcheck disable=SC2046,SC2086 # words
	in_ns "$name" ${call[$name]} create $(config_of "$name") --bundle "$bundle" "$id-$name" </dev/null >/dev/null 2>&1
	candidates+=("$name" "${ns[$name]} ${call[$name]} state $id-$name")
done
measure "state (empty: a C program that does nothing, dynamically linked)" -n "$rounds" "${candidates[@]}"

# A further process in the created containers of above, beside one that only joins the namespaces.
inside=$(in_ns socle ${call[socle]} state "$id-socle" 2>/dev/null | sed -n 's/.*"pid": *\([0-9]*\).*/\1/p')
if [ -n "$inside" ]; then
	candidates=(nsenter "nsenter -t $inside -a /bin/true")
	for name in socle runc crun; do
		[ -z "${call[$name]}" ] || candidates+=("$name" "${ns[$name]} ${call[$name]} exec $id-$name /bin/true")
	done
	measure "exec /bin/true in a container" -n "$rounds" "${candidates[@]}"
fi

# Podman's default seccomp profile, for this machine and the capabilities of bench/config.json.
podman_profile=/usr/share/containers/seccomp.json
if [ -r "$podman_profile" ] && there jq && [ -n "${call[socle]}" ]; then
	mkdir "$tmp/seccomp"
	arch=$(dpkg --print-architecture 2>/dev/null || echo amd64)
	jq --arg arch "$arch" --argjson caps "$(jq .process.capabilities.bounding "$bundle/config.json")" -f "$here/seccomp.jq" \
		"$podman_profile" >"$tmp/profile.json"
	jq --slurpfile profile "$tmp/profile.json" --arg root "$bundle/rootfs" \
		'.root.path = $root | .linux.seccomp = $profile[0]' "$bundle/config.json" >"$tmp/seccomp/config.json"
	candidates=()
	for name in socle runc; do
		[ -n "${call[$name]}" ] || continue
		candidates+=("$name" "${ns[$name]} ${call[$name]} run --bundle $bundle %i")
		candidates+=("$name-seccomp" "${ns[$name]} ${call[$name]} run --bundle $tmp/seccomp %i")
	done
	measure "seccomp: run /bin/true without a filter and with Podman's default profile" -n "$rounds" "${candidates[@]}"
else
	echo
	echo "seccomp: not measured: needs jq and $podman_profile (golang-github-containers-common)"
fi

# tmpcopyup: 10,000 files of 0 to 9,000 bytes in 400 directories, onto a tmpfs.
mkdir -p "$tmp"/tree/d{1..200}/sub
for d in "$tmp"/tree/d*; do
	for f in {1..25}; do
		head -c $((f % 5 * 1000)) /dev/zero >"$d/file$f"
		head -c $((f % 4 * 3000)) /dev/zero >"$d/sub/file$f"
	done
done
few=$((rounds < 20 ? rounds : 20))
anew="- rm -rf $shm/to ; - mkdir $shm/to"
measure "copyup of 10,000 files" -n "$few" \
	cp "$anew ; cp -a $tmp/tree/. $shm/to" socle "$anew ; $bin/copyup $tmp/tree $shm/to"

# --- more of everything
# -------------------------------------------------------------------------------------

mkdir "$bundle"/rootfs/many/{0..999}

# bundle_with NAME N ENTRY LIST: a bundle whose LIST begins with ENTRY for each of 0 … N-1 in place of "%"
bundle_with() {
	local i more=""
	mkdir "$tmp/$1"
	for ((i = 0; i < $2; i++)); do
		more+="${3//%/$i},"
	done
	sed "s|\"rootfs\"|\"$bundle/rootfs\"|" "$bundle/config.json" | while IFS= read -r line; do
		printf '%s\n' "$line"
		[[ $line == *"\"$4\": ["* ]] && printf '%s\n' "$more"
	done >"$tmp/$1/config.json"
}

# candidates_for FLOOR-OPTIONS BUNDLE SUFFIX [NS]: adds floor, socle and runc, in a mount namespace if one is named
candidates_for() {
	candidates+=("floor$3" "$4 $bin/floor $1 run $bundle/rootfs /bin/true")
	for name in socle runc; do
		[ -n "${call[$name]}" ] && candidates+=("$name$3" "$4 ${call[$name]} run --bundle $2 %i")
	done
}

candidates=()
candidates_for "" "$bundle" -0
for n in 10 100 1000; do
	bundle_with "binds-$n" "$n" \
		"{\"destination\": \"/many/%\", \"source\": \"$tmp/source\", \"options\": [\"bind\", \"ro\"]}" mounts
	candidates_for "-b $n $tmp/source" "$tmp/binds-$n" "-$n"
done
measure "binds: 0, 10, 100 and 1,000 more mounts" -n "$few" "${candidates[@]}"

candidates=()
candidates_for "" "$bundle" -10
bundle_with masks-100 90 '"/many/%"' maskedPaths
candidates_for "-m 90" "$tmp/masks-100" -100
measure "masks: 10 and 100 masked paths" -n "$few" "${candidates[@]}"

# Twenty limits, without those of controllers that the host does not have.
has() { grep -qw "$1" /sys/fs/cgroup/cgroup.controllers 2>/dev/null || [ -e "/sys/fs/cgroup/$1/cgroup.procs" ]; }
limits="" disk=""
has memory && limits+='"memory": {"limit": 268435456, "reservation": 134217728, "swap": 536870912, "swappiness": 10,
	"disableOOMKiller": false, "useHierarchy": true, "kernelTCP": 67108864},'
has cpu && limits+='"cpu": {"shares": 512, "quota": 50000, "period": 100000, "burst": 1000, "idle": 0, "cpus": "0", "mems": "0"},'
has pids && limits+='"pids": {"limit": 100},'
while read -r device type size; do
	[ "$type" = disk ] && [ "$size" != 0B ] && disk="\"major\": ${device%:*}, \"minor\": ${device#*:}" && break
done < <(lsblk -dnro MAJ:MIN,TYPE,SIZE 2>/dev/null)
if [ -n "$disk" ] && { has blkio || has io; }; then
	limits+='"blockIO": {"weight": 100'
	for kind in ReadBps WriteBps ReadIOPS WriteIOPS; do
		limits+=", \"throttle${kind}Device\": [{$disk, \"rate\": 100000000}]"
	done
	limits+="},"
fi
mkdir "$tmp/limits"
sed "s|\"rootfs\"|\"$bundle/rootfs\"|" "$bundle/config.json" | while IFS= read -r line; do
	printf '%s\n' "$line"
	[[ $line == *'"resources": {' ]] && printf '%s\n' "$limits"
done >"$tmp/limits/config.json"
candidates=()
for name in socle runc; do
	[ -n "${call[$name]}" ] || continue
	c=${call[$name]}
	candidates+=("$name-0" "$c create --bundle $bundle %i ; - $c delete --force %i")
	candidates+=("$name-limits" "$c create --bundle $tmp/limits %i ; - $c delete --force %i")
done
measure "limits: create, without and with $(grep -oE '"[a-zA-Z]+": ("[0-9]|[0-9ft[])' <<<"$limits" | grep -cv -e major -e minor -e rate) limits" -n "$few" "${candidates[@]}"

# host_with VARIABLE DIR N: a namespace with N more mounts, held by a process
host_with() {
	local fifo=$tmp/ready
	mkfifo "$fifo"
	"$bin/host" "$2" "$3" >"$fifo" </dev/null 2>/dev/null &
	holders+=($!)
	read -r _ <"$fifo" && printf -v "$1" '@/proc/%s/ns/mnt' "$!"
	rm "$fifo"
}

host_with ns_few "$tmp/few" 0
host_with ns_thousands "$tmp/thousands" 5000
candidates=()
candidates_for "" "$bundle" -20 "$ns_few"
candidates_for "" "$bundle" -5000 "$ns_thousands"
measure "host with 20 mounts and with 5,000" -n "$few" "${candidates[@]}"

# --- many at a time, and little memory
# ------------------------------------------------------------------------------------------

# rate NAME COMMAND…: containers a second, of a hundred two at a time; % is the container's id
rate() {
	local name=$1 begin=${EPOCHREALTIME/[.,]/}
	shift
	seq 100 | timeout 60 xargs -P 2 -I % "$@" >/dev/null 2>"$tmp/rate" 3>&- || { echo "  $name: $(tail -n 1 "$tmp/rate")"; return; }
	awk -v n="$name" -v us=$((${EPOCHREALTIME/[.,]/} - begin)) 'BEGIN { printf "  %-10s %8.1f\n", n, 100 * 1e6 / us }'
}

echo
echo "a hundred runs, two at a time: containers a second"
rate floor "$bin/floor" run "$bundle/rootfs" /bin/true
for name in socle runc; do
	# shellcheck disable=SC2086 # words
	[ -n "${call[$name]}" ] && rate "$name" ${call[$name]} run --bundle "$bundle" "$id-$name-%"
done

# runs_within KIB NAME: does a container start three times below a cgroup with that memory?
runs_within() {
	local name=$2
	for _ in {1..50}; do # what ended a moment ago is still being given back
		{ echo $(($1 * 1024)) >"$above/$limit_file"; } 2>/dev/null && break
		sleep 0.02
	done
	[ "$(<"$above/$limit_file")" = $(($1 * 1024)) ] || return
	for _ in 1 2 3; do
		# shellcheck disable=SC2086 # words
		timeout 10 ${call[$name]} run --bundle "$tmp/little" "$id-little" </dev/null >/dev/null 2>&1 || {
			${call[$name]} delete --force "$id-little" >/dev/null 2>&1
			return 1
		}
	done
}

# The smallest limit of a cgroup above, in steps of 16 KiB.
least_memory() {
	local low=0 high=512 middle # 16 KiB each
	runs_within $((high * 16)) "$1" || return
	while [ $((high - low)) -gt 1 ]; do
		middle=$(((low + high) / 2))
		if runs_within $((middle * 16)) "$1"; then high=$middle; else low=$middle; fi
	done
	echo $((high * 16))
}

above='' limit_file=memory.limit_in_bytes
if [ -e /sys/fs/cgroup/memory/$limit_file ]; then
	above=/sys/fs/cgroup/memory/socle-bench-above
elif grep -qw memory /sys/fs/cgroup/cgroup.subtree_control 2>/dev/null; then
	above=/sys/fs/cgroup/socle-bench-above limit_file=memory.max
fi
if [ -n "$above" ] && mkdir -p "$above"; then
	[ $limit_file = memory.limit_in_bytes ] || echo +memory >"$above/cgroup.subtree_control"
	mkdir "$tmp/little"
	jq --arg root "$bundle/rootfs" '.root.path = $root | .linux.cgroupsPath = "/socle-bench-above/little"' \
		"$bundle/config.json" >"$tmp/little/config.json"
	echo
	echo "the least memory of a cgroup above in which a container starts (KiB)"
	for name in socle runc; do
		[ -n "${call[$name]}" ] || continue
		little=$(least_memory "$name")
		[ "$name" != socle ] || socle_little=$little
		printf '  %-10s %8s\n' "$name" "${little:-more than 8192}"
	done
else
	echo "no memory controller: the least memory is not measured"
fi

# --- the goals
# ----------------------------------------------------------------------------------------------

median() { awk -v n="$2" '$1 == n && $3 == "ms" { print $2 }' "$out.$1"; }
least() { awk -v n="$2" '$1 == n && $3 == "ms" { print $8 }' "$out.$1"; }
peak() { awk -v n="$2" '$1 == n && $NF == "KiB" { print $(NF - 1) }' "$out.$1"; }

# goal TEXT LEFT LIMIT
goal() {
	[ -n "$2" ] && [ -n "$3" ] &&
		awk -v text="$1" -v a="$2" -v b="$3" 'BEGIN { printf "  %-50s %9.3f of %9.3f  %s\n", text, a, b, a <= b ? "met" : "MISSED" }'
}
of() { [ -n "$1" ] && awk -v x="$1" -v f="$2" -v p="${3:-0}" 'BEGIN { print x * f + p }'; }

# more KIND: NAME N BASE COUNT: what each of COUNT more costs, in microseconds; by the least times, since the
# difference of two medians is mostly what else the machine did
more() {
	awk -v a="$(least "$1" "$2-$3")" -v b="$(least "$1" "$2-$4")" -v n="$5" 'BEGIN { if (a && b) printf "%.1f", (a - b) * 1000 / n }'
}
each() { more binds: "$1" "$2" 0 "$2"; }

echo
echo "each more mount (us)       10        100      1,000"
for name in floor socle runc; do
	printf '  %-18s %8s %10s %10s\n' "$name" "$(each "$name" 10)" "$(each "$name" 100)" "$(each "$name" 1000)"
done
echo "each more mask (us)"
for name in floor socle runc; do
	printf '  %-18s %8s\n' "$name" "$(more masks: "$name" 100 10 90)"
done

if [ -n "${call[socle]}" ]; then
	echo
	echo "goals"
	goal "run: at most 1.5 x floor (ms)" "$(median run socle)" "$(of "$(median run floor)" 1.5)"
	goal "run with a seccomp profile: at most 1.15 x without" "$(median seccomp: socle-seccomp)" "$(of "$(median seccomp: socle)" 1.15)"
	goal "run: at most 0.2 x runc (ms)" "$(median run socle)" "$(of "$(median run runc)" 0.2)"
	goal "state: at most 1.5 x empty + 0.3 ms" "$(median state socle)" "$(of "$(median state empty)" 1.5 0.3)"
	goal "exec: at most 1.6 x nsenter (ms)" "$(median exec socle)" "$(of "$(median exec nsenter)" 1.6)"
	goal "copyup: at most cp -a (ms)" "$(median copyup socle)" "$(median copyup cp)"
	goal "5,000 mounts on the host: at most 1.2 x 20 (ms)" "$(median host socle-5000)" "$(of "$(median host socle-20)" 1.2)"
	goal "a mount of 1,000: at most 1.5 x one of 100 (us)" "$(each socle 1000)" "$(of "$(each socle 100)" 1.5)"
	goal "90 more masks: at most 1.5 x floor's (us)" "$(more masks: socle 100 10 90)" "$(of "$(more masks: floor 100 10 90)" 1.5)"
	for what in run create state; do
		goal "$what: peak memory of any process under 2 MB (KiB)" "$(peak $what socle)" 1953
	done
	goal "a cgroup above with 512 KiB of memory is enough" "$socle_little" 512
	loaded=$(LD_TRACE_LOADED_OBJECTS=1 "$build/socle" | awk '$1 !~ /linux-vdso|ld-linux|libc\.so/' | wc -l)
	goal "shared objects besides libc" "$loaded" 0
fi
exit 0
