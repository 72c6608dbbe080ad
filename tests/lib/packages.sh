# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # the lists are read by name
#
# Which packages a distribution needs, and installing those that are missing.
# Sourced by ./dev. packages_install GROUP... knows the groups
# build (compiler and libraries), run (helpers at run time), test, bench.

packages_apt_build="gcc make autoconf automake pkg-config libjansson-dev libcurl4-openssl-dev libssl-dev
	libzstd-dev liblzma-dev libseccomp-dev libmnl-dev libnftnl-dev libisal-dev zlib1g-dev libcmocka-dev util-linux"
packages_apt_run="uidmap slirp4netns passt fuse-overlayfs ca-certificates"
packages_apt_test="bats docker-registry skopeo buildah umoci busybox-static python3 jq curl openssl
	apache2-utils shellcheck iproute2 nftables attr libcap2-bin netcat-openbsd zstd xz-utils procps sudo man-db
	socat libarchive-tools zsh fish"
packages_apt_bench="podman crun netavark iptables catatonit busybox-static skopeo docker-registry python3"

packages_dnf_build="gcc make autoconf automake pkgconf-pkg-config jansson-devel libcurl-devel openssl-devel
	libzstd-devel xz-devel libseccomp-devel libmnl-devel libnftnl-devel isa-l-devel zlib-devel libcmocka-devel util-linux"
packages_dnf_run="shadow-utils slirp4netns passt fuse-overlayfs ca-certificates"
packages_dnf_test="bats skopeo buildah umoci busybox python3 jq curl openssl httpd-tools ShellCheck iproute
	nftables attr libcap nmap-ncat zstd xz procps-ng sudo man-db socat bsdtar zsh fish"
packages_dnf_bench="podman crun busybox skopeo python3"

packages_apk_build="gcc musl-dev make autoconf automake pkgconf jansson-dev curl-dev openssl-dev zstd-dev xz-dev
	libseccomp-dev libmnl-dev libnftnl-dev zlib-dev cmocka-dev linux-headers util-linux bash"
packages_apk_run="shadow-uidmap slirp4netns passt fuse-overlayfs ca-certificates"
packages_apk_test="bats docker-registry skopeo buildah umoci busybox-static python3 jq curl openssl
	apache2-utils shellcheck iproute2 nftables attr libcap netcat-openbsd zstd xz procps sudo
	socat libarchive-tools zsh fish"
packages_apk_bench="podman crun busybox-static skopeo docker-registry python3"

packages_pacman_build="gcc make autoconf automake pkgconf jansson curl openssl zstd xz libseccomp libmnl
	libnftnl isa-l zlib cmocka util-linux"
packages_pacman_run="shadow slirp4netns passt fuse-overlayfs ca-certificates"
packages_pacman_test="bats skopeo buildah umoci busybox python jq curl openssl apache shellcheck iproute2
	nftables attr libcap openbsd-netcat zstd xz procps-ng sudo man-db socat libarchive zsh fish"
packages_pacman_bench="podman crun busybox skopeo python"

packages_zypper_build="gcc make autoconf automake pkg-config libjansson-devel libcurl-devel libopenssl-devel
	libzstd-devel xz-devel libseccomp-devel libmnl-devel libnftnl-devel zlib-devel libcmocka-devel util-linux"
packages_zypper_run="shadow slirp4netns passt fuse-overlayfs ca-certificates"
packages_zypper_test="bats docker-distribution-registry skopeo buildah umoci busybox-static python3 jq curl
	openssl apache2-utils ShellCheck iproute2 nftables attr libcap-progs netcat-openbsd zstd xz procps sudo man
	socat bsdtar zsh fish"
packages_zypper_bench="podman crun busybox-static skopeo docker-distribution-registry python3"

packages_manager() {
	local manager
	for manager in apt-get:apt dnf:dnf apk:apk pacman:pacman zypper:zypper; do
		if command -v "${manager%%:*}" >/dev/null 2>&1; then
			echo "${manager##*:}"
			return
		fi
	done
}

packages_has() { # MANAGER PACKAGE
	case $1 in
	apt) [ "$(dpkg-query -W -f '${db:Status-Status}' "$2" 2>/dev/null)" = installed ] ;;
	dnf | zypper) rpm -q "$2" >/dev/null 2>&1 || rpm -q --whatprovides "$2" >/dev/null 2>&1 ;;
	apk) apk info -e "$2" >/dev/null 2>&1 ;;
	pacman) pacman -Qq "$2" >/dev/null 2>&1 ;;
	esac
}

packages_install() {
	local manager group list package missing=() as_root=()
	manager=$(packages_manager)
	if [ -z "$manager" ]; then
		echo "./dev: no known package manager; install by hand what configure asks for" >&2
		return 0
	fi
	for group in "$@"; do
		list=packages_${manager}_$group
		for package in ${!list}; do
			packages_has "$manager" "$package" || missing+=("$package")
		done
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	echo "installing: ${missing[*]}" >&2
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || {
			echo "./dev: as root, install: ${missing[*]}" >&2
			return 1
		}
		as_root=(sudo)
	fi
	case $manager in
	apt)
		"${as_root[@]}" apt-get update -qq >&2
		"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
			"${missing[@]}" >&2
		;;
	dnf) "${as_root[@]}" dnf install -y -q "${missing[@]}" >&2 ;;
	apk) "${as_root[@]}" apk add -q "${missing[@]}" >&2 ;;
	pacman) "${as_root[@]}" pacman -Sy --needed --noconfirm "${missing[@]}" >&2 ;;
	zypper) "${as_root[@]}" zypper -n -q install "${missing[@]}" >&2 ;;
	esac
}
