/* SPDX-License-Identifier: Apache-2.0 */
/* Settings for programs in a container with a single id. */
#include "engine/runtime/single-id.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/strings.h"

/* apt downloads as the user _apt, and checks with getuid(2) that it has become that. */
#define APT_FILE "proa-apt.conf"
static const char apt_text[] = "APT::Sandbox::User \"root\";\n";

int single_id_add_files(int dev, struct error *err)
{
	if (file_create(dev, APT_FILE, apt_text, strlen(apt_text), 0444, err) < 0)
		return error_context(err, "/dev");
	return 0;
}

void single_id_complete(struct strings *environment)
{
	if (!strings_get_value(environment, "APT_CONFIG"))
		strings_set_value(environment, "APT_CONFIG", "/dev/" APT_FILE);
}
