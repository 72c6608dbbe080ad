#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run: from an image to a process and its end.

load ../lib/common.bash

@test "the image that comes with the installation runs without any network" {
	run proa run --rm hello
	[ "$status" = 0 ]
	[[ $output == *"Hello from a container!"* ]]
	[[ $output == *"the first process (pid 1, user 0)"* ]]
	[ -z "$(proa ps -aq)" ]
}

@test "run pulls what is missing, and prints only the program's output to stdout" {
	run --separate-stderr proa run --rm "$BUSYBOX" echo hi there
	[ "$status" = 0 ]
	[ "$output" = "hi there" ]
	[[ $stderr == *"Unable to find image '$BUSYBOX' locally"* ]]
	run --separate-stderr proa run --rm "$BUSYBOX" echo again
	[ "$output" = again ]
	[ -z "$stderr" ]
}

@test "stdout and stderr stay apart" {
	proa pull -q "$BUSYBOX"
	run --separate-stderr proa run --rm "$BUSYBOX" sh -c 'echo out; echo err >&2'
	[ "$output" = out ]
	[ "$stderr" = err ]
}

@test "the exit status is the program's, or 128 and the signal" {
	proa pull -q "$BUSYBOX"
	run proa run --rm "$BUSYBOX" sh -c 'exit 42'
	[ "$status" = 42 ]
	run proa run --rm "$BUSYBOX" sh -c 'sh -c "kill -9 \$\$"; exit $?'
	[ "$status" = 137 ]
}

@test "a missing command is 127, one that is not executable 126, and nothing stays" {
	proa pull -q "$BUSYBOX"
	run --separate-stderr proa run --rm "$BUSYBOX" no-such-command
	[ "$status" = 127 ]
	one_line_error "no-such-command"
	run --separate-stderr proa run --rm "$BUSYBOX" /etc/passwd
	[ "$status" = 126 ]
	one_line_error "/etc/passwd"
	run --separate-stderr proa run --rm "$BUSYBOX" /etc
	[ "$status" = 126 ]
	[ -z "$(proa ps -aq)" ]
}

@test "input goes in with -i" {
	proa pull -q "$BUSYBOX"
	run bash -c 'printf "a\nb\n" | proa run --rm -i "$BUSYBOX" wc -l'
	[ "$output" = 2 ]
}

@test "without -i the program reads an empty input" {
	proa pull -q "$BUSYBOX"
	run bash -c 'echo data | proa run --rm "$BUSYBOX" cat'
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "megabytes through a container arrive whole" {
	proa pull -q "$BUSYBOX"
	head -c 20000000 /dev/urandom >"$BATS_TEST_TMPDIR/data"
	proa run --rm -i "$BUSYBOX" cat <"$BATS_TEST_TMPDIR/data" >"$BATS_TEST_TMPDIR/back"
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/back"
}

@test "environment: the image's, then files, then -e; a bare name is the caller's" {
	proa pull -q "$BUSYBOX"
	printf '# comment\nFILE=from file\nBOTH=file\n' >"$BATS_TEST_TMPDIR/env"
	BARE=mine run proa run --rm --env-file "$BATS_TEST_TMPDIR/env" -e BOTH=option -e BARE -e EMPTY= \
		"$BUSYBOX" env
	[[ $output == *"FILE=from file"* ]]
	[[ $output == *"BOTH=option"* ]]
	[[ $output == *"BARE=mine"* ]]
	[[ $output == *"PATH=/bin:/usr/bin"* ]]
	[[ $output == *"HOME=/root"* ]]
}

@test "nothing of the caller's environment leaks in" {
	proa pull -q "$BUSYBOX"
	SECRET=visible run proa run --rm "$BUSYBOX" env
	[[ $output != *SECRET* ]]
	[[ $output != *PROA* ]]
}

@test "user, groups and working directory" {
	proa pull -q "$BUSYBOX"
	run proa run --rm -u app -w /home/app "$BUSYBOX" sh -c 'id -u; id -g; id -G; pwd; echo $HOME'
	[ "${lines[0]}" = 1000 ]
	[ "${lines[1]}" = 1000 ]
	[ "${lines[2]}" = "1000 50" ]
	[ "${lines[3]}" = /home/app ]
	[ "${lines[4]}" = /home/app ]
	run proa run --rm -u 1234:4321 "$BUSYBOX" sh -c 'id -u; id -G; echo $HOME'
	[ "${lines[0]}" = 1234 ]
	[ "${lines[1]}" = 4321 ]
	[ "${lines[2]}" = / ]
	run proa run --rm -w /made/up "$BUSYBOX" pwd
	[ "$output" = /made/up ]
}

@test "ids that are no ids are refused" {
	proa pull -q "$BUSYBOX"
	local user
	for user in 4294967296 -1 0x0 +1 nobody-here 1: :1x; do
		run --separate-stderr proa run --rm --user="$user" "$BUSYBOX" id -u
		[ "$status" != 0 ] || [ "$user" = 1: ]
	done
	run proa run --rm --user=01 "$BUSYBOX" id -u
	[ "$output" = 1 ] || [ "$status" != 0 ]
}

@test "hostname, hosts and resolv.conf are the container's own" {
	proa pull -q "$BUSYBOX"
	run proa run --rm --hostname box --add-host far:192.0.2.7 --dns 192.0.2.53 --dns-search example.test \
		"$BUSYBOX" sh -c 'hostname; cat /etc/hosts /etc/resolv.conf'
	[ "${lines[0]}" = box ]
	[[ $output =~ 192\.0\.2\.7[[:space:]]+far ]]
	[[ $output == *"nameserver 192.0.2.53"* ]]
	[[ $output == *"search example.test"* ]]
}

@test "entrypoint replaces the image's words" {
	proa pull -q "$BUSYBOX"
	run proa run --rm --entrypoint echo "$BUSYBOX" a b
	[ "$output" = "a b" ]
}

@test "bind mounts: both ways, read-only, a missing source is made" {
	proa pull -q "$BUSYBOX"
	mkdir "$BATS_TEST_TMPDIR/data"
	echo in >"$BATS_TEST_TMPDIR/data/file"
	run proa run --rm -v "$BATS_TEST_TMPDIR/data:/data" "$BUSYBOX" sh -c 'cat /data/file; echo out >/data/new'
	[ "$output" = in ]
	[ "$(cat "$BATS_TEST_TMPDIR/data/new")" = out ]
	run proa run --rm -v "$BATS_TEST_TMPDIR/data:/data:ro" "$BUSYBOX" sh -c 'echo x >/data/new'
	[ "$status" != 0 ]
	[ "$(cat "$BATS_TEST_TMPDIR/data/new")" = out ]
	proa run --rm -v "$BATS_TEST_TMPDIR/made:/data" "$BUSYBOX" true
	[ -d "$BATS_TEST_TMPDIR/made" ]
	run --separate-stderr proa run --rm --mount "type=bind,src=$BATS_TEST_TMPDIR/none,dst=/data" "$BUSYBOX" true
	[ "$status" = 125 ]
	one_line_error "$BATS_TEST_TMPDIR/none"
}

@test "tmpfs, --read-only, --shm-size" {
	proa pull -q "$BUSYBOX"
	run proa run --rm --read-only --tmpfs /scratch:size=1m "$BUSYBOX" \
		sh -c 'echo x >/scratch/file && ! echo x >/file 2>/dev/null && df -k /scratch | tail -1'
	[ "$status" = 0 ]
	[[ $output == *" 1024 "* ]]
	run proa run --rm --shm-size 8m "$BUSYBOX" sh -c 'df -k /dev/shm | tail -1'
	[[ $output == *" 8192 "* ]]
}

@test "a second container of one name is refused in docker's words" {
	proa pull -q "$BUSYBOX"
	proa create --name twin "$BUSYBOX" true
	run --separate-stderr proa run --rm --name twin "$BUSYBOX" true
	[ "$status" = 125 ]
	one_line_error 'The container name "/twin" is already in use'
	[ "$(proa ps -aq | wc -l)" = 1 ]
}

@test "--cidfile must not exist, and gets the id" {
	proa pull -q "$BUSYBOX"
	proa run --cidfile "$BATS_TEST_TMPDIR/cid" "$BUSYBOX" true
	[ "$(cat "$BATS_TEST_TMPDIR/cid")" = "$(proa ps -aq --no-trunc)" ]
	run proa run --rm --cidfile "$BATS_TEST_TMPDIR/cid" "$BUSYBOX" true
	[ "$status" = 125 ]
}

@test "ulimits and sysctls are applied or the start fails" {
	proa pull -q "$BUSYBOX"
	run proa run --rm --ulimit nofile=123:456 --sysctl net.ipv4.ip_default_ttl=99 "$BUSYBOX" \
		sh -c 'ulimit -n; ulimit -Hn; cat /proc/sys/net/ipv4/ip_default_ttl'
	[ "${lines[*]}" = "123 456 99" ]
	run --separate-stderr proa run --rm --ulimit nofile=99999999 "$BUSYBOX" true
	if [ "$status" != 0 ]; then one_line_error nofile; fi
	run --separate-stderr proa run --rm --sysctl kernel.panic=1 "$BUSYBOX" true
	[ "$status" = 125 ]
	one_line_error kernel.panic
}

@test "--init reaps orphans and is pid 1" {
	proa pull -q "$BUSYBOX"
	run proa run --rm --init "$BUSYBOX" sh -c 'echo $$'
	[ "$status" = 0 ]
	[ "$output" != 1 ]
	run proa run --rm --init "$BUSYBOX" sh -c 'exit 7'
	[ "$status" = 7 ]
}

@test "a terminal: colours of the tty, resize, and its size at the start" {
	proa pull -q "$BUSYBOX"
	need_program script
	run script -qec 'stty rows 31 cols 97; "$PROA" --root "$STORE" run -it --rm "$BUSYBOX" sh -c "tty; stty size; echo \$TERM"' /dev/null
	[[ $output == *"/dev/pts/0"* ]]
	[[ $output == *"31 97"* ]]
	[[ $output == *xterm* ]]
	run --separate-stderr proa run -it --rm "$BUSYBOX" true </dev/null
	[ "$status" != 0 ]
	one_line_error "the input device is not a TTY"
}

@test "layers of an image show through one another as they should" {
	proa pull -q "$REGISTRY/layers:latest"
	run proa run --rm "$REGISTRY/layers:latest" sh -c 'cat /data/two /data/link; ls /data/old; ls /data /etc; stat -c %a /data'
	[ "${lines[0]}" = changed ]
	[ "${lines[1]}" = changed ]
	[ "${lines[2]}" = new ]
	[[ $output != *motd* ]]
	[[ $output != *two-again* ]]
	[[ $output == *751* ]]
}
