#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images made to get out: nothing outside changes, and the message names what is wrong.

load ../lib/common.bash

setup_more() {
	need_program python3
	need_program skopeo
	VICTIM=$BATS_TEST_TMPDIR/victim
	mkdir -m 777 "$VICTIM"
	echo safe >"$VICTIM/file"
	before=$(victim)
}

victim() { find "$VICTIM" -printf '%p %y %m %U:%G %s %T@ %n\n' -type f -exec cat {} +; }

# The victim is as it was, and nothing of ours is left half done.
nothing_changed() {
	[ "$(victim)" = "$before" ]
	[ -z "$(ls -A "$STORE/tmp" 2>/dev/null)" ]
}

root_with_link() { # PATH TARGET: a root in which PATH is a symbolic link; prints the tar's name
	local root=$BATS_TEST_TMPDIR/root-$RANDOM
	busybox_root "$root"
	mkdir -p "$(dirname "$root/$1")"
	ln -s "$2" "$root/$1"
	tar -C "$root" --owner=0 --group=0 -cf "$root.tar" .
	echo "$root.tar"
}

@test "/dev, /proc, /sys as symbolic links to places of the host are refused" {
	local path
	for path in dev proc sys; do
		push_tars "link-$path" "$(root_with_link "$path" "$VICTIM")"
		run --separate-stderr proa run --rm "$REGISTRY/$PROA_TEST_WHO/link-$path" true
		echo "$stderr"
		[ "$status" = 125 ]
		[[ $stderr == *"/$path"* ]]
		[[ $stderr == *"symbolic link"* ]]
		nothing_changed
		[ -z "$(proa ps -aq)" ]
	done
}

@test "a relative way out of the root leads into the root" {
	push_tars link-up "$(root_with_link etc "../../../../../../../../../../../..$VICTIM")"
	run proa run --rm "$REGISTRY/$PROA_TEST_WHO/link-up" ls /
	nothing_changed
}

@test "/etc as a symbolic link to a place of the host changes nothing there" {
	push_tars link-etc "$(root_with_link etc "$VICTIM")"
	run proa run --rm "$REGISTRY/$PROA_TEST_WHO/link-etc" sh -c 'echo inside >/etc/file; cat /etc/hostname'
	nothing_changed
}

@test "/etc/hosts, resolv.conf and hostname as links to files of the host change nothing there" {
	local name
	for name in hosts resolv.conf hostname; do
		push_tars "link-$name" "$(root_with_link "etc/$name" "$VICTIM/file")"
		run proa run --rm "$REGISTRY/$PROA_TEST_WHO/link-$name" sh -c "echo inside >/etc/$name"
		nothing_changed
	done
}

@test "WORKDIR through a symbolic link stays in the root" {
	push_tars link-workdir --config '{"WorkingDir": "/out/made"}' "$(root_with_link out "$VICTIM")"
	run proa run --rm "$REGISTRY/$PROA_TEST_WHO/link-workdir" sh -c 'echo inside >file; ls -la / .'
	nothing_changed
	[ ! -e "$VICTIM/made" ]
}

@test "WORKDIR at a descriptor of ours is refused" {
	local number
	proa pull -q "$BUSYBOX"
	for number in 3 4 5 6 7 8 9 10 12 15 20; do
		run proa run --rm -w "/proc/self/fd/$number" "$BUSYBOX" sh -c 'ls ../../../..; pwd'
		[ "$status" != 0 ] || [[ $output != *work* ]]
		[ "$status" != 0 ] || [[ $output == *"/proc/"* ]]
	done
}

@test "a volume's target through a symbolic link stays in the root" {
	push_tars link-target "$(root_with_link data "$VICTIM")"
	mkdir "$BATS_TEST_TMPDIR/source"
	run proa run --rm -v "$BATS_TEST_TMPDIR/source:/data/sub" "$REGISTRY/$PROA_TEST_WHO/link-target" \
		sh -c 'echo x >/data/sub/new'
	nothing_changed
	[ ! -e "$VICTIM/sub" ]
}

@test "passwd as a FIFO, a directory or a device neither hangs nor leaks" {
	local root=$BATS_TEST_TMPDIR/root kind
	busybox_root "$root"
	mkdir -p "$root/etc"
	for kind in fifo directory link; do
		rm -rf "$root/etc/passwd"
		case $kind in
		fifo) mkfifo "$root/etc/passwd" ;;
		directory) mkdir "$root/etc/passwd" ;;
		link) ln -s /proc/kmsg "$root/etc/passwd" ;;
		esac
		tar -C "$root" --owner=0 --group=0 -cf "$BATS_TEST_TMPDIR/$kind.tar" .
		push_tars "passwd-$kind" "$BATS_TEST_TMPDIR/$kind.tar"
		run timeout 30 "$PROA" --root "$STORE" run --rm -u somebody "$REGISTRY/$PROA_TEST_WHO/passwd-$kind" true
		[ "$status" != 0 ]
		[ "$status" != 124 ]
	done
}

@test "layers that lead out are refused, each with a line that names the entry" {
	need_program python3
	local tar name
	mkdir "$BATS_TEST_TMPDIR/tars"
	VICTIM=$VICTIM python3 - "$BATS_TEST_TMPDIR/tars" <<'PY'
import io, os, sys, tarfile
out, victim = sys.argv[1], os.environ["VICTIM"]

def entry(name, kind=tarfile.REGTYPE, link="", data=b"evil\n"):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    info.size = len(data) if kind == tarfile.REGTYPE else 0
    return info, io.BytesIO(data)

def tar(name, *entries):
    with tarfile.open(os.path.join(out, name + ".tar"), "w", format=tarfile.GNU_FORMAT) as archive:
        for info, data in entries:
            archive.addfile(info, data if info.size else None)

S, H, C = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE
tar("dot-dot", entry("../" * 12 + victim[1:] + "/file"))
tar("dot-dot-inside", entry("a/../../file"))
tar("absolute", entry(victim + "/file"))
tar("through-link", entry("out", S, victim), entry("out/file"))
tar("hard-link-outside", entry("hard", H, "../" * 12 + victim[1:] + "/file"))
tar("hard-link-absolute", entry("hard", H, victim + "/file"))
tar("hard-link-through-link", entry("out", S, victim), entry("hard", H, "out/file"))
tar("hard-link-to-nothing", entry("hard", H, "nothing"))
tar("whiteout-of-dot-dot", entry("a/.wh...", data=b""))
tar("whiteout-device", entry("white", C))
PY
	for tar in "$BATS_TEST_TMPDIR"/tars/*.tar; do
		name=$(basename "$tar" .tar)
		push_tars "$name" "$tar"
		run --separate-stderr proa pull -q "$REGISTRY/$PROA_TEST_WHO/$name"
		echo "$name: $stderr"
		[ "$status" = 1 ]
		one_line_error "entry '"
		nothing_changed
		[ -z "$(proa images -q "$REGISTRY/$PROA_TEST_WHO/$name")" ]
		[ -z "$(ls "$STORE/layers")" ]
	done
}

@test "a wrong diff ID is found, and nothing of the image stays" {
	tar -C / -cf "$BATS_TEST_TMPDIR/layer.tar" etc/hostname
	push_tars wrong-diff-id --wrong-diff-id "$BATS_TEST_TMPDIR/layer.tar"
	run --separate-stderr proa pull -q "$REGISTRY/$PROA_TEST_WHO/wrong-diff-id"
	[ "$status" = 1 ]
	one_line_error "diff ID"
	[ -z "$(proa images -q "$REGISTRY/$PROA_TEST_WHO/wrong-diff-id")" ]
	[ -z "$(ls "$STORE/layers")" ]
}
