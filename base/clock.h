/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points in time and durations, as nanoseconds (int64_t, since 1970 for points),
 * and the spellings docker uses for them.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

struct error;

#define NS_PER_SECOND 1000000000LL
#define CLOCK_TEXT_SIZE 40
/* Go's zero time, 0001-01-01T00:00:00Z, as documents of docker have it for "never". */
#define CLOCK_ZERO INT64_MIN

int64_t clock_now(void);	/* CLOCK_REALTIME */
int64_t clock_monotonic(void);

/* "2026-11-22T15:57:42.123456789Z": UTC, trailing zeros of the fraction cut (RFC3339Nano). */
void clock_format(int64_t time, char ret_text[CLOCK_TEXT_SIZE]);
/* The same with exactly nine fraction digits, as log lines have it. */
void clock_format_fixed(int64_t time, char ret_text[CLOCK_TEXT_SIZE]);
/* The same in the local zone: "2026-11-22T16:57:42.123456789+01:00". */
void clock_format_local(int64_t time, char ret_text[CLOCK_TEXT_SIZE]);
/* RFC 3339 with optional fraction and zone offset. */
int clock_parse(const char *text, int64_t *ret_time, struct error *err);
/* What --since and --until take: a duration before `now`, RFC 3339, shortened dates in local
 * time, or unix seconds[.fraction]. */
int clock_parse_point(const char *text, int64_t now, int64_t *ret_time, struct error *err);
/* Go's durations: "1h30m", "1.5s", "-3ms", "0". */
int duration_parse(const char *text, int64_t *ret_duration, struct error *err);

#endif
