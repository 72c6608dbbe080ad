/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving up what the program must not have: limits, ids, groups, capabilities,
 * system calls. All of it is read back (R12).
 *
 * Order matters. Changing ids would drop all capabilities, so they are kept over
 * it; loading a filter takes CAP_SYS_ADMIN or no_new_privs, so with only the
 * former it has to come before the capabilities are cut, and else after,
 * since a filter of the user's may forbid capset.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/strings.h"
#include "base/syscalls.h"
#include "engine/runtime/container-user.h"
#include "engine/runtime/program.h"

#define CAPABILITIES_MAX 64
#define STATUS_SIZE_MAX ((size_t)2 << 20)

struct capability_sets {
	uint64_t effective, permitted, inheritable;
};

static int get_capabilities(struct capability_sets *ret_sets, struct error *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (sys_capget(&header, data) < 0)
		return error_errno(err, "cannot read the capabilities");
	*ret_sets = (struct capability_sets){
		.effective = data[0].effective | (uint64_t)data[1].effective << 32,
		.permitted = data[0].permitted | (uint64_t)data[1].permitted << 32,
		.inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32,
	};
	return 0;
}

/* Permitted and effective become `set`, inheritable becomes empty. */
static int set_capabilities(uint64_t set, struct error *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = (uint32_t)set, .permitted = (uint32_t)set },
		{ .effective = (uint32_t)(set >> 32), .permitted = (uint32_t)(set >> 32) },
	};

	if (sys_capset(&header, data) < 0)
		return error_errno(err, "cannot set the capabilities");
	return 0;
}

/* In the spelling of --ulimit, with the most that would have been possible. */
static int limit_refused(const struct rlimit_spec *wanted, struct error *err)
{
	static const char *const names[] = {
		[RLIMIT_CPU] = "cpu", [RLIMIT_FSIZE] = "fsize", [RLIMIT_DATA] = "data",
		[RLIMIT_STACK] = "stack", [RLIMIT_CORE] = "core", [RLIMIT_RSS] = "rss",
		[RLIMIT_NPROC] = "nproc", [RLIMIT_NOFILE] = "nofile", [RLIMIT_MEMLOCK] = "memlock",
		[RLIMIT_LOCKS] = "locks", [RLIMIT_SIGPENDING] = "sigpending",
		[RLIMIT_MSGQUEUE] = "msgqueue", [RLIMIT_NICE] = "nice", [RLIMIT_RTPRIO] = "rtprio",
		[RLIMIT_RTTIME] = "rttime",
	};
	bool known = (size_t)wanted->resource < ARRAY_SIZE(names);
	const char *name = known ? names[wanted->resource] : NULL;
	int errnum = errno;
	struct rlimit now;

	error_errnum(err, errnum, "cannot set the limit '%s' to %llu:%llu", name ? name : "?",
		     (unsigned long long)wanted->limit.rlim_cur,
		     (unsigned long long)wanted->limit.rlim_max);
	if (errnum == EPERM && getrlimit(wanted->resource, &now) == 0)
		error_remedy(err, "the most that is allowed here is %llu",
			     (unsigned long long)now.rlim_max);
	return -1;
}

static int limit(const struct rlimit_spec *wanted, struct error *err)
{
	struct rlimit now, limit = wanted->limit;

	if (setrlimit(wanted->resource, &limit) == 0)
		return 0;
	if (wanted->required || errno != EPERM || getrlimit(wanted->resource, &now) < 0)
		return limit_refused(wanted, err);
	/* A default, held to what we are allowed. */
	limit.rlim_max = now.rlim_max;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	if (setrlimit(wanted->resource, &limit) < 0)
		return limit_refused(wanted, err);
	return 0;
}

static int set_limits(const struct process_spec *spec, struct error *err)
{
	for (size_t i = 0; i < spec->rlimit_count; i++) {
		if (limit(&spec->rlimits[i], err) < 0)
			return -1;
	}
	return 0;
}

static int compare_groups(const void *left, const void *right)
{
	gid_t a = *(const gid_t *)left, b = *(const gid_t *)right;

	return (a > b) - (a < b);
}

static int check_groups(const struct container_user *user, struct error *err)
{
	int count = getgroups(0, NULL);
	auto_free gid_t *groups = NULL;

	if (count < 0 || (size_t)count != user->group_count)
		return error_set(err, ERROR_OTHER, "the groups were not taken over");
	groups = calloc((size_t)count + 1, sizeof(*groups));
	if (!groups || getgroups(count, groups) != count)
		return error_errno(err, "cannot read the groups");
	qsort(groups, (size_t)count, sizeof(*groups), compare_groups);
	if (memcmp(groups, user->groups, (size_t)count * sizeof(*groups)) != 0)
		return error_set(err, ERROR_OTHER, "the groups were not taken over");
	return 0;
}

static int check_ids(const struct container_user *user, struct error *err)
{
	uid_t uid[3];
	gid_t gid[3];

	if (getresuid(&uid[0], &uid[1], &uid[2]) < 0 || getresgid(&gid[0], &gid[1], &gid[2]) < 0)
		return error_errno(err, "cannot read the ids");
	for (size_t i = 0; i < 3; i++) {
		if (uid[i] != user->uid || gid[i] != user->gid)
			return error_set(err, ERROR_OTHER, "the ids were not taken over");
	}
	return 0;
}

/* An id that is not mapped in this user namespace is EINVAL. */
static int id_error(const char *what, unsigned int id, struct error *err)
{
	if (errno == EINVAL)
		return error_set(err, ERROR_USAGE,
				 "%s %u is not mapped here; give this user more subordinate ids "
				 "in /etc/subuid and /etc/subgid", what, id);
	return error_errno(err, "cannot become %s %u", what, id);
}

static int switch_user(const struct program *program, const struct container_user *user,
		       struct error *err)
{
	/* With a single id setgroups() is forbidden: what groups the user has show as nobody's. */
	if (!program->single_id) {
		gid_t highest = user->groups[user->group_count - 1];

		if (sys_setgroups(user->group_count, user->groups) < 0)
			return id_error("one of the groups up to", highest, err);
		if (check_groups(user, err) < 0)
			return -1;
	}
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return error_errno(err, "cannot keep capabilities over the change of user");
	if (setresgid(user->gid, user->gid, user->gid) < 0)
		return id_error("group", user->gid, err);
	if (setresuid(user->uid, user->uid, user->uid) < 0)
		return id_error("user", user->uid, err);
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		return error_errno(err, "cannot stop keeping capabilities");
	/* The change of ids may have made us dumpable: fs.suid_dumpable. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_errno(err, "cannot stay out of ptrace's reach");
	return check_ids(user, err);
}

/* Drops from the bounding set what is not in `set`. */
static int bound_capabilities(uint64_t set, struct error *err)
{
	for (unsigned int i = 0; i < CAPABILITIES_MAX; i++) {
		if (set & (1ULL << i))
			continue;
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0) {
			if (errno == EINVAL)	/* beyond the last one this kernel knows */
				break;
			return error_errno(err, "cannot drop capability %u", i);
		}
	}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return error_errno(err, "cannot clear the ambient capabilities");
	return 0;
}

static int load_filters(const struct program *program, struct error *err)
{
	if (program->filter.instructions && seccomp_load(&program->filter) < 0)
		return error_errno(err, "cannot load the system call filter");
	/* The later one's answer counts where both give one. */
	if (program->emulation.instructions && seccomp_load(&program->emulation) < 0)
		return error_errno(err, "cannot load the filter that emulates ownership");
	return 0;
}

/* The value of the status line `key`, read by `base`. */
static bool status_value(const char *status, const char *key, int base, uint64_t *ret_value)
{
	size_t length = strlen(key);

	for (const char *line = status; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, length) == 0 && line[length] == ':') {
			*ret_value = strtoull(line + length + 1, NULL, base);
			return true;
		}
	}
	return false;
}

struct expectation {
	const char *key;
	int base;
	uint64_t value;
	bool at_least;		/* inherited restrictions may be tighter */
};

static int check_status(const struct program *program, int status, uint64_t set,
			struct error *err)
{
	bool filtered = program->filter.instructions || program->emulation.instructions;
	const struct expectation expectations[] = {
		{ "CapInh", 16, 0, false }, { "CapPrm", 16, set, false },
		{ "CapEff", 16, set, false }, { "CapBnd", 16, set, false },
		{ "CapAmb", 16, 0, false },
		{ "NoNewPrivs", 10, program->spec->no_new_privileges, true },
		{ "Seccomp", 10, filtered ? 2 : 0, true },
	};
	auto_release(buffer) struct buffer text = { .max = STATUS_SIZE_MAX };

	if (fd_read_all(status, "its status", &text, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(expectations); i++) {
		const struct expectation *expected = &expectations[i];
		uint64_t value;

		if (!text.data || !status_value(text.data, expected->key, expected->base, &value))
			return error_set(err, ERROR_OTHER, "the kernel does not tell %s",
					 expected->key);
		if (expected->at_least ? value < expected->value : value != expected->value)
			return error_set(err, ERROR_OTHER, "%s is %llx, not %llx", expected->key,
					 (unsigned long long)value,
					 (unsigned long long)expected->value);
	}
	return 0;
}

static int set_no_new_privileges(const struct program *program, struct error *err)
{
	if (program->spec->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_errno(err, "cannot set no_new_privs");
	return 0;
}

static int restrict_self(const struct program *program, uint64_t set, struct error *err)
{
	if (program->spec->no_new_privileges) {
		if (set_capabilities(set, err) < 0 || set_no_new_privileges(program, err) < 0)
			return -1;
		return load_filters(program, err);
	}
	return load_filters(program, err) < 0 ? -1 : set_capabilities(set, err);
}

int program_confine(const struct program *program, const struct container_user *user,
		    struct error *err)
{
	auto_fd int status = openat(program->proc, "self/status", O_RDONLY | O_CLOEXEC);
	struct capability_sets had = { 0 };
	uint64_t set;

	if (status < 0)
		return error_errno(err, "cannot open its status");
	if (set_limits(program->spec, err) < 0 || get_capabilities(&had, err) < 0)
		return -1;
	set = program->spec->capabilities & had.permitted;
	if (switch_user(program, user, err) < 0 || set_capabilities(had.permitted, err) < 0)
		return -1;
	if (bound_capabilities(set, err) < 0 || restrict_self(program, set, err) < 0)
		return -1;
	return check_status(program, status, set, err);
}
