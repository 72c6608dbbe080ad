/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes manual pages while building, from the command tables and a fragment of roff
 * that was written by hand:
 *
 *	gen-man --pages			the pages there are: NAME, or NAME<TAB>PAGE IT STANDS FOR
 *	gen-man NAME [FRAGMENT]		the page, on standard output
 *	gen-man --list			all options: COMMAND, NAME, LETTER or -, TYPE; for tests
 *
 * NAME is "proa", "proa-run", "proa-container-run". The options go before the second
 * section of the fragment, which begins with DESCRIPTION.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/global.h"
#include "cli/options.h"

#define FRAGMENT_SIZE_MAX ((size_t)1 << 20)

static const char *type_word(enum option_type type)
{
	switch (type) {
	case OPTION_TYPE_FLAG: return "flag";
	case OPTION_TYPE_STRING: return "string";
	case OPTION_TYPE_INTEGER: return "integer";
	case OPTION_TYPE_LIST: return "list";
	case OPTION_TYPE_CSV_LIST: return "csv-list";
	case OPTION_TYPE_SIZE: return "size";
	case OPTION_TYPE_IGNORED: return "ignored";
	case OPTION_TYPE_IGNORED_FLAG: return "ignored-flag";
	case OPTION_TYPE_UNSUPPORTED: return "unsupported";
	case OPTION_TYPE_UNSUPPORTED_FLAG: return "unsupported-flag";
	case OPTION_TYPE_MORE: break;
	}
	abort();
}

static bool is_ignored(const struct option *option)
{
	return option->type == OPTION_TYPE_IGNORED || option->type == OPTION_TYPE_IGNORED_FLAG;
}

static bool is_unsupported(const struct option *option)
{
	return option->type == OPTION_TYPE_UNSUPPORTED ||
	       option->type == OPTION_TYPE_UNSUPPORTED_FLAG;
}

/* Text of ours as roff: what it would take as its own, and characters it would beautify. */
static void print_roff(const char *text)
{
	for (const char *c = text; *c; c++) {
		switch (*c) {
		case '\\': fputs("\\e", stdout); break;
		case '-': fputs("\\-", stdout); break;
		case '\'': fputs("\\(aq", stdout); break;
		case '`': fputs("\\(ga", stdout); break;
		case '^': fputs("\\(ha", stdout); break;
		case '~': fputs("\\(ti", stdout); break;
		case '.':
			fputs(c == text ? "\\&." : ".", stdout);
			break;
		default: putchar(*c);
		}
	}
}

static void print_font(char font, const char *before, const char *text)
{
	printf("\\f%c", font);
	print_roff(before);
	print_roff(text);
	fputs("\\fR", stdout);
}

/* The page that a command has: "proa-ps", "proa-container-prune". New string. */
static char *page_name(const struct command *command)
{
	if (command->group && command->alias)
		return xasprintf("proa-%s", command->alias);
	if (command->group)
		return xasprintf("proa-%s-%s", command->group, command->name);
	return xasprintf("proa-%s", command->name);
}

/* The page that only points to it: "proa-container-ls"; NULL when there is none. */
static char *link_name(const struct command *command)
{
	if (!command->group || !command->alias)
		return NULL;
	return xasprintf("proa-%s-%s", command->group, command->name);
}

static void list_pages(void)
{
	puts("proa");
	for (const struct command *const *c = commands; *c; c++) {
		auto_free char *page = page_name(*c);
		auto_free char *link = link_name(*c);

		puts(page);
		if (link)
			printf("%s\t%s\n", link, page);
	}
}

static void list_table(const char *command, const struct option *table)
{
	for (const struct option *o = option_first(table); o; o = option_next(o))
		printf("%s\t%s\t%c\t%s\n", command, o->name, o->letter ? o->letter : '-',
		       type_word(o->type));
}

static void list_options(void)
{
	list_table("(root)", global_options);
	for (const struct command *const *c = commands; *c; c++) {
		auto_free char *name = (*c)->group ? xasprintf("%s %s", (*c)->group, (*c)->name) :
						     xstrdup((*c)->name);

		list_table(name, (*c)->options);
	}
}

/* The head of an option's paragraph: "-e, --env KEY". */
static void print_option_name(const struct option *option)
{
	char letter[] = { option->letter, '\0' };

	puts(".TP");
	if (option->letter) {
		print_font('B', "-", letter);
		fputs(", ", stdout);
	}
	print_font('B', "--", option->name);
	if (option->value) {
		putchar(' ');
		print_font('I', "", option->value);
	}
	putchar('\n');
}

static void print_sentence(const char *text)
{
	print_roff(text);
	puts(has_suffix(text, ".") ? "" : ".");
}

/* The option with a help text that `option` is another spelling of, or NULL. */
static const struct option *same_option(const struct option *table, const struct option *option)
{
	for (const struct option *o = option_first(table); o; o = option_next(o))
		if (o->help && o->type == option->type && o->offset == option->offset)
			return o;
	return NULL;
}

/* Options that the help does not show but that are taken, as docker has them. */
static void print_hidden(const struct option *table)
{
	for (const struct option *o = option_first(table); o; o = option_next(o)) {
		const struct option *same;

		if (o->help || is_ignored(o) || is_unsupported(o) || strcmp(o->name, "help") == 0)
			continue;
		same = same_option(table, o);
		print_option_name(o);
		if (same) {
			fputs("Another spelling of ", stdout);
			print_font('B', "--", same->name);
			puts(".");
		} else {
			puts("Accepted, for docker has it; it changes nothing here.");
		}
	}
}

static void print_names(const char *heading, const struct option *table,
			bool (*wanted)(const struct option *option))
{
	bool any = false;

	for (const struct option *o = option_first(table); o; o = option_next(o)) {
		if (!wanted(o))
			continue;
		if (any)
			puts(",");
		else
			printf(".PP\n%s\n", heading);
		fputs("\\%", stdout);	/* not to be hyphenated */
		print_font('B', "--", o->name);
		any = true;
	}
	if (any)
		puts(".");
}

static void print_options(const char *heading, const struct option *table)
{
	size_t count;
	auto_free const struct option **sorted = options_sorted(table, &count);

	printf(".SH %s\n", heading);
	for (size_t i = 0; i < count; i++) {
		print_option_name(sorted[i]);
		print_sentence(sorted[i]->help);
	}
	print_hidden(table);
	puts(".TP\n\\fB\\-\\-help\\fR\nShow the options and do nothing else.");
	print_names("Accepted without effect, as they have none with docker on Linux:", table,
		    is_ignored);
	print_names(table == global_options ?
		    "Refused with an error, for there is no daemon to choose:" :
		    "Known, and refused with an error, for what they ask for is not done yet:",
		    table, is_unsupported);
}

static void print_title(const char *page, const char *summary)
{
	fputs(".\\\" Made from the command tables and a fragment in man/; edit those.\n.TH \"", stdout);
	for (const char *c = page; *c; c++)
		putchar(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
	printf("\" 1 \"\" \"proa %s\" \"proa manual\"\n.SH NAME\n", PACKAGE_VERSION);
	print_roff(page);
	fputs(" \\- ", stdout);
	if (summary[0] >= 'A' && summary[0] <= 'Z' && summary[1] >= 'a')
		putchar(*summary++ - 'A' + 'a');
	print_roff(summary);
	putchar('\n');
}

static void print_usage(const struct command *command, const char *group, const char *word)
{
	printf(".SY \"proa ");
	if (group)
		printf("%s ", group);
	printf("%s\"\n", word);
	if (option_first(command->options))
		puts("[\\fIOPTIONS\\fR]");
	if (command->operands) {
		print_roff(command->operands);
		putchar('\n');
	}
	puts(".YS");
}

static void print_synopsis(const struct command *command)
{
	auto_release(strings) struct strings names = { 0 };

	puts(".SH SYNOPSIS");
	if (!command->group || command->alias)
		print_usage(command, NULL, command->group ? command->alias : command->name);
	if (!command->group)
		return;
	strings_add(&names, command->name);
	if (command->more_names)
		strings_split(&names, command->more_names, ' ');
	for (size_t i = 0; i < names.count; i++)
		print_usage(command, command->group, names.items[i]);
}

static void print_commands(void)
{
	puts(".SH COMMANDS");
	for (const struct command *const *c = commands; *c; c++) {
		auto_free char *page = page_name(*c);

		puts(".TP");
		print_font('B', "", page);
		puts("(1)");
		print_sentence((*c)->summary);
	}
}

/* `text` with what the tables know put before its second section. */
static void print_fragment(const char *text, const struct command *command)
{
	const char *second = strstr(text, "\n.SH ");

	if (second && has_prefix(text, ".SH "))
		printf("%.*s\n", (int)(second - text), text);
	else
		fputs(text, stdout);
	if (command) {
		print_options("OPTIONS", command->options);
	} else {
		print_commands();
		print_options("GLOBAL OPTIONS", global_options);
	}
	if (second && has_prefix(text, ".SH "))
		fputs(second + 1, stdout);
}

static int print_page(const char *page, const struct command *command, const char *path,
		      struct error *err)
{
	auto_release(buffer) struct buffer fragment = { 0 };

	if (file_read(AT_FDCWD, path, FRAGMENT_SIZE_MAX, &fragment, err) < 0)
		return -1;
	print_title(page, command ? command->summary : "containers without a daemon");
	if (command)
		print_synopsis(command);
	else
		puts(".SH SYNOPSIS\n.SY proa\n[\\fIGLOBAL OPTIONS\\fR]\n\\fICOMMAND\\fR\n"
		     "[\\fIARGUMENTS\\fR]\n.YS");
	print_fragment(fragment.data ? fragment.data : "", command);
	return 0;
}

static int print_named(const char *name, const char *fragment, struct error *err)
{
	if (strcmp(name, "proa") == 0 && fragment)
		return print_page(name, NULL, fragment, err);
	for (const struct command *const *c = commands; *c; c++) {
		auto_free char *page = page_name(*c);
		auto_free char *link = link_name(*c);

		if (strcmp(page, name) == 0 && fragment)
			return print_page(name, *c, fragment, err);
		if (link && strcmp(link, name) == 0) {
			printf(".so man1/%s.1\n", page);
			return 0;
		}
	}
	return error_set(err, ERROR_NOT_FOUND, "no page is called '%s'", name);
}

int main(int argc, char **argv)
{
	auto_error err = { 0 };

	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		list_options();
	} else if (argc == 2 && strcmp(argv[1], "--pages") == 0) {
		list_pages();
	} else if (argc < 2 || argc > 3 || print_named(argv[1], argv[2], &err) < 0) {
		fprintf(stderr, "gen-man: %s\n", err.message ? err.message : "see gen-man.c");
		return EXIT_FAILURE;
	}
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
