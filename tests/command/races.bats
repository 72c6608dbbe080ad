#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Many at once: the same image, the same container, the same directory. Whatever the order, each
# command does its work or says in one line why not, and nothing is left.

load ../lib/common.bash
load ../lib/leftovers.bash

setup_more() {
	proa pull -q "$BUSYBOX"
}

# at_once COMMAND...: the command, ten times at once; prints their statuses, keeps err-N. In a subshell
# only: it waits for all its children, and bats has some of its own.
at_once() {
	local i
	for i in 1 2 3 4 5 6 7 8 9 10; do
		{
			"$@" >/dev/null 2>"$BATS_TEST_TMPDIR/err-$i" 3>&-
			echo "$?" >"$BATS_TEST_TMPDIR/status-$i"
		} &
	done
	wait
	cat "$BATS_TEST_TMPDIR"/status-*
}

@test "several run of one image that is not there: it is pulled once, all succeed" {
	local i pids=()
	for i in 1 2 3 4 5 6; do
		proa run --rm --network none "$REGISTRY/layers" echo "number $i" \
			>"$BATS_TEST_TMPDIR/$i" 2>&1 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i"; done
	for i in 1 2 3 4 5 6; do [ "$(tail -n 1 "$BATS_TEST_TMPDIR/$i")" = "number $i" ]; done
	[ "$(cat "$BATS_TEST_TMPDIR"/[1-6] | grep -c 'Pull complete')" = 3 ]
	nothing_left
}

@test "twenty run --rm at once: all succeed, nothing is left" {
	local i pids=()
	for i in {1..20}; do
		proa run --rm "$BUSYBOX" sh -c "exit $i" >"$BATS_TEST_TMPDIR/$i" 2>&1 3>&- &
		pids+=($!)
	done
	for i in {1..20}; do
		status=0
		wait "${pids[i - 1]}" || status=$?
		[ "$status" = "$i" ] || { echo "$i: $status"; cat "$BATS_TEST_TMPDIR/$i"; return 1; }
	done
	nothing_left
	if as_root; then
		[ -z "$(ip -o link show master "$(jq -r .Bridge "$STORE/networks/bridge/network.json")" 2>/dev/null)" ]
	fi
}

@test "an image is removed while containers are made of it: each has its layers, or is not made" {
	local i pids made=0
	for _ in 1 2 3 4 5 6; do
		proa pull -q "$BUSYBOX"
		pids=()
		for i in 1 2 3 4; do
			proa create --pull never --network none --name "n$i" "$BUSYBOX" true >"$BATS_TEST_TMPDIR/out-$i" 2>&1 3>&- &
			pids+=($!)
		done
		proa rmi -f "$BUSYBOX"
		for i in 1 2 3 4; do
			if wait "${pids[i - 1]}"; then
				made=$((made + 1))
				proa start -a "n$i"
				proa rm "n$i"
			else
				[ "$(wc -l <"$BATS_TEST_TMPDIR/out-$i")" = 1 ]
			fi
		done
	done
	echo "made: $made"
	nothing_left
}

@test "one name, ten creators: one gets it" {
	[ "$(at_once proa create --name one "$BUSYBOX" true | sort | uniq -c | tr -s ' \n' ' ')" = " 1 0 9 125 " ]
	[ "$(grep -l 'already in use by container' "$BATS_TEST_TMPDIR"/err-* | wc -l)" = 9 ]
	[ "$(proa ps -aq | wc -l)" = 1 ]
}

@test "ten clients remove one container: one has done it, the others say that it is gone" {
	local file
	for _ in 1 2 3; do
		proa create --name one "$BUSYBOX" true
		[ "$(at_once proa rm one | grep -c 0)" = 1 ]
		for file in "$BATS_TEST_TMPDIR"/err-*; do
			[ ! -s "$file" ] || [ "$(cat "$file")" = "Error: No such container: one" ] || {
				cat "$file" >&2
				return 1
			}
		done
	done
	nothing_left
}

@test "ten clients remove one running container by force: all succeed" {
	local remove
	for remove in "" --rm; do
		# shellcheck disable=SC2086
		proa run -d $remove --network none --name one "$BUSYBOX" sleep 1000
		[ "$(at_once proa rm -f one | sort -u)" = 0 ]
		[ -z "$(cat "$BATS_TEST_TMPDIR"/err-*)" ]
	done
	nothing_left
}

@test "ten clients stop one container, ten start it" {
	proa create --network none --name one "$BUSYBOX" sleep 1000
	[ "$(at_once proa start one | sort -u)" = 0 ]
	[ "$(proa ps -q | wc -l)" = 1 ]
	[ "$(at_once proa stop -t 0 one | sort -u)" = 0 ]
	[ -z "$(proa ps -q)" ]
	proa rm one
	nothing_left
}

@test "rm -f of a container while it starts" {
	local starter
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		proa create --network none --name one "$BUSYBOX" sleep 1000
		proa start one >"$BATS_TEST_TMPDIR/start" 2>&1 3>&- &
		starter=$!
		proa rm -f one
		wait "$starter" || [ "$(wc -l <"$BATS_TEST_TMPDIR/start")" = 1 ]
		proa rm -f one	# it may have been there first, and started by name
		[ -z "$(proa ps -aq)" ]
	done
	nothing_left
}

@test "exec while the container is stopped: its own status, or one line" {
	local i pids
	for _ in 1 2 3 4 5; do
		proa run -d --network none --name one "$BUSYBOX" sleep 1000
		pids=()
		for i in 0 1 2 3 4 5; do
			proa exec one true >"$BATS_TEST_TMPDIR/out-$i" 2>&1 3>&- &
			pids+=($!)
		done
		proa stop -t 0 one
		for i in 0 1 2 3 4 5; do
			status=0
			wait "${pids[i]}" || status=$?
			case $status in
			0 | 137) [ ! -s "$BATS_TEST_TMPDIR/out-$i" ] ;;
			1) grep -Eqx 'Error: container [0-9a-f]{64} is not running' "$BATS_TEST_TMPDIR/out-$i" ;;
			*) false ;;
			esac || { echo "$status"; cat "$BATS_TEST_TMPDIR/out-$i"; return 1; }
		done
		proa rm one
	done
	nothing_left
}

@test "mounts below a directory that turns into a link and back: nothing outside changes" {
	need_program python3
	local shared=$BATS_TEST_TMPDIR/shared victim=$BATS_TEST_TMPDIR/victim before flips link ran=0
	mkdir -p "$shared/sub" "$victim/inner" "$BATS_TEST_TMPDIR/source"
	echo safe >"$victim/file"
	touch "$BATS_TEST_TMPDIR/one-file"
	before=$(find "$victim" -printf '%p %y %m %U:%G %s %T@ %C@ %n\n')
	for link in "$victim" "../../../../../../../../../../../..$victim" /proc/1/root; do
		ln -sfn "$link" "$shared/link"
		coproc flipper { exec python3 "$TESTS/lib/flip.py" "$shared" sub link 3>&-; }
		# shellcheck disable=SC2154 # set by coproc
		read -r _ <&"${flipper[0]}"
		for _ in {1..20}; do
			! proa run --rm --network none -v "$shared:/data" \
				-v "$BATS_TEST_TMPDIR/source:/data/sub/made" \
				-v "$BATS_TEST_TMPDIR/one-file:/data/sub/inner/made-file" \
				--tmpfs /data/sub/deep/made-tmpfs -w /data/sub/made-workdir \
				"$BUSYBOX" true 2>/dev/null || ran=$((ran + 1))
			! proa run --rm --network none -v "$shared:/data" \
				-v "$BATS_TEST_TMPDIR/source:/data/sub" "$BUSYBOX" true 2>/dev/null || ran=$((ran + 1))
		done
		# shellcheck disable=SC2154 # set by coproc
		kill -TERM "$flipper_PID"
		read -r flips <&"${flipper[0]}"
		wait "$flipper_PID" || true
		[ "$flips" -gt 1000 ]
		[ "$before" = "$(find "$victim" -printf '%p %y %m %U:%G %s %T@ %C@ %n\n')" ]
	done
	[ "$ran" -gt 0 ]
	nothing_left
}

@test "a program that signals itself and all others while it executes another" {
	for _ in 1 2 3 4 5; do
		run proa run --rm --network none "$BUSYBOX" sh -c \
			'trap "" TERM; for i in 1 2 3 4 5 6 7 8; do kill -TERM -1; sh -c "kill -TERM 1; exec true" & done; wait; exec sh -c "exit 7"'
		[ "$status" = 7 ]
	done
	nothing_left
}

@test "a run that pulls leaves nothing of that in its supervisor" {
	local init supervisor
	proa run -d --quiet --network none --name one "$REGISTRY/layers" sleep 1000
	init=$(proa inspect -f '{{.State.Pid}}' one)
	supervisor=$(awk '/^PPid:/ { print $2 }' "/proc/$init/status")
	grep -q '/libc\.' "/proc/$supervisor/maps"
	[ -z "$(grep -E 'registry\.so|libcurl|libcrypto' "/proc/$supervisor/maps")" ]
	proa rm -f one
	nothing_left
}

@test "two hundred megabytes that nobody reads: the supervisor stays small, the log is bounded" {
	ldd "$PROA" | grep -q libasan && skip "the sanitizer needs memory of its own"
	local init supervisor size
	proa run -d --network none --name talk "$BUSYBOX" sh -c \
		'yes "$(head -c 8000 /dev/zero | tr "\0" y)" | head -c 190000000; yes "" | head -c 1000000
		head -c 2000000 /dev/zero; head -c 2000000 /dev/urandom; yes "some words" | head -c 5000000
		touch /done; exec sleep 1000'
	wait_until proa exec talk test -e /done
	init=$(proa inspect -f '{{.State.Pid}}' talk)
	supervisor=$(awk '/^PPid:/ { print $2 }' "/proc/$init/status")
	size=$(awk '/^VmHWM:/ { print $2 }' "/proc/$supervisor/status")
	echo "$size KiB"
	[ "$size" -lt 4096 ]
	size=$(du -sk "$STORE/containers" | cut -f1)
	[ "$size" -lt 34000 ]
	[ "$(proa logs --tail 1 talk)" = "some words" ]
	proa rm -f talk
	nothing_left
}
