#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# volume create, ls, inspect, rm, prune, exists, mount; what a container sees of volumes.

load ../lib/common.bash

# Files of other ids can be removed by us alone.
teardown_more() {
	proa ps -aq | while read -r id; do proa rm -f "$id"; done >/dev/null 2>&1 || true
	proa volume prune -af >/dev/null 2>&1 || true
}

sh_in() { proa run --rm --network none "$@"; }

@test "a volume is made once, listed, described and removed" {
	[ "$(proa volume create --label of=web -l bare data)" = data ]
	[ "$(proa volume create --label of=other data)" = data ]
	run proa volume ls
	[[ ${lines[0]} =~ ^DRIVER\ +VOLUME\ NAME$ ]]
	[[ ${lines[1]} =~ ^local\ +data$ ]]
	[ "${#lines[@]}" = 2 ]
	[ "$(proa volume ls -q)" = data ]
	[ "$(proa volume ls --format '{{.Name}} {{.Label "of"}} {{.Scope}}')" = "data web local" ]
	[[ $(proa volume ls --format json) == '{"Availability":"N/A","Driver":"local","Group":"N/A","Labels":"bare=,of=web","Links":"N/A","Mountpoint":"'*'/volumes/data/_data","Name":"data","Scope":"local","Size":"N/A","Status":"N/A"}' ]]
	[ "$(proa volume inspect -f '{{.Driver}} {{.Name}} {{.Labels.of}} {{.Scope}}' data)" = "local data web local" ]
	[ "$(proa volume inspect data | jq -r '.[0].CreatedAt | length > 15')" = true ]
	[ -d "$(proa volume mount data)" ]
	[ "$(proa volume unmount data)" = data ]
	proa volume exists data
	[ "$(proa volume rm data)" = data ]
	run proa volume exists data
	[ "$status" = 1 ]
	[ ! -e "$STORE/volumes/data" ]
}

@test "names and options that cannot be" {
	run --separate-stderr proa volume create a
	one_line_error "volume name is too short, names should be at least two alphanumeric characters"
	run --separate-stderr proa volume create a/b
	one_line_error '"a/b" includes invalid characters for a local volume name'
	run --separate-stderr proa volume create -d nfs data
	one_line_error "volume driver 'nfs' is not supported"
	run --separate-stderr proa volume create -o type=nfs -o o=addr=1.2.3.4 -o device=:/x data
	one_line_error "volumes of type 'nfs' are not supported"
	run --separate-stderr proa volume create -o type=tmpfs data
	one_line_error 'missing required option: "device"'
	run --separate-stderr proa volume create -o foo=bar data
	one_line_error 'invalid option: "foo"'
	run --separate-stderr proa volume create -o type=none -o o=bind -o device=relative data
	one_line_error "must be an absolute path"
	[ -z "$(proa volume ls -q)" ]
}

@test "what does not exist, what is in use" {
	run --separate-stderr proa volume rm nothing
	one_line_error "no such volume: nothing"
	[ "$status" = 1 ]
	[ "$(proa volume rm -f nothing)" = nothing ]
	run --separate-stderr proa volume inspect nothing
	[ "$status" = 1 ]
	[ "$output" = "[]" ]
	one_line_error "get nothing: no such volume"
	proa volume create data
	id=$(proa create -v data:/data "$BUSYBOX" true)
	run --separate-stderr proa volume rm data
	one_line_error "remove data: volume is in use - [$id]"
	run --separate-stderr proa volume rm -f data
	one_line_error "volume is in use"
	proa rm "$id"
	proa volume rm data
}

@test "filters" {
	proa volume create --label a=1 one
	proa volume create --label a=2 --label b two
	anonymous=$(proa volume create)
	proa volume create three
	proa create --name user -v two:/data "$BUSYBOX" true
	[ "$(proa volume ls -q -f label=a | xargs)" = "one two" ]
	[ "$(proa volume ls -q -f label=a=2)" = two ]
	[ "$(proa volume ls -q -f label=a -f label=b)" = two ]
	[ "$(proa volume ls -q -f 'label!=a' -f anonymous=false)" = three ]
	[ "$(proa volume ls -q -f name=^t | xargs)" = "three two" ]
	[ "$(proa volume ls -q -f dangling=false)" = two ]
	[ "$(proa volume ls -q -f dangling=true -f name=o)" = one ]
	[ "$(proa volume ls -q -f anonymous=true)" = "$anonymous" ]
	[ "$(proa volume ls -q -f since="$anonymous")" = three ]
	[ "$(proa volume ls -q -f driver=other)" = "" ]
	[ "$(proa volume ls -q -f until=2001-01-01)" = "" ]
	run --separate-stderr proa volume ls -f dangling=perhaps
	one_line_error "invalid filter 'dangling=perhaps'"
	run --separate-stderr proa volume ls -f color=red
	one_line_error "invalid filter 'color'"
}

@test "prune asks, and takes anonymous volumes only" {
	proa volume create named
	anonymous=$(proa volume create)
	sh_in -v named:/data "$BUSYBOX" sh -c 'echo x >/data/file; chown 1:1 /data/file'
	proa create --name user -v used:/data -v /more "$BUSYBOX" true
	run proa volume prune <<<n
	[ "$status" = 0 ]
	[[ $output == *"WARNING! This will remove anonymous local volumes not used by at least one container."* ]]
	[ "$(proa volume ls -q | wc -l)" = 4 ]
	run proa volume prune -f
	[ "${lines[0]}" = "Deleted Volumes:" ]
	[ "${lines[1]}" = "$anonymous" ]
	[[ ${lines[2]} == "Total reclaimed space: "* ]]
	run proa volume prune -af --filter label=none
	[ "$output" = "Total reclaimed space: 0B" ]
	run proa volume prune -af
	[ "${lines[1]}" = named ]
	[ "$(proa volume ls -q -f anonymous=false)" = used ]
}

@test "an anonymous volume that another container has stays until the last one goes" {
	proa run --name first --network none -v /data "$BUSYBOX" sh -c 'echo hello >/data/file'
	proa create --name second --network none --volumes-from first "$BUSYBOX" cat /data/file
	proa rm -v first
	[ "$(proa start -a second)" = hello ]
	proa rm -v second
	[ -z "$(proa volume ls -q)" ]
}

@test "a half-removed volume does not come back with its files" {
	proa volume create data
	sh_in -v data:/data "$BUSYBOX" sh -c 'echo old >/data/file'
	rm "$STORE/volumes/data/volume.json"
	[ -z "$(proa volume ls -q)" ]
	[ "$(sh_in -v data:/data "$BUSYBOX" ls /data)" = "" ]
}

@test "volumes made with options: a directory of the host, a tmpfs" {
	mkdir "$BATS_TEST_TMPDIR/there"
	echo hello >"$BATS_TEST_TMPDIR/there/file"
	proa volume create -o type=none -o o=bind -o device="$BATS_TEST_TMPDIR/there" there
	[ "$(sh_in -v there:/data "$BUSYBOX" cat /data/file)" = hello ]
	[ "$(proa volume mount there)" = "$BATS_TEST_TMPDIR/there" ]
	proa volume create -o type=none -o o=bind,ro -o device="$BATS_TEST_TMPDIR/there" fixed
	run sh_in -v fixed:/data "$BUSYBOX" touch /data/new
	[[ $output == *"Read-only file system"* ]]
	proa volume rm there
	[ -e "$BATS_TEST_TMPDIR/there/file" ]
	proa volume create -o type=tmpfs -o device=tmpfs -o o=size=1m memory
	run sh_in -v memory:/data "$BUSYBOX" grep ' /data ' /proc/mounts
	[[ $output == "tmpfs /data tmpfs "*"size=1024k"* ]]
}

@test "events of volumes" {
	proa volume create data
	proa volume rm data
	run proa events --since 1h --until 0s --filter type=volume --format '{{.Action}} {{.Actor.ID}}'
	[ "${lines[0]}" = "create data" ]
	[ "${lines[1]}" = "destroy data" ]
}

@test "export and import: a volume's files with their owners, modes and links" {
	proa volume create from
	proa volume create to
	sh_in -v from:/d "$BUSYBOX" sh -c 'mkdir -p /d/a/b; echo one >/d/a/b/one; ln /d/a/b/one /d/hard
		ln -s a/b /d/soft; chmod 4751 /d/a/b/one; chmod 1770 /d/a; chown 0:0 /d/a/b; mkfifo /d/pipe'
	if [ "$PROA_TEST_WHO" != single ]; then
		sh_in -v from:/d "$BUSYBOX" chown 7:8 /d/a
	fi
	proa volume export from >"$BATS_TEST_TMPDIR/from.tar"
	proa volume import to "$BATS_TEST_TMPDIR/from.tar"
	# shellcheck disable=SC2016 # the shell inside expands it
	list='cd /d; find . | sort | while read -r f; do [ "$f" = . ] || stat -c "%n %f %u %g %Y %N" "$f"; done'
	[ "$(sh_in -v from:/d "$BUSYBOX" sh -c "$list")" = "$(sh_in -v to:/d "$BUSYBOX" sh -c "$list")" ]
	[ "$(sh_in -v to:/d "$BUSYBOX" sh -c '[ /d/hard -ef /d/a/b/one ] && cat /d/hard')" = one ]
	proa volume export -o "$BATS_TEST_TMPDIR/again.tar" to
	gzip <"$BATS_TEST_TMPDIR/again.tar" | proa volume import to -
	[ "$(sh_in -v to:/d "$BUSYBOX" cat /d/soft/one)" = one ]
	run --separate-stderr proa volume import nothing "$BATS_TEST_TMPDIR/from.tar"
	one_line_error "no such volume: nothing"
	run --separate-stderr proa volume export nothing
	[ "$status" = 1 ]
}

@test "an archive cannot lead out of the volume that it is imported into" {
	mkdir "$BATS_TEST_TMPDIR/outside"
	proa volume create data
	cd "$BATS_TEST_TMPDIR"
	python3 - "$BATS_TEST_TMPDIR/outside" <<-'END'
		import io, sys, tarfile
		def add(tar, name, data=b"evil", **more):
		    info = tarfile.TarInfo(name)
		    for key, value in more.items():
		        setattr(info, key, value)
		    info.size = len(data) if info.type == tarfile.REGTYPE else 0
		    tar.addfile(info, io.BytesIO(data))
		with tarfile.open("links.tar", "w") as tar:
		    add(tar, "away", type=tarfile.SYMTYPE, linkname=sys.argv[1])
		    add(tar, "away/file")
		    add(tar, "up", type=tarfile.SYMTYPE, linkname="../../../../.." + sys.argv[1])
		    add(tar, "up/file")
		    add(tar, "last", type=tarfile.SYMTYPE, linkname=sys.argv[1] + "/last")
		    add(tar, "last")
		with tarfile.open("dots.tar", "w") as tar:
		    add(tar, "../../outside/file")
		with tarfile.open("hard.tar", "w") as tar:
		    add(tar, "hard", type=tarfile.LNKTYPE, linkname=sys.argv[1] + "/../links.tar")
	END
	run proa volume import data links.tar
	[ -z "$(ls outside)" ]
	run --separate-stderr proa volume import data dots.tar
	one_line_error "its name leads out of the directory"
	run --separate-stderr proa volume import data hard.tar
	[ "$status" = 1 ]
	[ -z "$(ls outside)" ]
	head -c 700 links.tar >cut.tar
	run --separate-stderr proa volume import data cut.tar
	[ "$status" = 1 ]
}

@test "--mount: labels, options and a part of a volume" {
	proa volume create data
	sh_in -v data:/d "$BUSYBOX" sh -c 'mkdir -p /d/sub/inner; echo part >/d/sub/inner/file; ln -s /etc /d/away'
	[ "$(sh_in --mount type=volume,src=data,dst=/x,volume-subpath=sub/inner "$BUSYBOX" cat /x/file)" = part ]
	run sh_in --mount type=volume,src=data,dst=/x,volume-subpath=away "$BUSYBOX" ls /x
	[ "$status" != 0 ]
	run --separate-stderr sh_in --mount type=volume,src=data,dst=/x,volume-subpath=../other "$BUSYBOX" true
	one_line_error "it must be a relative path within the volume"
	run --separate-stderr sh_in --mount type=volume,src=data,dst=/x,volume-subpath=nothing "$BUSYBOX" true
	one_line_error "cannot open 'nothing' in volume 'data'"
	sh_in --mount type=volume,src=made,dst=/x,volume-label=a=b,volume-label=c "$BUSYBOX" true
	[ "$(proa volume inspect -f '{{.Labels.a}}{{.Labels.c}}' made)" = b ]
	run sh_in --mount '"type=volume","src=mem","dst=/x","volume-opt=type=tmpfs","volume-opt=device=tmpfs"' \
		"$BUSYBOX" grep ' /x ' /proc/mounts
	[[ $output == "tmpfs /x tmpfs "* ]]
}

@test "-v: nocreate, and what excludes each other" {
	proa pull -q "$BUSYBOX"
	run --separate-stderr sh_in -v absent:/x:nocreate "$BUSYBOX" true
	one_line_error "no such volume: absent"
	run --separate-stderr sh_in -v absent:/x:ro,rw "$BUSYBOX" true
	one_line_error "it is either ro or rw"
	run --separate-stderr sh_in -v absent:/x:O "$BUSYBOX" true
	one_line_error "unknown option 'O'"
	[ -z "$(proa volume ls -q)" ]
	run sh_in -v data:/x:noexec,nosuid "$BUSYBOX" grep ' /x ' /proc/mounts
	[[ $output == *nosuid*noexec* ]]
}
