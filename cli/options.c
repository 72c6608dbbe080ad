/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parser. Values are kept as they came; what a value means beyond its type is
 * for the command to say.
 */
#include "cli/options.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/units.h"
#include "cli/csv.h"
#include "cli/spelling.h"

struct parse {
	const struct option *options;
	void *args;
	char **argv;
	int argc;
	int at;			/* the word that is next */
	bool help;
};

static void *slot(const struct parse *parse, const struct option *option)
{
	return (char *)parse->args + option->offset;
}

static bool is_flag(const struct option *option)
{
	return option->type == OPTION_TYPE_FLAG || option->type == OPTION_TYPE_IGNORED_FLAG ||
	       option->type == OPTION_TYPE_UNSUPPORTED_FLAG;
}

static const struct option *find_name(const struct option *table, const char *name, size_t length)
{
	for (const struct option *o = option_first(table); o; o = option_next(o))
		if (strncmp(o->name, name, length) == 0 && o->name[length] == '\0')
			return o;
	return NULL;
}

static const struct option *find_letter(const struct option *table, char letter)
{
	for (const struct option *o = option_first(table); o; o = option_next(o))
		if (o->letter == letter)
			return o;
	return NULL;
}

/* "-n, --last", as docker names an option in its errors. */
static char *option_title(const struct option *option)
{
	if (option->letter)
		return xasprintf("-%c, --%s", option->letter, option->name);
	return xasprintf("--%s", option->name);
}

static int bad_value(const struct option *option, const char *value, const char *why,
		     struct error *err)
{
	auto_free char *title = option_title(option);

	return error_set(err, ERROR_USAGE, "invalid argument \"%s\" for \"%s\" flag: %s", value,
			 title, why);
}

static bool parse_bool(const char *text, bool *ret_value)
{
	static const char *const words[] = { "1", "t", "T", "true", "TRUE", "True",
					     "0", "f", "F", "false", "FALSE", "False" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(text, words[i]) == 0) {
			*ret_value = i < ARRAY_SIZE(words) / 2;
			return true;
		}
	return false;
}

/* `value` is NULL where a flag stands alone. */
static int set_flag(const struct parse *parse, const struct option *option, const char *value,
		    struct error *err)
{
	bool on = true;

	if (value && !parse_bool(value, &on))
		return bad_value(option, value, "not true or false", err);
	if (option->type == OPTION_TYPE_UNSUPPORTED_FLAG && on)
		return error_set(err, ERROR_USAGE, "--%s is not supported yet", option->name);
	if (option->type == OPTION_TYPE_FLAG)
		*(bool *)slot(parse, option) = on;
	return 0;
}

static int set_integer(const struct parse *parse, const struct option *option, const char *value,
		       struct error *err)
{
	auto_error why = { 0 };
	int64_t number;

	if (parse_i64(value[0] == '+' ? value + 1 : value, &number, &why) < 0)
		return bad_value(option, value, "not a whole number", err);
	*(long long *)slot(parse, option) = number;
	return 0;
}

static int set_size(const struct parse *parse, const struct option *option, const char *value,
		    struct error *err)
{
	auto_error why = { 0 };
	uint64_t bytes;

	if (size_parse(value, &bytes, &why) < 0 || bytes > INT64_MAX)
		return bad_value(option, value, "not a size such as 512m or 2g", err);
	*(unsigned long long *)slot(parse, option) = bytes;
	return 0;
}

static int set_csv(const struct parse *parse, const struct option *option, const char *value,
		   struct error *err)
{
	auto_error why = { 0 };

	if (csv_split(slot(parse, option), value, &why) < 0)
		return bad_value(option, value, why.message, err);
	return 0;
}

static int set_value(const struct parse *parse, const struct option *option, const char *value,
		     struct error *err)
{
	switch (option->type) {
	case OPTION_TYPE_FLAG:
	case OPTION_TYPE_IGNORED_FLAG:
	case OPTION_TYPE_UNSUPPORTED_FLAG:
		return set_flag(parse, option, value, err);
	case OPTION_TYPE_STRING:
		*(const char **)slot(parse, option) = value;
		return 0;
	case OPTION_TYPE_INTEGER:
		return set_integer(parse, option, value, err);
	case OPTION_TYPE_LIST:
		strings_add(slot(parse, option), value);
		return 0;
	case OPTION_TYPE_CSV_LIST:
		return set_csv(parse, option, value, err);
	case OPTION_TYPE_SIZE:
		return set_size(parse, option, value, err);
	case OPTION_TYPE_UNSUPPORTED:
		return error_set(err, ERROR_USAGE, "--%s is not supported yet", option->name);
	case OPTION_TYPE_IGNORED:
	case OPTION_TYPE_MORE:
		break;
	}
	return 0;
}

static int unknown_name(const struct parse *parse, const char *name, size_t length,
			struct error *err)
{
	auto_free char *word = xstrndup(name, length);
	struct spelling spelling = SPELLING_OF(word);

	for (const struct option *o = option_first(parse->options); o; o = option_next(o))
		if (o->type < OPTION_TYPE_IGNORED)
			spelling_consider(&spelling, o->name);
	spelling_consider(&spelling, "help");
	if (spelling.nearest)
		return error_set(err, ERROR_USAGE, "unknown flag: --%s; did you mean --%s?", word,
				 spelling.nearest);
	return error_set(err, ERROR_USAGE, "unknown flag: --%s", word);
}

/* --name, --name=value, --name value. */
static int parse_name(struct parse *parse, const char *word, struct error *err)
{
	const char *name = word + 2;
	size_t length = strcspn(name, "=");
	const char *value = name[length] ? name + length + 1 : NULL;
	const struct option *option = find_name(parse->options, name, length);

	if (length == 0 || name[0] == '-')
		return error_set(err, ERROR_USAGE, "bad flag syntax: %s", word);
	if (!option && length == 4 && strncmp(name, "help", 4) == 0) {
		parse->help = true;
		return 0;
	}
	if (!option)
		return unknown_name(parse, name, length, err);
	if (!value && !is_flag(option)) {
		if (parse->at == parse->argc)
			return error_set(err, ERROR_USAGE, "flag needs an argument: --%s", name);
		value = parse->argv[parse->at++];
	}
	return set_value(parse, option, value, err);
}

/* -n value, -nvalue, -n=value, -abc. */
static int parse_letters(struct parse *parse, const char *word, struct error *err)
{
	for (const char *letter = word + 1; *letter; letter++) {
		const struct option *option = find_letter(parse->options, *letter);
		const char *value = letter[1] == '=' ? letter + 2 : NULL;

		if (!option && *letter == 'h') {
			parse->help = true;
			continue;
		}
		if (!option)
			return error_set(err, ERROR_USAGE, "unknown shorthand flag: '%c' in %s",
					 *letter, word);
		if (!is_flag(option) && !value && letter[1])
			value = letter + 1;
		if (!is_flag(option) && !value) {
			if (parse->at == parse->argc)
				return error_set(err, ERROR_USAGE,
						 "flag needs an argument: '%c' in %s", *letter,
						 word);
			value = parse->argv[parse->at++];
		}
		if (set_value(parse, option, value, err) < 0)
			return -1;
		if (value)
			break;
	}
	return 0;
}

int options_parse(const struct option *options, char **argv, int argc, bool stop_at_operand,
		  void *args, char ***ret_operands, int *ret_operand_count, bool *ret_help,
		  struct error *err)
{
	struct parse parse = { .options = options, .args = args, .argv = argv, .argc = argc };
	auto_free char **operands = xcalloc((size_t)argc + 1, sizeof(*operands));
	int count = 0;

	while (parse.at < argc) {
		char *word = argv[parse.at++];

		if (strcmp(word, "--") == 0)
			break;
		if (word[0] != '-' || word[1] == '\0') {
			operands[count++] = word;
			if (stop_at_operand)
				break;
		} else if ((word[1] == '-' ? parse_name : parse_letters)(&parse, word, err) < 0) {
			return -1;
		}
	}
	while (parse.at < argc)
		operands[count++] = argv[parse.at++];
	*ret_operands = take_ptr(&operands);
	*ret_operand_count = count;
	*ret_help = parse.help;
	return 0;
}

void options_release(const struct option *options, void *args)
{
	for (const struct option *o = option_first(options); o; o = option_next(o))
		if (o->type == OPTION_TYPE_LIST || o->type == OPTION_TYPE_CSV_LIST)
			strings_release((struct strings *)((char *)args + o->offset));
}

static int compare_names(const void *a, const void *b)
{
	return strcmp((*(const struct option *const *)a)->name,
		      (*(const struct option *const *)b)->name);
}

const struct option **options_sorted(const struct option *table, size_t *ret_count)
{
	const struct option **sorted = NULL;
	size_t count = 0;

	for (const struct option *o = option_first(table); o; o = option_next(o)) {
		if (!o->help)
			continue;
		sorted = xrealloc_array(sorted, count + 1, sizeof(*sorted));
		sorted[count++] = o;
	}
	if (count > 0)
		qsort(sorted, count, sizeof(*sorted), compare_names);
	*ret_count = count;
	return sorted;
}
