/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --network, --pid, --ipc, --uts, --cgroupns as namespaces. Another container's are
 * opened by its pid, which is asked again by pidfd afterwards: a pid may have
 * been given to somebody else in between.
 */
#include "engine/spec-namespaces.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "engine/container.h"
#include "engine/network/network.h"
#include "engine/spec-internal.h"

DEFINE_AUTO(container, container_free);

struct container *spec_other_container(struct engine *engine, const char *name,
				       struct error *err)
{
	auto_of(container) struct container *other = container_find(engine, name, err);

	if (!other)
		return NULL;
	if (other->state.phase != CONTAINER_RUNNING && other->state.phase != CONTAINER_PAUSED) {
		error_set(err, ERROR_BUSY, "cannot join container '%s': it is not running", name);
		return NULL;
	}
	return take_ptr(&other);
}

struct container *spec_network_partner(struct engine *engine,
				       const struct container_config *config, struct error *err)
{
	auto_free char *name = NULL;
	enum network_mode mode;

	if (network_mode_parse(config->network ? config->network : "", &mode, &name, err) < 0)
		return NULL;
	return mode == NETWORK_CONTAINER ? spec_other_container(engine, name, err) : NULL;
}

static bool has_ended(int pidfd)
{
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };

	return poll(&poll_fd, 1, 0) != 0;
}

/* The namespace `kind` ("net") of the container called `name`. */
static int join_container(struct engine *engine, const char *name, const char *kind,
			  struct namespace_spec *namespace, struct spec_files *files,
			  struct error *err)
{
	auto_of(container) struct container *other = spec_other_container(engine, name, err);
	auto_fd int pidfd = other ? process_find(&other->state.init) : -1;
	auto_fd int fd = -1;
	char path[64];

	if (!other)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)other->state.init.pid, kind);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "cannot open the %s namespace of container '%s'", kind,
				   name);
	if (pidfd < 0 || has_ended(pidfd))
		return error_set(err, ERROR_BUSY, "cannot join container '%s': it has just ended",
				 name);
	*namespace = (struct namespace_spec){ NAMESPACE_JOIN, spec_files_add(files, take_fd(&fd)) };
	return 0;
}

static int join_path(const char *path, int type, struct namespace_spec *namespace,
		     struct spec_files *files, struct error *err)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return error_errno(err, "cannot open the namespace '%s'", path);
	if (ioctl(fd, NS_GET_NSTYPE) != type)
		return error_set(err, ERROR_USAGE, "'%s' is no namespace of the wanted kind", path);
	*namespace = (struct namespace_spec){ NAMESPACE_JOIN, spec_files_add(files, take_fd(&fd)) };
	return 0;
}

static int network_namespace(struct engine *engine, const struct container_config *config,
			     struct runtime_spec *spec, struct spec_files *files,
			     struct error *err)
{
	auto_free char *argument = NULL;
	enum network_mode mode;

	if (network_mode_parse(config->network ? config->network : "", &mode, &argument, err) < 0)
		return -1;
	switch (mode) {
	case NETWORK_HOST:
		spec->net_ns.mode = NAMESPACE_HOST;
		return 0;
	case NETWORK_CONTAINER:
		return join_container(engine, argument, "net", &spec->net_ns, files, err);
	case NETWORK_PATH:
		return join_path(argument, CLONE_NEWNET, &spec->net_ns, files, err);
	default:
		return 0;
	}
}

struct namespace_choice {
	const char *option, *text, *file;
	int type;
	struct namespace_spec *namespace;
};

/* "", "private" (and what means it), "host", "container:X", "ns:PATH". */
static int choose_namespace(struct engine *engine, const struct namespace_choice *choice,
			    struct spec_files *files, struct error *err)
{
	const char *text = choice->text;
	const char *argument;

	if (is_empty(text) || strcmp(text, "private") == 0 || strcmp(text, "shareable") == 0 ||
	    strcmp(text, "none") == 0)
		return 0;
	if (strcmp(text, "host") == 0) {
		choice->namespace->mode = NAMESPACE_HOST;
		return 0;
	}
	if ((argument = skip_prefix(text, "container:")))
		return join_container(engine, argument, choice->file, choice->namespace, files,
				      err);
	if ((argument = skip_prefix(text, "ns:")))
		return join_path(argument, choice->type, choice->namespace, files, err);
	return error_set(err, ERROR_USAGE, "invalid value '%s' for --%s", text, choice->option);
}

char *spec_hostname(const struct container_config *config)
{
	auto_free char *ignored_argument = NULL;
	auto_error ignored = { 0 };
	enum network_mode mode;
	char host[65] = "";

	if (!is_empty(config->hostname))
		return xstrdup(config->hostname);
	if (network_mode_parse(config->network ? config->network : "", &mode, &ignored_argument,
			       &ignored) == 0 &&
	    mode == NETWORK_HOST && gethostname(host, sizeof(host) - 1) == 0)
		return xstrdup(host);
	return xstrndup(config->id, 12);
}

static int set_names(struct engine *engine, const struct container_config *config,
		     struct runtime_spec *spec, struct error *err)
{
	auto_of(container) struct container *partner = NULL;

	if (spec->uts_ns.mode != NAMESPACE_NEW) {
		if (!is_empty(config->hostname) || !is_empty(config->domainname))
			return error_set(err, ERROR_USAGE,
					 "conflicting options: hostname and the UTS mode");
		return 0;
	}
	if (config->network && has_prefix(config->network, "container:")) {
		partner = spec_network_partner(engine, config, err);
		if (!partner)
			return -1;
	}
	spec->hostname = spec_hostname(partner ? &partner->config : config);
	spec->domainname = is_empty(config->domainname) ? NULL : xstrdup(config->domainname);
	return 0;
}

int spec_namespaces(struct engine *engine, const struct container_config *config,
		    struct runtime_spec *spec, struct spec_files *files, struct error *err)
{
	const struct namespace_choice choices[] = {
		{ "pid", config->pid_mode, "pid", CLONE_NEWPID, &spec->pid_ns },
		{ "ipc", config->ipc_mode, "ipc", CLONE_NEWIPC, &spec->ipc_ns },
		{ "uts", config->uts_mode, "uts", CLONE_NEWUTS, &spec->uts_ns },
		{ "cgroupns", config->cgroupns_mode, "cgroup", CLONE_NEWCGROUP, &spec->cgroup_ns },
	};

	if (!is_empty(config->userns_mode) && strcmp(config->userns_mode, "host") != 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "--userns=%s is not supported; leave it out, or give 'host'",
				 config->userns_mode);
	if (network_namespace(engine, config, spec, files, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(choices); i++)
		if (choose_namespace(engine, &choices[i], files, err) < 0)
			return -1;
	return set_names(engine, config, spec, err);
}
