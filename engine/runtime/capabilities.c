/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities by name, and docker's rule for adding and dropping them. capabilities(7). */
#include <strings.h>

#include "base/auto.h"
#include "base/error.h"
#include "engine/runtime/spec.h"

/* In the kernel's order; without the CAP_ that some people write and some do not. */
static const char *const names[] = {
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID",
	"CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW",
	"CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
	"CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE",
	"CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ",
	"CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
};
_Static_assert(CAPABILITIES_ALL == (1ULL << ARRAY_SIZE(names)) - 1, "one name a capability");

const char *capability_name(unsigned int number)
{
	return number < ARRAY_SIZE(names) ? names[number] : NULL;
}

int capability_parse(const char *name, unsigned int *ret_number, struct error *err)
{
	const char *plain = strncasecmp(name, "CAP_", 4) == 0 ? name + 4 : name;

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcasecmp(names[i] + 4, plain) == 0) {
			*ret_number = i;
			return 0;
		}
	}
	return error_set(err, ERROR_USAGE, "unknown capability '%s'; see capabilities(7)", name);
}

static bool is_all(const char *name)
{
	return strcasecmp(name, "ALL") == 0 || strcasecmp(name, "CAP_ALL") == 0;
}

/* The set that `list` names, and whether ALL is in it. */
static int parse_list(const struct strings *list, uint64_t *ret_set, bool *ret_all,
		      struct error *err)
{
	uint64_t set = 0;
	bool all = false;

	for (size_t i = 0; i < list->count; i++) {
		unsigned int number;

		if (is_all(list->items[i])) {
			all = true;
			continue;
		}
		if (capability_parse(list->items[i], &number, err) < 0)
			return -1;
		set |= 1ULL << number;
	}
	*ret_set = set;
	*ret_all = all;
	return 0;
}

int capabilities_combine(uint64_t base, const struct strings *add, const struct strings *drop,
			 uint64_t *ret_set, struct error *err)
{
	uint64_t added, dropped;
	bool add_all, drop_all;

	if (parse_list(add, &added, &add_all, err) < 0 ||
	    parse_list(drop, &dropped, &drop_all, err) < 0)
		return -1;
	if (add_all && drop_all)
		*ret_set = CAPABILITIES_ALL;
	else if (add_all)
		*ret_set = CAPABILITIES_ALL & ~dropped;
	else if (drop_all)
		*ret_set = added;
	else
		*ret_set = (base & ~dropped) | added;
	return 0;
}
