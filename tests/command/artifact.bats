#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# artifact: files into the store, to registries and back, and what refers to an image.

load ../lib/common.bash
load ../lib/registry.bash

setup_file() {
	local log=$BATS_FILE_TMPDIR/referrers.log
	python3 "$TESTS/lib/referrerreg.py" >"$log" 2>&1 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/pids"
	wait_for_line "$log" $! 'listening on [0-9.]+:[0-9]+' >"$BATS_FILE_TMPDIR/line"
	sed 's/.* //' "$BATS_FILE_TMPDIR/line" >"$BATS_FILE_TMPDIR/referrers.address"
}

teardown_file() {
	local pid
	while read -r pid; do kill "$pid" 2>/dev/null || true; done <"$BATS_FILE_TMPDIR/pids"
}

setup_more() {
	KEEPS=$(cat "$BATS_FILE_TMPDIR/referrers.address")	# keeps lists of referrers
	NAME=$REGISTRY/$PROA_TEST_WHO/artifact
	FILES=$BATS_TEST_TMPDIR/files
	OUT=$BATS_TEST_TMPDIR/out
	mkdir -p "$FILES" "$OUT"
	echo "some notes" >"$FILES/notes.txt"
	head -c 3000000 /dev/urandom >"$FILES/model.bin"
	ln -s notes.txt "$FILES/link"
}

teardown_more() {
	"$PROA" --root "$STORE" artifact rm -a >/dev/null 2>&1 || true
}

blobs() { find "$STORE/images/blobs" -type f | wc -l; }
nothing_half_done() { [ -z "$(ls -A "$STORE/tmp")" ]; }
manifest_of() { proa artifact inspect "$1" | python3 -c 'import json, sys
json.dump(json.load(sys.stdin)["Manifest"], sys.stdout)'; }

@test "add, inspect, ls, extract, rm" {
	run --separate-stderr proa artifact add --type application/x-model --annotation made=here \
		"$NAME:1" "$FILES/notes.txt" "$FILES/model.bin"
	[ "$status" = 0 ]
	[[ $output =~ ^[0-9a-f]{64}$ ]]
	run manifest_of "$NAME:1"
	python3 - "$output" <<-'END'
	import json, sys
	manifest = json.loads(sys.argv[1])
	assert manifest["mediaType"] == "application/vnd.oci.image.manifest.v1+json"
	assert manifest["artifactType"] == "application/x-model"
	assert manifest["config"] == {"mediaType": "application/vnd.oci.empty.v1+json", "size": 2,
	    "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}
	notes, model = manifest["layers"]
	assert notes["mediaType"] == "text/plain" and model["mediaType"] == "application/octet-stream"
	assert notes["annotations"] == {"made": "here", "org.opencontainers.image.title": "notes.txt"}
	assert model["size"] == 3000000
	END
	[ "$(proa artifact ls --format '{{.Repository}} {{.Tag}} {{.Size}} {{.ArtifactType}}')" = \
		"$NAME 1 3MB application/x-model" ]
	[ "$(proa artifact ls | head -1 | tr -s ' ')" = "REPOSITORY TAG DIGEST CREATED SIZE" ]
	proa artifact extract "$NAME:1" "$OUT"
	cmp "$FILES/notes.txt" "$OUT/notes.txt"
	cmp "$FILES/model.bin" "$OUT/model.bin"
	[ "$(ls -A "$OUT" | wc -l)" = 2 ]
	proa artifact rm "$NAME:1"
	[ "$(blobs)" = 0 ]
	nothing_half_done
	run --separate-stderr proa artifact inspect "$NAME:1"
	one_line_error "No such artifact: $NAME:1"
}

@test "the same files make the same artifact; append, replace, names that are taken" {
	local one
	one=$(proa artifact add one "$FILES/notes.txt" "$FILES/model.bin")
	proa artifact add two "$FILES/notes.txt"
	[ "$(proa artifact add --append two "$FILES/model.bin")" = "$one" ]
	run --separate-stderr proa artifact add one "$FILES/notes.txt"
	one_line_error "docker.io/library/one:latest: artifact already exists"
	run --separate-stderr proa artifact add --append one "$FILES/notes.txt"
	one_line_error "notes.txt: file already exists in artifact"
	run --separate-stderr proa artifact add --append three "$FILES/notes.txt"
	one_line_error "No such artifact"
	run --separate-stderr proa artifact add --append --type a/b one "$FILES/notes.txt"
	[ "$status" = 125 ]
	[ "$(proa artifact add --replace one "$FILES/notes.txt")" != "$one" ]
	run --separate-stderr proa artifact add three "$FILES"
	one_line_error "is not a regular file"
	run --separate-stderr proa artifact add three "$FILES/missing"
	one_line_error "cannot open '$FILES/missing'"
	nothing_half_done
	proa artifact rm one
	proa artifact extract two "$OUT"
	cmp "$FILES/model.bin" "$OUT/model.bin"
	run --separate-stderr proa artifact rm one two
	[ "$status" = 1 ]
	[ "$(blobs)" = 0 ]
	proa artifact rm -i one
}

@test "push and pull keep the digest, and other tools see it" {
	local digest
	digest=$(proa artifact add "$NAME:pushed" "$FILES/notes.txt" "$FILES/model.bin")
	run --separate-stderr proa artifact push --digestfile "$BATS_TEST_TMPDIR/digest" "$NAME:pushed"
	[ "$status" = 0 ] || { echo "$stderr" >&2; return 1; }
	[ "$output" = "sha256:$digest" ]
	[ "$(cat "$BATS_TEST_TMPDIR/digest")" = "sha256:$digest" ]
	[ "$(skopeo inspect --tls-verify=false --raw "docker://$NAME:pushed" | sha256sum)" = "$digest  -" ]
	proa artifact rm "$NAME:pushed"
	run --separate-stderr proa artifact pull -q "$NAME:pushed"
	[ "$status" = 0 ] || { echo "$stderr" >&2; return 1; }
	[ "$output" = "$digest" ]
	proa artifact extract "$NAME:pushed" "$OUT"
	cmp "$FILES/model.bin" "$OUT/model.bin"
	nothing_half_done
	run --separate-stderr proa artifact pull "$BUSYBOX"
	[ "$status" = 1 ]
	[[ $stderr == *"it is a container image, and no artifact; use 'proa pull'"* ]]
	run --separate-stderr proa pull "$NAME:pushed"
	[ "$status" = 1 ]
	[ -z "$(proa images -q | grep -v "$(proa images -q hello)")" ]
	proa artifact pull -q "$NAME@sha256:$digest"
	[ "$(proa artifact ls --no-trunc --format '{{.Digest}}' | sort -u)" = "sha256:$digest" ]
}

@test "extract takes one file by title or digest, and replaces what is there" {
	proa artifact add one "$FILES/notes.txt" "$FILES/model.bin"
	proa artifact extract --title notes.txt one "$OUT/mine"
	cmp "$FILES/notes.txt" "$OUT/mine"
	ln -s "$BATS_TEST_TMPDIR/outside" "$OUT/model.bin"
	proa artifact extract --digest "sha256:$(sha256sum <"$FILES/model.bin" | cut -c 1-64)" one "$OUT"
	[ ! -L "$OUT/model.bin" ]
	[ ! -e "$BATS_TEST_TMPDIR/outside" ]
	cmp "$FILES/model.bin" "$OUT/model.bin"
	run --separate-stderr proa artifact extract one "$OUT/new"
	[ "$status" = 125 ]
	run --separate-stderr proa artifact extract --title nope one "$OUT"
	one_line_error "the artifact has no file 'nope'"
	[ "$(ls -A "$OUT" | wc -l)" = 2 ]
}

@test "a hostile title leads nowhere, and a damaged file does not get its name" {
	local title
	for title in ../escaped /tmp/escaped .. . $'a\nb' a/b; do
		proa artifact add --replace --annotation "org.opencontainers.image.title=$title" bad \
			"$FILES/notes.txt"
		rm -rf "$OUT/inner"
		mkdir "$OUT/inner"
		proa artifact extract bad "$OUT/inner"
		[ "$(ls -A "$OUT/inner")" = "$(sha256sum <"$FILES/notes.txt" | cut -c 1-64)" ]
		[ "$(ls -A "$OUT")" = inner ]
	done
	proa artifact add good "$FILES/model.bin"
	chmod u+w "$STORE/images/blobs/sha256/$(sha256sum <"$FILES/model.bin" | cut -c 1-64)"
	printf x | dd of="$STORE/images/blobs/sha256/$(sha256sum <"$FILES/model.bin" | cut -c 1-64)" \
		bs=1 seek=1000 conv=notrunc status=none
	rm -rf "$OUT/inner"
	run --separate-stderr proa artifact extract good "$OUT"
	one_line_error "it has the wrong digest"
	[ -z "$(ls -A "$OUT")" ]
}

@test "a subject, at a registry without lists: the fallback tag" {
	local subject digest more
	subject=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$BUSYBOX")
	skopeo --insecure-policy copy -q --src-tls-verify=false --dest-tls-verify=false \
		"docker://$BUSYBOX" "docker://$NAME:image"
	run proa artifact ls --referrers "$NAME:image" --format '{{.ArtifactType}}'
	[ "$status" = 0 ]
	[ -z "$output" ]
	digest=$(proa artifact add --type application/x-sbom --subject "$NAME:image" "$NAME:sbom" \
		"$FILES/notes.txt")
	proa artifact push -q "$NAME:sbom"
	proa artifact push -q "$NAME:sbom"
	proa pull -q "$NAME:image"
	more=$(proa artifact add --type application/x-more --subject "$NAME:image" "$NAME:more" \
		"$FILES/model.bin")
	proa artifact push -q "$NAME:more"
	run proa artifact ls --referrers "$NAME:image" --no-trunc --format '{{.ArtifactType}} {{.Digest}}'
	[ "$output" = "application/x-sbom sha256:$digest
application/x-more sha256:$more" ]
	run skopeo inspect --tls-verify=false --raw "docker://$NAME:${subject/:/-}"
	[ "$status" = 0 ]
	python3 - "$output" "$digest" <<-'END'
	import json, sys
	index = json.loads(sys.argv[1])
	assert index["mediaType"] == "application/vnd.oci.image.index.v1+json"
	assert [m["artifactType"] for m in index["manifests"]] == ["application/x-sbom", "application/x-more"]
	assert index["manifests"][0]["digest"] == "sha256:" + sys.argv[2]
	END
}

@test "a subject, at a registry with lists: no tag is made" {
	local digest
	skopeo --insecure-policy copy -q --src-tls-verify=false --dest-tls-verify=false \
		"docker://$BUSYBOX" "docker://$KEEPS/team/app:1"
	digest=$(proa artifact add --type application/x-sbom --subject "$KEEPS/team/app:1" \
		"$KEEPS/team/app:sbom" "$FILES/notes.txt")
	proa artifact push -q "$KEEPS/team/app:sbom"
	run proa artifact ls --referrers "$KEEPS/team/app:1" --no-trunc --format '{{.ArtifactType}} {{.Digest}}'
	[ "$output" = "application/x-sbom sha256:$digest" ]
	run --separate-stderr proa manifest inspect \
		"$KEEPS/team/app:sha256-$(skopeo inspect --tls-verify=false --raw "docker://$BUSYBOX" |
			sha256sum | cut -c 1-64)"
	[ "$status" = 1 ]
	skopeo --insecure-policy copy -q --src-tls-verify=false --dest-tls-verify=false \
		"docker://$BUSYBOX" "docker://$KEEPS/refuses/app:1"
	run --separate-stderr proa artifact ls --referrers "$KEEPS/refuses/app:1"
	[ "$status" = 1 ]
}

@test "many files, some of them twice" {
	local i
	for i in $(seq 60); do echo "$((i % 50))" >"$FILES/f$i"; done
	proa artifact add "$NAME:many" "$FILES"/f*
	proa artifact push -q "$NAME:many"
	proa artifact rm "$NAME:many"
	proa artifact pull -q "$NAME:many"
	proa artifact extract "$NAME:many" "$OUT"
	[ "$(ls "$OUT" | wc -l)" = 60 ]
	diff -r -x model.bin -x notes.txt -x link "$FILES" "$OUT"
}

@test "a list that refers to an image is found there" {
	skopeo --insecure-policy copy -q --src-tls-verify=false --dest-tls-verify=false \
		"docker://$BUSYBOX" "docker://$NAME:referred"
	proa manifest create refers "$BUSYBOX"
	proa manifest annotate --subject "$NAME:referred" refers
	proa manifest push -q refers "$NAME:refers"
	run proa artifact ls --referrers "$NAME:referred" --format '{{.MediaType}}'
	[[ $output == *application/vnd.oci.image.index.v1+json* ]]
	proa manifest rm refers
}

@test "a large file takes little memory" {
	need_root
	ldd "$PROA" | grep -q libasan && skip "the sanitizer needs memory of its own"
	truncate -s 300M "$FILES/large"
	(
		ulimit -v 300000
		proa artifact add large "$FILES/large"
		proa artifact extract large "$OUT"
	)
	cmp "$FILES/large" "$OUT/large"
}
