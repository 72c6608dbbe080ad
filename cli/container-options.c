/* SPDX-License-Identifier: Apache-2.0 */
/* The table of options of run and create, and the plain ones among them. */
#include "cli/container-options.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/command.h"
#include "engine/container.h"
#include "engine/lifecycle.h"
#include "engine/logs.h"
#include "engine/supervisor/attach.h"

#define FLAG(letter, name, field, help) \
	OPTION_FLAG(letter, name, struct container_args, field, help)
#define STRING(letter, name, value, field, help) \
	OPTION_STRING(letter, name, value, struct container_args, field, help)
#define INTEGER(letter, name, field, help) \
	OPTION_INTEGER(letter, name, "N", struct container_args, field, help)
#define LIST(letter, name, value, field, help) \
	OPTION_LIST(letter, name, value, struct container_args, field, help)
#define CSV(letter, name, value, field, help) \
	OPTION_CSV_LIST(letter, name, value, struct container_args, field, help)
#define SIZE(letter, name, field, help) \
	OPTION_SIZE(letter, name, "SIZE", struct container_args, field, help)

const struct option container_options[] = {
	/* the container itself */
	LIST(0, "annotation", "KEY=VALUE", annotations, "Add an annotation"),
	CSV('a', "attach", "STREAM", attach, "Attach stdin, stdout, or stderr only"),
	STRING(0, "cidfile", "FILE", cid_file, "Write the container's ID into a new file"),
	STRING(0, "conmon-pidfile", "FILE", supervisor_pid_file,
	       "Write the ID of the supervisor's process into a file at each start"),
	STRING(0, "domainname", "NAME", domain_name, "NIS domain name"),
	STRING(0, "entrypoint", "PROGRAM", entrypoint,
	       "Run this instead of the image's entrypoint"),
	STRING('h', "hostname", "NAME", hostname, "Host name (default: the short ID)"),
	FLAG(0, "init", init, "Run a small init that reaps processes and forwards signals"),
	FLAG('i', "interactive", interactive, "Keep standard input open"),
	STRING(0, "log-driver", "DRIVER", log_driver,
	       "json-file (default), local, journald, none, passthrough"),
	LIST(0, "log-opt", "KEY=VALUE", log_options,
	     "max-size=SIZE, max-file=N, compress=true, labels=KEYS, env=KEYS, tag=TEXT"),
	STRING(0, "name", "NAME", name, "Name of the container"),
	STRING(0, "pidfile", "FILE", pid_file,
	       "Write the ID of the program's process into a file at each start"),
	FLAG(0, "replace", replace, "Remove a container of the same name first"),
	STRING(0, "restart", "POLICY", restart, "no, always, unless-stopped, or on-failure[:N]"),
	FLAG(0, "rm", remove, "Remove the container when it ends"),
	STRING(0, "sdnotify", "MODE", sdnotify,
	       "Who tells the service manager of readiness: container, conmon, healthy, ignore"),
	STRING(0, "stop-signal", "SIGNAL", stop_signal, "Signal that asks the program to end"),
	INTEGER(0, "stop-timeout", stop_timeout, "Seconds to wait before killing (default 10)"),
	INTEGER(0, "timeout", timeout, "Seconds after which it is killed"),
	FLAG('t', "tty", tty, "Give the program a terminal"),
	STRING('u', "user", "USER[:GROUP]", user, "Run as this user, by name or number"),
	STRING('w', "workdir", "DIRECTORY", working_dir, "Working directory in the container"),
	/* the image */
	STRING(0, "authfile", "FILE", auth_file, "Read registry credentials from this file"),
	STRING(0, "cert-dir", "DIRECTORY", cert_dir, "Registry certificates"),
	STRING(0, "creds", "USER:PASSWORD", creds, "Registry credentials"),
	STRING(0, "platform", "OS/ARCH", platform, "Choose from a multi-platform image"),
	STRING(0, "pull", "POLICY", pull, "always, missing (default), or never"),
	FLAG('q', "quiet", quiet, "Show no progress while pulling"),
	FLAG(0, "tls-verify", tls_verify, "Check the registry's certificate (default true)"),
	/* environment and labels */
	LIST('e', "env", "KEY[=VALUE]", env, "Set a variable, or pass on our own"),
	LIST(0, "env-file", "FILE", env_files, "Read variables from a file"),
	FLAG(0, "env-host", env_host, "Pass on all our variables"),
	LIST('l', "label", "KEY[=VALUE]", labels, "Add a label"),
	LIST(0, "label-file", "FILE", label_files, "Read labels from a file"),
	LIST(0, "unsetenv", "KEY", unset_env, "Leave out a variable of the image"),
	/* mounts and devices */
	LIST(0, "device", "HOST[:PATH][:rwm]", devices, "Give access to a device"),
	LIST(0, "mount", "SPEC", mounts, "Mount: type=bind,source=DIR,target=DIR[,readonly]"),
	FLAG(0, "read-only", read_only, "Make the root file system read-only"),
	LIST(0, "tmpfs", "DIR[:OPTIONS]", tmpfs, "Mount a temporary file system"),
	LIST('v', "volume", "[SOURCE:]DIR[:OPTIONS]", volumes,
	     "Mount a host directory or a volume"),
	STRING(0, "volume-driver", "DRIVER", volume_driver, NULL),
	LIST(0, "volumes-from", "CONTAINER[:ro]", volumes_from, "Mount what another container has"),
	/* network */
	LIST(0, "add-host", "NAME:IP", hosts, "Add a line to /etc/hosts"),
	CSV(0, "dns", "IP", dns, "Name server"),
	LIST(0, "dns-opt", "OPTION", dns_options, NULL),
	LIST(0, "dns-option", "OPTION", dns_options, "Option of the resolver"),
	LIST(0, "dns-search", "DOMAIN", dns_search, "Domain to search names in"),
	LIST(0, "expose", "PORT[/PROTOCOL]", expose, "Record a port that the container serves"),
	LIST(0, "net", "NETWORK", networks, NULL),
	LIST(0, "net-alias", "NAME", network_aliases, NULL),
	LIST(0, "network", "NETWORK", networks,
	     "bridge (default), none, host, container:NAME, pasta, slirp4netns"),
	LIST(0, "network-alias", "NAME", network_aliases, "Further name on the network"),
	LIST('p', "publish", "[[IP:]PORT:]PORT", publish, "Publish a port of the container"),
	FLAG('P', "publish-all", publish_all, "Publish all exposed ports on free ones"),
	/* confinement */
	CSV(0, "cap-add", "CAPABILITY", cap_add, "Add a capability, or ALL"),
	CSV(0, "cap-drop", "CAPABILITY", cap_drop, "Take a capability away, or ALL"),
	STRING(0, "cgroupns", "MODE", cgroupns, "cgroup namespace: private (default) or host"),
	LIST(0, "group-add", "GROUP", group_add, "Further group of the user"),
	STRING(0, "ipc", "MODE", ipc,
	       "IPC namespace: private, shareable, none, host, container:NAME"),
	STRING(0, "pid", "MODE", pid, "Process namespace: private (default), host, container:NAME"),
	FLAG(0, "privileged", privileged, "Take nearly all confinement away"),
	LIST(0, "security-opt", "OPTION", security_options,
	     "no-new-privileges, seccomp=FILE, seccomp=unconfined, ..."),
	LIST(0, "sysctl", "KEY=VALUE", sysctls, "Set a kernel parameter of the container"),
	STRING(0, "userns", "MODE", userns, "User namespace: host"),
	STRING(0, "uts", "MODE", uts, "Host name namespace: private (default) or host"),
	/* limits */
	INTEGER(0, "cpu-period", cpu_period, "CPU period, in microseconds"),
	INTEGER(0, "cpu-quota", cpu_quota, "CPU time in a period, in microseconds"),
	INTEGER('c', "cpu-shares", cpu_shares, "CPU weight (default 1024)"),
	STRING(0, "cpus", "N", cpus, "Number of CPUs, such as 1.5"),
	STRING(0, "cpuset-cpus", "LIST", cpuset_cpus, "CPUs to run on: 0-3,5"),
	STRING(0, "cpuset-mems", "LIST", cpuset_mems, "Memory nodes to use"),
	SIZE('m', "memory", memory, "Memory limit"),
	SIZE(0, "memory-reservation", memory_reservation, "Soft memory limit"),
	STRING(0, "memory-swap", "SIZE", memory_swap, "Limit of memory and swap together, -1 none"),
	INTEGER(0, "oom-score-adj", oom_score_adj,
		"Preference when memory runs out, -1000 to 1000"),
	INTEGER(0, "pids-limit", pids_limit, "Number of processes, -1 any"),
	SIZE(0, "shm-size", shm_size, "Size of /dev/shm (default 64m)"),
	LIST(0, "ulimit", "NAME=SOFT[:HARD]", ulimits, "Set a resource limit"),
	/* health check */
	STRING(0, "health-cmd", "COMMAND", health_cmd,
	       "Command that tells the health: for the shell, or [\"a\",\"b\"]"),
	STRING(0, "health-interval", "TIME", health_interval, "Time between checks (30s)"),
	STRING(0, "health-log-destination", "DIRECTORY", health_log_destination,
	       "Write the results there, too (default local)"),
	INTEGER(0, "health-max-log-count", health_log_count, "Results kept (default 5)"),
	INTEGER(0, "health-max-log-size", health_log_size,
		"Bytes kept of each result's output (default 4096)"),
	STRING(0, "health-on-failure", "ACTION", health_on_failure,
	       "When it becomes unhealthy: none (default), kill, restart, stop"),
	INTEGER(0, "health-retries", health_retries, "Failures before it is unhealthy (3)"),
	STRING(0, "health-start-interval", "TIME", health_start_interval,
	       "Time between checks while it starts (5s)"),
	STRING(0, "health-start-period", "TIME", health_start_period,
	       "Time it may take to start (0s)"),
	STRING(0, "health-startup-cmd", "COMMAND", startup_cmd,
	       "Check that has to succeed before the others begin"),
	STRING(0, "health-startup-interval", "TIME", startup_interval,
	       "Time between startup checks (30s)"),
	INTEGER(0, "health-startup-retries", startup_retries,
		"Failed startup checks before it is restarted (0: never)"),
	INTEGER(0, "health-startup-success", startup_successes,
		"Startup checks that have to succeed (default 1)"),
	STRING(0, "health-startup-timeout", "TIME", startup_timeout,
	       "Time a startup check may take (30s)"),
	STRING(0, "health-timeout", "TIME", health_timeout, "Time a check may take (30s)"),
	STRING(0, "healthcheck-command", "COMMAND", health_cmd, NULL),
	STRING(0, "healthcheck-interval", "TIME", health_interval, NULL),
	INTEGER(0, "healthcheck-retries", health_retries, NULL),
	STRING(0, "healthcheck-start-period", "TIME", health_start_period, NULL),
	STRING(0, "healthcheck-timeout", "TIME", health_timeout, NULL),
	FLAG(0, "no-healthcheck", no_healthcheck, "Ignore the image's health check"),
	/* of no effect at docker either, but on Windows */
	OPTION_IGNORED(0, "cpu-count", "N"),
	OPTION_IGNORED(0, "cpu-percent", "N"),
	OPTION_IGNORED_FLAG(0, "disable-content-trust"),
	OPTION_IGNORED(0, "io-maxbandwidth", "SIZE"),
	OPTION_IGNORED(0, "io-maxiops", "N"),
	OPTION_IGNORED(0, "isolation", "WORD"),
	OPTION_IGNORED(0, "kernel-memory", "SIZE"),
	OPTION_UNSUPPORTED(0, "blkio-weight", "N"),
	OPTION_UNSUPPORTED(0, "blkio-weight-device", "SPEC"),
	OPTION_UNSUPPORTED(0, "cgroup-parent", "PATH"),
	OPTION_UNSUPPORTED(0, "cpu-rt-period", "N"),
	OPTION_UNSUPPORTED(0, "cpu-rt-runtime", "N"),
	OPTION_UNSUPPORTED(0, "device-cgroup-rule", "RULE"),
	OPTION_UNSUPPORTED(0, "device-read-bps", "SPEC"),
	OPTION_UNSUPPORTED(0, "device-read-iops", "SPEC"),
	OPTION_UNSUPPORTED(0, "device-write-bps", "SPEC"),
	OPTION_UNSUPPORTED(0, "device-write-iops", "SPEC"),
	OPTION_UNSUPPORTED(0, "gpus", "SPEC"),
	OPTION_UNSUPPORTED(0, "ip", "IP"),
	OPTION_UNSUPPORTED(0, "ip6", "IP"),
	OPTION_UNSUPPORTED(0, "link", "NAME"),
	OPTION_UNSUPPORTED(0, "link-local-ip", "IP"),
	OPTION_UNSUPPORTED(0, "mac-address", "ADDRESS"),
	OPTION_UNSUPPORTED(0, "memory-swappiness", "N"),
	OPTION_UNSUPPORTED_FLAG(0, "oom-kill-disable"),
	OPTION_UNSUPPORTED(0, "runtime", "NAME"),
	OPTION_UNSUPPORTED(0, "storage-opt", "KEY=VALUE"),
	OPTION_UNSUPPORTED_FLAG(0, "use-api-socket"),
	OPTION_END,
};

void container_options_defaults(void *args)
{
	struct container_args *container = args;

	container->tls_verify = true;
	container->stop_timeout = INTEGER_UNSET;
	container->oom_score_adj = INTEGER_UNSET;
}

static int apply_streams(const struct container_args *args, struct container_config *config,
			 struct error *err)
{
	config->tty = args->tty;
	config->open_stdin = args->interactive;
	if (args->attach.count == 0 && !args->detach) {
		config->attach_stdin = args->interactive;
		config->attach_stdout = config->attach_stderr = true;
	}
	for (size_t i = 0; i < args->attach.count; i++) {
		const char *stream = args->attach.items[i];

		if (strcasecmp(stream, "stdin") == 0)
			config->attach_stdin = config->open_stdin = true;
		else if (strcasecmp(stream, "stdout") == 0)
			config->attach_stdout = true;
		else if (strcasecmp(stream, "stderr") == 0)
			config->attach_stderr = true;
		else
			return error_set(
				err, ERROR_USAGE,
				"invalid stream '%s' for --attach: valid streams are stdin, "
				"stdout and stderr",
				stream);
	}
	return 0;
}

/* As the supervisor needs it, which works in another directory. NULL for NULL. */
static char *absolute_path(const char *path)
{
	auto_free char *here = NULL;

	if (is_empty(path) || path[0] == '/')
		return xstrdup(path);
	here = getcwd(NULL, 0);
	return here ? xasprintf("%s/%s", here, path) : xstrdup(path);
}

/* A name that sethostname(2) takes and that cannot upset /etc/hosts. */
static int check_host_name(const char *name, struct error *err)
{
	size_t length = strlen(name);

	if (length == 0 || length > 64)
		return error_set(err, ERROR_USAGE, "invalid host name '%s': 1 to 64 characters",
				 name);
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-._", *c))
			return error_set(
				err, ERROR_USAGE,
				"invalid host name '%s': only letters, digits, '-', '.' and "
				"'_' are allowed",
				name);
	return 0;
}

static int apply_identity(const struct container_args *args, struct container_config *config,
			  struct error *err)
{
	if (args->name && container_check_name(args->name, err) < 0)
		return -1;
	if ((args->hostname && check_host_name(args->hostname, err) < 0) ||
	    (args->domain_name && check_host_name(args->domain_name, err) < 0))
		return -1;
	if (args->working_dir && args->working_dir[0] != '/')
		return error_set(err, ERROR_USAGE,
				 "the working directory '%s' is invalid, it needs "
				 "to be an absolute path",
				 args->working_dir);
	config->name = xstrdup(args->name);
	config->hostname = xstrdup(args->hostname);
	config->domainname = xstrdup(args->domain_name);
	config->user = xstrdup(args->user);
	config->working_dir = xstrdup(args->working_dir);
	config->init = args->init;
	config->auto_remove = args->remove;
	for (size_t i = 0; i < args->annotations.count; i++) {
		if (!strchr(args->annotations.items[i], '='))
			return error_set(err, ERROR_USAGE, "invalid argument \"%s\" for "
					 "\"--annotation\" flag: no '=' in it",
					 args->annotations.items[i]);
		strings_add(&config->annotations, args->annotations.items[i]);
	}
	return 0;
}

int restart_policy_parse(const char *text, struct restart_policy *ret_policy, struct error *err)
{
	const char *retries = skip_prefix(text, "on-failure");
	uint32_t count = 0;

	if (*text == '\0' || strcmp(text, "no") == 0 || strcmp(text, "never") == 0) {
		ret_policy->kind = RESTART_NO;
	} else if (strcmp(text, "always") == 0) {
		ret_policy->kind = RESTART_ALWAYS;
	} else if (strcmp(text, "unless-stopped") == 0) {
		ret_policy->kind = RESTART_UNLESS_STOPPED;
	} else if (retries && (*retries == '\0' || *retries == ':')) {
		if (*retries && parse_u32(retries + 1, &count, err) < 0)
			return error_set(err, ERROR_USAGE,
					 "invalid restart policy '%s': the maximum "
					 "retry count must be a whole number",
					 text);
		ret_policy->kind = RESTART_ON_FAILURE;
		ret_policy->max_retries = count;
	} else {
		return error_set(err, ERROR_USAGE,
				 "invalid restart policy '%s'; use 'no', 'always', "
				 "'on-failure[:N]' or 'unless-stopped'",
				 text);
	}
	return 0;
}

static int apply_ending(const struct container_args *args, struct container_config *config,
			struct error *err)
{
	int signal;

	if (args->stop_signal && signal_parse(args->stop_signal, &signal, err) < 0)
		return -1;
	config->stop_signal = xstrdup(args->stop_signal);
	config->stop_timeout = 10;
	if (args->stop_timeout != INTEGER_UNSET) {
		if (args->stop_timeout < -1 || args->stop_timeout > INT_MAX)
			return error_set(err, ERROR_USAGE,
					 "invalid --stop-timeout %lld: seconds, or -1",
					 args->stop_timeout);
		config->stop_timeout = (int)args->stop_timeout;
	}
	if (args->timeout < 0 || args->timeout > INT_MAX)
		return error_set(err, ERROR_USAGE, "invalid --timeout %lld: seconds",
				 args->timeout);
	config->timeout = (unsigned int)args->timeout;
	if (args->restart && restart_policy_parse(args->restart, &config->restart, err) < 0)
		return -1;
	if (args->remove && config->restart.kind != RESTART_NO)
		return error_set(err, ERROR_USAGE, "conflicting options: --restart and --rm");
	return 0;
}

static int apply_notification(const struct container_args *args, struct container_config *config,
			      struct error *err)
{
	static const char *const modes[] = { "container", "conmon", "healthy", "ignore" };
	size_t i;

	for (i = 0; args->sdnotify && i < ARRAY_SIZE(modes); i++)
		if (strcmp(modes[i], args->sdnotify) == 0)
			break;
	if (i == ARRAY_SIZE(modes))
		return error_set(err, ERROR_USAGE, "invalid --sdnotify '%s': container, conmon, "
				 "healthy or ignore", args->sdnotify);
	config->sdnotify = xstrdup(args->sdnotify);
	config->pid_file = absolute_path(args->pid_file);
	config->supervisor_pid_file = absolute_path(args->supervisor_pid_file);
	return 0;
}

static int apply_log(const struct container_args *args, struct container_config *config,
		     struct error *err)
{
	if (log_options_apply(config, args->log_driver, &args->log_options, err) < 0)
		return -1;
	if (!config->tty || !log_driver_is(config, "passthrough"))
		return 0;
	return error_set(err, ERROR_USAGE,
			 "log driver passthrough: not with a terminal of its own (-t)");
}

static int apply_command(const struct container_args *args, char *const *command,
			 struct container_config *config, struct error *err)
{
	uint8_t keys[16];
	unsigned int count;

	if (!is_empty(args->entrypoint))
		strings_add(&config->entrypoint, args->entrypoint);
	for (; *command; command++)
		strings_add(&config->cmd, *command);
	if (!is_empty(args->detach_keys)) {
		if (detach_keys_parse(args->detach_keys, keys, &count, err) < 0)
			return -1;
		config->detach_keys = xstrdup(args->detach_keys);
	}
	return 0;
}

int container_options_apply(const struct container_args *args, char *const *command,
			    struct engine *engine, struct container_config *config,
			    struct error *err)
{
	if (apply_streams(args, config, err) < 0 || apply_identity(args, config, err) < 0 ||
	    apply_ending(args, config, err) < 0 || apply_log(args, config, err) < 0 ||
	    apply_notification(args, config, err) < 0 ||
	    apply_command(args, command, config, err) < 0)
		return -1;
	if (container_environment_apply(args, config, err) < 0 ||
	    container_health_apply(args, config, err) < 0 ||
	    container_limits_apply(args, config, err) < 0 ||
	    container_mounts_apply(args, engine, config, err) < 0 ||
	    container_network_apply(args, engine, config, err) < 0)
		return -1;
	return container_security_apply(args, engine, config, err);
}
