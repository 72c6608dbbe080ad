/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing policy.json. An ordinary user's first change begins with a copy of the system's
 * policy, which his own takes the place of.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "registry/policy.h"

#define INDENT 4
#define MODE 0644

static int no_keys(const char *type, const struct strings *keys, struct error *err)
{
	if (keys->count == 0)
		return 0;
	return error_set(err, ERROR_USAGE, "a policy of type '%s' has no public keys", type);
}

/* What of a requirement tells the keys. */
static int add_keys(json_t *requirement, const char *type, const struct strings *keys,
		    struct error *err)
{
	auto_release(strings) struct strings paths = { 0 };

	if (keys->count == 0)
		return error_set(err, ERROR_USAGE,
				 "a policy of type '%s' needs at least one public key (--pubkeysfile)", type);
	for (size_t i = 0; i < keys->count; i++) {
		char *path = realpath(keys->items[i], NULL);

		if (!path)
			return error_errno(err, "cannot use the key '%s'", keys->items[i]);
		strings_take(&paths, path);
	}
	if (paths.count == 1)
		json_object_set_new(requirement, "keyPath", json_string(paths.items[0]));
	else
		json_object_set_new(requirement, "keyPaths", json_from_strings(&paths));
	return 0;
}

static json_t *new_requirement(const char *type, const struct strings *keys, struct error *err)
{
	auto_json json_t *requirement = json_object();
	int result;

	if (strcmp(type, "accept") == 0 || strcmp(type, "insecureAcceptAnything") == 0) {
		json_object_set_new(requirement, "type", json_string("insecureAcceptAnything"));
		result = no_keys(type, keys, err);
	} else if (strcmp(type, "reject") == 0) {
		json_object_set_new(requirement, "type", json_string("reject"));
		result = no_keys(type, keys, err);
	} else if (strcmp(type, "signedBy") == 0) {
		json_object_set_new(requirement, "type", json_string(type));
		json_object_set_new(requirement, "keyType", json_string("GPGKeys"));
		result = add_keys(requirement, type, keys, err);
	} else if (strcmp(type, "sigstoreSigned") == 0) {
		json_object_set_new(requirement, "type", json_string(type));
		result = add_keys(requirement, type, keys, err);
	} else {
		result = error_set(err, ERROR_USAGE, "invalid choice of trust type '%s': must be one of "
				   "accept, reject, signedBy, sigstoreSigned", type);
	}
	return result < 0 ? NULL : take_ptr(&requirement);
}

/* The member `key`, an object, made if it is not there. */
static json_t *get_object(json_t *parent, const char *key)
{
	json_t *object = json_object_get(parent, key);

	if (!object) {
		object = json_object();
		json_object_set_new(parent, key, object);
	}
	return object;
}

static json_t *read_policy(const char *path, struct error *err)
{
	json_t *document;

	if (!path)
		return json_pack("{s:[{s:s}]}", "default", "type", "insecureAcceptAnything");
	document = json_read_file(AT_FDCWD, path, POLICY_SIZE_MAX, err);
	if (!document && err->kind == ERROR_NOT_FOUND) {
		error_release(err);
		return read_policy(NULL, err);
	}
	return document;
}

static int write_policy(const char *path, const json_t *document, struct error *err)
{
	auto_free char *text = json_dumps(document, JSON_INDENT(INDENT));
	auto_release(policy) struct policy checked = { 0 };
	auto_free char *real = realpath(path, NULL);
	auto_free char *folder = xstrdup(real ? real : path);
	char *slash = strrchr(folder, '/');
	auto_fd int dir = -1;

	/* What is written must be what a pull can read. */
	if (policy_decode(text, strlen(text), &checked, err) < 0)
		return -1;
	if (slash)
		*slash = '\0';
	dir = dir_make(AT_FDCWD, !slash ? "." : *folder ? folder : "/", 0755, err);
	if (dir < 0)
		return -1;
	return file_write(dir, slash ? slash + 1 : folder, text, strlen(text), MODE, FILE_DURABLE,
			  err);
}

int policy_set(const char *given, const char *scope, const char *type, const struct strings *keys,
	       struct error *err)
{
	auto_json json_t *requirement = new_requirement(type, keys, err);
	auto_free char *current = policy_find_file(given);
	auto_free char *path = policy_own_file(given);
	auto_json json_t *document = NULL;
	json_t *list;

	if (!requirement)
		return -1;
	if (!path)
		return error_set(err, ERROR_OTHER, "nowhere to keep a policy: HOME is not set");
	document = read_policy(current, err);
	if (!document)
		return -1;
	list = json_pack("[O]", requirement);
	if (strcmp(scope, "default") == 0)
		json_object_set_new(document, "default", list);
	else
		json_object_set_new(get_object(get_object(document, "transports"), "docker"), scope,
				    list);
	if (write_policy(path, document, err) < 0)
		return error_context(err, "cannot change '%s'", path);
	return 0;
}
