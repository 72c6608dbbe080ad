/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands are tables: the parser, --help, the completions and the option part of
 * the man pages are all made from them.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strings.h"

struct engine;
struct error;

enum option_type {
	OPTION_TYPE_FLAG,	/* bool; --x, --x=false */
	OPTION_TYPE_STRING,	/* const char *; the last wins; borrowed from argv */
	OPTION_TYPE_INTEGER,	/* long long */
	OPTION_TYPE_LIST,	/* struct strings; repeatable, the value taken whole */
	OPTION_TYPE_CSV_LIST,	/* struct strings; repeatable and split at commas */
	OPTION_TYPE_SIZE,	/* unsigned long long bytes (base/units.h) */
	OPTION_TYPE_IGNORED,	/* accepted with a value, without effect (deprecated at docker) */
	OPTION_TYPE_IGNORED_FLAG,
	OPTION_TYPE_UNSUPPORTED,	/* docker has it and we do not yet: refused by name */
	OPTION_TYPE_UNSUPPORTED_FLAG,
	OPTION_TYPE_MORE,	/* the end of this table; `more` goes on */
};

struct option {
	char letter;		/* 0: none */
	const char *name;
	enum option_type type;
	const char *value;	/* what the value is called in help: "NAME"; NULL for flags */
	size_t offset;		/* into the command's args */
	const char *help;	/* one line, our own words; NULL: hidden from help */
	const struct option *more;	/* OPTION_TYPE_MORE: the next table of the same args */
};

#define OPTION_FLAG(letter, name, args, field, help) \
	{ letter, name, OPTION_TYPE_FLAG, NULL, offsetof(args, field), help, NULL }
#define OPTION_STRING(letter, name, value, args, field, help) \
	{ letter, name, OPTION_TYPE_STRING, value, offsetof(args, field), help, NULL }
#define OPTION_INTEGER(letter, name, value, args, field, help) \
	{ letter, name, OPTION_TYPE_INTEGER, value, offsetof(args, field), help, NULL }
#define OPTION_LIST(letter, name, value, args, field, help) \
	{ letter, name, OPTION_TYPE_LIST, value, offsetof(args, field), help, NULL }
#define OPTION_CSV_LIST(letter, name, value, args, field, help) \
	{ letter, name, OPTION_TYPE_CSV_LIST, value, offsetof(args, field), help, NULL }
#define OPTION_SIZE(letter, name, value, args, field, help) \
	{ letter, name, OPTION_TYPE_SIZE, value, offsetof(args, field), help, NULL }
#define OPTION_IGNORED(letter, name, value) \
	{ letter, name, OPTION_TYPE_IGNORED, value, 0, NULL, NULL }
#define OPTION_IGNORED_FLAG(letter, name) \
	{ letter, name, OPTION_TYPE_IGNORED_FLAG, NULL, 0, NULL, NULL }
#define OPTION_UNSUPPORTED(letter, name, value) \
	{ letter, name, OPTION_TYPE_UNSUPPORTED, value, 0, NULL, NULL }
#define OPTION_UNSUPPORTED_FLAG(letter, name) \
	{ letter, name, OPTION_TYPE_UNSUPPORTED_FLAG, NULL, 0, NULL, NULL }
#define OPTION_END { 0, NULL, OPTION_TYPE_FLAG, NULL, 0, NULL, NULL }
/* Ends a table whose args begin with those of `table`. */
#define OPTION_MORE(table) { 0, NULL, OPTION_TYPE_MORE, NULL, 0, NULL, table }

/* option_first() and option_next() walk a table and those it goes on with; NULL at the end. */
static inline const struct option *option_first(const struct option *table)
{
	while (table && !table->name)
		table = table->type == OPTION_TYPE_MORE ? table->more : NULL;
	return table;
}

static inline const struct option *option_next(const struct option *option)
{
	return option_first(option + 1);
}

struct global_args {
	const char *root, *runroot;
	struct strings storage_options;
	const char *config;	/* docker's directory, default ~/.docker */
	const char *log_level;
	bool debug;
	bool version, help;
};

struct invocation {
	const struct command *command;
	const struct global_args *global;
	void *args;		/* args_size bytes, filled from the options */
	char **operands;	/* NULL-terminated */
	int operand_count;
};

/* A command's function returns the exit status (0..255), or -1 with *err: then cli/main.c prints
 * the error and turns its kind into docker's exit code. */
typedef int (*command_function)(const struct invocation *invocation, struct error *err);

struct command {
	const char *name;		/* "ls" */
	const char *group;		/* "container", "image"; NULL: at the top only */
	const char *alias;		/* docker's short spelling at the top: "ps"; NULL none */
	const char *more_names;		/* "list ps": others inside the group, by blanks */
	const char *operands;		/* "IMAGE [COMMAND] [ARG...]" */
	int operands_min, operands_max;	/* max -1: any number */
	/* Whether the options say what is meant (--all, --latest), so that no operand is needed. */
	bool (*options_suffice)(const void *args);
	bool stops_at_operand;		/* options end at the first operand (run, create, exec) */
	bool errors_are_125;		/* run and create: every failure of ours is 125 */
	const char *summary;		/* one line, our own words, no period */
	const char *examples;		/* for the help, or NULL */
	const struct option *options;
	size_t args_size;
	void (*defaults)(void *args);	/* fills in what is not zero; or NULL */
	command_function run;
};

extern const struct command *const commands[];	/* NULL-terminated; cli/commands.c */

struct command_group {
	const char *name;	/* "container" */
	const char *summary;	/* for the help: "Manage containers" */
};
extern const struct command_group command_groups[];	/* ends with a NULL name; cli/commands.c */

/* Whether `command` goes by `word` after its group's name, or at the top when `group` is NULL. */
bool command_is(const struct command *command, const char *group, const char *word);

#define OPERANDS_ANY (-1)

#endif
