/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa volume mount and unmount. A volume is a directory that is always there: mounting tells where, and
 * unmounting has nothing to do.
 */
#include <stdio.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/session.h"
#include "engine/volumes.h"

static int print_path(struct engine *engine, const char *name, struct error *err)
{
	auto_release(volume) struct volume volume = { 0 };
	auto_free char *path = NULL;

	if (volume_read(engine, name, &volume, err) < 0)
		return -1;
	if (volume_kind(&volume) == VOLUME_TMPFS)
		return error_set(err, ERROR_UNSUPPORTED,
				 "volume '%s' is a tmpfs, which only a container has", name);
	path = volume_path(engine, name);
	puts(volume_kind(&volume) == VOLUME_BIND ? strings_get_value(&volume.options, "device") :
						   path);
	return 0;
}

static int volume_mount_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);

	return engine ? print_path(engine, invocation->operands[0], err) : -1;
}

static int volume_unmount_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(volume) struct volume volume = { 0 };

	if (!engine || volume_read(engine, invocation->operands[0], &volume, err) < 0)
		return -1;
	puts(volume.name);
	return 0;
}

const struct command command_volume_mount = {
	.name = "mount",
	.group = "volume",
	.operands = "VOLUME",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "Tell where the files of a volume are",
	.examples = "  ls $(proa volume mount data)\n",
	.run = volume_mount_run,
};

const struct command command_volume_unmount = {
	.name = "unmount",
	.group = "volume",
	.more_names = "umount",
	.operands = "VOLUME",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "Counterpart of volume mount; there is nothing to do",
	.run = volume_unmount_run,
};
