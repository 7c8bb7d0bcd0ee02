# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The root file system, R1 to R36, R40 and R41 of docs/rootfs.md: each test is named for what it pins.  R37 and R38 are
# the library's (api.bats), R39 is the layers' (layer.bats).

load security

setup_file() { make_base; }

setup() {
	begin
	rootfs=$bundle/rootfs
	here=$BATS_TEST_TMPDIR
}

teardown() { finish; }

# mount_line JSON…: the configuration's mounts and these; what they name as HERE is the test's folder
mount_line() {
	local line
	for line; do
		mounts "${line//HERE/$here}"
	done
}

# of MOUNT-POINT…: the lines of the container's mountinfo, without ids, as the last program printed them
of() {
	local at
	for at; do
		awk -v at="$at" '$5 == at { $1 = $2 = $3 = ""; print }' <<<"$output" | sed 's/^ *//'
	done
}

# shows_mounts [OPTION…]: run a container that prints its mountinfo
shows_mounts() {
	config '.process.args = ["/bin/cat", "/proc/self/mountinfo"]'
	run --separate-stderr -0 inside "$@"
}

# fails TEXT…: the container is refused with this, and the image is as it was
fails() {
	image >image.before
	refused inside
	says "$@"
	image | diff image.before -
}

# image: every name in the image; a directory's time is that of what was made in it and taken away again
image() { (cd "$rootfs" && find . \( -type d -printf '%p %y %i %m %U:%G\n' -o -printf '%p %y %i %m %U:%G %s %T@ %l\n' \) | sort); }

# userns [HOST-ID]: a user namespace of the container's own
userns() {
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: $id, size: 65536}] | .linux.gidMappings = .linux.uidMappings' \
		--argjson id "${1:-100000}"
}

# script TEXT: a program of the host, $script
script() {
	script=$here/script
	printf '#!/bin/sh\n%s\n' "$1" >"$script"
	chmod +x "$script"
}

# ---- before anything is mounted

@test "R1 by default mounts of the host come in, none go out; with rprivate none come in" {
	mkdir host
	private "mount -t tmpfs tmpfs host; mount --make-shared host; mkdir host/later host/inner"
	program 'mount -t tmpfs inner /mnt/inner; echo ready; exec sleep 1000'
	mkdir "$rootfs/mnt"
	mount_line '{"destination": "/mnt", "source": "HERE/host", "options": ["rbind"]}'
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	for row in :1 rprivate:0; do
		config 'del(.linux.rootfsPropagation) | if $p != "" then .linux.rootfsPropagation = $p else . end' --arg p "${row%:*}"
		rm -f "$c.out"
		there "$SOCLE" --root "$root" run -d -b "$bundle" "$c" </dev/null >"$c.out" 2>&1
		eventually says_in "$c.out" ready
		there mount -t tmpfs later "$here/host/later"
		same "${row#*:}" "$(grep -c ' /mnt/later ' "/proc/$(pid "$c")/mountinfo" || true)"
		same 1 "$(grep -c ' /mnt/inner ' "/proc/$(pid "$c")/mountinfo")"
		same 0 "$(there grep -c ' inner ' /proc/self/mountinfo || true)"
		there umount "$here/host/later"
		gone "$c"
	done
	unmounted
}

@test "R2 the mount that holds the root is made private by its id, its namesake stays as it is" {
	mkdir a ab
	private "for d in a ab; do mount -t tmpfs tmpfs \$d; mount --make-shared \$d; done; cp -a bundle/. ab/"
	there cut -d' ' -f5,7 /proc/self/mountinfo | sort >before.private
	program 'echo good'
	cp bundle/config.json next.json
	for form in shared rshared slave; do
		jq --arg f "$form" '.linux.rootfsPropagation = $f' next.json >config.json
		run there "$SOCLE" --root "$root" run -f "$here/config.json" -b "$here/ab" "$c" </dev/null
		same good; same 0 "$status"
		there cut -d' ' -f5,7 /proc/self/mountinfo | sort | diff before.private -
	done
	unmounted
}

@test "R3 the root is a mount of its own, with what is mounted below it" {
	private "mount -t tmpfs below bundle/rootfs/tmp; echo deep >bundle/rootfs/tmp/file"
	program 'cat /tmp/file; grep -c " / / " /proc/self/mountinfo; sed -n "s/^[^ ]* [^ ]* [^ ]* \([^ ]*\) \/ .*/\1/p" /proc/self/mountinfo'
	run -0 insider
	same deep "${lines[0]}"
	[[ ${lines[2]} == *"/bundle/rootfs" ]]
	unmounted
}

# ---- targets

@test "R4 a target is resolved when it is used: an earlier mount changes what it means" {
	mkdir -p source "$rootfs/tmp/deep"
	ln -s /tmp/deep source/link
	mkdir "$rootfs/a"
	mount_line '{"destination": "/a", "source": "HERE/source", "options": ["rbind"]}' \
		'{"destination": "/a/link/x", "type": "tmpfs"}'
	shows_mounts
	[[ $(of /tmp/deep/x) == *"tmpfs"* ]]
	[ -d "$rootfs/tmp/deep/x" ]
}

@test "R4 missing directories are made 0755 and missing files empty, whatever the umask" {
	echo text >file
	mkdir dir
	mount_line '{"destination": "/new/dirs/for", "source": "HERE/dir", "options": ["bind"]}' \
		'{"destination": "/other/new/file", "source": "HERE/file", "options": ["bind"]}'
	program 'cat /other/new/file'
	umask 077
	run -0 inside
	umask 022
	same text
	same "755 755 755" "$(cd "$rootfs" && stat -c %a new new/dirs new/dirs/for | tr '\n' ' ' | sed 's/ $//')"
	same "755 755" "$(cd "$rootfs" && stat -c %a other other/new | tr '\n' ' ' | sed 's/ $//')"
	[ -f "$rootfs/other/new/file" ] && [ ! -s "$rootfs/other/new/file" ]
}

@test "R4 names with spaces, newlines, commas, colons, backslashes, quotes" {
	name=$' a b\n,c:d\\e"f\'g%s\t$HOME*'
	mkdir -p "source$name"
	echo "$name" >"source$name/file$name"
	config '.mounts += [{destination: ("/tmp/dir" + $n), source: ($h + "/source" + $n), options: ["bind"]},
		{destination: ("/tmp/file" + $n), source: ($h + "/source" + $n + "/file" + $n), options: ["bind"]},
		{destination: ("/tmp/tmpfs" + $n), type: "tmpfs", source: ("x" + $n)}]' --arg n "$name" --arg h "$here"
	program 'cat "/tmp/dir$1/file$1" "/tmp/file$1"; grep -c " /tmp/tmpfs" /proc/self/mountinfo'
	config '.process.args += ["sh", $n]' --arg n "$name"
	run -0 inside
	same "$name"$'\n'"$name"$'\n1'
	[ -d "$rootfs/tmp/dir$name" ]
}

@test "R4 a name that is no UTF-8 is no JSON, and is refused" {
	mount_line '{"destination": "/tmp/BYTE", "type": "tmpfs"}'
	sed -i "s/BYTE/$(printf '\377')/" "$bundle/config.json"
	fails "UTF-8"
}

@test "R4 a loop of symlinks, and a target whose parent is a file" {
	ln -s b "$rootfs/a"
	ln -s a "$rootfs/b"
	echo text >"$rootfs/file"
	for row in "/a|Too many levels" "/a/x|Too many levels" "/file/x|Not a directory" "/file/x/y|Not a directory"; do
		unconfigured
		config '.mounts += [{destination: $d, type: "tmpfs"}]' --arg d "${row%|*}"
		fails "${row#*|}" "/mounts/7" "${row%|*}"
	done
}

@test "R5 on /proc and in it: procfs and eleven files" {
	echo mine >file
	for name in cpuinfo diskstats meminfo stat swaps uptime loadavg slabinfo net/dev sys/kernel/ns_last_pid \
			sys/crypto/fips_enabled; do
		[ -e "/proc/$name" ] || continue
		unconfigured
		mount_line '{"destination": "/proc/'"$name"'", "source": "HERE/file", "options": ["bind"]}'
		config '.process.args = ["/bin/cat", "/proc/" + $n]' --arg n "$name"
		run -0 inside
		# of what is in /proc/net the kernel drops a mount at the next look-up
		[ "$name" = net/dev ] || same mine
	done
	for name in version self/status sys sys/kernel/core_pattern 1 cpuinfo/x; do
		unconfigured
		mount_line '{"destination": "/proc/'"$name"'", "source": "HERE/file", "options": ["bind"]}'
		fails /mounts/7/destination "/proc/$name" "procfs"
	done
	unconfigured
	mount_line '{"destination": "/proc", "source": "/proc", "options": ["rbind"]}'
	without pid
	program 'readlink /proc/self >/dev/null && echo good'
	run inside; echo "$output"
	same good
	unconfigured
	mount_line '{"destination": "/proc", "source": "/proc/sys", "options": ["rbind"]}'
	fails /mounts/7 "only a procfs"
	unconfigured
	mount_line '{"destination": "/proc/cpuinfo", "type": "tmpfs"}'
	fails /mounts/7/destination /proc/cpuinfo
}

# ---- proc, sysfs, mqueue, tmpfs

@test "R6 the target of procfs and sysfs is a real directory" {
	for at in proc sys; do
		rm -rf "${rootfs:?}/$at"
		ln -s tmp "$rootfs/$at"
		fails "symlink" "/$at"
		rm "$rootfs/$at"
		echo text >"$rootfs/$at"
		fails "/$at"
		rm "$rootfs/$at"
		mkdir "$rootfs/$at"
	done
}

@test "R6 a user namespace with the host's network has the host's /sys, all of it, with the asked flags" {
	userns
	without network
	shows_mounts
	[[ $(of /sys) == *" ro,nosuid,nodev,noexec"*" sysfs "* ]]
	grep -q ' /sys/fs/cgroup/' <<<"$output"
	run -1 grep -E ' /sys(/[^ ]*)? rw' <<<"$output"
	unconfigured
	userns
	program 'ls /sys/class/net'
	run -0 inside
	same lo
}

@test "R7 mqueue" {
	shows_mounts
	[[ $(of /dev/mqueue) == "/ /dev/mqueue rw,nosuid,nodev,noexec,relatime "*" mqueue "* ]]
}

@test "R8 a tmpfs takes mode and owner of what it covers, unless its options name them" {
	mkdir "$rootfs/covered"
	chown 11:12 "$rootfs/covered"
	chmod 2710 "$rootfs/covered"
	mount_line '{"destination": "/covered", "type": "tmpfs"}' '{"destination": "/missing", "type": "tmpfs"}'
	program 'stat -c "%a %u:%g" /covered /missing'
	run -0 inside
	same $'2710 11:12\n1777 0:0'
	config '.mounts[7].options = ["mode=1777", "uid=3"]'
	run -0 inside
	same "1777 3:12" "${lines[0]}"
	config '.mounts[7].options = ["gid=4"]'
	run -0 inside
	same "2710 11:4" "${lines[0]}"
}

# what a tree is: kinds, modes, owners, times, links, attributes, contents
tree_of() {
	(cd "$1" && find . -printf '%P %y %m %U:%G %T@ %n %l\n' | sort
		find . -type f | sort | xargs -d '\n' cksum
		find . | sort | xargs -d '\n' getfattr -hd -m - 2>/dev/null)
}

@test "R9 tmpfs with tmpcopyup: everything the target held is in it, and nothing of it reaches the image" {
	up=$rootfs/up
	mkdir -p "$up/dir/deep" "$up/empty"
	echo text >"$up/dir/file"
	ln "$up/dir/file" "$up/dir/deep/again"
	ln -s nowhere/at/all "$up/link"
	mkfifo -m 620 "$up/fifo"
	mknod -m 640 "$up/node" c 1 3
	printf 'begin' >"$up/holes"
	truncate -s 8M "$up/holes"
	printf 'end' >>"$up/holes"
	chown 5:6 "$up/dir/file"
	chmod 4751 "$up/dir/file"
	chmod 1770 "$up/dir"
	chown 7:8 "$up/dir" "$up"
	setfattr -n trusted.a -v b "$up/dir"
	setfattr -n security.b -v c "$up/dir/file"
	touch -h -d '2001-02-03 04:05:06.789' "$up/link" "$up/fifo" "$up/dir/file" "$up/dir" "$up"
	tree_of "$up" >expected
	# busybox cannot tell all of it, so the host looks into the container
	mount_line '{"destination": "/up", "type": "tmpfs", "options": ["tmpcopyup"]}'
	program 'echo ready; read -r x </up/fifo'
	detach "$c"
	eventually says_in "$c.out" ready
	inner=/proc/$(pid "$c")/root/up
	same tmpfs "$(stat -f -c %T "$inner")"
	tree_of "$inner" | diff expected -
	[ "$(stat -c %b "$inner/holes")" -lt 100 ]
	touch "$inner/new"
	rm "$inner/dir/file"
	gone "$c"
	tree_of "$up" | diff expected -
}

@test "R9 tmpcopyup that runs out of space, or of inodes: the error is whole, and nothing stays" {
	mkdir -p "$rootfs/up/sub"
	head -c 300000 /dev/urandom >"$rootfs/up/sub/large"
	mount_line '{"destination": "/made/up", "type": "tmpfs"}' \
		'{"destination": "/up", "type": "tmpfs", "options": ["tmpcopyup", "size=64k"]}'
	fails /mounts/8 "No space left on device" "tmpcopyup of \"/up\"" "sub/large"
	config '.mounts[8].options = ["tmpcopyup", "nr_inodes=2"]'
	fails /mounts/8 "No space left on device" "tmpcopyup of \"/up\""
}

@test "R9 tmpcopyup, read-only, with a mode of its own, and of nothing" {
	mkdir -m 700 "$rootfs/up"
	echo text >"$rootfs/up/file"
	mount_line '{"destination": "/up", "type": "tmpfs", "options": ["tmpcopyup", "ro", "mode=1755"]}' \
		'{"destination": "/none", "type": "tmpfs", "options": ["tmpcopyup"]}'
	program 'cat /up/file; stat -c %a /up; touch /up/x 2>/dev/null || echo read-only; ls -A /none'
	run -0 inside
	same $'text\n1755\nread-only'
}

# ---- other types, binds

@test "R10 other types: ramfs, devpts with its options, securityfs, overlay" {
	mkdir lower
	echo lower >lower/file
	mount_line '{"destination": "/tmp/ram", "type": "ramfs", "options": ["mode=711", "noexec"]}' \
		'{"destination": "/tmp/pts", "type": "devpts", "options": ["newinstance", "mode=0611", "gid=7"]}' \
		'{"destination": "/tmp/over", "type": "overlay", "source": "o", "options": ["lowerdir=HERE/lower:'"$rootfs"'/tmp"]}'
	if grep -qw securityfs /proc/filesystems; then
		mount_line '{"destination": "/tmp/sec", "type": "securityfs", "options": ["ro"]}'
	fi
	shows_mounts
	[[ $(of /tmp/ram) == *noexec*" ramfs "*mode=711* ]]
	[[ $(of /tmp/pts) == *" devpts "*gid=7,mode=611* ]]
	[[ $(of /tmp/over) == *" overlay "* ]]
	! grep -qw securityfs /proc/filesystems || [[ $(of /tmp/sec) == *" ro"*" securityfs "* ]]
}

@test "R10 overlay with a lowerdir of a thousand bytes" {
	list=
	for n in 1 2 3 4 5 6; do
		dir=$here/$(printf 'x%.0s' $(seq 150))-$n
		mkdir "$dir"
		echo "$n" >"$dir/file$n"
		echo "$n" >"$dir/same"
		list=$list${list:+:}$dir
	done
	mkdir upper work
	mount_line '{"destination": "/tmp/over", "type": "overlay", "source": "o",
		"options": ["lowerdir='"$list"'", "upperdir=HERE/upper", "workdir=HERE/work"]}'
	program 'cat /tmp/over/same /tmp/over/file?; echo new >/tmp/over/new'
	run -0 inside
	same $'1\n1\n2\n3\n4\n5\n6'
	same new "$(cat upper/new)"
	mount_line '{"destination": "/tmp/over", "type": "overlay", "options": ["lowerdir='"$list"':/nowhere/'"$(printf 'y%.0s' $(seq 200))"'"]}'
	refused inside
	says /mounts/8 /nowhere
}

@test "R11 a bind of a file, a device, a fifo, a socket, a directory, of /" {
	echo text >file
	mkfifo fifo
	mkdir dir
	perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un("socket")) or die'
	for what in file fifo dir socket; do
		mount_line '{"destination": "/tmp/'$what'", "source": "HERE/'$what'", "options": ["bind"]}'
	done
	mount_line '{"destination": "/tmp/zero", "source": "/dev/zero", "options": ["bind"]}' \
		'{"destination": "/tmp/all", "source": "/", "type": "rbind", "options": ["rro"]}' \
		'{"destination": "/tmp/relative", "source": "config.json", "type": "bind"}'
	program 'cd /tmp; stat -c %F file fifo dir socket zero; cat file; cmp relative /tmp/all"$1"/bundle/config.json &&
		head -c 2 zero | od -An -tx1; touch /tmp/all/tmp/x 2>/dev/null || echo read-only'
	config '.process.args += ["sh", $h]' --arg h "$here"
	run -0 inside
	same $'regular file\nfifo\ndirectory\nsocket\ncharacter special file\ntext\n 00 00\nread-only'
	[ -p fifo ] && [ -S socket ]
}

@test "R11 a bind over a symlink reaches what it leads to, with dest-nofollow the symlink itself" {
	echo text >file
	echo other >"$rootfs/tmp/real"
	ln -s real "$rootfs/tmp/link"
	mount_line '{"destination": "/tmp/link", "source": "HERE/file", "options": ["bind"]}'
	program 'cat /tmp/real; readlink /tmp/link'
	run -0 inside
	same $'text\nreal'
	same other "$(cat "$rootfs/tmp/real")"
	config '.mounts[7].options += ["dest-nofollow"]'
	program 'cat /tmp/real; cat /tmp/link'
	run -0 inside
	same $'other\ntext'
}

@test "R11 a source that is a symlink: followed, bound itself, or made again" {
	echo text >file
	ln -s file link
	mount_line '{"destination": "/tmp/x", "source": "HERE/link", "options": ["bind"]}'
	program 'cat /tmp/x'
	run -0 inside
	same text
	rm "$rootfs/tmp/x"
	config '.mounts[7].options = ["bind", "copy-symlink"]'
	program 'readlink /tmp/x; grep -c " /tmp/x " /proc/self/mountinfo'
	run -1 inside
	same $'file\n0'
	rm "$rootfs/tmp/x"
	echo there >"$rootfs/tmp/x"
	fails /mounts/7 "is there already"
	config '.mounts[7].options = ["bind", "src-nofollow", "dest-nofollow"]'
	rm "$rootfs/tmp/x"
	ln -s elsewhere "$rootfs/tmp/x"
	program 'readlink /tmp/x'
	run -0 inside
	same file
	same elsewhere "$(readlink "$rootfs/tmp/x")"
}

@test "R11 a missing source is named, with its mount" {
	mount_line '{"destination": "/tmp", "source": "HERE/there/is/none", "options": ["bind"]}'
	fails "the source is missing" "$here/there/is/none" /mounts/7/source
}

@test "R12 the options of a bind take effect, on the mount alone or on all below" {
	mkdir -p source/below
	private "mount -t tmpfs below source/below"
	mount_line '{"destination": "/tmp/one", "source": "HERE/source", "options": ["rbind", "ro", "nosuid", "noexec"]}' \
		'{"destination": "/tmp/all", "source": "HERE/source", "options": ["rbind", "rro", "rnosuid", "rnodev", "rnoexec", "rnoatime", "rnosymfollow"]}' \
		'{"destination": "/tmp/plain", "source": "HERE/source", "options": ["bind"]}'
	config '.process.args = ["/bin/cat", "/proc/self/mountinfo"]'
	run -0 insider
	[[ $(of /tmp/one) == *" ro,nosuid,noexec"* ]]
	[[ $(of /tmp/one/below) == *" /tmp/one/below rw,relatime"* ]]
	for at in /tmp/all /tmp/all/below; do
		[[ $(of $at) == *" $at ro,nosuid,nodev,noexec,noatime,nosymfollow"* ]] || { of $at; false; }
	done
	[[ $(of /tmp/plain) == *" /tmp/plain rw"* ]]
	same "" "$(of /tmp/plain/below)"
	unmounted
}

@test "R12 a recursive option that takes away does so in the whole tree, and the mount's own wins for itself" {
	mkdir -p source/below
	private "mount -t tmpfs -o ro,nosuid top source; mkdir -p source/below || true
		mount -o remount,rw source; mkdir source/below; mount -o remount,ro source
		mount -t tmpfs -o ro,nosuid below source/below"
	mount_line '{"destination": "/tmp/x", "source": "HERE/source", "options": ["rbind", "rrw", "rsuid"]}' \
		'{"destination": "/tmp/y", "source": "HERE/source", "options": ["rbind", "rw"]}'
	config '.process.args = ["/bin/cat", "/proc/self/mountinfo"]'
	run -0 insider
	for at in /tmp/x /tmp/x/below; do
		[[ $(of $at) == *" $at rw,relatime"* ]] || { of $at; false; }
	done
	[[ $(of /tmp/y) == *" /tmp/y rw,nosuid"* ]]
	[[ $(of /tmp/y/below) == *" /tmp/y/below ro,nosuid"* ]]
	unmounted
}

@test "R12 in a user namespace what the source locks is kept, and the mount is not refused" {
	mkdir source
	config 'del(.mounts[] | select(.type == "cgroup" or .type == "mqueue"))'
	mount_line '{"destination": "/tmp", "source": "HERE/source", "options": ["bind", "suid", "exec", "dev", "rw"]}'
	config '.process.args = ["/bin/cat", "/proc/self/mountinfo"]'
	cat >probe <<'EOF2'
		mount -t tmpfs -o nosuid,nodev,noexec,ro locked source
		umount -R /sys/fs/cgroup
		unshare -U sleep 1000 & holder=$!
		until [ "$(readlink /proc/$holder/ns/user)" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.02; done
		echo 0 0 65536 >/proc/$holder/uid_map
		echo 0 0 65536 >/proc/$holder/gid_map
		nsenter -t "$holder" -U unshare -m "$SOCLE" --root "$root" run -b "$PWD/bundle" "$c"
		status=$?
		kill "$holder"
		exit "$status"
EOF2
	run -0 env root="$root" c="$c" SOCLE="$SOCLE" unshare -m --propagation private sh probe
	[[ $(of /tmp) == *" /tmp ro,nosuid,nodev,noexec,"* ]]
}

@test "R13 z and Z exclude each other, and the system's directories are not relabelled" {
	mkdir source
	mount_line '{"destination": "/tmp", "source": "HERE/source", "options": ["bind", "z", "Z"]}'
	fails "\"z\" and \"Z\"" /mounts/7/options
	for dir in / /etc /usr /home/ /root /tmp //var/./lib; do
		config '.mounts[7].source = $d | .mounts[7].options = ["bind", "Z"]' --arg d "$dir"
		fails "is not relabelled" /mounts/7/source
	done
	config '.mounts[7].source = $d | .mounts[7].options = ["bind", "z"]' --arg d "$here/source"
	program 'echo good'
	run -0 inside
	same good
}

@test "R14 propagation options are applied in their order" {
	mkdir -p source
	private "mount -t tmpfs source source; mount --make-shared source; mkdir source/below; mount -t tmpfs below source/below"
	for row in "rslave,rshared|shared master" "rshared,rprivate|" "rprivate,rshared|shared" "shared,slave|master" \
			"rprivate,unbindable|unbindable"; do
		unconfigured
		mount_line '{"destination": "/tmp", "source": "HERE/source", "options": ["rbind"]}'
		config '.mounts[7].options += ($o / ",")' --arg o "${row%|*}"
		config '.process.args = ["/bin/cat", "/proc/self/mountinfo"]'
		run -0 insider
		got=$(of /tmp)
		for word in shared master unbindable; do
			expected=no
			[[ ${row#*|} != *$word* ]] || expected=yes
			found=no
			[[ $got != *" $word"* ]] || found=yes
			same "$expected" "$found" || { echo "$row: $got"; false; }
		done
	done
	unmounted
}
