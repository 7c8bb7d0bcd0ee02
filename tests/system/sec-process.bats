# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# SEC-45 to SEC-55: credentials, the configuration's text, ids, the root's own path.

load security

setup_file() { secure_file; }
setup() { secure; }
teardown() { secured; }

none=0000000000000000

@test "SEC-45 nothing is inheritable unless it is listed" {
	same null "$(jq '.process.capabilities.inheritable // null | if . == [] then null else . end' "$base/config.json")"
	audit
	same "\"$none\"" "$(found .CapInh)"
	config '.process.capabilities.inheritable = ["CAP_KILL"]'
	audit
	same '"0000000000000020"' "$(found .CapInh)"
	config 'del(.process.capabilities)'
	audit
	for set in Inh Prm Eff Bnd Amb; do same "\"$none\"" "$(found ".Cap$set")"; done
}

@test "SEC-45 a file with inheritable capabilities gives a user none" {
	command -v setcap >/dev/null || skip "no setcap"
	cp --remove-destination "$HARNESS/payload" "$rootfs/bin/payload"
	setcap cap_net_raw+i "$rootfs/bin/payload"
	config '.process.user = {uid: 1000, gid: 1000} | .process.args = ["/bin/payload", "raw"]
		| .process.capabilities |= {bounding: ["CAP_NET_RAW"], permitted: ["CAP_NET_RAW"], effective: ["CAP_NET_RAW"]}'
	for nnp in true false; do
		config ".process.noNewPrivileges = $nnp"
		run -0 inside
		same done
	done
}

@test "SEC-46 a user has what is ambient, and nothing that is not" {
	config '.process.user = {uid: 1000, gid: 1000}
		| .process.capabilities = {bounding: ["CAP_KILL", "CAP_NET_RAW"], permitted: ["CAP_KILL", "CAP_NET_RAW"]}'
	for nnp in true false; do
		config ".process.noNewPrivileges = $nnp"
		audit
		for set in Inh Prm Eff Amb; do same "\"$none\"" "$(found ".Cap$set")"; done
		same '"0000000000002020"' "$(found .CapBnd)"
		same "$([ $nnp = true ] && echo 1 || echo 0)" "$(found .NoNewPrivs)"
	done
}

@test "SEC-47 a number is a number, whatever the image's passwd says" {
	rm "$rootfs/etc/passwd"
	printf '1000:x:0:0::/:\n+1000:x:0:0::/:\n' >"$rootfs/etc/passwd"
	printf '1000:x:0:\n' >"$rootfs/etc/group"
	config '.process.user = {uid: 1000, gid: 1000, username: "1000"}'
	audit
	same '[1000,1000,1000]' "$(found .uid)"
	same '[1000,1000,1000]' "$(found .gid)"
	same '[]' "$(found '[.groups[] | select(. == 0)]')"
	for user in '"1000"' '"1000:1000"' '"+1000"' '"01000"' '" 1000"' '{"uid": "1000", "gid": 0}'; do
		config '.process.user = $user' --argjson user "$user"
		refused inside
		says /process/user
	done
}

@test "SEC-48 SEC-49 an id that does not fit is an error, never another id" {
	for id in -1 -0.5 1.5 4294967295 4294967296 10000000000 99999999999999999999 1e10 1e400 '"1"' '"root"' '""' null true '[]' '{}'; do
		for field in uid gid additionalGids; do
			unconfigured
			case $field in
			additionalGids) text="{\"uid\": 1, \"gid\": 1, \"additionalGids\": [$id]}" ;;
			uid)            text="{\"uid\": $id, \"gid\": 1}" ;;
			gid)            text="{\"uid\": 1, \"gid\": $id}" ;;
			esac
			# as text: jq would round it
			config 'del(.process.user) | .process.user = "USER"'
			sed -i "s/\"USER\"/$text/" "$bundle/config.json"
			grep -qF -- "$text" "$bundle/config.json"
			refused inside
			says /process/user || says "config.json" "number"
		done
	done
	for id in 0 1 65534 2147483647 2147483648 4294967294; do
		unconfigured
		config '.process.user = {uid: $id, gid: $id, additionalGids: [$id]}' --argjson id "$id"
		audit
		same "[$id,$id,$id]" "$(found .uid)"
		same "[$id,$id,$id]" "$(found .gid)"
	done
}

@test "SEC-50 the groups are those of the configuration, none of the caller's" {
	for groups in '[]' '[5]' '[5,1000,7]'; do
		config '.process.user = {uid: 1000, gid: 1000, additionalGids: $g} | .process.args = ["/bin/auditor"]' --argjson g "$groups"
		run --separate-stderr -0 setpriv --groups 0,10,4242 "$SOCLE" --root "$root" run -b "$bundle" "$c" </dev/null
		same "$(jq -c '. + [1000] | unique' <<<"$groups")" "$(found '.groups + [.gid[0]] | unique')"
	done
}

@test "SEC-50 the caller's groups are kept where he asks for it, in a user namespace, too" {
	config '.annotations["run.oci.keep_original_groups"] = "1" | .process.args = ["/bin/auditor"] | .process.user = {uid: 1000, gid: 1000}'
	run --separate-stderr -0 setpriv --groups 10,4242 "$SOCLE" --root "$root" run -b "$bundle" "$c" </dev/null
	same '[10,4242]' "$(found '.groups | sort')"
	config '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 0, "size": 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	run --separate-stderr -0 setpriv --groups 10,4242 "$SOCLE" --root "$root" run -b "$bundle" "$c" </dev/null
	same '[10,4242]' "$(found '.groups | sort')"
	config '.annotations["run.oci.keep_original_groups"] = "0"'
	run --separate-stderr -0 setpriv --groups 10,4242 "$SOCLE" --root "$root" run -b "$bundle" "$c" </dev/null
	same '[]' "$(found .groups)"
}

@test "SEC-52 texts and lists that are longer than any field" {
	long=$(head -c 70000 /dev/zero | tr '\0' x)
	program 'echo started'
	cp bundle/config.json saved.json
	# each is an error or carried out; the namespaces are as they were asked for in each case
	for what in source destination option env annotation hostname arg; do
		cp --remove-destination saved.json bundle/config.json
		config '.process.args = ["/bin/sh", "-c", "for ns in mnt pid net uts; do readlink /proc/self/ns/$ns; done"]'
		case $what in
		source)      filter='.mounts += [{destination: "/x", source: ("/" + $long), type: "bind", options: ["rbind"]}]' ;;
		destination) filter='.mounts += [{destination: ("/" + $long), source: "x", type: "tmpfs"}]' ;;
		option)      filter='.mounts += [{destination: "/x", source: "x", type: "tmpfs", options: [$long]}]' ;;
		env)         filter='.process.env += ["X=" + $long]' ;;
		annotation)  filter='.annotations = {x: ($long * 150)}' ;;
		hostname)    filter='.hostname = $long' ;;
		arg)         filter='.process.args += [$long]' ;;
		esac
		jq -n --rawfile long <(printf %s "$long") --slurpfile c bundle/config.json '$c[0] | '"$filter" >next
		mv next bundle/config.json
		run --separate-stderr inside
		case $status in
		0) [ "${#lines[@]}" = 4 ]
		   for ns in mnt pid net uts; do none_of "$output" "$(readlink "/proc/self/ns/$ns")"; done ;;
		1) says "error: " || [ "$what" = arg ] ;;
		*) false ;;
		esac
	done
}

@test "SEC-52 a hundred thousand variables, three thousand mappings" {
	config '.process.env = [range(100000) | "V\(.)=x"] | .process.args = ["/bin/sh", "-c", "readlink /proc/self/ns/mnt"]'
	run --separate-stderr inside
	[ "$status" = 0 ] || says "error: "
	[ "$output" != "$(readlink /proc/self/ns/mnt)" ]
	unconfigured
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [range(3000) | {containerID: ., hostID: (100000 + . * 2), size: 1}] | .linux.gidMappings = .linux.uidMappings
		| .process.args = ["/bin/sh", "-c", "readlink /proc/self/ns/user; cat /proc/self/uid_map | wc -l"]'
	run --separate-stderr inside
	[ "$status" = 0 ] || says "error: "
	none_of "$output" "$(readlink /proc/self/ns/user)"
}

@test "SEC-53 NUL, half characters, duplicate names, depth, numbers that are none" {
	program 'echo started'
	cp bundle/config.json saved.json
	for path in .ociVersion .hostname '.process.args[0]' '.process.env[0]' .process.cwd .root.path '.mounts[0].destination' \
		'.mounts[0].source' '.mounts[0].type' '.mounts[1].options[0]' '.linux.maskedPaths[0]' '.linux.readonlyPaths[0]' \
		'.linux.namespaces[0].type' '.process.rlimits[0].type' '.process.capabilities.bounding[0]'; do
		for bad in '\\u0000' 'a\\u0000b' '\\ud800' '\\udc00x' '\xff' '\xc0\xaf'; do
			jq "$path"' = "BAD"' saved.json >next
			sed "s|\"BAD\"|\"/x$bad\"|" next >bundle/next
			mv bundle/next bundle/config.json
			run ! cmp -s saved.json bundle/config.json
			refused inside
			refused socle plan -b "$bundle" "$c"
		done
	done
	for text in '{"ociVersion": "1.0.0", "ociVersion": "1.0.0"}' '{"root": {"path": "a", "path": "b"}}' '[1e400]' '{"x": 1e400}' '{' '' 'null' '[]' \
		'{"process": {"user": {"uid": 0, "uid": 1}}}'; do
		rm bundle/config.json
		printf %s "$text" >bundle/config.json
		refused inside
	done
	rm bundle/config.json
	{ printf '{"x":'; head -c 10000 /dev/zero | tr '\0' '['; } >bundle/config.json
	refused inside
	{ printf '{"ociVersion":"1.0.0","x":'; head -c 10000 /dev/zero | tr '\0' '['; head -c 10000 /dev/zero | tr '\0' ']'; printf '}'; } >bundle/config.json
	refused inside
}

@test "SEC-54 an id is a name in the state directory and nothing else" {
	program 'true'
	long=$(head -c 4096 /dev/zero | tr '\0' x)
	for id in "" . .. ../x a/b /etc a/ "a b" $'a\nb' ä '*' 'a;b' "$long" "${long:0:256}" $'\x01' '%s' .hidden; do
		for command in "run -b $bundle --" "create -b $bundle --" "state --" "start --" "delete --force --" "kill --"; do
			# shellcheck disable=SC2086 # a command and its options
			run --separate-stderr -1 "$SOCLE" --root "$root" $command "$id" </dev/null
			[[ $stderr == *"error: "* ]]
		done
	done
	[ -z "$(ls -A "$root" 2>/dev/null)" ]
	for id in a A0_+-. "${long:0:200}"; do
		run -0 "$SOCLE" --root "$root" run -b "$bundle" "$id$c" </dev/null
	done
}

@test "SEC-55 the root's own path is a symlink" {
	program 'ls /; echo started'
	mv "$rootfs" bundle/real
	for target in / ../../.. /proc/self/root "$canary" .; do
		for path in rootfs rootfs/ rootfs/. rootfs//; do
			rm -rf bundle/rootfs
			ln -s "$target" bundle/rootfs
			config '.root.path = $path' --arg path "$path"
			run --separate-stderr -1 inside
			[ -z "$output" ]
		done
	done
	rm bundle/rootfs
	mv bundle/real bundle/rootfs
}

@test "SEC-55 the root is swapped all the time" {
	cp -al "$rootfs" bundle/kept
	ln -s / bundle/rootfs.evil
	config '.process.args = ["/bin/auditor"]'
	"$HARNESS/swapper" "$bundle" rootfs rootfs.evil >swapper.out 2>&1 3>&- &
	ENDS+=($!)
	swapper=$!
	eventually says_in swapper.out swapping
	for ((n = 0; n < 100; n++)); do
		settled inside
		[ "$status" = 1 ] || same '"/bin/auditor"' "$(found .exe)"
		[ "$status" = 1 ] || [ "$(found '[.mountinfo[] | split(" ") | select(.[4] == "/")][0][3]')" != '"/"' ]
	done
	kill -TERM "$swapper"
	wait "$swapper" || true
}

@test "SEC-59 helpers are not looked for in the image" {
	writable
	mkdir -p "$rootfs/usr/bin" "$rootfs/sbin"
	for name in newuidmap newgidmap criu passt pasta mount umount modprobe systemd-run socle-init; do
		for dir in bin usr/bin sbin; do
			rm -f "$rootfs/$dir/$name"
			printf '#!/bin/sh\ntouch /ran\n' >"$rootfs/$dir/$name"
			chmod +x "$rootfs/$dir/$name"
		done
	done
	program 'ls /ran 2>/dev/null; echo started'
	run -0 inside
	same started
}
