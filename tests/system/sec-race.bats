# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The deterministic race: a file system that answers one way for n look-ups of a name and another way from then on
# (or at that one alone), for every n from 0 to 20 and every mount target of the default configuration.  Whatever is
# resolved twice is found by one of these n without luck.

load security

setup_file() { secure_file; }
setup() { secure; }
teardown() { secured; }

up=../../../../../../../../../..

# on_volume: the root file system itself is the volume; its programs are bound
on_volume() {
	unconfigured
	config '.root = {path: $v, readonly: false} | .process.args = ["/bin/auditor"]
		| .mounts = [{destination: "/bin", source: $bin, type: "bind", options: ["rbind"]}] + .mounts' \
		--arg v "$BATS_TEST_TMPDIR/volume" --arg bin "$rootfs/bin"
}

# race NAME LIE SECOND [WITHOUT…]: for each n the container starts or the start fails, and nothing outside is touched.
# A mount whose directory the file system takes back is gone, procfs too: the container has less then, never more.
race() {
	local name=$1 lie=$2 second=$3 n looked=0
	shift 3
	on_volume
	without_mount "$@"
	for n in $(seq 0 20); do
		volume dir bin dir etc dir proc dir sys dir dev dir tmp "$lie" "$name" "$n" "$second"
		there cut -d' ' -f3- /proc/self/mountinfo >there.before
		settled insider
		there cut -d' ' -f3- /proc/self/mountinfo | diff there.before - || { echo "at look-up $n"; return 1; }
		if [ "$status" = 0 ]; then
			same '"/"' "$(found .cwd)"
			none_of "$(found '[.root, (.mountinfo[] | split(" ")[3])]')" "\"$canary"
		fi
		unmounted
		looked=$((looked + $(sed -n "s|^$name ||p" volume.out)))
	done
	[ "$looked" -gt 21 ] || { echo "$looked look-ups"; return 1; }
}

# every LIE NAME [WITHOUT…]: the second answer leads to the host, upwards, and for a change for good into procfs
every() {
	local lie=$1 name=$2 second seconds
	shift 2
	seconds=("$up$canary/dir")
	[ "$lie" != flip ] || seconds+=("$canary/dir" /proc/self/fd)
	for second in "${seconds[@]}"; do
		race "$name" "$lie" "$second" "$@"
		canary_unchanged
	done
}

@test "SEC-13 SEC-14 race: /proc, a directory and then a symlink"           { every flip proc; }
@test "SEC-13 SEC-14 race: /proc, a symlink at one look-up alone"           { every turn proc; }
@test "SEC-13 SEC-14 race: /proc, missing and then a symlink"               { every gone proc; }
@test "SEC-13 SEC-14 race: /sys, a directory and then a symlink"            { every flip sys; }
@test "SEC-13 SEC-14 race: /sys, a symlink at one look-up alone"            { every turn sys; }
@test "SEC-13 SEC-14 race: /sys, missing and then a symlink"                { every gone sys; }
@test "SEC-16 SEC-17 race: /dev, a directory and then a symlink"            { every flip dev; }
@test "SEC-16 SEC-17 race: /dev, a symlink at one look-up alone"            { every turn dev; }
@test "SEC-16 SEC-17 race: /dev, missing and then a symlink"                { every gone dev; }
@test "SEC-16 SEC-17 race: /dev without a mount, and then a symlink"        { every flip dev /dev /dev/pts /dev/shm /dev/mqueue; }
@test "SEC-16 SEC-17 race: /dev without a mount, a symlink at one look-up"  { every turn dev /dev /dev/pts /dev/shm /dev/mqueue; }
@test "SEC-37 race: /dev/pts, a directory and then a symlink"               { every flip dev/pts /dev; }
@test "SEC-37 race: /dev/pts, a symlink at one look-up alone"               { every turn dev/pts /dev; }
@test "SEC-13 SEC-14 race: /dev/shm, a directory and then a symlink"        { every flip dev/shm /dev; }
@test "SEC-13 SEC-14 race: /dev/shm, a symlink at one look-up alone"        { every turn dev/shm /dev; }
@test "SEC-13 SEC-14 race: /dev/mqueue, a directory and then a symlink"     { every flip dev/mqueue /dev; }
@test "SEC-13 SEC-14 race: /dev/mqueue, a symlink at one look-up alone"     { every turn dev/mqueue /dev; }
@test "SEC-13 SEC-14 race: /sys/fs, a directory and then a symlink"         { every flip sys/fs /sys; }
@test "SEC-13 SEC-14 race: /sys/fs/cgroup, a directory and then a symlink"  { every flip sys/fs/cgroup /sys; }
@test "SEC-13 SEC-14 race: /sys/fs/cgroup, a symlink at one look-up alone"  { every turn sys/fs/cgroup /sys; }

@test "SEC-13 SEC-14 race: a component of a destination in a volume" {
	mkdir source
	echo text >source.file
	for n in $(seq 0 20); do
		for lie in flip flop gone turn; do
			volume $lie a "$n" "$up$canary/dir"
			unconfigured
			bound "$volume" /v
			bound "$PWD/source" /v/a/b/c/d
			bound "$PWD/source.file" /v/a/f
			bound "$canary" /v/a/e
			config '.process.args = ["/bin/auditor"]'
			settled insider
			unmounted
			canary_unchanged || { echo "$lie $n"; false; }
		done
	done
}

deleted() { socle delete --force "$c"; }

@test "a look-up that is never answered: the start can be ended, and nothing else waits for it" {
	volume hang x
	program 'echo started'
	bound "$volume" /v
	bound "$PWD" /v/x/y
	nsenter --mount="/proc/$holder/ns/mnt" -- "$SOCLE" --root "$root" run -b "$bundle" "$c" </dev/null >hung.out 2>&1 3>&- &
	run=$!
	ENDS+=("$run")
	hangs() { [ "$(status "$c" 2>/dev/null)" = creating ] || socle list | grep -q "$c"; }
	eventually hangs
	run -0 socle list
	run -0 socle state "$c" # what changes a container waits for its turn, what only looks does not
	program 'echo other'
	config '.mounts |= .[:7]'
	run -0 socle run -b "$bundle" "$c-other" </dev/null
	same other
	kill -KILL "$run"
	wait "$run" || true
	unmounted
	eventually deleted
}
