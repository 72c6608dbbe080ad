/* SPDX-License-Identifier: Apache-2.0 */
/* proa image trust: which images may come in, shown and set. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "registry/policy.h"

#define INDENT 4

DEFINE_AUTO(table, table_free);

struct trust_args {
	const char *policy, *type;
	struct strings keys;
	bool json, no_heading, raw;
};

static const struct option trust_options[] = {
	OPTION_FLAG('j', "json", struct trust_args, json, "show: as JSON"),
	OPTION_FLAG('n', "noheading", struct trust_args, no_heading, "show: no headings"),
	OPTION_LIST('f', "pubkeysfile", "FILE", struct trust_args, keys,
		    "set: a public key that may have signed (repeatable)"),
	OPTION_FLAG(0, "raw", struct trust_args, raw, "show: the file itself"),
	OPTION_STRING(0, "signature-policy", "FILE", struct trust_args, policy,
		      "Another policy.json"),
	OPTION_STRING('t', "type", "TYPE", struct trust_args, type,
		      "set: accept, reject, sigstoreSigned, or signedBy (the default)"),
	OPTION_UNSUPPORTED(0, "registrypath", "DIRECTORY"),
	OPTION_END,
};

static void trust_defaults(void *args)
{
	((struct trust_args *)args)->type = "signedBy";
}

/* podman's words for the types. */
static const char *type_word(const struct policy_requirement *requirement)
{
	if (strcmp(requirement->type, "insecureAcceptAnything") == 0)
		return "accept";
	return strcmp(requirement->type, "signedBy") == 0 ? "signed" : requirement->type;
}

/* Which keys are asked for, in a word. New string. */
static char *keys_text(const struct policy_requirement *requirement)
{
	auto_free char *paths = strings_join(&requirement->key_paths, ", ");
	auto_free char *shown = NULL;

	if (requirement->key_texts.count > 0)
		return xstrdup("(inside of the file)");
	shown = printable(paths);
	return *shown || requirement->check == POLICY_SIGSTORE ? take_ptr(&shown) : xstrdup("N/A");
}

static const char *transport_word(const struct policy_scope *scope)
{
	if (!scope->transport)
		return "all";
	return strcmp(scope->transport, "docker") == 0 ? "repository" : scope->transport;
}

static void add_rows(struct table *table, const struct policy_scope *scope)
{
	auto_free char *name = printable(scope->name);
	auto_free char *transport = printable(transport_word(scope));

	for (size_t i = 0; i < scope->count; i++) {
		auto_free char *type = printable(type_word(&scope->requirements[i]));
		auto_free char *keys = keys_text(&scope->requirements[i]);
		auto_free char *cells = xasprintf("%s\t%s\t%s\t%s", transport, name, type,
						  strcmp(keys, "N/A") == 0 ? "" : keys);

		table_add(table, cells);
	}
}

static void show_table(const struct policy *policy, const char *wanted, bool headings)
{
	auto_of(table) struct table *table = table_new();

	if (headings)
		table_add(table, "TRANSPORT\tNAME\tTYPE\tID");
	for (size_t i = 0; i < policy->scope_count; i++)
		if (!wanted || strcmp(policy->scopes[i].name, wanted) == 0)
			add_rows(table, &policy->scopes[i]);
	table_print(table, stdout);
}

static void show_json(const struct policy *policy, const char *wanted)
{
	auto_json json_t *list = json_array();
	auto_free char *text = NULL;

	for (size_t i = 0; i < policy->scope_count; i++) {
		const struct policy_scope *scope = &policy->scopes[i];

		for (size_t r = 0; r < scope->count; r++) {
			json_t *keys = json_from_strings(&scope->requirements[r].key_paths);

			if (!wanted || strcmp(scope->name, wanted) == 0)
				json_array_append_new(
					list, json_pack("{s:s, s:s, s:s, s:s, s:O}", "transport",
							transport_word(scope), "name",
							scope->transport ? scope->name : "* (default)",
							"repo_name", scope->name, "type",
							type_word(&scope->requirements[r]), "keys",
							keys));
			json_decref(keys);
		}
	}
	text = json_dumps(list, JSON_INDENT(INDENT));
	puts(text ? text : "[]");
}

static int show_raw(const struct trust_args *args, struct error *err)
{
	auto_free char *path = policy_find_file(args->policy);
	auto_release(buffer) struct buffer text = { 0 };

	if (!path)
		return error_set(err, ERROR_NOT_FOUND,
				 "there is no policy.json: every image is accepted");
	if (file_read(AT_FDCWD, path, POLICY_SIZE_MAX, &text, err) < 0)
		return -1;
	fwrite(text.data, 1, text.size, stdout);
	return 0;
}

static int show(const struct trust_args *args, const char *wanted, struct error *err)
{
	auto_release(policy) struct policy policy = { 0 };

	if (args->raw)
		return show_raw(args, err);
	if (policy_load(args->policy, &policy, err) < 0)
		return -1;
	if (args->json)
		show_json(&policy, wanted);
	else
		show_table(&policy, wanted, !args->no_heading);
	return 0;
}

static int set(const struct trust_args *args, const char *scope, struct error *err)
{
	if (!scope)
		return error_set(err, ERROR_USAGE, "which registry? 'default' stands for all");
	if (policy_set(args->policy, scope, args->type, &args->keys, err) < 0)
		return -1;
	if (strcmp(args->type, "signedBy") == 0)
		warning("proa cannot check GPG signatures (signedBy): it refuses images of '%s'; "
			"it can check sigstoreSigned", scope);
	return 0;
}

static int trust_run(const struct invocation *invocation, struct error *err)
{
	const struct trust_args *args = invocation->args;
	const char *verb = invocation->operands[0];
	const char *registry = invocation->operands[1];

	if (strcmp(verb, "show") == 0)
		return show(args, registry, err);
	if (strcmp(verb, "set") == 0)
		return set(args, registry, err);
	return error_set(err, ERROR_USAGE, "'%s' is neither show nor set", verb);
}

const struct command command_image_trust = {
	.name = "trust",
	.group = "image",
	.operands = "show|set [REGISTRY[/REPOSITORY]]",
	.operands_min = 1,
	.operands_max = 2,
	.summary = "Show or set which images are accepted",
	.examples = "  proa image trust show\n"
		    "  proa image trust set -t sigstoreSigned -f cosign.pub registry.example/team\n"
		    "  proa image trust set -t reject default\n",
	.options = trust_options,
	.args_size = sizeof(struct trust_args),
	.defaults = trust_defaults,
	.run = trust_run,
};
