#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# manifest: lists made of images that are here and elsewhere, and what other tools make of them.

load ../lib/common.bash
load ../lib/registry.bash

# A second registry, so that blobs have to go from one to the other; and two images of other platforms.
setup_file() {
	local arch dir=$BATS_FILE_TMPDIR root=$BATS_FILE_TMPDIR/root
	registry_start "$dir/other" || return 1
	echo "$REGISTRY_ADDRESS" >"$dir/other.address"
	echo "$REGISTRY_PID" >"$dir/pids"
	for arch in amd64 arm64; do
		mkdir -p "$root"
		echo "$arch" >"$root/arch"
		tar -C "$root" --mtime=@0 --owner=0 --group=0 -cf "$dir/$arch.tar" arch
		python3 "$TESTS/lib/image-from-tars.py" "$dir/layout-$arch" "$dir/$arch.tar"
		set_architecture "$dir/layout-$arch" "$arch"
		skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$dir/layout-$arch:image" \
			"docker://$REGISTRY/$PROA_TEST_WHO/app:$arch"
	done
}

# set_architecture LAYOUT ARCHITECTURE: in the config of its one image.
set_architecture() {
	python3 - "$1" "$2" <<-'END'
	import hashlib, json, os, sys
	layout, architecture = sys.argv[1:]
	blobs = os.path.join(layout, "blobs", "sha256")
	def read(digest):
	    with open(os.path.join(blobs, digest[7:]), "rb") as blob:
	        return json.load(blob)
	def write(document, descriptor):
	    data = json.dumps(document).encode()
	    name = hashlib.sha256(data).hexdigest()
	    with open(os.path.join(blobs, name), "wb") as blob:
	        blob.write(data)
	    descriptor.update(digest="sha256:" + name, size=len(data))
	path = os.path.join(layout, "index.json")
	with open(path) as file:
	    index = json.load(file)
	manifest = read(index["manifests"][0]["digest"])
	config = read(manifest["config"]["digest"])
	config["architecture"] = architecture
	write(config, manifest["config"])
	write(manifest, index["manifests"][0])
	with open(path, "w") as file:
	    json.dump(index, file)
	END
}

teardown_file() {
	local pid
	while read -r pid; do kill "$pid" 2>/dev/null || true; done <"$BATS_FILE_TMPDIR/pids"
}

setup_more() {
	OTHER=$(cat "$BATS_FILE_TMPDIR/other.address")
	APP=$REGISTRY/$PROA_TEST_WHO/app
}

teardown_more() {
	"$PROA" --root "$STORE" manifest rm -i list one two copy >/dev/null 2>&1 || true
}

raw() { skopeo --insecure-policy inspect --tls-verify=false --raw "docker://$1"; }
blobs() { find "$STORE/images/blobs" -type f | wc -l; }
digest_at() { skopeo --insecure-policy inspect --tls-verify=false --format '{{.Digest}}' "docker://$1"; }

@test "create, push, and skopeo takes each platform's image from it" {
	local name arch
	name=$OTHER/$PROA_TEST_WHO/first:1
	run --separate-stderr proa manifest create list "$APP:amd64" "$APP:arm64"
	[ "$status" = 0 ]
	[ "$output" = docker.io/library/list:latest ]
	[ -z "$stderr" ]
	run --separate-stderr proa manifest push list "docker://$name"
	[ "$status" = 0 ] || { echo "$stderr" >&2; return 1; }
	[ "$output" = "sha256:$(raw "$name" | sha256sum | cut -c 1-64)" ]
	for arch in amd64 arm64; do
		skopeo --insecure-policy --override-arch "$arch" --override-os linux copy -q \
			--src-tls-verify=false "docker://$name" "dir:$BATS_TEST_TMPDIR/$arch"
		[ "sha256:$(sha256sum <"$BATS_TEST_TMPDIR/$arch/manifest.json" | cut -c 1-64)" = \
			"$(digest_at "$APP:$arch")" ]
	done
	run proa pull -q --platform linux/arm64 "$name"
	[ "$status" = 0 ]
	run proa image inspect --format '{{.Architecture}}' "$name"
	[ "$output" = arm64 ]
	proa rmi "$name"
}

@test "the same list has the same digest, and the same registry mounts its blobs" {
	local one two
	proa manifest create --annotation b=2 --annotation a=1 one "$APP:amd64" "$APP:arm64"
	proa manifest create --annotation a=1 --annotation b=2 two "$APP:amd64" "$APP:arm64"
	one=$(proa manifest push -q one "$REGISTRY/$PROA_TEST_WHO/one")
	two=$(proa manifest push -q two "$REGISTRY/$PROA_TEST_WHO/two")
	[ "$one" = "$two" ]
	raw "$REGISTRY/$PROA_TEST_WHO/two" | python3 -c 'import json, sys
assert json.load(sys.stdin)["annotations"] == {"a": "1", "b": "2"}'
}

@test "inspect and inspect -v show what is here, and what a registry has" {
	proa manifest create list "$APP:amd64" "$APP:arm64"
	run proa manifest inspect list
	[ "$status" = 0 ]
	python3 - "$output" <<-'END'
	import json, sys
	index = json.loads(sys.argv[1])
	assert index["mediaType"] == "application/vnd.oci.image.index.v1+json"
	platforms = [m["platform"]["architecture"] for m in index["manifests"]]
	assert platforms == ["amd64", "arm64"], platforms
	END
	run proa manifest inspect -v list
	python3 - "$output" <<-'END'
	import json, sys
	shown = json.loads(sys.argv[1])
	assert len(shown) == 2
	assert shown[1]["Descriptor"]["platform"]["architecture"] == "arm64"
	assert shown[1]["OCIManifest"]["layers"][0]["digest"].startswith("sha256:")
	END
	run proa manifest inspect -v "$APP:arm64"
	[ "$status" = 0 ]
	[[ $output == *"\"Ref\": \"$APP:arm64\""* ]]
	[[ $output == *'"OCIManifest"'* ]]
	run --separate-stderr proa manifest inspect "$REGISTRY/nothing/here"
	one_line_error "not found"
}

@test "add, annotate and remove" {
	local arm
	arm=$(digest_at "$APP:arm64")
	proa manifest create list "$APP:amd64"
	run proa manifest add --os linux --arch riscv64 --variant v1 --os-version 5 --features a,b \
		--annotation note=here list "$APP:arm64"
	[ "$status" = 0 ]
	proa manifest annotate --annotation more=this --os-features x,y list "$arm"
	proa manifest annotate --variant v8 list "$APP:arm64"
	proa manifest annotate --index --annotation made-by=us list
	run proa manifest inspect list
	python3 - "$output" "$arm" <<-'END'
	import json, sys
	index = json.loads(sys.argv[1])
	assert index["annotations"] == {"made-by": "us"}
	member = index["manifests"][1]
	assert member["digest"] == sys.argv[2]
	assert member["annotations"] == {"note": "here", "more": "this"}
	assert member["platform"] == {"architecture": "riscv64", "os": "linux", "variant": "v8",
	    "os.version": "5", "os.features": ["x", "y"], "features": ["a", "b"]}, member
	END
	proa manifest remove list "$arm"
	run proa manifest inspect list
	[[ $output != *"$arm"* ]]
	run --separate-stderr proa manifest remove list "$arm"
	one_line_error "the manifest list has no $arm"
	run --separate-stderr proa manifest annotate --arch 'a b' list "$APP:amd64"
	one_line_error "invalid value 'a b' for --arch"
}

@test "a list by itself: exists, rm, names that are taken" {
	run proa manifest exists list
	[ "$status" = 1 ]
	proa manifest create list "$APP:amd64"
	proa manifest exists list
	run --separate-stderr proa manifest create list "$APP:arm64"
	one_line_error "manifest list 'list' exists already; change it with --amend"
	proa manifest create --amend list "$APP:arm64"
	[ "$(proa manifest inspect list | grep -c '"digest"')" = 2 ]
	run --separate-stderr proa manifest create two "$REGISTRY/nothing/here"
	[ "$status" = 1 ]
	run proa manifest exists two
	[ "$status" = 1 ]
	run --separate-stderr proa manifest rm nope list
	[ "$status" = 1 ]
	[[ $stderr == *"No such manifest: nope"* ]]
	[[ $output == *"Untagged: list:latest"* ]]
	[ "$(blobs)" = 0 ]
	[ -z "$(ls -A "$STORE/tmp")" ]
	proa manifest rm -i list
}

@test "an image of the store stays as long as a list needs it, and its manifest's digest too" {
	local name=$OTHER/$PROA_TEST_WHO/held:1 layers
	proa pull -q "$BUSYBOX"
	proa manifest create list "$BUSYBOX"
	proa rmi "$BUSYBOX"
	layers=$(find "$STORE/layers" -mindepth 1 -maxdepth 1 -type d | wc -l)
	[ "$layers" = 1 ]
	run --separate-stderr proa manifest push list "$name"
	[ "$status" = 0 ] || { echo "$stderr" >&2; return 1; }
	skopeo --insecure-policy copy -q --src-tls-verify=false "docker://$name" \
		"dir:$BATS_TEST_TMPDIR/held"
	[ "sha256:$(sha256sum <"$BATS_TEST_TMPDIR/held/manifest.json" | cut -c 1-64)" = \
		"$(digest_at "$BUSYBOX")" ]
	[ "$(proa images -a --format '{{.Repository}}' | sort | tr '\n' ' ')" = "hello list " ]
	proa manifest rm list
	[ "$(blobs)" = 0 ]
	[ -z "$(find "$STORE/layers" -mindepth 1 -maxdepth 1 -type d)" ]
}

@test "processes that add at the same time all do" {
	local i pids=()
	proa manifest create list
	for i in 1 2 3 4; do
		echo "$i" >"$BATS_TEST_TMPDIR/file$i"
		proa manifest add --artifact --artifact-type "a/b$i" list "$BATS_TEST_TMPDIR/file$i" \
			>/dev/null &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i"; done
	run proa manifest inspect list
	for i in 1 2 3 4; do [[ $output == *"\"a/b$i\""* ]]; done
}

@test "an artifact of files as a member" {
	echo text >"$BATS_TEST_TMPDIR/notes.txt"
	proa manifest create list "$APP:amd64"
	proa manifest add --artifact --artifact-type application/x-notes \
		--artifact-layer-type text/x-notes --artifact-subject "$APP:amd64" list \
		"$BATS_TEST_TMPDIR/notes.txt"
	proa manifest push -q list "$OTHER/$PROA_TEST_WHO/notes"
	run raw "$OTHER/$PROA_TEST_WHO/notes@$(proa manifest inspect list |
		python3 -c 'import json,sys; print(json.load(sys.stdin)["manifests"][1]["digest"])')"
	python3 - "$output" "$(digest_at "$APP:amd64")" <<-'END'
	import json, sys
	artifact = json.loads(sys.argv[1])
	assert artifact["artifactType"] == "application/x-notes"
	assert artifact["config"]["mediaType"] == "application/vnd.oci.empty.v1+json"
	assert artifact["subject"]["digest"] == sys.argv[2]
	layer = artifact["layers"][0]
	assert layer["mediaType"] == "text/x-notes"
	assert layer["size"] == 5
	assert layer["annotations"] == {"org.opencontainers.image.title": "notes.txt"}
	END
	proa manifest rm list
	[ "$(blobs)" = 0 ]
	run --separate-stderr proa manifest add --artifact-type a/b list "$APP:amd64"
	[ "$status" = 125 ]
}

@test "lists in lists, and the platform of this machine" {
	proa manifest create list "$APP:amd64" "$APP:arm64"
	proa manifest push -q list "$OTHER/$PROA_TEST_WHO/multi"
	proa manifest create --all one "$OTHER/$PROA_TEST_WHO/multi"
	[ "$(proa manifest inspect one)" = "$(proa manifest inspect list)" ]
	proa manifest create --all two list
	[ "$(proa manifest inspect two)" = "$(proa manifest inspect list)" ]
	proa manifest push -q two "$REGISTRY/$PROA_TEST_WHO/again"
	proa manifest create copy list
	[ "$(proa manifest inspect copy | grep -c '"digest"')" = 1 ]
}

@test "images, inspect, tag, push and rmi know lists" {
	proa manifest create list "$APP:amd64" "$APP:arm64"
	run proa images --format '{{.Repository}}:{{.Tag}} {{.ID}}' list
	[ "$output" = "list:latest $(proa inspect --format '{{slice .Id 7 19}}' list)" ]
	run proa inspect --format '{{len .Manifests}} {{index .RepoTags 0}}' list
	[ "$output" = "2 docker.io/library/list:latest" ]
	proa tag list "$OTHER/$PROA_TEST_WHO/tagged:1"
	proa push -q "$OTHER/$PROA_TEST_WHO/tagged:1"
	[ "$(raw "$OTHER/$PROA_TEST_WHO/tagged:1" | grep -o '"architecture"' | wc -l)" = 2 ]
	run proa rmi list
	[ "$status" = 0 ]
	[[ $output == *"Untagged: list:latest"* ]]
	run --separate-stderr proa rmi list
	one_line_error "No such image: list"
	proa manifest exists "$OTHER/$PROA_TEST_WHO/tagged:1"
	proa rmi --all
	run proa manifest exists "$OTHER/$PROA_TEST_WHO/tagged:1"
	[ "$status" = 1 ]
	[ "$(blobs)" = 0 ]
}

@test "push --rm, --digestfile, --format, and what there is not" {
	proa manifest create list "$APP:amd64"
	run --separate-stderr proa manifest push -q --format v2s2 list "$OTHER/$PROA_TEST_WHO/v2s2"
	one_line_error "docker's form of a manifest list cannot hold a manifest of OCI's form"
	run --separate-stderr proa manifest push --format v1 list "$OTHER/x"
	[ "$status" = 125 ]
	run proa manifest push -q --rm --digestfile "$BATS_TEST_TMPDIR/digest" list \
		"$OTHER/$PROA_TEST_WHO/rm"
	[ "$status" = 0 ]
	[ "$output" = "$(cat "$BATS_TEST_TMPDIR/digest")" ]
	run proa manifest exists list
	[ "$status" = 1 ]
	run --separate-stderr proa manifest push list
	one_line_error "No such manifest: list"
}

@test "what podman pushed is read, and pushed on" {
	need_root
	need_program podman
	local home=$BATS_TEST_TMPDIR/podman name=$OTHER/$PROA_TEST_WHO/podman:1
	podman=(podman --root "$home/root" --runroot "$home/run" --storage-driver vfs)
	"${podman[@]}" manifest create made
	"${podman[@]}" manifest add --tls-verify=false made "docker://$APP:amd64"
	"${podman[@]}" manifest add --tls-verify=false made "docker://$APP:arm64"
	"${podman[@]}" manifest push --tls-verify=false --all made "docker://$name"
	run proa manifest inspect "$name"
	[ "$status" = 0 ]
	proa manifest create --all copy "$name"
	proa manifest push -q copy "$REGISTRY/$PROA_TEST_WHO/podman"
	[ "$(raw "$name" | python3 -c 'import json,sys; print(sorted(m["digest"] for m in json.load(sys.stdin)["manifests"]))')" = \
		"$(raw "$REGISTRY/$PROA_TEST_WHO/podman" | python3 -c 'import json,sys; print(sorted(m["digest"] for m in json.load(sys.stdin)["manifests"]))')" ]
	"${podman[@]}" manifest rm made
	"${podman[@]}" pull -q --tls-verify=false "$REGISTRY/$PROA_TEST_WHO/podman"
}
