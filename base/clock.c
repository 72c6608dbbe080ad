/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points in time. RFC 3339 is read by hand: strptime() has no fractions, and
 * takes blanks and signs that must not pass.
 */
#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"

/* A date as written. Smaller units that were left out are 0. */
struct written {
	int year, month, day, hour, minute, second;
	int64_t nanoseconds;
	int offset;		/* seconds east of Greenwich */
	bool has_time, has_second, has_zone;
};

static int64_t read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

int64_t clock_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static time_t whole_seconds(int64_t time)
{
	time_t seconds = time / NS_PER_SECOND;

	return time % NS_PER_SECOND < 0 ? seconds - 1 : seconds;
}

/* Writes date, time and the fraction of `time`; the length. */
static int format_written(const struct tm *tm, int64_t time, char text[CLOCK_TEXT_SIZE])
{
	int64_t nanoseconds = time - whole_seconds(time) * NS_PER_SECOND;

	return snprintf(text, CLOCK_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%09d",
			tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday, tm->tm_hour, tm->tm_min,
			tm->tm_sec, (int)nanoseconds);
}

static int format_time(int64_t time, char text[CLOCK_TEXT_SIZE])
{
	time_t seconds = whole_seconds(time);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	return format_written(&tm, time, text);
}

static void put_zone(char *end)
{
	memcpy(end, "Z", 2);
}

void clock_format(int64_t time, char ret_text[CLOCK_TEXT_SIZE])
{
	int length;

	if (time == CLOCK_ZERO) {
		snprintf(ret_text, CLOCK_TEXT_SIZE, "0001-01-01T00:00:00Z");
		return;
	}
	length = format_time(time, ret_text);
	while (ret_text[length - 1] == '0')
		length--;
	if (ret_text[length - 1] == '.')
		length--;
	put_zone(ret_text + length);
}

void clock_format_fixed(int64_t time, char ret_text[CLOCK_TEXT_SIZE])
{
	put_zone(ret_text + format_time(time, ret_text));
}

void clock_format_local(int64_t time, char ret_text[CLOCK_TEXT_SIZE])
{
	time_t seconds = whole_seconds(time);
	struct tm tm;
	char *end;
	long minutes;

	localtime_r(&seconds, &tm);
	end = ret_text + format_written(&tm, time, ret_text);
	minutes = tm.tm_gmtoff / 60;
	if (minutes == 0)
		put_zone(end);
	else
		snprintf(end, (size_t)(ret_text + CLOCK_TEXT_SIZE - end), "%c%02d:%02d",
			 minutes < 0 ? '-' : '+', abs((int)minutes) / 60, abs((int)minutes) % 60);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Exactly `digits` digits at *text, as a number. */
static bool read_number(const char **text, int digits, int *ret_number)
{
	int number = 0;

	for (; digits > 0; digits--, (*text)++) {
		if (!is_digit(**text))
			return false;
		number = number * 10 + (**text - '0');
	}
	*ret_number = number;
	return true;
}

static bool read_byte(const char **text, char byte)
{
	if (**text != byte)
		return false;
	(*text)++;
	return true;
}

/* A fraction of a second; digits after the ninth are dropped. */
static bool read_nanoseconds(const char **text, int64_t *ret_nanoseconds)
{
	int64_t weight = NS_PER_SECOND / 10;
	int64_t nanoseconds = 0;

	if (!is_digit(**text))
		return false;
	for (; is_digit(**text); (*text)++, weight /= 10)
		nanoseconds += weight * (**text - '0');
	*ret_nanoseconds = nanoseconds;
	return true;
}

static bool read_time_of_day(const char **text, struct written *written)
{
	written->has_time = true;
	if (!read_number(text, 2, &written->hour))
		return false;
	if (!read_byte(text, ':'))
		return true;
	if (!read_number(text, 2, &written->minute))
		return false;
	if (!read_byte(text, ':'))
		return true;
	written->has_second = true;
	if (!read_number(text, 2, &written->second))
		return false;
	return !read_byte(text, '.') || read_nanoseconds(text, &written->nanoseconds);
}

static bool read_zone(const char **text, struct written *written)
{
	int sign = **text == '-' ? -1 : 1;
	int hours;
	int minutes;

	if (!**text)
		return true;
	written->has_zone = true;
	if (read_byte(text, 'Z') || read_byte(text, 'z'))
		return true;
	if (**text != '+' && **text != '-')
		return false;
	(*text)++;
	if (!read_number(text, 2, &hours) || !read_byte(text, ':') ||
	    !read_number(text, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	written->offset = sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool is_real_date(const struct written *written)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year = written->year;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return written->month >= 1 && written->month <= 12 && written->day >= 1 &&
	       written->day <= days[written->month - 1] + (leap && written->month == 2) &&
	       written->hour < 24 && written->minute < 60 && written->second < 60;
}

static bool read_written(const char *text, struct written *ret_written)
{
	struct written written = { 0 };

	if (!read_number(&text, 4, &written.year) || !read_byte(&text, '-') ||
	    !read_number(&text, 2, &written.month) || !read_byte(&text, '-') ||
	    !read_number(&text, 2, &written.day))
		return false;
	if ((read_byte(&text, 'T') || read_byte(&text, 't')) && !read_time_of_day(&text, &written))
		return false;
	if (!read_zone(&text, &written) || *text || !is_real_date(&written))
		return false;
	*ret_written = written;
	return true;
}

static bool combine(int64_t seconds, int64_t nanoseconds, int64_t *ret_time)
{
	int64_t time;

	if (__builtin_mul_overflow(seconds, NS_PER_SECOND, &time) ||
	    __builtin_add_overflow(time, nanoseconds, &time))
		return false;
	*ret_time = time;
	return true;
}

static bool is_zero_time(const struct written *written)
{
	return written->year == 1 && written->month == 1 && written->day == 1 &&
	       written->hour == 0 && written->minute == 0 && written->second == 0 &&
	       written->nanoseconds == 0 && written->has_zone && written->offset == 0;
}

/* The point in time; without a zone it is local. False: not within 1678 to 2261. */
static bool to_time(const struct written *written, int64_t *ret_time)
{
	struct tm tm = {
		.tm_year = written->year - 1900,
		.tm_mon = written->month - 1,
		.tm_mday = written->day,
		.tm_hour = written->hour,
		.tm_min = written->minute,
		.tm_sec = written->second,
		.tm_isdst = -1,
	};
	time_t seconds = written->has_zone ? timegm(&tm) - written->offset : mktime(&tm);

	if (is_zero_time(written)) {
		*ret_time = CLOCK_ZERO;
		return true;
	}
	return combine(seconds, written->nanoseconds, ret_time);
}

int clock_parse(const char *text, int64_t *ret_time, struct error *err)
{
	struct written written;

	if (!read_written(text, &written) || !written.has_second || !written.has_zone)
		return error_set(err, ERROR_INVALID, "'%s' is not a time as in RFC 3339", text);
	if (!to_time(&written, ret_time))
		return error_set(err, ERROR_INVALID, "the time '%s' is out of range", text);
	return 0;
}

/* Unix seconds with an optional fraction. */
static bool read_unix_time(const char *text, int64_t *ret_time)
{
	int64_t nanoseconds = 0;
	int64_t seconds = 0;

	if (!is_digit(*text))
		return false;
	for (; is_digit(*text); text++)
		if (__builtin_mul_overflow(seconds, 10, &seconds) ||
		    __builtin_add_overflow(seconds, *text - '0', &seconds))
			return false;
	if (read_byte(&text, '.') && !read_nanoseconds(&text, &nanoseconds))
		return false;
	return !*text && combine(seconds, nanoseconds, ret_time);
}

int clock_parse_point(const char *text, int64_t now, int64_t *ret_time, struct error *err)
{
	struct error ignored = { 0 };
	struct written written;
	int64_t duration;
	int is_duration;

	if (read_unix_time(text, ret_time))
		return 0;
	if (read_written(text, &written)) {
		if (to_time(&written, ret_time))
			return 0;
		return error_set(err, ERROR_INVALID, "the time '%s' is out of range", text);
	}
	is_duration = duration_parse(text, &duration, &ignored) == 0;
	error_release(&ignored);
	if (is_duration && !__builtin_sub_overflow(now, duration, ret_time))
		return 0;
	return error_set(err, ERROR_INVALID,
			 "'%s' is neither a point in time nor a duration; "
			 "give one as 2006-01-02T15:04:05Z, unix seconds, or 1h30m", text);
}
