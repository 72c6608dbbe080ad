#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Events: what is noted, how it is asked for, and that it stays bounded.

load ../lib/common.bash

setup_more() {
	proa pull -q "$BUSYBOX"
}

# happened [FILTER...]: the actions of containers until now, one a line.
happened() { proa events --since 1h --until 0s --filter type=container --format '{{.Action}}' "$@"; }
export -f happened

@test "a container's life" {
	proa create --name box --label tier=web "$BUSYBOX" sh -c 'exec sleep 1000'
	proa start box
	proa exec box true
	proa exec -d box sleep 0
	proa kill -s USR1 box
	proa pause box
	proa unpause box
	proa rename box other
	proa stop -t 0 other
	proa start other
	proa restart -t 0 other
	proa rm -f other
	run happened
	diff <(printf '%s\n' "$output" | grep -v '^exec_create: sleep\|^exec_start: sleep') <(
		printf '%s\n' create start 'exec_create: true' 'exec_start: true' exec_die kill pause unpause rename \
			kill kill die stop start kill kill die stop start restart kill die destroy
	)
}

@test "attributes: image, name, labels, and how it ended" {
	proa run --name box --label tier=web "$BUSYBOX" sh -c 'exit 3' || [ $? = 3 ]
	run proa events --since 1h --until 0s --filter event=die --format json
	jq -e --arg image "$BUSYBOX" '.Type == "container" and .Action == "die" and .status == "die" and .scope == "local" and
		.Actor.Attributes.exitCode == "3" and .Actor.Attributes.execDuration == "0" and .Actor.Attributes.name == "box" and
		.Actor.Attributes.image == $image and .Actor.Attributes.tier == "web" and (.Actor.ID | length) == 64' <<<"$output"
	run proa events --since 1h --until 0s --filter event=attach
	[[ $output == *" container attach "*"name=box"* ]]
}

@test "--rm: die comes before destroy, and both are there when run returns" {
	proa run --rm "$BUSYBOX" true
	[ "$(happened | tail -n 2)" = $'die\ndestroy' ]
}

@test "filters: container, event, label, image, type, several of a key" {
	proa run -d --name one --label tier=web "$BUSYBOX" true
	proa run -d --name two --label tier=db "$BUSYBOX" true
	proa wait one two
	[ "$(happened --filter container=one)" = $'create\nstart\ndie' ]
	[ "$(happened --filter container="$(proa ps -aqf name=two)")" = $'create\nstart\ndie' ]
	[ "$(happened --filter label=tier=db --filter event=die)" = die ]
	[ "$(happened --filter event=create --filter event=die | sort | uniq -c | tr -s ' ')" = $' 2 create\n 2 die' ]
	[ "$(happened --filter event=died | wc -l)" = 2 ]
	[ "$(happened --filter image="${BUSYBOX%:*}" | wc -l)" = 6 ]
	[ -z "$(happened --filter image=other)" ]
	[ -z "$(happened --filter container=none)" ]
	run --separate-stderr proa events --filter nonsense=1 --until 0s
	[ "$status" -ne 0 ]
	one_line_error "nonsense"
}

@test "--since and --until cut out a part" {
	proa create --name one "$BUSYBOX" true
	local middle
	middle=$(date +%s.%N)
	proa create --name two "$BUSYBOX" true
	[ "$(proa events --since "$middle" --until 0s --format '{{.Actor.Attributes.name}}' --filter type=container)" = two ]
	[ "$(proa events --until "$middle" --format '{{.Actor.Attributes.name}}' --filter type=container)" = one ]
	[ "$(proa events --stream=false --format '{{.Actor.Attributes.name}}' --filter type=container)" = $'one\ntwo' ]
}

seen() { grep -q "$1" "$BATS_TEST_TMPDIR/seen"; }

@test "followed while it happens, until a time" {
	proa create --name before "$BUSYBOX" true
	(exec "$PROA" --root "$STORE" events --since 1h --until "$(($(date +%s) + 4))" --format '{{.Action}} {{.Actor.Attributes.name}}' \
		>"$BATS_TEST_TMPDIR/seen" 3>&-) &
	local follower=$!
	wait_until seen '^create before$'
	proa run --rm --name after "$BUSYBOX" true
	wait_until seen '^destroy after$'
	wait $follower
	[ "$(grep -c after "$BATS_TEST_TMPDIR/seen")" = 5 ]
}

@test "the log is bounded, and followed over its rotation" {
	local line i
	proa create --name first "$BUSYBOX" true
	(exec "$PROA" --root "$STORE" events --since 1h --format '{{.Actor.Attributes.name}}' >"$BATS_TEST_TMPDIR/seen" 3>&-) &
	local follower=$!
	wait_until seen '^first$'
	# To just below the bound, by copies of a line.
	line=$(head -n 1 "$STORE/events/log")
	for ((i = 0; i < 1048576 / ${#line}; i++)); do echo "$line"; done >>"$STORE/events/log"
	for i in 1 2 3; do proa create --name "late$i" "$BUSYBOX" true; done
	wait_until seen '^late3$'
	kill $follower
	[ "$(grep -c '^late' "$BATS_TEST_TMPDIR/seen")" = 3 ]
	[ -e "$STORE/events/log.1" ]
	[ "$(stat -c %s "$STORE/events/log")" -lt 10000 ]
	[ "$(find "$STORE/events" -type f -name 'log*' | wc -l)" = 2 ]
	[ "$(proa events --since 1h --until 0s --format '{{.Actor.Attributes.name}}' | grep -c '^late')" = 3 ]
}

@test "volumes and networks of a container" {
	proa run --rm -v data:/data "$BUSYBOX" true
	run proa events --since 1h --until 0s --filter type=volume --format '{{.Action}} {{.Actor.ID}}'
	[[ $output == *$'mount data\nunmount data'* ]]
	run proa events --since 1h --until 0s --filter type=network --format '{{.Action}}'
	[ "$output" = $'connect\ndisconnect' ]
}

@test "images: pulled, named, saved, loaded, removed" {
	proa tag "$BUSYBOX" mine
	proa save -o "$BATS_TEST_TMPDIR/tar" mine
	proa untag mine mine
	proa rmi "$BUSYBOX"
	proa load -q -i "$BATS_TEST_TMPDIR/tar"
	run proa events --since 1h --until 0s --filter type=image --format '{{.Action}} {{.Actor.Attributes.name}}'
	[ "$output" = "$(printf '%s\n' "pull $BUSYBOX" "tag mine" "save mine" "untag mine" "untag $BUSYBOX" \
		"delete <no value>" "load mine:latest")" ]
	[ "$(proa events --since 1h --until 0s --filter image="$BUSYBOX" --filter event=pull --format '{{.Actor.ID}}')" = "$BUSYBOX" ]
}

@test "a store that cannot take events stops nobody" {
	proa create --name first "$BUSYBOX" true
	rm -r "$STORE/events"
	: >"$STORE/events"
	proa run --rm "$BUSYBOX" true
	rm "$STORE/events"
}
