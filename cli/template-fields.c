/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What docker's templates know beyond the JSON they run over: there they see Go
 * structs. A field that the JSON leaves out when it is empty can still be asked for,
 * and a null list prints as a list.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "cli/template-tree.h"

enum field_kind { FIELD_MAP, FIELD_LIST, FIELD_POINTER, FIELD_STRING, FIELD_BOOL };

struct field {
	const char *name;
	enum field_kind kind;
	const char *parent;	/* the object it is in, or NULL: any */
	const char *beside;	/* a member that tells the object it may be missing from, or NULL */
};

static const struct field fields[] = {
	/* maps, whose keys are data */
	{ "Annotations", FIELD_MAP, NULL, "NetworkMode" },
	{ "Attributes", FIELD_MAP, NULL, NULL },
	{ "Config", FIELD_MAP, "LogConfig", NULL },
	{ "Data", FIELD_MAP, "GraphDriver", NULL },
	{ "DriverOpts", FIELD_MAP, NULL, NULL },
	{ "ExposedPorts", FIELD_MAP, "Config", "Env" },
	{ "Labels", FIELD_MAP, NULL, NULL },
	{ "Networks", FIELD_MAP, NULL, NULL },
	{ "Options", FIELD_MAP, NULL, NULL },
	{ "PortBindings", FIELD_MAP, NULL, NULL },
	{ "Ports", FIELD_MAP, "NetworkSettings", NULL },
	{ "StorageOpt", FIELD_MAP, NULL, "NetworkMode" },
	{ "Sysctls", FIELD_MAP, NULL, "NetworkMode" },
	{ "Tmpfs", FIELD_MAP, NULL, "NetworkMode" },
	{ "Volumes", FIELD_MAP, "Config", "Env" },
	/* lists */
	{ "Aliases", FIELD_LIST, NULL, NULL },
	{ "Binds", FIELD_LIST, NULL, NULL },
	{ "CapAdd", FIELD_LIST, NULL, NULL },
	{ "CapDrop", FIELD_LIST, NULL, NULL },
	{ "Cmd", FIELD_LIST, "Config", "Env" },
	{ "Devices", FIELD_LIST, NULL, NULL },
	{ "Dns", FIELD_LIST, NULL, NULL },
	{ "DnsOptions", FIELD_LIST, NULL, NULL },
	{ "DnsSearch", FIELD_LIST, NULL, NULL },
	{ "Entrypoint", FIELD_LIST, "Config", "Env" },
	{ "Env", FIELD_LIST, "Config", "Cmd" },
	{ "ExecIDs", FIELD_LIST, NULL, NULL },
	{ "ExtraHosts", FIELD_LIST, NULL, NULL },
	{ "GroupAdd", FIELD_LIST, NULL, NULL },
	{ "Links", FIELD_LIST, NULL, NULL },
	{ "MaskedPaths", FIELD_LIST, NULL, NULL },
	{ "Mounts", FIELD_LIST, "HostConfig", "NetworkMode" },
	{ "OnBuild", FIELD_LIST, "Config", "Env" },
	{ "ReadonlyPaths", FIELD_LIST, NULL, NULL },
	{ "RepoDigests", FIELD_LIST, NULL, NULL },
	{ "RepoTags", FIELD_LIST, NULL, NULL },
	{ "SecurityOpt", FIELD_LIST, NULL, NULL },
	{ "Shell", FIELD_LIST, "Config", "Env" },
	{ "Ulimits", FIELD_LIST, NULL, NULL },
	{ "VolumesFrom", FIELD_LIST, NULL, NULL },
	/* what may not be there */
	{ "Health", FIELD_POINTER, NULL, "Pid" },
	{ "Healthcheck", FIELD_POINTER, "Config", "Env" },
	{ "Init", FIELD_POINTER, NULL, "NetworkMode" },
	{ "SizeRootFs", FIELD_POINTER, NULL, "HostConfig" },
	{ "SizeRw", FIELD_POINTER, NULL, "HostConfig" },
	{ "StopTimeout", FIELD_POINTER, "Config", "Env" },
	{ "ArgsEscaped", FIELD_BOOL, "Config", "Env" },
	{ "NetworkDisabled", FIELD_BOOL, "Config", "Env" },
	{ "Author", FIELD_STRING, NULL, "RepoTags" },
	{ "Comment", FIELD_STRING, NULL, "RepoTags" },
	{ "Driver", FIELD_STRING, NULL, "Destination" },
	{ "MacAddress", FIELD_STRING, "Config", "Env" },
	{ "Name", FIELD_STRING, NULL, "Destination" },
	{ "OsVersion", FIELD_STRING, NULL, "RepoTags" },
	{ "Parent", FIELD_STRING, NULL, "RepoTags" },
	{ "Runtime", FIELD_STRING, NULL, "NetworkMode" },
	{ "StopSignal", FIELD_STRING, "Config", "Env" },
	{ "Type", FIELD_STRING, NULL, "Destination" },
	{ "User", FIELD_STRING, "Config", "Env" },
	{ "Variant", FIELD_STRING, NULL, "RepoTags" },
	{ "WorkingDir", FIELD_STRING, "Config", "Env" },
};

static const struct field *find(const char *parent, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const struct field *field = &fields[i];

		if (strcmp(field->name, name) == 0 &&
		    (!field->parent || (parent && strcmp(field->parent, parent) == 0)))
			return field;
	}
	return NULL;
}

/* Go's name of a field differs from the JSON's in case alone: ID and Id, NanoCPUs and NanoCpus. */
static json_t *find_spelling(const json_t *object, const char *name)
{
	const char *key;
	json_t *value;

	if (!isupper((unsigned char)name[0]))
		return NULL;
	json_object_foreach((json_t *)object, key, value)
		if (key[0] == name[0] && strcasecmp(key, name) == 0)
			return value;
	return NULL;
}

static json_t *empty_value(enum field_kind kind)
{
	switch (kind) {
	case FIELD_STRING: return json_string("");
	case FIELD_BOOL: return json_false();
	default: return json_null();
	}
}

json_t *template_field(const json_t *object, const char *parent, const char *name)
{
	json_t *value = json_object_get(object, name);
	const struct field *field;

	if (!value && json_is_object(object))
		value = find_spelling(object, name);
	if (value)
		return json_incref(value);
	field = find(parent, name);
	if (field && field->beside && json_object_get(object, field->beside))
		return empty_value(field->kind);
	return NULL;
}

bool template_field_is_map(const char *parent, const char *name)
{
	const struct field *field = find(parent, name);

	return field && field->kind == FIELD_MAP;
}

const char *template_null_text(const char *parent, const char *name)
{
	const struct field *field = find(parent, name);

	if (!field)
		return "<no value>";
	if (field->kind == FIELD_LIST)
		return "[]";
	return field->kind == FIELD_MAP ? "map[]" : "<nil>";
}
