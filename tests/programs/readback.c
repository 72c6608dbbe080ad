/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container's process really has, as one JSON object on standard output.
 * Static and without libraries: it runs in an empty root. `readback hold` does the
 * same and then waits for the end of its standard input.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define FDS_MAX 1024

static const char *separator = "";

static void print_text(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void print_key(const char *key)
{
	printf("%s\n  ", separator);
	print_text(key);
	printf(": ");
	separator = ",";
}

/* fcntl() opens nothing itself, as listing /proc/self/fd would. */
static void print_descriptors(void)
{
	const char *between = "";

	print_key("fds");
	putchar('[');
	for (int fd = 0; fd < FDS_MAX; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			continue;
		printf("%s%d", between, fd);
		between = ", ";
	}
	putchar(']');
}

static void print_status(void)
{
	static const char *const wanted[] = {
		"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp",
		"Seccomp_filters", "Uid", "Gid", "Groups", "Umask", "NSpid", "PPid",
	};
	FILE *file = fopen("/proc/self/status", "re");
	char line[65536];

	while (file && fgets(line, sizeof(line), file)) {
		char *value = strchr(line, ':');

		if (!value)
			continue;
		*value++ = '\0';
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
			size_t length;

			if (strcmp(line, wanted[i]) != 0)
				continue;
			while (isspace((unsigned char)*value))
				value++;
			length = strlen(value);
			while (length > 0 && isspace((unsigned char)value[length - 1]))
				value[--length] = '\0';
			for (char *tab = value; (tab = strchr(tab, '\t'));)
				*tab = ' ';
			print_key(line);
			print_text(value);
		}
	}
	if (file)
		fclose(file);
}

static void print_ids(void)
{
	gid_t groups[1024];
	int count = getgroups(1024, groups);

	print_key("uid");
	printf("%u", getuid());
	print_key("gid");
	printf("%u", getgid());
	print_key("groups");
	putchar('[');
	for (int i = 0; i < count; i++)
		printf("%s%u", i ? ", " : "", groups[i]);
	putchar(']');
}

static void print_cwd(void)
{
	char cwd[PATH_MAX] = "";

	if (syscall(SYS_getcwd, cwd, sizeof(cwd)) < 0)
		snprintf(cwd, sizeof(cwd), "error: %s", strerror(errno));
	print_key("cwd");
	print_text(cwd);
}

static void print_namespaces(void)
{
	static const char *const names[] = { "user", "mnt", "pid", "net", "ipc", "uts", "cgroup" };

	print_key("namespaces");
	putchar('{');
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64], target[64] = "";

		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		if (readlink(path, target, sizeof(target) - 1) < 0)
			target[0] = '\0';
		printf("%s\"%s\": \"%s\"", i ? ", " : "", names[i], target);
	}
	putchar('}');
}

static void print_mounts(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	const char *between = "";
	char line[8192];

	print_key("mounts");
	putchar('[');
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		printf("%s\n    ", between);
		print_text(line);
		between = ",";
	}
	putchar(']');
	if (file)
		fclose(file);
}

/* What is at `path`: "c 1:3", "d ro empty", "missing", ... */
static void describe(const char *path)
{
	char text[128];
	struct stat info;
	struct statvfs system;

	if (lstat(path, &info) < 0 || statvfs(path, &system) < 0) {
		print_text(errno == ENOENT ? "missing" : strerror(errno));
		return;
	}
	if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode)) {
		snprintf(text, sizeof(text), "%c %u:%u", S_ISCHR(info.st_mode) ? 'c' : 'b',
			 major(info.st_rdev), minor(info.st_rdev));
	} else if (S_ISDIR(info.st_mode)) {
		DIR *dir = opendir(path);
		int count = 0;

		while (dir && readdir(dir))
			count++;
		if (dir)
			closedir(dir);
		snprintf(text, sizeof(text), "d %s %s", system.f_flag & ST_RDONLY ? "ro" : "rw",
			 count <= 2 ? "empty" : "full");
	} else {
		snprintf(text, sizeof(text), "%s %s", S_ISLNK(info.st_mode) ? "l" : "f",
			 system.f_flag & ST_RDONLY ? "ro" : "rw");
	}
	print_text(text);
}

static void print_paths(void)
{
	static const char *const paths[] = {
		"/", "/dev", "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom",
		"/dev/tty", "/dev/console", "/dev/ptmx", "/dev/pts", "/dev/shm", "/dev/mqueue",
		"/proc", "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore",
		"/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
		"/proc/timer_list", "/proc/timer_stats", "/proc/bus", "/proc/fs", "/proc/irq",
		"/proc/sys", "/proc/sysrq-trigger", "/sys", "/sys/firmware", "/sys/fs/cgroup",
		"/sys/devices/virtual/powercap",
	};

	print_key("paths");
	putchar('{');
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		printf("%s\n    \"%s\": ", i ? "," : "", paths[i]);
		describe(paths[i]);
	}
	putchar('}');
}

static void print_limits(void)
{
	static const struct {
		const char *name;
		int resource;
	} limits[] = {
		{ "nofile", RLIMIT_NOFILE }, { "nproc", RLIMIT_NPROC }, { "core", RLIMIT_CORE },
		{ "stack", RLIMIT_STACK }, { "memlock", RLIMIT_MEMLOCK },
	};

	print_key("rlimits");
	putchar('{');
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit limit = { 0, 0 };

		getrlimit(limits[i].resource, &limit);
		printf("%s\"%s\": [%lld, %lld]", i ? ", " : "", limits[i].name,
		       (long long)limit.rlim_cur, (long long)limit.rlim_max);
	}
	putchar('}');
}

static void print_environment(char **environment)
{
	const char *between = "";

	print_key("env");
	putchar('[');
	for (; *environment; environment++) {
		printf("%s", between);
		print_text(*environment);
		between = ", ";
	}
	putchar(']');
}

static void print_process(void)
{
	char name[256] = "";

	gethostname(name, sizeof(name) - 1);
	print_key("hostname");
	print_text(name);
	print_key("pid");
	printf("%d", getpid());
	print_key("ppid");
	printf("%d", getppid());
	print_key("sid");
	printf("%d", getsid(0));
	print_key("tty");
	printf("%s", isatty(0) ? "true" : "false");
}

int main(int argc, char **argv, char **environment)
{
	char buffer[4096];

	putchar('{');
	print_descriptors();
	print_status();
	print_ids();
	print_cwd();
	print_process();
	print_namespaces();
	print_limits();
	print_paths();
	print_mounts();
	print_environment(environment);
	printf("\n}\n");
	fflush(stdout);
	while (argc > 1 && strcmp(argv[1], "hold") == 0 && read(0, buffer, sizeof(buffer)) > 0)
		;
	return 0;
}
