#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# stats: what containers use.

load ../lib/common.bash

setup_more() {
	proa pull -q "$BUSYBOX"
}

@test "the columns are docker's" {
	proa run -d --network none --name idle "$BUSYBOX" sleep 1000
	proa create --name other "$BUSYBOX" true
	run proa stats --no-stream
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 2 ]
	[[ ${lines[0]} =~ ^"CONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT"\ +"MEM %"\ +"NET I/O"\ +"BLOCK I/O"\ +"PIDS"$ ]]
	[[ ${lines[1]} =~ ^"$(proa ps -q)"\ +idle\ +[0-9.]+%\ +[0-9.]+[KM]iB\ /\ [0-9.]+[MGT]iB\ +[0-9.]+%\ +0B\ /\ 0B\ +.*\ +1$ ]]
}

@test "busy ones are busy, and their tasks are counted" {
	proa run -d --network none --name busy "$BUSYBOX" sh -c 'while :; do :; done & while :; do :; done'
	run proa stats --no-stream --format '{{.CPUPerc}} {{.PIDs}}' busy
	[[ $output =~ ^([0-9]+)\.[0-9]+%\ 2$ ]]
	[ "${BASH_REMATCH[1]}" -ge 1 ]
}

@test "memory is what its processes hold" {
	proa run -d --network none --name holds "$BUSYBOX" \
		sh -c 'x=$(head -c 20000000 /dev/zero | tr "\0" x); echo ready; sleep 1000; echo $x'
	wait_until bash -c '[ "$(proa logs holds)" = ready ]'
	run proa stats --no-stream --format '{{.MemUsage}}' holds
	[[ $output =~ ^([0-9]+)(\.[0-9]+)?MiB\ /  ]]
	[ "${BASH_REMATCH[1]}" -ge 18 ]
}

@test "network: sent and received" {
	proa run -d --name net "$BUSYBOX" sleep 1000
	[ "$(proa run -d --network host --name host "$BUSYBOX" sleep 1000 | wc -c)" = 65 ]
	[ "$(proa stats --no-stream --format '{{.NetIO}}' host)" = "0B / 0B" ]
	[[ $(proa stats --no-stream --format '{{.NetIO}}' net) =~ ^[0-9.]+[kM]?B\ /\ [0-9.]+[kM]?B$ ]]
}

@test "json, all, missing ones, no container at all" {
	[ "$(proa stats --no-stream | wc -l)" = 1 ]
	local id
	id=$(proa create --name off "$BUSYBOX" true)
	[ "$(proa stats --no-stream --format json | wc -l)" = 0 ]
	run proa stats --no-stream --all --format json
	[ "$output" = '{"BlockIO":"0B / 0B","CPUPerc":"0.00%","Container":"'"$id"'","ID":"'"${id:0:12}"'","MemPerc":"0.00%","MemUsage":"0B / 0B","Name":"off","NetIO":"0B / 0B","PIDs":"0"}' ]
	[ "$(proa stats --no-stream --no-trunc --format '{{.ID}} {{.Container}}' off)" = "$id off" ]
	run --separate-stderr proa stats --no-stream none
	[ "$status" = 1 ]
	[[ $stderr == *"No such container: none"* ]]
}

@test "live: again and again, and a new container shows" {
	proa run -d --network none --name first "$BUSYBOX" sleep 1000
	"$PROA" --root "$STORE" stats --format '{{.Name}}' >"$BATS_TEST_TMPDIR/live" 3>&- &
	local live=$!
	wait_until grep -q first "$BATS_TEST_TMPDIR/live"
	proa run -d --network none --name second "$BUSYBOX" sleep 1000
	wait_until grep -q second "$BATS_TEST_TMPDIR/live"
	kill "$live"
	wait "$live" || true
	[ "$(grep -c '[^a-z]' "$BATS_TEST_TMPDIR/live")" = 0 ]
}
