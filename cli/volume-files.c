/* SPDX-License-Identifier: Apache-2.0 */
/* proa volume export and import: the files of a volume as a tar. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "engine/tree-pack.h"
#include "engine/tree-unpack.h"
#include "engine/volumes.h"

struct volume_export_args {
	const char *output;
};

static const struct option volume_export_options[] = {
	OPTION_STRING('o', "output", "FILE", struct volume_export_args, output,
		      "Write to this file, not to standard output"),
	OPTION_END,
};

/* For reading what is in it. */
static int open_files(struct engine *engine, const char *name, struct error *err)
{
	auto_fd int path = volume_open(engine, name, err);
	int fd;

	if (path < 0)
		return -1;
	fd = openat(path, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "cannot open volume '%s'", name) : fd;
}

static int volume_export_run(const struct invocation *invocation, struct error *err)
{
	const struct volume_export_args *args = invocation->args;
	auto_release(output) struct output output = OUTPUT_NONE;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_fd int files = -1;

	if (!engine || engine_enter(engine, err) < 0)
		return -1;
	files = open_files(engine, invocation->operands[0], err);
	if (files < 0 || output_open(args->output, "volume export", &output, err) < 0)
		return -1;
	if (tree_pack(files, ".", ".", output.fd, err) < 0)
		return error_context(err, "cannot export volume '%s'", invocation->operands[0]);
	return output_finish(&output, err);
}

static int open_archive(const char *path, struct error *err)
{
	int fd = path && strcmp(path, "-") != 0 ? open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC) :
						  fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

	return fd < 0 ? error_errno(err, "cannot open '%s'", path ? path : "-") : fd;
}

static int volume_import_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	struct tree_unpacking unpacking = { .root = -1 };
	auto_fd int input = open_archive(invocation->operands[1], err);
	auto_fd int files = -1;

	if (input < 0 || !engine || engine_enter(engine, err) < 0)
		return -1;
	files = open_files(engine, invocation->operands[0], err);
	if (files < 0)
		return -1;
	unpacking.input = input;
	unpacking.root = files;
	unpacking.keep_owners = engine->mode != USERNS_SINGLE;
	if (tree_unpack(&unpacking, err) < 0)
		return error_context(err, "cannot import into volume '%s'",
				     invocation->operands[0]);
	return 0;
}

const struct command command_volume_export = {
	.name = "export",
	.group = "volume",
	.operands = "VOLUME",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "Write the files of a volume as a tar archive",
	.examples = "  proa volume export data >data.tar\n",
	.options = volume_export_options,
	.args_size = sizeof(struct volume_export_args),
	.run = volume_export_run,
};

const struct command command_volume_import = {
	.name = "import",
	.group = "volume",
	.operands = "VOLUME [FILE|-]",
	.operands_min = 1,
	.operands_max = 2,
	.summary = "Put the files of a tar archive into a volume",
	.examples = "  proa volume export data | proa volume import copy -\n",
	.run = volume_import_run,
};
