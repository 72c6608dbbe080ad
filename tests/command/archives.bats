#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# save and load: images in archives and directories, ours and those of skopeo, umoci and podman;
# and archives that lie.

load ../lib/common.bash

setup_more() {
	need_program skopeo
	TMP=$BATS_TEST_TMPDIR
	LAYOUT=$PROA_TEST_SCRATCH/layout
}

# The images of the store, but for the one that is installed.
stored() { proa images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' | grep -v '^hello:' | sort; }
id_of() { proa images --no-trunc -q "$1"; }

remove_all() {
	proa images --no-trunc -q | sort -u | while read -r id; do proa rmi -f "$id"; done >/dev/null 2>&1 || true
}

other_proa() { "$PROA" --root "$TMP/other" "$@"; }

teardown_more() {
	if [ -d "$TMP/other" ]; then
		other_proa images -aq --no-trunc | sort -u | while read -r id; do other_proa rmi -f "$id"; done \
			>/dev/null 2>&1 || true
	fi
}

# A root with a program and some files that ustar has no room for.
make_image() { # NAME
	proa load -q -i "$LAYOUT" >/dev/null 2>&1 || true
	proa pull -q "$REGISTRY/layers:latest" >/dev/null
	proa tag "$REGISTRY/layers:latest" "$1"
}

diff_ids() { proa image inspect --format '{{json .RootFS.Layers}}' "$1"; }

config_digest() { # SKOPEO-NAME
	skopeo --insecure-policy inspect --raw --config "$1" | sha256sum | cut -d' ' -f1
}

@test "what was saved is loaded as it was, in every format" {
	local format name id layers
	make_image my/app:1
	id=$(id_of my/app:1)
	layers=$(diff_ids my/app:1)
	for format in docker-archive oci-archive oci-dir docker-dir; do
		name=$TMP/$format
		proa save --format "$format" -o "$name" my/app:1
		run other_proa load -i "$name"
		[ "$status" -eq 0 ]
		[ "$format" = docker-dir ] || [ "$output" = "Loaded image: my/app:1" ]
		[ "$(other_proa image inspect --format '{{json .RootFS.Layers}}' "$id")" = "$layers" ]
		other_proa rmi -f "$id" >/dev/null
	done
}

@test "the same image gives the same bytes, to a file and to a pipe" {
	make_image my/app:1
	proa save -o "$TMP/one.tar" my/app:1
	proa save my/app:1 | cat >"$TMP/two.tar"
	cmp "$TMP/one.tar" "$TMP/two.tar"
	remove_all
	proa load -i "$TMP/one.tar" >/dev/null
	proa save -o "$TMP/three.tar" my/app:1
	cmp "$TMP/one.tar" "$TMP/three.tar"
}

@test "several images and names; a name without a tag is all tags" {
	make_image my/app:1
	proa tag my/app:1 my/app:2
	proa tag my/app:1 other:x
	proa save my/app other:x >"$TMP/all.tar"
	[ "$(tar -xOf "$TMP/all.tar" manifest.json | jq -c '.[].RepoTags')" = '["my/app:1","my/app:2","other:x"]' ]
	run other_proa load <"$TMP/all.tar"
	[ "$(grep -c '^Loaded image: ' <<<"$output")" = 3 ]
	proa save "$(id_of other:x)" >"$TMP/id.tar"
	[ "$(tar -xOf "$TMP/id.tar" manifest.json | jq -c '.[].RepoTags')" = '[]' ]
	other_proa rmi -f "$(id_of other:x)" >/dev/null
	run other_proa load <"$TMP/id.tar"
	[ "$output" = "Loaded image ID: $(id_of other:x)" ]
}

@test "compressed archives are loaded from files and pipes" {
	local program
	make_image my/app:1
	proa save my/app:1 >"$TMP/a.tar"
	for program in gzip "zstd -q" xz "xz -T2 --block-size=65536"; do
		$program -c "$TMP/a.tar" >"$TMP/a.packed"
		remove_all
		[ "$(proa load -i "$TMP/a.packed")" = "Loaded image: my/app:1" ]
		remove_all
		[ "$(proa load <"$TMP/a.packed")" = "Loaded image: my/app:1" ]
	done
	[ -z "$(ls -A "$STORE/tmp")" ]
}

@test "skopeo and umoci read what we save" {
	local hex
	need_program umoci
	make_image my/app:1
	hex=$(id_of my/app:1)
	hex=${hex#sha256:}
	proa save --format oci-archive -o "$TMP/oci.tar" my/app:1
	proa save --format oci-dir -o "$TMP/oci" my/app:1
	proa save --format oci-dir --compress -o "$TMP/compressed" my/app:1
	proa save --format docker-dir -o "$TMP/dir" my/app:1
	proa save --format docker-dir --compress -o "$TMP/dir-compressed" my/app:1
	proa save -o "$TMP/docker.tar" my/app:1
	[ "$(config_digest "oci-archive:$TMP/oci.tar")" = "$hex" ]
	[ "$(config_digest "oci:$TMP/oci")" = "$hex" ]
	[ "$(config_digest "oci:$TMP/compressed")" = "$hex" ]
	[ "$(config_digest "dir:$TMP/dir")" = "$hex" ]
	[ "$(config_digest "dir:$TMP/dir-compressed")" = "$hex" ]
	for from in "docker-archive:$TMP/docker.tar:my/app:1" "oci:$TMP/compressed" "dir:$TMP/dir"; do
		rm -rf "$TMP/copy"
		skopeo --insecure-policy copy -q "$from" "oci:$TMP/copy:1"
		umoci stat --image "$TMP/copy:1" >/dev/null
	done
	[ "$(umoci ls --layout "$TMP/oci")" = docker.io/my/app:1 ]
}

@test "podman loads what we save, and we load what it saves" {
	need_root
	need_program podman
	local podman=(podman --root "$TMP/podman" --runroot "$TMP/podman-run" --storage-driver vfs)
	local id layers theirs format
	make_image my/app:1
	id=$(id_of my/app:1)
	layers=$(diff_ids my/app:1)
	for format in docker-archive oci-archive; do
		proa save --format "$format" my/app:1 | "${podman[@]}" load -q
		[ "sha256:$("${podman[@]}" images -q --no-trunc | sed s/sha256://)" = "$id" ]
		"${podman[@]}" save -q --format "$format" -o "$TMP/podman-$format" "${id#sha256:}"
		theirs=$(other_proa load -i "$TMP/podman-$format")
		theirs=${theirs##*: }
		# For docker's form podman rewrites the config.
		[ "$format" = docker-archive ] || [ "$theirs" = "$id" ]
		[ "$(other_proa image inspect --format '{{json .RootFS.Layers}}' "$theirs")" = "$layers" ]
		other_proa rmi -f "$theirs" >/dev/null
		"${podman[@]}" rmi -f "${id#sha256:}" >/dev/null
	done
	rm -rf "$TMP/podman" "$TMP/podman-run"
}

@test "layouts, archives and directories of skopeo are loaded" {
	local to
	for to in "oci:$TMP/x:latest" "oci-archive:$TMP/x.tar:my/name:1" "docker-archive:$TMP/y.tar:my/name:1" "dir:$TMP/d"; do
		skopeo --insecure-policy copy -q "oci:$LAYOUT:layers" "$to"
	done
	[ "$(proa load -i "$TMP/x")" = "Loaded image: localhost/latest:latest" ]
	[ "$(proa load -i "$TMP/x.tar")" = "Loaded image: my/name:1" ]
	[ "$(proa load -i "$TMP/y.tar")" = "Loaded image: my/name:1" ]
	[[ "$(proa load -i "$TMP/d")" = "Loaded image ID: sha256:"* ]]
}

@test "pull, push, run and create take images in files" {
	make_image my/app:1
	local id
	id=$(id_of my/app:1)
	proa push my/app:1 "oci:$TMP/oci:one"
	proa push my/app:1 "oci:$TMP/oci:two"
	[ "$(jq -r '.manifests[].annotations["org.opencontainers.image.ref.name"]' "$TMP/oci/index.json" | xargs)" = "one two" ]
	proa push my/app:1 "docker-archive:$TMP/a.tar:q/r:9"
	proa push my/app:1 "oci-archive:$TMP/b.tar"
	proa push my/app:1 "dir:$TMP/dir"
	[ "$(other_proa pull "oci:$TMP/oci:two")" = localhost/two:latest ]
	[ "$(other_proa pull "docker-archive:$TMP/a.tar")" = docker.io/q/r:9 ]
	[ "$(other_proa pull "oci-archive:$TMP/b.tar")" = "$id" ]
	other_proa pull "dir:$TMP/dir"
	[ "$(other_proa images -q --no-trunc | sort -u | grep -c "$id")" = 1 ]
	run ! other_proa pull "oci:$TMP/oci:three"
	run ! other_proa pull "oci:$TMP/nowhere"
	remove_all
	proa create --name made "dir:$TMP/dir" /nothing
	[ "$(proa inspect --format '{{.Image}}' made)" = "$id" ]
}

@test "a file appears when it is whole, and what stood there stays until then" {
	make_image my/app:1
	echo before >"$TMP/out.tar"
	run ! proa save -o "$TMP/out.tar" my/app:1 no/such:image
	[ "$(cat "$TMP/out.tar")" = before ]
	[ "$(find "$TMP" -maxdepth 1 -name '.out.tar*' | wc -l)" = 0 ]
	proa save -o "$TMP/out.tar" my/app:1
	tar -tf "$TMP/out.tar" >/dev/null
	mkdir "$TMP/full"
	touch "$TMP/full/file"
	run --separate-stderr proa save --format oci-dir -o "$TMP/full" my/app:1
	one_line_error "not empty"
}

@test "save refuses a terminal" {
	make_image my/app:1
	need_program script
	run script -qec "'$PROA' --root '$STORE' save my/app:1" /dev/null
	[ "$status" -ne 0 ]
	[[ $output == *"cowardly refusing to save to a terminal"* ]]
}

@test "old docker's links between layers are followed, inside the archive" {
	python3 "$TESTS/tools/docker-archives.py" "$TMP" links
	[ "$(proa load -i "$TMP/links.tar" | sort | xargs)" = "Loaded image: one:1 Loaded image: two:1" ]
	[ "$(proa load <"$TMP/links.tar" | wc -l)" = 2 ]
}

@test "archives that lie are refused in one line, and leave nothing" {
	python3 "$TESTS/tools/docker-archives.py" "$TMP"
	local name message
	while IFS=: read -r name message; do
		run --separate-stderr proa load -i "$TMP/$name.tar"
		one_line_error "$message" || { echo "in $name" >&2; return 1; }
		run --separate-stderr proa load <"$TMP/$name.tar"
		one_line_error "$message" || { echo "in $name, from a pipe" >&2; return 1; }
	done <<-'END'
	wrong-diff-id:it unpacks to diff ID
	missing-layer:the archive has no file
	missing-config:the archive has no file
	outside:the archive has no file
	dot-dot:'..'
	twice:twice
	too-few:diff IDs
	truncated:truncated
	not-json:manifest.json
	empty:no saved image
	deep-json:manifest.json
	large-config:larger than
	endless-links:the archive has no file
	device:the archive has no file
	END
	[ -z "$(stored)" ]
	[ -z "$(find "$STORE/layers" -mindepth 1 -not -name '.*')" ]
	[ -z "$(ls -A "$STORE/tmp")" ]
}

@test "a layer that differs from the manifest's digest is refused" {
	cp -r "$LAYOUT" "$TMP/copy"
	chmod -R u+w "$TMP/copy"
	skopeo --insecure-policy copy -q "oci:$LAYOUT:layers" "oci:$TMP/broken:1"
	local blob
	blob=$(skopeo --insecure-policy inspect --raw "oci:$TMP/broken:1" | jq -r '.layers[0].digest')
	gzip -dc "$TMP/broken/blobs/sha256/${blob#sha256:}" | gzip -1 >"$TMP/again"
	truncate -s "$(stat -c %s "$TMP/broken/blobs/sha256/${blob#sha256:}")" "$TMP/again"
	cp "$TMP/again" "$TMP/broken/blobs/sha256/${blob#sha256:}"
	run --separate-stderr proa load -i "$TMP/broken"
	[ "$status" -ne 0 ]
	[ -z "$(stored)" ]
}
