/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of top. */
#include "cli/process-columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"

#define DAY (24 * 60 * 60)
#define MAJOR_CONSOLE 4
#define MAJOR_PTS 136
#define MAJOR_PTS_LAST 143

static uint64_t seconds(uint64_t ticks)
{
	return ticks / (uint64_t)sysconf(_SC_CLK_TCK);
}

static uint64_t cpu_seconds(const struct process_facts *facts)
{
	return seconds(facts->entry->user_time + facts->entry->system_time);
}

static uint64_t elapsed(const struct process_facts *facts)
{
	uint64_t started = seconds(facts->entry->start_time);

	return facts->uptime > started ? facts->uptime - started : 0;
}

/* The word of a status line at `index`: Uid and Gid have four. */
static char *status_word(const struct process_facts *facts, const char *key, unsigned int index)
{
	auto_free char *line = process_status(facts->status, key);
	const char *word = line ? line : "";

	while (index-- > 0) {
		word += strcspn(word, " \t");
		word += strspn(word, " \t");
	}
	return xstrndup(word, strcspn(word, " \t"));
}

/* The name of `id` by a file of lines NAME:x:ID, or the number. */
static char *name_of(const char *lines, char *id)
{
	auto_free char *number = id;
	size_t length = strlen(number);

	for (const char *line = lines; line && *line; line = strchr(line, '\n')) {
		const char *field;

		line += *line == '\n';
		field = strchr(line, ':');
		field = field ? strchr(field + 1, ':') : NULL;
		if (field && strncmp(field + 1, number, length) == 0 && field[1 + length] == ':')
			return xstrndup(line, strcspn(line, ":"));
	}
	return take_ptr(&number);
}

static char *text_pid(const struct process_facts *facts)
{
	return xasprintf("%d", (int)facts->entry->pid);
}

/* The last of the numbers that it has, from the outermost namespace inwards. */
static char *text_inner_pid(const struct process_facts *facts)
{
	auto_free char *numbers = process_status(facts->status, "NSpid");
	const char *last = numbers ? strrchr(numbers, '\t') : NULL;

	return last ? xstrdup(last + 1) : text_pid(facts);
}

static char *text_parent(const struct process_facts *facts)
{
	return xasprintf("%d", (int)facts->entry->parent);
}

static char *text_group_id(const struct process_facts *facts)
{
	return xasprintf("%d", (int)facts->entry->group);
}

static char *text_session(const struct process_facts *facts)
{
	return xasprintf("%d", (int)facts->entry->session);
}

static char *text_uid(const struct process_facts *facts)
{
	return status_word(facts, "Uid", 1);
}

static char *text_real_uid(const struct process_facts *facts)
{
	return status_word(facts, "Uid", 0);
}

static char *text_gid(const struct process_facts *facts)
{
	return status_word(facts, "Gid", 1);
}

static char *text_real_gid(const struct process_facts *facts)
{
	return status_word(facts, "Gid", 0);
}

static char *text_user(const struct process_facts *facts)
{
	return name_of(facts->users, text_uid(facts));
}

static char *text_real_user(const struct process_facts *facts)
{
	return name_of(facts->users, text_real_uid(facts));
}

static char *text_group(const struct process_facts *facts)
{
	return name_of(facts->groups, text_gid(facts));
}

static char *text_real_group(const struct process_facts *facts)
{
	return name_of(facts->groups, text_real_gid(facts));
}

static char *text_groups(const struct process_facts *facts)
{
	auto_free char *line = process_status(facts->status, "Groups");

	for (char *c = line; c && *c; c++)
		if (*c == ' ' || *c == '\t')
			*c = c[1] ? ',' : '\0';
	return line ? take_ptr(&line) : xstrdup("");
}

static char *text_name(const struct process_facts *facts)
{
	return printable(facts->entry->name);
}

static char *text_args(const struct process_facts *facts)
{
	auto_free char *line = process_read(facts->entry->pid, "cmdline");

	if (!*line) {
		auto_free char *name = text_name(facts);

		return xasprintf("[%s]", name);
	}
	return printable(line);
}

/* Of its whole life, in tenths of a percent. */
static uint64_t cpu_permille(const struct process_facts *facts)
{
	uint64_t ticks = facts->entry->user_time + facts->entry->system_time;
	uint64_t life = elapsed(facts) * (uint64_t)sysconf(_SC_CLK_TCK);

	return life ? ticks * 1000 / life : 0;
}

static char *text_c(const struct process_facts *facts)
{
	uint64_t percent = cpu_permille(facts) / 10;

	return xasprintf("%" PRIu64, percent > 99 ? 99 : percent);
}

static char *text_cpu(const struct process_facts *facts)
{
	uint64_t permille = cpu_permille(facts);

	return xasprintf("%" PRIu64 ".%" PRIu64, permille / 10, permille % 10);
}

static char *text_memory(const struct process_facts *facts)
{
	uint64_t permille = facts->memory ? facts->entry->resident_size * 1000 / facts->memory : 0;

	return xasprintf("%" PRIu64 ".%" PRIu64, permille / 10, permille % 10);
}

static char *text_virtual(const struct process_facts *facts)
{
	return xasprintf("%" PRIu64, facts->entry->virtual_size / 1024);
}

static char *text_resident(const struct process_facts *facts)
{
	return xasprintf("%" PRIu64, facts->entry->resident_size / 1024);
}

static char *text_tty(const struct process_facts *facts)
{
	unsigned int major = facts->entry->tty >> 8 & 0xfff;
	unsigned int minor = (facts->entry->tty & 0xff) | (facts->entry->tty >> 12 & 0xfff00);

	if (major >= MAJOR_PTS && major <= MAJOR_PTS_LAST)
		return xasprintf("pts/%u", minor + (major - MAJOR_PTS) * 256);
	if (major == MAJOR_CONSOLE)
		return xasprintf("tty%u", minor);
	return xstrdup("?");
}

static char *text_state(const struct process_facts *facts)
{
	return xasprintf("%c", facts->entry->state);
}

static char *text_stat(const struct process_facts *facts)
{
	const struct process_entry *entry = facts->entry;

	return xasprintf("%c%s%s%s%s", entry->state,
			 entry->nice < 0 ? "<" : entry->nice > 0 ? "N" : "",
			 entry->session == entry->pid ? "s" : "", entry->threads > 1 ? "l" : "",
			 entry->terminal_group == entry->group ? "+" : "");
}

/* [DD-]HH:MM:SS */
static char *format_time(uint64_t time)
{
	uint64_t days = time / DAY;
	auto_free char *clock = xasprintf("%02u:%02u:%02u", (unsigned int)(time % DAY / 3600),
					  (unsigned int)(time % 3600 / 60),
					  (unsigned int)(time % 60));

	return days ? xasprintf("%" PRIu64 "-%s", days, clock) : take_ptr(&clock);
}

static char *text_time(const struct process_facts *facts)
{
	return format_time(cpu_seconds(facts));
}

static char *text_bsd_time(const struct process_facts *facts)
{
	uint64_t time = cpu_seconds(facts);

	return xasprintf("%" PRIu64 ":%02u", time / 60, (unsigned int)(time % 60));
}

static char *text_elapsed(const struct process_facts *facts)
{
	uint64_t time = elapsed(facts);

	if (time >= 3600)
		return format_time(time);
	return xasprintf("%02u:%02u", (unsigned int)(time / 60), (unsigned int)(time % 60));
}

static char *text_elapsed_seconds(const struct process_facts *facts)
{
	return xasprintf("%" PRIu64, elapsed(facts));
}

/* When it was started, in the local zone; whether that was today. */
static bool start_time(const struct process_facts *facts, struct tm *ret_then)
{
	time_t now = (time_t)(facts->now / NS_PER_SECOND);
	time_t started = now - (time_t)elapsed(facts);
	struct tm current = { 0 };

	*ret_then = (struct tm){ 0 };
	localtime_r(&started, ret_then);
	localtime_r(&now, &current);
	return ret_then->tm_yday == current.tm_yday && ret_then->tm_year == current.tm_year;
}

static char *text_start(const struct process_facts *facts)
{
	char text[32] = "";
	struct tm then;

	if (start_time(facts, &then))
		strftime(text, sizeof(text), "%H:%M", &then);
	else
		strftime(text, sizeof(text), "%b%d", &then);
	return xstrdup(text);
}

static char *text_started(const struct process_facts *facts)
{
	char text[32] = "";
	struct tm then;

	if (start_time(facts, &then))
		strftime(text, sizeof(text), "%H:%M:%S", &then);
	else
		strftime(text, sizeof(text), "%b %d", &then);
	return xstrdup(text);
}

static char *text_long_start(const struct process_facts *facts)
{
	char text[64] = "";
	struct tm then;

	start_time(facts, &then);
	strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &then);
	return xstrdup(text);
}

static char *text_nice(const struct process_facts *facts)
{
	return xasprintf("%ld", facts->entry->nice);
}

static char *text_priority(const struct process_facts *facts)
{
	return xasprintf("%ld", 39 - facts->entry->priority);
}

static char *text_threads(const struct process_facts *facts)
{
	return xasprintf("%u", facts->entry->threads);
}

static char *capabilities(const struct process_facts *facts, const char *key)
{
	auto_free char *value = process_status(facts->status, key);

	return value ? take_ptr(&value) : xstrdup("?");
}

static char *text_cap_ambient(const struct process_facts *facts)
{
	return capabilities(facts, "CapAmb");
}

static char *text_cap_bounding(const struct process_facts *facts)
{
	return capabilities(facts, "CapBnd");
}

static char *text_cap_effective(const struct process_facts *facts)
{
	return capabilities(facts, "CapEff");
}

static char *text_cap_inheritable(const struct process_facts *facts)
{
	return capabilities(facts, "CapInh");
}

static char *text_cap_permitted(const struct process_facts *facts)
{
	return capabilities(facts, "CapPrm");
}

static char *text_seccomp(const struct process_facts *facts)
{
	static const char *const modes[] = { "disabled", "strict", "filter" };
	auto_free char *value = process_status(facts->status, "Seccomp");

	return value && value[0] >= '0' && value[0] <= '2' ? xstrdup(modes[value[0] - '0'])
							   : xstrdup("?");
}

static const struct process_column columns[] = {
	{ "%cpu", "%CPU", text_cpu },		{ "%mem", "%MEM", text_memory },
	{ "args", "COMMAND", text_args },	{ "bsdtime", "TIME", text_bsd_time },
	{ "c", "C", text_c },			{ "capamb", "AMBIENT CAPS", text_cap_ambient },
	{ "capbnd", "BOUNDING CAPS", text_cap_bounding },
	{ "capeff", "EFFECTIVE CAPS", text_cap_effective },
	{ "capinh", "INHERITED CAPS", text_cap_inheritable },
	{ "capprm", "PERMITTED CAPS", text_cap_permitted },
	{ "cmd", "CMD", text_args },		{ "comm", "COMMAND", text_name },
	{ "command", "COMMAND", text_args },	{ "cputime", "TIME", text_time },
	{ "egid", "EGID", text_gid },		{ "egroup", "EGROUP", text_group },
	{ "etime", "ELAPSED", text_elapsed },	{ "etimes", "ELAPSED", text_elapsed_seconds },
	{ "euid", "EUID", text_uid },		{ "euser", "EUSER", text_user },
	{ "gid", "GID", text_gid },		{ "group", "GROUP", text_group },
	{ "groups", "GROUPS", text_groups },	{ "hgroup", "HGROUP", text_group },
	{ "hpid", "HPID", text_pid },		{ "huser", "HUSER", text_user },
	{ "lstart", "STARTED", text_long_start },
	{ "ni", "NI", text_nice },		{ "nice", "NI", text_nice },
	{ "nlwp", "NLWP", text_threads },	{ "nspid", "NSPID", text_inner_pid },
	{ "pcpu", "%CPU", text_cpu },		{ "pgid", "PGID", text_group_id },
	{ "pgrp", "PGRP", text_group_id },	{ "pid", "PID", text_pid },
	{ "pmem", "%MEM", text_memory },	{ "ppid", "PPID", text_parent },
	{ "pri", "PRI", text_priority },	{ "rgid", "RGID", text_real_gid },
	{ "rgroup", "RGROUP", text_real_group },
	{ "rss", "RSS", text_resident },	{ "rsz", "RSZ", text_resident },
	{ "ruid", "RUID", text_real_uid },	{ "ruser", "RUSER", text_real_user },
	{ "s", "S", text_state },		{ "seccomp", "SECCOMP", text_seccomp },
	{ "sess", "SESS", text_session },	{ "sid", "SID", text_session },
	{ "start", "STARTED", text_started },	{ "start_time", "START", text_start },
	{ "stat", "STAT", text_stat },		{ "state", "S", text_state },
	{ "stime", "STIME", text_start },	{ "supgid", "SUPGID", text_groups },
	{ "thcount", "THCNT", text_threads },	{ "time", "TIME", text_time },
	{ "tname", "TTY", text_tty },		{ "tt", "TT", text_tty },
	{ "tty", "TTY", text_tty },		{ "ucmd", "CMD", text_name },
	{ "ucomm", "COMMAND", text_name },	{ "uid", "UID", text_uid },
	{ "uname", "USER", text_user },		{ "user", "USER", text_user },
	{ "vsize", "VSZ", text_virtual },	{ "vsz", "VSZ", text_virtual },
};

const struct process_column *process_column_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		if (strcmp(columns[i].name, name) == 0)
			return &columns[i];
	return NULL;
}

void process_columns_print(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		puts(columns[i].name);
}
