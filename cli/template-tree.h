/* SPDX-License-Identifier: Apache-2.0 */
/* A parsed template: what template-parse.c makes and template-run.c walks. */
#ifndef CLI_TEMPLATE_TREE_H
#define CLI_TEMPLATE_TREE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/strings.h"

struct buffer;
struct error;

#define TEMPLATE_DEPTH_MAX 100	/* nested blocks and parentheses */
#define TEMPLATE_VARIABLES_MAX 64
#define TEMPLATE_ARGUMENTS_MAX 64
#define TEMPLATE_VALUE_MAX ((size_t)8 << 20)	/* bytes of one string that a function makes */

enum operand_kind {
	OPERAND_DOT,		/* . with fields */
	OPERAND_VARIABLE,	/* $x with fields; "" is $ */
	OPERAND_LITERAL,
	OPERAND_FUNCTION,
	OPERAND_PIPELINE,	/* ( ... ) with fields */
};

struct operand {
	enum operand_kind kind;
	char *name;		/* of the variable or function */
	json_t *literal;
	struct pipeline *pipeline;
	struct strings fields;	/* .A.B behind it */
};

struct command_words {	/* operand, or function and its arguments */
	struct operand *operands;
	size_t count;
};

struct pipeline {
	char *variables[2];	/* declared or assigned; NULL none; two only for range */
	bool assigns;		/* = and not := */
	struct command_words *commands;
	size_t count;
};

enum node_kind {
	NODE_TEXT,
	NODE_PRINT,
	NODE_IF,
	NODE_RANGE,
	NODE_WITH,
	NODE_BREAK,
	NODE_CONTINUE,
};

struct node {
	enum node_kind kind;
	char *text;		/* NODE_TEXT */
	struct pipeline *pipeline;
	struct node *body, *otherwise;	/* lists */
	struct node *next;
};

struct template {
	struct node *nodes;
};

typedef json_t *(*template_function)(json_t **arguments, size_t count, struct error *err);
struct template_function_entry {
	const char *name;
	int minimum, maximum;	/* arguments; maximum -1: any number */
	template_function call;
};
/* NULL when there is none of that name. `and` and `or` are not here: they stop early. */
const struct template_function_entry *template_find_function(const char *name);

/* What Go's fmt prints with %v: null is "<nil>". */
void template_print(const json_t *value, struct buffer *output);
/* Appends the character of this number as UTF-8; what is none becomes U+FFFD. */
void template_add_rune(json_int_t number, struct buffer *text);
/* Go's Sprintf: arguments[0] is the format. Appends at most some TEMPLATE_VALUE_MAX bytes. */
int template_printf(json_t *const *arguments, size_t count, struct buffer *output,
		    struct error *err);
bool template_is_true(const json_t *value);

/* The member `name` of an object, as docker's own structs would have it: also under Go's spelling
 * (.ID for "Id"), and an empty value for what docker's JSON leaves out. `parent` is the name of the
 * object or NULL. A new reference; NULL when docker has no such field. */
json_t *template_field(const json_t *object, const char *parent, const char *name);
/* Whether the members of the object called `name` are the user's data (labels) and not fields. */
bool template_field_is_map(const char *parent, const char *name);
/* What a field prints that is null: "[]" for a list. */
const char *template_null_text(const char *parent, const char *name);

#endif
