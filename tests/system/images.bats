# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Odd but legal images.  Hardening must not break them: each starts, with the mount where a user of runc finds it.
# Where runc is installed the same bundle is run with it, and the mount points are compared.

load security

setup_file() { secure_file; }
setup() { secure; mkdir source; echo there >source/here; echo file >source.file; writable; }
teardown() { secured; }

# Mount points of the auditor's line that the configuration did not have from the start
points() {
	jq -r '.mountinfo[] | split(" ") | .[4]' | grep -vE '^(/|/proc.*|/sys.*|/dev|/dev/(pts|shm|mqueue))$' | sort
}

# as_runc EXPECTED…: the mount points, by both
as_runc() {
	audit
	same "$(printf '%s\n' "$@" | sort)" "$(points <<<"$output")"
	command -v runc >/dev/null || return 0
	cp bundle/config.json saved.json
	config '.ociVersion = "1.0.2" | .mounts |= map(select(.destination != "/sys/fs/cgroup"))'
	theirs=$(runc --root "$BATS_TEST_TMPDIR/runc" run -b "$bundle" "$c-runc" </dev/null 2>runc.err) || {
		# what an older one cannot do at all is no standard for us
		echo "runc: $(cat runc.err)"
		theirs=
	}
	[ -z "$theirs" ] || same "$(points <<<"$theirs")" "$(points <<<"$output")"
	rm bundle/config.json
	mv saved.json bundle/config.json
}

@test "images: /etc/localtime is a symlink, absolute, relative, dangling, in a chain" {
	mkdir -p "$rootfs/usr/share/zoneinfo/Etc"
	echo zone >"$rootfs/usr/share/zoneinfo/Etc/UTC"
	bound "$PWD/source.file" /etc/localtime
	link /usr/share/zoneinfo/Etc/UTC etc/localtime
	as_runc /usr/share/zoneinfo/Etc/UTC
	link ../usr/share/zoneinfo/Etc/UTC etc/localtime
	as_runc /usr/share/zoneinfo/Etc/UTC
	link /usr/share/zoneinfo/Mars/Base etc/localtime
	as_runc /usr/share/zoneinfo/Mars/Base
	link Etc/UTC usr/share/zoneinfo/UTC
	link /usr/share/zoneinfo/UTC usr/share/zoneinfo/Zulu
	link ../usr/share/zoneinfo/Zulu etc/localtime
	as_runc /usr/share/zoneinfo/Etc/UTC
}

@test "images: /etc/resolv.conf is a symlink, also one that leads upwards out of the root" {
	bound "$PWD/source.file" /etc/resolv.conf
	for target in /run/systemd/resolve/stub-resolv.conf ../run/systemd/resolve/stub-resolv.conf \
		../../../../run/systemd/resolve/stub-resolv.conf; do
		rm -rf "$rootfs/run"
		link "$target" etc/resolv.conf
		as_runc /run/systemd/resolve/stub-resolv.conf
		mkdir -p "$rootfs/run/systemd/resolve"
		echo old >"$rootfs/run/systemd/resolve/stub-resolv.conf"
		as_runc /run/systemd/resolve/stub-resolv.conf
		program 'cat /etc/resolv.conf'
		run -0 inside
		same file
	done
}

@test "images: /var/run and /var/lock are symlinks" {
	for target in /run ../run; do
		link "$target" var/run
		link "$target/lock" var/lock
		unconfigured
		writable
		bound "$PWD/source" /var/run/secrets
		bound "$PWD/source.file" /var/run/docker.sock
		mounts '{"destination": "/var/lock", "type": "tmpfs", "source": "tmpfs"}'
		as_runc /run/secrets /run/docker.sock /run/lock
	done
}

@test "images: a mount on /run, then one below /var/run" {
	link /run var/run
	mounts '{"destination": "/run", "type": "tmpfs", "source": "tmpfs"}'
	bound "$PWD/source" /var/run/secrets
	as_runc /run /run/secrets
}

@test "images: /dev/shm is a symlink" {
	for target in /run/shm ../run/shm /var/shm; do
		unconfigured
		writable
		without_mount /dev /dev/pts /dev/mqueue
		rm -rf "$rootfs/dev" "$rootfs/run" "$rootfs/var"
		mkdir "$rootfs/dev"
		link "$target" dev/shm
		target=${target#../}
		as_runc "/${target#/}"
	done
}

@test "images: /dev is a symlink inside the image, and a tmpfs is mounted there" {
	mkdir "$rootfs/real-dev"
	link real-dev dev
	program 'ls /real-dev/null /dev/null && echo x >/dev/null'
	run -0 inside
	same $'/dev/null\n/real-dev/null' "$(sort <<<"$output")"
}

@test "images: no mount point is there at all" {
	rm -rf "${rootfs:?}"/{dev,proc,sys,tmp}
	bound "$PWD/source" /a/b/c
	bound "$PWD/source.file" /x/y/z
	as_runc /a/b/c /x/y/z
	[ -d "$rootfs/proc" ]
}

@test "images: no /proc, and none asked for" {
	rm -rf "${rootfs:?}/proc"
	without_mount /proc
	config '.linux.maskedPaths = [] | .linux.readonlyPaths = []'
	program 'ls -d /proc /dev/null 2>/dev/null; true'
	run -0 inside
	same /dev/null
}

@test "images: /tmp is a symlink to a directory, a file's parent is a symlink" {
	mkdir -p "$rootfs/var/tmp"
	link var/tmp tmp
	mounts '{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"}'
	bound "$PWD/source.file" /tmp/x/f
	as_runc /var/tmp /var/tmp/x/f
}

@test "images: /tmp is a symlink to a file: a file is bound over that file" {
	echo old >"$rootfs/etc/old"
	link etc/old tmp
	bound "$PWD/source.file" /tmp
	as_runc /etc/old
}

@test "images: a directory over a file, and a file over a directory, say so" {
	echo old >"$rootfs/etc/old"
	bound "$PWD/source" /etc/old
	refused inside
	says "/mounts/7" "/etc/old"
	unconfigured
	bound "$PWD/source.file" /etc
	refused inside
	says "/mounts/7" "/etc"
}

@test "images: a component of a destination is a bind mount of an earlier line" {
	mkdir -p source/deep
	ln -s deep source/way
	bound "$PWD/source" /v
	bound "$PWD/source.file" /v/here
	bound "$PWD/source" /v/way/new
	as_runc /v /v/here /v/deep/new
	[ -d source/deep/new ]
}

@test "images: a component is a symlink of an earlier mount, absolute: it means the container's root" {
	ln -s /etc source/etc
	bound "$PWD/source" /v
	bound "$PWD/source.file" /v/etc/added
	as_runc /v /etc/added
}

@test "images: /usr is merged: /bin, /lib and /sbin are symlinks" {
	mkdir -p "$rootfs/usr"
	mv "$rootfs/bin" "$rootfs/usr/bin"
	ln -s usr/bin "$rootfs/bin"
	link usr/lib lib
	link /usr/sbin sbin
	bound "$PWD/source" /lib/modules
	bound "$PWD/source.file" /sbin/init
	as_runc /usr/lib/modules /usr/sbin/init
}

@test "images: names with blanks, newlines, quotes, commas and other letters" {
	bound "$PWD/source" "/with blank"
	bound "$PWD/source" $'/new\nline'
	bound "$PWD/source" '/quote"back\slash'
	bound "$PWD/source" "/comma,colon:semicolon;"
	bound "$PWD/source" "/ümläut"
	program 'cat "/with blank/here" "/new
line/here" "/quote\"back\\slash/here" "/comma,colon:semicolon;/here" "/ümläut/here"'
	run -0 inside
	same "$(printf 'there\n%.0s' 1 2 3 4 5)"
}

@test "images: destinations with slashes and dots that mean nothing" {
	bound "$PWD/source" //a//b/
	bound "$PWD/source" /./c/./d/.
	as_runc /a/b /c/d
}
