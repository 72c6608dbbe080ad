/* SPDX-License-Identifier: Apache-2.0 */
/* Usage, summary, options, examples: laid out in two columns, words wrapped in the second. */
#include "cli/help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "cli/command.h"
#include "cli/options.h"

#define SCREEN_WIDTH 80
#define LEFT_MAX 32	/* a wider left cell gets a line of its own */

/* Prints `text` from column `left` on, wrapped at blanks; the cursor is at that column. */
static void print_wrapped(const char *text, size_t left)
{
	size_t room = SCREEN_WIDTH - 1 - left;

	while (strlen(text) > room) {
		size_t length = room;

		while (length > 0 && text[length] != ' ')
			length--;
		if (length == 0)
			length = room;
		printf("%.*s\n%*s", (int)length, text, (int)left, "");
		text += length + (text[length] == ' ');
	}
	puts(text);
}

static void print_entry(const char *name, const char *text, size_t left)
{
	if (strlen(name) + 2 > left)
		printf("%s\n%*s", name, (int)left, "");
	else
		printf("%-*s", (int)left, name);
	print_wrapped(text, left);
}

static char *option_cell(const struct option *option)
{
	char letter[8] = "    ";

	if (option->letter)
		snprintf(letter, sizeof(letter), "-%c, ", option->letter);
	return xasprintf("  %s--%s%s%s", letter, option->name, option->value ? " " : "",
			 option->value ? option->value : "");
}

static void print_options(const char *heading, const struct option *table)
{
	size_t count;
	auto_free const struct option **sorted = options_sorted(table, &count);
	size_t left = 0;

	for (size_t i = 0; i < count; i++) {
		auto_free char *cell = option_cell(sorted[i]);

		if (strlen(cell) + 3 > left && strlen(cell) + 3 <= LEFT_MAX)
			left = strlen(cell) + 3;
	}
	if (count == 0)
		return;
	printf("\n%s:\n", heading);
	for (size_t i = 0; i < count; i++) {
		auto_free char *cell = option_cell(sorted[i]);

		print_entry(cell, sorted[i]->help, left);
	}
}

/* All the names of a command that has more than one. */
static void print_aliases(const struct command *command)
{
	struct strings names = { 0 };
	auto_free char *text = NULL;

	if (command->group)
		strings_addf(&names, "proa %s %s", command->group, command->name);
	if (command->more_names) {
		struct strings more = { 0 };

		strings_split(&more, command->more_names, ' ');
		for (size_t i = 0; i < more.count; i++)
			strings_addf(&names, "proa %s %s", command->group, more.items[i]);
		strings_release(&more);
	}
	if (command->alias)
		strings_addf(&names, "proa %s", command->alias);
	if (names.count > 1) {
		text = strings_join(&names, ", ");
		printf("\nAliases:\n  ");
		print_wrapped(text, 2);
	}
	strings_release(&names);
}

void help_command(const char *path, const struct command *command)
{
	printf("Usage:  %s%s%s%s\n\n%s\n", path,
	       option_first(command->options) ? " [OPTIONS]" : "", command->operands ? " " : "",
	       command->operands ? command->operands : "", command->summary);
	print_aliases(command);
	print_options("Options", command->options);
	if (command->examples)
		printf("\nExamples:\n%s", command->examples);
}

static int compare_short_names(const void *a, const void *b)
{
	const struct command *first = *(const struct command *const *)a;
	const struct command *second = *(const struct command *const *)b;

	return strcmp(first->alias ? first->alias : first->name,
		      second->alias ? second->alias : second->name);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp((*(const struct command *const *)a)->name,
		      (*(const struct command *const *)b)->name);
}

/* The commands of `group` (NULL: those in no group), under their short names or their full ones. */
static void print_commands(const char *heading, const char *group, bool short_names)
{
	auto_free const struct command **sorted = NULL;
	size_t count = 0;

	for (const struct command *const *c = commands; *c; c++) {
		bool here = group ? (*c)->group && strcmp((*c)->group, group) == 0 : !(*c)->group;

		if (!here || (group && short_names && !(*c)->alias))
			continue;
		sorted = xrealloc_array(sorted, count + 1, sizeof(*sorted));
		sorted[count++] = *c;
	}
	if (count == 0)
		return;
	qsort(sorted, count, sizeof(*sorted), short_names ? compare_short_names : compare_names);
	printf("\n%s:\n", heading);
	for (size_t i = 0; i < count; i++) {
		const char *name = group && short_names ? sorted[i]->alias : sorted[i]->name;
		auto_free char *cell = xasprintf("  %s", name);

		print_entry(cell, sorted[i]->summary, 14);
	}
}

void help_group(const char *group)
{
	for (const struct command_group *g = command_groups; g->name; g++)
		if (strcmp(g->name, group) == 0)
			printf("Usage:  proa %s COMMAND\n\n%s\n", group, g->summary);
	print_commands("Commands", group, false);
	printf("\nSee 'proa %s COMMAND --help' for a command's options.\n", group);
}

void help_program(const struct option *global)
{
	printf("Usage:  proa [OPTIONS] COMMAND\n\n"
	       "Containers without a daemon, in docker's words\n");
	print_commands("Containers", "container", true);
	print_commands("Images", "image", true);
	print_commands("The system", "system", true);
	print_commands("proa itself", NULL, true);
	printf("\nGroups:\n");
	for (const struct command_group *g = command_groups; g->name; g++) {
		auto_free char *cell = xasprintf("  %s", g->name);

		print_entry(cell, g->summary, 14);
	}
	print_options("Global options", global);
	printf("\nSee 'proa COMMAND --help' for a command's options.\n");
}
