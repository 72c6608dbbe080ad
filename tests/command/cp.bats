#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cp: into and out of containers that run and that do not; what a container cannot trick it into.

load ../lib/common.bash

setup_more() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir -p tree/sub
	echo one >tree/one
	echo two >tree/sub/two
	ln -s sub/two tree/link
	chmod 4750 tree/one
}

start() { proa run -d --name box --network none "$BUSYBOX" sleep 1000 >/dev/null; }
inside() { proa exec box "$@"; }

@test "into a running container, by docker's rules" {
	start
	proa cp tree/one box:/new
	[ "$(inside cat /new)" = one ]
	[ "$(inside stat -c '%u:%g %a' /new)" = "0:0 4750" ]
	proa cp tree/one box:/tmp
	[ "$(inside cat /tmp/one)" = one ]
	proa cp tree/sub/two box:tmp/one
	[ "$(inside cat /tmp/one)" = two ]
	proa cp tree box:/copy
	[ "$(inside cat /copy/sub/two /copy/link)" = "$(printf 'two\ntwo')" ]
	[ "$(inside readlink /copy/link)" = sub/two ]
	proa cp tree box:/copy
	[ "$(inside cat /copy/tree/sub/two)" = two ]
	inside mkdir /merged
	proa cp tree/. box:/merged
	[ "$(inside ls /merged | xargs)" = "link one sub" ]
	proa cp tree/link box:/link
	[ "$(inside readlink /link)" = sub/two ]
	proa cp -L tree/link box:/followed
	[ "$(inside cat /followed)" = two ]
	run --separate-stderr proa cp tree/one box:/absent/
	one_line_error "no such directory: '/absent/'"
	run --separate-stderr proa cp tree/one box:/absent/one
	one_line_error "cannot open the directory '/absent'"
	run --separate-stderr proa cp tree box:/new
	one_line_error "cannot copy a directory to the file '/new'"
	run --separate-stderr proa cp tree/absent box:/
	one_line_error "cannot find 'tree/absent'"
}

@test "out of a running container" {
	start
	inside sh -c 'mkdir -p /d/sub; echo one >/d/one; echo two >/d/sub/two; ln -s one /d/link; chown 5:6 /d/one'
	proa cp box:/d/one here
	[ "$(cat here)" = one ]
	[ "$(stat -c %u:%g here)" = "$(id -u):$(id -g)" ]
	proa cp box:/d out
	[ "$(cat out/sub/two)" = two ]
	[ "$(readlink out/link)" = one ]
	proa cp box:/d out
	[ "$(cat out/d/one)" = one ]
	mkdir merged
	proa cp box:/d/. merged
	[ "$(echo merged/*)" = "merged/link merged/one merged/sub" ]
	proa cp -L box:/d/link followed
	[ "$(cat followed)" = one ]
	[ "$(proa cp box:/d - | tar t | sort | xargs)" = "d/ d/link d/one d/sub/ d/sub/two" ]
	run --separate-stderr proa cp box:/absent .
	one_line_error "cannot find '/absent'"
}

@test "a container that does not run" {
	proa create --name box --network none -v data:/data "$BUSYBOX" cat /etc/new /tmp/tree/one >/dev/null
	proa cp tree/one box:/etc/new
	proa cp tree box:/tmp
	[ "$(proa start -a box)" = "$(printf 'one\none')" ]
	proa cp box:/tmp/tree back
	[ "$(cat back/sub/two)" = two ]
	run --separate-stderr proa cp tree/one box:/data/one
	one_line_error "'/data' is mounted only while container box runs"
}

@test "archives, and owners with -a" {
	start
	tar c tree | proa cp - box:/tmp
	[ "$(inside cat /tmp/tree/sub/two)" = two ]
	tar cz --owner=7 --group=8 tree/one | proa cp -a - box:/
	if [ "$PROA_TEST_WHO" != single ]; then
		[ "$(inside stat -c %u:%g /tree/one)" = 7:8 ]
	fi
	run --separate-stderr bash -c 'tar c tree | proa cp - box:/etc/hostname'
	one_line_error "'/etc/hostname' is not a directory"
	run --separate-stderr bash -c 'echo no archive | proa cp - box:/'
	[ "$status" = 1 ]
}

@test "links in a container do not lead to files of the host" {
	start
	mkdir outside
	echo secret >outside/secret
	inside sh -c "mkdir -p /t; ln -s $PWD/outside /t/away; ln -s $PWD/outside/secret /t/file
		ln -s ../../../../../../../../..$PWD/outside /t/up"
	for path in /t/away/secret /t/up/secret /t/away/. /t/up/.; do
		run proa cp "box:$path" stolen
		[ "$status" = 1 ]
		[ ! -e stolen ]
	done
	run proa cp -L box:/t/file stolen
	[ "$status" = 1 ]
	proa cp tree/one box:/t/file
	[ "$(cat outside/secret)" = secret ]
	run proa cp tree/one box:/t/away/evil
	run proa cp tree/. box:/t/up
	[ "$(ls outside)" = secret ]
	inside sh -c 'rm /t/away; ln -s /etc/passwd /t/away'
	proa cp -L box:/t/away passwd
	[ "$(cat passwd)" = "$(inside cat /etc/passwd)" ]
}

@test "a copy of a link does not lead out of the place where it is put" {
	start
	mkdir outside place
	inside sh -c "mkdir /d; ln -s $PWD/outside /d/sub"
	proa cp box:/d/. place
	inside sh -c 'rm /d/sub; mkdir /d/sub; echo evil >/d/sub/file'
	run proa cp box:/d/. place
	[ "$status" = 1 ]
	[ -z "$(ls outside)" ]
}

@test "operands that cannot be" {
	run --separate-stderr proa cp a b
	one_line_error "must specify at least one container source or destination"
	run --separate-stderr proa cp a:/x b:/y
	one_line_error "copying between containers is not supported"
	run --separate-stderr proa cp nothing:/x .
	one_line_error "No such container: nothing"
}
