/* SPDX-License-Identifier: Apache-2.0 */
/* What both the program and the module need of registry/search.h. */
#include <stdlib.h>

#include "registry/search.h"

void search_results_release(struct search_results *results)
{
	for (size_t i = 0; i < results->count; i++) {
		free(results->items[i].name);
		free(results->items[i].tag);
		free(results->items[i].description);
	}
	free(results->items);
	free(results->index);
	*results = (struct search_results){ 0 };
}
