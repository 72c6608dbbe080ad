#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Signatures and policies: what is not as the policy asks for does not come in.

load ../lib/common.bash
load ../lib/registry.bash

setup_file() {
	local dir=$BATS_FILE_TMPDIR kind
	registry_start "$dir/plain" || return 1
	echo "$REGISTRY_ADDRESS" >"$dir/plain.address"
	echo "$REGISTRY_PID" >"$dir/pids"
	mkdir "$dir/keys"
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$dir/keys/ec.pem"
	openssl genpkey -algorithm ed25519 -out "$dir/keys/ed.pem"
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$dir/keys/rsa.pem" 2>/dev/null
	for kind in ec ed rsa; do
		openssl pkey -in "$dir/keys/$kind.pem" -pubout -out "$dir/keys/$kind.pub"
	done
	openssl pkcs8 -topk8 -in "$dir/keys/ec.pem" -passout pass:hush -out "$dir/keys/hush.pem"
}

teardown_file() {
	local pid
	while read -r pid; do kill "$pid" 2>/dev/null || true; done <"$BATS_FILE_TMPDIR/pids"
}

# An image of the test's own, and a policy: nothing here may read or write the machine's.
setup_more() {
	PLAIN=$(cat "$BATS_FILE_TMPDIR/plain.address")
	KEYS=$BATS_FILE_TMPDIR/keys
	APP=$PLAIN/test$BATS_TEST_NUMBER/app
	export CONTAINERS_POLICY_JSON=$BATS_TEST_TMPDIR/policy.json
	unset COSIGN_PASSWORD
	policy '[{"type": "insecureAcceptAnything"}]'
	tar -C "$BATS_TEST_DIRNAME" -cf "$BATS_TEST_TMPDIR/layer.tar" trust.bats
	python3 "$TESTS/lib/image-from-tars.py" "$BATS_TEST_TMPDIR/layout" "$BATS_TEST_TMPDIR/layer.tar"
	put "$APP:1"
	DIGEST=$(digest_of "$APP:1")
}

put() {
	skopeo --insecure-policy copy -q --dest-tls-verify=false \
		"oci:$BATS_TEST_TMPDIR/layout:image" "docker://$1"
}

digest_of() { skopeo inspect --tls-verify=false -f '{{.Digest}}' "docker://$1"; }

# policy DEFAULT [SCOPES]: writes the policy file.
policy() {
	echo "{\"default\": $1, \"transports\": {\"docker\": {${2:-}}}}" >"$CONTAINERS_POLICY_JSON"
}

# signed KEY [IDENTITY]: a list with this requirement.
signed() {
	local identity=
	[ -z "${2:-}" ] || identity=", \"signedIdentity\": $2"
	echo "[{\"type\": \"sigstoreSigned\", \"keyPath\": \"$KEYS/$1.pub\"$identity}]"
}

sign() { proa image sign --key "$KEYS/$1.pem" "$2"; }

# refused TEXT IMAGE [OPTIONS]: a pull fails with one line that has TEXT, and leaves nothing.
refused() {
	local text=$1 image=$2
	shift 2
	run --separate-stderr proa pull -q "$@" "$image"
	[ "$status" = 1 ] || { echo "status $status: $output $stderr" >&2; return 1; }
	one_line_error "$text"
	run ! proa image inspect "$image"
}

# upload MEDIA-TYPE FILE: a blob of $APP; prints its digest.
upload_blob() {
	local digest location
	digest=sha256:$(sha256sum <"$1" | cut -d' ' -f1)
	location=$(curl -sfi -X POST "http://${APP/\///v2/}/blobs/uploads/" | tr -d '\r' |
		sed -n 's/^[Ll]ocation: //p')
	curl -sf -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$1" \
		"$location&digest=$digest" >/dev/null
	echo "$digest"
}

upload_manifest() { # TAG TYPE FILE
	curl -sf -X PUT -H "Content-Type: $2" --data-binary "@$3" \
		"http://${APP/\///v2/}/manifests/$1" >/dev/null
}

# by_hand KEY PAYLOAD-DIGEST REFERENCE: a signature as cosign attaches it, made with openssl and curl;
# for the image of DIGEST.
by_hand() {
	local dir=$BATS_TEST_TMPDIR/hand payload config signature
	mkdir -p "$dir"
	printf '{"critical":{"identity":{"docker-reference":"%s"},"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},"optional":null}' \
		"$3" "$2" >"$dir/payload"
	openssl dgst -sha256 -sign "$KEYS/$1.pem" -out "$dir/signature" "$dir/payload"
	signature=$(base64 -w0 "$dir/signature")
	payload=$(upload_blob "$dir/payload")
	echo '{}' >"$dir/config"
	config=$(upload_blob "$dir/config")
	cat >"$dir/manifest" <<-END
	{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
	"config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "$config", "size": 3},
	"layers": [{"mediaType": "application/vnd.dev.cosign.simplesigning.v1+json", "digest": "$payload",
	"size": $(stat -c %s "$dir/payload"), "annotations": {"dev.cosignproject.cosign/signature": "$signature"}}]}
	END
	upload_manifest "${DIGEST/:/-}.sig" application/vnd.oci.image.manifest.v1+json "$dir/manifest"
}

@test "what is signed with a key is verified with it, of each kind, and with no other" {
	local kind
	run --separate-stderr proa image verify --key "$KEYS/ec.pub" "$APP:1"
	[ "$status" = 1 ]
	one_line_error "a signature was required, but no signature exists"
	for kind in ec ed rsa; do
		run --separate-stderr proa image verify --key "$KEYS/$kind.pub" "$APP:1"
		[ "$status" = 1 ]
		[ "$(sign $kind "$APP:1")" = "$APP@$DIGEST" ]
		[ "$(proa image verify --key "$KEYS/$kind.pub" "$APP:1")" = "$APP@$DIGEST" ]
	done
	one_line_error "none of its 2 signatures was made with the right key"
}

@test "a signature is what cosign writes" {
	sign ec "$APP:1"
	skopeo inspect --raw --tls-verify=false "docker://$APP:${DIGEST/:/-}.sig" >"$BATS_TEST_TMPDIR/m"
	# What openssl says of the payload and the annotation.
	python3 - "$BATS_TEST_TMPDIR" <<-'END'
	import base64, json, sys
	layer = json.load(open(sys.argv[1] + "/m"))["layers"][0]
	assert layer["mediaType"] == "application/vnd.dev.cosign.simplesigning.v1+json"
	open(sys.argv[1] + "/digest", "w").write(layer["digest"])
	open(sys.argv[1] + "/signature", "wb").write(
	    base64.b64decode(layer["annotations"]["dev.cosignproject.cosign/signature"]))
	END
	curl -sf "http://${APP/\///v2/}/blobs/$(cat "$BATS_TEST_TMPDIR/digest")" -o "$BATS_TEST_TMPDIR/payload"
	openssl dgst -sha256 -verify "$KEYS/ec.pub" -signature "$BATS_TEST_TMPDIR/signature" \
		"$BATS_TEST_TMPDIR/payload"
	[ "$(cat "$BATS_TEST_TMPDIR/payload")" = "{\"critical\":{\"identity\":{\"docker-reference\":\"$APP:1\"},\"image\":{\"docker-manifest-digest\":\"$DIGEST\"},\"type\":\"cosign container image signature\"},\"optional\":null}" ]
}

@test "signing twice leaves one signature; further names and keys are added" {
	layers() {
		skopeo inspect --raw --tls-verify=false "docker://$APP:${DIGEST/:/-}.sig" | grep -o simplesigning | wc -l
	}
	put "$APP:2"
	sign ec "$APP:1"
	sign ec "$APP:1"
	[ "$(layers)" = 1 ]
	sign ec "$APP:2"
	sign ed "$APP:1"
	[ "$(layers)" = 3 ]
	proa image verify --key "$KEYS/ed.pub" "$APP:1"
}

@test "a signature of openssl alone is accepted" {
	by_hand ec "$DIGEST" "$APP"
	proa image verify --key "$KEYS/ec.pub" "$APP:1"
	proa pull -q --verify "$KEYS/ec.pub" "$APP:1"
}

@test "pull --verify takes what is signed, and nothing else" {
	refused "a signature was required, but no signature exists" "$APP:1" --verify "$KEYS/ec.pub"
	sign ec "$APP:1"
	refused "none of its 1 signatures was made with the right key" "$APP:1" --verify "$KEYS/ed.pub"
	refused "no public key in PEM" "$APP:1" --verify "$KEYS/ec.pem"
	refused "No such file" "$APP:1" --verify "$BATS_TEST_TMPDIR/absent"
	proa pull -q --verify "$KEYS/ec.pub" "$APP:1"
	proa image inspect "$APP:1" >/dev/null
}

@test "a signature for another image, or another name, is none" {
	local other=sha256:0000000000000000000000000000000000000000000000000000000000000000
	by_hand ec "$other" "$APP"
	refused "its signature is for another image ($other)" "$APP:1" --verify "$KEYS/ec.pub"
	by_hand ec "$DIGEST" "$PLAIN/other/app"
	refused "its signature is for '$PLAIN/other/app'" "$APP:1" --verify "$KEYS/ec.pub"
}

@test "the signature of an index is good for its images" {
	local size config=$BATS_TEST_TMPDIR/index image
	skopeo inspect --raw --tls-verify=false "docker://$APP:1" >"$config.image"
	size=$(stat -c %s "$config.image")
	cat >"$config" <<-END
	{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [
	{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "$DIGEST", "size": $size,
	"platform": {"os": "linux", "architecture": "$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')"}}]}
	END
	upload_manifest multi application/vnd.oci.image.index.v1+json "$config"
	image=sha256:$(sha256sum <"$config" | cut -d' ' -f1)
	[ "$(sign ec "$APP:multi")" = "$APP@$image" ]
	proa pull -q --verify "$KEYS/ec.pub" "$APP:multi"
	refused "no signature exists" "$APP:1" --verify "$KEYS/ec.pub"
}

@test "a policy rejects, and its most exact scope counts" {
	policy '[{"type": "reject"}]'
	refused "source image rejected: policy '$CONTAINERS_POLICY_JSON', scope 'default': it is rejected by policy" "$APP:1"
	policy '[{"type": "reject"}]' "\"$APP\": [{\"type\": \"insecureAcceptAnything\"}], \"$APP:1\": [{\"type\": \"reject\"}]"
	refused "scope '$APP:1'" "$APP:1"
	put "$APP:2"
	proa pull -q "$APP:2"
}

@test "run obeys the policy, too" {
	policy '[{"type": "reject"}]'
	run --separate-stderr proa run --rm "$APP:1" true
	[ "$status" = 125 ]
	[[ $stderr == *"source image rejected"* ]]
}

@test "archives and directories obey the policy of their transports" {
	local dir=$BATS_TEST_TMPDIR
	# loads STATUS FILE
	loads() {
		run --separate-stderr proa load -q -i "$2"
		[ "$status" = "$1" ] || { echo "$2: $status: $output $stderr" >&2; return 1; }
	}
	skopeo --insecure-policy copy -q "oci:$dir/layout:image" "docker-archive:$dir/docker.tar:app:1"
	skopeo --insecure-policy copy -q "oci:$dir/layout:image" "oci-archive:$dir/oci.tar:app:2"
	policy '[{"type": "reject"}]'
	loads 1 "$dir/docker.tar"
	one_line_error "source image rejected: policy '$CONTAINERS_POLICY_JSON', scope 'default'"
	loads 1 "$dir/oci.tar"
	loads 1 "$dir/layout"
	[ -z "$(proa images -q app)" ]
	cat >"$CONTAINERS_POLICY_JSON" <<-END
	{"default": [{"type": "reject"}], "transports": {
	"docker-archive": {"": [{"type": "insecureAcceptAnything"}]},
	"oci-archive": {"": [{"type": "sigstoreSigned", "keyPath": "$KEYS/ec.pub"}]},
	"oci": {"$(realpath "$dir")": [{"type": "insecureAcceptAnything"}]}}}
	END
	loads 0 "$dir/docker.tar"
	loads 1 "$dir/oci.tar"
	one_line_error "it asks for a signature, which only images in registries have"
	loads 0 "$dir/layout"
}

@test "a policy asks for signatures: by keys, and for names" {
	sign ec "$APP:1"
	put "$APP:2"
	policy '[{"type": "reject"}]' "\"$PLAIN\": $(signed ed)"
	refused "none of its 1 signatures" "$APP:1"
	policy '[{"type": "reject"}]' "\"$PLAIN\": $(signed ec)"
	refused "its signature is for '$APP:1', which 'matchRepoDigestOrExact' does not accept" "$APP:2"
	proa pull -q "$APP:1"
	proa rmi "$APP:1"
	proa pull -q "$APP@$DIGEST"
	proa rmi "$APP@$DIGEST"
	policy '[{"type": "reject"}]' "\"$PLAIN\": $(signed ec '{"type": "matchExact"}')"
	refused "'matchExact' does not accept" "$APP@$DIGEST"
	policy '[{"type": "reject"}]' "\"$PLAIN\": $(signed ec '{"type": "matchRepository"}')"
	proa pull -q "$APP:2"
	proa rmi "$APP:2"
	policy '[{"type": "reject"}]' "\"$PLAIN\": $(signed ec "{\"type\": \"exactReference\", \"dockerReference\": \"$APP:1\"}")"
	proa pull -q "$APP:2"
}

@test "what cannot be checked is refused, with the reason" {
	sign ec "$APP:1"
	policy '[{"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/k"}]'
	refused "it asks for 'signedBy', which proa cannot check" "$APP:1"
	policy "[{\"type\": \"sigstoreSigned\", \"keyPath\": \"$KEYS/ec.pub\", \"rekorPublicKeyPath\": \"/r\"}]"
	refused "it asks for 'rekorPublicKeyPath', which proa cannot check" "$APP:1"
	policy '[{"type": "insecureAcceptAnything"}, {"type": "reject"}]'
	refused "rejected by policy" "$APP:1"
	echo '{"default": [' >"$CONTAINERS_POLICY_JSON"
	refused "signature policy '$CONTAINERS_POLICY_JSON'" "$APP:1"
	rm "$CONTAINERS_POLICY_JSON"
	refused "signature policy" "$APP:1"
}

@test "the user's own policy counts before the machine's" {
	unset CONTAINERS_POLICY_JSON
	mkdir -p "$HOME/.config/containers"
	echo '{"default": [{"type": "reject"}]}' >"$HOME/.config/containers/policy.json"
	refused "policy '$HOME/.config/containers/policy.json'" "$APP:1"
}

@test "trust is shown and set" {
	run --separate-stderr proa image trust show
	[[ ${lines[0]} =~ ^TRANSPORT\ +NAME\ +TYPE\ +ID$ ]]
	[[ ${lines[1]} =~ ^all\ +default\ +accept ]]
	proa image trust set -t reject default
	proa image trust set -t sigstoreSigned -f "$KEYS/ec.pub" "$APP"
	run --separate-stderr proa image trust show -n
	[[ ${lines[0]} =~ ^all\ +default\ +reject ]]
	[[ ${lines[1]} =~ ^repository\ +$APP\ +sigstoreSigned\ +$KEYS/ec.pub$ ]]
	[ "$(proa image trust show -n "$APP" | wc -l)" = 1 ]
	proa image trust show --raw | cmp - "$CONTAINERS_POLICY_JSON"
	[ "$(proa image trust show --json | python3 -c 'import json, sys; print(json.load(sys.stdin)[1]["type"])')" = sigstoreSigned ]
	refused "no signature exists" "$APP:1"
	sign ec "$APP:1"
	proa pull -q "$APP:1"
	run --separate-stderr proa image trust set "$APP"
	[ "$status" = 125 ]
	[[ $stderr == *"needs at least one public key"* ]]
	run --separate-stderr proa image trust set -t signedBy -f "$KEYS/ec.pub" "$APP"
	[ "$status" = 0 ]
	[[ $stderr == *"cannot check GPG signatures"* ]]
	run --separate-stderr proa image trust forget
	[ "$status" = 125 ]
}

@test "a user's first change begins with what is in force" {
	unset CONTAINERS_POLICY_JSON
	need_user
	proa image trust set -t reject r.example.com
	[ -f "$HOME/.config/containers/policy.json" ]
	[ "$(proa image trust show -n r.example.com | wc -l)" = 1 ]
}

@test "enciphered keys take their passphrase from COSIGN_PASSWORD or the terminal" {
	run --separate-stderr sign hush "$APP:1"
	[ "$status" = 1 ]
	one_line_error "needs a passphrase: set COSIGN_PASSWORD, or use a terminal"
	COSIGN_PASSWORD=wrong run --separate-stderr sign hush "$APP:1"
	[ "$status" = 1 ]
	one_line_error "wrong passphrase"
	COSIGN_PASSWORD=hush sign hush "$APP:1"
	proa image verify --key "$KEYS/ec.pub" "$APP:1"
	put "$APP:2"
	run python3 "$TESTS/lib/typist.py" "Passphrase of" hush -- \
		"$PROA" --root "$STORE" image sign --key "$KEYS/hush.pem" "$APP:2"
	[ "$status" = 0 ]
	[[ $output == *"$APP@$DIGEST"* && $output != *hush$'\n'* ]]
}

@test "podman's ways to sign are refused by name" {
	run --separate-stderr proa image sign --sign-by me "$APP:1"
	[ "$status" = 125 ]
	[[ $stderr == *sign-by* ]]
	run --separate-stderr proa image sign "$APP:1"
	[ "$status" = 125 ]
	[[ $stderr == *"--key FILE is needed"* ]]
	run --separate-stderr sign ec "$APP:absent"
	[ "$status" = 1 ]
	one_line_error "not found"
}
