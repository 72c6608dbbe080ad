/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor under every container program: what a container costs in the kernel and nothing else.
 * Clone into namespaces, overlay, proc, dev, pivot_root, exec. bench/run times it beside
 * proa: what is above it is proa's own.
 *
 *	floor [-n] [-u UIDS -g GIDS -c COUNT] LOWER STATE COMMAND [ARG...]
 *
 * LOWER is overlayfs' lowerdir; STATE holds the directories upper, work and root; COMMAND is a
 * path in the container. -n stays in the network of the host. An ordinary user gets a user
 * namespace: 0 inside is himself, 1 and up are COUNT subordinate ids from UIDS and GIDS on.
 */
#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/syscalls.h"

#define EXIT_FLOOR 125		/* as where a container program itself failed */
#define ID_TEXT_SIZE 16
#define NODE_PATH_SIZE 32
#define OVERLAY_OPTIONS_SIZE 4096

struct floor {
	uint64_t namespaces;
	const char *uids, *gids, *count;	/* for newuidmap and newgidmap */
	const char *lower, *state;
	char **command;
	int mapped_reading, mapped_writing;	/* a pipe: closed when ids are mapped */
};

static const char *const nodes[] = { "null", "zero", "full", "random", "urandom", "tty" };

static void mount_or_die(const char *source, const char *target, const char *type,
			 unsigned long flags, const char *data)
{
	if (sys_mount(source, target, type, flags, data) < 0)
		err(EXIT_FLOOR, "cannot mount '%s'", target);
}

static void enter_or_die(const char *directory)
{
	if (chdir(directory) < 0)
		err(EXIT_FLOOR, "cannot enter '%s'", directory);
}

static void mount_root(const struct floor *floor)
{
	char options[OVERLAY_OPTIONS_SIZE];

	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=upper,workdir=work%s",
		 floor->lower, floor->namespaces & CLONE_NEWUSER ? ",userxattr" : "");
	enter_or_die(floor->state);
	mount_or_die(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	mount_or_die("overlay", "root", "overlay", 0, options);
	enter_or_die("root");
}

/* The host's nodes: in a user namespace nobody makes any. */
static void mount_dev(void)
{
	mount_or_die("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=0755");
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		char ours[NODE_PATH_SIZE], host[NODE_PATH_SIZE];
		auto_fd int fd = -1;

		snprintf(ours, sizeof(ours), "dev/%s", nodes[i]);
		snprintf(host, sizeof(host), "/dev/%s", nodes[i]);
		fd = open(ours, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
		if (fd < 0)
			err(EXIT_FLOOR, "cannot make '%s'", ours);
		mount_or_die(host, ours, NULL, MS_BIND, NULL);
	}
}

static int run_container(void *argument)
{
	const struct floor *floor = argument;
	char none;

	close(floor->mapped_writing);
	if (fd_read_full(floor->mapped_reading, &none, 1) != 0)
		err(EXIT_FLOOR, "cannot wait for the ids");
	mount_root(floor);
	mount_or_die("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	mount_dev();
	if (sys_pivot_root(".", ".") < 0 || sys_umount(".", UMOUNT_DETACH) < 0)
		err(EXIT_FLOOR, "cannot change the root");
	enter_or_die("/");
	execv(floor->command[0], floor->command);
	err(EXIT_FLOOR, "cannot run '%s'", floor->command[0]);
}

static pid_t start_mapper(const char *program, pid_t target, unsigned int id, const char *start,
			  const char *count)
{
	char target_text[ID_TEXT_SIZE], id_text[ID_TEXT_SIZE];
	const char *const argv[] = { program, target_text, "0", id_text, "1",
				     "1", start, count, NULL };
	pid_t pid;

	snprintf(target_text, sizeof(target_text), "%d", (int)target);
	snprintf(id_text, sizeof(id_text), "%u", id);
	if (posix_spawnp(&pid, program, NULL, NULL, (char *const *)argv, environ) != 0)
		errx(EXIT_FLOOR, "cannot run '%s'", program);
	return pid;
}

static int wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) < 0)
		err(EXIT_FLOOR, "cannot wait for a process");
	return process_exit_code(status);
}

/* Both at once, as they are two programs with one wait each. */
static void map_ids(const struct floor *floor, pid_t container)
{
	pid_t uids = start_mapper("newuidmap", container, getuid(), floor->uids, floor->count);
	pid_t gids = start_mapper("newgidmap", container, getgid(), floor->gids, floor->count);

	if (wait_for(uids) != 0 || wait_for(gids) != 0)
		errx(EXIT_FLOOR, "cannot map the subordinate ids");
}

static int run_floor(struct floor *floor)
{
	auto_error failure = { 0 };
	struct process container = PROCESS_NONE;

	if (fd_pipe(&floor->mapped_reading, &floor->mapped_writing, &failure) < 0 ||
	    process_clone(floor->namespaces, -1, run_container, floor, &container, &failure) < 0)
		errx(EXIT_FLOOR, "%s", failure.message);
	if (floor->namespaces & CLONE_NEWUSER)
		map_ids(floor, container.pid);
	close(floor->mapped_writing);
	return wait_for(container.pid);
}

int main(int argc, char **argv)
{
	struct floor floor = {
		.namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
			      CLONE_NEWCGROUP | CLONE_NEWNET,
	};
	int option;

	while ((option = getopt(argc, argv, "+nu:g:c:")) != -1) {
		if (option == 'n')
			floor.namespaces &= ~(uint64_t)CLONE_NEWNET;
		else if (option == 'u')
			floor.uids = optarg;
		else if (option == 'g')
			floor.gids = optarg;
		else if (option == 'c')
			floor.count = optarg;
	}
	if (argc - optind < 3)
		errx(EXIT_FLOOR, "give LOWER, STATE and COMMAND");
	floor.lower = argv[optind];
	floor.state = argv[optind + 1];
	floor.command = argv + optind + 2;
	if (getuid() != 0)
		floor.namespaces |= CLONE_NEWUSER;
	if (floor.namespaces & CLONE_NEWUSER && !(floor.uids && floor.gids && floor.count))
		errx(EXIT_FLOOR, "an ordinary user needs -u, -g and -c");
	return run_floor(&floor);
}
