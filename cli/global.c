/* SPDX-License-Identifier: Apache-2.0 */
/* Global options. Those that choose a daemon to talk to are refused: there is none. */
#include "cli/global.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/command.h"

#define CONFIG_SIZE_MAX ((size_t)1 << 20)

const struct option global_options[] = {
	OPTION_STRING(0, "config", "DIRECTORY", struct global_args, config,
		      "Where config.json and credentials are (default ~/.docker)"),
	OPTION_FLAG('D', "debug", struct global_args, debug, NULL),
	OPTION_FLAG('h', "help", struct global_args, help, NULL),
	OPTION_STRING('l', "log-level", "LEVEL", struct global_args, log_level, NULL),
	OPTION_STRING(0, "root", "DIRECTORY", struct global_args, root,
		      "Keep images and containers in this directory"),
	OPTION_STRING(0, "runroot", "DIRECTORY", struct global_args, runroot,
		      "Keep the sockets of running containers in this directory"),
	OPTION_LIST(0, "storage-opt", "KEY=VALUE", struct global_args, storage_options,
		    "overlay.mount_program=PATH, additionalimagestore=PATH"),
	OPTION_FLAG('v', "version", struct global_args, version, "Print the version"),
	OPTION_UNSUPPORTED('c', "context", "NAME"),
	OPTION_UNSUPPORTED('H', "host", "URL"),
	OPTION_UNSUPPORTED_FLAG(0, "tls"),
	OPTION_UNSUPPORTED(0, "tlscacert", "FILE"),
	OPTION_UNSUPPORTED(0, "tlscert", "FILE"),
	OPTION_UNSUPPORTED(0, "tlskey", "FILE"),
	OPTION_UNSUPPORTED_FLAG(0, "tlsverify"),
	OPTION_END,
};

void global_apply(const struct global_args *global)
{
	if (global->config)
		setenv("DOCKER_CONFIG", global->config, 1);
}

static char *config_path(void)
{
	const char *directory = getenv("DOCKER_CONFIG");
	const char *home = getenv("HOME");

	if (!is_empty(directory))
		return xasprintf("%s/config.json", directory);
	return home && home[0] == '/' ? xasprintf("%s/.docker/config.json", home) : NULL;
}

char *global_setting(const char *key)
{
	auto_free char *path = config_path();
	auto_json json_t *config = NULL;
	auto_error err = { 0 };

	if (path)
		config = json_read_file(AT_FDCWD, path, CONFIG_SIZE_MAX, &err);
	return json_is_object(config) ? json_copy_string(config, key) : NULL;
}
