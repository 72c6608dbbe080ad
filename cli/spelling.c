/* SPDX-License-Identifier: Apache-2.0 */
/* Optimal string alignment: insertions, deletions, changes, swapped neighbours count one each. */
#include "cli/spelling.h"

#include <string.h>

#define WORD_MAX 40

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static unsigned int distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	unsigned int cost[WORD_MAX + 1][WORD_MAX + 1];

	for (size_t i = 0; i <= a_length; i++)
		cost[i][0] = (unsigned int)i;
	for (size_t j = 0; j <= b_length; j++)
		cost[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= a_length; i++) {
		for (size_t j = 1; j <= b_length; j++) {
			unsigned int change = a[i - 1] != b[j - 1];

			cost[i][j] = least(cost[i - 1][j - 1] + change,
					   least(cost[i - 1][j], cost[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				cost[i][j] = least(cost[i][j], cost[i - 2][j - 2] + 1);
		}
	}
	return cost[a_length][b_length];
}

void spelling_consider(struct spelling *spelling, const char *candidate)
{
	size_t length = strlen(spelling->word);
	size_t candidate_length = strlen(candidate);
	unsigned int allowed = length < 3 ? 1 : 2;
	unsigned int found;

	if (length < 2 || length > WORD_MAX || candidate_length > WORD_MAX)
		return;
	if (length >= 3 && strncmp(candidate, spelling->word, length) == 0)
		found = 1;
	else
		found = distance(spelling->word, length, candidate, candidate_length);
	if (found > allowed || found >= length)
		return;
	if (!spelling->nearest || found < spelling->distance) {
		spelling->nearest = candidate;
		spelling->distance = found;
	}
}
