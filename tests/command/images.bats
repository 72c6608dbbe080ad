#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# images, history, inspect, tag, untag, rmi, prune: names, filters, and what stays.

load ../lib/common.bash

# Three images: one; two and three stand on it. Their names are $ONE, $TWO, $THREE.
setup_file() {
	local dir=$BATS_FILE_TMPDIR
	mkdir -p "$dir/1/etc" "$dir/2/etc" "$dir/3/etc"
	echo one >"$dir/1/etc/one"
	echo two >"$dir/2/etc/two"
	echo three >"$dir/3/etc/three"
	for i in 1 2 3; do tar -C "$dir/$i" --sort=name --mtime=@1700000000 -cf "$dir/$i.tar" .; done
	push_image images-one 2024-01-01 '"com.example.kind":"base"' "$dir/1.tar"
	push_image images-two 2025-01-01 '"com.example.kind":"app"' "$dir/1.tar" "$dir/2.tar"
	push_image images-three 2026-01-01 '' "$dir/1.tar" "$dir/3.tar"
}

push_image() { # NAME DATE LABELS TAR...
	local name=$1 date=$2 labels=$3 layout=$BATS_FILE_TMPDIR/$1
	shift 3
	python3 "$TESTS/lib/image-from-tars.py" "$layout" --config "{\"Cmd\":[\"/bin/sh\"],\"Labels\":{$labels}}" \
		--image "{\"created\":\"${date}T00:00:00Z\",\"history\":[
		{\"created\":\"${date}T00:00:00Z\",\"created_by\":\"COPY one a very long command line that is cut short /\"},
		{\"created_by\":\"CMD sh\",\"empty_layer\":true,\"comment\":\"words of $name\"}]}" "$@"
	skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$layout:image" \
		"docker://$REGISTRY/$PROA_TEST_WHO/$name:latest" >/dev/null
}

setup_more() {
	ONE=$REGISTRY/$PROA_TEST_WHO/images-one
	TWO=$REGISTRY/$PROA_TEST_WHO/images-two
	THREE=$REGISTRY/$PROA_TEST_WHO/images-three
}

# Stores of a test's own hold files that only their user's namespace can remove.
teardown_more() {
	local shared=$BATS_TEST_TMPDIR/shared
	unset PROA_STORES_CONF
	[ ! -d "$shared" ] || "$PROA" --root "$shared" rmi -a -f >/dev/null
}

pull_all() { for name in "$ONE" "$TWO" "$THREE"; do proa pull -q "$name" >/dev/null; done; }
id_of() { proa images -q --no-trunc "$1"; }
# names FILTER...: what `images` shows with these filters, the last parts of the names, sorted.
names() {
	local filters=()
	for word in "$@"; do filters+=(--filter "$word"); done
	proa images "${filters[@]}" --format '{{.Repository}}' | grep -v '^hello$' | sed 's/.*images-//' |
		sort -u | tr '\n' ' '
}

@test "filters of docker and podman" {
	pull_all
	[ "$(names)" = "one three two " ]
	[ "$(names "reference=$TWO")" = "two " ]
	[ "$(names "reference=$REGISTRY/$PROA_TEST_WHO/*-t*")" = "three two " ]
	[ "$(names "reference=*")" = "" ]
	[ "$(names "reference!=$TWO" "reference!=$ONE")" = "three " ]
	[ "$(names "before=$TWO")" = "one " ]
	[ "$(names "since=$TWO")" = "three " ]
	[ "$(names "after=$ONE" dangling=false)" = "three two " ]
	[ "$(names until=2025-06-01)" = "one two " ]
	[ "$(names label=com.example.kind)" = "one two " ]
	[ "$(names label=com.example.kind=app)" = "two " ]
	[ "$(names label!=com.example.kind)" = "three " ]
	[ "$(names "id=$(id_of "$ONE" | cut -c 1-20)")" = "one " ]
	[ "$(names "digest=$(proa inspect -f '{{.Digest}}' "$TWO")")" = "two " ]
	[ "$(names containers=true)" = "" ]
	[ "$(names readonly=true)" = "" ]
	[ "$(names manifest=false readonly=false)" = "one three two " ]
	proa create --name user "$TWO" >/dev/null
	[ "$(names containers=true)" = "two " ]
	run proa images --filter dangling=perhaps
	[ "$status" = 1 ]
	run proa images --filter nonsense=1
	[ "$status" = 1 ]
	run proa images --filter before=nobody
	[[ $output == *"No such image: nobody"* ]]
}

@test "order, headings, and fields" {
	pull_all
	[ "$(proa images --format '{{.Repository}}' | grep -v hello)" = "$(printf '%s\n' "$THREE" "$TWO" "$ONE")" ]
	[ "$(proa images --sort repository --format '{{.Repository}}' | grep -v hello)" = \
		"$(printf '%s\n' "$ONE" "$THREE" "$TWO")" ]
	run proa images --sort colour
	[ "$status" = 125 ]
	run proa images -n --filter readonly=false
	[ "${#lines[@]}" = 3 ]
	run proa images --history "$ONE"
	[[ ${lines[0]} == *HISTORY ]]
	[[ ${lines[1]} == *"$ONE:latest" ]]
	run proa images --format '{{.ReadOnly}} {{.Dangling}} {{.Labels}}' "$ONE"
	[ "$output" = "false false map[com.example.kind:base]" ]
	run proa images --format '{{.SharedSize}} {{.UniqueSize}} {{.Containers}}' "$TWO"
	[ "$output" = "4B 4B 0" ]
	run proa images --format json "$TWO"
	[[ $output == '{"Containers":"N/A","CreatedAt":"2025-'*'"UniqueSize":"N/A"}' ]]
}

@test "a tree of platforms" {
	pull_all
	run proa images --tree "$ONE"
	[[ ${lines[0]} =~ ^IMAGE\ +ID\ +DISK\ USAGE\ +CONTENT\ SIZE\ +EXTRA$ ]]
	[[ ${lines[1]} == "$ONE:latest "* ]]
	[[ ${lines[2]} == "└─ linux/amd64 "* ]]
	run proa images --tree -q
	[ "$status" = 125 ]
}

@test "history tells the steps, the last one first" {
	proa pull -q "$ONE"
	run proa history "$ONE"
	[[ ${lines[0]} =~ ^IMAGE\ +CREATED\ +CREATED\ BY\ +SIZE\ +COMMENT$ ]]
	[[ ${lines[1]} =~ ^[0-9a-f]{12}\ +N/A\ +CMD\ sh\ +0B\ +words\ of\ images-one$ ]]
	[[ ${lines[2]} =~ ^\<missing\>\ +.*\ ago\ +COPY\ one\ a\ very\ long\ command\ line\ that\ is\ cu…\ +4B ]]
	run proa history --human=false --no-trunc --format '{{.CreatedAt}} {{.Size}} {{.CreatedBy}}' "$ONE"
	[ "${lines[1]}" = "2024-01-01T00:00:00Z 4 COPY one a very long command line that is cut short /" ]
	run proa history -q --no-trunc "$ONE"
	[ "${lines[0]}" = "$(id_of "$ONE")" ]
	[ "${lines[1]}" = "<missing>" ]
	run proa history --platform linux/s390x "$ONE"
	[ "$status" = 1 ]
	run proa image history nobody
	[ "$status" = 1 ]
}

@test "image inspect has docker's fields and podman's" {
	proa pull -q "$TWO"
	local tree
	[ "$(proa image inspect -f '{{.Id}} {{.Comment}} {{len .RootFS.Layers}}' "$TWO")" = \
		"$(id_of "$TWO") words of images-two 2" ]
	[ "$(proa image inspect -f '{{.Descriptor.digest}}' "$TWO")" = "$(proa image inspect -f '{{.Digest}}' "$TWO")" ]
	[ "$(proa image inspect -f '{{index .RepoDigests 0}}' "$TWO")" = "$TWO@$(proa image inspect -f '{{.Digest}}' "$TWO")" ]
	[ "$(proa image inspect -f '{{.ManifestType}} {{.User}}{{len .History}} {{.Labels}}' "$TWO")" = \
		"application/vnd.oci.image.manifest.v1+json 2 map[com.example.kind:app]" ]
	tree=$(proa image inspect -f '{{.GraphDriver.Data.UpperDir}}' "$TWO")
	[ "$(cat "$tree/etc/two")" = two ]
	tree=$(proa image inspect -f '{{.GraphDriver.Data.LowerDir}}' "$TWO")
	[ "$(cat "$tree/etc/one")" = one ]
}

@test "image exists answers by its exit status" {
	proa pull -q "$ONE"
	run proa image exists "$ONE"
	[ "$status" = 0 ]
	[ -z "$output" ]
	run proa image exists nobody
	[ "$status" = 1 ]
	[ -z "$output" ]
}

@test "image tree shows layers and who shares them" {
	pull_all
	run proa image tree "$TWO"
	[[ $output == *"Top Layer of: [$ONE:latest]"*"└── ID: "*"Top Layer of: [$TWO:latest]" ]]
	run proa image tree --whatrequires "$ONE"
	[[ $output == *"Top Layer of: [$TWO:latest]"* ]]
	[[ $output == *"Top Layer of: [$THREE:latest]"* ]]
	[[ $output != *"Top Layer of: [$ONE:latest]"* ]]
}

@test "several names given and taken" {
	proa pull -q "$ONE"
	proa tag "$ONE" first:1 second localhost/third:x
	[ "$(proa images -q "$ONE")" = "$(proa images -q second)" ]
	run proa tag "$ONE" good:1 BAD
	[ "$status" = 1 ]
	run proa image exists good:1
	[ "$status" = 1 ]
	proa untag "$ONE" first:1 third:x
	run proa image exists first:1
	[ "$status" = 1 ]
	run proa untag "$ONE" first:1
	[ "$status" = 1 ]
	[[ $output == *"first:1: tag not known"* ]]
	local id
	id=$(id_of second)
	proa untag second
	[ "$(proa images --filter dangling=true -q --no-trunc)" = "$id" ]
	run proa untag nobody
	[ "$status" = 1 ]
}

@test "rmi: names go one by one, an ID takes them all by force only" {
	proa pull -q "$ONE"
	proa tag "$ONE" other:1
	local id short
	id=$(id_of "$ONE")
	short=$(proa images -q "$ONE")
	run --separate-stderr proa rmi "$short"
	[ "$status" = 1 ]
	one_line_error "conflict: unable to delete $short (must be forced) - image is referenced in multiple repositories"
	run proa rmi other:1
	[ "${lines[0]}" = "Untagged: other:1" ]
	[[ $output != *Deleted:* ]]
	proa tag "$ONE" other:1
	run proa rmi -f "$short"
	[ "$status" = 0 ]
	[[ $output == *"Untagged: other:1"* ]]
	[[ $output == *"Deleted: $id"* ]]
	run proa rmi nobody
	[ "$status" = 1 ]
	run proa rmi -f nobody
	[ "$status" = 0 ]
	run --separate-stderr proa rmi -i nobody
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	run proa rmi
	[ "$status" = 1 ]
}

@test "rmi: images that were built on it keep what they need" {
	pull_all
	run proa rmi "$ONE"
	[ "$status" = 0 ]
	[[ $output != *"Deleted: sha256:$(sha256sum <"$BATS_FILE_TMPDIR/1.tar" | cut -c 1-64)"* ]]
	proa rmi "$TWO" >/dev/null
	[ "$(cat "$(proa image inspect -f '{{.GraphDriver.Data.LowerDir}}' "$THREE")/etc/one")" = one ]
	run proa rmi -a
	[ "$status" = 0 ]
	[ -z "$(ls -A "$STORE/layers")" ]
	[ -z "$(proa images -qa --filter readonly=false)" ]
}

@test "rmi: never from under a running container, by force from under a stopped one" {
	proa pull -q "$BUSYBOX"
	local id short
	short=$(proa images -q "$BUSYBOX")
	proa run -d --network none --name runs "$BUSYBOX" sleep 1000
	id=$(proa ps -q --filter name=runs)
	run --separate-stderr proa rmi "$BUSYBOX"
	one_line_error "conflict: unable to remove repository reference \"$BUSYBOX\" (must force) - container $id is using its referenced image $short"
	run --separate-stderr proa rmi "$short"
	one_line_error "conflict: unable to delete $short (cannot be forced) - image is being used by running container $id"
	run --separate-stderr proa rmi -f "$short"
	one_line_error "conflict: unable to delete $short (cannot be forced) - image is being used by running container $id"
	proa tag "$BUSYBOX" spare
	run proa rmi spare
	[ "$status" = 0 ]
	proa stop -t 0 runs
	run --separate-stderr proa rmi "$short"
	one_line_error "conflict: unable to delete $short (must be forced) - image is being used by stopped container $id"
	proa rmi -f "$short"
	proa start runs
	proa rm -f runs
}

@test "rmi: a platform that it is not for" {
	proa pull -q "$ONE"
	run proa rmi --platform linux/s390x "$ONE"
	[ "$status" = 1 ]
	run proa rmi --platform linux/amd64 "$ONE"
	[ "$status" = 0 ]
}

@test "image prune: nameless ones, all that are not used, and only after a yes" {
	pull_all
	local id
	id=$(id_of "$TWO")
	proa untag "$TWO"
	run proa image prune <<<n
	[[ $output == "WARNING! This will remove all dangling images."* ]]
	[ "$(proa images -q --filter dangling=true --no-trunc)" = "$id" ]
	run proa image prune -f --filter label=nothing
	[ "$output" = "Total reclaimed space: 0B" ]
	run proa image prune <<<y
	[[ $output == *"Deleted Images:"*"deleted: $id"*"Total reclaimed space: "* ]]
	[[ $output != *"Total reclaimed space: 0B" ]]
	proa create --name keeper "$ONE"
	run proa image prune -af --filter until=2026-06-01
	[[ $output == *"untagged: $THREE:latest"* ]]
	[ "$(proa images --filter readonly=false --format '{{.Repository}}')" = "$ONE" ]
}

@test "prune removes layers that no image came to" {
	proa pull -q "$TWO"
	proa create --name last "$TWO"
	proa rmi -f "$TWO"
	[ "$(find "$STORE/layers" -mindepth 1 -maxdepth 1 ! -name '.*' | wc -l)" = 2 ]
	run proa image prune -f
	[ "$output" = "Total reclaimed space: 0B" ]
	proa rm last
	run proa image prune -f
	[[ $output == *"deleted: sha256:"* ]]
	[ -z "$(ls -A "$STORE/layers")" ]
}

@test "rmi, untag and prune on a full disk" {
	need_root
	local disk=$BATS_TEST_TMPDIR/disk
	mkdir "$disk"
	# shellcheck disable=SC2016 # for the inner shell
	run unshare -m bash -euc '
		mount -t tmpfs -o size=8m,mode=0700 tmpfs "$1"
		p() { "$PROA" --root "$disk/store" "$@"; }
		disk=$1; shift
		full() { cat /dev/zero >"$disk/fill.$1" 2>/dev/null || true; }
		for name in "$@"; do p pull -q "$name"; done
		p create --name user "$3"
		full 1
		! p tag "$1" more
		p rmi "$1"
		full 2
		p untag "$2"
		full 3
		p rmi -f "$3"
		full 4
		p system prune -af
		full 5
		p images -qa --filter readonly=false
		p ps -aq
		ls "$disk/store/layers"
	' - "$disk" "$ONE" "$TWO" "$THREE"
	[ "$status" = 0 ] || { echo "$output" >&2; false; }
	[[ $output == *"No space left on device"* ]]
	[[ ${lines[-1]} == "Total reclaimed space: "* ]]
}

@test "image mount and unmount" {
	need_root
	pull_all
	local path
	path=$(proa image mount "$TWO")
	[ "$(cat "$path/etc/one" "$path/etc/two")" = "$(printf 'one\ntwo')" ]
	run touch "$path/etc/new"
	[ "$status" != 0 ]
	[ "$(proa image mount "$TWO")" = "$path" ]
	run proa image mount
	[[ $output =~ ^[0-9a-f]{12}\ +"$path"$ ]]
	[[ $(proa image mount --format json) == *'"mountpoint": "'"$path"'"'* ]]
	run --separate-stderr proa rmi "$TWO"
	one_line_error "image is mounted"
	run proa image unmount "$ONE"
	[ "$status" = 1 ]
	run proa image unmount "$TWO"
	[ "$status" = 0 ]
	[ ! -e "$path" ]
	path=$(proa image mount "$ONE")
	[ "$(cat "$path/etc/one")" = one ]
	proa image unmount --all
	proa image mount "$THREE"
	proa rmi -f "$THREE"
	[ -z "$(proa image mount)" ]
}

@test "an ordinary user is told what to do instead of mounting" {
	need_user
	proa pull -q "$ONE"
	run --separate-stderr proa image mount "$ONE"
	one_line_error "an ordinary user cannot mount an image"
}

@test "read-only stores of the machine: listed, run, tagged, pulled from, not removed" {
	local shared=$BATS_TEST_TMPDIR/shared
	"$PROA" --root "$shared" pull -q "$BUSYBOX"
	"$PROA" --root "$shared" pull -q "$ONE"
	printf '# of the machine\n\n  %s\n%s\n' /nowhere "$shared" >"$BATS_TEST_TMPDIR/stores.conf"
	export PROA_STORES_CONF=$BATS_TEST_TMPDIR/stores.conf
	[ "$(proa images --filter readonly=true --filter "reference=$BUSYBOX" --format '{{.ReadOnly}}')" = true ]
	proa run --rm --network none "$BUSYBOX" sh -c 'echo new >/etc/new'
	run --separate-stderr proa rmi "$BUSYBOX"
	one_line_error "it is in the read-only store '$shared'; who keeps that can, with 'proa --root $shared rmi'"
	run --separate-stderr proa untag "$BUSYBOX"
	one_line_error "it is in a read-only store"
	run proa pull "$BUSYBOX"
	[[ $output == *": Already exists"*"Status: Image is up to date"* ]]
	proa tag "$BUSYBOX" mine:1
	[ "$(proa images -q mine)" = "$(proa images -q "$BUSYBOX" | sort -u)" ]
	proa pull -q "$TWO"
	[ "$(find "$STORE/layers" -mindepth 1 -maxdepth 1 ! -name '.*' | wc -l)" = 1 ]
	proa rmi mine:1
	proa image prune -af
	[ -z "$(ls -A "$STORE/layers")" ]
	proa image exists "$BUSYBOX"
	echo relative/path >"$PROA_STORES_CONF"
	run --separate-stderr proa images
	one_line_error "line 1: 'relative/path' is no absolute path"
}
