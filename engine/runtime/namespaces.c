/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New namespaces come with clone, others are joined in the child. Two are
 * special: a pid namespace is joined by the parent, around the clone, since it
 * takes effect only for children; and a new cgroup namespace has to be made
 * after the child got into its cgroup, which becomes the namespace's root.
 */
#include "engine/runtime/namespaces.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"
#include "engine/runtime/setup.h"

struct namespace_kind {
	const char *name;
	int flag;
	const struct namespace_spec *spec;
};

int namespaces_plan(const struct runtime_spec *spec, uint64_t *ret_flags, struct error *err)
{
	const struct namespace_kind kinds[] = {
		{ "pid", CLONE_NEWPID, &spec->pid_ns },
		{ "network", CLONE_NEWNET, &spec->net_ns },
		{ "IPC", CLONE_NEWIPC, &spec->ipc_ns },
		{ "UTS", CLONE_NEWUTS, &spec->uts_ns },
		{ "cgroup", CLONE_NEWCGROUP, &spec->cgroup_ns },
	};
	uint64_t flags = CLONE_NEWNS;

	if (spec->mount_ns.mode != NAMESPACE_NEW)
		return error_set(err, ERROR_UNSUPPORTED,
				 "a container needs a mount namespace of its own");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (kinds[i].spec->mode == NAMESPACE_NEW)
			flags |= (uint64_t)kinds[i].flag;
		if (kinds[i].spec->mode == NAMESPACE_JOIN && kinds[i].spec->fd < 0)
			return error_set(err, ERROR_INVALID, "no %s namespace to join is given",
					 kinds[i].name);
	}
	if (spec->uts_ns.mode != NAMESPACE_NEW && (spec->hostname || spec->domainname))
		return error_set(err, ERROR_USAGE,
				 "a host name cannot be set in a shared UTS namespace");
	if (spec->cgroup_path)
		flags &= ~(uint64_t)CLONE_NEWCGROUP;
	*ret_flags = flags;
	return 0;
}

int setup_namespaces(struct setup *setup, struct error *err)
{
	const struct runtime_spec *spec = setup->spec;
	const struct namespace_kind kinds[] = {
		{ "network", CLONE_NEWNET, &spec->net_ns },
		{ "IPC", CLONE_NEWIPC, &spec->ipc_ns },
		{ "UTS", CLONE_NEWUTS, &spec->uts_ns },
		{ "cgroup", CLONE_NEWCGROUP, &spec->cgroup_ns },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (kinds[i].spec->mode == NAMESPACE_JOIN &&
		    setns(kinds[i].spec->fd, kinds[i].flag) < 0)
			return error_errno(err, "cannot join the %s namespace", kinds[i].name);
	}
	if (spec->cgroup_path && spec->cgroup_ns.mode == NAMESPACE_NEW &&
	    unshare(CLONE_NEWCGROUP) < 0)
		return error_errno(err, "cannot make a cgroup namespace");
	return 0;
}

int setup_names(struct setup *setup, struct error *err)
{
	const struct runtime_spec *spec = setup->spec;
	const char *hostname = spec->hostname, *domainname = spec->domainname;

	if (!is_empty(hostname) && sethostname(hostname, strlen(hostname)) < 0)
		return error_errno(err, "cannot set the host name '%s'", hostname);
	if (!is_empty(domainname) && setdomainname(domainname, strlen(domainname)) < 0)
		return error_errno(err, "cannot set the domain name '%s'", domainname);
	return 0;
}
