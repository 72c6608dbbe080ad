/* SPDX-License-Identifier: Apache-2.0 */
/* Files between a container and the host: see copy.h. */
#include "engine/copy.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/process.h"
#include "base/strings.h"
#include "base/syscalls.h"
#include "engine/container.h"
#include "engine/copy-place.h"
#include "engine/engine.h"
#include "engine/lifecycle.h"
#include "engine/runtime/rootfs.h"
#include "engine/spec-build.h"
#include "engine/tree-pack.h"
#include "engine/tree-unpack.h"

#define MESSAGE_SIZE_MAX 4096
#define PACKED_NAME "x"	/* the unpacking side knows the real one */

/* What the child needs; descriptors are of the parent's. */
struct visit {
	const struct copy_request *request;
	const struct copy_source *source;	/* of what comes in; NULL: a tar of anything */
	bool out;
	int init;		/* pidfd of a running container's first process, or -1 */
	int root;		/* else: a detached mount of its root */
	char *place;		/* where that goes */
	int stream;		/* the child's end of the tar */
	int parents_stream;	/* to be closed, or -1 */
	int report;		/* where the child writes why it failed */
	struct process server;	/* of the root */
};

static void visit_release(struct visit *visit)
{
	auto_close_fd(&visit->init);
	auto_close_fd(&visit->root);
	free(visit->place);
	process_kill(&visit->server);
}

/* A container that does not run: what it would have mounted is not there. */
static int refuse_mounted(const struct copy_request *request, struct error *err)
{
	const struct container_config *config = &request->container->config;

	for (size_t i = 0; i < config->mount_count; i++) {
		const char *rest = skip_prefix(request->inside, config->mounts[i].target);

		if (rest && (*rest == '\0' || *rest == '/'))
			return error_set(err, ERROR_UNSUPPORTED,
					 "'%s' is mounted only while container %s runs; start it "
					 "first",
					 config->mounts[i].target, config->name);
	}
	return 0;
}

static int open_stopped(struct engine *engine, struct visit *visit, struct error *err)
{
	auto_release(runtime_spec) struct runtime_spec spec;
	auto_release(spec_files) struct spec_files files = { 0 };
	char link[32];

	runtime_spec_init(&spec);
	if (refuse_mounted(visit->request, err) < 0 ||
	    spec_build(engine, visit->request->container, &spec, &files, err) < 0)
		return -1;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", spec.rootfs_mount_point);
	visit->place = link_read(AT_FDCWD, link, err);
	if (!visit->place || rootfs_open(&spec, &visit->root, &visit->server, err) < 0)
		return -1;
	if (visit->root < 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "copying with a container that does not run takes Linux 6.5");
	return 0;
}

/* In the child: everything is resolved below what this opens. */
static int enter_root(const struct visit *visit, struct error *err)
{
	int root;

	if (visit->init >= 0) {
		if (setns(visit->init, CLONE_NEWNS) < 0)
			return error_errno(err, "cannot enter the container");
	} else if (sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		   sys_move_mount(visit->root, "", AT_FDCWD, visit->place,
				  MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
		   chdir(visit->place) < 0 || chroot(".") < 0) {
		return error_errno(err, "cannot enter the container's root");
	}
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? error_errno(err, "cannot open the container's root") : root;
}

static int pack_inside(const struct visit *visit, int root, struct error *err)
{
	const struct copy_request *request = visit->request;
	auto_release(copy_source) struct copy_source source = COPY_SOURCE_NONE;
	bool to_user = strcmp(request->outside, "-") == 0;
	const char *name;

	if (copy_source_open(root, request->inside, request->follow_link, &source, err) < 0)
		return -1;
	name = !to_user ? PACKED_NAME : source.only_content ? "." : source.base;
	if (!to_user && fd_write_full(visit->stream, source.is_dir ? "d" : "f", 1) < 0)
		return error_errno(err, "cannot write the archive");
	return tree_pack(source.dir, source.name, name, visit->stream, err);
}

static int unpack_inside(const struct visit *visit, int root, struct error *err)
{
	auto_release(copy_target) struct copy_target target = COPY_TARGET_NONE;
	struct tree_unpacking unpacking = { .input = visit->stream,
					    .keep_owners = visit->request->archive };

	if (copy_target_open(root, visit->request->inside, visit->source, &target, err) < 0)
		return -1;
	unpacking.root = target.dir;
	unpacking.as = visit->source ? target.name : NULL;
	return tree_unpack(&unpacking, err);
}

/* Nobody in the container may trace this process: its memory and descriptors are the host's. */
static int visit_child(void *argument)
{
	const struct visit *visit = argument;
	auto_error err = { 0 };
	auto_fd int root = -1;

	auto_close_fd(&visit->parents_stream);
	signal(SIGPIPE, SIG_IGN);
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return 1;
	root = enter_root(visit, &err);
	if (root >= 0 && (visit->out ? pack_inside(visit, root, &err) :
				       unpack_inside(visit, root, &err)) == 0)
		return 0;
	fd_write_full(visit->report, err.message, strnlen(err.message, MESSAGE_SIZE_MAX));
	return 1;
}

/* The host's side of a copy, with the parent's end of the stream. */
typedef int (*host_side)(const struct visit *visit, int stream, struct error *err);

static int pack_outside(const struct visit *visit, int stream, struct error *err)
{
	return tree_pack(visit->source->dir, visit->source->name, PACKED_NAME, stream, err);
}

static int unpack_outside(const struct visit *visit, int stream, struct error *err)
{
	auto_release(copy_source) struct copy_source source = COPY_SOURCE_NONE;
	auto_release(copy_target) struct copy_target target = COPY_TARGET_NONE;
	struct tree_unpacking unpacking = { .input = stream,
					    .keep_owners = visit->request->archive };
	char kind;

	if (fd_read_full(stream, &kind, 1) != 1)
		return error_set(err, ERROR_OTHER, "the container's files cannot be read");
	copy_source_describe(visit->request->inside, &source);
	source.is_dir = kind == 'd';
	if (copy_target_open(-1, visit->request->outside, &source, &target, err) < 0)
		return -1;
	unpacking.root = target.dir;
	unpacking.as = target.name;
	return tree_unpack(&unpacking, err);
}

/* What the child says goes before what its end made of our side. */
static int finish(struct process *process, int reading, struct error *err)
{
	auto_release(buffer) struct buffer message = { .max = MESSAGE_SIZE_MAX };
	auto_error problem = { 0 };
	int status;

	if (fd_read_all(reading, "report", &message, &problem) < 0 ||
	    process_wait(process, &status, &problem) < 0) {
		error_move(err, &problem);
		return -1;
	}
	if (message.size > 0)
		return error_set(err, ERROR_OTHER, "%.*s", (int)message.size, message.data);
	if (status != 0)
		return error_set(err, ERROR_OTHER, "copying failed");
	return err->kind == ERROR_NONE ? 0 : -1;
}

static int run_visit(struct visit *visit, int stream, host_side host, struct error *err)
{
	struct process process = PROCESS_NONE;
	auto_fd int parents_stream = stream;
	auto_fd int reading = -1;
	int started;

	visit->parents_stream = stream;
	if (fd_pipe(&reading, &visit->report, err) < 0)
		return -1;
	started = process_clone(visit->init >= 0 ? 0 : CLONE_NEWNS, -1, visit_child, visit, &process,
				err);
	close(visit->report);
	if (started < 0)
		return -1;
	if (host) {
		close(visit->stream);
		host(visit, stream, err);
		auto_close_fd(&parents_stream);
		parents_stream = -1;
	}
	return finish(&process, reading, err);
}

/* Running, it is entered; else its root is mounted, and the lock keeps it from being started. */
static int prepare(struct engine *engine, struct visit *visit, int *ret_lock, struct error *err)
{
	struct container *container = visit->request->container;

	*ret_lock = container_lock(container, err);
	if (*ret_lock < 0)
		return -1;
	if (!container_is_running(container))
		return open_stopped(engine, visit, err);
	visit->init = process_find(&container->state.init);
	if (visit->init < 0)
		return error_set(err, ERROR_BUSY, "container %s is just ending or starting",
				 container->config.name);
	close(*ret_lock);
	*ret_lock = -1;
	return 0;
}

#define VISIT_NONE \
	{ .init = -1, .root = -1, .stream = -1, .parents_stream = -1, .server = PROCESS_NONE }

int copy_into(struct engine *engine, const struct copy_request *request, struct error *err)
{
	auto_release(copy_source) struct copy_source source = COPY_SOURCE_NONE;
	auto_release(visit) struct visit visit = VISIT_NONE;
	bool from_user = strcmp(request->outside, "-") == 0;
	auto_fd int lock = -1;
	int writing = -1;

	visit.request = request;
	visit.source = from_user ? NULL : &source;
	if (!from_user &&
	    copy_source_open(-1, request->outside, request->follow_link, &source, err) < 0)
		return -1;
	/* The child must not load anything from the container. */
	if (tree_unpack_load(err) < 0 || prepare(engine, &visit, &lock, err) < 0)
		return -1;
	visit.stream = STDIN_FILENO;
	if (!from_user && fd_pipe(&visit.stream, &writing, err) < 0)
		return -1;
	return run_visit(&visit, writing, from_user ? NULL : pack_outside, err);
}

int copy_out_of(struct engine *engine, const struct copy_request *request, struct error *err)
{
	auto_release(visit) struct visit visit = VISIT_NONE;
	bool to_user = strcmp(request->outside, "-") == 0;
	auto_fd int lock = -1;
	int reading = -1;

	visit.request = request;
	visit.out = true;
	if (prepare(engine, &visit, &lock, err) < 0)
		return -1;
	visit.stream = STDOUT_FILENO;
	if (!to_user && fd_pipe(&reading, &visit.stream, err) < 0)
		return -1;
	return run_visit(&visit, reading, to_user ? NULL : unpack_outside, err);
}
