#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Killed at any moment: what comes after tells the truth, works, and cleans up.

load ../lib/common.bash
load ../lib/registry.bash
load ../lib/leftovers.bash

setup_file() {
	fakereg_start "$BATS_FILE_TMPDIR/fake" || return 1
	echo "$FAKEREG_ADDRESS" >"$BATS_FILE_TMPDIR/address"
	echo "$FAKEREG_PID" >"$BATS_FILE_TMPDIR/pid"
}

teardown_file() {
	kill "$(cat "$BATS_FILE_TMPDIR/pid")" 2>/dev/null || true
}

setup_more() {
	FAKE=$(cat "$BATS_FILE_TMPDIR/address")
	REQUESTS=$BATS_FILE_TMPDIR/fake/requests
	OPEN=$BATS_FILE_TMPDIR/fake/open	# lets the second layer of "gated" go on
	rm -f "$OPEN"
	: >"$REQUESTS"
}

supervisor_of() { awk '/^PPid:/ { print $2 }' "/proc/$(proa inspect -f '{{.State.Pid}}' "$1")/status"; }
# status_of CHILD: waits for it; sets status.
status_of() {
	status=0
	wait "$1" || status=$?
}

has_ended() { ! kill -0 "$1" 2>/dev/null; }
is_state() { [ "$(proa inspect -f '{{.State.Status}}' "$1")" = "$2" ]; }

# Whether there was nothing to kill.
kill_store_processes() {
	local pids
	pids=$(store_processes)
	# shellcheck disable=SC2086
	[ -z "$pids" ] || { kill -KILL $pids 2>/dev/null; return 1; }
}

# begin COMMAND...: proa, until it has the first layer of FAKE/gated and waits for the second. Sets PULL.
begin() {
	: >"$BATS_TEST_TMPDIR/log"	# now: the child may be slow to
	# exec: what gets the signal is proa itself; a background job ignores Ctrl-C otherwise
	(exec env --default-signal=INT "$PROA" --root "$STORE" "$@" >"$BATS_TEST_TMPDIR/log" 2>&1 3>&-) &
	PULL=$!
	wait_until grep -q "Pull complete" "$BATS_TEST_TMPDIR/log"
}

# The first layer is there and used; the second one is fetched; no traces of the first attempt.
pull_again() {
	[ "$(ls "$STORE/layers" | wc -l)" = 1 ]
	[ -z "$(proa images -q "$FAKE/gated")" ]
	touch "$OPEN"
	: >"$REQUESTS"
	run proa pull "$FAKE/gated"
	[ "$status" = 0 ]
	[[ $output == *": Already exists"* ]]
	[ "$(grep -c 'gated/blobs/' "$REQUESTS")" = 2 ]	# the config and the second layer
	[ "$(ls -A "$STORE/layers" | wc -l)" = 2 ]
	nothing_left
}

@test "kill -9 of a pull, and of a run that pulls: the next goes on where it was" {
	local what
	for what in pull "run --rm"; do
		rm -f "$OPEN"
		# shellcheck disable=SC2086
		begin $what "$FAKE/gated"
		kill -KILL "$PULL"
		status_of "$PULL"
		[ "$status" = 137 ]
		wait_until no_store_processes	# the unpacking process goes along
		pull_again
		proa rmi "$FAKE/gated"
	done
}

@test "Ctrl-C in a pull, and in a run that pulls: exit code 130, one line, complete layers stay" {
	local what
	for what in pull "run --rm"; do
		rm -f "$OPEN"
		# shellcheck disable=SC2086
		begin $what "$FAKE/gated"
		kill -INT "$PULL"
		status_of "$PULL"
		[ "$status" = 130 ]
		[[ $(tail -n 1 "$BATS_TEST_TMPDIR/log") == *": cannot pull '$FAKE/gated:latest': interrupted" ]]
		nothing_left
		pull_again
		proa rmi "$FAKE/gated"
	done
}

@test "Ctrl-C at a terminal reaches the unpacking process too, which leaves the word to its parent" {
	need_program setsid
	# A process group of its own, as a shell with job control makes it.
	setsid env --default-signal=INT "$PROA" --root "$STORE" pull "$FAKE/gated" \
		>"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
	PULL=$!
	wait_until grep -q "Pull complete" "$BATS_TEST_TMPDIR/log"
	kill -INT -- "-$(store_processes | head -n 1 | xargs ps -o pgid= -p | tr -d ' ')"
	status_of "$PULL"
	[ "$status" = 130 ]
	[[ $(tail -n 1 "$BATS_TEST_TMPDIR/log") == *": interrupted" ]]
	pull_again
}

@test "kill -9 of the unpacking process: an error of this layer, the others stay" {
	begin pull "$FAKE/gated"
	local worker
	for worker in $(store_processes); do
		[ "$worker" = "$PULL" ] || kill -KILL "$worker"
	done
	touch "$OPEN"
	status_of "$PULL"
	[ "$status" = 1 ]
	[[ $(tail -n 1 "$BATS_TEST_TMPDIR/log") == "Error: cannot pull '$FAKE/gated:latest': layer sha256:"*": the unpacking process was killed; is there enough memory?" ]]
	nothing_left
	pull_again
}

@test "kill -9 of the supervisor: its client hears of it, ps tells the truth, rm cleans" {
	proa pull -q "$BUSYBOX"
	proa run --name one "$BUSYBOX" sh -c 'echo begun; exec sleep 1000' >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	local client=$! supervisor init
	wait_until grep -q begun "$BATS_TEST_TMPDIR/out"
	init=$(proa inspect -f '{{.State.Pid}}' one)
	supervisor=$(supervisor_of one)
	kill -KILL "$supervisor"
	status_of "$client"
	[ "$status" != 0 ]
	wait_until has_ended "$init"
	[ "$(proa ps -a --format '{{.Names}} {{.State}}')" = "one exited" ]
	[ "$(proa wait one)" = 137 ]
	proa start one
	is_state one running
	proa rm -f one
	nothing_left
}

@test "kill -9 of all that has to do with a container, at thirty moments: nothing of it stays" {
	proa pull -q "$BUSYBOX"
	local round name running
	for round in {1..30}; do
		"$PROA" --root "$STORE" run -d --name "n$((round % 7))-$round" "$BUSYBOX" sleep 1000 >/dev/null 2>&1 3>&- &
		# Any moment is a good one: what is asserted holds whatever it hits.
		read -r -t "0.0$((round * 7 % 40 + 10))" <> <(:) || true
		kill_store_processes || true
		wait "$!" || true
		run --separate-stderr proa ps -a --format '{{.Names}} {{.State}}'
		[ "$status" = 0 ]
		[ -z "$stderr" ]
	done
	# What a client had just forked when it was listed is the next one's to kill.
	wait_until kill_store_processes || { show_store_processes; return 1; }
	running=$(proa ps -a --format '{{.State}}' | sort -u | tr '\n' ' ')
	echo "states: $running"
	[[ $running =~ ^("created ")?("exited ")?$ ]]
	proa ps -aq | while read -r name; do proa rm -f "$name"; done
	# What was half made goes when the next one is made.
	proa run --rm "$BUSYBOX" true
	nothing_left
}

@test "kill -9 of the client alone, at ten moments: the container is there as a whole or not at all" {
	proa pull -q "$BUSYBOX"
	local round client name
	for round in {1..10}; do
		(exec "$PROA" --root "$STORE" run -d --network none --name "n$round" "$BUSYBOX" sleep 1000 >/dev/null 2>&1 3>&-) &
		client=$!
		read -r -t "0.00$((round - 1))" <> <(:) || true
		kill -KILL "$client" 2>/dev/null || true
		wait "$client" || true
	done
	for name in $(proa ps -a --format '{{.Names}}'); do
		[[ $(proa inspect -f '{{.State.Status}}' "$name") =~ ^(created|running|exited)$ ]]
		proa rm -f "$name"
	done
	proa run --rm --network none "$BUSYBOX" true
	nothing_left
}

@test "kill -9 of a removal, at ten moments: the next ends it" {
	proa pull -q "$BUSYBOX"
	local round removal
	for round in {1..10}; do
		proa run --network none --name one "$BUSYBOX" sh -c 'mkdir -p /a/b/c; for i in 1 2 3 4 5 6 7 8 9; do cp /bin/busybox /a/b/c/$i; done'
		(exec "$PROA" --root "$STORE" rm one >/dev/null 2>&1 3>&-) &
		removal=$!
		read -r -t "0.00$((round - 1))" <> <(:) || true
		kill -KILL "$removal" 2>/dev/null || true
		wait "$removal" || true
		run --separate-stderr proa ps -a --format '{{.State}}'
		[ "$status" = 0 ]
		[ -z "$stderr" ]
		proa rm -f one
	done
	proa run --rm --network none "$BUSYBOX" true
	nothing_left
}
