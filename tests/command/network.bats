#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Networks: what a container sees, reaches, and is reached by. Tests that would change this
# machine's network, or need another machine, make both out of network namespaces.

load ../lib/common.bash

setup_more() {
	proa pull -q "$BUSYBOX" >/dev/null
}

teardown_more() {
	local pid
	for pid in ${SERVER:-} ${OUTER:-} ${FAR:-}; do kill "$pid" 2>/dev/null || true; done
}

# make_machines: OUTER holds a network namespace that stands for this machine (198.18.5.1), FAR
# one for another machine on its network (198.18.5.2), which is its default gateway too.
make_machines() {
	need_root
	need_program nsenter
	unshare -n sleep 300 3>&- & OUTER=$!
	unshare -n sleep 300 3>&- & FAR=$!
	wait_until other_network $OUTER
	wait_until other_network $FAR
	here ip link set lo up
	far ip link set lo up
	here ip link add up0 mtu 1400 type veth peer name up1 netns $FAR
	here ip addr add 198.18.5.1/24 dev up0
	here ip link set up0 up
	far ip addr add 198.18.5.2/24 dev up1
	far ip link set up1 up
	here ip route add default via 198.18.5.2
}
other_network() { [ "$(readlink /proc/$1/ns/net)" != "$(readlink /proc/self/ns/net)" ]; }
here() { nsenter --net=/proc/$OUTER/ns/net "$@"; }
far() { nsenter --net=/proc/$FAR/ns/net "$@"; }
proa_here() { here "$PROA" --root "$STORE" "$@"; }

fetch() { # fetch COMMAND... URL-PART: what an HTTP server says, waiting a moment for it
	"$@" 2>/dev/null
}
answers() { [ "$("$@" 2>/dev/null)" = "$EXPECTED" ]; }

# A server that answers every connection with one line, on port 80 of a container.
serve=(sh -c 'while :; do echo hello from inside | nc -l -p 80 -w 5 >/dev/null; done')

@test "none: nothing but loopback, and that works" {
	run proa run --rm --network none "$BUSYBOX" sh -c 'ls /sys/class/net; ip -4 -o addr; ip route'
	[ "$status" = 0 ]
	[[ ${lines[0]} == lo ]]
	[[ ${lines[1]} == *"127.0.0.1/8"* ]]
	[ "${#lines[@]}" = 2 ]
}

@test "host: the machine's own network" {
	run proa run --rm --network host "$BUSYBOX" readlink /proc/self/ns/net
	[ "$status" = 0 ]
	[ "$output" = "$(readlink /proc/self/ns/net)" ]
}

@test "by default there is an interface, an address, a route, a name" {
	run --separate-stderr proa run --rm --hostname box "$BUSYBOX" sh -c \
		'ip -4 -o addr show eth0; ip route; cat /etc/hosts; cat /etc/resolv.conf'
	[ "$status" = 0 ]
	[[ ${lines[0]} =~ eth0\ +inet\ ([0-9.]+)/[0-9]+ ]]
	address=${BASH_REMATCH[1]}
	[[ $output == *"default via "*" dev eth0"* ]]
	[[ $output == *"127.0.0.1	localhost"* ]]
	[[ $output == *"$address	box"* ]]
	[[ $output == *"nameserver "* ]]
	[[ $output != *"nameserver 127."* ]]
}

@test "router advertisements are not believed" {
	run proa run --rm "$BUSYBOX" cat /proc/sys/net/ipv6/conf/eth0/accept_ra
	[ "$status" = 0 ]
	[ "$output" = 0 ]
}

@test "--dns, --dns-search, --dns-option, --add-host are written down" {
	run proa run --rm --network none --dns 192.0.2.53 --dns-search example.org \
		--dns-option ndots:3 --add-host db:192.0.2.7 "$BUSYBOX" \
		cat /etc/resolv.conf /etc/hosts
	[ "$status" = 0 ]
	[[ $output == "search example.org
nameserver 192.0.2.53
options ndots:3
"* ]]
	[[ $output == *"192.0.2.7	db"* ]]
}

@test "a network that is not there is a usage error" {
	run --separate-stderr proa run --rm --network no-such "$BUSYBOX" true
	[ "$status" = 125 ]
	[[ $stderr == *"network no-such not found"* ]]
	[ -z "$(proa ps -aq)" ]
}

@test "container:ID shares a network" {
	id=$(proa run -d --network none --name first "$BUSYBOX" sleep 60)
	first=$(proa exec "$id" readlink /proc/self/ns/net)
	run proa run --rm --network container:first "$BUSYBOX" readlink /proc/self/ns/net
	[ "$status" = 0 ]
	[ "$output" = "$first" ]
}

@test "the machine's loopback is not the container's" {
	port=${REGISTRY##*:}
	for address in 127.0.0.1 10.0.2.2 "$(proa run --rm "$BUSYBOX" sh -c \
		"ip route | sed -n 's/^default via \([0-9.]*\).*/\1/p'")"; do
		run proa run --rm "$BUSYBOX" wget -T 2 -qO- "http://$address:$port/v2/"
		[ "$status" = 1 ]
	done
}

@test "a published port answers, on IPv4 and IPv6" {
	id=$(proa run -d -p 80 "$BUSYBOX" "${serve[@]}")
	run proa port "$id" 80
	[ "$status" = 0 ]
	[[ ${lines[0]} =~ ^0\.0\.0\.0:([0-9]+)$ ]]
	port=${BASH_REMATCH[1]}
	EXPECTED="hello from inside"
	wait_until answers busybox nc -w 3 127.0.0.1 "$port"
	if [ -e /proc/sys/net/ipv6 ] && ip -6 addr show dev lo | grep -q ::1; then
		wait_until answers socat -T 3 - "TCP6:[::1]:$port"
	fi
	proa rm -f "$id"
	run busybox nc -w 3 127.0.0.1 "$port"
	[ "$status" = 1 ]
}

@test "bytes through a published port arrive whole, both ways" {
	need_program socat
	id=$(proa run -d -p 127.0.0.1::80 "$BUSYBOX" nc -l -p 80 -e cat)
	port=$(proa port "$id" 80)
	port=${port##*:}
	head -c 20000000 /dev/urandom >"$BATS_TEST_TMPDIR/data"
	wait_until listening "$id"
	socat -t 20 - "TCP:127.0.0.1:$port" <"$BATS_TEST_TMPDIR/data" >"$BATS_TEST_TMPDIR/back"
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/back"
}
listening() { proa exec "$1" netstat -ltn | grep -q ':80 '; }

@test "the program inside does not take the outside for itself" {
	id=$(proa run -d -p 127.0.0.1::80 "$BUSYBOX" httpd -f -vv -p 80)
	port=$(proa port "$id" 80)
	wait_until listening "$id"
	busybox wget -T 5 -qO- "http://127.0.0.1:${port##*:}/" >/dev/null 2>&1 || true
	wait_until logged "$id"
	run proa logs "$id"
	[[ $output != *127.0.0.1* ]]
}
logged() { [ -n "$(proa logs "$1" 2>&1)" ]; }

@test "a port that is taken is named, and nothing stays behind" {
	id=$(proa run -d -p 127.0.0.1::80 "$BUSYBOX" sleep 60)
	port=$(proa port "$id" 80)
	run --separate-stderr proa run --name second -p "127.0.0.1:${port##*:}:80" "$BUSYBOX" true
	[ "$status" = 125 ]
	[[ $stderr == *"127.0.0.1:${port##*:}: port is already allocated"* ]]
	[ "$(proa ps -q)" = "${id:0:12}" ]
}

@test "a privileged port tells an ordinary user what to do" {
	need_user
	[ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 81 ] || skip "port 81 is allowed here"
	run --separate-stderr proa run --rm -p 81:80 "$BUSYBOX" true
	[ "$status" = 125 ]
	[[ $stderr == *"cannot publish 0.0.0.0:81: permission denied"* ]]
	[[ $stderr == *"net.ipv4.ip_unprivileged_port_start"* ]]
}

@test "--publish-all publishes what was exposed" {
	id=$(proa run -d --expose 80 --expose 81-82 -P "$BUSYBOX" sleep 60)
	run proa port "$id"
	[ "$(printf '%s\n' "${lines[@]}" | grep -c '^8[012]/tcp -> 0.0.0.0:[1-9]')" = 3 ]
}

@test "slirp4netns and pasta can be asked for by name" {
	need_user
	for program in slirp4netns pasta; do
		command -v $program >/dev/null || continue
		[ $program = slirp4netns ] || ip route | grep -q ^default || continue
		run proa run --rm --network $program "$BUSYBOX" ip -4 -o addr show eth0
		[ "$status" = 0 ]
		[[ $output == *"inet 10."* ]]
	done
}

@test "bridge: out to other machines, and to one another" {
	make_machines
	echo far away >"$BATS_TEST_TMPDIR/index.html"
	far busybox httpd -f -p 198.18.5.2:9000 -h "$BATS_TEST_TMPDIR" 3>&- & SERVER=$!
	one=$(proa_here run -d "$BUSYBOX" "${serve[@]}")
	EXPECTED="far away"
	wait_until answers proa_here exec "$one" wget -T 3 -qO- http://198.18.5.2:9000/index.html
	address=$(proa_here exec "$one" hostname -i)
	EXPECTED="hello from inside"
	wait_until answers proa_here run --rm "$BUSYBOX" nc -w 3 "$address" 80
	run proa_here run --rm "$BUSYBOX" cat /sys/class/net/eth0/mtu
	[ "$output" = 1400 ]
}

@test "bridge: other machines reach what is published to them, and are seen as themselves" {
	make_machines
	id=$(proa_here run -d -p 8080:80 -p 198.18.5.1:8081:80 -p 127.0.0.1:8082:80 "$BUSYBOX" \
		httpd -f -vv -p 80)
	address=$(proa_here exec "$id" hostname -i)
	wait_until far busybox nc -z -w 3 198.18.5.1 8080
	far busybox nc -z -w 3 198.18.5.1 8081
	here busybox nc -z -w 3 127.0.0.1 8082
	here busybox nc -z -w 3 198.18.5.1 8081
	run far busybox nc -z -w 2 198.18.5.1 8082
	[ "$status" = 1 ]
	# Nor does a route to the containers' network lead past the publication.
	far ip route add "$address" via 198.18.5.1
	run far busybox nc -z -w 2 "$address" 80
	[ "$status" = 1 ]
	far busybox wget -T 3 -qO- http://198.18.5.1:8080/ >/dev/null 2>&1 || true
	wait_until seen_from "$id" 198.18.5.2
}
seen_from() { proa_here logs "$1" 2>&1 | grep -qF "$2"; }

@test "bridge: traffic that this machine only routes is left alone" {
	make_machines
	# A third machine behind this one has a server on the published port.
	here ip link add name side0 type dummy
	here ip addr add 198.18.6.1/24 dev side0
	id=$(proa_here run -d -p 8080:80 "$BUSYBOX" "${serve[@]}")
	run here nft list chain ip proa0 prerouting
	[[ $output == *"fib daddr type local"* ]]
	far ip route add 198.18.6.0/24 via 198.18.5.1
	run far busybox nc -w 2 198.18.6.77 8080
	[ "$output" != "hello from inside" ]
}

@test "bridge: the last container takes bridge and rules with it" {
	make_machines
	one=$(proa_here run -d -p 8080:80 "$BUSYBOX" sleep 60)
	two=$(proa_here run -d "$BUSYBOX" sleep 60)
	here ip link show proa0
	proa_here rm -f "$one"
	[[ $(here nft list table ip proa0) != *8080* ]]
	proa_here rm -f "$two"
	run here ip link show proa0
	[ "$status" = 1 ]
	[ -z "$(here nft list ruleset)" ]
	[ -z "$(ls "$STORE/networks/bridge/leases")" ]
}

@test "bridge: what a killed supervisor leaves is swept" {
	make_machines
	need_program pgrep
	id=$(proa_here run -d -p 8080:80 "$BUSYBOX" sleep 1234)
	inner=$(proa_here inspect -f '{{.State.Pid}}' "$id")
	kill -9 "$(ps -o ppid= -p "$inner" | tr -d ' ')"
	wait_until gone "$inner"
	run proa_here run --rm -p 8080:80 "$BUSYBOX" hostname -i
	[ "$status" = 0 ]
	[ -z "$(ls "$STORE/networks/bridge/leases")" ]
	[ -z "$(here nft list ruleset)" ]
}
gone() { ! kill -0 "$1" 2>/dev/null; }

@test "bridge: two stores on one machine do not disturb one another" {
	make_machines
	one=$(proa_here run -d "$BUSYBOX" sleep 60)
	other=(here "$PROA" --root "$BATS_TEST_TMPDIR/other")
	"$PROA" --root "$BATS_TEST_TMPDIR/other" pull -q "$BUSYBOX"
	first=$(proa_here exec "$one" hostname -i)
	second=$("${other[@]}" run --rm "$BUSYBOX" hostname -i)
	[ "${first%.*.*}" != "${second%.*.*}" ]
	here ip link show proa0
	run here ip link show proa1
	[ "$status" = 1 ]
}

@test "a machine without any network starts containers all the same" {
	need_root
	need_program nsenter
	unshare -n sleep 300 3>&- & OUTER=$!
	wait_until other_network $OUTER
	run proa_here run --rm "$BUSYBOX" echo started
	[ "$status" = 0 ]
	[[ $output == *started* ]]
}
