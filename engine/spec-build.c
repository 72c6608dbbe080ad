/* SPDX-License-Identifier: Apache-2.0 */
/* The runtime spec of a container: process, namespaces, root. */
#include "engine/spec-build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/spec-internal.h"
#include "engine/spec-namespaces.h"
#include "image/store.h"

#define UMASK_DEFAULT 0022
#define SHM_SIZE_DEFAULT ((uint64_t)64 << 20)

void spec_files_release(struct spec_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		close(files->fds[i]);
	free(files->fds);
	*files = (struct spec_files){ 0 };
}

int spec_files_add(struct spec_files *files, int fd)
{
	files->fds = xrealloc_array(files->fds, files->count + 1, sizeof(*files->fds));
	files->fds[files->count++] = fd;
	return fd;
}

/* What first processes and those of exec have in common. */
static int build_process(const struct container_config *config, struct process_spec *process,
			 struct error *err)
{
	strings_copy(&process->env, &config->env);
	process->cwd = xstrdup(config->working_dir);
	process->user = xstrdup(config->user);
	strings_copy(&process->extra_groups, &config->group_add);
	process->no_new_privileges = config->no_new_privileges;
	process->terminal = config->tty;
	process->umask = UMASK_DEFAULT;
	process->oom_score_adj_set = config->oom_score_adj_set;
	process->oom_score_adj = config->oom_score_adj;
	if (spec_capabilities(config, &process->capabilities, err) < 0)
		return -1;
	return spec_rlimits(config, process, err);
}

static int open_in_folder(int folder, const char *name, int flags, struct spec_files *files,
			  struct error *err)
{
	int fd = openat(folder, name, flags | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return error_errno(err, "cannot open the container's '%s'", name);
	return spec_files_add(files, fd);
}

static int open_layer_tree(struct engine *engine, const struct digest *layer,
			   struct spec_files *files, struct error *err)
{
	auto_fd int folder = store_open_layer(engine->store, layer, err);

	if (folder < 0)
		return error_context(err, "the container's image");
	return open_in_folder(folder, "tree", O_PATH | O_DIRECTORY, files, err);
}

/* An image without layers: overlayfs still wants something to stand on. */
static int open_empty_layer(const struct container *container, struct spec_files *files,
			    struct error *err)
{
	if (mkdirat(container->folder, "empty", 0755) < 0 && errno != EEXIST)
		return error_errno(err, "cannot make the container's root");
	return open_in_folder(container->folder, "empty", O_PATH | O_DIRECTORY, files, err);
}

static int build_root(struct engine *engine, struct container *container,
		      struct runtime_spec *spec, struct spec_files *files, struct error *err)
{
	const struct container_config *config = &container->config;
	size_t count = config->layer_count ? config->layer_count : 1;

	spec->lower = xcalloc(count, sizeof(*spec->lower));
	for (size_t i = 0; i < config->layer_count; i++) {
		int tree = open_layer_tree(engine, &config->layers[count - 1 - i], files, err);

		if (tree < 0)
			return -1;
		spec->lower[spec->lower_count++] = tree;
	}
	if (config->layer_count == 0) {
		spec->lower[0] = open_empty_layer(container, files, err);
		if (spec->lower[0] < 0)
			return -1;
		spec->lower_count = 1;
	}
	spec->upper = open_in_folder(container->folder, "upper", O_PATH | O_DIRECTORY, files, err);
	if (spec->upper < 0)
		return -1;
	spec->work = open_in_folder(container->folder, "work", O_PATH | O_DIRECTORY, files, err);
	if (spec->work < 0)
		return -1;
	spec->rootfs_mount_point =
		open_in_folder(container->folder, "rootfs", O_PATH | O_DIRECTORY, files, err);
	if (spec->rootfs_mount_point < 0)
		return -1;
	spec->user_xattr = engine->mode != USERNS_NONE;
	spec->emulate_ownership = engine->mode == USERNS_SINGLE;
	spec->overlay_program = xstrdup(engine->overlay_program);
	spec->read_only = config->read_only;
	return 0;
}

int spec_build(struct engine *engine, struct container *container, struct runtime_spec *ret_spec,
	       struct spec_files *ret_files, struct error *err)
{
	const struct container_config *config = &container->config;
	struct runtime_spec *spec = ret_spec;
	const char *seccomp_file;

	for (size_t i = 0; i < config->entrypoint.count; i++)
		strings_add(&spec->process.args, config->entrypoint.items[i]);
	for (size_t i = 0; i < config->cmd.count; i++)
		strings_add(&spec->process.args, config->cmd.items[i]);
	if (build_process(config, &spec->process, err) < 0 ||
	    build_root(engine, container, spec, ret_files, err) < 0 ||
	    spec_namespaces(engine, config, spec, ret_files, err) < 0)
		return -1;
	spec->init = config->init;
	spec->shm_size = config->shm_size ? config->shm_size : SHM_SIZE_DEFAULT;
	spec->all_devices = config->privileged;
	spec_seccomp(config, &spec->seccomp, &seccomp_file);
	spec->seccomp_file = xstrdup(seccomp_file);
	spec_masks(config, spec);
	if (spec_sysctls(config, spec, err) < 0 || spec_devices(config, spec, err) < 0)
		return -1;
	if (spec_mounts(engine, container, spec, ret_files, err) < 0)
		return -1;
	return spec_fill_volumes(engine, container, spec, err);
}

static void apply_env(struct strings *env, const struct strings *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		const char *equals = strchrnul(changes->items[i], '=');
		auto_free char *key = xstrndup(changes->items[i],
					       (size_t)(equals - changes->items[i]));

		if (*equals)
			strings_set_value(env, key, equals + 1);
		else
			strings_unset_value(env, key);
	}
}

int spec_build_exec(const struct container *container, const struct exec_options *options,
		    struct process_spec *ret_process, struct error *err)
{
	auto_release(process_spec) struct process_spec process = { 0 };

	if (options->command.count == 0)
		return error_set(err, ERROR_USAGE, "no command specified");
	if (build_process(&container->config, &process, err) < 0)
		return -1;
	strings_copy(&process.args, &options->command);
	apply_env(&process.env, &options->env);
	if (!is_empty(options->user))
		replace_string(&process.user, options->user);
	if (!is_empty(options->working_dir))
		replace_string(&process.cwd, options->working_dir);
	if (options->privileged)
		process.capabilities = CAPABILITIES_ALL;
	process.terminal = options->tty;
	process.oom_score_adj_set = false;
	process.preserve_fds = options->preserve_fds;
	*ret_process = process;
	process = (struct process_spec){ 0 };
	return 0;
}
