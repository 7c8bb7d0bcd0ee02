# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Network devices that are moved into the container.  The "host" is a network namespace of the test's own.

load helpers

setup_file() { make_base; }
setup() {
	begin
	background unshare --net sh -c 'ip link set lo up; echo ready; exec sleep 1000'
	holder=$!
	eventually says_in background.out ready
	device=v0
	outside ip link add v0 type veth peer name v1 2>/dev/null || outside ip link add v0 type dummy 2>/dev/null ||
		skip "a kernel without veth and dummy devices"
	program 'ip -o addr; ip -o link'
}
teardown() { finish; }

outside() { nsenter --net="/proc/$holder/ns/net" -- "$@"; }
there() { outside "$SOCLE" --root "$root" "$@"; }

# devices: the host's, without its lo
devices() { outside ip -o link | sed -E 's/^[0-9]+: ([^:@]*).*/\1/' | grep -v '^lo$' | sort | tr '\n' ' '; }

@test "netDevices: with its addresses, and up" {
	outside ip addr add 10.1.2.3/24 brd + dev v0
	outside ip addr add 2001:db8::5/64 dev v0 nodad
	outside ip addr add 10.9.9.9/32 dev v0 scope link
	outside ip addr add 10.8.8.8/24 dev v0 valid_lft 1000 preferred_lft 1000
	outside ip link set v0 mtu 1400 address 02:00:00:00:00:07
	outside ip link set v0 up
	config '.linux.netDevices.v0 = {}'
	program 'ip -o addr show dev v0; ip -o link show dev v0; cat /sys/class/net/v0/address'
	run -0 there run -b "$bundle" "$c" </dev/null
	[[ $output == *"inet 10.1.2.3/24 brd 10.1.2.255 scope global v0"* && $output == *"inet6 2001:db8::5/64 scope global"* ]]
	[[ $output != *10.9.9.9* && $output != *10.8.8.8* ]]
	[[ $output == *"UP"*"mtu 1400"* && $output == *02:00:00:00:00:07* ]]
}

@test "netDevices: a new name, and a template of one" {
	outside ip link add w0 type veth peer name w1
	config '.linux.netDevices = {"v0": {"name": "inside"}, "w0": {"name": "eth%d"}, "w1": {"name": "eth%d"}}'
	program 'ls /sys/class/net; cat /sys/class/net/*/flags | sort | uniq -c'
	run -0 there run -b "$bundle" "$c" </dev/null
	[[ $output == *eth0*eth1*inside*lo* ]]
	[[ $output == *"3 0x1003"* ]]
}

@test "netDevices: they are there before the hooks of create" {
	cat >hook <<-'EOF2'
		#!/bin/sh
		nsenter --net="/proc/$(sed 's/.*"pid":\([0-9]*\).*/\1/')/ns/net" ip -o link >"$0.out"
	EOF2
	chmod +x hook
	config '.linux.netDevices.v0 = {} | .hooks.createRuntime = [{path: $path, env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}]' --arg path "$PWD/hook"
	run -0 there run -b "$bundle" "$c" </dev/null
	says_in hook.out v0
}

@test "netDevices: into a joined network namespace, and left there" {
	background unshare --net sh -c 'echo joined; exec sleep 1000'
	joined=$!
	eventually says_in background.out joined
	outside ip addr add 10.1.2.3/24 dev v0
	config '.linux.netDevices.v0.name = "x"'
	join network "/proc/$joined/ns/net"
	program 'exec sleep 1000'
	there run -d -b "$bundle" "$c" </dev/null >/dev/null 2>&1
	run -0 nsenter --net="/proc/$joined/ns/net" ip -o addr show dev x
	[[ $output == *10.1.2.3/24* ]]
	gone "$c"
	nsenter --net="/proc/$joined/ns/net" ip link show dev x
}

@test "netDevices: in a new user namespace" {
	outside ip addr add 10.1.2.3/24 dev v0
	config '.linux.netDevices.v0 = {} | .linux.namespaces += [{"type": "user"}]
		| .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] | .linux.gidMappings = .linux.uidMappings'
	run -0 there run -b "$bundle" "$c" </dev/null
	[[ $output == *10.1.2.3/24* ]]
}

@test "netDevices: one that is not there, a name that is taken, names that are none" {
	config '.linux.netDevices.none = {}'
	refused there create -b "$bundle" "$c" </dev/null
	says 'network device none' 'there is no network device "none"' /linux/netDevices/none
	config '.linux.netDevices = {"v0": {"name": "lo"}}'
	refused there create -b "$bundle" "$c" </dev/null
	says 'already has a device "lo"' /linux/netDevices/v0
	for name in 'a/b' . .. 'a b' abcdefghijklmnop 'a%s' '%d%d' a:b; do
		config '.linux.netDevices = {"v0": {name: $name}}' --arg name "$name"
		refused there create -b "$bundle" "$c" </dev/null
		says /linux/netDevices/v0/name
	done
	[[ $(devices) == *"v0 "* ]]
}

@test "netDevices: what was moved before an error comes back, with its addresses and as it was" {
	outside ip link add w0 type veth peer name w1
	outside ip addr add 10.1.2.3/24 dev v0
	outside ip link set v0 up
	before=$(devices)
	config '.linux.netDevices = {"v0": {"name": "a"}, "w0": {"name": "b"}, "w1": {"name": "b"}}'
	refused there create -b "$bundle" "$c" </dev/null
	says 'already has a device "b"'
	same "$before" "$(devices)"
	run -0 outside ip -o addr show dev v0
	[[ $output == *10.1.2.3/24* ]]
	run -0 outside cat /proc/net/dev
	[[ $(outside ip -o link show dev v0) == *[,\<]UP[,\>]* && $(outside ip -o link show dev w0) != *[,\<]UP[,\>]* ]]
	config '.linux.netDevices = {"v0": {"name": "a"}} | .process.args = ["/none"]'
	refused there run -b "$bundle" "$c" </dev/null
	same "$before" "$(devices)"
}

@test "netDevices: not without a network namespace, nor into the caller's own" {
	config '.linux.netDevices.v0 = {}'
	without network
	refused there create -b "$bundle" "$c" </dev/null
	says /linux/netDevices "needs a network namespace"
	config '.linux.namespaces += [{type: "network", path: $path}]' --arg path "/proc/$holder/ns/net"
	refused there create -b "$bundle" "$c" </dev/null
	says "network namespace is the caller's own" /linux/netDevices
}
