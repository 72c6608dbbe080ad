#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# commit, diff, export, import: what a container has become.

load ../lib/common.bash

setup_more() {
	TMP=$BATS_TEST_TMPDIR
}

# A container that has changed some of everything.
changed() { # NAME
	proa run --name "$1" --network none -e KEY=value -v "$TMP:/data/in" "$BUSYBOX" sh -c '
		echo new >/new; mkdir -p /deep/er; ln /new /deep/hard; ln -s /new /deep/link
		echo more >>/etc/passwd; rm -r /home; mkfifo /deep/pipe; chmod 711 /deep/er
		touch -d @1000000000 /deep/er; echo outside >/data/in/file'
}

is_ready() { proa diff "$1" | grep -q /ready; }

@test "diff lists what was added, changed and deleted, and no mount points" {
	changed work
	run proa diff work
	[ "$status" -eq 0 ]
	[ "$output" = "A /deep
A /deep/er
A /deep/hard
A /deep/link
A /deep/pipe
C /etc/passwd
D /home
A /new" ] || { echo "$output"; false; }
	[ "$(proa diff --format json work | jq -c '.deleted')" = '["/home"]' ]
	proa run --name idle --network none "$BUSYBOX" true
	[ -z "$(proa diff idle)" ]
	run ! proa diff --format table work
}

@test "commit makes an image that runs, with the container's config and history" {
	changed work
	run proa commit -a me -m why -c 'CMD ["cat","/new"]' -c 'LABEL a=b' work made:1
	[ "$status" -eq 0 ]
	[[ $output =~ ^sha256:[0-9a-f]{64}$ ]]
	[ "$(proa run --rm --network none made:1)" = new ]
	[ "$(proa image inspect --format '{{.Author}} {{.Comment}} {{.Config.Labels.a}}' made:1)" = "me why b" ]
	proa image inspect --format '{{json .Config.Env}}' made:1 | grep -q KEY=value
	[ "$(proa run --rm --network none made:1 sh -c 'test -e /home || stat -c %a /deep/er; cat /deep/hard; tail -n1 /etc/passwd')" = "711
new
more" ]
	[ "$(proa run --rm --network none made:1 sh -c 'ls -A /data 2>/dev/null; [ /new -ef /deep/hard ] && echo same')" = same ]
	proa history made:1 | grep -q why
	[ "$(proa image diff made:1 | head -n1)" = "A /deep" ]
}

@test "a committed image is saved, pushed and pulled as what it is" {
	local id
	changed work
	id=$(proa commit work "$REGISTRY/$PROA_TEST_WHO/committed:1")
	proa save "$id" >"$TMP/a.tar"
	[ "$(tar -xOf "$TMP/a.tar" "${id#sha256:}.json" | sha256sum | cut -d' ' -f1)" = "${id#sha256:}" ]
	for layer in $(tar -tf "$TMP/a.tar" | grep '\.tar$'); do
		[ "$(tar -xOf "$TMP/a.tar" "$layer" | sha256sum | cut -d' ' -f1).tar" = "$layer" ]
	done
	proa push -q "$REGISTRY/$PROA_TEST_WHO/committed:1"
	proa rmi -f "$id" >/dev/null
	proa pull -q "$REGISTRY/$PROA_TEST_WHO/committed:1"
	[ "$(proa images -q --no-trunc "$REGISTRY/$PROA_TEST_WHO/committed:1")" = "$id" ]
}

@test "what umoci unpacks of a committed image is what the container has" {
	need_root
	need_program umoci
	changed work
	proa commit work made:1 >/dev/null
	proa save --format oci-dir -o "$TMP/oci" made:1
	umoci unpack --image "$TMP/oci:docker.io/library/made:1" "$TMP/bundle" >/dev/null
	[ "$(stat -c '%a %.9Y' "$TMP/bundle/rootfs/deep/er")" = "711 1000000000.000000000" ]
	[ ! -e "$TMP/bundle/rootfs/home" ]
	[ "$(stat -c %h "$TMP/bundle/rootfs/new")" = 2 ]
	[ -p "$TMP/bundle/rootfs/deep/pipe" ]
}

@test "a running container is committed, on top of a committed image too" {
	proa run -d --name up --network none "$BUSYBOX" sh -c 'echo 1 >/one; echo ready >/ready; sleep 1000'
	wait_until is_ready up
	proa commit --no-pause up made:1 >/dev/null
	proa commit --pause up >/dev/null
	[ "$(proa inspect --format '{{.State.Status}}' up)" = running ]
	proa commit -f docker -c "WORKDIR /deep" up made:2 >/dev/null
	proa kill up >/dev/null
	[ "$(proa run --rm --network none made:1 cat /one)" = 1 ]
	[ "$(proa run --rm --network none made:2 pwd)" = /deep ]
	proa run --name again --network none made:1 sh -c 'rm /one; echo 2 >/two'
	proa commit again made:3 >/dev/null
	[ "$(proa run --rm --network none made:3 sh -c 'ls /one 2>/dev/null; cat /two')" = 2 ]
	[ "$(proa image diff made:3 made:1 | xargs)" = "D /one A /two" ]
}

@test "commit refuses what makes no sense" {
	proa create --name work "$BUSYBOX" >/dev/null
	run --separate-stderr proa commit -c 'RUN x' work
	one_line_error "not a valid change command"
	run --separate-stderr proa commit -c 'EXPOSE 99999' work
	one_line_error "no port"
	run --separate-stderr proa commit work 'Bad Name'
	one_line_error "invalid reference format"
	run --separate-stderr proa commit nothing
	one_line_error "No such container"
	proa commit --iidfile "$TMP/id" work >"$TMP/printed"
	[ "$(cat "$TMP/id")" = "$(cat "$TMP/printed")" ]
}

@test "export holds the container's files, and import makes an image of them" {
	changed work
	proa export -o "$TMP/files.tar" work
	proa export work | cmp - "$TMP/files.tar"
	tar -tf "$TMP/files.tar" | grep -qx deep/er/
	tar -tvf "$TMP/files.tar" | grep -q 'new link to deep/hard'
	run ! tar -xOf "$TMP/files.tar" home
	# What is mounted is not the container's.
	run ! grep -q '^data/in/.' <(tar -tf "$TMP/files.tar")
	xz -k "$TMP/files.tar"
	proa import -m words -c 'CMD ["cat","/deep/hard"]' --platform linux/amd64 "$TMP/files.tar.xz" flat:1
	[ "$(proa run --rm --network none flat:1)" = new ]
	[ "$(proa image inspect --format '{{len .RootFS.Layers}} {{.Os}}' flat:1)" = "1 linux" ]
	[ "$(proa export work | proa import - flat:2 | wc -l)" = 1 ]
	[ "$(proa history flat:1 --format '{{.Comment}}')" = words ]
	[ "$(proa run --rm --network none flat:2 cat /new)" = new ]
}

@test "import takes URLs, and nothing that is no tar" {
	mkdir "$TMP/web"
	proa create --name work "$BUSYBOX" >/dev/null
	proa export -o "$TMP/web/root.tar" work
	python3 "$TESTS/tools/web.py" "$TMP/web" >"$TMP/address" 3>&- &
	local server=$!
	wait_until grep -q . "$TMP/address"
	run proa import "http://$(cat "$TMP/address")/root.tar?token=secret" web:1
	[ "$status" -eq 0 ]
	run proa history --no-trunc web:1
	[[ $output == *"Imported from http://"*"/root.tar"* ]]
	[[ $output != *secret* ]]
	run --separate-stderr proa import "http://$(cat "$TMP/address")/none"
	one_line_error "404"
	kill $server
	[ "$(proa run --rm --network none web:1 echo hi)" = hi ]
	head -c 5000 /dev/urandom >"$TMP/noise"
	run --separate-stderr proa import "$TMP/noise"
	one_line_error "cannot import"
	run --separate-stderr proa import "$TMP/missing"
	one_line_error "cannot open"
	[ -z "$(ls -A "$STORE/tmp")" ]
}
