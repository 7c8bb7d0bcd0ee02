# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the default configuration asks for, part by part.

load helpers

setup_file() { make_base; }
setup() { begin; }
teardown() { finish; }

# field NAME: of /proc/self/status, as $output has it
field() { sed -n "s/^$1:[[:space:]]*//p" <<<"$output"; }

# mounted TARGET: its type and options in the container, as $output has /proc/mounts
mounted() { awk -v target="$1" '$2 == target { print $3, $4 }' <<<"$output"; }

# ---- namespaces

@test "default: all six namespaces are the container's own" {
	program 'for n in pid net ipc uts mnt cgroup user; do readlink /proc/self/ns/$n; done'
	run -0 inside
	for n in pid net ipc uts mnt cgroup; do
		[[ $output == *"$n:["* ]]
		[[ $output != *"$(readlink "/proc/self/ns/$n")"* ]]
	done
	[[ $output == *"$(readlink /proc/self/ns/user)"* ]]
}

@test "default: the program is process 1, and sees no other" {
	program 'echo $$; echo /proc/[0-9]*'
	run -0 inside
	same $'1\n/proc/1'
}

@test "default: lo is up and has its address" {
	program 'cat /sys/class/net/lo/flags; ip addr show lo; wget -O - http://127.0.0.1:1/'
	run -1 inside
	same 0x9 "${lines[0]}"
	[[ $output == *"inet 127.0.0.1/8"* ]]
	[[ $output == *"Connection refused"* ]]
}

@test "default: the host name" {
	before=$(hostname)
	program 'hostname; cat /proc/sys/kernel/hostname'
	run -0 inside
	same "$(jq -r .hostname "$bundle/config.json" | sed 'p')"
	config '.hostname = "a-name" | .domainname = "a.domain"'
	program 'hostname; cat /proc/sys/kernel/domainname'
	run -0 inside
	same $'a-name\na.domain'
	same "$before" "$(hostname)"
}

# ---- mounts

@test "default: the seven mounts, with their options" {
	program 'cat /proc/mounts'
	run -0 inside
	[[ $(mounted /proc) == "proc rw,"* ]]
	[[ $(mounted /dev) == "tmpfs rw,nosuid,"* && $(mounted /dev) == *",size=65536k,"* ]]
	[[ $(mounted /dev) != *relatime* ]] # strictatime has no word of its own
	[[ $(mounted /dev) == *",mode=755"* ]]
	[[ $(mounted /dev/pts) == "devpts rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666" ]]
	[[ $(mounted /dev/shm) == "tmpfs rw,nosuid,nodev,noexec,relatime,size=65536k"* ]]
	[[ $(mounted /dev/mqueue) == "mqueue rw,nosuid,nodev,noexec,relatime" ]]
	[[ $(mounted /sys) == "sysfs ro,nosuid,nodev,noexec,relatime" ]]
	[[ $(mounted /sys/fs/cgroup) == *" ro,nosuid,nodev,noexec,relatime"* ]]
}

@test "default: the mounts work" {
	program 'echo 1 >/dev/shm/a; cat /dev/shm/a; stat -c %a /dev/shm; stat -c %a /dev; ls -d /dev/mqueue /sys/kernel
		touch /sys/a 2>/dev/null || echo "/sys is read-only"; cd /dev; touch a && rm a && echo "/dev can be written"'
	run -0 inside
	same "$(printf '%s\n' 1 1777 755 /dev/mqueue /sys/kernel "/sys is read-only" "/dev can be written")"
}

@test "default: devices have their numbers and modes, and work" {
	program 'cd /dev; stat -c "%n %F %t:%T %a %u:%g" null zero full random urandom tty
		head -c 4 zero | od -An -tx1; head -c 4 urandom | wc -c; echo >null; echo >full || true'
	run -0 inside
	[ "${lines[0]}" = "null character special file 1:3 666 0:0" ]
	[ "${lines[1]}" = "zero character special file 1:5 666 0:0" ]
	[ "${lines[2]}" = "full character special file 1:7 666 0:0" ]
	[ "${lines[3]}" = "random character special file 1:8 666 0:0" ]
	[ "${lines[4]}" = "urandom character special file 1:9 666 0:0" ]
	[ "${lines[5]}" = "tty character special file 5:0 666 0:0" ]
	same "00 00 00 00" "$(echo ${lines[6]})"
	[ "${lines[7]}" = 4 ]
	[[ $output == *"No space left on device"* ]]
}

@test "default: the umask of the caller changes no mode of a device or a mount point" {
	program 'stat -c "%n %a" /dev/null /dev/zero /dev/shm /dev/pts/ptmx'
	run -0 inside
	expected=$output
	rmdir "$bundle/rootfs/sys" "$bundle/rootfs/dev"
	umask 0777
	run -0 inside
	umask 0022
	same "$expected"
	same 755 "$(stat -c %a "$bundle/rootfs/sys")"
}

@test "default: the links of /dev" {
	program 'cd /dev; for l in ptmx fd stdin stdout stderr; do readlink $l; done; [ ! -e core ] || readlink core'
	run -0 inside
	same "$(printf '%s\n' pts/ptmx /proc/self/fd /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2
		[ ! -e /proc/kcore ] || echo /proc/kcore)"
}

@test "default: a configured device, with its own mode and owner" {
	config '.linux.devices = [
		{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 438, "uid": 3, "gid": 4},
		{"path": "/dev/sub/blk", "type": "b", "major": 7, "minor": 99, "fileMode": 384},
		{"path": "/dev/pipe", "type": "p"},
		{"path": "/dev/null", "type": "c", "major": 1, "minor": 3, "fileMode": 384}]'
	program 'cd /dev; stat -c "%F %t:%T %a %u:%g" fuse sub/blk pipe null'
	run -0 inside
	same "character special file a:e5 666 3:4
block special file 7:63 600 0:0
fifo 0:0 666 0:0
character special file 1:3 600 0:0"
}

@test "default: masked directories are empty and read-only, masked files are the null device" {
	program 'for p in /proc/acpi /proc/scsi /sys/firmware; do [ -d $p ] || continue
			ls -A $p; touch $p/a 2>/dev/null && echo "$p can be written"; done
		for p in /proc/kcore /proc/keys /proc/timer_list /proc/sched_debug; do [ -e $p ] || continue
			stat -c "%t:%T" $p; cat $p; done; true'
	run -0 inside
	[ -n "$output" ]
	run -1 grep -v '^1:3$' <<<"$output"
}

@test "default: read-only paths are" {
	program 'for p in /proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger; do [ -e $p ] || continue
			grep -q " $p [^ ]* ro," /proc/mounts || echo "$p is not read-only"; done
		(echo 1 >/proc/sys/kernel/panic) 2>&1'
	run inside
	[[ $output == *"Read-only file system"* ]]
	[[ $output != *"is not read-only"* ]]
}

@test "default: masked and read-only paths that are not there are no error" {
	config '.linux.maskedPaths += ["/nowhere", "/proc/nowhere"] | .linux.readonlyPaths += ["/nowhere/at/all"]'
	program 'echo good'
	run -0 inside
	same good
}

@test "default: masks of the image's own files" {
	echo secret >"$bundle/rootfs/etc/secret"
	mkdir "$bundle/rootfs/hidden"
	touch "$bundle/rootfs/hidden/file"
	config '.linux.maskedPaths += ["/etc/secret", "/hidden"] | .linux.readonlyPaths += ["/tmp", "/etc/passwd"]
		| .root.readonly = false'
	program 'cat /etc/secret; ls /hidden; touch /tmp/a; echo >>/etc/passwd; touch /b && echo "/ can be written"'
	run inside
	[[ $output != *secret* ]]
	[[ $output == *"/tmp/a: Read-only file system"* ]]
	[[ $output == *"/etc/passwd: Read-only file system"* ]]
	[[ $output == *"/ can be written"* ]]
	same secret "$(cat "$bundle/rootfs/etc/secret")"
	[ -e "$bundle/rootfs/hidden/file" ]
}

@test "default: the root is read-only, and the host's folder is not" {
	program 'touch /a'
	run -1 inside
	same "touch: /a: Read-only file system"
	touch "$bundle/rootfs/a"
}

@test "default: the host's mounts are out of reach" {
	program 'cut -d" " -f4,5 /proc/self/mountinfo; ls -A /proc/1/root | sort | tr "\n" " "'
	run -0 inside
	[ "$(tail -n 1 <<<"$output")" = "$(ls -A "$bundle/rootfs" | LC_ALL=C sort | tr '\n' ' ')" ]
	# its / is the only mount of the host's own root file system
	[ "$(grep -c "^${bundle%%/bundle}" <<<"$output")" -le 1 ]
}

# ---- the process

@test "default: user and groups are those asked for, and the caller's go along in no case" {
	program 'cat /proc/self/status'
	run -0 setpriv --groups 33,44 "$SOCLE" --root "$root" run -b bundle "$c"
	same "0	0	0	0" "$(field Uid)"
	same "0	0	0	0" "$(field Gid)"
	same "" "$(field Groups | tr -d ' ')"
	config '.process.user = {"uid": 1000, "gid": 1001, "additionalGids": [7, 5, 4000000000]}'
	run -0 inside
	same "1000	1000	1000	1000" "$(field Uid)"
	same "1001	1001	1001	1001" "$(field Gid)"
	same "5 7 4000000000" "$(field Groups | sed 's/ *$//')"
}

@test "default: the umask is 022, or the one asked for" {
	program 'umask'
	umask 0777
	run -0 inside
	umask 0022
	same 0022
	config '.process.user.umask = 63'
	run -0 inside
	same 0077
	config '.process.user.umask = 0'
	run -0 inside
	same 0000
}

@test "default: capabilities are AUDIT_WRITE, KILL and NET_BIND_SERVICE" {
	program 'cat /proc/self/status'
	run -0 inside
	for set in CapPrm CapEff CapBnd; do
		same 0000000020000420 "$(field "$set")"
	done
	same 0000000000000000 "$(field CapInh)"
	same 0000000000000000 "$(field CapAmb)"
}

@test "default: each of the five capability sets is exactly what is asked for" {
	config '.process.capabilities = {
		"bounding": ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW", "CAP_SYS_CHROOT"],
		"permitted": ["CAP_KILL", "CAP_NET_RAW", "CAP_SYS_CHROOT"],
		"inheritable": ["CAP_NET_RAW", "CAP_SYS_CHROOT"],
		"effective": ["CAP_KILL"],
		"ambient": ["CAP_NET_RAW"]} | .process.user = {"uid": 1000, "gid": 1000}'
	program 'cat /proc/self/status'
	run -0 inside
	same 0000000000042021 "$(field CapBnd)"
	same 0000000000042000 "$(field CapInh)"
	# exec of an unprivileged user: what is ambient is permitted and effective
	same 0000000000002000 "$(field CapAmb)"
	same 0000000000002000 "$(field CapPrm)"
	same 0000000000002000 "$(field CapEff)"
}

@test "default: capabilities of root that are permitted alone come with the exec, within the bounding set" {
	config '.process.capabilities = {"bounding": ["CAP_CHOWN"], "permitted": ["CAP_CHOWN"], "effective": []}'
	program 'cat /proc/self/status'
	run -0 inside
	same 0000000000000001 "$(field CapEff)"
	same 0000000000000001 "$(field CapBnd)"
}

@test "default: a capability that the caller lacks is left out, with a warning" {
	config '.process.capabilities[] += ["CAP_SYSLOG"]'
	program 'cat /proc/self/status'
	run --separate-stderr -0 setpriv --bounding-set -syslog "$SOCLE" --root "$root" run -b "$bundle" "$c" </dev/null
	says "warning" "the caller has no CAP_SYSLOG" "/process/capabilities"
	same 0000000020000420 "$(field CapBnd)"
	same 0000000020000420 "$(field CapPrm)"
}

@test "default: a capability that is not known is left out, with a warning" {
	config '.process.capabilities.bounding += ["CAP_NONSENSE"]'
	program 'cat /proc/self/status'
	run --separate-stderr -0 inside
	says "warning" "CAP_NONSENSE" "/process/capabilities/bounding/3"
	same 0000000020000420 "$(field CapBnd)"
}

@test "default: limits" {
	program 'ulimit -Sn; ulimit -Hn'
	run -0 inside
	same $'1024\n1024'
	config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200},
		{"type": "RLIMIT_CORE", "soft": 0, "hard": 0},
		{"type": "RLIMIT_STACK", "soft": 4194304, "hard": 4194304},
		{"type": "RLIMIT_AS", "soft": 1073741824, "hard": 4294967296}]'
	program 'grep -E "open files|core file|stack|address space" /proc/self/limits | sed "s/  */ /g;s/ $//"'
	run -0 inside
	same "Max stack size 4194304 4194304 bytes
Max core file size 0 0 bytes
Max open files 100 200 files
Max address space 1073741824 4294967296 bytes"
}

@test "default: an unlimited limit keeps all its bits" {
	[ "$(ulimit -Hf)" = unlimited ] || skip "the caller's file size is limited"
	program 'grep "Max file size" /proc/self/limits | sed "s/  */ /g;s/ $//"'
	config '.process.rlimits = [{"type": "RLIMIT_FSIZE", "soft": 4711, "hard": 4711}]'
	sed -i 's/4711/18446744073709551615/' "$bundle/config.json" # jq 1.6 has no numbers of 64 bits
	run -0 bash -c 'ulimit -Sf 1000; exec "$@"' - "$SOCLE" --root "$root" run -b bundle "$c"
	same "Max file size unlimited unlimited bytes"
}

@test "default: a raised hard limit without the right to is an error that names it" {
	hard=$(ulimit -Hn)
	if setpriv --dump 2>/dev/null | grep -qi sys_resource; then
		skip "this caller may raise limits"
	fi
	config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 1, "hard": ($hard | tonumber + 1)}]' --arg hard "$hard"
	refused inside
	says prlimit "Operation not permitted" /process/rlimits/0
}

@test "default: no_new_privs is set, or not" {
	program 'cat /proc/self/status'
	run -0 inside
	same 1 "$(field NoNewPrivs)"
	config '.process.noNewPrivileges = false'
	run -0 inside
	same 0 "$(field NoNewPrivs)"
}

@test "default: oomScoreAdj, or the caller's" {
	program 'cat /proc/self/oom_score_adj'
	run -0 inside
	same "$(cat /proc/self/oom_score_adj)"
	config '.process.oomScoreAdj = 777'
	run -0 inside
	same 777
}

@test "default: oomScoreAdj without a mounted procfs" {
	config '.process.oomScoreAdj = 778 | .mounts |= map(select(.destination == "/dev"))
		| .linux.maskedPaths = [] | .linux.readonlyPaths = []
		| .process.capabilities[] |= . + ["CAP_SYS_ADMIN"]'
	program 'ls -A /proc; mount -t proc proc /proc && cat /proc/self/oom_score_adj'
	run -0 inside
	same 778
}

@test "default: the environment is the configuration's alone, in its order, and HOME from the image if it has none" {
	config '.process.env = ["PATH=/bin", "B=2", "A=1=1", "A=3", "EMPTY=", "NEWLINE=a\nb", "HOME=/h"] | .process.args = ["env", "-0"]'
	export LEAK=1
	inside | tr '\0' '|' >out
	same "PATH=/bin|B=2|A=1=1|A=3|EMPTY=|NEWLINE=a
b|HOME=/h|" "$(cat out)"
	config '.process.env = [] | .process.args = ["/bin/env"]'
	run -0 inside
	same HOME=/
}

@test "default: arguments are handed on as they are" {
	config '.process.args = ["/bin/busybox", "sh", "-c", "for a; do echo \"[$a]\"; done", "-", "", " a  b ", "$HOME", "*", "\\", "ä"]'
	run -0 inside
	same '[]
[ a  b ]
[$HOME]
[*]
[\]
[ä]'
}

@test "default: a program without a slash is looked for in PATH, the first that can be executed" {
	mkdir -p "$bundle/rootfs/"{one,two}
	printf '#!/bin/sh\necho two\n' >"$bundle/rootfs/two/prog"
	chmod +x "$bundle/rootfs/two/prog"
	echo nothing >"$bundle/rootfs/one/prog"
	mkdir -p "$bundle/rootfs/bin/dir/prog"
	config '.process.args = ["prog"] | .process.env = ["PATH=/missing:/bin/dir:/one:/two"]'
	run -0 inside
	same two
	config '.process.env = ["PATH=/one"]'
	refused inside
	says "ermission denied"
	config '.process.env = []'
	refused inside
	says "executable file not found"
}

@test "default: the working directory" {
	mkdir -p "$bundle/rootfs/work"
	ln -s /work "$bundle/rootfs/link"
	ln -s ../../../../work "$bundle/rootfs/up"
	program 'pwd -P; pwd'
	run -0 inside
	same $'/\n/'
	for cwd in /work /link /up /work/ //work/. /tmp/../work; do
		config '.process.cwd = $cwd' --arg cwd "$cwd"
		run -0 inside
		[ "${lines[0]}" = /work ] || { echo "$cwd: $output"; false; }
	done
}

@test "default: a working directory that is missing is made" {
	config '.process.cwd = "/new/er" | .root.readonly = false'
	program 'pwd; stat -c %a:%u:%g .'
	run -0 inside
	same $'/new/er\n755:0:0'
}

@test "default: a working directory that is missing in a read-only root is an error" {
	config '.process.cwd = "/new/er"'
	program 'true'
	refused inside
	says "/new/er" "Read-only file system" "/process/cwd"
	[ ! -e "$bundle/rootfs/new" ]
}

@test "default: a working directory through a descriptor of procfs is refused" {
	program 'pwd; ls'
	for cwd in /proc/self/fd/7 /proc/self/fd/7/ /proc/1/fd/8/tmp /proc/self/cwd /proc/self/root /proc/thread-self/fd/9; do
		config '.process.cwd = $cwd' --arg cwd "$cwd"
		refused inside
		says "/process/cwd"
	done
	ln -s /proc/self/fd/8 "$bundle/rootfs/trick"
	config '.process.cwd = "/trick"'
	refused inside 7</ 8</ 9</
	says "/process/cwd"
}

@test "default: a working directory that only the container's user may enter" {
	mkdir -m 700 "$bundle/rootfs/private"
	chown 1000:1000 "$bundle/rootfs/private"
	config '.process.user = {"uid": 1000, "gid": 1000} | .process.cwd = "/private"'
	program 'pwd'
	run -0 inside
	same /private
}

# ---- propagation

# Mounts are made on folders of a tmpfs of a mount namespace of this test's own, which is shared.
propagation() {
	mkdir -p host
	cat >probe <<'EOF2'
		set -e
		mount -t tmpfs tmpfs host
		mount --make-shared host
		mkdir host/shared host/rootfs
		cp -a bundle/rootfs/. host/rootfs/
		jq --arg root "$PWD/host/rootfs" '.root.path = $root' bundle/config.json >next && mv next bundle/config.json
		"$SOCLE" --root "$root" run -b bundle "$c" </dev/null
EOF2
	root=$root c=$c SOCLE=$SOCLE unshare -m --propagation private sh probe
}

@test "default: rootfsPropagation in its forms" {
	program 'sed -n "s/^[^ ]* [^ ]* [^ ]* [^ ]* \/ [^ ]* \(.*\) - .*/\1/p" /proc/self/mountinfo'
	for form in private:none rprivate:none slave:none rslave:master shared:shared rshared:shared \
			unbindable:unbindable runbindable:unbindable; do
		config '.linux.rootfsPropagation = $form' --arg form "${form%:*}"
		run propagation; echo "$output"; [ "$status" = 0 ]
		case ${form#*:} in
		none) same "" ;;
		*)    [[ $output == *"${form#*:}"* ]] || { echo "$form: $output"; false; } ;;
		esac
	done
}

@test "default: no mount of the container reaches the host" {
	config '.mounts += [{"destination": "/tmp", "type": "tmpfs", "source": "inside"}]'
	cat >probe <<'EOF2'
		set -e
		mount -t tmpfs tmpfs host
		mount --make-shared host
		cp -a bundle/. host/
		"$SOCLE" --root "$root" run -b host "$c" </dev/null
		grep -c inside /proc/self/mountinfo || true
EOF2
	mkdir host
	program 'grep -c inside /proc/self/mountinfo'
	run -0 env root="$root" c="$c" SOCLE="$SOCLE" unshare -m --propagation private sh probe
	same $'1\n0'
}

# ---- sysctl

@test "default: kernel parameters of the container's namespaces" {
	before=$(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax /proc/sys/fs/mqueue/msg_max)
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "12345", "kernel/shmmni": "99",
		"fs.mqueue.msg_max": "17", "kernel.sem": "32000 1024000 500 32001", "net.ipv4.conf.lo.forwarding": "1",
		"net/ipv4/conf/default/rp_filter": "2", "kernel.domainname": "a.domain"}'
	program 'cd /proc/sys; cat net/ipv4/ip_forward kernel/msgmax kernel/shmmni fs/mqueue/msg_max kernel/sem \
		net/ipv4/conf/default/rp_filter kernel/domainname'
	run -0 inside
	same "$(printf '%s\n' 1 12345 99 17 $'32000\t1024000\t500\t32001' 2 a.domain)"
	same "$before" "$(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax /proc/sys/fs/mqueue/msg_max)"
}

@test "default: kernel parameters that are the whole host's are refused" {
	before=$(cat /proc/sys/kernel/panic /proc/sys/vm/swappiness)
	program 'true'
	for key in kernel.panic vm.swappiness kernel/core_pattern fs.file-max net/../kernel/panic kernel.msgmaxx; do
		config '.linux.sysctl = {($key): "77"}' --arg key "$key"
		refused inside
		says "/linux/sysctl/"
	done
	same "$before" "$(cat /proc/sys/kernel/panic /proc/sys/vm/swappiness)"
}

@test "default: a kernel parameter that is not there, or whose value is none, is an error" {
	program 'true'
	config '.linux.sysctl = {"net.nowhere": "1"}'
	refused inside
	says "net/nowhere" "No such file or directory" "/linux/sysctl/net.nowhere"
	config '.linux.sysctl = {"net.ipv4.ip_forward": "nonsense"}'
	refused inside
	says "Invalid argument" "/linux/sysctl/net.ipv4.ip_forward"
}
