#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A user without subordinate ids: one id is mapped, and package managers run all the same.

load ../../lib/common.bash

setup_more() {
	[ "$PROA_TEST_WHO" = single ] || skip "for a user without subordinate ids"
	proa pull -q "$BUSYBOX" 2>"$BATS_TEST_TMPDIR/first-warning"
}

@test "what is missing and its remedy is said, once" {
	grep -q "usermod --add-subuids" "$BATS_TEST_TMPDIR/first-warning"
	grep -q "$(id -un)" "$BATS_TEST_TMPDIR/first-warning"
	run --separate-stderr proa run --rm "$BUSYBOX" true
	[ "$status" = 0 ]
	[ -z "$stderr" ]
}

@test "a container runs, as root of one id" {
	run proa run --rm "$BUSYBOX" sh -c 'id -u; cat /proc/self/uid_map'
	[ "$status" = 0 ]
	[ "${lines[0]}" = 0 ]
	[ "$(echo ${lines[1]} | cut -d' ' -f3)" = 1 ]
}

@test "chown, setuid and setgroups are answered as successful" {
	run proa run --rm "$BUSYBOX" sh -c 'touch /f && chown 1000:1000 /f && echo chowned; su app -c "echo switched"'
	[[ $output == *chowned* ]]
	[[ $output == *switched* ]]
}

@test "apt is told not to change its user, which it would check" {
	run proa run --rm "$BUSYBOX" sh -c 'cat "$APT_CONFIG"; ls /'
	[ "${lines[0]}" = 'APT::Sandbox::User "root";' ]
	run proa run --rm -e APT_CONFIG=/mine "$BUSYBOX" sh -c 'echo "$APT_CONFIG"'
	[ "$output" = /mine ]
}

@test "exec is emulated too" {
	proa run -d --name box "$BUSYBOX" sleep 1000
	run proa exec box sh -c 'touch /g && chown 12:34 /g && echo chowned'
	[ "$output" = chowned ]
}

@test "the ids that the image records are kept in the layer" {
	run bash -c 'zstd -dc "$STORE"/layers/*/tar.zst | grep -ac "home/app"'
	[ "$status" = 0 ]
}

@test "another user than root is refused with the remedy" {
	run --separate-stderr proa run --rm -u app "$BUSYBOX" true
	[ "$status" = 125 ]
	one_line_error usermod
}

@test "all of it is removed again" {
	proa run --rm "$BUSYBOX" sh -c 'mkdir -p /a/b; chmod 0 /a/b; chmod 0 /a'
	proa rmi "$BUSYBOX"
	[ -z "$(ls "$STORE/layers")" ]
	[ "$(ls "$STORE/containers")" = names ]
}
