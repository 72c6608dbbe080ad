/* SPDX-License-Identifier: Apache-2.0 */
/* The runtime spec's life: empty, filled by its makers, released. */
#include "engine/runtime/spec.h"

#include <stdlib.h>

#include "base/alloc.h"

void process_spec_release(struct process_spec *process)
{
	strings_release(&process->args);
	strings_release(&process->env);
	strings_release(&process->extra_groups);
	free(process->cwd);
	free(process->user);
	free(process->rlimits);
	*process = (struct process_spec){ 0 };
}

static void release_mounts(struct runtime_spec *spec)
{
	for (size_t i = 0; i < spec->mount_count; i++) {
		free(spec->mounts[i].source);
		free(spec->mounts[i].target);
		strings_release(&spec->mounts[i].options);
	}
	free(spec->mounts);
}

static void release_devices(struct runtime_spec *spec)
{
	for (size_t i = 0; i < spec->device_count; i++) {
		free(spec->devices[i].path);
		free(spec->devices[i].host_path);
	}
	free(spec->devices);
}

void runtime_spec_init(struct runtime_spec *spec)
{
	struct namespace_spec new = { .mode = NAMESPACE_NEW, .fd = -1 };

	*spec = (struct runtime_spec){
		.process = { .umask = 0022 },
		.mount_ns = new, .pid_ns = new, .net_ns = new,
		.ipc_ns = new, .uts_ns = new, .cgroup_ns = new,
		.upper = -1, .work = -1,
		.root_directory = -1, .rootfs_mount_point = -1,
	};
}

void runtime_spec_release(struct runtime_spec *spec)
{
	process_spec_release(&spec->process);
	release_mounts(spec);
	release_devices(spec);
	free(spec->lower);
	free(spec->overlay_program);
	free(spec->hostname);
	free(spec->domainname);
	free(spec->seccomp_file);
	free(spec->cgroup_path);
	strings_release(&spec->masked_paths);
	strings_release(&spec->read_only_paths);
	strings_release(&spec->sysctls);
	runtime_spec_init(spec);
}

struct mount_spec *runtime_spec_add_mount(struct runtime_spec *spec, enum mount_kind kind,
					  const char *target)
{
	struct mount_spec *mount;

	spec->mounts = xrealloc_array(spec->mounts, spec->mount_count + 1, sizeof(*spec->mounts));
	mount = &spec->mounts[spec->mount_count++];
	*mount = (struct mount_spec){ .kind = kind, .source_fd = -1, .target = xstrdup(target) };
	return mount;
}
