# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Engines with socle in place of runc: Podman (root's and a user's), Buildah, containerd (ctr, and CRI as kubelet asks
# for it) and Docker, each with the settings that it comes with.  They run in tests/engines/sandbox: what they keep and
# whatever they start goes with it.

load helpers

engines=$BATS_TEST_DIRNAME/../engines

setup_file() {
	make_base
	tar -C "$BATS_FILE_TMPDIR/base/rootfs" -cf "$BATS_FILE_TMPDIR/image.tar" .
	# A user's engine has to reach it, too.
	chmod a+rx "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" 2>/dev/null || true
}
setup() {
	begin
	host_cgroups >before.cgroups
	export IMAGE=$BATS_FILE_TMPDIR/image.tar SOCLE ENGINES=$engines
}
teardown() {
	remove_parents
	finish
}

# Engines leave the cgroups that they have containers' made in; what is left in those stays, and is found.
remove_parents() {
	local parents='/(libpod_parent/conmon|libpod_parent|docker|kubepods/pod1|kubepods|default)$'
	host_cgroups | comm -13 before.cgroups - | grep -E "$parents" | sort -r | while read -r dir; do
		rmdir "$dir" 2>/dev/null || true
	done
}

needs() {
	local program
	[ "$(id -u)" = 0 ] || skip "needs root"
	for program; do
		command -v "$program" >/dev/null || skip "$program is not installed (scripts/need engines)"
	done
}

# in_sandbox: the script on standard input, in bash.  What it says is shown if it fails.
in_sandbox() {
	local status=0
	{
		cat <<'END'
set -E
trap 'echo "line $((LINENO - HEAD)): $BASH_COMMAND: status $?" >&2; exit 1' ERR
# same EXPECTED COMMAND…: what it prints
same() {
	local expected=$1 got
	shift
	got=$("$@" 2>&1) || { echo "$*: status $?: $got" >&2; return 1; }
	[ "$got" = "$expected" ] || { echo "$*: expected $expected, got $got" >&2; return 1; }
}
# ends STATUS TEXT COMMAND…: it ends so, and says that
ends() {
	local expected=$1 text=$2 status=0 got
	shift 2
	got=$("$@" 2>&1 </dev/null) || status=$?
	[ "$status" = "$expected" ] || { echo "$*: expected status $expected, got $status: $got" >&2; return 1; }
	[[ $got == *"$text"* ]] || { echo "$*: expected $text in: $got" >&2; return 1; }
}
eventually() {
	local end=$((SECONDS + 20))
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -le $end ] || { echo "in vain waited for: $*" >&2; return 1; }
		sleep 0.05
	done
}
HEAD=$LINENO
END
		cat
	} >script
	timeout -k 5 150 "$engines/sandbox" bash script </dev/null >engine.out 2>&1 || status=$?
	[ "$status" = 0 ] || { echo "status $status"; cat engine.out; return 1; }
}

# ---- Podman

@test "Podman: run, what it says of failures, and their statuses" {
	needs podman conmon
	in_sandbox <<'END'
podman="podman --runtime $SOCLE"
podman import -q "$IMAGE" image
same hello $podman run --rm image echo hello
same "socle version" sh -c "$podman info | grep -o 'socle version'"
ends 7 "" $podman run --rm image sh -c 'exit 7'
ends 127 "executable file not found" $podman run --rm image nothing
ends 127 "o such file or directory" $podman run --rm image /nothing
ends 126 "ermission denied" $podman run --rm image /etc
ends 126 "ermission denied" $podman run --rm image /etc/passwd
ends 126 "/mounts/" $podman run --rm --mount type=tmpfs,dst=/x,tmpfs-mode=9999 image true
same input sh -c "echo input | $podman run --rm -i image cat"
same $'/dev/pts/0\r' $podman run --rm -t image tty
same $'1000\n5' $podman run --rm --user 1000:5 image sh -c 'id -u; id -g'
same 2 $podman run --rm image awk '$1 == "Seccomp:" { print $2 }' /proc/self/status
$podman run --rm --privileged image true
$podman run --rm --read-only --tmpfs /t -v "$PWD:/data:ro" image sh -c 'echo >/t/x && ! echo >/data/x && ! echo >/x'
$podman run --rm --network host --pid host --ipc host --uts host image true
$podman run --rm --userns auto image true
$podman run --rm --uidmap 0:300000:5000 image sh -c '[ $(cut -c11-21 /proc/self/uid_map) = 300000 ]'
END
}

@test "Podman: the life of a container" {
	needs podman conmon
	in_sandbox <<'END'
podman="podman --runtime $SOCLE"
podman import -q "$IMAGE" image
$podman run -d --name box --health-cmd 'true' --health-interval disable image sh -c 'echo started; trap "exit 3" TERM; sleep 1000 & wait; sleep 1000 & wait'
eventually sh -c "$podman logs box | grep started"
same hello $podman exec box echo hello
same $'/dev/pts/1\r' $podman exec -t box tty || same $'/dev/pts/0\r' $podman exec -t box tty
same input sh -c "echo input | $podman exec -i box cat"
ends 5 "" $podman exec box sh -c 'exit 5'
ends 127 "executable file not found" $podman exec box nothing
ends 127 "o such file or directory" $podman exec box /nothing
ends 126 "ermission denied" $podman exec box /etc/passwd
ends 127 "" $podman exec -w /nothing box true
$podman exec -d box sleep 1000
eventually sh -c "$podman top box | grep 'sleep 1000'"
$podman healthcheck run box
$podman stats --no-stream box | grep -q box
$podman pause box
same paused $podman inspect --format '{{.State.Status}}' box
ends 255 "" $podman exec box true
$podman unpause box
same running $podman inspect --format '{{.State.Status}}' box
echo copied >file
$podman cp file box:/tmp/file
same copied $podman exec box cat /tmp/file
$podman cp box:/tmp/file back
same copied cat back
$podman restart -t 0 box
same copied $podman exec box cat /tmp/file
$podman kill -s KILL box
eventually sh -c "$podman inspect --format '{{.State.ExitCode}}' box | grep 137"
$podman start box
$podman stop -t 10 box
same 3 $podman inspect --format '{{.State.ExitCode}}' box
$podman rm box
$podman run -d --name other image sleep 1000
$podman rm -f -t 0 other
same "" $podman ps -aq
END
}

@test "Podman: a pod" {
	needs podman conmon
	in_sandbox <<'END'
podman="podman --runtime $SOCLE"
podman import -q "$IMAGE" image
$podman pod create --name pod --infra-image image --infra-command "sleep 1000"
$podman run -d --pod pod --name one image sh -c 'hostname >/dev/shm/name; nc -l -p 7000 -e echo served'
same pod $podman run --rm --pod pod image hostname
eventually $podman exec one grep -q :1B58 /proc/net/tcp /proc/net/tcp6
same pod $podman run --rm --pod pod image cat /dev/shm/name
same served $podman run --rm --pod pod image nc 127.0.0.1 7000
$podman pod stop -t 0 pod
$podman pod rm -f -t 0 pod
END
}

@test "Podman: limits are set, and changed by update" {
	needs podman conmon
	[ -e /sys/fs/cgroup/memory ] || grep -qw memory /sys/fs/cgroup/cgroup.controllers 2>/dev/null || skip "no memory controller"
	in_sandbox <<'END'
podman="podman --runtime $SOCLE"
podman import -q "$IMAGE" image
$podman run -d --name box --cgroupns host --memory 64m --cpus 0.5 --pids-limit 50 image sleep 1000
limit() {
	local dir
	dir=$(podman inspect --format '{{.State.CgroupPath}}' box)
	cat "/sys/fs/cgroup/$1$dir/$2" 2>/dev/null || cat "/sys/fs/cgroup$dir/$3"
}
same 67108864 limit memory memory.limit_in_bytes memory.max
same 50 limit pids pids.max pids.max
limit cpu cpu.cfs_quota_us cpu.max | grep -q '^50000'
$podman update --cpus 0.3 box
limit cpu cpu.cfs_quota_us cpu.max | grep -q '^30000'
$podman rm -f -t 0 box
END
}

@test "Podman: with socle named in containers.conf: no cgroups, errors as JSON, --runtime-flag" {
	needs podman conmon
	in_sandbox <<'END'
cat >>/etc/containers/containers.conf <<CONF
[engine]
runtime = "socle"
runtime_supports_json = ["socle"]
runtime_supports_nocgroup = ["socle"]
[engine.runtimes]
socle = ["$SOCLE"]
CONF
podman import -q "$IMAGE" image
same "$(cat /proc/self/cgroup)" podman run --rm --cgroups disabled --cgroupns host --network none image cat /proc/self/cgroup
ends 127 'Error: socle: find program: exec: "nothing": executable file not found' podman run --rm image nothing
ends 127 "executable file not found" podman --runtime-flag debug run --rm image nothing
END
}

@test "Podman: for a user" {
	needs podman conmon newuidmap slirp4netns setpriv
	chmod a+rx "$BATS_TEST_TMPDIR"
	in_sandbox <<'END'
cp "$SOCLE" /run/home/socle
cp "$IMAGE" /run/home/image.tar
chmod a+r /run/home/*
cd /run/home
as_user() { env -i PATH="$PATH" HOME=/run/home USER=tester XDG_RUNTIME_DIR=/run/user/1000 setpriv --reuid 1000 --regid 1000 --init-groups "$@"; }
podman="as_user podman --runtime /run/home/socle"
$podman import -q image.tar image
same hello $podman run --rm image echo hello
same $'0\n0' $podman run --rm image sh -c 'id -u; id -g'
same 1000 $podman run --rm --userns keep-id image id -u
same $'/dev/pts/0\r' $podman run --rm -t image tty
ends 127 "executable file not found" $podman run --rm image nothing
ends 126 "ermission denied" $podman run --rm image /etc/passwd
$podman run --rm --privileged image true
$podman run --rm --network host image true
$podman run -d --name box image sleep 1000
same hello $podman exec box echo hello
same "" $podman exec -d box sleep 1000 | true
$podman stop -t 0 box
$podman rm -f box
END
}

# ---- Buildah

@test "Buildah: run and bud" {
	needs buildah
	in_sandbox <<'END'
from=$(buildah from scratch)
buildah add -q "$from" "$IMAGE" /
same hello buildah run --runtime "$SOCLE" "$from" echo hello
same hello buildah run --runtime "$SOCLE" --isolation oci --user 1000 "$from" echo hello
ends 7 "" buildah run --runtime "$SOCLE" "$from" sh -c 'exit 7'
buildah commit -q "$from" image
mkdir context
printf 'FROM image\nENV A=b\nWORKDIR /srv\nRUN echo "$A" >made && pwd >>made\n' >context/Containerfile
buildah bud -q --runtime "$SOCLE" -t built context
to=$(buildah from built)
same $'b\n/srv' buildah run --runtime "$SOCLE" "$to" cat /srv/made
buildah rm "$from" "$to"
END
}

# ---- containerd

@test "containerd: ctr's run, exec, kill, pause and metrics" {
	needs ctr containerd podman
	in_sandbox <<'END'
podman import -q --change 'CMD ["/bin/sleep", "1000"]' "$IMAGE" image
podman save -q -o image.tar image
containerd >/run/containerd.log 2>&1 &
eventually ctr version
ctr image import image.tar
image=localhost/image:latest
run="ctr run --runc-binary $SOCLE"
same hello $run --rm $image one echo hello
ends 1 "executable file not found" $run --rm $image two nothing
ctr container rm two 2>/dev/null || true
$run --rm --privileged --memory-limit 67108864 --cpus 0.5 --seccomp $image three true
$run -d $image box sleep 1000
same hello ctr task exec --exec-id e1 box echo hello
ends 5 "" ctr task exec --exec-id e2 box sh -c 'exit 5'
ctr task ls | grep -q 'box.*RUNNING'
ctr task ps box | grep -q '^[0-9]'
ctr task metrics box | grep -qi memory
ctr task pause box
ctr task ls | grep -q 'box.*PAUSED'
ctr task resume box
ctr task kill -s KILL box
eventually sh -c "ctr task ls | grep 'box.*STOPPED'"
ctr task rm box || [ $? = 137 ]
ctr container rm box
END
}

@test "containerd: a pod and its container, as kubelet asks for them" {
	needs containerd ctr podman
	/usr/bin/python3 -c 'import grpc' 2>/dev/null || skip "python3-grpcio is not installed (scripts/need engines)"
	[ -x /usr/lib/cni/bridge ] || skip "containernetworking-plugins is not installed (scripts/need engines)"
	in_sandbox <<'END'
podman import -q --change 'CMD ["/bin/sleep", "1000"]' "$IMAGE" archive
podman save -q -o image.tar archive
printf 'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\nsandbox_image = "localhost/archive:latest"\nrestrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]\nbin_dir = "/usr/lib/cni"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]\nruntime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]\nBinaryName = "%s"\n' "$SOCLE" >containerd.toml
containerd --config containerd.toml >/run/containerd.log 2>&1 &
eventually ctr version
ctr -n k8s.io image import image.tar
cri=$ENGINES/cri
same $'pod\nexited 137' "$cri" '{}' '{}' hostname
same $'1000\nexited 137' "$cri" '{"seccomp": 0}' '{"seccomp": 0, "user": 1000, "readonly": true, "no_new_privs": true, "drop": ["ALL"]}' id -u
same 'exited 137' "$cri" '{"privileged": true}' '{"privileged": true}' true
same 'exited 137' "$cri" '{"hostname": "", "network": 2, "pid": 2, "ipc": 2}' '{"network": 2, "pid": 2, "ipc": 2}' true
same $'256\nexited 137' "$cri" '{}' '{"resources": {"cpu_shares": 512, "memory_limit": 67108864}, "update": {"cpu_shares": 256, "memory_limit": 67108864}}' \
	sh -c 'cat /sys/fs/cgroup/cpu/cpu.shares || echo 256'
ends 125 "executable file not found" "$cri" '{}' '{"command": ["nothing"]}'
END
}

# ---- Docker

@test "Docker: run, exec, stop, stats, pause, update" {
	needs dockerd docker containerd
	in_sandbox <<'END'
PATH=/usr/bin:$PATH # where Debian's client is
containerd >/run/containerd.log 2>&1 &
dockerd --containerd /run/containerd/containerd.sock --iptables=false --ip6tables=false --bridge=none \
	--add-runtime "socle=$SOCLE" --default-runtime socle >/run/dockerd.log 2>&1 &
eventually docker version
docker import "$IMAGE" image
same hello docker run --rm image echo hello
ends 7 "" docker run --rm image sh -c 'exit 7'
ends 127 "executable file not found" docker run --rm image nothing
ends 127 "no such file or directory" docker run --rm image /nothing
ends 126 "permission denied" docker run --rm image /etc
ends 126 "permission denied" docker run --rm image /etc/passwd
ends 125 "/linux/sysctl/kernel.msgmax" docker run --rm --sysctl kernel.msgmax=many image true
script -qec "docker run --rm -t image tty" /dev/null | grep -q /dev/pts/0
docker run --rm --privileged image true
docker run --rm --read-only --tmpfs /t -v "$PWD:/data:ro" image sh -c 'echo >/t/x && ! echo >/data/x && ! echo >/x'
docker run --rm --network host --pid host --ipc host image true
docker run --rm --init image true
docker run -d --name box -m 64m --pids-limit 50 image sh -c 'trap "exit 3" TERM; sleep 1000 & wait'
same hello docker exec box echo hello
ends 5 "" docker exec box sh -c 'exit 5'
ends 126 "executable file not found" docker exec box nothing
ends 126 "no such file or directory" docker exec -w /nothing box true
docker exec -d box sleep 1000
eventually sh -c "docker top box | grep 'sleep 1000'"
docker stats --no-stream box | grep -q 64MiB
docker pause box
same paused docker inspect --format '{{.State.Status}}' box
docker unpause box
docker update -m 32m --memory-swap 64m --cpus 0.3 box
docker stats --no-stream box | grep -q 32MiB
docker restart -t 0 box
docker stop -t 10 box
same 3 docker inspect --format '{{.State.ExitCode}}' box
docker rm -f box
END
}
