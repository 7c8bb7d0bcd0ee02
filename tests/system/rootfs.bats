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

# shows_mounts: run a container that prints its mountinfo
shows_mounts() {
	config '.process.args = ["/bin/cat", "/proc/self/mountinfo"]'
	run --separate-stderr -0 inside
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
	grep -q ' /sys/fs/cgroup' <<<"$output"
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

# ---- mapped ids

# map_of [CONTAINER-ID HOST-ID SIZE]: a mount's mappings
map_of() {
	echo '"uidMappings": [{"containerID": '"$1"', "hostID": '"$2"', "size": '"$3"'}],
		"gidMappings": [{"containerID": '"$1"', "hostID": '"$2"', "size": '"$3"'}]'
}

@test "R15 mapped ids: of a bind, of a new tmpfs, by idmap, and back" {
	mkdir source
	touch source/file
	chown 5:6 source/file
	mount_line '{"destination": "/tmp/b", "source": "HERE/source", "options": ["bind"], '"$(map_of 0 1000 100)"'}' \
		'{"destination": "/tmp/p", "source": "HERE/source", "options": ["bind"]}'
	program 'stat -c %u:%g /tmp/b/file /tmp/p/file'
	run -0 inside
	same $'1005:1006\n5:6'
	unconfigured
	userns 1000
	mount_line '{"destination": "/tmp", "source": "HERE/source", "options": ["bind", "idmap"]}'
	program 'stat -c %u:%g /tmp/file; touch /tmp/new; stat -c %u:%g /tmp/new'
	run -0 inside
	same $'5:6\n0:0'
	same 0:0 "$(stat -c %u:%g source/new)"
	unconfigured
	userns 1000
	mount_line '{"destination": "/tmp", "source": "HERE/source", "options": ["bind"]}'
	program 'stat -c %u:%g /tmp/file'
	run -0 inside
	same 65534:65534
}

@test "R15 ridmap reaches what is mounted below, idmap does not" {
	mkdir -p source
	private "mount -t tmpfs top source; mkdir source/below; mount -t tmpfs below source/below; touch source/below/file"
	for row in idmap:65534 ridmap:0; do
		unconfigured
		userns 1000
		mount_line '{"destination": "/tmp", "source": "HERE/source", "options": ["rbind", "'"${row%:*}"'"]}'
		program 'stat -c "%u %n" /tmp/below/file'
		run insider
		[[ $output != *"tmpfs takes"*"Linux"* && $output != *"mapping ids of tmpfs"* ]] || { unmounted; skip "this kernel's tmpfs takes no mapped ids"; }
		same "${row#*:} /tmp/below/file"
	done
	unmounted
}

@test "R15 a file system that cannot map ids is named" {
	mount_line '{"destination": "/tmp", "source": "/proc/sys", "options": ["bind"], '"$(map_of 0 1000 10)"'}'
	fails "mapped ids" "mount_setattr" /mounts/7
	config '.mounts[7] = {"destination": "/tmp", "source": "/etc", "options": ["bind", "idmap"]}'
	fails /mounts/7
}

# ---- cgroups

@test "R16 cgroup version 1: a tmpfs with a mount for each hierarchy, read-only, showing the container's own" {
	names=$(awk '$3 == "cgroup" { sub(".*/", "", $2); print $2 }' /proc/mounts | sort)
	[ -n "$names" ] || skip "no cgroup version 1 here"
	program 'grep " /sys/fs/cgroup" /proc/mounts; for d in /sys/fs/cgroup/*/; do
			[ ! -e "$d/cgroup.procs" ] || { grep -qx $$ "$d/cgroup.procs" && echo "in ${d%/}"; }; done'
	for namespace in with without; do
		run -0 inside
		[[ $output == *" /sys/fs/cgroup tmpfs ro,nosuid,nodev,noexec,"* ]] || { echo "$output"; false; }
		for name in $names; do
			[[ $output == *" /sys/fs/cgroup/$name cgroup ro,nosuid,nodev,noexec,"* ]]
			[[ $output == *"in /sys/fs/cgroup/$name"* ]]
		done
		without cgroup
	done
}

@test "R17 cgroup version 2 beside version 1, and refused by nobody" {
	at=$(awk '$3 == "cgroup2" { print $2 }' /proc/mounts | head -n 1)
	[ -n "$at" ] || skip "no cgroup version 2 here"
	program 'awk "\$3 == \"cgroup2\" { print \$2, \$4 }" /proc/mounts; cat "$1/cgroup.procs" | head -n 1'
	config '.process.args += ["sh", $at]' --arg at "$at"
	for step in plain userns; do
		run -0 inside
		[[ ${lines[0]} == "$at ro,nosuid,nodev,noexec,"* ]]
		same 1 "${lines[1]}"
		[ "$step" != plain ] || userns
	done
}

@test "R17 cgroup version 2 in the host's cgroup namespace: the host's mount keeps its options" {
	[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || skip "not only cgroup version 2 here"
	options=$(awk '$2 == "/sys/fs/cgroup" { print $4 }' /proc/mounts)
	without cgroup
	program 'awk "\$3 == \"cgroup2\" { print \$2, \$4 }" /proc/mounts; cat "/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)/cgroup.procs" | head -n 1'
	run -0 inside
	[[ ${lines[0]} == "/sys/fs/cgroup ro,nosuid,nodev,noexec,"* ]]
	same 1 "${lines[1]}"
	same "$options" "$(awk '$2 == "/sys/fs/cgroup" { print $4 }' /proc/mounts)"
}

# ---- /dev

@test "R18 R32 a read-only /dev has its nodes, cannot be written, and keeps its other flags" {
	config '.mounts[1].options += ["ro", "noexec"]'
	program 'grep " /dev " /proc/mounts; [ -c /dev/null ] && [ -L /dev/ptmx ] && echo there
		touch /dev/x 2>/dev/null || echo read-only; touch /dev/shm/x && echo below'
	run -0 inside
	[[ ${lines[0]} == *" /dev tmpfs ro,nosuid,noexec,"* ]]
	same $'there\nread-only\nbelow' "$(tail -n 3 <<<"$output")"
}

@test "R32 a /dev that stays busy is tried again, and then told" {
	config '.mounts[1].options += ["ro"]'
	mkfifo fifo
	# who holds it executes and opens nothing any more: the root is about to change
	script 'cd "'"$here"'"
		exec 8<>fifo 9>"'"$rootfs"'/dev/held"
		{ : >held; read -r never; } <&8 >/dev/null 2>&1 &
		until [ -e held ]; do sleep 0.02; done'
	config '.hooks.createContainer = [{path: $s, env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}]' --arg s "$script"
	fails "mount attributes" "Device or resource busy"
	[ -e held ]
}

@test "R19 commands around a mount see it come, and run in their order with what they are given" {
	mkdir source
	script 'echo "$*: $(grep -c " '"$rootfs"'/tmp " /proc/self/mountinfo) $WHAT $(pwd)" >>'"'$here/said'"
	mount_line '{"destination": "/tmp", "source": "HERE/source", "options": ["bind"]}'
	config '.annotations["io.socle.mount.commands"] = ([
		{mount: 7, before: {path: $s, args: ["x", "one"], env: ["PATH=/usr/bin:/bin", "WHAT=a"], dir: "/usr"}, after: {path: $s, args: ["x", "three"], env: ["PATH=/usr/bin:/bin"]}},
		{mount: 7, before: {path: $s, args: ["x", "two", "2"], env: ["PATH=/usr/bin:/bin"], dir: "/"}}] | tojson)' --arg s "$script"
	program 'echo good'
	run -0 inside
	same good
	same "one: 0 a /usr" "$(sed -n 1p said)"
	same "two 2: 0  /" "$(sed -n 2p said)"
	[[ $(sed -n 3p said) == "three: 1  "* ]]
}

@test "R19 a command that fails, or is none, stops the set-up, and its words are in the error" {
	command_of() {
		config '.annotations["io.socle.mount.commands"] = $t' --arg t "$1"
	}
	mount_line '{"destination": "/new/mount", "type": "tmpfs"}'
	script 'echo some words; echo more words >&2; exit 3'
	for when in before after; do
		command_of '[{"mount": 7, "'$when'": {"path": "'"$script"'"}}]'
		fails "ended with status 3" "some words more words" /annotations/io.socle.mount.commands
	done
	command_of '[{"mount": 7, "before": {"path": "/nowhere/x"}}]'
	fails "/nowhere/x" "No such file or directory"
	command_of '[{"mount": 7, "before": {"path": "relative"}}]'
	fails "no absolute path"
	command_of '[{"mount": 8, "before": {"path": "/bin/true"}}]'
	fails "there is no mount 8"
	command_of '{"mount": 7}'
	fails /annotations/io.socle.mount.commands
	command_of 'nonsense'
	fails /annotations/io.socle.mount.commands
}

@test "R20 a mount label without SELinux is refused, not forgotten" {
	[ ! -e /sys/fs/selinux/enforce ] || skip "SELinux is on here"
	config '.linux.mountLabel = "system_u:object_r:container_file_t:s0:c1,c2"'
	fails /linux/mountLabel SELinux
}

@test "R21 a bound /dev is left as it is" {
	mkdir dev
	mknod dev/null c 1 3
	echo mine >dev/fd
	config '.mounts |= map(select(.destination | startswith("/dev") | not)) + [{destination: "/dev", source: $d, options: ["bind"]}]' --arg d "$here/dev"
	program 'ls /dev; cat /dev/fd'
	run -0 inside
	same $'fd\nnull\nmine'
	same $'fd\nnull' "$(ls dev)"
}

@test "R22 a device that is there already is kept, and a type that nobody knows is refused" {
	config 'del(.mounts[] | select(.destination == "/dev"))'
	without_mount /dev/pts /dev/shm /dev/mqueue
	mknod -m 600 "$rootfs/dev/null" c 1 3
	mknod -m 600 "$rootfs/dev/pipe" p
	before=$(stat -c '%i %a' "$rootfs/dev/null" "$rootfs/dev/pipe")
	config '.linux.devices = [{path: "/dev/pipe", type: "p"}, {path: "/dev/u", type: "u", major: 1, minor: 5, fileMode: 420, uid: 3, gid: 4}]'
	program 'stat -c "%F %t:%T" /dev/null /dev/pipe; stat -c "%F %t:%T %a %u:%g" /dev/u'
	run -0 inside
	same $'character special file 1:3\nfifo 0:0\ncharacter special file 1:5 644 3:4'
	same "$before" "$(stat -c '%i %a' "$rootfs/dev/null" "$rootfs/dev/pipe")"
	config '.linux.devices = [{path: "/dev/x", type: "x", major: 1, minor: 5}]'
	fails /linux/devices/0/type
}

@test "R23 in a user namespace the host's nodes are bound, and are what they claim" {
	userns
	config '.linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229}]'
	[ -c /dev/fuse ] || config 'del(.linux.devices)'
	program 'stat -c "%n %t:%T" /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty
		grep -c " /dev/[a-z]* .* devtmpfs " /proc/self/mountinfo; echo x >/dev/null; head -c 1 /dev/zero | od -An -tx1'
	run -0 inside
	same "/dev/null 1:3
/dev/zero 1:5
/dev/full 1:7
/dev/random 1:8
/dev/urandom 1:9
/dev/tty 5:0" "$(head -n 6 <<<"$output")"
	[ "${lines[6]}" -ge 6 ]
	same " 00" "${lines[7]}"
	config '.linux.devices = [{path: "/dev/null2", type: "c", major: 1, minor: 3}]'
	refused inside
	says /linux/devices/0 /dev/null2
	config '.linux.devices = [{path: "/dev/zero", type: "c", major: 1, minor: 3}]'
	refused inside
	says /linux/devices/0 "is not the device that is asked for"
}

@test "R24 whatever is at /dev/ptmx becomes the link" {
	config 'del(.mounts[] | select(.destination == "/dev"))'
	without_mount /dev/pts /dev/shm /dev/mqueue
	program 'readlink /dev/ptmx'
	for what in 'echo text >' 'mkdir' 'ln -s /etc/passwd' 'mkfifo'; do
		rm -rf "${rootfs:?}/dev/ptmx"
		sh -c "$what $rootfs/dev/ptmx"
		run -0 inside
		same pts/ptmx
	done
}

@test "R25 links that are there stay" {
	config 'del(.mounts[] | select(.destination == "/dev"))'
	without_mount /dev/pts /dev/shm /dev/mqueue
	ln -s elsewhere "$rootfs/dev/stdin"
	echo mine >"$rootfs/dev/fd"
	program 'readlink /dev/stdin; cat /dev/fd; readlink /dev/stdout'
	run -0 inside
	same $'elsewhere\nmine\n/proc/self/fd/1'
}

@test "R26 /dev/console is the other end of a pty of the container's own devpts" {
	config '.process.terminal = true | .process.user = {uid: 7, gid: 8}'
	program 'tty; stat -c "%t:%T %u" /dev/console /dev/pts/0; grep -c " /dev/console .* devpts " /proc/self/mountinfo; ls -1 /dev/pts'
	run -0 inside
	same $'/dev/pts/0\n88:0 7\n88:0 7\n1\n0\nptmx' "$(tr -d '\r' <<<"$output")"
}

# ---- hooks, change of root

@test "R27 createRuntime and prestart hooks, then createContainer: mounts are there, the old root still is" {
	mkdir source
	mount_line '{"destination": "/tmp", "source": "HERE/source", "options": ["bind"]}'
	script 'cat >/dev/null
		mine=$(grep -c " '"$rootfs"'/tmp " /proc/self/mountinfo)
		echo "$1 sees $mine, $(readlink /proc/self/ns/mnt), in $(pwd), $(test -d '"'$rootfs'"' && echo root)" >>'"'$here/said'"
	for kind in createContainer prestart createRuntime; do
		config '.hooks[$k] = [{path: $s, args: ["x", $k], env: ["PATH=/usr/bin:/bin"]}]' --arg k "$kind" --arg s "$script"
	done
	program 'readlink /proc/self/ns/mnt'
	run -0 inside
	own=$(readlink /proc/self/ns/mnt)
	same "prestart sees 0, $own, in $bundle, root
createRuntime sees 0, $own, in $bundle, root
createContainer sees 1, $output, in $bundle, root" "$(cat said)"
	same 0 "$(ls "$rootfs/tmp" | wc -l)"
}

@test "R27 what a createContainer hook mounts in the root is there afterwards" {
	script 'mount -t tmpfs hooked "$1/tmp"; echo text >"$1/tmp/file"'
	config '.hooks.createContainer = [{path: $s, args: ["x", $r], env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}]' --arg s "$script" --arg r "$rootfs"
	program 'cat /tmp/file; grep -c " /tmp .* hooked " /proc/self/mountinfo'
	run -0 inside
	same $'text\n1'
	[ ! -e "$rootfs/tmp/file" ]
}

@test "R27 a hook that fails ends the container and leaves nothing" {
	script 'echo no luck; exit 4'
	mount_line '{"destination": "/new", "type": "tmpfs"}'
	for kind in prestart createRuntime createContainer; do
		config '.hooks = {($k): [{path: $s}]}' --arg k "$kind" --arg s "$script"
		fails "/hooks/$kind/0" "no luck" "status 4"
	done
}

@test "R28 with pivot_root nothing of the host's tree is mounted, with --no-pivot its procfs and sysfs are not" {
	program 'sed "s/.* - //" /proc/self/mountinfo | cut -d" " -f1 | sort | uniq -c | grep -E " (proc|sysfs)$"; cut -d" " -f5 /proc/self/mountinfo | grep -c "^'"$here"'" || true'
	without_mount /sys/fs/cgroup
	config 'del(.linux.readonlyPaths, .linux.maskedPaths)'
	for option in --preserve-fds=0 --no-pivot; do
		run -0 inside "$option"
		same $'1 proc\n1 sysfs\n0' "$(sed 's/^ *//' <<<"$output")"
	done
}

@test "R28 --no-pivot: the way that leads to a procfs of the host is closed" {
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE"])'
	config '.mounts |= map(select(.destination != "/proc"))'
	config 'del(.linux.readonlyPaths, .linux.maskedPaths)'
	program 'echo good; [ ! -e /proc/self ] || echo "a procfs"; cd ..; pwd; ls / | grep -c boot'
	run inside --no-pivot
	same $'good\n/\n0'
}

@test "R28 without a new mount namespace: chroot" {
	without mount
	config 'del(.mounts, .linux.maskedPaths, .linux.readonlyPaths, .linux.rootfsPropagation) | .root.readonly = false'
	echo marker >"$rootfs/marker"
	program 'cat /marker; ls -d /*bundle* 2>/dev/null; cd ..; cat marker; [ -c /dev/null ] && echo node'
	run -0 inside
	same $'marker\nmarker\nnode'
}

@test "R28 no descriptor of the host's tree is left to the program" {
	program 'ls -l /proc/self/fd | sed -n "s/.* -> //p"; ls -l /proc/1/fd | grep -c "'"$here"'" || true'
	for option in --preserve-fds=0 --no-pivot; do
		run -0 inside "$option"
		none_of "$output" "$here" "$rootfs"
	done
}

@test "R29 standard streams that are the host's null device become the container's" {
	program 'for fd in 0 1 2; do stat -L -c "%t:%T %d" /proc/self/fd/$fd; done >/tmp/out; stat -c %d /dev/null >>/tmp/out'
	mkdir -p source
	mount_line '{"destination": "/tmp", "source": "HERE/source", "options": ["bind"]}'
	"$SOCLE" --root "$root" run -b "$bundle" "$c" </dev/null >/dev/null 2>/dev/null
	device=$(sed -n 4p source/out)
	same "1:3 $device" "$(sed -n 1p source/out)"
	same "1:3 $device" "$(sed -n 3p source/out)"
	[ "$device" != "$(stat -c %d /dev/null)" ]
}

@test "R30 the working directory is made inside the root, and no symlink leads out of it" {
	config '.root.readonly = false'
	ln -s "$here/outside" "$rootfs/link"
	config '.process.cwd = "/link/deep"'
	program 'pwd -P'
	run -0 inside
	same "$here/outside/deep"
	[ ! -e outside ]
	[ -d "$rootfs$here/outside/deep" ]
	ln -s /proc/1/root "$rootfs/magic"
	config '.process.cwd = "/magic/etc"'
	refused inside
	says /process/cwd
}

# ---- finishing

@test "R31 a kernel parameter is written to a procfs that is one, and a refused one names itself" {
	without_mount /proc
	config 'del(.linux.readonlyPaths, .linux.maskedPaths)'
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1"}'
	mkdir -p "$rootfs/proc/sys/net/ipv4"
	echo image >"$rootfs/proc/sys/net/ipv4/ip_forward"
	program 'cat /proc/sys/net/ipv4/ip_forward'
	run -0 inside
	same image
	for key in kernel.panic fs.file-max vm.swappiness; do
		config '.linux.sysctl = {($k): "1"}' --arg k "$key"
		fails "/linux/sysctl/$key"
	done
}

@test "R33 a read-only root keeps its other flags" {
	private "mount --bind bundle/rootfs bundle/rootfs; mount -o remount,bind,nosuid,nodev,noatime bundle/rootfs"
	config '.process.args = ["/bin/cat", "/proc/self/mountinfo"]'
	run -0 insider
	[[ $(of /) == *" / ro,nosuid,nodev,noatime"* ]]
	unmounted
}

@test "R34 a read-only path is so with all below it, files too, and a missing one is skipped" {
	mkdir -p source
	private "mount -t tmpfs top source; mkdir source/below source/other; mount -t tmpfs below source/below; echo x >source/file"
	config '.root.readonly = false'
	mount_line '{"destination": "/tmp", "source": "HERE/source", "options": ["rbind"]}'
	config '.linux.readonlyPaths = ["/tmp/below", "/tmp/file", "/tmp/missing/at/all", "/tmp/other"]'
	program 'for p in below/x file other/x; do echo 1 2>/dev/null >/tmp/$p && echo "$p is writable"; done; touch /tmp/free && echo free'
	run -0 insider
	[[ $output != *writable* ]]
	same free "${lines[-1]}"
	unmounted
}

@test "R35 masked directories share one empty read-only tmpfs, files the null device; a missing path is skipped" {
	for n in 1 2 3; do
		mkdir -p "$rootfs/secret/$n/deep"
		echo text >"$rootfs/secret/file$n"
	done
	config '.linux.maskedPaths = ["/secret/1", "/secret/2", "/secret/3/deep", "/secret/file1", "/secret/file2", "/missing", "/secret/file1/x/missing"]'
	config '.linux.maskedPaths |= .[:6]'
	program 'stat -c "%d %a" /secret/1 /secret/2 /secret/3/deep | sort -u | wc -l
		ls -A /secret/1 /secret/2 /secret/3/deep | grep -v : | grep -c . || true
		stat -c %t:%T /secret/file1 /secret/file2; cat /secret/file3; grep " /secret/1 " /proc/mounts | cut -d" " -f3,4 | cut -d, -f1-4
		df -k /secret/1 | tail -n 1 | awk "{ print \$2, \$3 }"'
	run -0 inside
	same $'1\n0\n1:3\n1:3\ntext\ntmpfs ro,nosuid,nodev,noexec\n0 0'
}

@test "R35 a mask that is a symlink of the image is an error, and so is one that cannot be reached" {
	echo text >"$rootfs/file"
	ln -s file "$rootfs/link"
	config '.linux.maskedPaths = ["/link"]'
	fails /linux/maskedPaths/0 symlink
}

@test "R36 the umask is the configuration's, or 0022" {
	program 'umask'
	umask 0
	run -0 inside
	same 0022
	config '.process.user.umask = 63'
	run -0 inside
	same 0077
	umask 022
}

# ---- many, errors, nothing left

@test "many: a thousand mounts in one configuration" {
	mkdir source
	config '.mounts += [range(1000) | {destination: "/tmp/\(.)", source: $s, options: ["bind", "ro"]}]' --arg s "$here/source"
	program 'grep -c " /tmp/[0-9]* ro" /proc/self/mountinfo; ulimit -n'
	run -0 inside
	same $'1000\n1024'
	[ -d "$rootfs/tmp/999" ]
}

@test "R4 a mount below an earlier line's mount, and over one, is not made in the image" {
	mkdir -p source/sub
	mount_line '{"destination": "/tmp", "type": "tmpfs"}' '{"destination": "/tmp/a/b", "source": "HERE/source", "options": ["bind"]}' \
		'{"destination": "/tmp/a/b/sub/./../sub//", "type": "tmpfs"}'
	refused inside
	says /mounts/9/destination ".."
	config '.mounts[9].destination = "/tmp/a/b/sub//."'
	shows_mounts
	[[ $(of /tmp/a/b/sub) == *" tmpfs "* ]]
	[ ! -e "$rootfs/tmp/a" ]
}

@test "R40 an error has the step, the field, the path, the call and its errno, and the kernel's words" {
	mount_line '{"destination": "/tmp", "type": "tmpfs", "options": ["size=many"]}'
	refused "$SOCLE" --root "$root" --log "$here/log" --log-format json run -b "$bundle" "$c"
	same "mount tmpfs /mounts/7 fsconfig size=many 22" \
		"$(jq -r '[.operation, .pointer, .call, .path, .errno] | join(" ")' log)"
	[[ $(jq -r .kernel log) == *"Bad value for 'size'"* ]]
}

@test "R41 what was made in the image for a container that fails is gone, what was there stays" {
	mkdir -p "$rootfs/there/empty" source
	: >"$rootfs/there/file"
	echo text >source/file
	mount_line '{"destination": "/made/of/dirs", "type": "tmpfs"}' '{"destination": "/there/empty", "type": "tmpfs"}' \
		'{"destination": "/there/file", "source": "HERE/source/file", "options": ["bind"]}' \
		'{"destination": "/there/new/file", "source": "HERE/source/file", "options": ["bind"]}' \
		'{"destination": "/made/of/dirs/inner", "type": "tmpfs"}' \
		'{"destination": "/bad", "type": "tmpfs", "options": ["nonsense=1"]}'
	fails /mounts/12
	config '.mounts |= .[:12] | .process.args = ["/nowhere"]'
	fails /nowhere
	config '.process.args = ["/bin/true"]'
	run -0 inside
	[ -d "$rootfs/made/of/dirs" ] && [ -f "$rootfs/there/new/file" ]
}

# joined: a mount namespace of $holder, whose root file system is at host/rootfs there, is the configuration's
joined() {
	mkdir -p host
	private "mount -t tmpfs tmpfs host; mkdir host/rootfs; cp -a bundle/rootfs/. host/rootfs/"
	join mount "/proc/$holder/ns/mnt"
	config '.root.path = $p' --arg p "$here/host/rootfs"
	there cut -d' ' -f5 /proc/self/mountinfo | sort >joined.before
}

joined_unchanged() { there cut -d' ' -f5 /proc/self/mountinfo | sort | diff joined.before -; }

@test "R41 a joined mount namespace is as before after delete, and after a failure" {
	joined
	program 'echo ready; exec sleep 1000'
	detach "$c"
	eventually says_in "$c.out" ready
	! joined_unchanged >/dev/null
	gone "$c"
	joined_unchanged
	config '.process.args = ["/nowhere"]'
	refused inside
	joined_unchanged
	mount_line '{"destination": "/made", "type": "tmpfs", "options": ["nonsense=1"]}'
	refused inside
	says /mounts/7
	joined_unchanged
	there test ! -e "$here/host/rootfs/made"
	config '.mounts[7].options = []'
	config '.process.args = ["/nowhere"] | .process.user.uid = 1000'
	refused inside
	says /nowhere
	joined_unchanged
	there test ! -e "$here/host/rootfs/made"
	unmounted
}
