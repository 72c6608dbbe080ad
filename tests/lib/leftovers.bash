# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What may be there when all containers of $STORE are gone: nothing.

# The processes that were started with this test's store as an argument. grep reads it from its input,
# not to be one of them.
store_processes() {
	grep -lzxF --file <(printf '%s\n' "$STORE") /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3
}

no_store_processes() { [ -z "$(store_processes)" ]; }

show_store_processes() {
	local pid
	for pid in $(store_processes); do
		ps -o pid=,ppid=,pgid=,stat=,wchan:24=,args= -p "$pid" >&2
		ls -l "/proc/$pid/fd" >&2
	done
}

# empty_but DIRECTORY [NAME...]: it holds nothing else.
empty_but() {
	local directory=$1 found
	shift
	found=$(printf '%s\n' "$@" | sort | comm -13 - <(find "$directory" -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort))
	[ -z "$found" ] || { echo "left in $directory: $found" >&2; return 1; }
}

nothing_left() {
	wait_until no_store_processes || { show_store_processes; return 1; }
	empty_but "$STORE/containers" names .lock .volumes.lock &&
		empty_but "$STORE/containers/names" .lock &&
		empty_but "$STORE/run" userns &&
		empty_but "$STORE/tmp" &&
		empty_but "$STORE/networks/bridge/leases"
}
