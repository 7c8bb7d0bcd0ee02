# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Where socle-init comes from: a sealed copy of the bytes in socle; the installed file, where the kernel allows no
# executable memfd; and linked with another C library.

load helpers

setup_file() {
	make_base
	source=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	prefix=$BATS_FILE_TMPDIR/prefix
	meson setup --prefix="$prefix" -Dinit_libc=glibc -Dtests=disabled "$BATS_FILE_TMPDIR/build" "$source" >"$BATS_FILE_TMPDIR/setup.log" 2>&1 ||
		{ cat "$BATS_FILE_TMPDIR/setup.log"; return 1; }
	ninja -C "$BATS_FILE_TMPDIR/build" >"$BATS_FILE_TMPDIR/build.log" 2>&1 || { cat "$BATS_FILE_TMPDIR/build.log"; return 1; }
	meson install -C "$BATS_FILE_TMPDIR/build" --no-rebuild >"$BATS_FILE_TMPDIR/install.log" 2>&1 || { cat "$BATS_FILE_TMPDIR/install.log"; return 1; }
}

setup() {
	begin
	installed=$BATS_FILE_TMPDIR/prefix/sbin/socle
	program 'echo good'
}

teardown() { finish; }

# without_memfds COMMAND…: in a pid namespace whose memfds are never executable
without_memfds() {
	[ -e /proc/sys/vm/memfd_noexec ] || skip "the kernel has no vm.memfd_noexec"
	unshare --pid --fork --mount-proc sh -c 'echo 2 >/proc/sys/vm/memfd_noexec && exec "$@"' - "$@"
}

@test "init: linked with glibc it runs a container" {
	run -0 "$installed" --root "$root" run -b bundle "$c"
	same good
	create "$c"
	socle start "$c"
	becomes "$c" stopped
	same good "$(cat "$c.out")"
	socle delete "$c"
}

@test "init: it is static, whatever it is linked with" {
	for f in "$SOCLE_BUILD/socle-init" "$BATS_FILE_TMPDIR/prefix/libexec/socle/socle-init"; do
		run ldd "$f"
		[[ $output == *"not a dynamic executable"* || $output == *"statically linked"* ]]
	done
}

@test "init: the installed one is executed where executable memfds are forbidden" {
	run -0 without_memfds "$installed" --root "$root" run -b bundle "$c"
	same good
}

@test "init: the installed one joins pid namespaces, too" {
	program 'exec sleep 1000'
	detach "${c}a"
	config '.linux.namespaces |= map(if .type == "pid" then .path = $p else . end)' --arg p "/proc/$(pid "${c}a")/ns/pid"
	program 'cat /proc/1/comm'
	run -0 "$installed" --root "$root" run -b bundle "$c"
	same sleep
	gone "${c}a"
}

@test "init: the installed one cannot be written to by who got hold of it" {
	its=$BATS_FILE_TMPDIR/prefix/libexec/socle/socle-init
	before=$(cksum <"$its")
	program 'exec sleep 1000'
	config '.linux.namespaces |= map(select(.type != "pid"))'
	run -0 without_memfds sh -c '"$1" --root "$2" create -b bundle --pid-file pid "$3" >/dev/null 2>&1 </dev/null
		exec 9<"/proc/$(cat pid)/exe"
		"$1" --root "$2" delete --force "$3"
		(: >>/proc/self/fd/9) 2>&1 || true' - "$installed" "$root" "$c"
	[[ $output == *"Read-only file system"* ]]
	same "$before" "$(cksum <"$its")"
}

@test "init: where it is not installed, the message says what is needed and why" {
	mv "$BATS_FILE_TMPDIR/prefix/libexec/socle/socle-init" kept
	for command in create run; do
		refused without_memfds "$installed" --root "$root" "$command" -b bundle "$c"
		says "vm.memfd_noexec" "installed socle-init" "libexec/socle/socle-init" "No such file or directory"
	done
	mv kept "$BATS_FILE_TMPDIR/prefix/libexec/socle/socle-init"
}

@test "init: it does nothing for anybody but socle" {
	run -1 "$SOCLE_BUILD/socle-init"
	[[ $output == *"started by socle"* ]]
	run -1 "$SOCLE_BUILD/socle-init" x init 3
	run -1 "$SOCLE_BUILD/socle-init" 99 init 3
	run -1 "$SOCLE_BUILD/socle-init" 0 init 3 </etc/passwd
}
