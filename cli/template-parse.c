/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parsing Go templates (package text/template): text and actions in {{ }}, with
 * {{- and -}} to trim. Recursive descent straight over the text.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/strings.h"
#include "cli/template-tree.h"
#include "cli/template.h"

#define BLANKS " \t\r\n"

struct parser {
	const char *text;
	const char *at;
	unsigned int depth;
	unsigned int ranges;	/* that we are in */
	const char *variables[TEMPLATE_VARIABLES_MAX];	/* in sight; borrowed from the tree */
	size_t variable_count;
	struct error *err;
};

/* `variables_max`: how many may be declared. The word of an empty one is `what`. */
static struct pipeline *parse_pipeline(struct parser *parser, unsigned int variables_max,
				       const char *what);

static void free_pipeline(struct pipeline *pipeline);

static void release_operand(struct operand *operand)
{
	free(operand->name);
	json_decref(operand->literal);
	free_pipeline(operand->pipeline);
	strings_release(&operand->fields);
}

static void free_pipeline(struct pipeline *pipeline)
{
	if (!pipeline)
		return;
	for (size_t i = 0; i < pipeline->count; i++) {
		for (size_t j = 0; j < pipeline->commands[i].count; j++)
			release_operand(&pipeline->commands[i].operands[j]);
		free(pipeline->commands[i].operands);
	}
	free(pipeline->commands);
	free(pipeline->variables[0]);
	free(pipeline->variables[1]);
	free(pipeline);
}

static void free_nodes(struct node *node)
{
	while (node) {
		struct node *next = node->next;

		free(node->text);
		free_pipeline(node->pipeline);
		free_nodes(node->body);
		free_nodes(node->otherwise);
		free(node);
		node = next;
	}
}

/* As Go words it: "template: :LINE: what". */
static int fail(struct parser *parser, const char *what, const char *subject)
{
	unsigned int line = 1;
	const char *quote = subject ? "\"" : "";

	for (const char *c = parser->text; c < parser->at; c++)
		line += *c == '\n';
	return error_set(parser->err, ERROR_INVALID, "template parsing error: template: :%u: %s%s%.64s%s",
			 line, what, quote, subject ? subject : "", quote);
}

static void skip_blanks(struct parser *parser)
{
	parser->at += strspn(parser->at, BLANKS);
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static char *parse_word(struct parser *parser)
{
	const char *begin = parser->at;

	while (is_word(*parser->at))
		parser->at++;
	return xstrndup(begin, (size_t)(parser->at - begin));
}

/* -}} trims only behind a blank. */
static bool at_trimming_end(const struct parser *parser)
{
	return has_prefix(parser->at, "-}}") && parser->at > parser->text &&
	       strchr(BLANKS, parser->at[-1]);
}

static bool at_action_end(const struct parser *parser)
{
	return has_prefix(parser->at, "}}") || at_trimming_end(parser);
}

/* `digits` digits to `base` at the parser; a character of them is added. */
static int add_numbered(struct parser *parser, unsigned int digits, unsigned int base,
			struct buffer *text)
{
	static const char values[] = "0123456789abcdef";
	unsigned long number = 0;

	for (unsigned int i = 0; i < digits; i++, parser->at++) {
		const char *value = *parser->at ?
				    strchr(values, tolower((unsigned char)*parser->at)) : NULL;

		if (!value || value - values >= (int)base)
			return fail(parser, "bad character escape in string", NULL);
		number = number * base + (unsigned long)(value - values);
	}
	if (digits > 3)
		template_add_rune((json_int_t)number, text);
	else if (number > 0xff)
		return fail(parser, "bad character escape in string", NULL);
	else
		buffer_putc(text, (char)number);
	return 0;
}

/* What stands behind a backslash. */
static int parse_escape(struct parser *parser, char quote, struct buffer *text)
{
	static const char letters[] = "abfnrtv\\";
	static const char meanings[] = "\a\b\f\n\r\t\v\\";
	char c = *parser->at;
	const char *letter = c ? strchr(letters, c) : NULL;

	if (letter || c == quote) {
		buffer_putc(text, letter ? meanings[letter - letters] : c);
		parser->at++;
		return 0;
	}
	if (c >= '0' && c <= '7')
		return add_numbered(parser, 3, 8, text);
	parser->at += c != '\0';
	switch (c) {
	case 'x': return add_numbered(parser, 2, 16, text);
	case 'u': return add_numbered(parser, 4, 16, text);
	case 'U': return add_numbered(parser, 8, 16, text);
	default: return fail(parser, "bad character escape in string", NULL);
	}
}

/* "..." with escapes, or `...` without. */
static int parse_string(struct parser *parser, json_t **ret_literal)
{
	auto_release(buffer) struct buffer text = { 0 };
	char quote = *parser->at++;

	while (*parser->at && *parser->at != quote && (quote == '`' || *parser->at != '\n')) {
		char c = *parser->at++;

		if (quote == '`' || c != '\\')
			buffer_putc(&text, c);
		else if (parse_escape(parser, quote, &text) < 0)
			return -1;
	}
	if (*parser->at != quote)
		return fail(parser, quote == '`' ? "unterminated raw quoted string" :
						   "unterminated quoted string", NULL);
	parser->at++;
	*ret_literal = json_stringn(text.data ? text.data : "", text.size);
	return *ret_literal ? 0 : fail(parser, "a string that is not UTF-8", NULL);
}

/* The characters that a number may be made of; what they say is checked afterwards. */
static size_t number_length(const char *text)
{
	size_t length = strspn(text, "+-");

	while (is_word(text[length]) || text[length] == '.' ||
	       ((text[length] == '+' || text[length] == '-') && length > 0 &&
		strchr("eE", text[length - 1]) && !has_prefix(text, "0x")))
		length++;
	return length;
}

static json_t *convert_number(const char *text)
{
	const char *digits = text + strspn(text, "+-");
	bool whole = !strpbrk(digits, strncasecmp(digits, "0x", 2) == 0 ? ".pP" : ".eE");
	int base = 0;
	char *end;
	long long integer;
	double real;

	if (digits - text > 1 || (!isdigit((unsigned char)*digits) && *digits != '.'))
		return NULL;
	errno = 0;
	if (!whole) {
		real = strtod(text, &end);
		return *end || errno == ERANGE ? NULL : json_real(real);
	}
	if (strncasecmp(digits, "0b", 2) == 0 || strncasecmp(digits, "0o", 2) == 0) {
		base = tolower((unsigned char)digits[1]) == 'b' ? 2 : 8;
		if (!isdigit((unsigned char)digits[2]))
			return NULL;
	}
	integer = strtoll(base ? digits + 2 : text, &end, base);
	if (end == text || *end || errno == ERANGE)
		return NULL;
	return json_integer(base && *text == '-' ? -integer : integer);
}

static int parse_number(struct parser *parser, json_t **ret_literal)
{
	size_t length = number_length(parser->at);
	auto_free char *text = xstrndup(parser->at, length);
	char *to = text;

	for (const char *c = text; *c; c++)	/* 1_000 */
		if (*c != '_' || c == text || !isalnum((unsigned char)c[-1]))
			*to++ = *c;
	*to = '\0';
	*ret_literal = convert_number(text);
	if (!*ret_literal)
		return fail(parser, "bad number syntax: ", text);
	parser->at += length;
	return 0;
}

/* A character between single quotes is its number. */
static int parse_character(struct parser *parser, json_t **ret_literal)
{
	auto_release(buffer) struct buffer text = { 0 };
	const unsigned char *bytes;
	json_int_t number;

	parser->at++;
	while (*parser->at && *parser->at != '\'' && *parser->at != '\n') {
		char c = *parser->at++;

		if (c != '\\')
			buffer_putc(&text, c);
		else if (parse_escape(parser, '\'', &text) < 0)
			return -1;
	}
	if (*parser->at != '\'')
		return fail(parser, "unterminated character constant", NULL);
	parser->at++;
	bytes = (const unsigned char *)text.data;
	if (text.size == 0 || text.size > 4 || !is_utf8(text.data, text.size))
		return fail(parser, "malformed character constant", NULL);
	number = bytes[0] < 0x80 ? bytes[0] : bytes[0] & (0x3f >> (text.size - 1));
	for (size_t i = 1; i < text.size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return fail(parser, "malformed character constant", NULL);
		number = number << 6 | (bytes[i] & 0x3f);
	}
	*ret_literal = json_integer(number);
	return 0;
}

/* The .A.B behind a dot, variable or parenthesis. */
static void parse_fields(struct parser *parser, struct operand *operand)
{
	while (parser->at[0] == '.' && is_word(parser->at[1])) {
		parser->at++;
		strings_take(&operand->fields, parse_word(parser));
	}
}

static int parse_parenthesis(struct parser *parser, struct operand *operand)
{
	if (++parser->depth > TEMPLATE_DEPTH_MAX)
		return fail(parser, "too deep", NULL);
	parser->at++;
	operand->kind = OPERAND_PIPELINE;
	operand->pipeline = parse_pipeline(parser, 0, "parenthesized pipeline");
	if (!operand->pipeline)
		return -1;
	if (*parser->at != ')')
		return fail(parser, "unclosed left paren", NULL);
	parser->at++;
	parser->depth--;
	parse_fields(parser, operand);
	return 0;
}

static void parse_name(struct parser *parser, struct operand *operand)
{
	operand->name = parse_word(parser);
	operand->kind = OPERAND_LITERAL;
	if (strcmp(operand->name, "true") == 0 || strcmp(operand->name, "false") == 0)
		operand->literal = json_boolean(operand->name[0] == 't');
	else if (strcmp(operand->name, "nil") == 0)
		operand->literal = json_null();
	else
		operand->kind = OPERAND_FUNCTION;
}

static int check_function(struct parser *parser, const char *name)
{
	auto_free char *what = NULL;

	if (template_find_function(name) || strcmp(name, "and") == 0 || strcmp(name, "or") == 0)
		return 0;
	what = xasprintf("function \"%.64s\" not defined", name);
	return fail(parser, what, NULL);
}

static int check_variable(struct parser *parser, const char *name)
{
	auto_free char *shown = NULL;

	if (!*name)
		return 0;
	for (size_t i = 0; i < parser->variable_count; i++)
		if (strcmp(parser->variables[i], name) == 0)
			return 0;
	shown = xasprintf("$%.64s", name);
	return fail(parser, "undefined variable ", shown);
}

static int parse_operand(struct parser *parser, struct operand *operand)
{
	char c = *parser->at;
	char next = c ? parser->at[1] : '\0';

	if (c == '.' && !isdigit((unsigned char)next)) {
		operand->kind = OPERAND_DOT;
		if (is_word(next))
			parse_fields(parser, operand);
		else
			parser->at++;
		return 0;
	}
	if (c == '$') {
		parser->at++;
		operand->kind = OPERAND_VARIABLE;
		operand->name = parse_word(parser);
		parse_fields(parser, operand);
		return check_variable(parser, operand->name);
	}
	if (c == '(')
		return parse_parenthesis(parser, operand);
	operand->kind = OPERAND_LITERAL;
	if (c == '"' || c == '`')
		return parse_string(parser, &operand->literal);
	if (c == '\'')
		return parse_character(parser, &operand->literal);
	if (isdigit((unsigned char)c) || strchr("+-.", c))
		return parse_number(parser, &operand->literal);
	if (!is_word(c))
		return fail(parser, "unexpected text: ", parser->at);
	parse_name(parser, operand);
	return operand->kind == OPERAND_FUNCTION ? check_function(parser, operand->name) : 0;
}

static bool at_command_end(const struct parser *parser)
{
	return at_action_end(parser) || *parser->at == '|' || *parser->at == ')';
}

static int parse_command(struct parser *parser, struct pipeline *pipeline, const char *what)
{
	auto_free char *message = NULL;
	struct command_words *command;

	pipeline->commands = xrealloc_array(pipeline->commands, pipeline->count + 1,
					    sizeof(*pipeline->commands));
	command = &pipeline->commands[pipeline->count++];
	*command = (struct command_words){ 0 };
	skip_blanks(parser);
	while (!at_command_end(parser)) {
		if (!*parser->at)
			return fail(parser, "unclosed action", NULL);
		if (command->count == TEMPLATE_ARGUMENTS_MAX)
			return fail(parser, "too many arguments", NULL);
		command->operands = xrealloc_array(command->operands, command->count + 1,
						   sizeof(*command->operands));
		command->operands[command->count] = (struct operand){ 0 };
		if (parse_operand(parser, &command->operands[command->count++]) < 0)
			return -1;
		if (*parser->at && !strchr(BLANKS, *parser->at) && !at_command_end(parser))
			return fail(parser, "unexpected text in operand: ", parser->at);
		skip_blanks(parser);
	}
	if (command->count > 0)
		return 0;
	message = xasprintf("missing value for %s", what);
	return fail(parser, message, NULL);
}

static int declare_variables(struct parser *parser, struct pipeline *pipeline)
{
	for (unsigned int i = 0; i < 2 && pipeline->variables[i]; i++) {
		if (pipeline->assigns) {
			if (check_variable(parser, pipeline->variables[i]) < 0)
				return -1;
			continue;
		}
		if (parser->variable_count == TEMPLATE_VARIABLES_MAX)
			return fail(parser, "too many variables", NULL);
		parser->variables[parser->variable_count++] = pipeline->variables[i];
	}
	return 0;
}

/* `$x := `, `$x = `, `$i, $x := `; anything else is left alone. */
static int parse_variables(struct parser *parser, struct pipeline *pipeline, unsigned int max)
{
	const char *begin = parser->at;
	unsigned int count = 0;

	while (*parser->at == '$' && count < 2) {
		parser->at++;
		pipeline->variables[count++] = parse_word(parser);
		skip_blanks(parser);
		if (*parser->at != ',')
			break;
		parser->at++;
		skip_blanks(parser);
	}
	if (count > 0 && (has_prefix(parser->at, ":=") || has_prefix(parser->at, "="))) {
		pipeline->assigns = *parser->at == '=';
		parser->at += pipeline->assigns ? 1 : 2;
		if (count > max)
			return fail(parser, "too many declarations", NULL);
		return declare_variables(parser, pipeline);
	}
	parser->at = begin;
	for (unsigned int i = 0; i < 2; i++)
		replace_string(&pipeline->variables[i], NULL);
	return 0;
}

static struct pipeline *parse_pipeline(struct parser *parser, unsigned int variables_max,
				       const char *what)
{
	struct pipeline *pipeline = xcalloc(1, sizeof(*pipeline));
	int result;

	skip_blanks(parser);
	result = parse_variables(parser, pipeline, variables_max);
	while (result == 0 && (result = parse_command(parser, pipeline, what)) == 0 &&
	       *parser->at == '|')
		parser->at++;
	if (result < 0) {
		/* The names it declared go with it; nothing is parsed any more. */
		free_pipeline(pipeline);
		return NULL;
	}
	return pipeline;
}

static int close_action(struct parser *parser)
{
	skip_blanks(parser);
	if (at_trimming_end(parser)) {
		parser->at += 3;
		skip_blanks(parser);
		return 0;
	}
	if (!*parser->at)
		return fail(parser, "unclosed action", NULL);
	if (!has_prefix(parser->at, "}}"))
		return fail(parser, "unexpected text in action: ", parser->at);
	parser->at += 2;
	return 0;
}

/* After the opening braces: whether the action is the word `word`, which is then skipped. */
static bool take_word(struct parser *parser, const char *word)
{
	const char *after = skip_prefix(parser->at, word);

	if (!after || is_word(*after))
		return false;
	parser->at = after;
	return true;
}

enum list_end { END_OF_TEXT, END_OF_BLOCK, END_AT_ELSE };

static int parse_list(struct parser *parser, struct node **ret_nodes, enum list_end *ret_end);

static int parse_block(struct parser *parser, struct node *node, enum node_kind kind);

/* What follows {{else: the rest of it and the list up to {{end}}, or another block of the same
 * kind, which one {{end}} closes too. */
static int parse_else(struct parser *parser, struct node *node)
{
	enum list_end end;

	skip_blanks(parser);
	if ((node->kind == NODE_IF && take_word(parser, "if")) ||
	    (node->kind == NODE_WITH && take_word(parser, "with"))) {
		node->otherwise = xcalloc(1, sizeof(*node->otherwise));
		return parse_block(parser, node->otherwise, node->kind);
	}
	if (close_action(parser) < 0 || parse_list(parser, &node->otherwise, &end) < 0)
		return -1;
	if (end != END_OF_BLOCK)
		return fail(parser, end == END_OF_TEXT ? "unexpected EOF" : "unexpected {{else}}", NULL);
	return close_action(parser);
}

/* The rest of {{if}}, {{range}} or {{with}}, after its word. */
static int parse_block(struct parser *parser, struct node *node, enum node_kind kind)
{
	static const char *const words[] = { [NODE_IF] = "if", [NODE_RANGE] = "range",
					     [NODE_WITH] = "with" };
	size_t variables = parser->variable_count;
	enum list_end end;
	int result;

	if (++parser->depth > TEMPLATE_DEPTH_MAX)
		return fail(parser, "too deep", NULL);
	node->kind = kind;
	node->pipeline = parse_pipeline(parser, kind == NODE_RANGE ? 2 : 1, words[kind]);
	if (!node->pipeline || close_action(parser) < 0)
		return -1;
	parser->ranges += kind == NODE_RANGE;
	result = parse_list(parser, &node->body, &end);
	parser->ranges -= kind == NODE_RANGE;
	if (result < 0)
		return -1;
	if (end == END_OF_TEXT)
		return fail(parser, "unexpected EOF", NULL);
	result = end == END_AT_ELSE ? parse_else(parser, node) : close_action(parser);
	parser->depth--;
	parser->variable_count = variables;
	return result;
}

static int parse_comment(struct parser *parser)
{
	const char *end = strstr(parser->at, "*/");

	if (!end)
		return fail(parser, "unclosed comment", NULL);
	parser->at = end + 2;
	return close_action(parser);
}

static int parse_leave(struct parser *parser, struct node *node, enum node_kind kind)
{
	node->kind = kind;
	if (parser->ranges == 0)
		return fail(parser, kind == NODE_BREAK ? "{{break}} outside {{range}}" :
							 "{{continue}} outside {{range}}", NULL);
	return close_action(parser);
}

/* One action, after "{{". Sets *ret_end when it closes the list instead. */
static int parse_action(struct parser *parser, struct node *node, enum list_end *ret_end)
{
	if (parser->at[0] == '-' && parser->at[1] && strchr(BLANKS, parser->at[1]))
		parser->at += 2;
	skip_blanks(parser);
	if (has_prefix(parser->at, "/*"))
		return parse_comment(parser);
	if (take_word(parser, "end")) {
		*ret_end = END_OF_BLOCK;
		return 0;
	}
	if (take_word(parser, "else")) {
		*ret_end = END_AT_ELSE;
		return 0;
	}
	if (take_word(parser, "if"))
		return parse_block(parser, node, NODE_IF);
	if (take_word(parser, "range"))
		return parse_block(parser, node, NODE_RANGE);
	if (take_word(parser, "with"))
		return parse_block(parser, node, NODE_WITH);
	if (take_word(parser, "break"))
		return parse_leave(parser, node, NODE_BREAK);
	if (take_word(parser, "continue"))
		return parse_leave(parser, node, NODE_CONTINUE);
	node->kind = NODE_PRINT;
	node->pipeline = parse_pipeline(parser, 1, "command");
	if (node->pipeline && *parser->at == ')')
		return fail(parser, "unexpected right paren", NULL);
	return node->pipeline ? close_action(parser) : -1;
}

/* The text up to the next action; {{- trims its end. */
static char *parse_text(struct parser *parser)
{
	const char *begin = parser->at;
	const char *open = strstr(begin, "{{");
	size_t length = open ? (size_t)(open - begin) : strlen(begin);

	parser->at += length;
	if (open && open[2] == '-' && open[3] && strchr(BLANKS, open[3]))
		while (length > 0 && strchr(BLANKS, begin[length - 1]))
			length--;
	return xstrndup(begin, length);
}

static int parse_list(struct parser *parser, struct node **ret_nodes, enum list_end *ret_end)
{
	struct node **link = ret_nodes;

	*ret_end = END_OF_TEXT;
	while (*parser->at) {
		struct node *node = xcalloc(1, sizeof(*node));

		*link = node;
		link = &node->next;
		if (!has_prefix(parser->at, "{{")) {
			node->text = parse_text(parser);
			continue;
		}
		parser->at += 2;
		node->text = xstrdup("");
		if (parse_action(parser, node, ret_end) < 0)
			return -1;
		if (*ret_end != END_OF_TEXT)
			return 0;	/* whoever opened the block closes this action */
	}
	return 0;
}

struct template *template_parse(const char *text, struct error *err)
{
	struct parser parser = { .text = text, .at = text, .err = err };
	struct template *template;
	enum list_end end;

	if (strlen(text) > TEMPLATE_SIZE_MAX) {
		error_set(err, ERROR_INVALID, "template parsing error: larger than %d bytes",
			  TEMPLATE_SIZE_MAX);
		return NULL;
	}
	template = xcalloc(1, sizeof(*template));
	if (parse_list(&parser, &template->nodes, &end) < 0) {
		template_free(template);
		return NULL;
	}
	if (end != END_OF_TEXT) {
		fail(&parser, end == END_OF_BLOCK ? "unexpected {{end}}" : "unexpected {{else}}", NULL);
		template_free(template);
		return NULL;
	}
	return template;
}

void template_free(struct template *template)
{
	if (!template)
		return;
	free_nodes(template->nodes);
	free(template);
}
