/* SPDX-License-Identifier: Apache-2.0 */
/* Completing an environment. An empty HOME counts as missing, as it does with docker. */
#include "engine/runtime/environment.h"

#include <sys/utsname.h>

#include "base/strings.h"
#include "engine/runtime/container-user.h"
#include "engine/runtime/spec.h"

static void set_missing(struct strings *environment, const char *key, const char *value)
{
	if (!strings_get_value(environment, key))
		strings_set_value(environment, key, value);
}

void environment_complete(const struct process_spec *spec, const struct container_user *user,
			  struct strings *ret_environment)
{
	struct strings environment = { 0 };
	struct utsname name;

	strings_copy(&environment, &spec->env);
	set_missing(&environment, "PATH", ENVIRONMENT_PATH);
	if (uname(&name) == 0)
		set_missing(&environment, "HOSTNAME", name.nodename);
	if (spec->terminal)
		set_missing(&environment, "TERM", "xterm");
	if (is_empty(strings_get_value(&environment, "HOME")))
		strings_set_value(&environment, "HOME", user->home);
	*ret_environment = environment;
}
