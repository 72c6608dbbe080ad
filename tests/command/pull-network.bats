#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# pull over bad networks, and by way of what registries.conf and the environment say.

load ../lib/common.bash
load ../lib/registry.bash

# Registries that misbehave, plain and with TLS, one that wants to see a certificate; and a proxy.
setup_file() {
	local dir=$BATS_FILE_TMPDIR
	make_certificates "$dir/tls"
	fakereg_start "$dir/fake" || return 1
	echo "$FAKEREG_ADDRESS" >"$dir/fake.address"
	echo "$FAKEREG_PID" >>"$dir/pids"
	fakereg_start "$dir/faketls" "$dir/tls" || return 1
	echo "$FAKEREG_ADDRESS" >"$dir/faketls.address"
	echo "$FAKEREG_PID" >>"$dir/pids"
	FAKEREG_CLIENT_CA=$dir/tls/ca.crt fakereg_start "$dir/fakecert" "$dir/tls" || return 1
	echo "$FAKEREG_ADDRESS" >"$dir/fakecert.address"
	echo "$FAKEREG_PID" >>"$dir/pids"
	proxy_start "$dir/proxy" || return 1
	echo "$PROXY_ADDRESS" >"$dir/proxy.address"
	echo "$PROXY_PID" >>"$dir/pids"
}

teardown_file() {
	local pid
	# shellcheck disable=SC2013 # words
	for pid in $(cat "$BATS_FILE_TMPDIR/pids"); do kill "$pid" 2>/dev/null || true; done
}

setup_more() {
	DIR=$BATS_FILE_TMPDIR
	FAKE=$(cat "$DIR/fake.address")
	PROXY=$(cat "$DIR/proxy.address")
	unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
	export CONTAINERS_REGISTRIES_CONF=$HOME/registries.conf
	: >"$CONTAINERS_REGISTRIES_CONF"
}

port() { local of; of=$(cat "$DIR/$1.address"); echo "${of##*:}"; }
requests() { cat "$DIR/fake/requests"; }
partials() { find "$STORE/tmp" -name 'blob-*' -size +1000k; }
nothing_half_done() {
	[ -z "$(ls -A "$STORE/tmp")" ] || { ls -lA "$STORE/tmp" >&2; return 1; }
}

# fails TEXT ARGUMENTS...: `proa pull ARGUMENTS` says TEXT in one line.
fails() {
	local text=$1
	shift
	run --separate-stderr proa pull "$@"
	[ "$status" != 0 ] || { echo "it succeeded: $output" >&2; return 1; }
	one_line_error "$text"
}

# What a pull of NAME gets before the connection breaks; then the way is free.
begin() {
	fails "the connection to $FAKE broke" --retry 0 "$FAKE/$1"
	[ "$(partials | wc -l)" = 1 ]
	touch "$DIR/fake/open-$1"
	: >"$DIR/fake/requests"
}

@test "a pull goes on where an earlier one had to stop" {
	rm -f "$DIR/fake/open-later"
	begin later
	# What others have left half done is swept meanwhile, but not this.
	proa pull -q "$FAKE/good"
	[ "$(partials | wc -l)" = 1 ]
	run proa pull -q "$FAKE/later"
	[ "$status" = 0 ]
	requests | grep -q 'GET /v2/later/blobs/.* range=bytes=2000000- if-range=yes'
	[ "$(requests | grep -c 'GET /v2/later/blobs/')" = 2 ]	# the config, and the rest
	nothing_half_done
}

@test "a pull goes on where an earlier one was killed" {
	local pull
	rm -f "$DIR/fake/open-stalls"
	(exec "$PROA" --root "$STORE" pull -q "$FAKE/stalls" >/dev/null 3>&-) &
	pull=$!
	wait_until test -n "$(partials)" || wait_until eval '[ -n "$(partials)" ]'
	kill -9 "$pull"
	wait "$pull" || true
	touch "$DIR/fake/open-stalls"
	: >"$DIR/fake/requests"
	run proa pull -q "$FAKE/stalls"
	[ "$status" = 0 ]
	requests | grep -q 'GET /v2/stalls/blobs/.* range=bytes=[0-9]*- '
	nothing_half_done
}

@test "what an earlier pull left may be damaged: the layer is fetched as a whole, once" {
	rm -f "$DIR/fake/open-later-damaged"
	begin later-damaged
	printf 'damage' | dd of="$(partials)" bs=1 seek=100000 conv=notrunc status=none
	run --separate-stderr proa pull -q "$FAKE/later-damaged"
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	[ "$(requests | grep -c 'GET /v2/later-damaged/blobs/')" = 3 ]	# the config, the rest, all of it
	nothing_half_done
}

@test "a server that has another opinion of ranges: what came is used all the same" {
	local name
	for name in changed refused nonsense; do
		rm -f "$DIR/fake/open-later-$name"
		begin "later-$name"
		run proa pull -q "$FAKE/later-$name"
		[ "$status" = 0 ]
		nothing_half_done
	done
}

@test "what nobody has come back for is swept after a week" {
	rm -f "$DIR/fake/open-later"
	begin later
	proa pull -q "$FAKE/good"
	[ "$(partials | wc -l)" = 1 ]
	touch -d '8 days ago' "$(partials)"
	proa pull -q "$FAKE/good"
	[ "$(partials | wc -l)" = 0 ]
}

@test "PROA_KEEP_BLOBS: a layer keeps the bytes that it came as" {
	local blob digest
	PROA_KEEP_BLOBS=1 proa pull -q "$FAKE/good"
	blob=$(find "$STORE/layers" -name blob -type f)
	[ -n "$blob" ]
	digest=$(sha256sum "$blob" | cut -d' ' -f1)
	grep -q "\"sha256:$digest\"" "${blob%/*}/blobs.json"
	nothing_half_done
	proa rmi "$FAKE/good"
	[ ! -e "$blob" ]
}

@test "servers that are down for a moment are asked again" {
	run --separate-stderr proa pull -q --retry-delay 10ms "$FAKE/broken-once"
	[ "$status" = 0 ]
	run --separate-stderr proa pull -q --retry-delay 10ms "$FAKE/down-once"
	[ "$status" = 0 ]
	run --separate-stderr proa pull -q --retry-delay 10ms "$FAKE/token-busy"
	[ "$status" = 0 ]
	fails "answered with HTTP status 500" --retry 3 --retry-delay 10ms "$FAKE/server-error"
	[ "$(requests | grep -c 'GET /v2/server-error/')" = 4 ]
}

@test "who waits for another pull sees how far it is" {
	local first second
	need_program script
	rm -f "$DIR/fake/open-stalls"
	: >"$DIR/fake/requests"
	proa pull -q "$FAKE/stalls" >/dev/null 3>&- &
	first=$!
	wait_until eval '[ -n "$(partials)" ]'
	(exec env TERM=xterm script -qefc "'$PROA' --root '$STORE' pull $FAKE/stalls" "$BATS_TEST_TMPDIR/shown" \
		>/dev/null 2>&1 </dev/null 3>&-) &
	second=$!
	wait_until grep -q 'Downloading.*MB' "$BATS_TEST_TMPDIR/shown"
	touch "$DIR/fake/open-stalls"
	wait "$first"
	wait "$second"
	[ "$(requests | grep -c "GET /v2/stalls/blobs/")" -le 3 ]	# the layer once, the config once or twice
	nothing_half_done
}

@test "endless headers, one that is too long, more layers than can be stacked" {
	fails "its headers are too large" "$FAKE/endless-headers"
	fails "does not say where to go on" "$FAKE/long-header"
	fails "more than 500 layers" "$FAKE/more-layers"
	nothing_half_done
}

@test "layers made for lazy pulling are read plainly, whatever their tables say" {
	local name
	for name in zstd-chunked estargz oci11; do
		run --separate-stderr proa pull -q "$FAKE/$name"
		[ "$status" = 0 ]
		[ -z "$stderr" ]
	done
	[ "$(find "$STORE/layers" -name noise | wc -l)" = 3 ]
}

@test "mirrors are asked in turn, then the registry; the image has the name that was asked for" {
	cat >"$CONTAINERS_REGISTRIES_CONF" <<-END
	[[registry]]
	prefix = "*.example.test"
	location = "$FAKE"
	insecure = true
	[[registry.mirror]]
	location = "127.0.0.1:1/nobody"
	[[registry.mirror]]
	location = "$REGISTRY"
	pull-from-mirror = "tag-only"
	END
	run --separate-stderr proa pull images.example.test/busybox
	[ "$status" = 0 ]
	[[ $stderr == *"mirror 127.0.0.1:1/nobody/busybox: "*"connection refused by 127.0.0.1:1"* ]]
	[ "${lines[-1]}" = images.example.test/busybox:latest ]
	# The second mirror lacks this one, which is no news.
	run --separate-stderr proa pull -q images.example.test/good
	[ "$status" = 0 ]
	[[ $stderr != *"$REGISTRY"* ]]
	run proa images --format '{{.Repository}}'
	[[ $output == *images.example.test/good* ]]
	[[ $output != *"$FAKE"* ]]
	fails "no such host 'other.invalid'" other.invalid/good
}

@test "a registry may be blocked, or insecure; what is wrong with the file is told with its line" {
	local name=registry.localhost:${REGISTRY##*:}
	fails "gave an HTTP response to an HTTPS client" "$name/busybox"
	printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$name" >"$CONTAINERS_REGISTRIES_CONF"
	run proa pull -q "$name/busybox"
	[ "$status" = 0 ]
	printf '\n[[registry]]\nprefix = "%s/bus"\nblocked = true\n' "$REGISTRY" >"$CONTAINERS_REGISTRIES_CONF"
	run proa pull -q "$REGISTRY/busybox"
	[ "$status" = 0 ]
	printf '\n[[registry]]\nprefix = "%s"\nblocked = true\n' "$REGISTRY" >"$CONTAINERS_REGISTRIES_CONF"
	fails "registry '$REGISTRY' is blocked in $CONTAINERS_REGISTRIES_CONF:2" "$REGISTRY/busybox"
	printf '[[registry]]\nlocation = "x"\ninsecure = "yes"\n' >"$CONTAINERS_REGISTRIES_CONF"
	fails "$CONTAINERS_REGISTRIES_CONF:3: 'insecure' must be true or false" "$REGISTRY/busybox"
	printf 'a = 1\nb = \n' >"$CONTAINERS_REGISTRIES_CONF"
	fails "$CONTAINERS_REGISTRIES_CONF:2: " busybox
}

@test "short names: aliases, then the registries that are searched; the user's own file and folder" {
	local folder=$HOME/.config/containers
	unset CONTAINERS_REGISTRIES_CONF
	mkdir -p "$folder/registries.conf.d"
	printf 'unqualified-search-registries = ["%s", "%s"]\n' "$FAKE" "$REGISTRY" >"$folder/registries.conf"
	printf '[aliases]\nmine = "%s/layers"\n' "$REGISTRY" >"$folder/registries.conf.d/mine.conf"
	run proa pull mine
	[ "$status" = 0 ]
	[ "${lines[-1]}" = "$REGISTRY/layers:latest" ]
	run proa pull twice
	[ "${lines[-1]}" = "$FAKE/twice:latest" ]
	run proa pull layers
	[ "$status" = 0 ]
	[ "${lines[-1]}" = "$REGISTRY/layers:latest" ]
	printf 'short-name-mode = "enforcing"\n' >"$folder/registries.conf.d/mode.conf"
	fails "short name 'layers' may be at any of $FAKE, $REGISTRY" layers
	run proa pull -q mine
	[ "$status" = 0 ]
}

@test "proxies from the environment, in both spellings; loopback and NO_PROXY go past them" {
	local name=registry.localhost:${REGISTRY##*:} tls variable
	tls=registry.localhost:$(port faketls)
	mkdir -p "$HOME/certs"
	cp "$DIR/tls/ca.crt" "$HOME/certs/"
	for variable in http_proxy HTTP_PROXY all_proxy ALL_PROXY; do
		: >"$DIR/proxy"
		run env "$variable=http://$PROXY" "$PROA" --root "$STORE" pull -q --tls-verify=false "$name/busybox"
		[ "$status" = 0 ]
		grep -q "^GET http://$name/v2/busybox/manifests/latest" "$DIR/proxy"
	done
	for variable in https_proxy HTTPS_PROXY ALL_PROXY; do
		: >"$DIR/proxy"
		run env "$variable=http://$PROXY" "$PROA" --root "$STORE" pull -q --cert-dir "$HOME/certs" "$tls/good"
		[ "$status" = 0 ]
		grep -q "^CONNECT $tls " "$DIR/proxy"
	done
	: >"$DIR/proxy"
	HTTPS_PROXY=http://$PROXY NO_PROXY=.localhost proa pull -q --cert-dir "$HOME/certs" "$tls/good"
	HTTPS_PROXY=http://$PROXY no_proxy=example.com,registry.localhost \
		proa pull -q --cert-dir "$HOME/certs" "$tls/good"
	HTTP_PROXY=http://$PROXY proa pull -q "$REGISTRY/busybox"
	[ ! -s "$DIR/proxy" ]
	HTTPS_PROXY=http://user:hidden@127.0.0.1:1 fails "a proxy is set in the environment" \
		--cert-dir "$HOME/certs" "$tls/good"
	[[ $stderr != *hidden* ]]
}

@test "a registry that wants to see a certificate" {
	local name folder
	name=registry.localhost:$(port fakecert)
	folder=$HOME/.config/containers/certs.d/$name
	mkdir -p "$folder"
	cp "$DIR/tls/ca.crt" "$folder/"
	run proa pull -q --retry 0 "$name/good"
	[ "$status" != 0 ]
	cp "$DIR/tls/server.crt" "$folder/client.cert"
	fails "has no key 'client.key'" "$name/good"
	cp "$DIR/tls/server.key" "$folder/client.key"
	run proa pull -q "$name/good"
	[ "$status" = 0 ]
}

@test "pull --all-tags" {
	run --separate-stderr proa pull -a "$FAKE/tags"
	[ "$status" = 0 ]
	[ "${lines[-1]}" = "$FAKE/tags" ]
	[ "$(proa images --format '{{.Tag}}' "$FAKE/tags" | sort | tr '\n' ' ')" = "a b c latest " ]
	fails "tag can't be used with --all-tags/-a" -a "$FAKE/tags:a"
	fails "the list of tags does not end" -a "$FAKE/tags-endless"
	fails "the list of tags goes on where it may not" -a "$FAKE/tags-elsewhere"
	fails "the list of tags has one that is none" -a "$FAKE/tags-wrong"
	fails "not found" -a "$FAKE/nope"
	run proa pull -aq "$REGISTRY/busybox"
	[ "$status" = 0 ]
}

@test "several images: all are tried" {
	run --separate-stderr proa pull -q "$FAKE/good" "$FAKE/nope" "docker://$FAKE/twice"
	[ "$status" = 1 ]
	[ "$output" = "$(proa images -q --no-trunc "$FAKE/good")"$'\n'"$(proa images -q --no-trunc "$FAKE/twice")" ]
	one_line_error "repository $FAKE/nope not found"
}

@test "pull --policy" {
	fails "No such image: $FAKE/good" --policy never "$FAKE/good"
	: >"$DIR/fake/requests"
	run proa pull -q --policy missing "$FAKE/good"
	[ "$status" = 0 ]
	: >"$DIR/fake/requests"
	for policy in missing never; do
		run proa pull --policy "$policy" "$FAKE/good"
		[ "${lines[-1]}" = "$FAKE/good:latest" ]
	done
	[ ! -s "$DIR/fake/requests" ]
	for policy in newer always; do proa pull -q --policy "$policy" "$FAKE/good"; done
	[ "$(requests | grep -c manifests)" = 2 ]
	proa tag "$FAKE/good" 127.0.0.1:1/good
	run --separate-stderr proa pull -q --policy newer 127.0.0.1:1/good
	[ "$status" = 0 ]
	[[ $stderr == *"connection refused"*"the image that is there stays"* ]]
	fails "invalid pull policy 'often'" --policy often "$FAKE/good"
}

@test "a platform by its parts; numbers that make no sense" {
	run proa pull -q --os linux --arch amd64 "$FAKE/index"
	[ "$status" = 0 ]
	fails "linux/s390x" --arch arm64 --variant v8 "$FAKE/index"
	fails "cannot stand beside" --arch arm64 --platform linux/amd64 "$FAKE/index"
	fails "--retry: it must be from 0 to" --retry -1 "$FAKE/good"
	fails "--retry-delay" --retry-delay soon "$FAKE/good"
	fails "--max-concurrent-downloads: it must be from 1 to" --max-concurrent-downloads 0 "$FAKE/good"
	run proa pull --decryption-key x "$FAKE/good"
	[[ $output == *"--decryption-key is not supported yet"* ]]
}

@test "containers.conf says how many layers come at once" {
	mkdir -p "$HOME/.config/containers"
	printf '[engine]\nimage_parallel_copies = "many"\n' >"$HOME/.config/containers/containers.conf"
	run --separate-stderr proa pull -q "$FAKE/two-layers"
	[ "$status" = 0 ]
	[[ $stderr == *"containers.conf:2: 'image_parallel_copies' must be a number from 1 to 64"* ]]
	proa rmi "$FAKE/two-layers"
	printf '[engine]\nimage_parallel_copies = 1\nretry = 0\n' >"$HOME/.config/containers/containers.conf"
	run --separate-stderr proa pull -q "$FAKE/two-layers"
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	: >"$DIR/fake/requests"
	fails "answered with HTTP status 500" "$FAKE/server-error"
	[ "$(requests | grep -c server-error)" = 1 ]
}

# Pulls and removes images at random for a while, with the store that is named.
churn() {
	local store=$1 seed=$2 end=$((SECONDS + 6)) image
	RANDOM=$seed
	while [ $SECONDS -lt $end ]; do
		image=${IMAGES[RANDOM % ${#IMAGES[@]}]}
		if [ $((RANDOM % 3)) = 0 ]; then
			"$PROA" --root "$store" rmi -f "$image"
		else
			"$PROA" --root "$store" pull -q "$image"
		fi
	done
}

# Each image can be had and is whole: save reads every file of it.
sound() {
	local store=$1 image
	for image in "${IMAGES[@]}"; do
		"$PROA" --root "$store" pull -q "$image" >/dev/null &&
			"$PROA" --root "$store" save "$image" >/dev/null || return 1
	done
	[ -z "$(ls -A "$store/tmp")" ] || { ls -lA "$store/tmp" >&2; return 1; }
}

@test "eight processes pull and remove the same images at random: the stores stay sound" {
	local pids=() pid i
	IMAGES=("$REGISTRY/busybox:latest" "$REGISTRY/layers:latest" "$FAKE/good:latest" "$FAKE/two-layers:latest")
	for i in 1 2 3 4; do
		churn "$STORE" "$i" >"$BATS_TEST_TMPDIR/churn$i" 2>&1 3>&- &
		pids+=($!)
	done
	if as_root && id proatest >/dev/null 2>&1; then	# four of another user's
		chmod 755 "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
		install -d -o proatest "$BATS_TEST_TMPDIR/theirs"
		declare -f churn sound >"$BATS_TEST_TMPDIR/functions"
		for i in 5 6 7 8; do
			as_proatest "churn $BATS_TEST_TMPDIR/theirs/store $i" >"$BATS_TEST_TMPDIR/churn$i" 2>&1 3>&- &
			pids+=($!)
		done
	fi
	for pid in "${pids[@]}"; do wait "$pid" || true; done
	if grep -h -i -E "corrupt|damaged|cannot (read|open|decode)|No such file" "$BATS_TEST_TMPDIR"/churn* >&2; then
		return 1
	fi
	sound "$STORE"
	run proa run --rm --network none "$REGISTRY/layers" true
	[ "$status" = 0 ]
	[ ! -d "$BATS_TEST_TMPDIR/theirs" ] || as_proatest "sound $BATS_TEST_TMPDIR/theirs/store"
}

as_proatest() {
	setpriv --reuid proatest --regid proatest --init-groups --inh-caps=-all --reset-env \
		env PROA="$PROA" HOME="$BATS_TEST_TMPDIR/theirs" bash -c "
			. '$BATS_TEST_TMPDIR/functions'
			IMAGES=(${IMAGES[*]})
			$1"
}
