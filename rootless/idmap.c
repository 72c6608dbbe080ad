/* SPDX-License-Identifier: Apache-2.0 */
/* Id maps: from the lines of /etc/subuid to the lines of uid_map, and back. */
#include "rootless/idmap.h"

#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/strings.h"

#define ID_END 0xffffffffULL	/* (uid_t)-1 means "no id" and is never mapped */
#define LINE_SIZE_MAX 512

static void add_range(struct id_map *map, uint64_t outside, uint64_t count)
{
	uint64_t inside = idmap_size(map);

	if (inside + count > ID_END)
		count = ID_END - inside;
	if (count == 0 || map->count == ID_RANGES_MAX)
		return;
	map->ranges[map->count++] = (struct id_range){
		.inside = (uint32_t)inside,
		.outside = (uint32_t)outside,
		.count = (uint32_t)count,
	};
}

/* Adds [start, end) but for what ranges before `known` have already: newuidmap and the kernel
 * refuse an id that is mapped twice. */
static void add_missing(struct id_map *map, uint64_t start, uint64_t end)
{
	unsigned int known = map->count;

	while (start < end) {
		uint64_t stop = end;
		bool taken = false;

		for (unsigned int i = 0; i < known; i++) {
			uint64_t first = map->ranges[i].outside;
			uint64_t last = first + map->ranges[i].count;

			if (first <= start && start < last) {
				start = last;
				taken = true;
				break;
			}
			if (start < first && first < stop)
				stop = first;
		}
		if (taken)
			continue;
		add_range(map, start, stop - start);
		start = stop;
	}
}

/* Takes "NAME:START:COUNT" apart, in place. */
static int parse_line(char *line, const char **ret_owner, uint32_t *ret_start, uint32_t *ret_count)
{
	auto_error err = { 0 };
	char *start = strchr(line, ':');
	char *count = start ? strchr(start + 1, ':') : NULL;

	if (!count)
		return -1;
	*start++ = '\0';
	*count++ = '\0';
	*ret_owner = line;
	if (parse_u32(start, ret_start, &err) < 0 || parse_u32(count, ret_count, &err) < 0)
		return -1;
	return 0;
}

static bool is_owner(const char *owner, const char *user_name, uid_t user)
{
	auto_error err = { 0 };
	uint32_t number;

	if (*owner == '\0')
		return false;
	if (strcmp(owner, user_name) == 0)
		return true;
	return parse_u32(owner, &number, &err) == 0 && number == user;
}

static void add_line(struct id_map *map, const char *text, size_t length, const char *user_name,
		     uid_t user)
{
	char line[LINE_SIZE_MAX];
	const char *owner;
	uint32_t start;
	uint32_t count;
	uint64_t end;

	if (length >= sizeof(line))
		return;
	memcpy(line, text, length);
	line[length] = '\0';
	if (parse_line(line, &owner, &start, &count) < 0 || !is_owner(owner, user_name, user))
		return;
	end = (uint64_t)start + count;
	add_missing(map, start, end < ID_END ? end : ID_END);
}

void idmap_compose(const char *text, const char *user_name, uid_t user, uint32_t id,
		   struct id_map *ret_map)
{
	ret_map->count = 0;
	add_range(ret_map, id, 1);
	while (*text) {
		size_t length = strcspn(text, "\n");

		add_line(ret_map, text, length, user_name, user);
		text += length;
		text += *text == '\n';
	}
}

char *idmap_format(const struct id_map *map)
{
	auto_release(buffer) struct buffer text = { 0 };

	for (unsigned int i = 0; i < map->count; i++)
		buffer_printf(&text, "%u %u %u\n", map->ranges[i].inside, map->ranges[i].outside,
			      map->ranges[i].count);
	return buffer_take(&text);
}

/* The number that *text begins with, after blanks; *text is left behind it. */
static int next_number(const char **text, uint32_t *ret_value)
{
	uint64_t value = 0;
	const char *at = *text + strspn(*text, " \t");

	if (*at < '0' || *at > '9')
		return -1;
	for (; *at >= '0' && *at <= '9'; at++) {
		value = value * 10 + (uint64_t)(*at - '0');
		if (value > UINT32_MAX)
			return -1;
	}
	*ret_value = (uint32_t)value;
	*text = at;
	return 0;
}

int idmap_parse(const char *text, struct id_map *ret_map, struct error *err)
{
	struct id_map map = { .count = 0 };

	while (*text) {
		struct id_range range;

		if (map.count == ID_RANGES_MAX)
			return error_set(err, ERROR_INVALID, "id map: more than %d ranges",
					 ID_RANGES_MAX);
		if (next_number(&text, &range.inside) < 0 ||
		    next_number(&text, &range.outside) < 0 ||
		    next_number(&text, &range.count) < 0)
			return error_set(err, ERROR_INVALID, "id map: a line is not three numbers");
		text += strspn(text, " \t");
		if (*text != '\n' && *text != '\0')
			return error_set(err, ERROR_INVALID, "id map: a line is not three numbers");
		text += *text == '\n';
		map.ranges[map.count++] = range;
	}
	*ret_map = map;
	return 0;
}

uint64_t idmap_size(const struct id_map *map)
{
	uint64_t size = 0;

	for (unsigned int i = 0; i < map->count; i++)
		size += map->ranges[i].count;
	return size;
}
