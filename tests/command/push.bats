#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# push: docker's words, digests that stay, readers of every kind, and registries that misbehave.

load ../lib/common.bash
load ../lib/registry.bash

# One image of two layers, of 4 MB that do not shrink and a busybox: "image" in the layout $LAYOUT,
# and at the shared registry. Registries of this file's own are kept in *.address.
setup_file() {
	local dir=$BATS_FILE_TMPDIR
	mkdir -p "$dir/one/bin" "$dir/two"
	cp "$(command -v busybox)" "$dir/one/bin/busybox"
	head -c 4000000 /dev/urandom >"$dir/two/random"
	tar -C "$dir/one" --owner=0 --group=0 -cf "$dir/one.tar" .
	tar -C "$dir/two" --owner=0 --group=0 -cf "$dir/two.tar" .
	python3 "$TESTS/lib/image-from-tars.py" "$dir/layout" "$dir/one.tar" "$dir/two.tar"
	copy_layout "$REGISTRY/$PROA_TEST_WHO/push:1" --dest-tls-verify=false
	keep_registry plain
	keep_registry other
	python3 "$TESTS/lib/fakepush.py" >"$dir/fake.log" 2>&1 3>&- &
	echo $! >>"$dir/pids"
	wait_for_line "$dir/fake.log" $! 'listening on .*' | sed 's/^listening on //' >"$dir/fake.line"
}

copy_layout() {
	local to=$1
	shift
	skopeo --insecure-policy copy -q "$@" "oci:$BATS_FILE_TMPDIR/layout:image" "docker://$to"
}

# keep_registry NAME WORDS...: one that lives as long as this file's tests.
keep_registry() {
	local name=$1
	shift
	registry_start "$BATS_FILE_TMPDIR/$name" "$@" || return 1
	echo "$REGISTRY_ADDRESS" >"$BATS_FILE_TMPDIR/$name.address"
	echo "$REGISTRY_PID ${TOKEN_PID:-}" >>"$BATS_FILE_TMPDIR/pids"
}

teardown_file() {
	local pid
	# shellcheck disable=SC2013 # words
	for pid in $(cat "$BATS_FILE_TMPDIR/pids"); do kill "$pid" 2>/dev/null || true; done
}

setup_more() {
	SOURCE=$REGISTRY/$PROA_TEST_WHO/push:1
	PLAIN=$(cat "$BATS_FILE_TMPDIR/plain.address")
	OTHER=$(cat "$BATS_FILE_TMPDIR/other.address")
	read -r FAKE _ <"$BATS_FILE_TMPDIR/fake.line"
	FAKE_LOG=$BATS_FILE_TMPDIR/fake.log
	CREDS=$REGISTRY_USER:$REGISTRY_PASSWORD
	NAME=t$BATS_TEST_NUMBER
}

teardown_more() {
	registry_stop
}

# digest_of REFERENCE: of its manifest, as the registry has it.
digest_of() { skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$1"; }
raw() { skopeo inspect --raw --tls-verify=false "docker://$1"; }
config_of() { skopeo inspect --config --raw --tls-verify=false "docker://$1"; }
layer_types() { raw "$1" | jq -r '.layers[].mediaType' | sort -u; }
image_id() { proa images --no-trunc --format '{{.ID}}' "$1"; }

# forget_sources: the layers of the store come from nowhere.
forget_sources() { rm "$STORE"/layers/*/blobs.json; }

# local_image NAME: the image as if it had been made here.
local_image() {
	proa pull -q "$SOURCE" >/dev/null
	forget_sources
	proa tag "$SOURCE" "$1"
}

# same_files REFERENCE: what it unpacks to is what went in.
same_files() {
	local dir=$BATS_TEST_TMPDIR/check
	rm -rf "$dir"
	skopeo --insecure-policy copy -q --src-tls-verify=false "docker://$1" "oci:$dir:image"
	umoci raw unpack --rootless --image "$dir:image" "$dir/root"
	cmp "$dir/root/random" "$BATS_FILE_TMPDIR/two/random"
	cmp "$dir/root/bin/busybox" "$BATS_FILE_TMPDIR/one/bin/busybox"
	chmod -R u+rwX "$dir"
}

@test "push prints what docker prints, and the second time that it is there" {
	proa pull -q "$SOURCE"
	proa tag "$SOURCE" "$PLAIN/$NAME/app"
	run --separate-stderr proa push "$PLAIN/$NAME/app"
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	[ "${lines[0]}" = "Using default tag: latest" ]
	[ "${lines[1]}" = "The push refers to repository [$PLAIN/$NAME/app]" ]
	[ "$(grep -c '^[0-9a-f]\{12\}: Pushed$' <<<"$output")" = 2 ]
	[[ ${lines[-1]} =~ ^latest:\ digest:\ sha256:[0-9a-f]{64}\ size:\ [0-9]+$ ]]
	[[ ${lines[-1]} == *"$(digest_of "$PLAIN/$NAME/app")"* ]]
	run proa image push "$PLAIN/$NAME/app:latest"
	[ "$status" = 0 ]
	[ "$(grep -c '^[0-9a-f]\{12\}: Layer already exists$' <<<"$output")" = 2 ]
	run --separate-stderr proa push -q --digestfile "$BATS_TEST_TMPDIR/digest" "$PLAIN/$NAME/app:latest"
	[ "$output" = "$PLAIN/$NAME/app:latest" ]
	[ "$(cat "$BATS_TEST_TMPDIR/digest")" = "$(digest_of "$PLAIN/$NAME/app")" ]
}

@test "what was pulled keeps its digest: mounted at its registry, fetched again for another" {
	local digest
	digest=$(digest_of "$SOURCE")
	proa pull -q "$SOURCE"
	proa tag "$SOURCE" "$REGISTRY/$PROA_TEST_WHO/$NAME:1"
	run proa push "$REGISTRY/$PROA_TEST_WHO/$NAME:1"
	[ "$status" = 0 ]
	[ "$(grep -c "Mounted from $PROA_TEST_WHO/push" <<<"$output")" = 2 ]
	[ "$(digest_of "$REGISTRY/$PROA_TEST_WHO/$NAME:1")" = "$digest" ]
	run proa push "$SOURCE" "docker://$OTHER/$NAME/x:2"
	[ "$status" = 0 ]
	[ "$(grep -c ": Pushed" <<<"$output")" = 2 ]
	[[ $output != *"digest changes"* ]]
	[ "$(digest_of "$OTHER/$NAME/x:2")" = "$digest" ]
	[ "$(config_of "$OTHER/$NAME/x:2")" = "$(config_of "$SOURCE")" ]
	# From there it can be mounted now, and comes back as it went.
	run proa push "$SOURCE" "$OTHER/$NAME/y:3"
	[ "$(grep -c "Mounted from $NAME/x" <<<"$output")" = 2 ]
	proa rmi -f "$(image_id "$SOURCE")"
	proa pull -q "$OTHER/$NAME/y:3"
	[ "$(digest_of "$OTHER/$NAME/y:3")" = "$digest" ]
}

@test "where the layers came from is gone: another digest, told once, and the same image" {
	local id
	registry_start "$BATS_TEST_TMPDIR/gone"
	copy_layout "$REGISTRY_ADDRESS/x:1" --dest-tls-verify=false
	proa pull -q "$REGISTRY_ADDRESS/x:1"
	id=$(image_id "$REGISTRY_ADDRESS/x:1")
	registry_stop
	run proa push "$id" "$PLAIN/$NAME/x:1"
	[ "$status" = 0 ]
	[ "$(grep -c "The manifest digest changes from sha256:" <<<"$output")" = 1 ]
	grep -q "layer [0-9a-f]* was compressed anew, since connection refused by $REGISTRY_ADDRESS" <<<"$output"
	[ "$(raw "$PLAIN/$NAME/x:1" | jq -r .config.digest)" = "$id" ]
	same_files "$PLAIN/$NAME/x:1"
	# Compressed once: the next repository mounts it.
	run proa push "$id" "$PLAIN/$NAME/y:1"
	[ "$(grep -c "Mounted from $NAME/x" <<<"$output")" = 2 ]
	[ "$(digest_of "$PLAIN/$NAME/y:1")" = "$(digest_of "$PLAIN/$NAME/x:1")" ]
	proa rmi -f "$id"
	proa pull -q "$PLAIN/$NAME/x:1"
	[ "$(image_id "$PLAIN/$NAME/x:1")" = "$id" ]
}

@test "layers that were kept go out as they came" {
	local digest layer folder
	digest=$(digest_of "$SOURCE")
	proa pull -q "$SOURCE"
	for layer in $(raw "$SOURCE" | jq -r '.layers[].digest'); do
		folder=$(dirname "$(grep -l "$layer" "$STORE"/layers/*/blobs.json)")
		cp "$BATS_FILE_TMPDIR/layout/blobs/sha256/${layer#sha256:}" "$folder/blob"
	done
	forget_sources
	run proa push "$SOURCE" "$PLAIN/$NAME/x:1"
	[ "$status" = 0 ]
	[ "$(digest_of "$PLAIN/$NAME/x:1")" = "$digest" ]
	# Damaged, they are made anew.
	forget_sources
	truncate -s 4000000 "$folder/blob"
	run proa push "$SOURCE" "$OTHER/$NAME/x:1"
	[ "$status" = 0 ]
	same_files "$OTHER/$NAME/x:1"
}

@test "an image made here: compressed, read by others, and known by its digest afterwards" {
	local_image "$PLAIN/$NAME/app:1"
	run proa push "$PLAIN/$NAME/app:1"
	[ "$status" = 0 ]
	same_files "$PLAIN/$NAME/app:1"
	[ "$(layer_types "$PLAIN/$NAME/app:1")" = application/vnd.oci.image.layer.v1.tar+gzip ]
	run proa images --digests --format '{{.Digest}}' "$PLAIN/$NAME/app:1"
	[ "$output" = "$(digest_of "$PLAIN/$NAME/app:1")" ]
	# The same again, elsewhere and from nothing known, has the same digest.
	forget_sources
	proa push -q "$PLAIN/$NAME/app:1" "$OTHER/$NAME/app:1"
	[ "$(digest_of "$OTHER/$NAME/app:1")" = "$(digest_of "$PLAIN/$NAME/app:1")" ]
}

@test "--compression-format, --compression-level, --format" {
	local_image app
	proa push -q --compression-format zstd app "$PLAIN/$NAME/zstd:1"
	[ "$(layer_types "$PLAIN/$NAME/zstd:1")" = application/vnd.oci.image.layer.v1.tar+zstd ]
	proa push -q --compression-format gzip --compression-level 9 --format v2s2 app "$PLAIN/$NAME/small:1"
	raw "$PLAIN/$NAME/small:1" | jq -e '.mediaType == "application/vnd.docker.distribution.manifest.v2+json"'
	[ "$(layer_types "$PLAIN/$NAME/small:1")" = application/vnd.docker.image.rootfs.diff.tar.gzip ]
	same_files "$PLAIN/$NAME/small:1"
	[ "$(config_of "$PLAIN/$NAME/small:1")" = "$(config_of "$SOURCE")" ]
	proa rmi -f app "$SOURCE"
	proa pull -q "$PLAIN/$NAME/zstd:1"
	[ "$(image_id "$PLAIN/$NAME/zstd:1")" = "$(raw "$SOURCE" | jq -r .config.digest)" ]
	run --separate-stderr proa push --compression-format zstd --format v2s2 "$PLAIN/$NAME/zstd:1"
	[ "$status" = 125 ]
	one_line_error "no zstd layers"
	run --separate-stderr proa push --compression-format bzip2 "$PLAIN/$NAME/zstd:1"
	[ "$status" = 125 ]
	run --separate-stderr proa push --compression-level 10 "$PLAIN/$NAME/zstd:1"
	[ "$status" = 125 ]
}

@test "what a manifest says beside its layers goes along: subject, annotations" {
	local layout=$BATS_TEST_TMPDIR/layout manifest
	cp -r "$BATS_FILE_TMPDIR/layout" "$layout"
	manifest=$layout/blobs/sha256/$(jq -r '.manifests[0].digest[7:]' "$layout/index.json")
	jq -c '. + {annotations: {"a.b": "c"}, subject: (.config + {mediaType: .mediaType})}' "$manifest" \
		>"$BATS_TEST_TMPDIR/manifest"
	curl -fsS -o "$BATS_TEST_TMPDIR/answer" -X PUT --data-binary "@$BATS_TEST_TMPDIR/manifest" \
		-H 'Content-Type: application/vnd.oci.image.manifest.v1+json' \
		"http://$REGISTRY/v2/$PROA_TEST_WHO/push/manifests/subject"
	proa pull -q "$REGISTRY/$PROA_TEST_WHO/push:subject"
	proa push -q "$REGISTRY/$PROA_TEST_WHO/push:subject" "$OTHER/$NAME/x:1"
	[ "$(raw "$OTHER/$NAME/x:1")" = "$(cat "$BATS_TEST_TMPDIR/manifest")" ]
	# In other clothes, too.
	proa push -q --compression-format zstd "$REGISTRY/$PROA_TEST_WHO/push:subject" "$OTHER/$NAME/x:2"
	run jq -c '[.annotations, .subject]' "$BATS_TEST_TMPDIR/manifest"
	[ "$(raw "$OTHER/$NAME/x:2" | jq -c '[.annotations, .subject]')" = "$output" ]
}

@test "registries.conf: blocked, and another place" {
	proa pull -q "$SOURCE"
	export CONTAINERS_REGISTRIES_CONF=$BATS_TEST_TMPDIR/registries.conf
	cat >"$CONTAINERS_REGISTRIES_CONF" <<-END
	[[registry]]
	prefix = "blocked.example"
	blocked = true
	[[registry]]
	prefix = "named.example/$NAME"
	location = "$OTHER/$NAME/there"
	END
	run --separate-stderr proa push "$SOURCE" blocked.example/x:1
	[ "$status" = 1 ]
	one_line_error "blocked"
	proa push -q "$SOURCE" "named.example/$NAME/x:1"
	[ "$(digest_of "$OTHER/$NAME/there/x:1")" = "$(digest_of "$SOURCE")" ]
}

@test "all tags of a repository" {
	proa pull -q "$SOURCE"
	proa tag "$SOURCE" "$PLAIN/$NAME/app:a"
	proa tag "$SOURCE" "$PLAIN/$NAME/app:b"
	proa tag "$SOURCE" "$PLAIN/$NAME/apparent:c"
	run proa push --all-tags "$PLAIN/$NAME/app"
	[ "$status" = 0 ]
	[[ $output == *"a: digest: "*"b: digest: "* ]]
	[ "$(digest_of "$PLAIN/$NAME/app:b")" = "$(digest_of "$SOURCE")" ]
	run digest_of "$PLAIN/$NAME/apparent:c"
	[ "$status" != 0 ]
	run --separate-stderr proa push -a "$PLAIN/$NAME/app:a"
	[ "$status" = 125 ]
	one_line_error "tag can't be used with --all-tags/-a"
}

@test "a manifest list goes with what it lists" {
	proa pull -q "$SOURCE"
	proa manifest create "$PLAIN/$NAME/list:1" "$SOURCE"
	proa push "$PLAIN/$NAME/list:1"
	raw "$PLAIN/$NAME/list:1" | jq -e '.manifests | length == 1'
	[ "$(raw "$PLAIN/$NAME/list:1" | jq -r '.manifests[0].digest')" = "$(digest_of "$SOURCE")" ]
	proa push -q "$PLAIN/$NAME/list:1" "$PLAIN/$NAME/list:2"
	[ "$(digest_of "$PLAIN/$NAME/list:1")" = "$(digest_of "$PLAIN/$NAME/list:2")" ]
}

@test "images of read-only stores can be pushed" {
	proa push -q hello "$PLAIN/$NAME/hello:1"
	skopeo --insecure-policy copy -q --src-tls-verify=false "docker://$PLAIN/$NAME/hello:1" \
		"oci:$BATS_TEST_TMPDIR/hello:1"
	[ "$(proa images --no-trunc --format '{{.ID}}' hello)" = "$(raw "$PLAIN/$NAME/hello:1" | jq -r .config.digest)" ]
}

@test "passwords and tokens: given, from a file, wrong, and never shown" {
	local kind address
	proa pull -q "$SOURCE"
	for kind in basic token; do
		registry_start "$BATS_TEST_TMPDIR/$kind" "$kind"
		address=$REGISTRY_ADDRESS
		run --separate-stderr proa push "$SOURCE" "$address/x:1"
		[ "$status" = 1 ]
		[[ $stderr == *"denied"* || $stderr == *"unauthorized"* ]]
		run --separate-stderr proa push --creds "$REGISTRY_USER:wrong-secret" "$SOURCE" "$address/x:1"
		[ "$status" = 1 ]
		[[ $output$stderr != *wrong-secret* ]]
		run proa push --creds "$CREDS" "$SOURCE" "$address/x:1"
		[ "$status" = 0 ]
		[[ $output != *secret-42* ]]
		echo "{\"auths\":{\"$address\":{\"auth\":\"$(printf %s "$CREDS" | base64)\"}}}" >"$HOME/auth.json"
		proa push -q --authfile "$HOME/auth.json" "$SOURCE" "$address/y:1"
		run proa --log-level debug push --authfile "$HOME/auth.json" "$SOURCE" "$address/z:1"
		[ "$status" = 0 ]
		[ "$(grep -c "Mounted from" <<<"$output")" = 2 ]
		if grep -r secret-42 "$STORE" >/dev/null 2>&1; then false; fi
		registry_stop
	done
}

@test "TLS: an authority that is known, and none" {
	registry_start "$BATS_TEST_TMPDIR/tls" tls
	proa pull -q "$SOURCE"
	mkdir -p "$BATS_TEST_TMPDIR/certs"
	cp "$BATS_TEST_TMPDIR/tls/tls/ca.crt" "$BATS_TEST_TMPDIR/certs"
	proa push -q --cert-dir "$BATS_TEST_TMPDIR/certs" "$SOURCE" "registry.localhost:$REGISTRY_PORT/x:1" ||
		skip "registry.localhost does not resolve here"
	proa push -q "$SOURCE" "localhost:$REGISTRY_PORT/y:1"
}

# misbehaves HOW [OPTIONS]: a push to the fake registry that succeeds nonetheless.
misbehaves() {
	local how=$1
	shift
	run --separate-stderr proa push --retry-delay 20ms "$@" app "$FAKE/$how/$PROA_TEST_WHO$NAME:1"
	[ "$status" = 0 ] || { echo "$how: $output $stderr" >&2; grep "$how" "$FAKE_LOG" >&2; return 1; }
	[[ ${lines[-1]} == 1:\ digest:* ]]
}

requests() { grep "$1/$PROA_TEST_WHO$NAME" "$FAKE_LOG"; }

@test "an upload that breaks goes on where it stopped" {
	local_image app
	misbehaves good
	misbehaves drop
	[ "$(requests drop | grep -c PATCH)" = 3 ]
	requests drop | grep -q "main GET /upload/"
	misbehaves dropall
	misbehaves forget
	[ "$(requests forget | grep -c "POST [^?]* auth")" = 4 ]
	misbehaves lostput
	misbehaves broken
	misbehaves redirect
	requests redirect | grep -q 'PATCH.*moved=1'
}

@test "a registry that is busy is waited for, as long as it says" {
	local_image app
	misbehaves busy
	# Once for each blob, again for the one that was turned away, and for the one whose bytes were lost.
	[ "$(requests busy | grep -c 'POST [^?]* auth')" = 5 ]
}

@test "credentials do not follow an upload to another host" {
	local_image app
	misbehaves elsewhere --creds "$CREDS"
	requests elsewhere | grep -q "^other PATCH"
	run grep "^other .*authorization=yes" "$FAKE_LOG"
	[ "$status" = 1 ]
	requests elsewhere | grep -q "^main POST.*authorization=yes"
	misbehaves expire --creds "$CREDS"
}

# gives_up HOW TEXT
gives_up() {
	run --separate-stderr proa push --retry 1 --retry-delay 20ms app "$FAKE/$1/$PROA_TEST_WHO$NAME:1"
	[ "$status" = 1 ] || { echo "$1: $status $output $stderr" >&2; return 1; }
	one_line_error "$2"
}

@test "what cannot be pushed is told in one line" {
	local_image app
	gives_up dead "HTTP status 500"
	gives_up large "takes no blob that large"
	gives_up refuse "digest invalid"
	gives_up denied "push access denied for $FAKE/denied/$PROA_TEST_WHO$NAME"
	gives_up lie "for sha256:0000"
	run --separate-stderr proa push app 127.0.0.1:1/x:1
	[ "$status" = 1 ]
	one_line_error "connection refused by 127.0.0.1:1"
}

@test "a layer whose files were changed in the store is not pushed" {
	local_image app
	as_root || skip "the layer's files belong to other ids"
	printf %0100d 0 | dd of="$(ls "$STORE"/layers/*/tree/random)" bs=1 seek=100 conv=notrunc status=none
	run --separate-stderr proa push app "$PLAIN/$NAME/x:1"
	[ "$status" = 1 ]
	one_line_error "changed in the store"
	run digest_of "$PLAIN/$NAME/x:1"
	[ "$status" != 0 ]
}

@test "names: docker's and podman's forms" {
	proa pull -q "$SOURCE"
	run --separate-stderr proa push "$PLAIN/$NAME/nothing:1"
	[ "$status" = 1 ]
	one_line_error "An image does not exist locally with the tag: $PLAIN/$NAME/nothing"
	run --separate-stderr proa push nothing "$PLAIN/$NAME/nothing:1"
	[ "$status" = 1 ]
	one_line_error "No such image: nothing"
	run --separate-stderr proa push "$SOURCE" "$PLAIN/x@sha256:$(printf 0%.0s {1..64})"
	[ "$status" = 125 ]
	run --separate-stderr proa push --platform linux/s390x "$SOURCE" "$PLAIN/$NAME/x:1"
	[ "$status" = 1 ]
	one_line_error "does not provide the specified platform (linux/s390x)"
	run --separate-stderr proa push --sign-by x "$SOURCE"
	[ "$status" = 125 ]
	[[ $stderr == *"--sign-by is not supported"* ]]
}
