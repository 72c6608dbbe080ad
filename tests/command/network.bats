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
	for pid in ${SERVER:-} ${OUTER:-} ${FAR:-} ${SIDE:-}; do kill "$pid" 2>/dev/null || true; done
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

# connects HOST PORT: whether somebody accepts there; a program, so that it can go elsewhere.
connects=(timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"')
# get HOST PORT: the answer to an HTTP request.
get=(timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1"; printf "GET / HTTP/1.0\r\n\r\n" >&3; cat <&3')
# The same with what a busybox has; its static wget dies on some machines.
inner_get=(sh -c 'printf "GET / HTTP/1.0\r\n\r\n" | timeout 5 nc -w 3 "$0" "$1"')
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
	echo secret of the host >"$BATS_TEST_TMPDIR/index.html"
	port=$((20000 + RANDOM % 10000))
	busybox httpd -f -p "127.0.0.1:$port" -h "$BATS_TEST_TMPDIR" 3>&- & SERVER=$!
	wait_until "${connects[@]}" 127.0.0.1 "$port"
	[[ $("${get[@]}" 127.0.0.1 "$port") == *"secret of the host"* ]]
	for address in 127.0.0.1 10.0.2.2 "$(proa run --rm "$BUSYBOX" sh -c \
		"ip route | sed -n 's/^default via \([0-9.]*\).*/\1/p'")"; do
		run proa run --rm "$BUSYBOX" "${inner_get[@]}" "$address" "$port"
		[[ $output != *"secret of the host"* ]]
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
	[[ $("${get[@]}" 127.0.0.1 "${port##*:}") == *HTTP/* ]]
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
	nsenter --net=/proc/$FAR/ns/net busybox httpd -f -p 198.18.5.2:9000 \
		-h "$BATS_TEST_TMPDIR" 3>&- & SERVER=$!
	one=$(proa_here run -d "$BUSYBOX" "${serve[@]}")
	wait_until far "${connects[@]}" 198.18.5.2 9000
	run proa_here exec "$one" "${inner_get[@]}" 198.18.5.2 9000
	[[ $output == *"far away"* ]]
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
	wait_until far "${connects[@]}" 198.18.5.1 8080
	far "${connects[@]}" 198.18.5.1 8081
	here "${connects[@]}" 127.0.0.1 8082
	here "${connects[@]}" 198.18.5.1 8081
	run far "${connects[@]}" 198.18.5.1 8082
	[ "$status" != 0 ]
	# Nor does a route to the containers' network lead past the publication.
	far ip route add "$address" via 198.18.5.1
	run far "${connects[@]}" "$address" 80
	[ "$status" != 0 ]
	[[ $(far "${get[@]}" 198.18.5.1 8080) == *HTTP/* ]]
	wait_until seen_from "$id" 198.18.5.2
}
seen_from() { proa_here logs "$1" 2>&1 | grep -qF "$2"; }

@test "bridge: traffic that this machine only routes is left alone" {
	make_machines
	# A third machine, behind this one, has its own server on the published port.
	unshare -n sleep 300 3>&- & SIDE=$!
	wait_until other_network $SIDE
	here ip link add side0 type veth peer name side1 netns $SIDE
	here ip addr add 198.18.6.1/24 dev side0
	here ip link set side0 up
	nsenter --net=/proc/$SIDE/ns/net ip addr add 198.18.6.2/24 dev side1
	nsenter --net=/proc/$SIDE/ns/net ip link set side1 up
	nsenter --net=/proc/$SIDE/ns/net ip route add default via 198.18.6.1
	far ip route add 198.18.6.0/24 via 198.18.5.1
	echo third >"$BATS_TEST_TMPDIR/index.html"
	nsenter --net=/proc/$SIDE/ns/net busybox httpd -f -p 198.18.6.2:8080 \
		-h "$BATS_TEST_TMPDIR" 3>&- & SERVER=$!
	proa_here run -d -p 8080:80 "$BUSYBOX" "${serve[@]}"
	EXPECTED="hello from inside"
	wait_until answers far busybox nc -w 3 198.18.5.1 8080
	run far "${get[@]}" 198.18.6.2 8080
	[[ $output == *third* ]]
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
	id=$(proa_here run -d -p 8080:80 "$BUSYBOX" sleep 1234)
	inner=$(proa_here inspect -f '{{.State.Pid}}' "$id")
	kill -9 "$(ps -o ppid= -p "$inner" | tr -d ' ')"
	wait_until gone "$inner"
	# Its port is free again, before anybody has swept.
	proa_here run --rm -p 8080:80 "$BUSYBOX" true
	proa_here rm "$id"
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

@test "bridge: what other stores have left is swept, and only that" {
	make_machines
	local store pid
	# Of four stores one is used, one was killed, one killed and removed, one also made anew.
	for store in used killed removed anew; do
		store=$BATS_TEST_TMPDIR/$store
		"$PROA" --root "$store" pull -q "$BUSYBOX"
		here "$PROA" --root "$store" run -d --name one -p 80 "$BUSYBOX" sleep 1000
	done
	for store in killed removed anew; do
		store=$BATS_TEST_TMPDIR/$store
		pid=$("$PROA" --root "$store" inspect -f '{{.State.Pid}}' one)
		kill -KILL "$(ps -o ppid= -p "$pid" | tr -d ' ')"
		wait_until gone "$pid"
	done
	[ "$(here ip -o link show type bridge | wc -l)" = 4 ]
	wait_until has_veths 2	# up0, and that of the used one: the others go with their namespaces
	rm -rf "$BATS_TEST_TMPDIR/removed" "$BATS_TEST_TMPDIR/anew"
	"$PROA" --root "$BATS_TEST_TMPDIR/anew" pull -q "$BUSYBOX"
	here "$PROA" --root "$BATS_TEST_TMPDIR/anew" run --rm "$BUSYBOX" true
	here ip -o link show type bridge
	[ "$(here ip -o link show type bridge | wc -l)" = 1 ]
	[ "$(here nft list tables)" = "table ip proa0" ]
	here "$PROA" --root "$BATS_TEST_TMPDIR/killed" start one
	[ -n "$("$PROA" --root "$BATS_TEST_TMPDIR/killed" exec one hostname -i)" ]
	for store in used killed; do "$PROA" --root "$BATS_TEST_TMPDIR/$store" rm -f one; done
	[ -z "$(here nft list ruleset)" ]
}
has_veths() { [ "$(here ip -o link show type veth | wc -l)" = "$1" ]; }

@test "a machine without any network starts containers all the same" {
	need_root
	need_program nsenter
	unshare -n sleep 300 3>&- & OUTER=$!
	wait_until other_network $OUTER
	run proa_here run --rm "$BUSYBOX" echo started
	[ "$status" = 0 ]
	[[ $output == *started* ]]
}
