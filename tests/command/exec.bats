#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# exec: everything that a further program can be given, and how it ends.

load ../lib/common.bash

setup_more() {
	proa pull -q "$BUSYBOX"
	proa run -d --name box "$BUSYBOX" sleep 1000 >/dev/null
}

@test "exit codes: its own, of a signal, 126, 127" {
	run proa exec box sh -c 'exit 42'
	[ "$status" = 42 ]
	run proa exec box sh -c 'kill -TERM $$'
	[ "$status" = 143 ]
	run --separate-stderr proa exec box no-such-program
	[ "$status" = 127 ]
	one_line_error "no-such-program"
	run --separate-stderr proa exec box /etc
	[ "$status" = 126 ]
	run --separate-stderr proa exec -w /no/such/place box true
	[ "$status" -ne 0 ]
	[ "${#stderr_lines[@]}" = 1 ]
	run --separate-stderr proa exec -u nobody-of-here box true
	[ "$status" -ne 0 ]
	[ "${#stderr_lines[@]}" = 1 ]
	run --separate-stderr proa exec box
	[ "$status" = 1 ]
}

@test "environment: -e, --env-file, the container's" {
	printf 'FROM_FILE=1\n# comment\nPASSED\n' >"$BATS_TEST_TMPDIR/env"
	PASSED=on run proa exec --env-file "$BATS_TEST_TMPDIR/env" -e GIVEN=2 -e PATH=/bin box sh -c 'echo $FROM_FILE $GIVEN $PASSED $PATH'
	[ "$output" = "1 2 on /bin" ]
}

detached() { proa exec box test -e /done; }

@test "-d leaves it running, in no way tied to the caller" {
	run proa exec -d box sh -c 'touch /done; exec sleep 500'
	[ "$status" = 0 ]
	[ -z "$output" ]
	wait_until detached
	proa exec box ps | grep -q 'sleep 500'
}

@test "-i passes input and its end; without it there is none" {
	[ "$(printf 'a\nb\n' | proa exec -i box wc -l)" = 2 ]
	[ "$(printf 'a\nb\n' | proa exec box wc -l)" = 0 ]
	head -c 5000000 /dev/urandom >"$BATS_TEST_TMPDIR/data"
	[ "$(proa exec -i box sha256sum <"$BATS_TEST_TMPDIR/data" | cut -d' ' -f1)" = "$(sha256sum <"$BATS_TEST_TMPDIR/data" | cut -d' ' -f1)" ]
	[ "$(proa exec -i box cat <"$BATS_TEST_TMPDIR/data" | sha256sum)" = "$(sha256sum <"$BATS_TEST_TMPDIR/data")" ]
}

@test "-t gives a terminal, of the caller's size from the beginning" {
	local screen=$BATS_TEST_TMPDIR/screen
	mkfifo "$BATS_TEST_TMPDIR/keys"
	script -qec "stty rows 31 cols 97; '$PROA' --root '$STORE' exec -it box sh -c 'stty size; tty; read -r x; exit 5'" /dev/null \
		<"$BATS_TEST_TMPDIR/keys" >"$screen" 3>&- &
	local client=$! code=0
	exec 5>"$BATS_TEST_TMPDIR/keys"
	wait_until grep -q /dev/pts/ "$screen"
	[[ $(head -n 1 "$screen") == "31 97"* ]]
	echo >&5
	wait $client || code=$?
	exec 5>&-
	[ $code = 5 ]
}

@test "--privileged has all capabilities of the container's owner" {
	local plain all
	plain=$(proa exec box grep CapEff /proc/self/status)
	all=$(proa exec --privileged box grep CapEff /proc/self/status)
	[ "$plain" != "$all" ]
	[[ $plain == *a80425fb ]]
}

@test "--preserve-fds: those, and no others" {
	echo kept >"$BATS_TEST_TMPDIR/three"
	[ "$(proa exec --preserve-fds 1 box cat /proc/self/fd/3 3<"$BATS_TEST_TMPDIR/three")" = kept ]
	run proa exec --preserve-fds 1 box ls /proc/self/fd 3<"$BATS_TEST_TMPDIR/three" 4</dev/null
	[ "$(echo "$output" | wc -w)" = 5 ]
	run --separate-stderr bash -c 'exec 3>&- 4>&-; proa exec --preserve-fds 2 box true'
	[ "$status" -ne 0 ]
	one_line_error "is not available"
}

@test "--cidfile and --latest name the container" {
	proa run -d --cidfile "$BATS_TEST_TMPDIR/cid" --name newer -h newer "$BUSYBOX" sleep 1000
	[ "$(proa exec --latest hostname)" = newer ]
	proa inspect -f '{{.Id}}' box >"$BATS_TEST_TMPDIR/cid"
	[ "$(proa exec --cidfile "$BATS_TEST_TMPDIR/cid" cat /proc/1/comm)" = sleep ]
}

@test "it works when the image has lost its name" {
	proa untag "$BUSYBOX"
	run proa image exists "$BUSYBOX"
	[ "$status" = 1 ]
	[ "$(proa exec box echo still)" = still ]
}

@test "a paused container takes none" {
	proa pause box
	run --separate-stderr proa exec box true
	[ "$status" = 1 ]
	one_line_error "is paused"
	proa unpause box
	proa exec box true
}

@test "it is in the container's cgroup" {
	need_root
	[ -e /sys/fs/cgroup/cgroup.controllers ] || skip "no cgroup version 2"
	local id
	id=$(proa inspect -f '{{.Id}}' box)
	[ -d "/sys/fs/cgroup/proa/$id" ] || skip "containers have no cgroups here"
	proa exec -d box sleep 777
	wait_until bash -c '[ "$(wc -l <"/sys/fs/cgroup/proa/$0/cgroup.procs")" = 2 ]' "$id"
}

@test "fifty at once, each with its own output and status" {
	local i pids=()
	for ((i = 0; i < 50; i++)); do
		(exec "$PROA" --root "$STORE" exec box sh -c "echo $i; exit $i" >"$BATS_TEST_TMPDIR/out-$i" 2>&1 3>&-) &
		pids+=($!)
	done
	for ((i = 0; i < 50; i++)); do
		local code=0
		wait "${pids[i]}" || code=$?
		[ "$code" = "$i" ] || { echo "exec $i: $code, $(cat "$BATS_TEST_TMPDIR/out-$i")"; return 1; }
		[ "$(cat "$BATS_TEST_TMPDIR/out-$i")" = "$i" ]
	done
}
