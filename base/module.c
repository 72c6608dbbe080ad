/* SPDX-License-Identifier: Apache-2.0 */
/* Loading modules, and finding where this program is installed: see module.h. */
#include "base/module.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"

/* The path of the running binary as the kernel tells it; NULL if it does not. */
static char *running_binary(void)
{
	char target[PATH_SIZE_MAX];
	ssize_t length = readlink("/proc/self/exe", target, sizeof(target) - 1);

	if (length < 0)
		return NULL;
	target[length] = '\0';
	/* The package was upgraded while we run: its files are in the same place. */
	if (has_suffix(target, " (deleted)"))
		target[(size_t)length - strlen(" (deleted)")] = '\0';
	return xstrdup(target);
}

/* What stands in front of the configured bindir in a program's path, or NULL. New string. */
static char *prefix_of(const char *program)
{
	const char *slash = program ? strrchr(program, '/') : NULL;
	auto_free char *directory = NULL;

	if (!slash)
		return NULL;
	directory = xstrndup(program, (size_t)(slash - program));
	if (!has_suffix(directory, PROA_BINDIR))
		return NULL;
	return xstrndup(directory, strlen(directory) - strlen(PROA_BINDIR));
}

char *installed_path(const char *path)
{
	auto_free char *binary = running_binary();
	auto_free char *prefix = prefix_of(binary);

	/* Re-executed from a memfd or a detached mount, the binary has no path of its own. */
	if (!prefix)
		prefix = prefix_of(getenv("PROA_SELF"));
	return xasprintf("%s%s", prefix ? prefix : "", path);
}

void *module_symbol(const char *name, const char *symbol, struct error *err)
{
	auto_free char *configured = xasprintf("%s/%s.so", PROA_PKGLIBDIR, name);
	auto_free char *path = installed_path(configured);
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	void *value;

	if (!module) {
		error_set(err, ERROR_UNSUPPORTED, "cannot load '%s': %s", path, dlerror());
		return NULL;
	}
	value = dlsym(module, symbol);
	if (!value)
		error_set(err, ERROR_UNSUPPORTED, "'%s' does not fit this program: it has no '%s'",
			  path, symbol);
	return value;
}
