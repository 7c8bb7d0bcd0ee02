# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# SEC-22 to SEC-36: procfs and sysfs as targets, what is written through procfs, masked and read-only paths.

load security

setup_file() { secure_file; }
setup() { secure; }
teardown() { secured; }

up=../../../../../../../../../..

@test "SEC-22 SEC-24 SEC-27 SEC-30 a label is never dropped in silence" {
	[ ! -e /sys/kernel/security/apparmor ] && [ ! -e /sys/fs/selinux/enforce ] || skip "this host has labels"
	program 'echo started'
	config '.process.apparmorProfile = "profile"'
	refused inside
	says apparmorProfile
	unconfigured
	config '.process.selinuxLabel = "system_u:system_r:svirt_lxc_net_t:s0:c1,c2"'
	refused inside
	says selinuxLabel
	unconfigured
	program 'exec sleep 1000'
	detach "$c"
	run -255 --separate-stderr socle exec --apparmor profile "$c" true
	[[ $stderr == *'"profile" needs AppArmor, which is off on this host'* ]]
	run -255 --separate-stderr socle exec --process-label u:r:t:s0 "$c" true
	[[ $stderr == *'"u:r:t:s0" needs SELinux, which is off on this host'* ]]
	gone "$c"
	config '.process.apparmorProfile = "unconfined"'
	program 'echo started'
	run -0 inside
	same started
}

@test "SEC-23 SEC-24 nothing but procfs is mounted on /proc, inside it, or over the root" {
	mkdir -p fake/self/attr fake/thread-self/attr fake/1/attr fake/self/attr/apparmor
	touch fake/self/attr/exec fake/thread-self/attr/exec fake/1/attr/exec fake/self/attr/apparmor/exec
	program 'echo started'
	for at in /proc /proc/ //proc/ /./proc /proc/. /proc/self/attr /proc/sys /proc/1 /proc/sysrq-trigger / // /. /./; do
		unconfigured
		bound "$BATS_TEST_TMPDIR/fake" "$at"
		refused inside
		says /mounts/7
		unconfigured
		mounts '{"destination": "'"$at"'", "type": "tmpfs", "source": "x"}'
		refused inside
		says /mounts/7
		# before procfs is there, and without one
		config '.mounts = [.mounts[7]] + .mounts[:7]'
		refused inside
		says /mounts/0
		config '.mounts = .mounts[:1]'
		refused inside
	done
	for at in /x/../proc /proc/../proc /../proc /.. ..; do
		unconfigured
		bound "$BATS_TEST_TMPDIR/fake" "$at"
		refused inside
	done
}

@test "SEC-23 cgroups and sysfs are not mounted on /proc either" {
	program 'echo started'
	for type in cgroup cgroup2 sysfs devpts mqueue; do
		for at in /proc /proc/sys //proc; do
			unconfigured
			mounts '{"destination": "'"$at"'", "type": "'$type'", "source": "x"}'
			refused inside
			config '.mounts = .mounts[7:]'
			refused inside
		done
	done
}

@test "SEC-23 a symlink, or an earlier mount, that makes another name mean /proc" {
	mkdir fake
	program 'echo started'
	for target in proc /proc "$up/proc" proc/self /proc/self/attr proc/sys; do
		link "$target" name
		for type in bind tmpfs; do
			unconfigured
			mounts '{"destination": "/name", "type": "'$type'", "source": "'"$PWD"'/fake", "options": []}'
			refused inside
			says /mounts/7 proc
		done
	done
	rm "$rootfs/name"
	unconfigured
	bound /proc /other
	bound "$PWD/fake" /other/self
	refused inside
	says procfs
}

@test "SEC-23 on the files of procfs that may be covered, only those, and by their own name" {
	echo covered >fake
	program 'cat /proc/uptime'
	bound "$PWD/fake" /proc/uptime
	run -0 inside
	same covered
	link /proc/uptime name
	unconfigured
	bound "$PWD/fake" /name
	refused inside
	says procfs
	for file in /proc/version /proc/1/oom_score_adj /proc/self/attr/exec /proc/sys/kernel/core_pattern /proc/sysrq-trigger; do
		unconfigured
		bound "$PWD/fake" "$file"
		refused inside
		says /mounts/7
	done
}

@test "SEC-25 SEC-26 SEC-28 /proc or /sys of the image is a symlink" {
	program 'echo started'
	mkdir -p "$rootfs/bad" volume/level1 "$rootfs/evil"
	ln -s bad "$rootfs/again"
	for name in proc sys; do
		for target in bad /bad again /again "$canary/dir" "$up$canary/dir" / . nowhere /evil/level1; do
			unconfigured
			rm -rf "${rootfs:?}/$name"
			ln -s "$target" "$rootfs/$name"
			refused inside
			says "symlink" "/$name"
			config '.mounts = [{destination: "/evil", source: $v, type: "bind", options: ["rbind"]}] + .mounts' \
				--arg v "$PWD/volume"
			refused inside
			says "symlink" "/$name"
		done
		rm "$rootfs/$name"
		mkdir "$rootfs/$name"
	done
}

@test "SEC-27 /proc is a symlink and the masks would apply to a decoy" {
	program 'echo started'
	mkdir -p "$rootfs/p/self/attr" source
	link p proc
	bound "$PWD/source" /p/self/attr
	refused inside
	# a bound procfs does not follow it either
	unconfigured
	config '.mounts |= map(if .destination == "/proc" then {destination: "/proc", source: "/proc", type: "bind", options: ["rbind"]} else . end)'
	settled inside
	[ "$status" = 1 ] || {
		program 'touch /p/sys/kernel/x 2>/dev/null; for f in /p/sysrq-trigger /p/sys/kernel/hostname; do echo >>$f && echo $f; done 2>/dev/null; true'
		run -0 inside
		same ""
	}
}

@test "SEC-29 what is written through procfs gets there, whatever else is mounted" {
	sysctl=net.ipv4.ip_default_ttl
	program 'cat /proc/sys/net/ipv4/ip_default_ttl /proc/self/oom_score_adj'
	config '.linux.sysctl[$key] = "77" | .process.oomScoreAdj = 500' --arg key "$sysctl"
	run -0 inside
	same $'77\n500'
	ttl=$(cat /proc/sys/net/ipv4/ip_default_ttl)
	# no procfs in the container, or a directory that looks like one
	without_mount /proc
	config '.linux.maskedPaths = [] | .linux.readonlyPaths = []'
	for fake in none files link; do
		rm -rf "$rootfs/proc"
		mkdir "$rootfs/proc"
		case $fake in
		files) mkdir -p "$rootfs/proc/sys/net/ipv4" "$rootfs/proc/self" "$rootfs/proc/1"
		       for f in sys/net/ipv4/ip_default_ttl self/oom_score_adj 1/oom_score_adj; do echo fake >"$rootfs/proc/$f"; done ;;
		link)  rm -rf "$rootfs/proc"; ln -s "$canary/dir" "$rootfs/proc" ;;
		esac
		config '.process.args = ["/bin/sleep", "1000"]'
		create "$c"
		init=$(pid "$c")
		same 77 "$(nsenter -t "$init" -n cat /proc/sys/net/ipv4/ip_default_ttl)"
		same 500 "$(cat "/proc/$init/oom_score_adj")"
		gone "$c"
		[ "$fake" != files ] || same fake "$(cat "$rootfs/proc/sys/net/ipv4/ip_default_ttl")"
	done
	same "$ttl" "$(cat /proc/sys/net/ipv4/ip_default_ttl)"
}

@test "SEC-31 a target that changes into one inside procfs between two look-ups" {
	mkdir source
	for n in $(seq 0 20); do
		for lie in flip turn; do
			volume $lie x "$n" /proc/self/attr
			unconfigured
			bound "$volume" /v
			bound "$PWD/source" /v/x
			config '.process.args = ["/bin/auditor"]'
			settled insider
			unmounted
			[ "$status" = 1 ] || none_of "$(found '[.mountinfo[] | split(" ")[4]]')" /attr
		done
	done
}

# each_null MAKE EXPECTED…: on a host whose /dev/null is something else
@test "SEC-32 SEC-34 the host's null device is checked before it masks anything" {
	program 'echo started'
	for make in 'mknod -m 666 /dev/null c 1 5' 'mknod -m 666 /dev/null b 1 3' 'mkfifo /dev/null' 'echo x >/dev/null' \
		'mkdir /dev/null' 'mknod /dev/zero c 1 5; ln -s zero /dev/null' "ln -s $canary/file /dev/null" \
		'ln -s null /dev/null' true; do
		private 'mount -t tmpfs x /dev; '"$make"
		run --separate-stderr -1 insider
		[ -z "$output" ]
		says /linux/maskedPaths
		unmounted
	done
}

@test "SEC-32 SEC-34 masks do not use the image's null device" {
	program 'for f in /etc/secret /proc/version; do cat $f | wc -c; stat -c "%t:%T" $f; done; echo more >>/etc/secret; cat /etc/secret | wc -c'
	echo secret >"$rootfs/etc/secret"
	echo text >in
	config '.linux.maskedPaths += ["/etc/secret", "/proc/version"]'
	mkdir dev
	for make in 'ln -s /proc/sys/kernel/hostname dev/null' 'ln -s /etc/passwd dev/null' 'echo x >dev/null' \
		'mkfifo dev/null' 'mknod dev/null c 1 5' 'mknod dev/null b 1 3' true; do
		rm -rf dev/null
		eval "$make"
		for on in image volume; do
			cp bundle/config.json saved.json
			without_mount /dev /dev/pts /dev/shm /dev/mqueue
			rm -rf "$rootfs/dev"
			if [ $on = volume ]; then
				mkdir "$rootfs/dev"
				bound "$PWD/dev" /dev
			else
				cp -a dev "$rootfs/dev"
			fi
			run --separate-stderr bash -c '"$@" <in' - "$SOCLE" --root "$root" run -b "$bundle" "$c"
			if [ "$status" = 0 ]; then
				same $'0\n1:3\n0\n1:3\n0'
			else
				[ $on = image ]
				says /dev/null
			fi
			same secret "$(cat "$rootfs/etc/secret")"
			rm bundle/config.json
			mv saved.json bundle/config.json
		done
	done
}

@test "SEC-33 a target that is there and cannot be opened is never left unmasked" {
	program 'echo started'
	for list in maskedPaths readonlyPaths; do
		for num in EACCES ENOTDIR ELOOP EIO; do
			volume fail x "$num" file y text
			unconfigured
			program 'echo started'
			config '.linux[$list] += ["/v/x"]' --arg list "$list"
			bound "$volume" /v
			run --separate-stderr -1 insider
			[ -z "$output" ]
			says "\"/v/x\"" "/linux/$list"
			unmounted
		done
		volume fail x ENOENT stat z
		unconfigured
		program 'echo started'
		config '.linux[$list] += ["/v/x"]' --arg list "$list"
		bound "$volume" /v
		run -0 insider
		same started
		# looked up as one thing, and another when asked for its attributes
		config '.linux[$list][-1] = "/v/z"' --arg list "$list"
		run --separate-stderr -1 insider
		says "/linux/$list"
		unmounted
	done
	echo text >"$rootfs/etc/file"
	unconfigured
	config '.linux.maskedPaths += ["/etc/file/below"]'
	program 'echo started'
	settled inside
}

@test "SEC-35 a component of a read-only and of a masked path is swapped all the time" {
	mkdir -p volume/a/ro volume/a/mask volume/a.evil/ro volume/a.evil/mask
	touch volume/a/mask/secret volume/a.evil/mask/secret
	config '.linux.readonlyPaths += ["/v/a/ro"] | .linux.maskedPaths += ["/v/a/mask"]
		| .process.args = ["/bin/auditor"]'
	bound "$PWD/volume" /v
	"$HARNESS/swapper" "$PWD/volume" a a.evil >swapper.out 2>&1 3>&- &
	ENDS+=($!)
	swapper=$!
	eventually says_in swapper.out swapping
	for ((n = 0; n < 100; n++)); do
		run --separate-stderr -0 inside
		# whichever it was, one is read-only and one is masked, and nothing else
		same 1 "$(found '[.mountinfo[] | split(" ") | select(.[4] | test("^/v/a(.evil)?/ro$")) | select(.[5] | test("^ro"))] | length')"
		same 1 "$(found '[.mountinfo[] | split(" ") | select(.[4] | test("^/v/a(.evil)?/mask$")) | select(.[5] | test("^ro"))] | length')"
	done
	kill -TERM "$swapper"
	wait "$swapper" || true
}

@test "SEC-35 … and changes between two look-ups" {
	for n in $(seq 0 20); do
		for list in readonlyPaths maskedPaths; do
			volume flip a "$n" "$up$canary/dir" turn b "$n" /etc dir c/sub
			unconfigured
			config '.linux[$list] += ["/v/a", "/v/b", "/v/c/sub"] | .process.args = ["/bin/auditor"]' --arg list "$list"
			bound "$volume" /v
			settled insider
			unmounted
			canary_unchanged
			[ "$status" = 1 ] || none_of "$(found '[.mountinfo[] | split(" ")[4]]')" '"/etc"' "$canary"
		done
	done
}

@test "SEC-36 a masked or read-only path that is a symlink is an error that names it" {
	program 'echo started'
	echo x >"$rootfs/etc/shadow"
	for list in maskedPaths readonlyPaths; do
		for target in /etc/passwd / . nowhere "$canary/dir" "$up$canary/file" /proc/self/exe; do
			link "$target" etc/masked
			unconfigured
			program 'echo started'
			config '.linux[$list] += ["/etc/masked"]' --arg list "$list"
			refused inside
			says '"/etc/masked"' "symlink" "/linux/$list"
		done
	done
}

@test "SEC-36 a component of a masked path that is a symlink is followed inside the image" {
	link "$canary" etc/way
	mkdir -p "$rootfs$canary/dir"
	echo secret >"$rootfs$canary/file"
	config '.linux.maskedPaths += ["/etc/way/file", "/etc/way/dir"] | .linux.readonlyPaths += ["/etc/way"] '
	config '.linux.readonlyPaths |= .[:-1]'
	program "cat $canary/file; ls -A $canary/dir; stat -c %a $canary/dir"
	run -0 inside
	same 755
}
