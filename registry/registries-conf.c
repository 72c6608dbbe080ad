/* SPDX-License-Identifier: Apache-2.0 */
/* The files of registries.conf(5) read one over the other; see registry/registries-conf.h. */
#include "registry/registries-conf.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/toml.h"

#define FILE_SIZE_MAX ((size_t)1 << 20)
#define FILES_MAX 1000
#define RULES_MAX 10000
#define MIRRORS_MAX 100
#define LOCATION_MAX 255

/* The file that is being read. */
struct source {
	const char *path;
	struct registries *registries;
	struct error *err;
};

static void rule_release(struct registry_rule *rule)
{
	for (size_t i = 0; i < rule->mirror_count; i++)
		free(rule->mirrors[i].location);
	free(rule->mirrors);
	free(rule->prefix);
	free(rule->location);
	free(rule->file);
	*rule = (struct registry_rule){ 0 };
}

void registries_release(struct registries *registries)
{
	for (size_t i = 0; i < registries->rule_count; i++)
		rule_release(&registries->rules[i]);
	free(registries->rules);
	strings_release(&registries->search);
	strings_release(&registries->aliases);
	free(registries->enforced_by);
	*registries = (struct registries){ 0 };
}

/* "FILE:LINE: 'KEY' WHAT". */
static int bad_key(const struct source *source, const json_t *table, const char *key,
		   const char *what)
{
	auto_free char *shown = printable(key);

	return error_set(source->err, ERROR_INVALID, "%s:%u: '%.100s' %s", source->path,
			 toml_line(table, key), shown, what);
}

/* NULL in *ret_text where there is none. */
static int get_string(const struct source *source, const json_t *table, const char *key,
		      const char **ret_text)
{
	const json_t *value = json_object_get(table, key);

	*ret_text = json_string_value(value);
	return value && !*ret_text ? bad_key(source, table, key, "must be a string") : 0;
}

static int get_bool(const struct source *source, const json_t *table, const char *key,
		    bool *ret_value)
{
	const json_t *value = json_object_get(table, key);

	*ret_value = json_is_true(value);
	if (value && !json_is_boolean(value))
		return bad_key(source, table, key, "must be true or false");
	return 0;
}

/* A location has no scheme, and may end in a slash that means nothing. *ret_location is a new string, or
 * NULL where there is none. */
static int get_location(const struct source *source, const json_t *table, const char *key,
			char **ret_location)
{
	const char *text;
	size_t length;

	*ret_location = NULL;
	if (get_string(source, table, key, &text) < 0)
		return -1;
	if (is_empty(text))
		return 0;
	if (strstr(text, "://"))
		return bad_key(source, table, key, "must not have a scheme like https://");
	for (length = strlen(text); length > 1 && text[length - 1] == '/'; length--)
		;
	if (length > LOCATION_MAX || text[0] == '/' || strpbrk(text, " \t@?#%\\\""))
		return bad_key(source, table, key, "is no host with an optional path");
	*ret_location = xstrndup(text, length);
	return 0;
}

static int read_mirror(const struct source *source, const json_t *table, bool digest_only,
		       struct registry_mirror *mirror)
{
	const char *use;

	if (!json_is_object(table))
		return error_set(source->err, ERROR_INVALID, "%s: a mirror must be a table",
				 source->path);
	if (get_location(source, table, "location", &mirror->location) < 0 ||
	    get_bool(source, table, "insecure", &mirror->insecure) < 0 ||
	    get_string(source, table, "pull-from-mirror", &use) < 0)
		return -1;
	if (!mirror->location)
		return error_set(source->err, ERROR_INVALID, "%s:%u: a mirror has no location",
				 source->path, toml_line(table, ""));
	mirror->use = digest_only ? MIRROR_FOR_DIGESTS : MIRROR_FOR_ALL;
	if (is_empty(use))
		return 0;
	if (digest_only)
		return bad_key(source, table, "pull-from-mirror",
			       "cannot stand beside mirror-by-digest-only");
	if (!strcmp(use, "digest-only"))
		mirror->use = MIRROR_FOR_DIGESTS;
	else if (!strcmp(use, "tag-only"))
		mirror->use = MIRROR_FOR_TAGS;
	else if (strcmp(use, "all") != 0)
		return bad_key(source, table, "pull-from-mirror",
			       "must be one of all, digest-only, tag-only");
	return 0;
}

static int read_mirrors(const struct source *source, const json_t *table,
			struct registry_rule *rule)
{
	const json_t *list = json_object_get(table, "mirror");
	size_t count = json_array_size(list);
	bool digest_only;

	if (get_bool(source, table, "mirror-by-digest-only", &digest_only) < 0)
		return -1;
	if (list && (!json_is_array(list) || count > MIRRORS_MAX))
		return bad_key(source, table, "mirror", "must be a list of tables, not too long");
	rule->mirrors = xcalloc(count + 1, sizeof(*rule->mirrors));
	for (size_t i = 0; i < count; i++) {
		rule->mirror_count++;
		if (read_mirror(source, json_array_get(list, i), digest_only,
				&rule->mirrors[i]) < 0)
			return -1;
	}
	return 0;
}

static int check_prefix(const struct source *source, const json_t *table,
			const struct registry_rule *rule)
{
	const char *prefix = rule->prefix;

	if (!prefix)
		return error_set(source->err, ERROR_INVALID,
				 "%s:%u: a registry has neither prefix nor location",
				 source->path, rule->line);
	if (!strchr(prefix, '*'))
		return 0;
	if (!has_prefix(prefix, "*.") || strpbrk(prefix + 2, "*/") || !prefix[2])
		return bad_key(source, table, "prefix", "may have '*' only in the form *.domain");
	return 0;
}

static int read_rule(const struct source *source, const json_t *table, struct registry_rule *rule)
{
	if (!json_is_object(table))
		return error_set(source->err, ERROR_INVALID, "%s: a registry must be a table",
				 source->path);
	rule->file = xstrdup(source->path);
	rule->line = toml_line(table, "");
	if (get_location(source, table, "prefix", &rule->prefix) < 0 ||
	    get_location(source, table, "location", &rule->location) < 0 ||
	    get_bool(source, table, "insecure", &rule->insecure) < 0 ||
	    get_bool(source, table, "blocked", &rule->blocked) < 0)
		return -1;
	if (!rule->prefix)
		rule->prefix = xstrdup(rule->location);
	if (check_prefix(source, table, rule) < 0)
		return -1;
	return read_mirrors(source, table, rule);
}

/* Adds `rule` (moved from) in place of one with the same prefix. */
static void put_rule(struct registries *registries, struct registry_rule *rule)
{
	struct registry_rule *slot = NULL;

	for (size_t i = 0; i < registries->rule_count; i++) {
		if (!strcmp(registries->rules[i].prefix, rule->prefix))
			slot = &registries->rules[i];
	}
	if (!slot) {
		registries->rules = xrealloc_array(registries->rules, registries->rule_count + 1,
						   sizeof(*registries->rules));
		slot = &registries->rules[registries->rule_count++];
		*slot = (struct registry_rule){ 0 };
	}
	rule_release(slot);
	*slot = *rule;
	*rule = (struct registry_rule){ 0 };
}

static int read_rules(const struct source *source, const json_t *root)
{
	const json_t *list = json_object_get(root, "registry");

	if (list && (!json_is_array(list) || json_array_size(list) > RULES_MAX))
		return bad_key(source, root, "registry", "must be a list of tables, not too long");
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct registry_rule rule = { 0 };

		if (read_rule(source, json_array_get(list, i), &rule) < 0) {
			rule_release(&rule);
			return -1;
		}
		put_rule(source->registries, &rule);
	}
	return 0;
}

static int read_search(const struct source *source, const json_t *root)
{
	static const char key[] = "unqualified-search-registries";
	const json_t *list = json_object_get(root, key);
	auto_release(strings) struct strings found = { 0 };

	if (!list)
		return 0;
	if (!json_is_array(list))
		return bad_key(source, root, key, "must be a list of host names");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *host = json_string_value(json_array_get(list, i));

		if (is_empty(host) || strlen(host) > LOCATION_MAX || strpbrk(host, " \t@?#%\\\"") ||
		    strstr(host, "://"))
			return bad_key(source, root, key, "must be a list of host names");
		strings_add(&found, host);
	}
	strings_copy(&source->registries->search, &found);
	return 0;
}

static int read_mode(const struct source *source, const json_t *root)
{
	static const char key[] = "short-name-mode";
	struct registries *registries = source->registries;
	const char *mode;

	if (get_string(source, root, key, &mode) < 0)
		return -1;
	if (is_empty(mode))
		return 0;
	if (strcmp(mode, "enforcing") != 0 && strcmp(mode, "permissive") != 0 &&
	    strcmp(mode, "disabled") != 0)
		return bad_key(source, root, key,
			       "must be one of enforcing, permissive, disabled");
	registries->enforcing = !strcmp(mode, "enforcing");
	replace_string(&registries->enforced_by, registries->enforcing ? source->path : NULL);
	return 0;
}

/* An alias with an empty value takes one of a file before away. */
static int read_aliases(const struct source *source, const json_t *root)
{
	json_t *table = json_object_get(root, "aliases");
	struct strings *aliases = &source->registries->aliases;
	json_t *value;
	const char *name;

	if (table && !json_is_object(table))
		return bad_key(source, root, "aliases", "must be a table");
	json_object_foreach(table, name, value) {
		auto_release(reference) struct reference reference = { 0 };
		const char *full = json_string_value(value);
		auto_error problem = { 0 };

		if (!strcmp(name, TOML_LINES))
			continue;
		if (!full || strchr(name, '='))
			return bad_key(source, table, name, "must be a string");
		strings_unset_value(aliases, name);
		if (!*full)
			continue;
		if (reference_parse(full, &reference, &problem) < 0)
			return bad_key(source, table, name, "must stand for the full name of an image");
		strings_set_value(aliases, name, full);
	}
	return 0;
}

/* Version 1 had these tables, which podman no longer reads either. */
static int check_version(const struct source *source, const json_t *root)
{
	if (!json_object_get(root, "registries"))
		return 0;
	return error_set(source->err, ERROR_UNSUPPORTED,
			 "%s:%u: it is in the old form (version 1); write [[registry]] tables",
			 source->path, toml_line(root, "registries"));
}

int registries_add_file(struct registries *registries, const char *path, struct error *err)
{
	const struct source source = { .path = path, .registries = registries, .err = err };
	auto_json json_t *root = toml_read_file(AT_FDCWD, path, FILE_SIZE_MAX, err);

	if (!root)
		return -1;
	if (check_version(&source, root) < 0 || read_search(&source, root) < 0 ||
	    read_mode(&source, root) < 0 || read_rules(&source, root) < 0)
		return -1;
	return read_aliases(&source, root);
}

/* The user's containers directory, or NULL. New string. */
static char *user_folder(const char *variable, const char *below_home)
{
	const char *base = getenv(variable);
	const char *home = getenv("HOME");

	if (!is_empty(base))
		return xasprintf("%s/containers", base);
	return is_empty(home) ? NULL : xasprintf("%s/%s/containers", home, below_home);
}

/* Whether the file was there, or -1. */
static int add_if_there(struct registries *registries, const char *path, struct error *err)
{
	if (registries_add_file(registries, path, err) == 0)
		return 1;
	if (err->kind != ERROR_NOT_FOUND)
		return -1;
	error_release(err);
	return 0;
}

/* Lists the folder's *.conf files as NAME=PATH, over those of folders before. */
static int list_folder(const char *folder, struct strings *files, struct error *err)
{
	auto_free char *path = xasprintf("%s/registries.conf.d", folder);
	auto_release(strings) struct strings names = { 0 };
	auto_fd int dir = dir_open(AT_FDCWD, path, err);

	if (dir < 0 || dir_list(dir, &names, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_release(err);
		return 0;
	}
	if (names.count > FILES_MAX)
		return error_set(err, ERROR_INVALID, "'%s' has more than %d files", path, FILES_MAX);
	for (size_t i = 0; i < names.count; i++) {
		auto_free char *file = xasprintf("%s/%s", path, names.items[i]);

		if (has_suffix(names.items[i], ".conf") && !strchr(names.items[i], '='))
			strings_set_value(files, names.items[i], file);
	}
	return 0;
}

static int add_folders(struct registries *registries, const char *const *folders, size_t count,
		       struct error *err)
{
	auto_release(strings) struct strings files = { 0 };

	for (size_t i = count; i > 0; i--) {
		if (folders[i - 1] && list_folder(folders[i - 1], &files, err) < 0)
			return -1;
	}
	strings_sort(&files);
	for (size_t i = 0; i < files.count; i++) {
		if (add_if_there(registries, strchr(files.items[i], '=') + 1, err) < 0)
			return -1;
	}
	return 0;
}

static int add_main_file(struct registries *registries, const char *const *folders, size_t count,
			 struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		auto_free char *path = NULL;
		int found;

		if (!folders[i])
			continue;
		path = xasprintf("%s/registries.conf", folders[i]);
		found = add_if_there(registries, path, err);
		if (found != 0)
			return found < 0 ? -1 : 0;
	}
	return 0;
}

/* What podman wrote down when somebody chose among several registries. */
static int add_recorded_aliases(struct registries *registries, struct error *err)
{
	auto_free char *folder = user_folder("XDG_CACHE_HOME", ".cache");
	auto_free char *path = NULL;

	if (!folder)
		return 0;
	path = xasprintf("%s/short-name-aliases.conf", folder);
	return add_if_there(registries, path, err) < 0 ? -1 : 0;
}

static int load(struct registries *registries, struct error *err)
{
	auto_free char *user = user_folder("XDG_CONFIG_HOME", ".config");
	const char *const folders[] = { user, "/etc/containers", "/usr/share/containers" };
	const char *only = getenv("CONTAINERS_REGISTRIES_CONF");
	const char *last = getenv("CONTAINERS_REGISTRIES_CONF_OVERRIDE");

	if (!is_empty(only)) {
		if (registries_add_file(registries, only, err) < 0)
			return error_context(err, "CONTAINERS_REGISTRIES_CONF");
	} else if (add_main_file(registries, folders, ARRAY_SIZE(folders), err) < 0 ||
		   add_folders(registries, folders, ARRAY_SIZE(folders), err) < 0 ||
		   add_recorded_aliases(registries, err) < 0) {
		return -1;
	}
	if (!is_empty(last) && registries_add_file(registries, last, err) < 0)
		return error_context(err, "CONTAINERS_REGISTRIES_CONF_OVERRIDE");
	return 0;
}

int registries_load(struct registries *ret_registries, struct error *err)
{
	struct registries registries = { 0 };

	if (load(&registries, err) < 0) {
		registries_release(&registries);
		return -1;
	}
	*ret_registries = registries;
	return 0;
}
