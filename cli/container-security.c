/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities, --security-opt, namespaces, sysctls: how much the container is kept apart. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/container-options.h"
#include "engine/container.h"
#include "engine/runtime/spec.h"

static int apply_capabilities(const struct container_args *args, struct container_config *config,
			      struct error *err)
{
	uint64_t set;

	if (capabilities_combine(CAPABILITIES_DEFAULT, &args->cap_add, &args->cap_drop, &set, err) <
	    0)
		return -1;
	strings_copy(&config->cap_add, &args->cap_add);
	strings_copy(&config->cap_drop, &args->cap_drop);
	strings_copy(&config->group_add, &args->group_add);
	config->privileged = args->privileged;
	return 0;
}

static int apply_seccomp(const char *profile, struct container_config *config, struct error *err)
{
	auto_free char *path = NULL;

	if (strcmp(profile, "builtin") == 0) {
		replace_string(&config->seccomp, NULL);
		return 0;
	}
	if (strcmp(profile, "unconfined") == 0) {
		replace_string(&config->seccomp, profile);
		return 0;
	}
	path = realpath(profile, NULL);
	if (!path)
		return error_errno(err, "seccomp profile '%s'", profile);
	replace_string(&config->seccomp, path);
	return 0;
}

/* KEY[=VALUE], or the old KEY:VALUE. */
static int apply_security_option(const char *text, struct container_config *config,
				 struct error *err)
{
	size_t length = strcspn(text, "=:");
	const char *value = text[length] ? text + length + 1 : "";
	auto_free char *key = xstrndup(text, length);

	if (strcmp(key, "no-new-privileges") == 0) {
		if (*value && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
			return error_set(err, ERROR_USAGE, "invalid --security-opt: \"%s\"", text);
		config->no_new_privileges = strcmp(value, "false") != 0;
	} else if (strcmp(key, "seccomp") == 0 && *value) {
		return apply_seccomp(value, config, err);
	} else if ((strcmp(key, "systempaths") != 0 && strcmp(key, "apparmor") != 0) ||
		   strcmp(value, "unconfined") != 0) {
		if (strcmp(key, "label") != 0 || strcmp(value, "disable") != 0)
			return error_set(err, ERROR_USAGE, "--security-opt %s is not supported yet",
					 text);
	}
	strings_addf(&config->security_opt, "%s%s%s", key, *value ? "=" : "", value);
	return 0;
}

/* The words a namespace option takes; "container:NAME" where `others` is set. */
struct namespace_words {
	const char *option;
	const char *words;	/* blank-separated */
	bool others;
};

static int check_mode(const struct namespace_words *allowed, const char *mode, struct error *err)
{
	auto_release(strings) struct strings words = { 0 };

	strings_split(&words, allowed->words, ' ');
	if (strings_contain(&words, mode) || (allowed->others && has_prefix(mode, "container:")))
		return 0;
	return error_set(err, ERROR_USAGE,
			 "--%s %s: invalid mode, or one that is not supported yet", allowed->option,
			 mode);
}

static int apply_mode(const struct namespace_words *allowed, const char *mode,
		      struct engine *engine, char **ret_mode, struct error *err)
{
	if (is_empty(mode))
		return 0;
	if (check_mode(allowed, mode, err) < 0)
		return -1;
	if (strcmp(mode, "private") == 0 && strcmp(allowed->option, "ipc") != 0)
		return 0;
	*ret_mode = resolve_container_mode(engine, mode, err);
	return *ret_mode ? 0 : -1;
}

static int apply_namespaces(const struct container_args *args, struct engine *engine,
			    struct container_config *config, struct error *err)
{
	static const struct namespace_words pid = { "pid", "host private", true };
	static const struct namespace_words ipc = { "ipc", "none private shareable host", true };
	static const struct namespace_words uts = { "uts", "host private", false };
	static const struct namespace_words cgroupns = { "cgroupns", "host private", false };
	static const struct namespace_words userns = { "userns", "host", false };

	if (apply_mode(&pid, args->pid, engine, &config->pid_mode, err) < 0 ||
	    apply_mode(&ipc, args->ipc, engine, &config->ipc_mode, err) < 0 ||
	    apply_mode(&uts, args->uts, engine, &config->uts_mode, err) < 0 ||
	    apply_mode(&cgroupns, args->cgroupns, engine, &config->cgroupns_mode, err) < 0 ||
	    apply_mode(&userns, args->userns, engine, &config->userns_mode, err) < 0)
		return -1;
	if (args->hostname && config->uts_mode && strcmp(config->uts_mode, "host") == 0)
		return error_set(err, ERROR_USAGE,
				 "conflicting options: hostname and the UTS mode");
	return 0;
}

static int apply_sysctls(const struct strings *sysctls, struct container_config *config,
			 struct error *err)
{
	for (size_t i = 0; i < sysctls->count; i++) {
		const char *equals = strchr(sysctls->items[i], '=');

		if (!equals || equals == sysctls->items[i])
			return error_set(err, ERROR_USAGE,
					 "invalid argument \"%s\" for \"--sysctl\" "
					 "flag: not KEY=VALUE",
					 sysctls->items[i]);
		strings_add(&config->sysctls, sysctls->items[i]);
	}
	return 0;
}

int container_security_apply(const struct container_args *args, struct engine *engine,
			     struct container_config *config, struct error *err)
{
	if (apply_capabilities(args, config, err) < 0)
		return -1;
	for (size_t i = 0; i < args->security_options.count; i++)
		if (apply_security_option(args->security_options.items[i], config, err) < 0)
			return -1;
	if (apply_namespaces(args, engine, config, err) < 0)
		return -1;
	return apply_sysctls(&args->sysctls, config, err);
}
