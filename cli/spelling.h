/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean ...?": the nearest of the words there are to a mistyped one. */
#ifndef CLI_SPELLING_H
#define CLI_SPELLING_H

struct spelling {
	const char *word;
	const char *nearest;	/* borrowed; NULL while nothing is near enough */
	unsigned int distance;	/* of `nearest`; 0 none yet */
};

#define SPELLING_OF(word_) { .word = (word_) }

void spelling_consider(struct spelling *spelling, const char *candidate);

#endif
