/* SPDX-License-Identifier: Apache-2.0 */
/* Executing a parsed template over a JSON value. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/template-tree.h"
#include "cli/template.h"

/* How {{break}} and {{continue}} leave the lists they are in. */
enum flow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE };

struct run {
	struct buffer *output;
	struct error *err;
	bool heading;	/* over a table's headings: functions leave them as they are */
	enum flow flow;
	struct {
		const char *name;
		json_t *value;
	} variables[TEMPLATE_VARIABLES_MAX + 1];	/* and $ */
	size_t variable_count;
};

static json_t *run_pipeline(struct run *run, const struct pipeline *pipeline, json_t *dot);
static int run_nodes(struct run *run, const struct node *node, json_t *dot);

static int fail(struct run *run, const char *what, const char *subject)
{
	return error_set(run->err, ERROR_INVALID, "template: executing: %s%s", what, subject);
}

/* The heading of {{.Label "com.example.first-owner"}}: "first owner". */
static json_t *label_heading(const char *key)
{
	const char *last = strrchr(key, '.');
	auto_free char *heading = xstrdup(last ? last + 1 : key);

	for (char *c = heading; *c; c++)
		if (*c == '-' || *c == '_')
			*c = ' ';
	return json_string_nocheck(heading);
}

/* The labels in "a=b,c=d". A part without `=` goes on with the value in front of it, which had a
 * comma. */
static void split_labels(const char *text, struct strings *ret_labels)
{
	auto_release(strings) struct strings parts = { 0 };

	strings_split(&parts, text, ',');
	for (size_t i = 0; i < parts.count; i++) {
		char **last = ret_labels->count ? &ret_labels->items[ret_labels->count - 1] : NULL;

		if (!last || strchr(parts.items[i], '=')) {
			strings_add(ret_labels, parts.items[i]);
		} else {
			char *joined = xasprintf("%s,%s", *last, parts.items[i]);

			free(*last);
			*last = joined;
		}
	}
}

/* {{.Label "k"}} on a list's row. */
static json_t *row_label(struct run *run, json_t *row, json_t **arguments, size_t count)
{
	const char *labels = json_string_value(json_object_get(row, "Labels"));
	const char *key = count == 1 ? json_string_value(arguments[0]) : NULL;
	auto_release(strings) struct strings list = { 0 };
	const char *value;

	if (!key) {
		fail(run, "wrong arguments for ", "Label");
		return NULL;
	}
	if (run->heading)
		return label_heading(key);
	if (!labels)
		return json_string("");
	split_labels(labels, &list);
	value = strings_get_value(&list, key);
	return json_string(value ? value : "");
}

/* Follows .A.B from `value` (taken); NULL with the error. A missing key of a map is JSON null. */
static json_t *follow_fields(struct run *run, json_t *value, const struct strings *fields)
{
	const char *parent = NULL;
	const char *above = NULL;	/* the parent's parent */

	for (size_t i = 0; i < fields->count; i++) {
		const char *name = fields->items[i];
		bool map = parent && template_field_is_map(above, parent);
		json_t *next = map ? json_incref(json_object_get(value, name)) :
				     template_field(value, parent, name);

		if (!next && !map && !json_is_null(value)) {
			json_decref(value);
			fail(run, "can't evaluate field ", name);
			return NULL;
		}
		json_decref(value);
		value = next ? next : json_null();
		above = parent;
		parent = name;
	}
	return value;
}

static json_t *find_variable(struct run *run, const char *name)
{
	for (size_t i = run->variable_count; i-- > 0;)
		if (strcmp(run->variables[i].name, name) == 0)
			return json_incref(run->variables[i].value);
	fail(run, "undefined variable $", name);
	return NULL;
}

/* A new variable in front of others of its name. */
static int declare_variable(struct run *run, const char *name, json_t *value)
{
	if (run->variable_count == ARRAY_SIZE(run->variables))
		return fail(run, "too many variables: $", name);
	run->variables[run->variable_count].name = name;
	run->variables[run->variable_count++].value = json_incref(value);
	return 0;
}

static int assign_variable(struct run *run, const char *name, json_t *value)
{
	for (size_t i = run->variable_count; i-- > 0;) {
		if (strcmp(run->variables[i].name, name) != 0)
			continue;
		json_incref(value);
		json_decref(run->variables[i].value);
		run->variables[i].value = value;
		return 0;
	}
	return fail(run, "undefined variable $", name);
}

/* The variable that stands at `index` in the pipeline, if any. */
static int set_variable(struct run *run, const struct pipeline *pipeline, unsigned int index,
			json_t *value)
{
	const char *name = pipeline->variables[index];

	if (!name)
		return 0;
	return (pipeline->assigns ? assign_variable : declare_variable)(run, name, value);
}

static void drop_variables(struct run *run, size_t count)
{
	while (run->variable_count > count)
		json_decref(run->variables[--run->variable_count].value);
}

static json_t *call_function(struct run *run, const char *name, json_t **arguments, size_t count);

static json_t *run_operand(struct run *run, const struct operand *operand, json_t *dot)
{
	json_t *value = NULL;

	switch (operand->kind) {
	case OPERAND_DOT:
		value = json_incref(dot);
		break;
	case OPERAND_VARIABLE:
		value = find_variable(run, operand->name);
		break;
	case OPERAND_LITERAL:
		return json_incref(operand->literal);
	case OPERAND_FUNCTION:
		return call_function(run, operand->name, NULL, 0);
	case OPERAND_PIPELINE:
		value = run_pipeline(run, operand->pipeline, dot);
		break;
	}
	return value ? follow_fields(run, value, &operand->fields) : NULL;
}

/* docker's own functions, which a table's cells go through but not its headings. */
static bool leaves_headings(const char *name)
{
	static const char *const names[] = { "join", "json", "lower", "split", "title", "truncate",
					     "upper" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static json_t *call_function(struct run *run, const char *name, json_t **arguments, size_t count)
{
	const struct template_function_entry *entry = template_find_function(name);

	if (!entry) {
		fail(run, "wrong number of args for ", name);
		return NULL;
	}
	if ((int)count < entry->minimum || (entry->maximum >= 0 && (int)count > entry->maximum)) {
		fail(run, "wrong number of args for ", name);
		return NULL;
	}
	if (run->heading && count > 0 && leaves_headings(name))
		return json_incref(arguments[0]);
	return entry->call(arguments, count, run->err);
}

/* `and` and `or`: the first that decides, and nothing behind it is evaluated. */
static json_t *run_logic(struct run *run, const struct command_words *command, json_t *piped,
			 json_t *dot)
{
	bool stop_at = strcmp(command->operands[0].name, "or") == 0;
	json_t *value = NULL;

	for (size_t i = 1; i < command->count; i++) {
		json_decref(value);
		value = run_operand(run, &command->operands[i], dot);
		if (!value || template_is_true(value) == stop_at)
			return value;
	}
	if (piped) {
		json_decref(value);
		value = json_incref(piped);
	}
	if (!value)
		fail(run, "wrong number of args for ", command->operands[0].name);
	return value;
}

static json_t *run_call(struct run *run, const struct command_words *command, json_t *piped,
			json_t *dot)
{
	json_t *arguments[TEMPLATE_ARGUMENTS_MAX];
	json_t *result = NULL;
	size_t count = 0;

	for (size_t i = 1; i < command->count; i++) {
		arguments[count] = run_operand(run, &command->operands[i], dot);
		if (!arguments[count])
			goto out;
		count++;
	}
	if (piped)
		arguments[count++] = json_incref(piped);
	if (command->operands[0].kind == OPERAND_FUNCTION)
		result = call_function(run, command->operands[0].name, arguments, count);
	else
		result = row_label(run, dot, arguments, count);
out:
	while (count > 0)
		json_decref(arguments[--count]);
	return result;
}

static json_t *run_command(struct run *run, const struct command_words *command, json_t *piped,
			   json_t *dot)
{
	const struct operand *first = &command->operands[0];

	if (first->kind == OPERAND_FUNCTION) {
		if (strcmp(first->name, "and") == 0 || strcmp(first->name, "or") == 0)
			return run_logic(run, command, piped, dot);
		return run_call(run, command, piped, dot);
	}
	if (command->count == 1 && !piped)
		return run_operand(run, first, dot);
	if (first->kind == OPERAND_DOT && first->fields.count == 1 &&
	    strcmp(first->fields.items[0], "Label") == 0)
		return run_call(run, command, piped, dot);
	fail(run, "can't give argument to non-function", "");
	return NULL;
}

/* The pipeline's value, a new reference. */
static json_t *run_pipeline(struct run *run, const struct pipeline *pipeline, json_t *dot)
{
	json_t *value = NULL;

	for (size_t i = 0; i < pipeline->count; i++) {
		json_t *next = run_command(run, &pipeline->commands[i], value, dot);

		json_decref(value);
		if (!next)
			return NULL;
		value = next;
	}
	return value;
}

static int run_iteration(struct run *run, const struct node *node, json_t *key, json_t *item)
{
	const struct pipeline *pipeline = node->pipeline;
	size_t before = run->variable_count;
	int result;

	if (pipeline->variables[1])
		result = set_variable(run, pipeline, 0, key) < 0 ||
			 set_variable(run, pipeline, 1, item) < 0 ? -1 : 0;
	else
		result = set_variable(run, pipeline, 0, item);
	if (result == 0)
		result = run_nodes(run, node->body, item);
	drop_variables(run, before);
	if (run->flow == FLOW_CONTINUE)
		run->flow = FLOW_ON;
	return result;
}

static int run_range_object(struct run *run, const struct node *node, json_t *object)
{
	auto_release(strings) struct strings keys = { 0 };
	const char *key;
	json_t *item;

	json_object_foreach(object, key, item)
		strings_add(&keys, key);
	strings_sort(&keys);
	for (size_t i = 0; i < keys.count && run->flow == FLOW_ON; i++) {
		auto_json json_t *name = json_string(keys.items[i]);

		if (run_iteration(run, node, name, json_object_get(object, keys.items[i])) < 0)
			return -1;
	}
	return 0;
}

static int run_range_array(struct run *run, const struct node *node, json_t *array)
{
	json_t *item;
	size_t i;

	json_array_foreach(array, i, item) {
		auto_json json_t *index = json_integer((json_int_t)i);

		if (run_iteration(run, node, index, item) < 0)
			return -1;
		if (run->flow != FLOW_ON)
			break;
	}
	return 0;
}

static int run_range(struct run *run, const struct node *node, json_t *value, json_t *dot)
{
	int result;

	if (!json_is_object(value) && !json_is_array(value) && !json_is_null(value))
		return fail(run, "range can't iterate over the value", "");
	if (!template_is_true(value))
		return run_nodes(run, node->otherwise, dot);
	result = json_is_object(value) ? run_range_object(run, node, value) :
					 run_range_array(run, node, value);
	run->flow = FLOW_ON;
	return result;
}

/* {{if}} and {{with}}. */
static int run_choice(struct run *run, const struct node *node, json_t *value, json_t *dot)
{
	size_t before = run->variable_count;
	int result;

	if (set_variable(run, node->pipeline, 0, value) < 0)
		return -1;
	if (!template_is_true(value))
		result = run_nodes(run, node->otherwise, dot);
	else
		result = run_nodes(run, node->body, node->kind == NODE_WITH ? value : dot);
	drop_variables(run, before);
	return result;
}

/* A null field prints as the empty list or map that it is to docker. */
static void print_result(struct run *run, const struct pipeline *pipeline, const json_t *value)
{
	const struct command_words *last = &pipeline->commands[pipeline->count - 1];
	const struct strings *fields = &last->operands[0].fields;

	if (!json_is_null(value))
		template_print(value, run->output);
	else if (last->count == 1 && fields->count > 0)
		buffer_puts(run->output, template_null_text(
			fields->count > 1 ? fields->items[fields->count - 2] : NULL,
			fields->items[fields->count - 1]));
	else
		buffer_puts(run->output, "<no value>");
}

static int run_node(struct run *run, const struct node *node, json_t *dot)
{
	auto_json json_t *value = NULL;

	if (node->kind == NODE_TEXT) {
		buffer_puts(run->output, node->text ? node->text : "");
		return 0;
	}
	if (node->kind == NODE_BREAK || node->kind == NODE_CONTINUE) {
		run->flow = node->kind == NODE_BREAK ? FLOW_BREAK : FLOW_CONTINUE;
		return 0;
	}
	value = run_pipeline(run, node->pipeline, dot);
	if (!value)
		return -1;
	if (node->kind == NODE_RANGE)
		return run_range(run, node, value, dot);
	if (node->kind != NODE_PRINT)
		return run_choice(run, node, value, dot);
	if (node->pipeline->variables[0])
		return set_variable(run, node->pipeline, 0, value);
	print_result(run, node->pipeline, value);
	return 0;
}

static int run_nodes(struct run *run, const struct node *node, json_t *dot)
{
	for (; node && run->flow == FLOW_ON; node = node->next) {
		if (run_node(run, node, dot) < 0)
			return -1;
		if (run->output->size > TEMPLATE_VALUE_MAX)
			return fail(run, "the output is too long", "");
	}
	return 0;
}

int template_execute(const struct template *template, const json_t *value, struct buffer *output,
		     struct error *err)
{
	struct run run = { .output = output, .err = err };
	json_t *dot = (json_t *)value;	/* only read; jansson counts references in it */
	int result;

	buffer_puts(output, "");
	run.heading = json_object_get(dot, "__heading") != NULL;
	if (declare_variable(&run, "", dot) < 0)
		return -1;
	result = run_nodes(&run, template->nodes, dot);
	drop_variables(&run, 0);
	return result;
}
