# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Rules about the text of the source: licence tags, one place that forks, no banned functions,
# file sizes, scripts that shellcheck passes.
cd "$1" || exit 1
number=0

holds() { # WHAT OFFENDERS
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		echo "$2"
	fi
}
sources() { find base image registry rootless engine cli tests bench -name '*.[ch]'; }
scripts() {
	echo dev; echo .ci/run; echo tests/run
	find tests bench -name '*.sh' -o -name '*.bash' -o -name '*.bats'
	find tests/fuzz -maxdepth 1 -name run
}

holds "every C file begins with its licence tag" \
	"$(sources | while read -r f; do
		[ "$(head -n 1 "$f")" = '/* SPDX-License-Identifier: Apache-2.0 */' ] || echo "$f"; done)"
holds "every script has its licence tag" \
	"$({ scripts; find bench tests -name '*.py' -o -path bench/run; } | while read -r f; do head -n 3 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$f"; done)"
holds "only base/ makes processes" \
	"$(grep -rnE '\b(fork|vfork|clone|sys_clone3|posix_spawnp?|popen|system)\(' --include='*.c' base image registry rootless engine cli |
		grep -vE '^base/(process|spawn|syscalls)[a-z-]*\.c:' | grep -vE '^[^:]*:[0-9]*:\s*(/?\*|//)')"
holds "no function that has no safe use" \
	"$(grep -rnE '\b(strcpy|strcat|sprintf|vsprintf|strtok|gets|atoi|atol|tmpnam|mktemp)\(' --include='*.[ch]' base image registry rootless engine cli)"
holds "only cli/ prints" \
	"$(grep -rnE '\b(printf|fprintf|puts|fputs|perror)\(' --include='*.c' base image registry rootless engine |
		grep -vE '^(image/hello/|engine/runtime/gen-)' | grep -vE '^[^:]*:[0-9]*:\s*(/?\*|//)')"
holds "no file over 1000 lines" "$(sources | xargs wc -l | awk '$1 > 1000 && $2 != "total"')"
holds "no line over 120 columns" \
	"$(sources | xargs awk '{ line = $0; gsub(/\t/, "        ", line); if (length(line) > 120) print FILENAME ":" FNR }')"
if command -v shellcheck >/dev/null; then
	holds "shellcheck passes every script" "$(scripts | xargs shellcheck -x -S warning -e SC2154 -f gcc 2>&1)"
else
	number=$((number + 1))
	echo "ok $number - shellcheck passes every script # SKIP shellcheck is not installed"
fi
echo "1..$number"
