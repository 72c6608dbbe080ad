/* SPDX-License-Identifier: Apache-2.0 */
/* The option parser: pflag's rules, and what it says to what it does not take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/csv.h"
#include "cli/options.h"
#include "cli/spelling.h"

struct args {
	bool detach, interactive, proxy;
	const char *name, *user;
	long long last;
	unsigned long long memory;
	struct strings env, caps;
};

static const struct option shared[] = {
	OPTION_STRING('u', "user", "USER", struct args, user, "User"),
	OPTION_SIZE('m', "memory", "SIZE", struct args, memory, "Memory"),
	OPTION_IGNORED(0, "isolation", "WORD"),
	OPTION_UNSUPPORTED(0, "gpus", "SPEC"),
	OPTION_UNSUPPORTED_FLAG(0, "oom-kill-disable"),
	OPTION_END,
};

static const struct option table[] = {
	OPTION_FLAG('d', "detach", struct args, detach, "Detach"),
	OPTION_FLAG('i', "interactive", struct args, interactive, "Interactive"),
	OPTION_FLAG(0, "sig-proxy", struct args, proxy, "Proxy"),
	OPTION_STRING(0, "name", "NAME", struct args, name, "Name"),
	OPTION_INTEGER('n', "last", "N", struct args, last, "Last"),
	OPTION_LIST('e', "env", "KEY", struct args, env, "Env"),
	OPTION_CSV_LIST(0, "cap-add", "CAP", struct args, caps, "Caps"),
	OPTION_IGNORED_FLAG(0, "disable-content-trust"),
	OPTION_MORE(shared),
};

/* Parses blank-separated `line`; the operands joined by '|' as a new string, or NULL. */
static char *parse(const char *line, bool stop, struct args *args, bool *ret_help,
		   struct error *err)
{
	static struct strings words;
	struct strings found = { 0 };
	char **operands = NULL;
	char *joined;
	int count;

	strings_release(&words);
	strings_split(&words, line, ' ');
	*args = (struct args){ .proxy = true };
	if (options_parse(table, words.items, (int)words.count, stop, args, &operands, &count,
			  ret_help, err) < 0) {
		options_release(table, args);
		return NULL;
	}
	for (int i = 0; i < count; i++)
		strings_add(&found, operands[i]);
	assert_null(operands[count]);
	free(operands);
	joined = strings_join(&found, "|");
	strings_release(&found);
	return joined;
}

static char *describe(const struct args *args)
{
	static char text[512];
	char *env = strings_join(&args->env, ";");
	char *caps = strings_join(&args->caps, ";");

	snprintf(text, sizeof(text),
		 "d%d i%d p%d name=%s user=%s last=%lld memory=%llu env=%s caps=%s", args->detach,
		 args->interactive, args->proxy, args->name ? args->name : "-",
		 args->user ? args->user : "-", args->last, args->memory, env, caps);
	free(env);
	free(caps);
	return text;
}

static void words_are_taken_as_pflag_does(void **state)
{
	static const struct {
		const char *line, *operands, *args;
	} cases[] = {
		{ "x y", "x|y", "d0 i0 p1 name=- user=- last=0 memory=0 env= caps=" },
		{ "-d x -i", "x", "d1 i1 p1 name=- user=- last=0 memory=0 env= caps=" },
		{ "--name a --name=b x", "x", "d0 i0 p1 name=b user=- last=0 memory=0 env= caps=" },
		{ "--name= x", "x", "d0 i0 p1 name= user=- last=0 memory=0 env= caps=" },
		{ "--name --user x", "x",
		  "d0 i0 p1 name=--user user=- last=0 memory=0 env= caps=" },
		{ "--detach=false --sig-proxy=0 -i=T", "",
		  "d0 i1 p0 name=- user=- last=0 memory=0 env= caps=" },
		{ "-diu me", "", "d1 i1 p1 name=- user=me last=0 memory=0 env= caps=" },
		{ "-ume -n5 -m=2k", "", "d0 i0 p1 name=- user=me last=5 memory=2048 env= caps=" },
		{ "-n -1", "", "d0 i0 p1 name=- user=- last=-1 memory=0 env= caps=" },
		{ "-e A=1 -eB=2 --env C=x,y", "",
		  "d0 i0 p1 name=- user=- last=0 memory=0 env=A=1;B=2;C=x,y caps=" },
		{ "--cap-add a,b --cap-add c", "",
		  "d0 i0 p1 name=- user=- last=0 memory=0 env= caps=a;b;c" },
		{ "-d -- -i x", "-i|x", "d1 i0 p1 name=- user=- last=0 memory=0 env= caps=" },
		{ "- -d", "-", "d1 i0 p1 name=- user=- last=0 memory=0 env= caps=" },
		{ "--isolation process --disable-content-trust x", "x",
		  "d0 i0 p1 name=- user=- last=0 memory=0 env= caps=" },
		{ "--oom-kill-disable=false x", "x",
		  "d0 i0 p1 name=- user=- last=0 memory=0 env= caps=" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = { 0 };
		struct args args;
		bool help;
		char *operands = parse(cases[i].line, false, &args, &help, &err);

		if (!operands)
			fail_msg("'%s': %s", cases[i].line, err.message);
		if (strcmp(operands, cases[i].operands) != 0)
			fail_msg("'%s' has operands '%s'", cases[i].line, operands);
		if (strcmp(describe(&args), cases[i].args) != 0)
			fail_msg("'%s' gives '%s'", cases[i].line, describe(&args));
		assert_false(help);
		free(operands);
		options_release(table, &args);
	}
}

static void wrong_words_are_refused_in_dockers_words(void **state)
{
	static const struct {
		const char *line, *message;
	} cases[] = {
		{ "--nothing", "unknown flag: --nothing" },
		{ "--nmae x", "unknown flag: --nmae; did you mean --name?" },
		{ "--use x", "unknown flag: --use; did you mean --user?" },
		{ "-dZ", "unknown shorthand flag: 'Z' in -dZ" },
		{ "--name", "flag needs an argument: --name" },
		{ "-du", "flag needs an argument: 'u' in -du" },
		{ "--=x", "bad flag syntax: --=x" },
		{ "---d", "bad flag syntax: ---d" },
		{ "--detach=maybe",
		  "invalid argument \"maybe\" for \"-d, --detach\" flag: not true or "
		  "false" },
		{ "-n x", "invalid argument \"x\" for \"-n, --last\" flag: not a whole number" },
		{ "-n 99999999999999999999",
		  "invalid argument \"99999999999999999999\" for \"-n, --last\" flag: not a whole "
		  "number" },
		{ "-m -5",
		  "invalid argument \"-5\" for \"-m, --memory\" flag: not a size such as 512m "
		  "or 2g" },
		{ "--cap-add a\"b",
		  "invalid argument \"a\"b\" for \"--cap-add\" flag: stray quote in "
		  "'a\"b'" },
		{ "--gpus all", "--gpus is not supported yet" },
		{ "--oom-kill-disable", "--oom-kill-disable is not supported yet" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = { 0 };
		struct args args;
		bool help;
		char *operands = parse(cases[i].line, false, &args, &help, &err);

		if (operands)
			fail_msg("'%s' passes", cases[i].line);
		assert_string_equal(err.message, cases[i].message);
		assert_int_equal(err.kind, ERROR_USAGE);
		error_release(&err);
	}
}

static void options_end_at_the_first_operand_where_asked(void **state)
{
	struct error err = { 0 };
	struct args args;
	bool help;
	char *operands = parse("-d image -i --name x --help", true, &args, &help, &err);

	(void)state;
	assert_string_equal(operands, "image|-i|--name|x|--help");
	assert_true(args.detach);
	assert_false(args.interactive);
	assert_false(help);
	free(operands);
}

static void help_is_noticed(void **state)
{
	static const char *const cases[] = { "--help", "-h", "x --help", "-dh" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = { 0 };
		struct args args;
		bool help = false;
		char *operands = parse(cases[i], false, &args, &help, &err);

		if (!operands || !help)
			fail_msg("'%s' is not taken as a call for help", cases[i]);
		free(operands);
	}
}

static void comma_lists_are_split_as_csv(void **state)
{
	static const struct {
		const char *text, *fields;
	} cases[] = {
		{ "", "" }, { "a", "a" }, { "a,b", "a|b" }, { "a,,b,", "a||b|" },
		{ "\"a,b\",c", "a,b|c" }, { "\"a\"\"b\"", "a\"b" }, { "\"\"", "" },
		{ "a\"b", NULL }, { "\"a", NULL }, { "\"a\"b", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = { 0 };
		struct strings fields = { 0 };
		int result = csv_split(&fields, cases[i].text, &err);
		char *joined = strings_join(&fields, "|");

		if ((result == 0) != (cases[i].fields != NULL))
			fail_msg("'%s' gives %d", cases[i].text, result);
		if (result == 0 && strcmp(joined, cases[i].fields) != 0)
			fail_msg("'%s' gives '%s'", cases[i].text, joined);
		free(joined);
		strings_release(&fields);
		error_release(&err);
	}
}

static void the_nearest_word_is_found(void **state)
{
	static const char *const words[] = {
		"run", "rm", "rmi", "pull", "ps", "images", "inspect"
	};
	static const struct {
		const char *word, *nearest;
	} cases[] = {
		{ "rnu", "run" },      { "pul", "pull" },
		{ "image", "images" }, { "inspetc", "inspect" },
		{ "insp", "inspect" }, { "frobnicate", NULL },
		{ "x", NULL },	       { "pss", "ps" },
		{ "build", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct spelling spelling = SPELLING_OF(cases[i].word);
		const char *wanted = cases[i].nearest ? cases[i].nearest : "nothing";

		for (size_t j = 0; j < ARRAY_SIZE(words); j++)
			spelling_consider(&spelling, words[j]);
		if (strcmp(spelling.nearest ? spelling.nearest : "nothing", wanted) != 0)
			fail_msg("'%s' is near '%s', not '%s'", cases[i].word,
				 spelling.nearest ? spelling.nearest : "nothing", wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_taken_as_pflag_does),
		cmocka_unit_test(wrong_words_are_refused_in_dockers_words),
		cmocka_unit_test(options_end_at_the_first_operand_where_asked),
		cmocka_unit_test(help_is_noticed),
		cmocka_unit_test(comma_lists_are_split_as_csv),
		cmocka_unit_test(the_nearest_word_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
