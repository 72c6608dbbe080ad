/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profiles from files, in docker's form (names, includes, excludes, archMap) and that of the
 * runtime-spec (architectures). What is not understood is an error: a filter
 * that does less than its author meant must not be loaded.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "engine/runtime/seccomp-compose.h"
#include "engine/runtime/seccomp.h"
#include "engine/runtime/spec.h"

#define PROFILE_SIZE_MAX ((size_t)4 << 20)
#define ERRNO_MAX 4095

static const struct {
	const char *name;
	uint32_t action;
} actions[] = {
	{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO },
	{ "SCMP_ACT_TRACE", SECCOMP_RET_TRACE },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG },
	{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW },
};

static const struct {
	const char *name;
	enum seccomp_operator operator;
} operators[] = {
	{ "SCMP_CMP_EQ", SECCOMP_EQ }, { "SCMP_CMP_NE", SECCOMP_NE },
	{ "SCMP_CMP_LT", SECCOMP_LT }, { "SCMP_CMP_LE", SECCOMP_LE },
	{ "SCMP_CMP_GT", SECCOMP_GT }, { "SCMP_CMP_GE", SECCOMP_GE },
	{ "SCMP_CMP_MASKED_EQ", SECCOMP_MASKED_EQ },
};

/* What docker calls this machine. */
static const char docker_arch[] =
#if defined(__x86_64__)
	"amd64"
#elif defined(__i386__)
	"x86"
#elif defined(__aarch64__)
	"arm64"
#elif defined(__arm__)
	"arm"
#elif defined(__riscv)
	"riscv64"
#elif defined(__powerpc64__)
	"ppc64le"
#elif defined(__s390x__)
	"s390x"
#endif
	;

static int decode_action(const char *name, json_int_t errnum, uint32_t *ret_action,
			 struct error *err)
{
	if (errnum < 0 || errnum > ERRNO_MAX)
		return error_set(err, ERROR_INVALID, "an errno is out of range");
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		uint32_t action = actions[i].action;

		if (strcmp(actions[i].name, name) != 0)
			continue;
		if (action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE)
			action |= (uint32_t)errnum;
		*ret_action = action;
		return 0;
	}
	return error_set(err, ERROR_UNSUPPORTED, "action '%s' is not supported", name);
}

static int decode_operator(const char *name, enum seccomp_operator *ret_operator,
			   struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++) {
		if (strcmp(operators[i].name, name) == 0) {
			*ret_operator = operators[i].operator;
			return 0;
		}
	}
	return error_set(err, ERROR_UNSUPPORTED, "comparison '%s' is not supported", name);
}

static int decode_condition(json_t *json, struct seccomp_condition *ret_condition,
			    struct error *err)
{
	json_int_t index, value, second = 0;
	const char *operator;
	json_error_t at;

	if (json_unpack_ex(json, &at, 0, "{s:I, s:I, s?I, s:s}", "index", &index, "value", &value,
			   "valueTwo", &second, "op", &operator) < 0)
		return error_set(err, ERROR_INVALID, "a condition: %s", at.text);
	if (index < 0 || index > 5 || value < 0 || second < 0)
		return error_set(err, ERROR_INVALID, "a condition's number is out of range");
	ret_condition->argument = (unsigned int)index;
	if (decode_operator(operator, &ret_condition->operator, err) < 0)
		return -1;
	ret_condition->value = (uint64_t)value;
	if (ret_condition->operator == SECCOMP_MASKED_EQ) {
		ret_condition->mask = (uint64_t)value;
		ret_condition->value = (uint64_t)second;
	}
	return 0;
}

static int decode_conditions(json_t *args, struct seccomp_rule *rule, struct error *err)
{
	size_t i;
	json_t *json;

	if (!args || json_is_null(args))
		return 0;
	if (!json_is_array(args) || json_array_size(args) > SECCOMP_CONDITIONS_MAX)
		return error_set(err, ERROR_INVALID, "args is no array of at most %d",
				 SECCOMP_CONDITIONS_MAX);
	json_array_foreach(args, i, json) {
		if (decode_condition(json, &rule->conditions[i], err) < 0)
			return -1;
	}
	rule->condition_count = (unsigned int)json_array_size(args);
	return 0;
}

/* How many of the capabilities named in `list` we have. */
static int count_capabilities(json_t *list, uint64_t capabilities, size_t *ret_have,
			      struct error *err)
{
	size_t i, have = 0;
	json_t *json;

	json_array_foreach(list, i, json) {
		unsigned int number;

		if (!json_is_string(json))
			return error_set(err, ERROR_INVALID, "caps is no list of names");
		if (capability_parse(json_string_value(json), &number, err) < 0)
			return -1;
		have += (capabilities >> number) & 1;
	}
	*ret_have = have;
	return 0;
}

static bool names_this_arch(json_t *list)
{
	size_t i;
	json_t *json;

	json_array_foreach(list, i, json) {
		if (json_is_string(json) && strcmp(json_string_value(json), docker_arch) == 0)
			return true;
	}
	return false;
}

static bool kernel_is_at_least(const char *wanted)
{
	unsigned int major, minor, wanted_major, wanted_minor;
	struct utsname name;

	if (sscanf(wanted, "%u.%u", &wanted_major, &wanted_minor) != 2 || uname(&name) < 0 ||
	    sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return false;
	return major > wanted_major || (major == wanted_major && minor >= wanted_minor);
}

struct filter {
	json_t *caps, *arches;
	const char *min_kernel;
};

static int decode_filter(json_t *json, struct filter *ret_filter, struct error *err)
{
	json_error_t at;

	*ret_filter = (struct filter){ 0 };
	if (!json || json_is_null(json))
		return 0;
	if (json_unpack_ex(json, &at, 0, "{s?o, s?o, s?s}", "caps", &ret_filter->caps, "arches",
			   &ret_filter->arches, "minKernel", &ret_filter->min_kernel) < 0)
		return error_set(err, ERROR_INVALID, "a filter: %s", at.text);
	return 0;
}

/* Whether a group of rules counts: all of `includes` holds, and nothing of `excludes`. */
static int is_wanted(json_t *includes, json_t *excludes, uint64_t capabilities, bool *ret_wanted,
		     struct error *err)
{
	struct filter in, out;
	size_t have_in, have_out;

	if (decode_filter(includes, &in, err) < 0 || decode_filter(excludes, &out, err) < 0 ||
	    count_capabilities(in.caps, capabilities, &have_in, err) < 0 ||
	    count_capabilities(out.caps, capabilities, &have_out, err) < 0)
		return -1;
	*ret_wanted = have_in == json_array_size(in.caps) && have_out == 0 &&
		      (json_array_size(in.arches) == 0 || names_this_arch(in.arches)) &&
		      !names_this_arch(out.arches) &&
		      (!in.min_kernel || kernel_is_at_least(in.min_kernel)) &&
		      (!out.min_kernel || !kernel_is_at_least(out.min_kernel));
	return 0;
}

static int add_names(struct seccomp_rules *rules, struct seccomp_rule *rule, json_t *names,
		     const char *single, struct error *err)
{
	size_t i;
	json_t *json;

	if (single) {
		rule->name = single;
		seccomp_rules_add(rules, rule);
	}
	json_array_foreach(names, i, json) {
		if (!json_is_string(json))
			return error_set(err, ERROR_INVALID, "names is no list of names");
		if (rules->count >= SECCOMP_RULES_MAX)
			return error_set(err, ERROR_INVALID, "more than %d rules",
					 SECCOMP_RULES_MAX);
		rule->name = json_string_value(json);
		seccomp_rules_add(rules, rule);
	}
	return 0;
}

static int decode_group(json_t *json, uint64_t capabilities, struct seccomp_rules *rules,
			struct error *err)
{
	json_t *names = NULL, *args = NULL, *includes = NULL, *excludes = NULL;
	const char *action, *single = NULL;
	struct seccomp_rule rule = { 0 };
	json_int_t errnum = EPERM;
	json_error_t at;
	bool wanted;

	if (json_unpack_ex(json, &at, 0, "{s?o, s?s, s:s, s?I, s?o, s?o, s?o}", "names", &names,
			   "name", &single, "action", &action, "errnoRet", &errnum, "args", &args,
			   "includes", &includes, "excludes", &excludes) < 0)
		return error_set(err, ERROR_INVALID, "syscalls: %s", at.text);
	if (is_wanted(includes, excludes, capabilities, &wanted, err) < 0)
		return -1;
	if (!wanted)
		return 0;
	if (decode_action(action, errnum, &rule.action, err) < 0 ||
	    decode_conditions(args, &rule, err) < 0)
		return -1;
	return add_names(rules, &rule, names, single, err);
}

static bool lists_text(json_t *list, const char *text)
{
	size_t i;
	json_t *json;

	json_array_foreach(list, i, json) {
		if (json_is_string(json) && strcmp(json_string_value(json), text) == 0)
			return true;
	}
	return false;
}

/* Our own architecture is always served; the others if listed, where there is a list. */
static uint32_t disabled_arches(json_t *architectures, json_t *arch_map)
{
	json_t *listed = architectures, *json;
	uint32_t disabled = 0;
	size_t i;

	json_array_foreach(arch_map, i, json) {
		const char *name = json_string_value(json_object_get(json, "architecture"));

		if (name && strcmp(name, seccomp_arch_name(0)) == 0)
			listed = json_object_get(json, "subArchitectures");
	}
	if (!json_array_size(architectures) && !json_array_size(arch_map))
		return 0;
	for (i = 1; seccomp_arch_name(i); i++) {
		if (!lists_text(listed, seccomp_arch_name(i)))
			disabled |= 1U << i;
	}
	return disabled;
}

static bool is_refusal(uint32_t action)
{
	return action != SECCOMP_RET_ALLOW && action != SECCOMP_RET_LOG &&
	       (action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_TRACE &&
	       action != (SECCOMP_RET_ERRNO | ENOSYS);
}

static int decode_profile(json_t *json, uint64_t capabilities, struct seccomp_rules *rules,
			  struct error *err)
{
	json_t *groups = NULL, *architectures = NULL, *arch_map = NULL, *group;
	json_int_t errnum = EPERM;
	const char *action;
	json_error_t at;
	size_t i;

	if (json_unpack_ex(json, &at, 0, "{s:s, s?I, s?o, s?o, s?o}", "defaultAction", &action,
			   "defaultErrnoRet", &errnum, "syscalls", &groups, "architectures",
			   &architectures, "archMap", &arch_map) < 0)
		return error_set(err, ERROR_INVALID, "%s", at.text);
	if (json_object_get(json, "listenerPath"))
		return error_set(err, ERROR_UNSUPPORTED, "listenerPath is not supported");
	if (decode_action(action, errnum, &rules->default_action, err) < 0)
		return -1;
	rules->newer_are_unknown = is_refusal(rules->default_action);
	rules->disabled_arches = disabled_arches(architectures, arch_map);
	json_array_foreach(groups, i, group) {
		if (decode_group(group, capabilities, rules, err) < 0)
			return -1;
	}
	return 0;
}

int seccomp_compose_file(const char *path, uint64_t capabilities,
			 struct seccomp_program *ret_program, struct error *err)
{
	auto_release(seccomp_rules) struct seccomp_rules rules = { 0 };
	auto_json json_t *json = json_read_file(AT_FDCWD, path, PROFILE_SIZE_MAX, err);

	if (!json || decode_profile(json, capabilities, &rules, err) < 0 ||
	    seccomp_compose(&rules, ret_program, err) < 0)
		return error_context(err, "seccomp profile '%s'", path);
	return 0;
}
