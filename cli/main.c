/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa: finds the command, parses its options, runs it, and turns its outcome into
 * docker's exit codes.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/command.h"
#include "cli/global.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/spelling.h"

#define EXIT_USAGE 125

/* The command line while it is taken apart. */
struct words {
	char **argv;
	int argc;
	const char *group;	/* "container", once that word was met */
	char *path;		/* "proa container ls", for messages */
};

static void words_release(struct words *words)
{
	free(words->path);
}

static void ignore_signal(int signal)
{
	(void)signal;
}

/* A lost reader shall be an error of write(2), not a silent death. A handler and not SIG_IGN,
 * which programs in containers would inherit. */
static void catch_broken_pipes(void)
{
	const struct sigaction action = { .sa_handler = ignore_signal, .sa_flags = SA_RESTART };

	sigaction(SIGPIPE, &action, NULL);
}

/* Files that are opened later must not become the standard streams. What is written to one that was
 * closed is an error, as without this. */
static void occupy_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static void extend_path(struct words *words, const char *word)
{
	char *path = xasprintf("%s %s", words->path, word);

	free(words->path);
	words->path = path;
}

static bool is_group(const char *word)
{
	for (const struct command_group *g = command_groups; g->name; g++)
		if (strcmp(g->name, word) == 0)
			return true;
	return false;
}

static const struct command *find_command(const char *group, const char *word)
{
	for (const struct command *const *c = commands; *c; c++)
		if (command_is(*c, group, word))
			return *c;
	return NULL;
}

static int unknown_command(const struct words *words, const char *word)
{
	struct spelling spelling = SPELLING_OF(word);
	auto_free char *message = NULL;

	for (const struct command *const *c = commands; *c; c++) {
		const char *name = words->group ? (*c)->name : (*c)->alias;

		if (!words->group && !(*c)->group)
			name = (*c)->name;
		if (name &&
		    (!words->group || ((*c)->group && strcmp((*c)->group, words->group) == 0)))
			spelling_consider(&spelling, name);
	}
	if (!words->group)
		for (const struct command_group *g = command_groups; g->name; g++)
			spelling_consider(&spelling, g->name);
	message = xasprintf("proa: '%s' is not a %s command%s%s%s", word, words->path,
			    spelling.nearest ? "; did you mean '" : "",
			    spelling.nearest ? spelling.nearest : "", spelling.nearest ? "'?" : "");
	report_usage(words->path, message);
	return 1;
}

/* Parses global options up to the next command word, which becomes argv[0]. */
static int take_word(struct words *words, struct global_args *global, struct error *err)
{
	bool help;

	return options_parse(global_options, words->argv, words->argc, true, global, &words->argv,
			     &words->argc, &help, err);
}

static void drop_word(struct words *words)
{
	words->argv++;
	words->argc--;
}

static void enter_group(struct words *words)
{
	words->group = words->argv[0];
	extend_path(words, words->group);
	drop_word(words);
}

/* "help", "help run", "help container ls". */
static int show_help(struct words *words)
{
	const struct command *command;

	if (!words->group && words->argc > 0 && is_group(words->argv[0]))
		enter_group(words);
	if (words->argc == 0) {
		if (words->group)
			help_group(words->group);
		else
			help_program(global_options);
		return 0;
	}
	command = find_command(words->group, words->argv[0]);
	if (!command)
		return unknown_command(words, words->argv[0]);
	extend_path(words, words->argv[0]);
	help_command(words->path, command);
	return 0;
}

static int wrong_operand_count(const struct words *words, const struct command *command)
{
	auto_free char *message = NULL;
	int min = command->operands_min;
	int max = command->operands_max;

	if (max == 0)
		message = xasprintf("\"%s\" accepts no arguments.", words->path);
	else if (min == max)
		message = xasprintf("\"%s\" requires exactly %d argument%s.", words->path, min,
				    min == 1 ? "" : "s");
	else if (max == OPERANDS_ANY)
		message = xasprintf("\"%s\" requires at least %d argument%s.", words->path, min,
				    min == 1 ? "" : "s");
	else
		message = xasprintf("\"%s\" requires at least %d and at most %d arguments.",
				    words->path, min, max);
	report_usage(words->path, message);
	return 1;
}

static bool takes_operands(const struct command *command, const void *args, int count)
{
	if (command->operands_max != OPERANDS_ANY && count > command->operands_max)
		return false;
	return count >= command->operands_min ||
	       (command->options_suffice && command->options_suffice(args));
}

static int exit_code(const struct command *command, const struct error *err)
{
	switch (err->kind) {
	case ERROR_COMMAND_NOT_FOUND:
		return 127;
	case ERROR_COMMAND_NOT_EXECUTABLE:
		return 126;
	case ERROR_USAGE:
		return EXIT_USAGE;
	case ERROR_CANCELLED:
		return 128 + SIGINT;
	default:
		return command->errors_are_125 ? EXIT_USAGE : EXIT_FAILURE;
	}
}

static int run_command(const struct words *words, const struct command *command,
		       const struct global_args *global)
{
	auto_free void *args = xcalloc(1, command->args_size ? command->args_size : 1);
	struct invocation invocation = { .command = command, .global = global, .args = args };
	auto_free char **operands = NULL;
	auto_error err = { 0 };
	int status = -1;
	bool help = false;

	if (command->defaults)
		command->defaults(args);
	if (options_parse(command->options, words->argv, words->argc, command->stops_at_operand,
			  args, &operands, &invocation.operand_count, &help, &err) < 0) {
		report_usage(words->path, err.message);
		status = EXIT_USAGE;
	} else if (help) {
		help_command(words->path, command);
		status = 0;
	} else if (!takes_operands(command, args, invocation.operand_count)) {
		status = wrong_operand_count(words, command);
	} else {
		invocation.operands = operands;
		if (command->errors_are_125)
			report_as_program();
		status = command->run(&invocation, &err);
		if (status < 0) {
			report_error(&err);
			status = exit_code(command, &err);
		}
	}
	options_release(command->options, args);
	return status;
}

static int dispatch_command(struct words *words, struct global_args *global)
{
	const struct command *command;

	if (words->argc == 0 || global->help)
		return show_help(words);
	command = find_command(words->group, words->argv[0]);
	if (!command)
		return unknown_command(words, words->argv[0]);
	global_apply(global);
	extend_path(words, words->argv[0]);
	drop_word(words);
	return run_command(words, command, global);
}

/* Finds the command among the words and runs it. */
static int dispatch(struct words *words, struct global_args *global)
{
	auto_free char **top = NULL;
	auto_free char **below_group = NULL;
	auto_error err = { 0 };

	if (take_word(words, global, &err) < 0)
		goto usage;
	top = words->argv;
	if (global->version) {
		printf("proa version %s\n", PACKAGE_VERSION);
		return 0;
	}
	if (words->argc > 0 && strcmp(words->argv[0], "help") == 0) {
		drop_word(words);
		return show_help(words);
	}
	if (words->argc > 0 && is_group(words->argv[0])) {
		enter_group(words);
		if (take_word(words, global, &err) < 0)
			goto usage;
		below_group = words->argv;
	}
	return dispatch_command(words, global);
usage:
	report_usage(words->path, err.message);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	__attribute__((cleanup(words_release))) struct words words = {
		.argv = argv + 1, .argc = argc > 0 ? argc - 1 : 0, .path = xstrdup("proa"),
	};
	struct global_args global = { 0 };
	int status;

	occupy_standard_streams();
	catch_broken_pipes();
	warnings_to(report_warning);
	status = dispatch(&words, &global);
	options_release(global_options, &global);
	return report_finish(status);
}
