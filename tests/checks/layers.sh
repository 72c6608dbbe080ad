# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Layers, by tests/tools/layer: hostile ones are refused and touch nothing outside, the tars of
# all usual programs come out again byte for byte, and the tree is what umoci unpacks.
source=$1 layer=$2/tests/tools/layer
tools=$source/tests/tools
number=0
umask 022
scratch=$(mktemp -d "${TMPDIR:-/tmp}/proa-layers-XXXXXX")
chmod 755 "$scratch"
trap 'chmod -R u+rwx "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT
root=$([ "$(id -u)" = 0 ] && echo yes)
ownership=$([ "$root" ] && echo applied || echo recorded)

result() { # STATUS WHAT [DETAILS]
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		printf '%s\n' "$3"
	fi
}
skip() { # WHAT WHY
	number=$((number + 1))
	echo "ok $number - $1 # SKIP $2"
}
clear_away() { # DIR: whatever modes its directories have
	[ ! -e "$1" ] || chmod -R u+rwx "$1"
	rm -rf "$1"
}
plain() { # FILE
	case $1 in
	*.gz) gzip -dc "$1" ;;
	*) cat "$1" ;;
	esac
}

# What lies around the folder that is unpacked into: two levels, as the layers expect.
surroundings() {
	(cd "$scratch/ground" && find . -path ./a/folder -prune -o -printf '%p %y %m %U %s %T@ %l\n' | sort
		cat outside)
}

try_hostile() { # FILE: prints what went wrong
	local file=$1 before out status
	clear_away "$scratch/ground"
	mkdir -p "$scratch/ground/a/folder" "$scratch/ground/outside-dir"
	echo precious >"$scratch/ground/outside"
	before=$(surroundings)
	out=$("$layer" unpack "$scratch/ground/a/folder" "$ownership" <"$file" 2>&1)
	status=$?
	[ "$before" = "$(surroundings)" ] || echo "something outside was changed"
	case $(basename "$file") in
	refused-*)
		[ $status = 2 ] || echo "status $status: $out"
		[ "$(wc -l <<<"$out")" = 1 ] || echo "not one line: $out"
		;;
	*)
		[ $status = 0 ] || { echo "status $status: $out"; return; }
		[ "$("$layer" pack "$scratch/ground/a/folder" | sha256sum)" = "$(plain "$file" | sha256sum)" ] ||
			echo "packed, it is another tar"
		;;
	esac
}

hostile() {
	local file bad
	python3 "$source/tests/hostile/make-layers.py" "$scratch/hostile"
	for file in "$scratch"/hostile/*; do
		bad=$(try_hostile "$file")
		result "$([ -z "$bad" ]; echo $?)" "hostile layer: $(basename "$file")" "$bad"
	done
}

same_tar() { # WHAT FILE
	local status
	clear_away "$scratch/same"
	mkdir "$scratch/same"
	bad=$("$layer" unpack "$scratch/same" "$ownership" <"$2" 2>&1 >"$scratch/diff-id") &&
		[ "$("$layer" pack "$scratch/same" | sha256sum | cut -d' ' -f1)" = "$(cat "$scratch/diff-id")" ] &&
		[ "$(plain "$2" | sha256sum | cut -d' ' -f1)" = "$(cat "$scratch/diff-id")" ]
	status=$?
	result $status "the same tar comes out: $1" "$bad"
}

make_source() {
	local dir=$scratch/source
	mkdir -p "$dir/dir/empty"
	echo content >"$dir/file"
	ln "$dir/file" "$dir/hard"
	ln -s file "$dir/link"
	ln -s "$(printf 't%.0s' {1..200})" "$dir/long-link"
	mkfifo "$dir/fifo"
	printf x >"$dir/dir/$(printf 'n%.0s' {1..200})"
	head -c 300000 /dev/urandom >"$dir/random"
	truncate -s 3M "$dir/sparse"
	printf data | dd of="$dir/sparse" bs=1 seek=1000000 conv=notrunc status=none
	printf more | dd of="$dir/sparse" bs=1 seek=2500000 conv=notrunc status=none
	truncate -s 1M "$dir/hole"
	chmod 4755 "$dir/file"
}

identical() {
	local format version dir=$scratch/source tar=$scratch/tar
	make_source
	for format in v7 ustar gnu oldgnu pax; do
		tar -C "$dir" --format=$format --exclude='nnn*' --exclude=long-link -cf "$tar" . 2>/dev/null
		same_tar "GNU tar, $format" "$tar"
	done
	tar -C "$dir" --format=gnu -cf "$tar" .
	same_tar "GNU tar, long names" "$tar"
	for version in 0.0 0.1 1.0; do
		tar -C "$dir" --format=pax -S --sparse-version=$version -cf "$tar" .
		same_tar "GNU tar, sparse $version" "$tar"
	done
	tar -C "$dir" --format=gnu -S -cf "$tar" .
	same_tar "GNU tar, old sparse" "$tar"
	tar -C "$dir" -b1 -cf "$tar" .
	echo changed >"$dir/random"
	tar -C "$dir" -rf "$tar" ./random ./link
	same_tar "GNU tar, appended to" "$tar"
	tar -C "$dir" -cf - . | gzip -9 >"$tar.gz"
	same_tar "gzip" "$tar.gz"
	if command -v bsdtar >/dev/null; then
		for format in pax ustar gnutar; do
			bsdtar -C "$dir" --format=$format --exclude='long-link' -cf "$tar" . 2>/dev/null
			same_tar "bsdtar, $format" "$tar"
		done
	else
		skip "the same tar comes out: bsdtar" "bsdtar is not installed"
	fi
	if [ "$root" ]; then
		python3 "$tools/every-kind.py" >"$tar"
		same_tar "every kind of entry" "$tar"
	else
		skip "the same tar comes out: every kind of entry" "needs root, to set attributes of read-only files"
	fi
}

# The two layers, stacked by the overlay file system, against umoci's idea of them.
compare_with_umoci() {
	local what="the tree is what umoci unpacks"
	[ "$root" ] || { skip "$what" "needs root"; return; }
	command -v umoci >/dev/null || { skip "$what" "umoci is not installed"; return; }
	(
		set -e
		cd "$scratch"
		python3 "$tools/every-kind.py" --lower >lower.tar
		python3 "$tools/every-kind.py" >upper.tar
		umoci init --layout oci
		umoci new --image oci:test
		umoci raw add-layer --image oci:test lower.tar
		umoci raw add-layer --image oci:test upper.tar
		umoci unpack --image oci:test bundle
		# umoci writes the root's time before its last entries.
		python3 "$tools/tree-list.py" bundle/rootfs | tail -n +2 >expected
		chmod 755 bundle
	) >"$scratch/log" 2>&1 || { result 1 "$what" "$(cat "$scratch/log")"; return; }
	mkdir "$scratch/mnt"
	stack root "$what: as root" applied
	local user
	user=$(awk -F: '$1 != "root" { print $1 }' /etc/subuid | while read -r name; do
		id -u "$name" >/dev/null 2>&1 && { echo "$name"; break; }; done)
	[ "$user" ] && command -v newuidmap >/dev/null ||
		{ skip "$what: in a user namespace" "no user with subordinate ids, or no newuidmap"; return; }
	stack "$user" "$what: in a user namespace" mapped
}

# The steps that run as that user, in a user and mount namespace where need be.
stack() { # USER WHAT OWNERSHIP
	local options='' filter=cat bad
	local enter=(unshare -m)
	mkdir "$scratch/$1"
	chown "$1" "$scratch/$1"
	if [ "$3" = mapped ]; then
		options=userxattr,
		filter='grep -vE [^[:space:]]+[[:space:]](character|block)[[:space:]]'
		enter=(setpriv --reuid "$1" --regid "$(id -g "$1")" --clear-groups
			unshare --map-auto --map-root-user -m)
	fi
	bad=$(cd / && "${enter[@]}" bash -e -c '
		cd "$1"
		mkdir lower upper mnt
		"$2" unpack lower "$3" <../lower.tar
		"$2" unpack upper "$3" <../upper.tar
		mount -t overlay overlay -o "$4lowerdir=upper/tree:lower/tree" mnt
		python3 "$5" mnt | tail -n +2
		' stack "$scratch/$1" "$scratch/layer" "$3" "$options" "$scratch/tree-list.py" \
		2>&1 >"$scratch/list" || echo failed)
	[ "$bad" ] || bad=$(diff <($filter "$scratch/expected") <(tail -n +3 "$scratch/list"))
	result "$([ -z "$bad" ]; echo $?)" "$2" "$bad"
	rm -rf "${scratch:?}/$1"
}

if ! command -v python3 >/dev/null; then
	echo "1..0 # SKIP python3 is not installed"
	exit 0
fi
# Where an ordinary user may not be able to look.
cp "$layer" "$scratch/layer"
cp "$tools/tree-list.py" "$scratch/tree-list.py"
hostile
identical
compare_with_umoci
echo "1..$number"
