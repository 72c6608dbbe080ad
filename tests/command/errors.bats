#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Odd surroundings: a full disk, closed streams, strange names and paths, no environment. One clear
# line where it cannot work, and nothing half done.

load ../lib/common.bash
load ../lib/leftovers.bash

status_of_state() { proa inspect -f '{{.State.Status}} {{.State.ExitCode}}' "$1"; }

# full_store SIZE: the store on a small disk of its own.
full_store() {
	need_root
	mkdir -p "$STORE"
	mount -t tmpfs -o "size=$1,mode=0700" none "$STORE"
}

fill_store() { ! head -c 100M /dev/zero >"$STORE/filler" 2>/dev/null; }

teardown_more() {
	local id
	if mountpoint -q "$STORE"; then
		rm -f "$STORE/filler"
		for id in $(proa ps -aq); do proa rm -f "$id" || true; done
		umount -l "$STORE"
	fi
}

@test "a full disk: pull, run and create say so and leave nothing" {
	local size
	for size in 64k 1500k 2300k; do
		full_store "$size"
		run --separate-stderr proa pull -q "$BUSYBOX"
		[ "$status" = 1 ]
		one_line_error "No space left on device"
		run --separate-stderr proa run --quiet --rm "$BUSYBOX" true
		[ "$status" = 125 ]
		one_line_error "No space left on device"
		nothing_left
		[ -z "$(proa images -q "$BUSYBOX")" ]
		[ -z "$(ls "$STORE/layers")" ]
		umount "$STORE"
	done
	full_store 5m
	proa pull -q "$BUSYBOX"
	fill_store
	local command
	for command in "run --rm" "run -d" "create"; do
		# shellcheck disable=SC2086
		run --separate-stderr proa $command --name one "$BUSYBOX" true
		[ "$status" = 125 ]
		one_line_error "No space left on device"
		nothing_left
	done
	rm "$STORE/filler"
	proa run --rm "$BUSYBOX" true
}

@test "a full disk: containers that run can be stopped and removed, and what ps says is true" {
	full_store 5m
	proa pull -q "$BUSYBOX"
	proa run -d --network none --name polite "$BUSYBOX" sh -c 'trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done'
	proa run -d --restart always --name again "$BUSYBOX" sleep 1000
	proa run -d --rm --name gone "$BUSYBOX" sleep 1000
	wait_until bash -c '[ "$(proa logs polite)" = ready ]'
	fill_store
	run proa exec polite sh -c 'echo more >/file'
	[ "$status" = 1 ]
	proa stop polite
	[ "$(status_of_state polite)" = "exited 3" ]
	proa stop -t 0 again
	[ "$(status_of_state again)" = "exited 137" ]
	proa rm polite
	proa rm again
	fill_store
	proa rm -f gone
	[ -z "$(proa ps -aq)" ]
	nothing_left
}

@test "output that cannot be written is an error" {
	local command
	proa pull -q "$BUSYBOX"
	proa create --name one "$BUSYBOX" true
	for command in ps images version info "inspect one" --help "rm --help"; do
		# shellcheck disable=SC2086
		run bash -c '"$PROA" --root "$STORE" "$@" 2>&1 >/dev/full' - $command
		echo "$command: $output"
		[ "$status" = 1 ]
		[[ ${lines[-1]} == "Error: cannot write to the standard output"* ]]
		# shellcheck disable=SC2086
		run bash -c '"$PROA" --root "$STORE" "$@" 2>&1 >&-' - $command
		[ "$status" = 1 ]
	done
	run bash -c 'proa run --rm "$BUSYBOX" echo lost 2>&1 >/dev/full'
	[ "$status" = 125 ]
	[[ $output == "proa: cannot write"*": No space left on device" ]]
	wait_until bash -c '[ "$(proa ps -aq | wc -l)" = 1 ]'
}

@test "closed streams: descriptors of proa's own never take their place" {
	proa pull -q "$BUSYBOX"
	[ "$(proa run --rm "$BUSYBOX" echo here 2>&- <&-)" = here ]
	[ -z "$(proa run --rm -i "$BUSYBOX" cat <&-)" ]
	run bash -c 'proa run --rm "$BUSYBOX" sh -c "exit 3" <&- 2>&- >&-'
	[ "$status" = 3 ]
	proa run -d --name one "$BUSYBOX" sleep 1000 <&- 2>&-
	[ "$(status_of_state one)" = "running 0" ]
	proa rm -f one
	nothing_left
}

@test "names with odd characters are refused, and say what is allowed" {
	proa pull -q "$BUSYBOX"
	local name
	for name in a/b ../x 'a b' '' é .x _x $'a\nb' $'\e[31m' "$(printf 'a%.0s' {1..129})"; do
		run --separate-stderr proa create --name "$name" "$BUSYBOX" true
		[ "$status" = 125 ]
		one_line_error "only [a-zA-Z0-9][a-zA-Z0-9_.-]* of at most 128 characters is allowed"
		[[ $stderr != *$'\e'* ]]
		run --separate-stderr proa rm "$name"
		[ "$status" = 1 ]
		one_line_error "No such container:"
	done
	name=$(printf 'a%.0s' {1..128})
	proa create --name "$name" "$BUSYBOX" true
	proa rm "$name"
	nothing_left
}

@test "500 variables, an argument of 100 KB, and one that no kernel takes" {
	proa pull -q "$BUSYBOX"
	local options=() i long
	for i in {1..500}; do options+=(-e "V$i=value $i"); done
	[ "$(proa run --rm "${options[@]}" "$BUSYBOX" sh -c 'env | grep -c "^V[0-9]*=value"')" = 500 ]
	long=$(head -c 102400 /dev/zero | tr '\0' a)
	[ "$(proa run --rm "$BUSYBOX" sh -c 'echo ${#1}' x "$long")" = 102400 ]
	proa create --name one "$BUSYBOX" echo "$long"
	[ "$(proa ps -a | wc -c)" -lt 1000 ]
	[ "$(proa start -a one)" = "$long" ]
	{ for i in {1..30}; do echo "W$i=$long"; done; } >"$BATS_TEST_TMPDIR/env"
	run --separate-stderr proa run --rm --env-file "$BATS_TEST_TMPDIR/env" "$BUSYBOX" true
	[ "$status" != 0 ]
	one_line_error "proa: "
	proa rm one
	nothing_left
}

@test "no HOME, no PATH, no environment at all" {
	proa pull -q "$BUSYBOX"
	env -u HOME "$PROA" --root "$STORE" run --rm "$BUSYBOX" true
	env -i "$PROA" --root "$STORE" run --rm "$BUSYBOX" true
	[ "$(env -i "$PROA" --root "$STORE" run --rm "$BUSYBOX" sh -c 'echo $HOME')" = /root ]
	HOME=/nowhere XDG_RUNTIME_DIR=/nowhere proa run --rm "$BUSYBOX" true
	XDG_RUNTIME_DIR=/proc proa run --rm "$BUSYBOX" true
}

@test "a working directory that is gone" {
	proa pull -q "$BUSYBOX"
	mkdir "$BATS_TEST_TMPDIR/gone"
	cd "$BATS_TEST_TMPDIR/gone"
	rmdir "$BATS_TEST_TMPDIR/gone"
	proa run --rm "$BUSYBOX" true
	run --separate-stderr "$PROA" --root relative ps
	[ "$status" = 1 ]
	one_line_error "No such file or directory"
	[ ! -e /relative ]
	run --separate-stderr proa run --rm -v ./here:/there "$BUSYBOX" true
	[ "$status" = 125 ]
	one_line_error "No such file or directory"
	cd /
	nothing_left
}

@test "a store that is named relatively, with spaces, commas, quotes and backslashes" {
	cd "$BATS_TEST_TMPDIR"
	STORE='sub/a store: é, "x" \y'
	proa pull -q "$BUSYBOX"
	[ "$(proa run --rm -v named:/named "$BUSYBOX" sh -c 'echo kept >/named/file; cat /etc/hostname >/dev/null; echo fine')" = fine ]
	[ "$(proa run --rm -v named:/named "$BUSYBOX" cat /named/file)" = kept ]
	proa run -d --name one "$BUSYBOX" sleep 1000
	[ "$(proa exec one echo inside)" = inside ]
	[ "$(proa inspect -f '{{.LogPath}}' one)" = "$BATS_TEST_TMPDIR/$STORE/containers/$(proa inspect -f '{{.Id}}' one)/$(proa inspect -f '{{.Id}}' one)-json.log" ]
	cd "$BATS_TEST_TMPDIR/sub"
	STORE=${STORE#sub/}
	proa rm -f one
	nothing_left
	proa rmi "$BUSYBOX"
	cd /
	STORE="$BATS_TEST_TMPDIR/sub/$STORE"
}

@test "the umask is ours: the store is private, the container's files are as usual" {
	local mask
	for mask in 000 077 777; do
		(
			umask "$mask"
			proa pull -q "$REGISTRY/layers"
			run proa run --rm -v "new-$mask:/volume" -v "$BATS_TEST_TMPDIR/made-$mask:/made" "$REGISTRY/layers" \
				sh -c 'umask; touch /file; mkdir /dir; stat -c %a / /file /dir /volume /made /etc/hosts'
			[ "$status" = 0 ]
			[ "${lines[*]}" = "0022 755 644 755 755 755 644" ] || { echo "$mask: ${lines[*]}" >&2; exit 1; }
			proa run --name "kept-$mask" "$REGISTRY/layers" true
		)
	done
	[ -z "$(find "$STORE" -path '*/tree/*' -prune -o ! -type l -perm /022 -print)" ]
	[ -z "$(find "$STORE" -mindepth 1 -maxdepth 1 -perm /077 ! -name volumes -print)" ]
	[ "$(stat -c %a "$STORE" "$STORE/containers" "$STORE/layers" "$STORE/images" "$STORE/tmp" | sort -u)" = 700 ]
}

@test "a store or run directory that others can write is refused" {
	mkdir -p "$STORE" "$BATS_TEST_TMPDIR/run"
	chmod 777 "$STORE"
	run --separate-stderr proa ps
	[ "$status" = 1 ]
	one_line_error "others may write to it"
	[ -z "$(ls -A "$STORE")" ]
	chmod 700 "$STORE"
	chmod 777 "$BATS_TEST_TMPDIR/run"
	run --separate-stderr proa --runroot "$BATS_TEST_TMPDIR/run" ps
	[ "$status" = 1 ]
	one_line_error "others may write to it"
}

@test "a store that is a file, below one, or read-only" {
	echo text >"$STORE"
	run --separate-stderr proa ps
	[ "$status" = 1 ]
	one_line_error "Not a directory"
	run --separate-stderr "$PROA" --root "$STORE/below" ps
	[ "$status" = 1 ]
	one_line_error "Not a directory"
	run --separate-stderr "$PROA" --root /proc/store run --rm hello
	[ "$status" = 125 ]
	one_line_error "store: "
	rm "$STORE"
}

# without_program NAME COMMAND...: as the user proatest, in a mount namespace where nobody finds it.
without_program() {
	# shellcheck disable=SC2016 # for the shell inside
	unshare --mount --propagation private -- bash -c '
		hidden=$1
		shift
		for place in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
			[ ! -e "$place/$hidden" ] || mount --bind /dev/null "$place/$hidden" || exit 99
		done
		exec setpriv --reuid proatest --regid "$(id -g proatest)" --init-groups --inh-caps=-all "$@"
	' - "$@"
}

@test "no newuidmap, no newgidmap: one line tells the remedy, once, and it runs with a single id" {
	need_root
	id proatest >/dev/null 2>&1 || skip "no user proatest"
	need_program newuidmap
	local helper user=$BATS_TEST_TMPDIR/user
	chmod 711 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR"
	for helper in newuidmap newgidmap; do
		install -d -o proatest "$user-$helper"
		set -- env HOME="$user-$helper" "$PROA" --root "$user-$helper/store" run --quiet --rm \
			--network none "$BUSYBOX" cat /proc/self/uid_map
		run --separate-stderr without_program "$helper" "$@"
		[ "$status" = 0 ]
		[[ $output =~ ^\ *0\ +$(id -u proatest)\ +1$ ]]
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == *"$helper not found; running with a single id"*"install the package uidmap"* ]]
		run --separate-stderr without_program "$helper" "$@"
		[ "$status" = 0 ]
		[ -z "$stderr" ]
	done
}

@test "subordinate ids that come later: the image is pulled again, and has its owners" {
	need_root
	id proatest >/dev/null 2>&1 || skip "no user proatest"
	need_program newuidmap
	local user=$BATS_TEST_TMPDIR/user
	chmod 711 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR"
	install -d -o proatest "$user"
	set -- env HOME="$user" "$PROA" --root "$user/store" run --quiet --rm --network none "$BUSYBOX" \
		stat -c %u:%g /home/app
	run --separate-stderr without_program newuidmap "$@"
	[ "$output" = 0:0 ] || { echo "status $status: $output; $stderr" >&2; return 1; }
	run --separate-stderr without_program none "$@"
	[ "$status" = 0 ]
	[ "$output" = 1000:1000 ]
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr == *"image '$BUSYBOX' was stored with a single id"*"; pulling it again" ]]
	run --separate-stderr without_program none "$@"
	[ "$output" = 1000:1000 ]
	[ -z "$stderr" ]
	[ "$(find "$user/store/layers" -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]
	[ -z "$(ls -A "$user/store/tmp")" ]
}
