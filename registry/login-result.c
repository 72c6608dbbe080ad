/* SPDX-License-Identifier: Apache-2.0 */
/* What both the program and the module need of registry/login.h. */
#include <stdlib.h>

#include "registry/login.h"

void login_result_release(struct login_result *result)
{
	free(result->server);
	free(result->user);
	free(result->path);
	free(result->helper);
	*result = (struct login_result){ 0 };
}
