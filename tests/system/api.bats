# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The library: the example programs, what it does to the process that calls it, what is installed.

load helpers

setup_file() { make_base; }

setup() {
	begin
	header=$BATS_TEST_DIRNAME/../../include/socle.h
	image=$bundle/rootfs
	probe=$SOCLE_BUILD/api-probe
}

teardown() { finish; }

# ---- examples/rootfs.c

@test "api: a command in a root that is described by calls" {
	run -7 "$SOCLE_BUILD/example-rootfs" "$image" sh -c 'cat /proc/mounts; ls /dev; echo data >/tmp/file && exit 7'
	for target in / /proc /dev /dev/pts /tmp /dev/shm /dev/mqueue; do
		awk -v target="$target" '$2 == target { found = 1 } END { exit !found }' <<<"$output" ||
			{ echo "nothing is mounted on $target"; false; }
	done
	[[ $output == *"null"*"ptmx"*"urandom"*"zero"* ]]
	[ ! -e "$image/tmp/file" ]
}

@test "api: the command's parent, user and process ids are the host's" {
	# shellcheck disable=SC2016 # the command's
	run -0 "$SOCLE_BUILD/example-rootfs" "$image" sh -c 'cut -d" " -f4 /proc/$$/stat >&2; readlink /proc/self/ns/pid'
	[[ $output == *"$(readlink /proc/self/ns/pid)"* ]]
}

@test "api: R33 the root is read-only, what is mounted in it is not" {
	run -1 "$SOCLE_BUILD/example-rootfs" "$image" touch /file
	[[ $output == *"Read-only file system"* ]]
	run -0 "$SOCLE_BUILD/example-rootfs" "$image" touch /dev/file
	[ ! -e "$image/file" ] && [ ! -e "$image/dev/file" ]
}

@test "api: R37 resolv.conf is the host's, private, and read-only like the root" {
	[ -e /etc/resolv.conf ] || skip "this host has none"
	run -0 "$SOCLE_BUILD/example-rootfs" "$image" cat /etc/resolv.conf
	same "$(cat /etc/resolv.conf)"
	run -0 "$SOCLE_BUILD/example-rootfs" "$image" sh -c 'grep " /etc/resolv.conf " /proc/self/mountinfo'
	[[ $output == *" /etc/resolv.conf ro,"* ]]
	[[ $output != *"shared:"* ]] && [[ $output != *"master:"* ]]
	run -1 "$SOCLE_BUILD/example-rootfs" "$image" sh -c ': >/etc/resolv.conf'
}

@test "api: R38 shm of the size that was asked for, open to all" {
	run -0 "$SOCLE_BUILD/example-rootfs" "$image" sh -c 'stat -c %a /dev/shm; grep " /dev/shm " /proc/mounts'
	[ "${lines[0]}" = 1777 ]
	[[ ${lines[1]} == *size=1024k* ]]
}

@test "api: a root that is none is named, and the status is the program's own" {
	run -125 "$SOCLE_BUILD/example-rootfs" "$image/bin/busybox" true
	[[ $output == *"$image/bin/busybox"*"Not a directory"*"/root/path"* ]]
	run -125 "$SOCLE_BUILD/example-rootfs"
}

# ---- examples/from-config.c

@test "api: the root of a bundle, changed into" {
	run -0 "$SOCLE_BUILD/example-from-config" "$bundle" sh -c 'pwd; ls /; cat /proc/mounts; cat /proc/kcore | wc -c'
	[ "${lines[0]}" = / ]
	[ "${lines[1]}" = bin ]
	[ "${lines[-1]}" = 0 ]
	for target in $(jq -r '.mounts[].destination' "$bundle/config.json"); do
		awk -v target="$target" '$2 == target { found = 1 } END { exit !found }' <<<"$output" ||
			{ echo "nothing is mounted on $target"; false; }
	done
	[[ $output != *"$bundle"* ]]
}

# The operations that the configuration asks for, without their numbers: who has no privileges gets more ways out.
asked() { tr -s ' ' | sed -nE 's/^init [0-9]+ (.*) (\/[^ ]*)$/\1 \2/p'; }

@test "api: what would be done needs no privilege and changes nothing" {
	run -0 "$SOCLE_BUILD/example-from-config" "$bundle"
	[[ $output == *"mount "*"on=/proc "*"/mounts/0"*"change root"*"by=pivot_root"* ]]
	[[ $output != *"clone"* ]]
	chmod 755 "$BATS_RUN_TMPDIR"
	cp "$SOCLE_BUILD/example-from-config" "$SOCLE_BUILD/libsocle.so.0" "$BATS_RUN_TMPDIR"
	mkdir -p "$BATS_RUN_TMPDIR/bundle"
	cp "$bundle/config.json" "$BATS_RUN_TMPDIR/bundle"
	chmod 644 "$BATS_RUN_TMPDIR/bundle/config.json"
	whole=$(asked <<<"$output")
	run -0 setpriv --reuid 65534 --regid 65534 --clear-groups env LD_LIBRARY_PATH="$BATS_RUN_TMPDIR" \
		"$BATS_RUN_TMPDIR/example-from-config" "$BATS_RUN_TMPDIR/bundle"
	same "${whole//$bundle/$BATS_RUN_TMPDIR/bundle}" "$(asked <<<"$output")"
	run -125 setpriv --reuid 65534 --regid 65534 --clear-groups env LD_LIBRARY_PATH="$BATS_RUN_TMPDIR" \
		"$BATS_RUN_TMPDIR/example-from-config" "$BATS_RUN_TMPDIR/bundle" true
	[[ $output == *"no privilege to mount (CAP_SYS_ADMIN)"*"Operation not permitted"* ]]
}

@test "api: every mistake in a configuration is told" {
	config '.root.path = 5 | .mounts[0].destination = 6'
	run -125 "$SOCLE_BUILD/example-from-config" "$bundle"
	[ "${#lines[@]}" = 3 ]
	[[ ${lines[0]} == "problem: /root/path: "* ]]
	[[ ${lines[1]} == "problem: /mounts/0/destination: "* ]]
	[[ ${lines[2]} == "from-config: "*"/root/path"* ]]
}

@test "api: R40 an error is whole: step, field, call, path, and the kernel's words" {
	config '.mounts += [{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["size=nonsense"]}]'
	run -125 "$SOCLE_BUILD/example-from-config" "$bundle" true
	[[ $output == *"mount tmpfs: fsconfig"*"Invalid argument"*"/mounts/7"*"kernel: "*"size"* ]]
}

@test "api: R15 ids of one mount are mapped" {
	mkdir ids && touch ids/file && chown 5:6 ids/file
	config '.mounts += [{"destination": "/tmp", "type": "bind", "source": $dir, "options": ["bind"],
		"uidMappings": [{"containerID": 5, "hostID": 1005, "size": 1}],
		"gidMappings": [{"containerID": 6, "hostID": 1006, "size": 1}]}]' --arg dir "$PWD/ids"
	run -0 "$SOCLE_BUILD/example-from-config" "$bundle" stat -c '%u %g' /tmp/file
	same "1005 1006"
}

@test "api: R19 a command before a mount is run, and one that fails is an error" {
	config '.annotations["io.socle.mount.commands"] = ([{mount: 0, before: {path: "/bin/sh",
		args: ["sh", "-c", "echo it ran >\($dir)/ran"]}}] | tojson)' --arg dir "$PWD"
	run -0 "$SOCLE_BUILD/example-from-config" "$bundle" true
	same "it ran" "$(cat ran)"
	config '.annotations["io.socle.mount.commands"] = ([{mount: 0, before: {path: "/bin/sh",
		args: ["sh", "-c", "echo because; exit 3"]}}] | tojson)'
	run -125 "$SOCLE_BUILD/example-from-config" "$bundle" true
	[[ $output == *"status 3: because"* ]]
}

@test "api: R1 a root that is shared, masked and changed into" {
	config '.linux.rootfsPropagation = "rshared" | .linux.maskedPaths += ["/tmp"]'
	run -0 "$SOCLE_BUILD/example-from-config" "$bundle" grep -c ' / [^ ]* shared:' /proc/self/mountinfo
	config '.linux.rootfsPropagation = "unbindable"'
	run -0 "$SOCLE_BUILD/example-from-config" "$bundle" grep ' / [a-z,]* ' /proc/self/mountinfo
	[[ $output == *" unbindable "* ]]
}

# ---- the process that calls

@test "api: R41 after a failure the caller is where it was, with the mounts and the image that there were" {
	rmdir "$image/dev" "$image/proc"
	mkdir "$image/tmp/kept"
	find "$image" | sort >image-before
	run -0 unshare --mount --propagation private "$probe" failure "$image"
	[ "${#lines[@]}" = 4 ]
	for line in "${lines[@]}"; do
		[[ $line == "mount tmpfs: fsconfig"*"kernel: "* ]]
	done
	run -0 diff image-before <(find "$image" | sort)
}

@test "api: one thread assembles, and the others see nothing of it" {
	run -0 "$probe" thread "$image"
	same "assembled: yes"
}

@test "api: in a namespace of the caller's own, and taken apart again" {
	run -0 unshare --mount --propagation private "$probe" here "$image" grep -c " $image" /proc/self/mountinfo
	same 5 # the root, proc, dev, shm, mqueue, and nothing twice
}

@test "api: R1 nothing of it reaches a namespace that the caller's mounts are shared with" {
	# The outer namespace stands for the host: all is shared, and the inner one has its peers.
	cat >outer <<-'END'
		image=$1 probe=$2
		mount --make-rshared / || exit 1
		mount --bind "$image" "$image" || exit 1
		cut -d' ' -f3- /proc/self/mountinfo | sort >outer-before
		unshare --mount --propagation unchanged "$probe" here "$image" sh -c "
			cut -d' ' -f3- /proc/$$/mountinfo | sort >outer-during
			grep -c ' $image/proc ' /proc/self/mountinfo"
	END
	run -0 unshare --mount --propagation private sh outer "$image" "$probe"
	same 1
	run -0 diff outer-before outer-during
}

@test "api: in the namespace of process 1 nothing is mounted" {
	# shellcheck disable=SC2016 # the inner shell's: it is process 1
	run -0 unshare --pid --fork --mount --mount-proc sh -c '"$@"; exit $?' sh "$probe" common "$image"
	[[ $output == *"mount namespace of process 1"*"SOCLE_UNSHARE"* ]]
}

@test "api: R28 the root is changed by pivot_root, by a move, or by chroot where the namespace is others' too" {
	sees='pwd; readlink /proc/self/root; ls -d /bin /proc/self; cut -d" " -f5 /proc/self/mountinfo'
	for flags in 3 7; do
		run -0 "$probe" enter $flags "$image" sh -c "$sees"
		[ "${lines[*]:0:4}" = "/ / /bin /proc/self" ]
		[ "$(sed -n '5,$p' <<<"$output" | sort -u | tr '\n' ' ')" = "/ /dev /dev/mqueue /dev/shm /proc " ]
	done
	run -0 unshare --mount --propagation private "$probe" enter 2 "$image" sh -c "$sees"
	[ "${lines[*]:0:4}" = "/ / /bin /proc/self" ]
}

@test "api: in a user namespace, as its root" {
	unshare --user --map-root-user true || skip "this host has no user namespaces"
	run -0 unshare --user --map-root-user --pid --ipc --fork "$probe" enter 3 "$image" sh -c 'ls -l /dev/null; cat /dev/null; echo $$'
	[[ ${lines[0]} == c* ]]
	[ "${lines[1]}" = 1 ]
}

@test "api: a container's life" {
	config '.process.args = ["sleep", "1000"] | .annotations = {"a": "b"}'
	"$probe" life "$bundle" "$root" "$c" </dev/null >life 2>life.err || { cat life life.err; false; }
	mapfile -t lines <life
	[ "${lines[0]}" = "$c created pid" ]
	[ "${lines[1]}" = "$bundle b" ]
	jq -e --arg id "$c" '.id == $id and .status == "created" and .ociVersion and .pid > 0' <<<"${lines[2]}"
	[ "${lines[3]}" = exists ]
	[ "${lines[4]}" = "$c running pid" ]
	[ "${lines[7]}" = "1: $c" ]
	[ "${lines[8]}" = "$c stopped no pid" ]
	[ "${lines[-1]}" = "0:" ]
}

@test "api: a container in the foreground" {
	program 'echo inside; exit 9'
	run -0 "$probe" run "$bundle" "$root" "$c"
	[ "${lines[0]}" = inside ]
	[ "${lines[1]}" = "status 9" ]
	[ "${lines[2]}" = "0:" ]
}

# ---- what is built and installed

# Every function that the header declares.
declared() { sed '/^typedef/d' "$header" | grep -oE '\bsocle_[a-z_]+\([a-z]' | sed 's/(.*//' | sort -u; }

@test "api: the shared library exports what the header declares, and needs libc alone" {
	needs nm readelf
	same "$(declared)" "$(nm -D --defined-only "$SOCLE_BUILD/libsocle.so.0" | sed -nE 's/.* T ([^@]*).*/\1/p' | sort)"
	run -0 readelf -d "$SOCLE_BUILD/libsocle.so.0"
	[[ $output == *"soname: [libsocle.so.0]"* ]]
	needed=$(sed -nE 's/.*NEEDED.*\[(.*)\]/\1/p' <<<"$output" | grep -v '^ld-linux' || true)
	[[ $needed == libc.so.6 || $needed == *san.so* ]]
}

@test "api: the static library defines what the header declares and nothing else" {
	needs nm
	same "$(declared)" "$(nm -g --defined-only "$SOCLE_BUILD/libsocle.a" | sed -nE 's/^[0-9a-f]+ [A-Z] //p' | sort)"
}

@test "api: every function is in the man page" {
	for f in $(declared); do
		grep -qF "$f" "$BATS_TEST_DIRNAME/../../docs/socle.3.scd" || { echo "$f is missing"; false; }
	done
}

@test "api: the header stands alone, in C and in C++" {
	needs cc
	for standard in c99 c17; do
		cc -std=$standard -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x c "$header"
	done
	command -v c++ >/dev/null || return 0
	c++ -Wall -Wextra -Werror -fsyntax-only -x c++ "$header"
}

@test "api: a program builds against what is installed, by pkg-config, either way" {
	needs meson cc pkg-config
	meson install -C "$SOCLE_BUILD" --no-rebuild --destdir "$PWD/dest" >install.log 2>&1 || { cat install.log; false; }
	pc=$(find dest -name socle.pc)
	export PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$PWD/dest
	lib=$(pkg-config --variable=libdir socle)
	# shellcheck disable=SC2046 # options
	cc -o shared "$BATS_TEST_DIRNAME/../../examples/rootfs.c" $(pkg-config --cflags --libs socle)
	LD_LIBRARY_PATH=${lib#"$PWD/dest"} run -127 ./shared
	LD_LIBRARY_PATH=$PWD/dest${lib#"$PWD/dest"} run -3 ./shared "$image" sh -c 'exit 3'
	# shellcheck disable=SC2046
	cc -static -o static "$BATS_TEST_DIRNAME/../../examples/rootfs.c" $(pkg-config --static --cflags --libs socle)
	run -3 ./static "$image" sh -c 'exit 3'
}
