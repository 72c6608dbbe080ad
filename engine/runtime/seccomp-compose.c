/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The composer. The numbers that the rules name divide all numbers into
 * intervals, each with one outcome; a search tree over them is written out, the
 * lower half behind its comparison, the upper half after that. x86_64 and x32 have one
 * audit architecture and differ in bit 30 of the number, so they share a tree.
 */
#include "engine/runtime/seccomp-compose.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "engine/runtime/seccomp.h"

#define JUMP_MAX 255
#define HINT_STEPS 8
#define PLAIN_NUMBERS 1024	/* all but a few of ARM's lie below */

struct syscall_arch {
	const char *name;
	uint32_t audit;
	uint32_t first;		/* its lowest number */
};

#define ARCHES_MAX 3

struct syscall_number {
	const char *name;
	int numbers[ARCHES_MAX];
};

#include "engine/runtime/syscall-numbers.h"

/* A rule, seen from one number. */
struct entry {
	uint32_t number;
	size_t rule;
};

/* From `start` to the next one's. */
struct interval {
	uint32_t start;
	uint32_t action;		/* if there are no entries with conditions */
	const struct entry *entries;
	size_t entry_count;
};

struct composer {
	const struct seccomp_rules *rules;
	const struct syscall_number **calls;	/* of each rule; NULL: unknown */
	struct interval *intervals;
	size_t interval_count;
	struct sock_filter *code;
	size_t size, room;
};

void seccomp_rules_add(struct seccomp_rules *rules, const struct seccomp_rule *rule)
{
	if ((rules->count & (rules->count - 1)) == 0)
		rules->items = xrealloc_array(rules->items, rules->count ? 2 * rules->count : 1,
					      sizeof(*rules->items));
	rules->items[rules->count++] = *rule;
}

void seccomp_rules_allow(struct seccomp_rules *rules, const char *name)
{
	struct seccomp_rule rule = { .name = name, .action = SECCOMP_RET_ALLOW };

	seccomp_rules_add(rules, &rule);
}

void seccomp_rules_release(struct seccomp_rules *rules)
{
	free(rules->items);
	*rules = (struct seccomp_rules){ 0 };
}

const char *seccomp_arch_name(size_t index)
{
	return index < SYSCALL_ARCHES ? syscall_arches[index].name : NULL;
}

uint32_t seccomp_arch_audit(size_t index)
{
	return syscall_arches[index].audit;
}

static int compare_name(const void *key, const void *item)
{
	return strcmp(key, ((const struct syscall_number *)item)->name);
}

/* Profiles list calls by the alphabet, as the table does: so first a few steps from *hint on. */
static const struct syscall_number *find_syscall(const char *name, size_t *hint)
{
	const struct syscall_number *found;

	for (size_t i = *hint; i < *hint + HINT_STEPS && i < ARRAY_SIZE(syscall_numbers); i++) {
		int order = strcmp(name, syscall_numbers[i].name);

		if (order == 0) {
			*hint = i;
			return &syscall_numbers[i];
		}
		if (order < 0)
			break;
	}
	found = bsearch(name, syscall_numbers, ARRAY_SIZE(syscall_numbers),
			sizeof(syscall_numbers[0]), compare_name);
	if (found)
		*hint = (size_t)(found - syscall_numbers);
	return found;
}

int seccomp_syscall_number(size_t index, const char *name)
{
	size_t hint = 0;
	const struct syscall_number *found = find_syscall(name, &hint);

	return found && index < SYSCALL_ARCHES ? found->numbers[index] : -1;
}

static void emit(struct composer *composer, uint16_t code, uint8_t on_true, uint8_t on_false,
		 uint32_t value)
{
	if (composer->size == composer->room) {
		composer->room = composer->room ? 2 * composer->room : 1024;
		composer->code = xrealloc_array(composer->code, composer->room,
						sizeof(*composer->code));
	}
	composer->code[composer->size++] = (struct sock_filter){ code, on_true, on_false, value };
}

static void emit_return(struct composer *composer, uint32_t action)
{
	emit(composer, BPF_RET | BPF_K, 0, 0, action);
}

static uint32_t low_half(unsigned int argument)
{
	uint32_t offset = (uint32_t)offsetof(struct seccomp_data, args) + 8 * argument;

	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? offset : offset + 4;
}

static uint32_t high_half(unsigned int argument)
{
	uint32_t offset = (uint32_t)offsetof(struct seccomp_data, args) + 8 * argument;

	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? offset + 4 : offset;
}

#define LOAD (BPF_LD | BPF_W | BPF_ABS)
#define AND (BPF_ALU | BPF_AND | BPF_K)
#define IF_EQUAL (BPF_JMP | BPF_JEQ | BPF_K)
#define IF_GREATER (BPF_JMP | BPF_JGT | BPF_K)
#define IF_NOT_LESS (BPF_JMP | BPF_JGE | BPF_K)

/*
 * One condition, whose code ends where it holds. Failing means a jump over `rest`
 * instructions behind it. 64 bits are compared as two halves.
 */
static void emit_condition(struct composer *composer, const struct seccomp_condition *condition,
			   uint8_t rest)
{
	uint32_t high = (uint32_t)(condition->value >> 32), low = (uint32_t)condition->value;

	emit(composer, LOAD, 0, 0, high_half(condition->argument));
	switch (condition->operator) {
	case SECCOMP_EQ:
		emit(composer, IF_EQUAL, 0, (uint8_t)(rest + 2), high);
		emit(composer, LOAD, 0, 0, low_half(condition->argument));
		emit(composer, IF_EQUAL, 0, rest, low);
		break;
	case SECCOMP_NE:
		emit(composer, IF_EQUAL, 0, 2, high);
		emit(composer, LOAD, 0, 0, low_half(condition->argument));
		emit(composer, IF_EQUAL, rest, 0, low);
		break;
	case SECCOMP_GT:
	case SECCOMP_GE:
		emit(composer, IF_GREATER, 3, 0, high);
		emit(composer, IF_EQUAL, 0, (uint8_t)(rest + 2), high);
		emit(composer, LOAD, 0, 0, low_half(condition->argument));
		emit(composer, condition->operator == SECCOMP_GT ? IF_GREATER : IF_NOT_LESS, 0, rest,
		     low);
		break;
	case SECCOMP_LT:
	case SECCOMP_LE:
		emit(composer, IF_GREATER, (uint8_t)(rest + 3), 0, high);
		emit(composer, IF_EQUAL, 0, 2, high);
		emit(composer, LOAD, 0, 0, low_half(condition->argument));
		emit(composer, condition->operator == SECCOMP_LT ? IF_NOT_LESS : IF_GREATER, rest, 0,
		     low);
		break;
	case SECCOMP_MASKED_EQ:
		emit(composer, AND, 0, 0, (uint32_t)(condition->mask >> 32));
		emit(composer, IF_EQUAL, 0, (uint8_t)(rest + 3), high);
		emit(composer, LOAD, 0, 0, low_half(condition->argument));
		emit(composer, AND, 0, 0, (uint32_t)condition->mask);
		emit(composer, IF_EQUAL, 0, rest, low);
		break;
	}
}

static size_t condition_size(const struct seccomp_condition *condition)
{
	switch (condition->operator) {
	case SECCOMP_EQ:
	case SECCOMP_NE:
		return 4;
	case SECCOMP_LT:
	case SECCOMP_LE:
	case SECCOMP_GT:
	case SECCOMP_GE:
		return 5;
	case SECCOMP_MASKED_EQ:
	default:
		return 6;
	}
}

static size_t rule_size(const struct seccomp_rule *rule)
{
	size_t size = 1;

	for (unsigned int i = 0; i < rule->condition_count; i++)
		size += condition_size(&rule->conditions[i]);
	return size;
}

static void emit_rule(struct composer *composer, const struct seccomp_rule *rule)
{
	size_t rest = rule_size(rule);

	for (unsigned int i = 0; i < rule->condition_count; i++) {
		rest -= condition_size(&rule->conditions[i]);
		emit_condition(composer, &rule->conditions[i], (uint8_t)rest);
	}
	emit_return(composer, rule->action);
}

static const struct seccomp_rule *entry_rule(const struct composer *composer,
					     const struct entry *entry)
{
	return &composer->rules->items[entry->rule];
}

static void emit_leaf(struct composer *composer, const struct interval *interval)
{
	for (size_t i = 0; i < interval->entry_count; i++)
		emit_rule(composer, entry_rule(composer, &interval->entries[i]));
	emit_return(composer, interval->action);
}

static size_t leaf_size(const struct composer *composer, const struct interval *interval)
{
	size_t size = 1;

	for (size_t i = 0; i < interval->entry_count; i++)
		size += rule_size(entry_rule(composer, &interval->entries[i]));
	return size;
}

static size_t tree_size(const struct composer *composer, size_t first, size_t count)
{
	size_t half = count / 2, lower;

	if (count == 1)
		return leaf_size(composer, &composer->intervals[first]);
	lower = tree_size(composer, first, half);
	return lower + tree_size(composer, first + half, count - half) + (lower > JUMP_MAX ? 2 : 1);
}

static void emit_tree(struct composer *composer, size_t first, size_t count)
{
	size_t half = count / 2, lower;

	if (count == 1) {
		emit_leaf(composer, &composer->intervals[first]);
		return;
	}
	lower = tree_size(composer, first, half);
	if (lower > JUMP_MAX) {
		emit(composer, IF_NOT_LESS, 0, 1, composer->intervals[first + half].start);
		emit(composer, BPF_JMP | BPF_JA, 0, 0, (uint32_t)lower);
	} else {
		emit(composer, IF_NOT_LESS, (uint8_t)lower, 0,
		     composer->intervals[first + half].start);
	}
	emit_tree(composer, first, half);
	emit_tree(composer, first + half, count - half);
}

static void add_interval(struct composer *composer, uint32_t start, uint32_t action,
			 const struct entry *entries, size_t entry_count)
{
	struct interval *last = composer->interval_count ?
				&composer->intervals[composer->interval_count - 1] : NULL;

	if (last && last->start == start) {
		composer->interval_count--;
		last = composer->interval_count ? last - 1 : NULL;
	}
	if (last && !last->entry_count && !entry_count && last->action == action)
		return;
	composer->intervals[composer->interval_count++] = (struct interval){
		.start = start, .action = action, .entries = entries, .entry_count = entry_count,
	};
}

/* What the rules of one number come to. */
static int add_number(struct composer *composer, const struct entry *entries, size_t count,
		      struct error *err)
{
	const struct seccomp_rules *rules = composer->rules;
	const struct seccomp_rule *plain = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct seccomp_rule *rule = entry_rule(composer, &entries[i]);

		if (rule->condition_count)
			continue;
		if (plain && plain->action != rule->action)
			return error_set(err, ERROR_INVALID, "two different actions for '%s'",
					 rule->name);
		plain = rule;
	}
	if (plain)
		add_interval(composer, entries[0].number, plain->action, NULL, 0);
	else
		add_interval(composer, entries[0].number, rules->default_action, entries, count);
	add_interval(composer, entries[0].number + 1, rules->default_action, NULL, 0);
	return 0;
}

static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return (a->rule > b->rule) - (a->rule < b->rule);
}

/* Those below PLAIN_NUMBERS, each into its place; where there are others, all are compared. */
static void sort_entries(struct entry *entries, size_t count, uint32_t first,
			 struct entry *sorted)
{
	uint32_t places[PLAIN_NUMBERS + 1] = { 0 };

	for (size_t i = 0; i < count; i++) {
		if (entries[i].number - first >= PLAIN_NUMBERS) {
			qsort(entries, count, sizeof(*entries), compare_entries);
			memcpy(sorted, entries, count * sizeof(*entries));
			return;
		}
		places[entries[i].number - first + 1]++;
	}
	for (size_t n = 1; n <= PLAIN_NUMBERS; n++)
		places[n] += places[n - 1];
	for (size_t i = 0; i < count; i++)
		sorted[places[entries[i].number - first]++] = entries[i];
}

/* The numbers that the rules name on architecture `arch`, in order. */
static size_t collect_entries(const struct composer *composer, size_t arch,
			      struct entry *ret_entries)
{
	auto_free struct entry *found = xcalloc(composer->rules->count + 1, sizeof(*found));
	size_t count = 0;

	for (size_t i = 0; i < composer->rules->count; i++) {
		int number = composer->calls[i] ? composer->calls[i]->numbers[arch] : -1;

		if (number >= 0)
			found[count++] = (struct entry){ (uint32_t)number, i };
	}
	sort_entries(found, count, syscall_arches[arch].first, ret_entries);
	return count;
}

static int add_arch(struct composer *composer, size_t arch, struct entry *entries,
		    struct error *err)
{
	const struct seccomp_rules *rules = composer->rules;
	uint32_t first = syscall_arches[arch].first;
	size_t count, same;

	if (rules->disabled_arches & (1U << arch)) {
		add_interval(composer, first, SECCOMP_RET_KILL_PROCESS, NULL, 0);
		return 0;
	}
	add_interval(composer, first, rules->default_action, NULL, 0);
	count = collect_entries(composer, arch, entries);
	for (size_t i = 0; i < count; i += same) {
		for (same = 1; i + same < count; same++) {
			if (entries[i + same].number != entries[i].number)
				break;
		}
		if (add_number(composer, &entries[i], same, err) < 0)
			return -1;
	}
	if (count && rules->newer_are_unknown)
		add_interval(composer, entries[count - 1].number + 1, SECCOMP_RET_ERRNO | ENOSYS,
			     NULL, 0);
	return 0;
}

/* All architectures that begin at `first` and have its audit number. Returns how many. */
static int add_section(struct composer *composer, size_t first, struct error *err)
{
	size_t room = composer->rules->count + 1, arch = first;
	auto_free struct entry *entries = xcalloc(room * SYSCALL_ARCHES, sizeof(*entries));
	size_t size;

	composer->interval_count = 0;
	for (; arch < SYSCALL_ARCHES; arch++) {
		if (syscall_arches[arch].audit == syscall_arches[first].audit &&
		    add_arch(composer, arch, entries + room * arch, err) < 0)
			return -1;
	}
	size = tree_size(composer, 0, composer->interval_count);
	emit(composer, IF_EQUAL, 1, 0, syscall_arches[first].audit);
	emit(composer, BPF_JMP | BPF_JA, 0, 0, (uint32_t)size + 1);
	emit(composer, LOAD, 0, 0, offsetof(struct seccomp_data, nr));
	emit_tree(composer, 0, composer->interval_count);
	return 0;
}

static bool is_first_of_audit(size_t arch)
{
	for (size_t i = 0; i < arch; i++) {
		if (syscall_arches[i].audit == syscall_arches[arch].audit)
			return false;
	}
	return true;
}

static void find_calls(struct composer *composer)
{
	size_t hint = 0;

	composer->calls = xcalloc(composer->rules->count + 1, sizeof(struct syscall_number *));
	for (size_t i = 0; i < composer->rules->count; i++)
		composer->calls[i] = find_syscall(composer->rules->items[i].name, &hint);
}

static int compose(struct composer *composer, struct error *err)
{
	emit(composer, LOAD, 0, 0, offsetof(struct seccomp_data, arch));
	for (size_t arch = 0; arch < SYSCALL_ARCHES; arch++) {
		if (is_first_of_audit(arch) && add_section(composer, arch, err) < 0)
			return -1;
	}
	emit_return(composer, SECCOMP_RET_KILL_PROCESS);
	if (composer->size > BPF_MAXINSNS)
		return error_set(err, ERROR_UNSUPPORTED,
				 "the filter has %zu instructions; the kernel takes %d",
				 composer->size, BPF_MAXINSNS);
	return 0;
}

int seccomp_compose(const struct seccomp_rules *rules, struct seccomp_program *ret_program,
		    struct error *err)
{
	struct composer composer = { .rules = rules };
	int result;

	if (rules->count > SECCOMP_RULES_MAX)
		return error_set(err, ERROR_INVALID, "more than %d rules", SECCOMP_RULES_MAX);
	/* A number makes two intervals at most, an architecture two more. */
	composer.intervals = xcalloc((2 * rules->count + 2) * SYSCALL_ARCHES + 1,
				     sizeof(*composer.intervals));
	find_calls(&composer);
	result = compose(&composer, err);
	free(composer.intervals);
	free(composer.calls);
	if (result < 0) {
		free(composer.code);
		return -1;
	}
	*ret_program = (struct seccomp_program){ composer.code, (unsigned short)composer.size };
	return 0;
}
