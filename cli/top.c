/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa top: the processes of a container. docker hands the options to the host's ps and filters
 * what it prints; we know those that choose columns, and run nothing.
 */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/process-columns.h"
#include "cli/selection.h"
#include "cli/table.h"
#include "engine/lifecycle.h"

#define FULL "user=UID,pid,ppid,c,stime,tty,time,cmd"
#define SHORT "pid,tty,time,ucmd"
#define JOBS "pid,pgid,sid,tty,time,ucmd"
#define BSD_USER "user,pid,%cpu,%mem,vsz,rss,tty,stat,start_time,bsdtime,command"
#define COLUMNS_MAX 64
#define COLUMN_WIDTH 17	/* and the gap: docker's columns are 20 wide */
#define FILE_MAX ((size_t)1 << 20)

struct top_args {
	struct selection selection;
	bool descriptors;
};

static const struct option top_options[] = {
	OPTION_SELECT_LATEST('l', top_args),
	OPTION_FLAG(0, "list-descriptors", struct top_args, descriptors, NULL),
	OPTION_END,
};

struct chosen_column {
	const struct process_column *column;
	char heading[32];
};

struct choice {
	struct chosen_column columns[COLUMNS_MAX];
	size_t count;
	bool podman;	/* descriptors: "pid" is that in the container */
	bool no_headings;
	const char *format;	/* of an option that names no columns */
};

DEFINE_AUTO(table, table_free);

/* NAME or NAME=HEADING */
static int add_column(struct choice *choice, const char *text, struct error *err)
{
	size_t length = strcspn(text, "=");
	auto_free char *name = xstrndup(text, length);
	struct chosen_column *chosen = &choice->columns[choice->count];
	const char *lookup = name;

	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (choice->podman && strcmp(name, "pid") == 0)
		lookup = "nspid";
	chosen->column = process_column_find(lookup);
	if (!chosen->column)
		return error_set(err, ERROR_USAGE, "unknown column '%s'", name);
	if (choice->count + 1 == COLUMNS_MAX)
		return error_set(err, ERROR_USAGE, "more than %d columns", COLUMNS_MAX - 1);
	snprintf(chosen->heading, sizeof(chosen->heading), "%s",
		 text[length] ? text + length + 1
		 : lookup != name ? "PID"
				  : chosen->column->heading);
	choice->count++;
	return 0;
}

static int add_columns(struct choice *choice, const char *list, struct error *err)
{
	while (*(list += strspn(list, ", "))) {
		size_t length = strcspn(list, ", ");
		auto_free char *item = xstrndup(list, length);

		if (add_column(choice, item, err) < 0)
			return -1;
		list += length;
	}
	return 0;
}

/* Letters of ps, "-ef" or "aux". All processes of the container are shown in any case. 1: the next
 * word is a list of columns. */
static int take_letters(struct choice *choice, const char *letters, bool dash, struct error *err)
{
	bool bsd = !dash || (strchr(letters, 'a') && strchr(letters, 'x'));

	for (const char *letter = letters; *letter; letter++) {
		if (*letter == 'o')
			return letter[1] ? add_columns(choice, letter + 1, err) : 1;
		if (*letter == 'u' && bsd)
			choice->format = BSD_USER;
		else if (*letter == 'f' && dash)
			choice->format = FULL;
		else if (*letter == 'j')
			choice->format = JOBS;
		else if (*letter == 'h' && !dash)
			choice->no_headings = true;
		else if (!strchr("aAdeHwx", *letter) && !(*letter == 'f' && bsd))
			return error_set(err, ERROR_USAGE, "ps option '%c' is not supported",
					 *letter);
	}
	if (!choice->format)
		choice->format = SHORT;
	return 0;
}

/* Whether a word without a dash is letters of options, and no name of a column. */
static bool are_letters(const char *word)
{
	return word[strspn(word, "aefhjouwx")] == '\0' && !process_column_find(word);
}

/* 1: the next word is a list of columns. */
static int take_word(struct choice *choice, const char *word, struct error *err)
{
	const char *value;

	if (strcmp(word, "--no-headers") == 0 || strcmp(word, "--no-headings") == 0) {
		choice->no_headings = true;
		return 0;
	}
	if (strcmp(word, "--format") == 0)
		return 1;
	if ((value = skip_prefix(word, "--format=")))
		return add_columns(choice, value, err);
	if (has_prefix(word, "--"))
		return error_set(err, ERROR_USAGE, "ps option '%s' is not supported", word);
	if (word[0] == '-' && word[1])
		return take_letters(choice, word + 1, true, err);
	if (are_letters(word))
		return take_letters(choice, word, false, err);
	choice->podman = true;
	return add_columns(choice, word, err);
}

static int choose(char *const *words, struct choice *choice, struct error *err)
{
	for (; *words; words++) {
		int result = take_word(choice, *words, err);

		if (result == 0)
			continue;
		if (result < 0)
			return -1;
		if (!*++words)
			return error_set(err, ERROR_USAGE, "ps option '%s' needs a list of columns",
					 words[-1]);
		if (add_columns(choice, *words, err) < 0)
			return -1;
	}
	if (choice->count > 0)
		return 0;
	return add_columns(choice, choice->format ? choice->format : FULL, err);
}

static char *read_host_file(const char *path)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_error ignored = { 0 };

	if (file_read(AT_FDCWD, path, FILE_MAX, &text, &ignored) < 0 || !text.data)
		return xstrdup("");
	return buffer_take(&text);
}

static void add_row(struct table *table, const struct choice *choice,
		    const struct process_facts *facts)
{
	auto_release(buffer) struct buffer line = { 0 };

	for (size_t i = 0; i < choice->count; i++) {
		auto_free char *text = facts ? choice->columns[i].column->text(facts)
					     : xstrdup(choice->columns[i].heading);

		buffer_printf(&line, "%s%s", i ? "\t" : "", text);
	}
	table_add(table, line.data);
}

/* As with ps, "pid=" has no heading, and a line of such is none. */
static bool has_headings(const struct choice *choice)
{
	for (size_t i = 0; i < choice->count; i++)
		if (choice->columns[i].heading[0])
			return !choice->no_headings;
	return false;
}

static void print(const struct process_table *processes, const struct choice *choice)
{
	auto_of(table) struct table *table = table_new();
	auto_free char *users = read_host_file("/etc/passwd");
	auto_free char *groups = read_host_file("/etc/group");
	struct sysinfo system = { 0 };

	sysinfo(&system);
	table_set_width(table, COLUMN_WIDTH);
	if (has_headings(choice))
		add_row(table, choice, NULL);
	for (size_t i = 0; i < processes->count; i++) {
		auto_free char *status = process_read(processes->entries[i].pid, "status");
		const struct process_facts facts = {
			.entry = &processes->entries[i],
			.status = status,
			.users = users,
			.groups = groups,
			.uptime = (uint64_t)system.uptime,
			.now = clock_now(),
			.memory = (uint64_t)system.totalram * system.mem_unit,
		};

		if (*status) /* it has not ended meanwhile */
			add_row(table, choice, &facts);
	}
	table_print(table, stdout);
}

static int top_container(struct engine *engine, const char *name, const struct choice *choice,
			 struct error *err)
{
	auto_of(container) struct container *container = container_find(engine, name, err);
	auto_release(process_table) struct process_table processes = { 0 };

	if (!container)
		return -1;
	if (container->state.phase == CONTAINER_RESTARTING)
		return error_set(err, ERROR_BUSY, "container %s is restarting, wait until the "
				 "container is running", container->config.id);
	if (!container_is_running(container))
		return error_set(err, ERROR_BUSY, "container %s is not running",
				 container->config.id);
	if (processes_find(container->state.init.pid, &processes, err) < 0)
		return -1;
	print(&processes, choice);
	return 0;
}

static bool top_suffices(const void *args)
{
	return ((const struct top_args *)args)->descriptors || selection_suffices(args);
}

static int top_run(const struct invocation *invocation, struct error *err)
{
	const struct top_args *args = invocation->args;
	const struct invocation none = { .operands = (char *[]){ NULL } };
	bool latest = args->selection.latest;
	auto_of(engine) struct engine *engine = NULL;
	auto_release(strings) struct strings names = { 0 };
	struct choice choice = { .count = 0 };

	if (args->descriptors) {
		process_columns_print();
		return 0;
	}
	if (choose(invocation->operands + (latest ? 0 : 1), &choice, err) < 0)
		return -1;
	engine = session_open(invocation, err);
	if (!engine || engine_enter(engine, err) < 0)
		return -1;
	if (!latest)
		return top_container(engine, invocation->operands[0], &choice, err);
	if (selection_find(engine, &none, &args->selection, NULL, &names, err) < 0)
		return -1;
	if (names.count == 0)
		return error_set(err, ERROR_NOT_FOUND, "there is no container");
	return top_container(engine, names.items[0], &choice, err);
}

const struct command command_top = {
	.name = "top",
	.group = "container",
	.alias = "top",
	.operands = "CONTAINER [PS-OPTIONS|COLUMNS]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.options_suffice = top_suffices,
	.stops_at_operand = true,
	.summary = "Show the processes of a container",
	.examples = "  proa top web\n"
		    "  proa top web -o pid,user,args\n",
	.options = top_options,
	.args_size = sizeof(struct top_args),
	.run = top_run,
};
