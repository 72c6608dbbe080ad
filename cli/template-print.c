/* SPDX-License-Identifier: Apache-2.0 */
/* How values print: Go's fmt, that is %v and the verbs of printf. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/strings.h"
#include "cli/template-tree.h"

#define WIDTH_MAX 4096	/* of a field, and digits of a number */
#define REAL_DIGITS_MAX 17

struct directive {
	bool left, zeros, plus, sharp, blank;
	int width;
	int precision;	/* -1: not given */
	char verb;
};

static void print_value(const struct directive *directive, const json_t *value,
			struct buffer *output);

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t count_runes(const char *text, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += !is_continuation(text[i]);
	return count;
}

/* The bytes that the first `runes` characters take. */
static size_t cut_runes(const char *text, size_t size, size_t runes)
{
	size_t i = 0;

	for (size_t seen = 0; i < size; i++) {
		seen += !is_continuation(text[i]);
		if (seen > runes)
			break;
	}
	return i;
}

/* Adds `text` padded to the width; zeros go between a sign and the digits. */
static void add_padded(const struct directive *directive, const char *text, size_t size,
		       struct buffer *output)
{
	size_t runes = count_runes(text, size);
	int padding = runes < (size_t)directive->width ? directive->width - (int)runes : 0;

	if (directive->zeros && !directive->left && padding > 0) {
		if (size > 0 && (*text == '-' || *text == '+')) {
			buffer_putc(output, *text);
			text++;
			size--;
		}
		buffer_printf(output, "%0*d", padding, 0);
	} else if (!directive->left) {
		buffer_printf(output, "%*s", padding, "");
	}
	buffer_add(output, text, size);
	if (directive->left)
		buffer_printf(output, "%*s", padding, "");
}

static const char *type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING: return "string";
	case JSON_INTEGER: return "int";
	case JSON_REAL: return "float64";
	case JSON_TRUE:
	case JSON_FALSE: return "bool";
	case JSON_ARRAY: return "[]interface {}";
	case JSON_OBJECT: return "map[string]interface {}";
	default: return "<nil>";
	}
}

/* "%!d(string=text)" */
static void print_bad_verb(char verb, const json_t *value, struct buffer *output)
{
	buffer_printf(output, "%%!%c(", verb);
	if (!json_is_null(value))
		buffer_printf(output, "%s=", type_name(value));
	template_print(value, output);
	buffer_putc(output, ')');
}

/* The bytes of the character at `text`, at most `size`; 0 where there is no good UTF-8. */
static size_t rune_length(const char *text, size_t size)
{
	size_t length = 1;

	while (length < size && is_continuation(text[length]))
		length++;
	return is_utf8(text, length) ? length : 0;
}

static void add_quoted_byte(unsigned char c, struct buffer *quoted)
{
	static const char letters[] = "abtnvfr";	/* of the characters from 7 on */

	if (c == '"' || c == '\\')
		buffer_printf(quoted, "\\%c", c);
	else if (c >= 7 && c <= 13)
		buffer_printf(quoted, "\\%c", letters[c - 7]);
	else if (c < ' ' || c >= 0x7f)
		buffer_printf(quoted, "\\x%02x", c);
	else
		buffer_putc(quoted, (char)c);
}

static void add_quoted(const char *text, size_t size, struct buffer *quoted)
{
	buffer_putc(quoted, '"');
	for (size_t i = 0; i < size;) {
		size_t length = rune_length(text + i, size - i);

		if (length < 2) {
			add_quoted_byte((unsigned char)text[i], quoted);
			i++;
			continue;
		}
		if (length == 2 && (unsigned char)text[i] == 0xc2 &&
		    (unsigned char)text[i + 1] <= 0xa0)	/* control characters and the hard blank */
			buffer_printf(quoted, "\\u%04x", (unsigned char)text[i + 1]);
		else
			buffer_add(quoted, text + i, length);
		i += length;
	}
	buffer_putc(quoted, '"');
}

static void add_hex(const struct directive *directive, const char *text, size_t size,
		    struct buffer *hex)
{
	for (size_t i = 0; i < size; i++)
		buffer_printf(hex, directive->verb == 'x' ? "%02x" : "%02X", (unsigned char)text[i]);
}

static void print_string(const struct directive *directive, const json_t *value,
			 struct buffer *output)
{
	auto_release(buffer) struct buffer other = { 0 };
	const char *text = json_string_value(value);
	size_t size = json_string_length(value);

	if (!strchr("vsxXq", directive->verb)) {
		print_bad_verb(directive->verb, value, output);
		return;
	}
	if (directive->precision >= 0)
		size = cut_runes(text, size, (size_t)directive->precision);
	if (directive->verb == 'q')
		add_quoted(text, size, &other);
	else if (directive->verb == 'x' || directive->verb == 'X')
		add_hex(directive, text, size, &other);
	else
		buffer_add(&other, text, size);
	add_padded(directive, other.data ? other.data : "", other.size, output);
}

/* The digits of `number` to a base of 2, 8, 10 or 16, at least `precision` of them. */
static void add_digits(const struct directive *directive, unsigned long long number,
		       struct buffer *text)
{
	const char *digits = directive->verb == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	unsigned int base = 10;
	char reversed[64];
	int count = 0;

	switch (directive->verb) {
	case 'b': base = 2; break;
	case 'o': base = 8; break;
	case 'x':
	case 'X': base = 16; break;
	default: break;
	}
	for (; number > 0 || count == 0; number /= base)
		reversed[count++] = digits[number % base];
	for (int i = count; i < directive->precision; i++)
		buffer_putc(text, '0');
	while (count > 0)
		buffer_putc(text, reversed[--count]);
}

static const char *base_prefix(char verb)
{
	switch (verb) {
	case 'b': return "0b";
	case 'o': return "0";
	case 'x': return "0x";
	case 'X': return "0X";
	default: return "";
	}
}

void template_add_rune(json_int_t number, struct buffer *text)
{
	unsigned int c = number < 0 || number > 0x10ffff || (number >= 0xd800 && number < 0xe000) ?
			 0xfffd : (unsigned int)number;

	if (c < 0x80) {
		buffer_putc(text, (char)c);
	} else if (c < 0x800) {
		buffer_putc(text, (char)(0xc0 | c >> 6));
		buffer_putc(text, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buffer_putc(text, (char)(0xe0 | c >> 12));
		buffer_putc(text, (char)(0x80 | (c >> 6 & 0x3f)));
		buffer_putc(text, (char)(0x80 | (c & 0x3f)));
	} else {
		buffer_putc(text, (char)(0xf0 | c >> 18));
		buffer_putc(text, (char)(0x80 | (c >> 12 & 0x3f)));
		buffer_putc(text, (char)(0x80 | (c >> 6 & 0x3f)));
		buffer_putc(text, (char)(0x80 | (c & 0x3f)));
	}
}

static void print_integer(const struct directive *directive, const json_t *value,
			  struct buffer *output)
{
	auto_release(buffer) struct buffer text = { 0 };
	json_int_t number = json_integer_value(value);

	if (!strchr("vdboxXc", directive->verb)) {
		print_bad_verb(directive->verb, value, output);
		return;
	}
	if (directive->verb == 'c') {
		template_add_rune(number, &text);
	} else {
		if (number < 0 || directive->plus || directive->blank)
			buffer_putc(&text, number < 0 ? '-' : directive->plus ? '+' : ' ');
		if (directive->sharp)
			buffer_puts(&text, base_prefix(directive->verb));
		add_digits(directive, number < 0 ? 0 - (unsigned long long)number :
				      (unsigned long long)number, &text);
	}
	add_padded(directive, text.data, text.size, output);
}

/* The fewest digits that give back the same number. */
static void add_shortest_real(double number, struct buffer *text)
{
	char scientific[40];
	long exponent;
	int digits = 1;

	for (; digits <= REAL_DIGITS_MAX; digits++) {
		snprintf(scientific, sizeof(scientific), "%.*e", digits - 1, number);
		if (strtod(scientific, NULL) == number)
			break;
	}
	exponent = strtol(strchr(scientific, 'e') + 1, NULL, 10);
	if (exponent < -4 || exponent >= 6)
		buffer_puts(text, scientific);
	else
		buffer_printf(text, "%.*f", digits - 1 > exponent ? digits - 1 - (int)exponent : 0,
			      number);
}

static void print_real(const struct directive *directive, const json_t *value,
		       struct buffer *output)
{
	auto_release(buffer) struct buffer text = { 0 };
	double number = json_real_value(value);
	int precision = directive->precision;

	if (number >= 0 && (directive->plus || directive->blank))
		buffer_putc(&text, directive->plus ? '+' : ' ');
	switch (directive->verb) {
	case 'e': buffer_printf(&text, "%.*e", precision < 0 ? 6 : precision, number); break;
	case 'E': buffer_printf(&text, "%.*E", precision < 0 ? 6 : precision, number); break;
	case 'f':
	case 'F': buffer_printf(&text, "%.*f", precision < 0 ? 6 : precision, number); break;
	case 'g':
	case 'v':
		if (precision < 0)
			add_shortest_real(number, &text);
		else
			buffer_printf(&text, "%.*g", precision, number);
		break;
	default:
		print_bad_verb(directive->verb, value, output);
		return;
	}
	add_padded(directive, text.data, text.size, output);
}

/* A width may blow up a long list. What goes on here is refused by the callers afterwards. */
static bool is_full(const struct buffer *output)
{
	return output->size > TEMPLATE_VALUE_MAX;
}

static void print_array(const struct directive *directive, const json_t *array,
			struct buffer *output)
{
	const json_t *item;
	size_t i;

	buffer_putc(output, '[');
	json_array_foreach(array, i, item) {
		if (is_full(output))
			break;
		buffer_puts(output, i ? " " : "");
		print_value(directive, item, output);
	}
	buffer_putc(output, ']');
}

static void print_object(const struct directive *directive, const json_t *object,
			 struct buffer *output)
{
	auto_release(strings) struct strings keys = { 0 };
	const char *key;
	json_t *item;

	json_object_foreach((json_t *)object, key, item)
		strings_add(&keys, key);
	strings_sort(&keys);
	buffer_puts(output, "map[");
	for (size_t i = 0; i < keys.count && !is_full(output); i++) {
		json_t *name = json_string_nocheck(keys.items[i]);

		buffer_puts(output, i ? " " : "");
		print_value(directive, name, output);
		buffer_putc(output, ':');
		print_value(directive, json_object_get(object, keys.items[i]), output);
		json_decref(name);
	}
	buffer_putc(output, ']');
}

static void print_value(const struct directive *directive, const json_t *value,
			struct buffer *output)
{
	const char *name = type_name(value);

	if (directive->verb == 'T') {
		add_padded(directive, name, strlen(name), output);
		return;
	}
	switch (json_typeof(value)) {
	case JSON_STRING:
		print_string(directive, value, output);
		break;
	case JSON_INTEGER:
		print_integer(directive, value, output);
		break;
	case JSON_REAL:
		print_real(directive, value, output);
		break;
	case JSON_ARRAY:
		print_array(directive, value, output);
		break;
	case JSON_OBJECT:
		print_object(directive, value, output);
		break;
	default:
		if (directive->verb != 'v' && (directive->verb != 't' || json_is_null(value)))
			print_bad_verb(directive->verb, value, output);
		else if (json_is_null(value))
			add_padded(directive, "<nil>", strlen("<nil>"), output);
		else
			add_padded(directive, json_is_true(value) ? "true" : "false",
				   json_is_true(value) ? 4 : 5, output);
	}
}

void template_print(const json_t *value, struct buffer *output)
{
	static const struct directive plain = { .precision = -1, .verb = 'v' };

	print_value(&plain, value, output);
}

/* What printf was given, and how much of it is used. */
struct supply {
	json_t *const *arguments;
	size_t count, next;
};

static const json_t *take_argument(struct supply *supply)
{
	return supply->next < supply->count ? supply->arguments[supply->next++] : NULL;
}

/* A width or precision: digits, or `*` for the next argument. */
static const char *parse_size(const char *at, struct supply *supply, int *ret_size)
{
	long long size = 0;

	if (*at == '*') {
		const json_t *argument = take_argument(supply);

		size = json_is_integer(argument) ? json_integer_value(argument) : 0;
		at++;
	} else {
		for (; isdigit((unsigned char)*at); at++)
			size = size > WIDTH_MAX ? size : size * 10 + (*at - '0');
	}
	*ret_size = size > WIDTH_MAX ? WIDTH_MAX : size < -WIDTH_MAX ? -WIDTH_MAX : (int)size;
	return at;
}

static const char *parse_directive(const char *at, struct supply *supply,
				   struct directive *directive)
{
	*directive = (struct directive){ .precision = -1 };
	for (; *at && strchr("-0+# ", *at); at++) {
		directive->left |= *at == '-';
		directive->zeros |= *at == '0';
		directive->plus |= *at == '+';
		directive->sharp |= *at == '#';
		directive->blank |= *at == ' ';
	}
	at = parse_size(at, supply, &directive->width);
	if (directive->width < 0) {
		directive->left = true;
		directive->width = -directive->width;
	}
	if (*at == '.') {
		at = parse_size(at + 1, supply, &directive->precision);
		if (directive->precision < 0)
			directive->precision = -1;
	}
	directive->verb = *at;
	return *at ? at + 1 : at;
}

static void print_directive(const struct directive *directive, struct supply *supply,
			    struct buffer *output)
{
	const json_t *value;

	if (!directive->verb) {
		buffer_puts(output, "%!(NOVERB)");
		return;
	}
	if (directive->verb == '%') {
		buffer_putc(output, '%');
		return;
	}
	value = take_argument(supply);
	if (value)
		print_value(directive, value, output);
	else
		buffer_printf(output, "%%!%c(MISSING)", directive->verb);
}

/* "%!(EXTRA int=1, string=b)" */
static void print_extra(struct supply *supply, struct buffer *output)
{
	const char *before = "%!(EXTRA ";

	if (supply->next == supply->count)
		return;
	for (; supply->next < supply->count; supply->next++) {
		const json_t *value = supply->arguments[supply->next];

		buffer_puts(output, before);
		buffer_puts(output, type_name(value));
		buffer_puts(output, json_is_null(value) ? "" : "=");
		if (!json_is_null(value))
			template_print(value, output);
		before = ", ";
	}
	buffer_putc(output, ')');
}

int template_printf(json_t *const *arguments, size_t count, struct buffer *output,
		    struct error *err)
{
	struct supply supply = { .arguments = arguments, .count = count, .next = 1 };
	const char *at = json_string_value(arguments[0]);

	while (*at) {
		size_t text = strcspn(at, "%");

		buffer_add(output, at, text);
		at += text;
		if (*at) {
			struct directive directive;

			at = parse_directive(at + 1, &supply, &directive);
			print_directive(&directive, &supply, output);
		}
		if (is_full(output))
			return error_set(err, ERROR_INVALID, "template: executing: printf makes more "
					 "than %zu bytes", TEMPLATE_VALUE_MAX);
	}
	print_extra(&supply, output);
	return 0;
}
