/* SPDX-License-Identifier: Apache-2.0 */
/* Which containers a command is for. */
#include "cli/selection.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/ps-filter.h"
#include "cli/report.h"

bool selection_suffices(const void *args)
{
	const struct selection *selection = args;

	return selection->all || selection->latest || selection->cidfiles.count > 0 ||
	       selection->filters.count > 0;
}

static int add_cidfiles(const struct selection *selection, struct strings *names,
			struct error *err)
{
	for (size_t i = 0; i < selection->cidfiles.count; i++) {
		const char *path = selection->cidfiles.items[i];
		auto_free char *id = file_read_line(AT_FDCWD, path, CONTAINER_NAME_MAX + 1, err);

		if (id) {
			strings_take(names, take_ptr(&id));
			continue;
		}
		if (!selection->ignore || err->kind != ERROR_NOT_FOUND)
			return error_context(err, "cidfile");
		error_release(err);
	}
	return 0;
}

static int add_listed(struct engine *engine, const struct selection *selection,
		      bool (*fits)(const struct container *container), struct strings *names,
		      struct error *err)
{
	auto_release(filters) struct filters filters = { 0 };
	struct container **list;
	size_t count;

	if (ps_filter_parse(&selection->filters, engine, &filters, err) < 0 ||
	    container_list(engine, &list, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (selection->latest ? i == 0
				      : (!fits || fits(list[i])) && ps_filter_match(&filters, list[i]))
			strings_add(names, list[i]->config.id);
	}
	container_free_list(list, count);
	return 0;
}

int selection_find(struct engine *engine, const struct invocation *invocation,
		   const struct selection *selection,
		   bool (*fits)(const struct container *container), struct strings *ret_names,
		   struct error *err)
{
	bool listed = selection->all || selection->latest || selection->filters.count > 0;

	if (listed && (invocation->operand_count > 0 || selection->cidfiles.count > 0))
		return error_set(err, ERROR_USAGE,
				 "no arguments are needed with --all, --latest or --filter");
	if (selection->latest && (selection->all || selection->filters.count > 0))
		return error_set(err, ERROR_USAGE,
				 "--latest cannot be used with --all or --filter");
	for (char *const *name = invocation->operands; *name; name++)
		strings_add(ret_names, *name);
	if (add_cidfiles(selection, ret_names, err) < 0)
		return -1;
	return listed ? add_listed(engine, selection, fits, ret_names, err) : 0;
}

int selection_each(struct engine *engine, const struct invocation *invocation,
		   bool (*fits)(const struct container *container), container_verb verb,
		   const void *args, struct error *err)
{
	const struct selection *selection = invocation->args;
	auto_release(strings) struct strings names = { 0 };
	int status = 0;

	if (selection_find(engine, invocation, selection, fits, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		auto_error failure = { 0 };
		auto_of(container) struct container *container = NULL;

		container = container_find(engine, names.items[i], &failure);
		if (!container && selection->ignore && failure.kind == ERROR_NOT_FOUND)
			continue;
		if (container && verb(engine, container, args, &failure) == 0) {
			puts(names.items[i]);
			fflush(stdout);
			continue;
		}
		report_error(&failure);
		status = 1;
	}
	return status;
}
