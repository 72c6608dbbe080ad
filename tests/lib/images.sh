# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Starts the registry that all command tests share and fills it with images that other people's
# tools made. Run once by tests/run; leaves registry.pid and registry.address in PROA_TEST_SCRATCH.
#
#	busybox:latest	one gzip layer, made by umoci
#	layers:latest	busybox and three layers with whiteouts and an opaque directory, by umoci
set -euo pipefail
# shellcheck source=tests/lib/registry.bash
. "$TESTS/lib/registry.bash"

scratch=$PROA_TEST_SCRATCH
registry_start "$scratch/registry"
echo "$REGISTRY_PID" >"$scratch/registry.pid"
echo "$REGISTRY_ADDRESS" >"$scratch/registry.address"

busybox_tree() { # DIRECTORY
	local root=$1 applet
	mkdir -p "$root"/{bin,etc,tmp,root,home/app,var/empty,usr/share}
	chmod 1777 "$root/tmp"
	chmod 700 "$root/root"
	cp "$(command -v busybox)" "$root/bin/busybox"
	chmod 755 "$root/bin/busybox"
	for applet in $("$root/bin/busybox" --list); do
		[ "$applet" = busybox ] || ln -sf busybox "$root/bin/$applet"
	done
	cp "$scratch/readback" "$root/bin/readback"
	printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'app:x:1000:1000:app:/home/app:/bin/sh' \
		'nobody:x:65534:65534:nobody:/:/bin/false' >"$root/etc/passwd"
	printf '%s\n' 'root:x:0:' 'tty:x:5:' 'app:x:1000:' 'staff:x:50:app' 'nogroup:x:65534:' \
		>"$root/etc/group"
	echo "made for tests" >"$root/etc/motd"
	chown -R 1000:1000 "$root/home/app" 2>/dev/null || true
}

push() { # LAYOUT:TAG NAME
	skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$1" "docker://$REGISTRY_ADDRESS/$2"
}

umoci_arguments=()
[ "$(id -u)" = 0 ] || umoci_arguments=(--rootless)

layout=$scratch/layout
umoci init --layout "$layout"
umoci new --image "$layout:busybox"
busybox_tree "$scratch/tree"
umoci unpack "${umoci_arguments[@]}" --image "$layout:busybox" "$scratch/bundle" >/dev/null
cp -a "$scratch/tree/." "$scratch/bundle/rootfs/"
umoci repack --image "$layout:busybox" "$scratch/bundle" >/dev/null
umoci config --image "$layout:busybox" --config.cmd sh --config.env PATH=/bin:/usr/bin \
	--config.label made-by=umoci
push "$layout:busybox" busybox:latest

# Changes upon it: a file replaced, one whited out, a directory made opaque.
step() { # COMMANDS: run in the rootfs, become a layer
	(cd "$scratch/bundle/rootfs" && eval "$1")
	umoci repack --refresh-bundle --image "$layout:layers" "$scratch/bundle" >/dev/null
}
umoci tag --image "$layout:busybox" layers
rm -rf "$scratch/bundle"
umoci unpack "${umoci_arguments[@]}" --image "$layout:layers" "$scratch/bundle" >/dev/null
step 'mkdir -p data/old; echo one >data/old/one; echo two >data/two; ln data/two data/two-again'
# With a time of its own: when the second has not changed umoci leaves the directory out of the layer.
step 'echo changed >data/two; rm -f data/two-again; rm -rf data/old; mkdir data/old; echo new >data/old/new
	touch -d 2020-02-02T02:02:02Z data/old'
step 'rm -f etc/motd; chmod 751 data; ln -s two data/link; mkfifo data/fifo'
push "$layout:layers" layers:latest
rm -rf "$scratch/bundle" "$scratch/tree"
chmod -R a+rX "$scratch"
