#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a container's first process can and cannot see and do.

load ../lib/common.bash

setup_more() {
	proa pull -q "$BUSYBOX"
}

@test "exactly descriptors 0, 1, 2 are open in the first process" {
	# No pipe here: the shell, which is the first process, would have its end open for a moment.
	run proa run --rm "$BUSYBOX" sh -c 'ls /proc/1/fd; true'
	[ "$(echo $output)" = "0 1 2" ] || [ "$(echo $output)" = "0 1 10 2" ]
	run bash -c 'exec 7</etc/passwd; proa run --rm "$BUSYBOX" readlink /proc/self/fd/7'
	[ "$status" != 0 ]
	run proa run --rm "$BUSYBOX" ls /proc/self/fd
	# ls itself has the directory open as 3
	[ "$(echo $output)" = "0 1 2 3" ]
}

@test "CapInh is 0, the bounding set is docker's, Seccomp is 2" {
	run proa run --rm "$BUSYBOX" cat /proc/self/status
	[[ $output =~ CapInh:[[:space:]]+0000000000000000 ]]
	[[ $output =~ CapAmb:[[:space:]]+0000000000000000 ]]
	[[ $output =~ CapBnd:[[:space:]]+00000000a80425fb ]]
	[[ $output =~ CapEff:[[:space:]]+00000000a80425fb ]]
	[[ $output =~ Seccomp:[[:space:]]+2 ]]
	[[ $output =~ NoNewPrivs:[[:space:]]+0 ]]
}

@test "capabilities and no-new-privileges as asked" {
	run proa run --rm --cap-drop ALL --cap-add net_raw --security-opt no-new-privileges "$BUSYBOX" cat /proc/self/status
	[[ $output =~ CapBnd:[[:space:]]+0000000000002000 ]]
	[[ $output =~ NoNewPrivs:[[:space:]]+1 ]]
	run proa run --rm -u app "$BUSYBOX" cat /proc/self/status
	[[ $output =~ CapEff:[[:space:]]+0000000000000000 ]]
	[[ $output =~ CapInh:[[:space:]]+0000000000000000 ]]
	run --separate-stderr proa run --rm --cap-add made_up "$BUSYBOX" true
	[ "$status" = 125 ]
	one_line_error made_up
}

@test "exec is confined like run" {
	proa run -d --name box "$BUSYBOX" sleep 1000
	run proa exec box cat /proc/self/status
	[[ $output =~ CapInh:[[:space:]]+0000000000000000 ]]
	[[ $output =~ CapBnd:[[:space:]]+00000000a80425fb ]]
	[[ $output =~ Seccomp:[[:space:]]+2 ]]
	run proa exec box ls /proc/self/fd
	[ "$(echo $output)" = "0 1 2 3" ]
}

@test "masked and read-only paths" {
	run proa run --rm "$BUSYBOX" sh -c 'cat /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | wc -c; ls /sys/firmware | wc -l'
	[ "${lines[*]}" = "0 0" ]
	run proa run --rm "$BUSYBOX" sh -c 'echo 1 >/proc/sys/kernel/domainname'
	[ "$status" != 0 ]
	run proa run --rm "$BUSYBOX" sh -c 'echo 1 >/proc/sysrq-trigger'
	[ "$status" != 0 ]
	run proa run --rm "$BUSYBOX" sh -c 'mount -t tmpfs none /tmp'
	[ "$status" != 0 ]
}

@test "the container's devices and mounts are its own" {
	run proa run --rm "$BUSYBOX" sh -c 'cd /dev; for d in null zero full random urandom tty; do stat -c "%n %F" $d; done; ls -l fd ptmx; ls pts'
	[ "$status" = 0 ]
	[[ $output == *"null character special file"* ]]
	[[ $output != *" regular"* ]]
	run proa run --rm "$BUSYBOX" sh -c 'cat /proc/self/mountinfo'
	[[ $output != *"/home"* ]]
	[ "$(printf '%s\n' "$output" | awk '$5 == "/"' | wc -l)" = 1 ]
}

@test "no mount, interface or file of a container stays on the host" {
	# Only root's containers have interfaces on the host, and root's tests run meanwhile. The
	# kernel takes a namespace's interfaces away a little after its last process.
	present() { { cat /proc/self/mountinfo; if as_root; then ls /sys/class/net; fi; } | sort; }
	nothing_new() { [ -z "$(comm -13 "$BATS_TEST_TMPDIR/before" <(present) | grep -v proa0)" ]; }
	present >"$BATS_TEST_TMPDIR/before"
	proa run --rm "$BUSYBOX" true
	wait_until nothing_new
	[ -z "$(ls "$STORE/tmp")" ]
	[ "$(ls "$STORE/containers")" = names ]
	[ -z "$(ls -A "$STORE/containers/names")" ]
}

@test "our binary cannot be reached or changed from inside" {
	cp "$PROA" "$BATS_TEST_TMPDIR/before" 2>/dev/null || skip "the binary is not readable"
	run proa run --rm "$BUSYBOX" sh -c 'printf "#!/proc/self/exe\n" >/tmp/x; chmod +x /tmp/x; /tmp/x; echo evil >/proc/self/exe; for p in /proc/[0-9]*; do echo evil >$p/exe; done 2>/dev/null; true'
	cmp "$PROA" "$BATS_TEST_TMPDIR/before"
	mkdir "$BATS_TEST_TMPDIR/out"
	run proa run --rm -v "$BATS_TEST_TMPDIR/out:/out" "$BUSYBOX" sh -c 'ln -s /proc/self/exe /bin/self; exec /bin/self --version'
	cmp "$PROA" "$BATS_TEST_TMPDIR/before"
}

@test "--privileged has everything, and says so" {
	run proa run --rm --privileged "$BUSYBOX" sh -c 'grep -E "Seccomp:|CapInh" /proc/self/status; mount -t tmpfs none /tmp && echo mounted'
	[[ $output =~ Seccomp:[[:space:]]+0 ]]
	[[ $output =~ CapInh:[[:space:]]+0000000000000000 ]]
	[[ $output == *mounted* ]]
}
