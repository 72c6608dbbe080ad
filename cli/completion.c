/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa completion: a script for bash, zsh or fish, made from the command tables.
 * Names of containers and images are asked of proa itself at the time.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/global.h"

static const struct option completion_options[] = { OPTION_END };

#define CONTAINER_NAMES "proa ps -a --format '{{.Names}}' 2>/dev/null"
#define IMAGE_NAMES "proa images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null | grep -v '<none>'"

/* What the first operand is, by its name in the usage line. */
static const char *operand_kind(const struct command *command)
{
	if (!command->operands)
		return "none";
	if (strncmp(command->operands, "CONTAINER", 9) == 0)
		return "containers";
	return strstr(command->operands, "IMAGE") ? "images" : "any";
}

typedef void (*path_printer)(const char *path, const struct command *command);

/* Calls `print` for every spelling: "ps", "container ls", "container list". */
static void each_path(path_printer print)
{
	for (const struct command *const *c = commands; *c; c++) {
		auto_release(strings) struct strings names = { 0 };

		if ((*c)->more_names)
			strings_split(&names, (*c)->more_names, ' ');
		strings_add(&names, (*c)->name);
		if (!(*c)->group || (*c)->alias)
			print((*c)->group ? (*c)->alias : (*c)->name, *c);
		for (size_t i = 0; (*c)->group && i < names.count; i++) {
			auto_free char *path = xasprintf("%s %s", (*c)->group, names.items[i]);

			print(path, *c);
		}
	}
}

/* The words that may stand after `group`, or at the top, each behind a blank. */
static void print_words(const char *group)
{
	for (const struct command *const *c = commands; *c; c++) {
		const char *top = (*c)->group ? (*c)->alias : (*c)->name;

		if (!group && top)
			printf(" %s", top);
		if (group && (*c)->group && strcmp((*c)->group, group) == 0)
			printf(" %s", (*c)->name);
	}
	for (const struct command_group *g = command_groups; !group && g->name; g++)
		printf(" %s", g->name);
	if (!group)
		printf(" help");
}

static void print_flags(const struct option *table)
{
	for (const struct option *o = option_first(table); o; o = option_next(o))
		if (o->help)
			printf(" --%s", o->name);
	printf(" --help");
}

static void bash_case(const char *path, const struct command *command)
{
	printf("\t'%s') operands=%s; options='", path, operand_kind(command));
	print_flags(command->options);
	printf("' ;;\n");
}

static void print_bash(void)
{
	printf("# bash completion for proa\n\n"
	       "_proa_describe() {\n\tcase $1 in\n");
	each_path(bash_case);
	for (const struct command_group *g = command_groups; g->name; g++) {
		printf("\t'%s') operands=words; words='", g->name);
		print_words(g->name);
		printf("' ;;\n");
	}
	printf("\t*) return 1 ;;\n\tesac\n}\n\n");
	printf("_proa() {\n"
	       "\tlocal current=${COMP_WORDS[COMP_CWORD]} path='' operands=words options='' "
	       "words='' word\n"
	       "\toptions='");
	print_flags(global_options);
	printf("'\n\twords='");
	print_words(NULL);
	printf("'\n"
	       "\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	       "\t\t[[ $word == -* ]] && continue\n"
	       "\t\t_proa_describe \"${path:+$path }$word\" && path=\"${path:+$path }$word\"\n"
	       "\t\t[[ $operands == words ]] || break\n"
	       "\tdone\n"
	       "\t[[ $current == -* ]] && words=$options || case $operands in\n"
	       "\tcontainers) words=$(" CONTAINER_NAMES ") ;;\n"
	       "\timages) words=$(" IMAGE_NAMES ") ;;\n"
	       "\tesac\n"
	       "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
	       "\ttype __ltrim_colon_completions &>/dev/null && __ltrim_colon_completions "
	       "\"$current\"\n"
	       "\treturn 0\n"
	       "}\n"
	       "complete -o default -F _proa proa\n");
}

/* Prints `text` inside single quotes of a shell; `special` bytes get a backslash. */
static void print_quoted(const char *text, const char *quote, const char *special)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs(quote, stdout);
		else if (strchr(special, *text))
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

static void zsh_option(const struct option *option)
{
	bool repeats = option->type == OPTION_TYPE_LIST || option->type == OPTION_TYPE_CSV_LIST;

	if (option->letter && !repeats)
		printf(" \\\n\t\t'(-%c --%s)'{-%c,--%s", option->letter, option->name,
		       option->letter, option->name);
	else if (option->letter)
		printf(" \\\n\t\t'*'{-%c,--%s", option->letter, option->name);
	else
		printf(" \\\n\t\t'%s--%s", repeats ? "*" : "", option->name);
	printf("%s%s[", option->value ? "=" : "", option->letter ? "}'" : "");
	print_quoted(option->help, "'\\''", "[]:\\");
	printf("]");
	if (option->value) {
		printf(":");
		print_quoted(option->value, "'\\''", "[]:\\");
		printf(":_files");
	}
	printf("'");
}

static void zsh_case(const char *path, const struct command *command)
{
	printf("\t'%s')\n\t\t_arguments -s -S", path);
	for (const struct option *o = option_first(command->options); o; o = option_next(o))
		if (o->help)
			zsh_option(o);
	printf(" \\\n\t\t'--help[Show help]' '*:operand:_proa_%s'\n\t\t;;\n",
	       operand_kind(command));
}

/* To zsh `path` is PATH itself, so the script has no variable of that name. */
static void print_zsh(void)
{
	printf("#compdef proa\n\n"
	       "_proa_containers() { compadd -- ${(f)\"$(" CONTAINER_NAMES ")\"} }\n"
	       "_proa_images() { compadd -- ${(f)\"$(" IMAGE_NAMES ")\"} }\n"
	       "_proa_any() { _files }\n"
	       "_proa_none() { }\n\n"
	       "_proa_command() {\n\tcase $1 in\n");
	each_path(zsh_case);
	printf("\tesac\n}\n\n"
	       "_proa() {\n"
	       "\tlocal command_path=''\n"
	       "\twhile (( CURRENT > 2 )) && [[ ${words[2]} == -* ]]; do\n"
	       "\t\tshift words; (( CURRENT-- ))\n"
	       "\tdone\n"
	       "\tif (( CURRENT == 2 )); then\n"
	       "\t\tcompadd --");
	print_words(NULL);
	printf("\n\t\treturn\n\tfi\n\tcommand_path=${words[2]}\n\tcase $command_path in\n");
	for (const struct command_group *g = command_groups; g->name; g++) {
		printf("\t%s)\n\t\tif (( CURRENT == 3 )); then\n\t\t\tcompadd --", g->name);
		print_words(g->name);
		printf("\n\t\t\treturn\n\t\tfi\n\t\tcommand_path=\"$command_path ${words[3]}\"\n"
		       "\t\tshift words; (( CURRENT-- ))\n\t\t;;\n");
	}
	printf("\tesac\n\tshift words; (( CURRENT-- ))\n\t_proa_command \"$command_path\"\n}\n\n"
	       "compdef _proa proa\n");
}

static void fish_case(const char *path, const struct command *command)
{
	for (const struct option *o = option_first(command->options); o; o = option_next(o)) {
		if (!o->help)
			continue;
		printf("complete -c proa -n '__proa_is %s' -l %s", path, o->name);
		if (o->letter)
			printf(" -s %c", o->letter);
		printf("%s -d '", o->value ? " -r" : "");
		print_quoted(o->help, "\\'", "\\");
		printf("'\n");
	}
	if (strcmp(operand_kind(command), "containers") == 0)
		printf("complete -c proa -n '__proa_is %s' -f -a '(__proa_containers)'\n", path);
	else if (strcmp(operand_kind(command), "images") == 0)
		printf("complete -c proa -n '__proa_is %s' -f -a '(__proa_images)'\n", path);
}

static void print_fish(void)
{
	printf("# fish completion for proa\n\n"
	       "function __proa_containers\n\t" CONTAINER_NAMES "\nend\n"
	       "function __proa_images\n\t" IMAGE_NAMES "\nend\n"
	       "# Whether the words before the cursor, options left out, begin with the given "
	       "ones.\n"
	       "function __proa_is\n"
	       "\tset -l words (string match -v -- '-*' (commandline -opc))[2..-1]\n"
	       "\tfor i in (seq (count $argv))\n"
	       "\t\ttest \"$words[$i]\" = \"$argv[$i]\"; or return 1\n"
	       "\tend\n"
	       "end\n"
	       "function __proa_at\n"
	       "\tset -l words (string match -v -- '-*' (commandline -opc))[2..-1]\n"
	       "\ttest \"$words\" = \"$argv\"\n"
	       "end\n\n"
	       "complete -c proa -n '__proa_at' -f -a '");
	print_words(NULL);
	printf("'\n");
	for (const struct command_group *g = command_groups; g->name; g++) {
		printf("complete -c proa -n '__proa_at %s' -f -a '", g->name);
		print_words(g->name);
		printf("'\n");
	}
	each_path(fish_case);
}

static int completion_run(const struct invocation *invocation, struct error *err)
{
	const char *shell = invocation->operands[0];

	if (strcmp(shell, "bash") == 0)
		print_bash();
	else if (strcmp(shell, "zsh") == 0)
		print_zsh();
	else if (strcmp(shell, "fish") == 0)
		print_fish();
	else
		return error_set(err, ERROR_OTHER,
				 "no completion for '%s'; there are bash, zsh and fish", shell);
	return 0;
}

const struct command command_completion = {
	.name = "completion",
	.operands = "bash|zsh|fish",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "Print a completion script for a shell",
	.examples = "  . <(proa completion bash)\n"
		    "  proa completion fish >~/.config/fish/completions/proa.fish\n",
	.options = completion_options,
	.run = completion_run,
};
